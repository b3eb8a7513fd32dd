"""What could be wrong with an installation, looked at part by part; `check` prints it with the cure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from app.clients.gitlab.client import GitLab
from app.data.loader import FactsError, load_facts
from app.domain.instance_troubles import InstanceError
from app.lib import urls
from app.lib.http import Call, Door
from app.lib.http_errors import Code, OutboundError
from app.models.sign_in import SignInSession
from app.services import readiness_check, sealed_columns
from app.services.ports import Ports

# A checkpoint race can lose commits or corrupt the file up to 3.51.2 (sqlite.org, "WAL-reset bug"); fixed backports.
_SQLITE_FIXED = (3, 51, 3)
_SQLITE_BACKPORTS = {(3, 44): 6, (3, 50): 7}
_NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"})
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, with the cure in its sentence; a warning does not make `check` fail."""

    sentence: str
    warning: bool = False


def prompts(directory: Path) -> Iterator[Finding]:
    """Which files of prompts are missing, or cannot be used."""
    try:
        facts = load_facts(directory)
    except FactsError as error:
        yield Finding(f"{error}. Put the file back as it was released.")
    else:
        for sentence in facts.prompts.problems(tuple(facts.features)):
            yield Finding(f"{sentence} Put it back from the release.")


def database(ports: Ports) -> Iterator[Finding]:
    """Whether the database can be written and is at this version."""
    for problem in readiness_check.problems(ports):
        yield Finding(f"{problem} Run ./portal migrate.")


def keys(ports: Ports) -> Iterator[Finding]:
    """Which stored secrets no longer open, each by its name."""
    for sealed, each in sealed_columns.unreadable(ports):
        yield Finding(
            f"{sealed.what} {each.name} cannot be opened. Put the key that sealed it back into "
            f"MODELPORT_SECRET_KEYS, or {sealed.cure}."
        )


def sqlite_version(version: tuple[int, int, int]) -> Iterator[Finding]:
    """Whether this SQLite has the fault in its write-ahead log."""
    fixed = _SQLITE_BACKPORTS.get(version[:2])
    if version >= _SQLITE_FIXED or (fixed is not None and version[2] >= fixed):
        return
    yield Finding(
        f"SQLite {'.'.join(map(str, version))} may, rarely, damage a database that several processes write "
        "(fixed in 3.51.3). Serve with --workers 1, use PostgreSQL, or bring a newer SQLite.",
        warning=True,
    )


def filesystem(data_dir: Path, mounts: str) -> Iterator[Finding]:
    """Whether the data folder is on a network share, where SQLite cannot lock; `mounts` as /proc/mounts has it."""
    best = ("", "")
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) > 2 and data_dir.absolute().is_relative_to(parts[1]) and len(parts[1]) >= len(best[0]):
            best = (parts[1], parts[2])
    if best[1] in _NETWORK_FILESYSTEMS:
        yield Finding(f"MODELPORT_DATA_DIR is on a network share ({best[1]}). Use a local disk, or PostgreSQL.")


def provider(door: Door, issuer: str) -> Iterator[Finding]:
    """Whether the identity provider's metadata is there and says what sign-in needs (OpenID Connect Discovery 1.0)."""
    try:
        address = urls.parse(issuer).join(".well-known/openid-configuration")
        answer = door.send(Call("GET", address))
        metadata: Any = answer.json()
    except urls.BadAddress as error:
        yield Finding(f"MODELPORT_OIDC_ISSUER: {error.message}")
        return
    except OutboundError as error:
        yield Finding(f"The identity provider does not answer: {error.sentence} Check MODELPORT_OIDC_ISSUER.")
        return
    except ValueError:
        metadata = None
    if answer.status != 200 or not isinstance(metadata, dict):
        yield Finding(f"The identity provider has no metadata below {issuer}. Check MODELPORT_OIDC_ISSUER.")
        return
    yield from _metadata(metadata, issuer)


def _metadata(metadata: dict[str, Any], issuer: str) -> Iterator[Finding]:
    if metadata.get("issuer") != issuer:
        yield Finding(
            f"The provider calls itself {str(metadata.get('issuer'))[:200]}; MODELPORT_OIDC_ISSUER must be that."
        )
    for name in _NEEDED:
        if not isinstance(metadata.get(name), str):
            yield Finding(f"The provider's metadata lacks {name}; sign-in cannot work.")
    if "S256" not in (metadata.get("code_challenge_methods_supported") or ["S256"]):
        yield Finding("The provider does not offer PKCE with S256, which sign-in uses.")
    if not metadata.get("end_session_endpoint"):
        yield Finding("The provider offers no sign-out; signing out here leaves its own session alive.", warning=True)


def proofs(ports: Ports) -> Iterator[Finding]:
    """Whether the provider said, at the last sign-in, when the person proved who they are."""
    last = select(SignInSession.auth_time).where(SignInSession.role != "").order_by(SignInSession.created_at.desc())
    with ports.store.read() as session:
        found = session.execute(last.limit(1)).one_or_none()
    if found and found.auth_time is None:
        yield Finding(
            "The identity provider does not say when people proved who they are (auth_time). Before keys are replaced, "
            "an ID token that is at most a minute old counts instead, even where it asked for no password again.",
            warning=True,
        )


def webhook(ports: Ports) -> Iterator[Finding]:
    """Whether alerts may go where they are to go; a receiver that is only down just now is a warning."""
    if ports.hook is None:
        return
    try:
        for _ in ports.door.stages(ports.hook.address):
            pass
    except OutboundError as error:
        setting = error.refusal.setting if error.refusal else None
        cure = f" Set {setting}." if setting else ""
        refused = error.code is Code.REFUSED_BY_POLICY
        yield Finding(f"MODELPORT_ALERT_WEBHOOK: {error.sentence}{cure}", warning=not refused)


def instance(ports: Ports) -> Iterator[Finding]:
    """Whether GitLab can be read with the token that is set; one that is only down just now is a warning."""
    if ports.instance is None:
        return
    try:
        GitLab(ports.door, ports.instance).read()
    except InstanceError as error:
        later = error.code in ("unavailable", "rate_limited", "incomplete")
        yield Finding(f"MODELPORT_GITLAB_URL: {error.message} {error.remedy}", warning=later)


def framing(origin: str, embed_origins: Sequence[str], cookie_mode: str) -> Iterator[Finding]:
    """Combinations of addresses and cookies that cannot work in a frame."""
    secure = origin.startswith("https:")
    if cookie_mode == "cross-site" and not secure:
        yield Finding(
            "MODELPORT_COOKIE_MODE=cross-site needs https in MODELPORT_PUBLIC_URL; browsers drop the cookie.",
            warning=True,
        )
    if cookie_mode == "cross-site" and not embed_origins:
        yield Finding("MODELPORT_COOKIE_MODE=cross-site without MODELPORT_EMBED_ORIGINS serves no frame.", warning=True)
    host = urlsplit(origin).hostname or ""
    for each in embed_origins:
        other = urlsplit(each).hostname or ""
        if cookie_mode == "same-site" and _site(host) != _site(other):
            yield Finding(
                f"{other} is another site than {host}: inside its frame nobody stays signed in. "
                "Set MODELPORT_COOKIE_MODE=cross-site, or serve Modelport below the same domain.",
                warning=True,
            )


def proxies(origin: str, hops: int, *, on_loopback: bool) -> Iterator[Finding]:
    """Whether a reverse proxy is there as the settings have it; `on_loopback`: only this machine reaches the port."""
    secure = origin.startswith("https:")
    if secure and not hops and on_loopback:
        yield Finding(
            "MODELPORT_PROXY_HOPS is 0, so all people share the proxy's address in limits and in the audit log. "
            "Set it to the number of reverse proxies in front, mostly 1.",
            warning=True,
        )
    if hops and not on_loopback:
        yield Finding(
            "Whoever reaches MODELPORT_BIND past the proxy can claim any address. "
            "Bind to 127.0.0.1, or let a firewall admit the proxy alone.",
            warning=True,
        )


def _site(host: str) -> str:
    """The last two labels: close enough for a warning, wrong for public suffixes of two labels."""
    return ".".join(host.split(".")[-2:])


def unknown_names(names: Sequence[str], known: Sequence[str]) -> Iterator[Finding]:
    """Variables that look like settings and are none: most are typing errors."""
    for name in sorted(set(names) - set(known)):
        yield Finding(f"{name} is no setting of Modelport; look for a typing error.", warning=True)
