"""Values that are not saved yet: completed, checked, and turned into something to test or to ask for models."""

from dataclasses import replace

from app.clients.dialect import Target
from app.domain import endpoints as rules
from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid, NotFound
from app.domain.identifiers import Identifier, identify
from app.lib import urls
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.services import discovery, endpoints, targets
from app.services.ports import Ports

UNREADABLE = "The stored key can no longer be read. Type it again."
# Stands in for a model name while the server is only asked which ones it has.
_ANY_MODEL = "any"


def target_of(ports: Ports, draft: EndpointDraft, endpoint_id: str | None = None) -> Target:
    """What a test of the draft speaks to; raises Invalid.

    A blank key means the one stored for `endpoint_id`, and only for the very origin it was stored for.
    """
    # Not the stored form's check: what the address policy refuses is told by the test, in full.
    checked = rules.check(draft, ports.facts, urls.parse, named=False)
    key = draft.api_key
    if key is None and endpoint_id:
        key = _stored_key(ports, endpoint_id, urls.parse(checked.base_url).origin)
    return targets.of_draft(ports, checked, key)


def target_for_list(ports: Ports, draft: EndpointDraft, endpoint_id: str | None = None) -> Target:
    """The same for asking which models there are: no model needs to be named yet, and none wrongly typed hinders."""
    return target_of(ports, replace(draft, identifier=identifier_of(ports, draft) or _ANY_MODEL), endpoint_id)


def _stored_key(ports: Ports, endpoint_id: str, origin: str) -> str | None:
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        if row is None:
            raise NotFound("There is no such endpoint any more.")
        if row.api_key and row.key_origin != origin:
            raise Invalid({"api_key": (endpoints.MOVED,)})
        try:
            return targets.stored_key(ports, row)
        except CannotOpen as error:
            raise Invalid({"api_key": (UNREADABLE,)}) from error


def several(ports: Ports, draft: EndpointDraft, names: list[str]) -> list[EndpointDraft]:
    """One draft per served name, each with the family and catalogue model suggested for it. Raises Invalid."""
    rules.check_count(names)
    drafts = []
    for name in names:
        family, model = discovery.suggest(ports, draft.platform, draft.server, name)
        title = f"{draft.name.strip()} ({name})" if draft.name.strip() else name
        drafts.append(
            replace(draft, name=title, identifier=name, family=family.value, model=model.value if model else "")
        )
    return drafts


def served_name_of(ports: Ports, draft: EndpointDraft) -> str:
    """The served name inside what was typed, or "" where it is no identifier yet."""
    identified = _identified(ports, draft)
    return identified.served_name if identified else ""


def identifier_of(ports: Ports, draft: EndpointDraft) -> str:
    """What GitLab would be given for what was typed, or "" where it is no identifier yet."""
    identified = _identified(ports, draft)
    return identified.text if identified else ""


def _identified(ports: Ports, draft: EndpointDraft) -> Identifier | None:
    platform = ports.facts.platforms.get(draft.platform)
    try:
        return identify(platform, draft.identifier) if platform and draft.identifier.strip() else None
    except ValueError:
        return None
