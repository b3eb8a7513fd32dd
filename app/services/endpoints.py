"""Adding, changing, switching off and deleting endpoints: one use case, one transaction, one audit row."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain import endpoints as rules
from app.domain.breaker import EDITED
from app.domain.capabilities import Aged
from app.domain.endpoint_cloud import check_identity
from app.domain.endpoint_tls import KEY_MISSING, pair_faults
from app.domain.endpoints import Checked, EndpointDraft
from app.domain.errors import Busy, Conflict, Invalid, NotFound, RoleMissing
from app.domain.roles import Actor, Role
from app.lib import tokens, urls
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.queries.endpoints import record_of
from app.services import assigning, assignments, audit, breakers, capabilities, header_values, periods, standing, uses
from app.services.choices import Choices
from app.services.ports import Ports
from app.services.targets import key_purpose, stored_headers, stored_key

MOVED = "The address leads to another host now, so the stored key is not sent there. Type the key again."
STALE = "Somebody else changed this endpoint while you were editing it."
# A change of these makes the last test's verdict say nothing about the endpoint any more.
_TESTED = (
    "platform", "server", "base_url", "identifier", "api_version", "key_header", "headers", "quirks", "api_key",
    "auth", "region", "project", "access_key_id", "session_token", "role_arn", "external_id",
    "ca_pem", "client_certificate", "client_key", "tls_server_name",
)  # fmt: skip
# What the record of who served a feature says of an endpoint.
_REMEMBERED = ("name", "platform", "server", "identifier", "model", "family")
# Sealed columns, and those of them that are sent: they stay with the host they were stored for.
SECRETS = ("api_key", "session_token", "client_key")
SENT = ("api_key", "session_token")
OTHERS = ("session_token", "client_key")
# The fields in which endpoints that are added together differ.
_OWN = frozenset({"name", "identifier"})
_NOTHING: tuple[object, ...] = ("", None, [], {})
ATTEMPTS = 10


def check(ports: Ports, draft: EndpointDraft) -> Checked:
    """The draft without faults, fit to be stored; raises Invalid."""

    def read_address(text: str) -> urls.Address:
        address = urls.parse(text)
        if refusal := ports.door.refusal(address, keyed=bool(draft.api_key or draft.headers)):
            raise ValueError(f"{refusal.sentence} {refusal.cure}")
        return address

    return rules.check(draft, Choices(ports), read_address, ports.clock())


def create(ports: Ports, actor: Actor, draft: EndpointDraft) -> str:
    """Store a new endpoint; its id. Raises Invalid."""
    return create_several(ports, actor, [draft])[0]


def create_several(ports: Ports, actor: Actor, drafts: Sequence[EndpointDraft]) -> list[str]:
    """Store several at once, all or none; their ids. Raises Invalid, which names the endpoint where there are many."""
    rules.check_count([draft.identifier for draft in drafts])
    for draft in drafts:
        check_identity(actor, draft)
    checked = [_check_one_of(ports, draft, len(drafts)) for draft in drafts]
    for _ in range(ATTEMPTS):
        # Somebody may take a name or a slug in this very moment; the next look finds it taken.
        with suppress(IntegrityError), ports.store.write() as session:
            return [_add(ports, session, actor, each) for each in checked]
    raise Busy("Many endpoints are being added at this moment. Nothing was saved; try again.", 1)


def _check_one_of(ports: Ports, draft: EndpointDraft, number: int) -> Checked:
    try:
        return check(ports, draft)
    except Invalid as error:
        if number == 1:
            raise
        # What the drafts have in common is said once, what one of them has for itself with its name.
        raise Invalid(
            {
                name: [f"{draft.identifier}: {each}" for each in sentences] if name in _OWN else sentences
                for name, sentences in error.fields.items()
            }
        ) from error


def _add(ports: Ports, session: Session, actor: Actor, checked: Checked) -> str:
    row = Endpoint(id=tokens.new_id(), created_by=actor.key, slug=_free_slug(session, checked.draft.name))
    _refuse_taken_name(session, checked.draft.name, None)
    header_values.put(ports, row, checked.draft.headers, urls.parse(checked.base_url).origin)
    _fill(row, checked)
    for name in SECRETS:
        _apply_secret(ports, row, name, getattr(checked.draft, name))
    session.add(row)
    standing.refresh(ports, session, row)
    after = {name: value for name, value in _state(ports, row).items() if value not in _NOTHING}
    audit.record(ports, session, actor, "endpoint:create", _subject(row), audit.differences({}, after))
    return row.id


def update(ports: Ports, actor: Actor, endpoint_id: str, version: int, draft: EndpointDraft) -> None:
    """Change an endpoint; raises NotFound, Conflict for a stale version, Invalid."""
    check_identity(actor, draft)
    checked = check(ports, draft)
    try:
        with ports.store.write() as session:
            row = _current(session, endpoint_id, version)
            _refuse_taken_name(session, draft.name, row.id)
            before = _state(ports, row)
            header_values.put(ports, row, draft.headers, urls.parse(checked.base_url).origin)
            _fill(row, checked)
            for name in SECRETS:
                _apply_secret(ports, row, name, getattr(draft, name))
            _check_kept_key(ports, row, before["client_certificate"])
            changes = audit.differences(before, _state(ports, row))
            if not changes:
                return
            if any(name in changes for name in _TESTED):
                row.verdict, row.probe_id, row.probed_at = "", None, None
                capabilities.age(session, row.id, Aged.EDITED)
                breakers.close(ports, session, row, EDITED)
            standing.refresh(ports, session, row)
            if any(name in changes for name in _REMEMBERED):
                periods.renew(ports, session, actor, row.id)
            audit.record(ports, session, actor, "endpoint:update", _subject(row), changes)
    except IntegrityError as error:
        raise _taken(draft.name) from error


def set_enabled(
    ports: Ports, actor: Actor, endpoint_id: str, version: int | None, enabled: bool,
    replacement_id: str = "", acknowledged: bool = False,
) -> None:  # fmt: skip
    """Switch an endpoint on or off; with a replacement, which needs the admin's role, put that in its place first.

    `version` is the one that was seen, None for whatever is stored. An editor may switch what they added. Raises InUse
    for features that no enabled fallback would answer for, what `assignments.replace` raises for the replacement.
    """
    with ports.store.write() as session:
        assigning.lock(session, {replacement_id, *assigning.company(session, endpoint_id)})
        row = _current(session, endpoint_id, version)
        if not actor.role.covers(Role.ADMIN) and (replacement_id or row.created_by != actor.key):
            raise RoleMissing("Editors switch on and off what they added; ask an admin for this endpoint.")
        if row.enabled == enabled:
            return
        if not enabled and replacement_id:
            assignments.move(ports, session, actor, endpoint_id, replacement_id, acknowledged)
        if not enabled:
            uses.refuse_bereft(ports, session, row)
        row.enabled = enabled
        action = "endpoint:enable" if enabled else "endpoint:disable"
        audit.record(ports, session, actor, action, _subject(row), {"enabled": (not enabled, enabled)})


def delete(ports: Ports, actor: Actor, endpoint_id: str, version: int | None) -> None:
    """Remove an endpoint with its tests; `version` as for switching. Raises NotFound, Conflict, InUse."""
    with ports.store.write() as session:
        row = _current(session, endpoint_id, version)
        uses.refuse_used(ports, session, row)
        gone = {name: (value, None) for name, value in _state(ports, row).items() if value not in _NOTHING}
        audit.record(ports, session, actor, "endpoint:delete", _subject(row), gone)
        session.delete(row)


def key_is_readable(ports: Ports, endpoint_id: str) -> bool:
    """Whether all that is sealed of it still opens with the keys of the settings; true where nothing is."""
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        if row is None:
            return True
        try:
            for name in ("api_key", *OTHERS):
                stored_key(ports, row, name)
            stored_headers(ports, row)
        except CannotOpen:
            return False
    return True


def _current(session: Session, endpoint_id: str, version: int | None) -> Endpoint:
    """The row, locked: nobody changes it, or gives it to a feature, between this look and the commit."""
    row = session.get(Endpoint, endpoint_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such endpoint any more.")
    if version is not None and row.version != version:
        raise Conflict(STALE, record_of(row))
    return row


def _refuse_taken_name(session: Session, name: str, own_id: str | None) -> None:
    holder = session.scalar(select(Endpoint.id).where(Endpoint.name_key == rules.name_key(name)))
    if holder is not None and holder != own_id:
        raise _taken(name)


def _taken(name: str) -> Invalid:
    return Invalid({"name": (f"Another endpoint is called “{name.strip()}”. Names must differ in more than case.",)})


def _free_slug(session: Session, name: str) -> str:
    wanted = rules.slug_of(name)
    taken = set(session.scalars(select(Endpoint.slug).where(Endpoint.slug.startswith(wanted, autoescape=True))))
    number = 2
    slug = wanted
    while slug in taken:
        slug = f"{wanted}-{number}"
        number += 1
    return slug


def _fill(row: Endpoint, checked: Checked) -> None:
    draft = checked.draft
    row.name = draft.name.strip()
    row.name_key = rules.name_key(draft.name)
    row.platform, row.server = draft.platform, draft.server
    row.base_url = checked.base_url
    row.identifier, row.served_name = checked.identifier.text, checked.identifier.served_name
    row.model, row.family, row.owner = draft.model, draft.family, draft.owner.strip()
    row.api_version, row.key_header = draft.api_version, draft.key_header
    row.quirks = sorted(set(draft.quirks))
    row.auth, row.region, row.project = draft.auth, draft.region, draft.project
    row.access_key_id, row.role_arn, row.external_id = draft.access_key_id, draft.role_arn, draft.external_id
    row.ca_pem, row.client_certificate = draft.ca_pem.strip(), draft.client_certificate.strip()
    row.tls_server_name = draft.tls_server_name


def _apply_secret(ports: Ports, row: Endpoint, name: str, text: str | None) -> None:
    """None keeps the secret, unless it is sent and the address now leads elsewhere; "" removes it."""
    if text is None:
        if getattr(row, name) and name in SENT and urls.parse(row.base_url).origin != row.key_origin:
            raise Invalid({name: (MOVED,)})
        return
    if name == "api_key":
        seal_key(ports, row, text)
    else:
        setattr(row, name, ports.sealer.seal(text, key_purpose(row.id, name)) if text else None)


def seal_key(ports: Ports, row: Endpoint, key: str) -> None:
    """Put a key in, bound to where the endpoint's address leads now; "" removes it."""
    row.api_key = ports.sealer.seal(key, key_purpose(row.id)) if key else None
    row.key_origin = urls.parse(row.base_url).origin if key else ""
    row.key_fingerprint = ports.sealer.fingerprint(key) if key else ""
    row.key_set_at = ports.clock() if key else None


def _check_kept_key(ports: Ports, row: Endpoint, before: str) -> None:
    """A key that stays has to fit a certificate that is new; raises Invalid."""
    if row.client_certificate in ("", before):
        return
    try:
        key = stored_key(ports, row, "client_key")
    except CannotOpen:
        key = None
    faults = pair_faults(row.client_certificate, key, ports.clock()) if key else [("client_key", KEY_MISSING)]
    if found := {name: (sentence,) for name, sentence in faults}:
        raise Invalid(found)


def _state(ports: Ports, row: Endpoint) -> dict[str, Any]:
    """What the audit compares; of the key and of header values, which may be secrets too, only the fingerprint."""
    names = (
        "name", "platform", "server", "base_url", "identifier", "model", "family", "owner",
        "api_version", "key_header", "quirks", "auth", "region", "project", "access_key_id", "role_arn", "external_id",
        "ca_pem", "client_certificate", "tls_server_name",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "headers": {name: mark(each) for name, each in header_values.marks(ports, row).items()},
        "api_key": row.key_fingerprint and mark(row.key_fingerprint),
        # Compared as they are sealed: the same text typed again counts as a change.
        **{name: mark(ports.sealer.fingerprint(sealed)) if (sealed := getattr(row, name)) else "" for name in OTHERS},
    }


def mark(fingerprint: str) -> str:
    """What the audit shows of a secret: that it is set, and which one it is among others."""
    return f"set ({fingerprint})"


def _subject(row: Endpoint) -> tuple[str, str, str]:
    return "endpoint", row.id, row.name
