"""Only the one door leads out: nothing else in the application opens a connection of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTTP = {"httpx", "httpx2", "httpcore", "httpcore2", "requests", "aiohttp", "urllib3", "pycurl", "h11", "websocket"} | {
    "botocore",  # opens connections of its own
}
STANDARD = {"http.client", "urllib.request", "ftplib", "smtplib", "telnetlib", "xmlrpc.client", "asyncio"}
SOCKETS = {"socket", "_socket", "gevent.socket"}
DOOR = "app.lib.wire"

LIBRARY = {
    "app/lib/wire.py",  # names the HTTP library for the door
    "app/web/auth/client.py",  # the OIDC library's session: fixed issuer, no redirects, 5 s
    "app/web/auth/pinned.py",  # part of it
    "app/web/auth/transport.py",  # part of it
    "app/web/auth/words.py",  # says what its errors mean
    "app/clients/google_credentials.py",  # google-auth's session: Google's own token address, no redirects, 5 s
    "app/clients/aws_credentials.py",  # AWS's own chain: the fixed address of STS, and what the process was given
}
WIRE = {f"app/lib/{name}.py" for name in ("dial", "http", "http_request", "lanes", "streams", "urls")}
PLUGS = {f"app/lib/{name}.py" for name in ("budget", "cancel", "dial", "egress_own", "streams")} | {
    "app/cli/run.py",  # looks whether a port is free, and connects to nothing
}


def imported(source: str) -> Iterator[str]:
    """Every module a source imports, `from a import b` as a and a.b."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "__import__",
            "import_module",
        ):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def offences(path: str, source: str) -> list[str]:
    """What a module imports although only others may."""
    found = []
    for name in set(imported(source)):
        top = name.partition(".")[0]
        if (top in HTTP or name in STANDARD) and path not in LIBRARY:
            found.append(name)
        if name == DOOR and path not in WIRE:
            found.append(name)
        if name in SOCKETS and path not in PLUGS:
            found.append(name)
    return found


def modules() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "app").rglob("*.py"))


@pytest.mark.parametrize("path", modules())
def test_no_module_goes_past_the_door(path: str) -> None:
    assert offences(path, (ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "import requests.adapters",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client as c",
        "from socket import create_connection",
        "import socket",
        "def f():\n    import aiohttp",
        "from botocore.session import Session",
        "from app.lib.wire import httpx",
        "__import__('httpcore')",
        "import importlib\nimportlib.import_module('urllib3')",
    ],
)
def test_the_check_sees_every_way_around(source: str) -> None:
    assert offences("app/services/probing.py", source)


def test_the_check_lets_ordinary_imports_pass() -> None:
    assert (
        offences(
            "app/services/probing.py", "import json\nfrom app.lib.http import Door\nfrom urllib.parse import quote"
        )
        == []
    )
