"""`run`: everything for a first look, with a provider to sign in at where none is set."""

import argparse
import getpass
import os
import signal
import socket
from typing import TYPE_CHECKING, Any

from app.cli.console import OK, Refused, keep_private, say
from app.cli.migrate import bring_up_to_date

if TYPE_CHECKING:
    from app.cli.evaluation import Evaluation
    from app.config import Settings


def configure(_: argparse.ArgumentParser) -> None:
    """Take no arguments: settings say the rest."""


def execute(arguments: argparse.Namespace) -> int:
    """Migrate, start the provider beside, serve in the foreground until a signal ends it."""
    from app.cli.settings import writable_settings

    keep_private()
    settings = writable_settings()
    _require_free(settings.bind_host, settings.bind_port)
    evaluation = None if settings.oidc_issuer else _evaluation(settings)
    here = os.getpid()
    try:
        # `demo --embed` serves on https.
        _serve(evaluation, getattr(arguments, "serving", {}))
    finally:
        # Workers leave through here as well; the provider is not theirs to stop.
        if evaluation and os.getpid() == here:
            evaluation.stop()
    return OK


def _evaluation(settings: "Settings") -> "Evaluation":
    from app.cli import evaluation

    if not settings.on_loopback:
        raise Refused(
            "MODELPORT_BIND: without MODELPORT_OIDC_ISSUER, run brings a provider for this machine alone; "
            "bind to 127.0.0.1 or set an issuer."
        )
    _require_free(settings.bind_host, settings.bind_port + 1)
    started = evaluation.start(settings.data_dir, settings.bind_host, settings.bind_port + 1, settings.origin)
    os.environ.update(started.environment)
    return started


def _serve(evaluation: "Evaluation | None", extra: dict[str, Any]) -> None:
    from app.cli.serving import Server, when_ready
    from app.cli.settings import own_settings, warn_of_key_files
    from app.cli.uses import using

    settings = own_settings()
    warn_of_key_files(settings)
    bring_up_to_date(settings)
    options = {"workers": 1, "when_ready": _end_with_terminal} | when_ready(lambda: _welcome(settings, evaluation))
    # No load balancer has to notice, and somebody waits for the prompt.
    quick = settings.model_copy(update={"stop_notice_seconds": 0, "stop_within_seconds": 10})
    with using(settings):
        Server(quick, options | extra, lambda: _build(evaluation=evaluation is not None)).run()


def _build(*, evaluation: bool) -> Any:
    from app.cli.settings import own_settings
    from app.factory import create_app, keep, schedule_of

    settings = own_settings()
    app = create_app(settings, evaluation=evaluation)
    keep(app, settings)
    schedule_of(app, settings).start()
    return app


def _end_with_terminal(_: object) -> None:
    """A closed terminal ends a run in the foreground; gunicorn would take it for a wish to reload."""
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))


def _require_free(host: str, port: int) -> None:
    """Raise Refused where something listens already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"MODELPORT_BIND: {host}:{port} cannot be used ({error.strerror}); set another host:port."
            ) from error


def _welcome(settings: "Settings", evaluation: "Evaluation | None") -> None:
    """Print the address to open, who may sign in, and the way in over ssh."""
    say(f"\nModelport is ready: {settings.origin}")
    if evaluation and evaluation.fresh:
        say("Sign in as one of these; the passwords are shown this once:")
        for person in evaluation.people:
            say(f"  {person.role:<7} {person.login:<4} {person.password}")
    elif evaluation:
        say(f"Sign in with the passwords of the first start; they are kept in {settings.data_dir / 'canaille'}.")
    line = ssh_line(os.environ.get("SSH_CONNECTION", ""), settings.bind_port, 2 if evaluation else 1)
    if line:
        say(f"From your own machine: {line}")
    say("Ctrl-C stops it.\n")


def ssh_line(connection: str, port: int, count: int) -> str:
    """The ssh command that brings `count` ports from `port` on to the person's own machine.

    `connection` is SSH_CONNECTION: client address and port, server address and port; empty: no line.
    """
    parts = connection.split()
    if len(parts) != 4:
        return ""
    forwards = " ".join(f"-L {each}:127.0.0.1:{each}" for each in range(port, port + count))
    own_port = "" if parts[3] == "22" else f" -p {parts[3]}"
    return f"ssh {forwards}{own_port} {getpass.getuser()}@{parts[2]}"
