"""The certificates that a server showed, as a figure of the step that looked at them."""

from collections.abc import Sequence

from app.domain.steps import Figure
from app.lib.certificates import PeerCertificate
from app.services.probe_run import Run

# A server may send what it likes; a chain that works has two to four links.
MOST_LINKS = 8
NAME_MAX = 160


def figures(run: Run, chain: Sequence[PeerCertificate]) -> dict[str, Figure]:
    """`chain`, the server's own certificate first: of each its subject, its issuer and its end in ISO 8601."""
    links = [
        {
            "subject": run.fit(each.subject, NAME_MAX),
            "issuer": run.fit(each.issuer, NAME_MAX),
            "not_after": each.not_after.isoformat(),
        }
        for each in chain[:MOST_LINKS]
    ]
    return {"chain": links} if links else {}
