"""gunicorn around the portal: one process that listens, and gevent workers that answer."""

import gc
import logging
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from app.cli.stopping import END_SECONDS, Gate, Head, Mark
from app.config import Settings
from app.lib import logs

# Of a request's first line, and of its headers: how many, and how long each.
LINE_BYTES = 8190
FIELDS = 100
FIELD_BYTES = 8190
# A query may hold a sign-in's code or state.
ACCESS_FORMAT = "%(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"


class Server(BaseApplication):
    """The portal in the foreground until a signal ends it; gunicorn asks it for options and, in a worker, for the app.

    Only the worker imports the portal: the process that forks stays small and free of what gevent has to patch first.
    """

    def __init__(self, settings: Settings, options: dict[str, Any], build: Callable[[], Any]) -> None:
        self._settings = settings
        self._options = options
        self._build = build
        self.stop = Mark()
        self.gate: Gate | None = None
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its options."""
        for name, value in (_options(self._settings) | self._options).items():
            self.cfg.set(name, value)
        logs.configure(self._settings.log_level, self._settings.log_format)

    def load(self) -> Any:
        """Build the app, in a worker."""
        app = self._build()
        # What it is made of stays: the collector of cycles need not walk over it again and again.
        gc.collect()
        gc.freeze()
        self.gate = Gate(app, self._settings.stop_notice_seconds)
        return self.gate

    def run(self) -> None:
        """Serve until a signal ends it."""
        Head(self).run()


def _options(settings: Settings) -> dict[str, Any]:
    return {
        "bind": settings.bind,
        "worker_class": "app.cli.stopping.Worker",
        "graceful_timeout": settings.stop_notice_seconds + settings.stop_within_seconds + END_SECONDS,
        "logger_class": OwnLogger,
        "access_log_format": ACCESS_FORMAT,
        "limit_request_line": LINE_BYTES,
        "limit_request_fields": FIELDS,
        "limit_request_field_size": FIELD_BYTES,
        # Proxies are the settings' business (PROXY_HOPS); gunicorn takes no header's word for scheme or path.
        "forwarded_allow_ips": "",
        "control_socket_disable": True,
        "post_request": _give_way,
    }


def _give_way(_worker: object, _request: object, _environ: object, _response: object) -> None:
    """Let other requests on after each one: a connection that is kept busy would never yield to streams.

    `gevent.sleep(0)` looks for new requests only every fifty turns: beside pages of 10 ms another request
    then waited 530 ms, so 20 ms (and 2,000 ms without any of this).
    """
    gevent.idle(1)


class OwnLogger(Logger):
    """gunicorn's logs in our format and through our redaction."""

    def setup(self, cfg: Any) -> None:
        """Drop gunicorn's own handlers; its records go up to the root logger's."""
        super().setup(cfg)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True
        self.error_log.setLevel(logging.WARNING)


def when_ready(act: Callable[[], None]) -> dict[str, Any]:
    """Options that call `act` once, when the first worker can answer."""

    def ready(worker: Any) -> None:
        if worker.age == 1:
            act()

    return {"post_worker_init": ready}
