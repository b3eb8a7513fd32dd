"""What `demo --embed` adds: the portal on https, and a page on another origin that frames it.

Names below .localhost lead to this machine without DNS. Browsers take gitlab.localhost and portal.gitlab.localhost for
one site, and modelport.localhost for another, which are the two ways in which a frame can be deployed.
"""

import json
import os
from dataclasses import dataclass
from typing import Any

from app.cli.child import Child, ChildError, spawn
from app.cli.console import Refused, say
from app.cli.own_authority import Certificate, certificate
from app.config import Settings

HOST_NAME = "gitlab.localhost"
PORTAL_NAMES = {"same-site": f"portal.{HOST_NAME}", "cross-site": "modelport.localhost"}
READY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Embedding:
    """The running page around the portal: its address, and gunicorn's options for the portal's own https."""

    page: str
    serving: dict[str, Any]
    child: Child


def start(settings: Settings, mode: str) -> Embedding:
    """Make a certificate, set what the portal is told of its frame, and serve the page three ports above the portal.

    `mode` is same-site or cross-site. Raises Refused.
    """
    if not settings.on_loopback:
        raise Refused("MODELPORT_BIND: the demo in a frame is for this machine alone; bind to 127.0.0.1.")
    made = certificate(settings.data_dir.absolute() / "embed", (HOST_NAME, *PORTAL_NAMES.values()))
    port = settings.bind_port + 3
    portal, host = f"https://{PORTAL_NAMES[mode]}:{settings.bind_port}", f"https://{HOST_NAME}:{port}"
    os.environ.update(MODELPORT_PUBLIC_URL=portal, MODELPORT_EMBED_ORIGINS=host, MODELPORT_COOKIE_MODE=mode)
    child = spawn("app.cli.stand_in", [], settings.data_dir.absolute() / "embed" / "page.log")
    options = {"host": settings.bind_host, "port": port, "portal": portal, "chain": str(made.chain)}
    child.say(json.dumps({**options, "key": str(made.key)}))
    try:
        child.ready_line(READY_SECONDS)
    except ChildError as error:
        raise Refused(str(error)) from error
    page = f"{host}/-/modelport/"
    _explain(page, mode, made)
    return Embedding(page, {"certfile": str(made.chain), "keyfile": str(made.key)}, child)


def _explain(page: str, mode: str, made: Certificate) -> None:
    say(f"\nA page like GitLab's admin area frames the portal, {mode}: {page}")
    say(f"Its certificate is made here. Trust {made.authority} in your browser (it vouches for *.localhost alone),")
    say("or open both addresses once and accept what the browser warns of.")
