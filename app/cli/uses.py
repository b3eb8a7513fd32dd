"""Who uses the database: any number of commands and servers at once, or a restore alone.

On PostgreSQL every connection holds a lock of the database's own (see app/models/store.py). On SQLite a file beside
the database is held, by processes that are forked too; the kernel lets go of it when the last one ends.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import Refused
from app.cli.schema import SQLITE
from app.lib import holds

if TYPE_CHECKING:
    from app.config import Settings

RESTORING = "The database is being restored just now: wait for ./portal restore to end, then try again."
SERVED = (
    "Modelport uses this database just now: stop what serves it (./portal serve, run or worker, and other commands) "
    "and try again. Nothing was changed."
)


@contextmanager
def using(settings: "Settings") -> Iterator[None]:
    """Use the database beside others; raises Refused while it is being restored."""
    path = _hold(settings)
    with ExitStack() as held:
        if path is not None:
            _enter(held, holds.shared(path), RESTORING)
        yield


@contextmanager
def using_alone(settings: "Settings") -> Iterator[None]:
    """Use a SQLite database while nobody else does; raises Refused."""
    path = _hold(settings)
    assert path is not None
    with ExitStack() as held:
        _enter(held, holds.alone(path), SERVED)
        yield


def _hold(settings: "Settings") -> Path | None:
    """The file that is held, beside the database; None for PostgreSQL."""
    if not settings.database.startswith(SQLITE):
        return None
    path = Path(settings.database.removeprefix(SQLITE))
    return path.with_name(f"{path.name}.lock")


def _enter(held: ExitStack, hold: AbstractContextManager[None], sentence: str) -> None:
    try:
        held.enter_context(hold)
    except holds.Held as error:
        raise Refused(sentence) from error
    except OSError as error:
        raise Refused(
            f"{error.filename} cannot be written ({error.strerror}): the database needs its folder."
        ) from error
