"""`serve`: the production start."""

import argparse
import os
from typing import Any

from app.cli.console import keep_private, say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")
    parser.add_argument("--with-worker", action="store_true", help="do here what recurs, in place of a worker")
    parser.add_argument("--access-log", action="store_true", help="log each request, without its query")


def execute(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it; incomplete settings end it at once with their names."""
    from app.cli.settings import production_settings, warn_of_key_files

    keep_private()
    settings = production_settings()
    from app.config_values import exposure

    if exposed := exposure(settings.proxy_hops, on_loopback=settings.on_loopback):
        say(f"Warning: {exposed}")
    warn_of_key_files(settings)
    from app.cli.migrate import refuse_to_serve_newer
    from app.cli.serving import Server, when_ready
    from app.cli.uses import using

    refuse_to_serve_newer(settings)
    options = {"workers": arguments.workers, "accesslog": "-" if arguments.access_log else None}
    ready = when_ready(lambda: say(f"Modelport serves {settings.origin} on {settings.bind}"))
    with using(settings):
        Server(settings, options | ready, lambda: _build(with_worker=arguments.with_worker)).run()
    return 0


def _build(*, with_worker: bool) -> Any:
    # Settings are read again, so that a reload (SIGHUP) takes changed ones.
    from app.cli.settings import production_settings
    from app.factory import create_app, keep, schedule_of

    settings = production_settings()
    app = create_app(settings)
    keep(app, settings)
    if with_worker:
        schedule_of(app, settings).start()
    return app
