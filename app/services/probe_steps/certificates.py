"""Cures for a server whose certificate is not trusted: what it showed may be trusted, if somebody compares it first."""

from dataclasses import replace

from app.domain.steps import Fix, StepName, StepResult
from app.lib import redact
from app.lib.certificates import PeerCertificate, called
from app.lib.http_errors import Code, OutboundError
from app.lib.tls import BadCertificate, check_server_name
from app.services.probe_run import Run
from app.services.probe_steps import addresses

_UNTRUSTED = frozenset({Code.TLS_UNKNOWN_CA, Code.TLS_MISSING_INTERMEDIATE})
# Certificates are one to two of these; what is much longer was not made to be trusted.
_PEM_MAX = 8 << 10
_LABEL_MAX = 80
# The button opens the field.
_BY_HAND = Fix("ca_pem", "", "Add the authority's certificate")


def untrusted(run: Run, error: OutboundError) -> StepResult:
    """The result for a failed look at the certificate, with the change that would make it pass."""
    if error.code is Code.PLAIN_HTTP_ON_HTTPS:
        return run.outbound(StepName.TLS, error, addresses.unsecured(run))
    if error.code is Code.TLS_NAME_MISMATCH:
        return run.outbound(StepName.TLS, error, _other_name(run, error.chain))
    if error.code not in _UNTRUSTED:
        return run.outbound(StepName.TLS, error)
    found, trusted = _highest(error.chain), (run.target.tls.ca_pem or "").strip()
    if found is None or found.pem.strip() in trusted:
        return run.outbound(StepName.TLS, error, _BY_HAND)
    # Without the marks of RFC 4514, between which a secret would not be known again.
    subject = run.fit(called(found).replace("\\", ""), _LABEL_MAX)
    fix = Fix("ca_pem", f"{trusted}\n{found.pem}".lstrip(), f"Trust {subject}") if _is_clean(found) else _BY_HAND
    told = run.outbound(StepName.TLS, error, fix)
    return replace(told, figures={**told.figures, "certificate": subject, "fingerprint": found.fingerprint})


def _highest(chain: tuple[PeerCertificate, ...]) -> PeerCertificate | None:
    """The authority that stands highest above the server's own certificate; None where the server showed none."""
    found = None
    for each, below in zip(chain, (None, *chain), strict=False):
        if below and each.subject != below.issuer:
            break
        if each.authority and len(each.pem) <= _PEM_MAX:
            found = each
    return found


def _is_clean(certificate: PeerCertificate) -> bool:
    """Whether nothing in it looks like a secret; a server may have put a key that it got into a name."""
    joined = certificate.pem.replace("\n", "")
    return redact.scrub(joined) == joined


def _other_name(run: Run, chain: tuple[PeerCertificate, ...]) -> Fix | None:
    """The first name of the certificate that can be asked for; one with an asterisk stands for many."""
    for name in chain[0].names if chain else ():
        try:
            usable = check_server_name(name)
        except BadCertificate:
            continue
        if usable == name.lower() and run.fit(usable) == usable:
            return Fix("tls_server_name", usable, f"Expect the name {usable}")
    return None
