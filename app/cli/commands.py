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
    "pack": Command("app.cli.pack", "write what a host without registries needs, for its setup --from"),
    "serve": Command("app.cli.serve", "serve in production; neither sets up nor migrates"),
    "worker": Command("app.cli.worker", "do in a process of its own what recurs: test what serves a feature"),
    "migrate": Command("app.cli.migrate", "bring the database to this version, after a backup"),
    "upgrade": Command("app.cli.upgrade", "set up, check, back up and migrate for this version; says the way back"),
    "backup": Command("app.cli.backup", "write the whole database to one file, while it is served"),
    "restore": Command("app.cli.restore", "put what backup wrote in the database's place, which is kept"),
    "check": Command("app.cli.check", "say what is wrong with settings, database and provider, and how to mend it"),
    "probe": Command("app.cli.probe", "test endpoints, each step as it ends, and keep the results"),
    "token": Command("app.cli.token", "make, list and revoke tokens for programs"),
    "sync": Command("app.cli.sync", "keep the GitLab instance in step: read it, plan, apply, take over what it has"),
    "catalogue": Command("app.cli.catalogue", "give the catalogue away, take what others found, write it down"),
    "rotate-keys": Command("app.cli.rotate_keys", "seal every stored secret with the first of the secret keys"),
    "audit": Command("app.cli.audit", "check that the log of changes is as it was written, and say where it stands"),
    "lock": Command("app.cli.lock", "for developers: renew requirements.lock and package-lock.json"),
}
