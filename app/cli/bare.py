"""Services on a database that no portal is built around: one being restored, or migrated a moment ago."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.cli.console import ROOT, Refused

if TYPE_CHECKING:
    from app.lib.sealed import Sealer
    from app.services.ports import Ports


@contextmanager
def ports_on(database: str, sealer: "Sealer") -> Iterator["Ports"]:
    """Ports on the database at this SQLAlchemy URL, which is let go of at the end. Raises Refused where it is away."""
    from sqlalchemy import create_engine

    from app.data.faults import FactsError
    from app.data.loader import load_facts
    from app.domain.errors import ModelportError
    from app.lib import clock
    from app.lib.egress import Policy
    from app.lib.http import Door
    from app.models.store import Store, prepare_engine
    from app.services.ports import Ports

    engine = create_engine(database)
    # On PostgreSQL a restore holds the database alone, against connections that say they use it.
    if engine.dialect.name == "sqlite":
        prepare_engine(engine)
    try:
        yield Ports(Store(engine), clock.now, sealer, Door(Policy()), load_facts(ROOT / "prompts"))
    except FactsError as error:
        raise Refused(f"{error}. Put the file back as it was released.") from error
    except ModelportError as error:
        raise Refused(error.message) from error
    finally:
        engine.dispose()
