"""The way back from an upgrade: which version ran before, noted in DATA_DIR, and the backup that it can read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.version import version

if TYPE_CHECKING:
    from app.config import Settings


def earlier_version(settings: "Settings") -> str | None:
    """The version that migrated last, None where that is not known or was this one."""
    try:
        told: Any = json.loads(_note(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = told.get("version") if isinstance(told, dict) else None
    return found if isinstance(found, str) and found != version() else None


def remember(settings: "Settings", revision: str | None) -> None:
    """Note that this version has the database now."""
    _note(settings).write_text(json.dumps({"version": version(), "revision": revision}), encoding="utf-8")


def sentences(saved: Path, revision: str, earlier: str | None) -> list[str]:
    """How to go back to the backup and to the version that wrote it."""
    which = f"version {earlier}" if earlier else f"the version that ran before (database revision {revision})"
    return [
        f"The way back, should this version not do: stop Modelport, take {which} again, and there run",
        f"  ./portal restore {saved}",
    ]


def _note(settings: "Settings") -> Path:
    return settings.data_dir / "version.json"
