"""`serve` as in production: processes of their own on the database of a test."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.cli import child
from app.cli.child import Child
from app.config import Settings
from tests.fixtures.servers import ROOT, free_port

READY_SECONDS = 240.0
SERVE = """
import sys
from app.cli.child import end_with_parent
from app.cli.parser import main
end_with_parent()
raise SystemExit(main(["serve", "--workers", sys.argv[1]]))
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A portal that is served; `token` is what its calls are made with."""

    url: str
    token: str
    process: Child

    def client(self, **more: Any) -> httpx.Client:
        """Connections of its own. Two may reach two workers."""
        return httpx.Client(
            base_url=f"{self.url}/v1", headers={"Authorization": f"Bearer {self.token}"}, timeout=30, **more
        )

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        children = Path(f"/proc/{self.process.process.pid}/task/{self.process.process.pid}/children")
        return [int(each) for each in children.read_text().split()]

    def kill(self) -> None:
        """All of it, without a moment to write anything."""
        for each in [self.process.process.pid, *self.workers]:
            os.kill(each, signal.SIGKILL)
        self.process.process.wait(10)

    def stop(self) -> None:
        """As a service manager does."""
        self.process.process.terminate()
        self.process.process.wait(20)


@contextmanager
def served(settings: Settings, token: str, *models: str, workers: int = 2, **more: str) -> Iterator[Served]:
    """Serve with these settings; the model servers at these base URLs are admitted, though they are on loopback.

    `more` are settings by their names in the environment, without the prefix.
    """
    port = free_port()
    environment = _environment(settings, port) | {"MODELPORT_EGRESS_ALLOW": ";".join(map(_netloc, models))}
    environment |= {f"MODELPORT_{name}": value for name, value in more.items()}
    process = child.run([sys.executable, "-c", SERVE, str(workers)], settings.data_dir / "serve.log", environment)
    portal = Served(f"http://127.0.0.1:{port}", token, process)
    try:
        _await(portal, workers)
        yield portal
    finally:
        process.process.terminate()
        process.process.wait(20)
        process.stop()


def _netloc(url: str) -> str:
    return url.split("/")[2]


def _environment(settings: Settings, port: int) -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "MODELPORT_DATA_DIR": str(settings.data_dir),
        "MODELPORT_DATABASE_URL": settings.database_url,
        "MODELPORT_BIND": f"127.0.0.1:{port}",
        "MODELPORT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MODELPORT_SECRET_KEYS": settings.secret_keys[0].get_secret_value(),
        "MODELPORT_OIDC_ISSUER": settings.oidc_issuer,
        "MODELPORT_OIDC_CLIENT_ID": settings.oidc_client_id,
        "MODELPORT_OIDC_CLIENT_SECRET": settings.oidc_client_secret.get_secret_value(),
        "MODELPORT_ROLE_ADMIN": ";".join(settings.role_admin),
        "MODELPORT_LOG_LEVEL": "WARNING",
        "MODELPORT_STOP_NOTICE_SECONDS": str(settings.stop_notice_seconds),
    }


def _await(portal: Served, workers: int) -> None:
    """Until every worker is there and one answers."""
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            if httpx.get(f"{portal.url}/readyz").is_success and len(portal.workers) == workers:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > until or portal.process.process.poll() is not None:
            raise RuntimeError(f"it did not start: {portal.process.log.read_text()[-3000:]}")
        time.sleep(0.05)
