"""A real OIDC provider beside the portal with three people, for those who try Modelport without one of their own."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.child import Child, spawn
from app.domain.roles import Role

READY_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in at the evaluation's provider."""

    name: str
    login: str
    role: Role
    group: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The running provider. `fresh` says that its passwords were made just now and have to be shown this once."""

    issuer: str
    people: tuple[Person, ...]
    environment: Mapping[str, str] = field(repr=False)
    fresh: bool
    child: Child = field(repr=False)

    def wait(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the provider answers, at most once; the portal does not need to. Raises ChildError."""
        self.child.ready_line(seconds)

    def stop(self) -> None:
        """End the provider; it ends with its parent in any case."""
        self.child.stop()


CAST = (
    ("Ada Admin", "ada", Role.ADMIN, "modelport-admins"),
    ("Ed Editor", "ed", Role.EDITOR, "modelport-editors"),
    ("Vi Viewer", "vi", Role.VIEWER, "modelport-viewers"),
)


def start(data_dir: Path, bind_host: str, port: int, portal_url: str) -> Evaluation:
    """Start the provider on a loopback address without waiting for it.

    Passwords and keys are made once and kept in DATA_DIR/canaille with mode 0600, so that they last.
    """
    folder = data_dir.absolute() / "canaille"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = folder / "evaluation.json"
    fresh = not kept.exists()
    if fresh:
        _keep(kept)
    secret: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    people = tuple(Person(*each, password=secret[each[1]]) for each in CAST)
    host = f"[{bind_host}]" if ":" in bind_host else bind_host
    child = spawn("app.cli.provider", [], folder / "canaille.log")
    child.say(
        json.dumps(
            {
                "folder": str(folder),
                "host": bind_host,
                "server_name": f"{host}:{port}",
                "portal_url": portal_url,
                "client_secret": secret["client_secret"],
                "cookie_secret": secret["cookie_secret"],
                "people": [[each.name, each.login, each.group, each.password] for each in people],
            }
        )
    )
    issuer = f"http://{host}:{port}"
    return Evaluation(issuer, people, _environment(issuer, secret["client_secret"]), fresh, child)


def _environment(issuer: str, client_secret: str) -> dict[str, str]:
    groups = {f"MODELPORT_ROLE_{role.upper()}": group for _, _, role, group in CAST}
    return {
        "MODELPORT_OIDC_ISSUER": issuer,
        "MODELPORT_OIDC_CLIENT_ID": "modelport",
        "MODELPORT_OIDC_CLIENT_SECRET": client_secret,
        **groups,
    }


def _keep(path: Path) -> None:
    secret = {name: secrets.token_urlsafe(32) for name in ("client_secret", "cookie_secret")}
    secret |= {login: secrets.token_urlsafe(9) for _, login, _, _ in CAST}
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(secret, handle)
