"""Values that are not saved yet: completed, checked, and turned into something to test or to ask for models."""

from collections.abc import Mapping
from dataclasses import replace

from app.clients.target import Target
from app.domain import endpoints as rules
from app.domain.endpoint_cloud import check_identity
from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid, NotFound
from app.domain.identifiers import Identifier, identify
from app.domain.roles import Actor
from app.lib import urls
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.services import discovery, endpoints, header_values, targets
from app.services.ports import Ports

UNREADABLE = "The stored key can no longer be read. Type it again."
# Stands in for a model name while the server is only asked which ones it has.
_ANY_MODEL = "any"


def target_of(ports: Ports, actor: Actor, draft: EndpointDraft, endpoint_id: str | None = None) -> Target:
    """What a test of the draft speaks to; raises Invalid.

    A blank secret means the one stored for `endpoint_id`, and only for the very origin it was stored for.
    """
    check_identity(actor, draft)
    # Not the stored form's check: what the address policy refuses is told by the test, in full.
    checked = rules.check(draft, ports.facts, urls.parse, ports.clock(), named=False)
    origin = urls.parse(checked.base_url).origin
    secrets = {name: getattr(draft, name) for name in endpoints.SECRETS}
    if endpoint_id:
        secrets |= _stored_secrets(ports, endpoint_id, origin, secrets)
    return targets.of_draft(ports, checked, secrets, header_values.of_draft(ports, draft, endpoint_id, origin))


def target_for_list(ports: Ports, actor: Actor, draft: EndpointDraft, endpoint_id: str | None = None) -> Target:
    """The same for asking which models there are: no model needs to be named yet, and none wrongly typed hinders."""
    return target_of(ports, actor, replace(draft, identifier=identifier_of(ports, draft) or _ANY_MODEL), endpoint_id)


def _stored_secrets(
    ports: Ports, endpoint_id: str, origin: str, typed: Mapping[str, str | None]
) -> dict[str, str | None]:
    """What is stored in place of what was left blank; raises NotFound, Invalid."""
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        if row is None:
            raise NotFound("There is no such endpoint any more.")
        kept = [name for name, text in typed.items() if text is None and getattr(row, name)]
        found: dict[str, str | None] = {}
        for name in kept:
            if name in endpoints.SENT and row.key_origin != origin:
                raise Invalid({name: (endpoints.MOVED,)})
            try:
                found[name] = targets.stored_key(ports, row, name)
            except CannotOpen as error:
                raise Invalid({name: (UNREADABLE,)}) from error
    return found


def several(ports: Ports, draft: EndpointDraft, names: list[str]) -> list[EndpointDraft]:
    """One draft per served name, each with the family and catalogue model suggested for it. Raises Invalid."""
    rules.check_count(names)
    drafts, added = [], discovery.local(ports)
    for name in names:
        family, model = discovery.suggest(ports, draft.platform, draft.server, name, added)
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
