"""Platforms and servers by the labels that people know them by, those that people added among them."""

from collections.abc import Iterable, Mapping

from app.queries import catalogue_hosts
from app.web.context import ports


def hosts() -> Mapping[str, str]:
    """Every platform and server by its label; in one statement."""
    return catalogue_hosts.labels(ports().store, ports().facts)


def labels(wanted: Iterable[str]) -> Mapping[str, str]:
    """The same for a page that shows these; nothing is read where Modelport ships them all."""
    shipped = ports().facts.hosts()
    return shipped if set(wanted) <= shipped.keys() else hosts()
