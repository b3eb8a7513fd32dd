"""The help page on calls: every code that callers may meet is explained there, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.domain.roles import Actor
from app.gateway import errors
from app.services import call_failures
from app.services.answering import BROKE_OFF
from app.web.call_codes import GROUPS
from tests.fixtures.portal import OpenWindow

ROOT = Path(__file__).parents[2] / "app"
SOURCES = [*ROOT.glob("gateway/*.py"), *ROOT.glob("services/call_*.py"), ROOT / "services/answering.py"]
# Of app/domain/errors.py, and what nobody is there to read.
OTHERS = {"token_refused", "invalid", "busy", "unavailable", "internal_error", BROKE_OFF}
# HTTP's own, as app/gateway/errors.py names them.
HTTPS = {"not_found", "method_not_allowed"}
UNSEEN = {"caller_left"}


def raised() -> Iterator[str]:
    """The codes that stand in calls of CallRefused."""
    for path in [*SOURCES, ROOT / "domain/routing.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "CallRefused" and len(node.args) > 1:
                yield from (
                    each.value
                    for each in ast.walk(node.args[1])
                    if isinstance(each, ast.Constant) and "_" in str(each.value)
                )


def test_every_code_is_explained_and_no_other() -> None:
    tables = {code for code, _ in call_failures._CALLERS.values()} | {
        row[0] for row in call_failures._NEEDS_WORDS.values()
    }
    explained = [code.name for group in GROUPS for code in group.codes]
    assert len(explained) == len(set(explained))
    assert set(explained) == ({*raised()} | tables | set(errors._CODES.values()) | OTHERS | HTTPS) - UNSEEN


def test_the_page_names_the_address_and_the_codes(window_of: OpenWindow, vi: Actor, portal_origin: str) -> None:
    page = window_of(vi).get("/help/calls").text
    assert f"<code>{portal_origin}/v1</code>" in page
    assert "endpoints_resting" in page
    assert 'id="endpoints_resting">endpoints_<wbr>resting</span>' in page
