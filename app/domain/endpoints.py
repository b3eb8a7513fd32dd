"""The rules of an endpoint's fields: one check of the draft, whichever door it came through."""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from app.domain import identifiers
from app.domain.credentials import Auth
from app.domain.endpoint_cloud import cloud_faults
from app.domain.endpoint_tls import tls_faults
from app.domain.errors import Invalid
from app.domain.extra_headers import header_faults
from app.domain.identifiers import Identifier
from app.domain.platforms import OPENAI_COMPATIBLE, Platform, Server
from app.domain.service_accounts import read_service_account

NAME_MAX = 255
KEY_MAX = 4000
OWNER_MAX = 255
MOST_AT_ONCE = 50

BEARER = "authorization"
KEY_HEADERS = (BEARER, "api-key", "x-api-key")
# What some servers refuse, so that it is left out or renamed for them.
QUIRKS = ("max_completion_tokens", "no_temperature", "no_system", "no_stop", "strip_reasoning")

_API_VERSION = re.compile(r"v1|preview|\d{4}-\d{2}-\d{2}(-preview)?")
# What a pattern of an address leaves open stands in capitals, as in https://HOST/v1.
_PLACEHOLDER = re.compile(r"[A-Z]{3,}")


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What somebody typed for an endpoint; nothing in it has been checked yet.

    Of the secrets (`api_key`, `session_token`, `client_key`) None keeps what is stored and "" has none. A header whose
    value is None keeps the stored one.
    """

    name: str = ""
    platform: str = OPENAI_COMPATIBLE
    server: str = ""
    base_url: str = ""
    identifier: str = ""
    model: str = ""
    family: str = "other"
    owner: str = ""
    api_version: str = ""
    key_header: str = ""
    headers: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    quirks: tuple[str, ...] = ()
    api_key: str | None = field(default=None, repr=False)
    auth: str = ""
    region: str = ""
    project: str = ""
    access_key_id: str = ""
    session_token: str | None = field(default=None, repr=False)
    role_arn: str = ""
    external_id: str = ""
    ca_pem: str = field(default="", repr=False)
    client_certificate: str = field(default="", repr=False)
    client_key: str | None = field(default=None, repr=False)
    tls_server_name: str = ""


class Choices(Protocol):
    """The facts that a draft is checked against: each `*_problem` gives a sentence or None."""

    @property
    def platforms(self) -> Mapping[str, Platform]: ...

    def platform_problem(self, slug: str) -> str | None: ...
    def server_problem(self, platform: str, slug: str) -> str | None: ...
    def family_problem(self, slug: str) -> str | None: ...
    def model_problem(self, name: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft without a fault, in its stored form."""

    draft: EndpointDraft
    base_url: str
    identifier: Identifier


class _Faults:
    """Collects sentences by field."""

    def __init__(self) -> None:
        self.by_field: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, name: str, sentence: str) -> None:
        if sentence not in self.by_field[name]:
            self.by_field[name].append(sentence)


def check(
    draft: EndpointDraft,
    choices: Choices,
    read_address: Callable[[str], object],
    now: datetime,
    *,
    named: bool = True,
) -> Checked:
    """Every fault at its field, all at once; raises Invalid.

    `read_address` reads a base URL and raises ValueError with a sentence. `named` is False for a test of values
    that are not saved yet, which needs no name.
    """
    faults = _Faults()
    if named:
        _check_line(faults, "name", draft.name, NAME_MAX, "Give the endpoint a name.")
    _check_line(faults, "owner", draft.owner, OWNER_MAX)
    platform = choices.platforms.get(draft.platform)
    if platform and not draft.auth:
        draft = replace(draft, auth=platform.auths[0].value)
    draft = _with_account(faults, draft)
    base_url = _check_address(faults, draft, platform, read_address)
    identifier = _check_identifier(faults, draft, platform, choices)
    for name, problem in (
        ("platform", choices.platform_problem(draft.platform)),
        ("server", choices.server_problem(draft.platform, draft.server) if platform else None),
        ("family", choices.family_problem(draft.family)),
        ("model", choices.model_problem(draft.model)),
    ):
        if problem:
            faults.add(name, problem)
    _check_request_options(faults, draft)
    if platform:
        for name, sentence in cloud_faults(draft, platform, urlsplit(base_url).hostname or ""):
            faults.add(name, sentence)
    for name, sentence in tls_faults(draft, now):
        faults.add(name, sentence)
    if faults.by_field or identifier is None:
        raise Invalid(faults.by_field)
    return Checked(draft, base_url, identifier)


def _with_account(faults: _Faults, draft: EndpointDraft) -> EndpointDraft:
    """A service account's file cut down to what is used of it; the project it names stands in for one left empty."""
    if draft.auth != Auth.SERVICE_ACCOUNT or not draft.api_key:
        return draft
    try:
        account = read_service_account(draft.api_key)
    except ValueError as error:
        faults.add("api_key", str(error))
        return draft
    return replace(draft, api_key=json.dumps(account), project=draft.project or account["project_id"])


def _check_line(faults: _Faults, name: str, text: str, longest: int, missing: str = "") -> None:
    if not text.strip() and missing:
        faults.add(name, missing)
    if len(text) > longest:
        faults.add(name, f"Use {longest} characters at most; these are {len(text)}.")
    if has_controls(text):
        faults.add(name, "Remove the line breaks and invisible characters.")


def has_controls(text: str) -> bool:
    """Whether a text holds half characters, control or direction characters, which could make it read as another."""
    return any(unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") for each in text)


def _check_address(
    faults: _Faults, draft: EndpointDraft, platform: Platform | None, read_address: Callable[[str], object]
) -> str:
    text = draft.base_url.strip()
    pattern = platform.address_in(draft.region) if platform else ""
    open_words = _PLACEHOLDER.findall(pattern)
    if not text:
        if not pattern or open_words:
            # Where the region is all that is missing, its own field says so.
            if platform is None or not platform.needs_region:
                faults.add("base_url", "Type the address of the model server.")
            return ""
        text = pattern
    for word in open_words:
        if re.search(rf"\b{word}\b", text):
            faults.add("base_url", f"Put your own value in place of {word}.")
            return text
    try:
        return str(read_address(text))
    except ValueError as error:
        faults.add("base_url", str(error))
        return text


def _check_identifier(
    faults: _Faults, draft: EndpointDraft, platform: Platform | None, choices: Choices
) -> Identifier | None:
    text = draft.identifier.strip()
    if not text:
        faults.add("identifier", "Type the name under which the server serves the model, or press Find models.")
    elif has_controls(text):
        faults.add("identifier", "Remove the line breaks and invisible characters.")
    elif platform is not None:
        try:
            return identifiers.identify(platform, text, choices.platforms.values())
        except ValueError as error:
            faults.add("identifier", str(error))
    return None


def _check_request_options(faults: _Faults, draft: EndpointDraft) -> None:
    if draft.api_version and not _API_VERSION.fullmatch(draft.api_version):
        faults.add("api_version", "Type a version such as 2024-10-21 or 2025-04-01-preview, or v1.")
    if draft.key_header and draft.key_header not in KEY_HEADERS:
        faults.add("key_header", "Choose one of the listed headers.")
    if any(quirk not in QUIRKS for quirk in draft.quirks):
        faults.add("quirks", "Choose from the listed ones.")
    if draft.auth != Auth.SERVICE_ACCOUNT:
        for sentence in key_faults(draft.api_key or ""):
            faults.add("api_key", sentence)
    for sentence in header_faults(draft.headers):
        faults.add("headers", sentence)


def key_faults(key: str) -> tuple[str, ...]:
    """What is wrong with a key that was typed, a sentence each."""
    found = []
    if len(key) > KEY_MAX:
        found.append(f"Use {KEY_MAX} characters at most; these are {len(key)}.")
    if not key.isascii() or any(not " " < each < "\x7f" for each in key):
        found.append("A key has no spaces, line breaks or special characters. Copy it again.")
    return tuple(found)


def check_count(names: Sequence[str]) -> None:
    """Whether so many models may be added in one step; raises Invalid."""
    if len(names) > MOST_AT_ONCE:
        raise Invalid({"models": (f"Tick {MOST_AT_ONCE} models at most in one step; these are {len(names)}.",)})


def check_one(names: Sequence[str]) -> None:
    """Whether the models chosen for an endpoint that is there already are one at most; raises Invalid."""
    if len(names) > 1:
        raise Invalid({"models": (f"Tick one model: this endpoint is for one, and these are {len(names)}.",)})


def needs_address(platform: Platform) -> bool:
    """Whether somebody has to type an address, since the platform's own pattern is none or has gaps."""
    return not platform.needs_region and bool(not platform.url_pattern or _PLACEHOLDER.search(platform.url_pattern))


def is_pattern(text: str, patterns: Iterable[str]) -> bool:
    """Whether an address is still what a preset filled in, and not somebody's own."""
    return not text.strip() or text.strip() in patterns


def name_key(name: str) -> str:
    """The form in which names must differ: case and Unicode spelling do not count."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()[:NAME_MAX]


def slug_of(name: str) -> str:
    """A slug's beginning from a name: small letters, digits and single dashes, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "endpoint"


def default_key_header(draft_header: str, platform: Platform, server: Server | None) -> str:
    """The header that carries the key: the chosen one, else the server's or the platform's own."""
    return draft_header or (server.key_header if server else "") or platform.key_header or BEARER
