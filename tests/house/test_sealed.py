"""Whoever seals something stands in the list of what is sealed, so that it is rotated and checked with the rest."""

import ast
from pathlib import Path

from app.services.sealed_columns import COLUMNS

APP = Path(__file__).parents[2] / "app"
ELSEWHERE = {
    "app.services.handoffs",  # what it seals is over within a minute
    "app.services.readiness_check",  # tries the keys, and keeps nothing
    "app.services.rotation",  # seals what the list names
}


def test_every_module_that_seals_is_in_the_list() -> None:
    sealing = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("sealer.seal"):
                sealing.add(".".join(path.relative_to(APP.parent).with_suffix("").parts))
    assert sealing - ELSEWHERE == {each.sealed_in for each in COLUMNS}
