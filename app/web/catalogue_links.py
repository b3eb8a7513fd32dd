"""Where the catalogue knows a model, for the pages of endpoints and features."""

from collections.abc import Iterable, Mapping

from app.domain.platforms import host_of
from app.queries import catalogue_around as around
from app.queries.endpoints import EndpointRecord
from app.web.catalogue_pages import entry_address
from app.web.context import ports


def catalogue_address(record: EndpointRecord) -> str:
    """The entry of what an endpoint runs; empty where there is none."""
    pair = (record.model, host_of(record.platform, record.server))
    return catalogue_addresses([pair]).get(pair, "")


def catalogue_addresses(pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """The entries of models, by their name and host, in one statement; pairs without one are left out."""
    return {pair: entry_address(pair[1], slug) for pair, slug in around.slugs(ports().store, pairs).items()}
