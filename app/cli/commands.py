"""The commands by name, their modules and what each does in one line."""

from typing import NamedTuple


class Command(NamedTuple):
    """Where a command lives and what it does.

    Its module has configure(parser) and execute(arguments) -> exit code, and imports what it needs when it runs.
    """

    module: str
    summary: str


COMMANDS = {
    "run": Command("app.cli.run", "set up, migrate and serve, with a provider to sign in at where none is set"),
    "demo": Command("app.cli.demo", "the same with sample endpoints, assignments and a real model server"),
    "test": Command("app.cli.test", "set up what the tests need and run them all; arguments go to pytest"),
    "setup": Command("app.cli.setup", "make the environment and the files for the pages, then stop"),
    "serve": Command("app.cli.serve", "serve in production; neither sets up nor migrates"),
    "worker": Command("app.cli.worker", "do in a process of its own what recurs: test what serves a feature"),
    "migrate": Command("app.cli.migrate", "bring the database to this version, after a backup"),
    "check": Command("app.cli.check", "say what is wrong with settings, database and provider, and how to mend it"),
    "lock": Command("app.cli.lock", "for developers: renew requirements.lock and package-lock.json"),
}
