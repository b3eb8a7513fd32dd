"""What feature calls share within one process: routes, breakers, limits and counters."""

from dataclasses import dataclass

from app.services.breakers import Board
from app.services.limits import Portions
from app.services.metering import Meter
from app.services.ports import Ports
from app.services.routing import RouteBook


@dataclass(frozen=True, slots=True)
class Switchboard:
    """One per process, made with its parts by `of`."""

    ports: Ports
    book: RouteBook
    board: Board
    portions: Portions
    meter: Meter


def of(ports: Ports) -> Switchboard:
    """A new one, which knows nothing yet."""
    return Switchboard(ports, RouteBook(ports), Board(ports), Portions(ports), Meter(ports))
