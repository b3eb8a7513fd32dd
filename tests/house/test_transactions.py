"""Transactions belong to services and queries: pages hold none open, and nothing is written inside a read."""

import ast
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from app import services
from app.domain.roles import Actor
from app.models import store as store_module
from app.models.store import Store
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.api import Program
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint

APP = Path(__file__).parents[2] / "app"
DOORS = ("web", "api", "gateway", "jobs")


def opened_in(folder: Path) -> Iterator[str]:
    """Where a transaction is opened: calls of `read` or `write` on something called store."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and re.search(r"store\.(read|write)$", ast.unparse(node.func)):
                yield f"{path.relative_to(APP)}:{node.lineno} {ast.unparse(node.func)}"


@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_no_transaction(door: str) -> None:
    assert list(opened_in(APP / door)) == []


def test_a_query_only_reads() -> None:
    assert [place for place in opened_in(APP / "queries") if place.endswith(".write")] == []


def test_a_query_that_yields_has_ended_its_read_before() -> None:
    for path in (APP / "queries").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.With) and "store.read" in ast.unparse(node.items[0].context_expr):
                yields = [each for each in ast.walk(node) if isinstance(each, ast.Yield | ast.YieldFrom)]
                assert not yields, f"{path.name}:{node.lineno} keeps its read open while its caller goes on"


def test_nothing_is_written_inside_an_open_read(ports: Ports) -> None:
    with ports.store.read(), pytest.raises(RuntimeError, match="inside an open read"), ports.store.write():
        pass


def test_no_service_is_entered_inside_an_open_read(
    window_of: OpenWindow, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = _watch_services(monkeypatch)
    window = window_of(ada)
    endpoint_id = add_endpoint(ports, ada, base_url="http://127.0.0.1:9/v1")
    for path in ("", "endpoints", "features", "families", "audit", "settings", "endpoints/new"):
        assert window.get(f"/{path}").status_code == 200
    for path in ("", "/edit", "/delete", "/row"):
        assert window.get(f"/endpoints/{endpoint_id}{path}").status_code == 200
    window.post("/endpoints", data=GOOD)
    window.post(
        f"/endpoints/{endpoint_id}/edit",
        data={**GOOD, "name": "x", "base_url": "http://127.0.0.1:9/v1", "version": "1"},
    )
    probe = window.post(f"/endpoints/{endpoint_id}/test").headers["Location"]
    window.get(probe)
    window.post(f"{probe}/stop")
    for what in ("form", "choice", "models", "test"):
        window.post(
            f"/endpoints/draft/{what}", data={**GOOD, "endpoint_id": endpoint_id, "base_url": "http://127.0.0.1:9"}
        )
    trial = window.post("/tries", data={"feature": "duo_chat", "endpoint": endpoint_id}).headers["Location"]
    window.get(trial)
    window.post(f"{trial}/stop")
    window.post(f"{trial}/mark", data={"better": "a"})
    window.post("/features/duo_chat/assignment", data={"endpoint_id": endpoint_id, "version": "0", "acknowledged": "y"})
    for step in ("edit/review", "edit"):
        window.post(f"/features/duo_chat/{step}", data={"endpoint_id": "disabled", "version": "1"})
    window.post("/features/batch", data={"feature": "duo_chat", "seen": "1", "endpoint_id": endpoint_id})
    window.post(f"/endpoints/{endpoint_id}/responsibility", data={"region": "EU"})
    window.post(f"/endpoints/{endpoint_id}/replace", data={"replacement_id": endpoint_id})
    window.post(f"/endpoints/{endpoint_id}/disable", data={"version": "2"})
    window.post("/auth/logout")
    assert len(entered) > 12, sorted(entered)


def test_no_service_is_entered_by_a_program_inside_an_open_read(
    admin: Program, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = _watch_services(monkeypatch, callers="app.api")
    endpoint_id = add_endpoint(ports, ada, base_url="http://127.0.0.1:9/v1")
    place = f"/endpoints/{endpoint_id}"
    for path in ("/endpoints", place, f"{place}/readiness", f"{place}/probes", "/audit", "/tokens"):
        assert admin.get(path).status_code == 200
    made = admin.post("/endpoints", GOOD).headers["Location"]
    for body, path in (({"name": "x"}, made), ({"endpoint_id": endpoint_id}, "/features/duo_chat/assignment")):
        assert admin("PUT" if "duo" in path else "PATCH", path, body, match="*").status_code == 200
    for probe in (admin.post(f"{place}/probes", {}), admin.post("/probes", {"endpoint_id": endpoint_id})):
        admin.get(probe.headers["Location"])
        admin("DELETE", probe.headers["Location"])
    token = admin.post("/tokens", {"name": "x", "role": "viewer"}).headers["Location"]
    for path in (token, made):
        assert admin("DELETE", path, match="*").status_code == 204
    assert len(entered) > 9, sorted(entered)


def test_the_watch_itself_sees_a_service_entered_inside_a_read(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.services import endpoints

    _watch_services(monkeypatch, callers="tests.")
    with ports.store.read(), pytest.raises(AssertionError, match="inside an open read"):
        endpoints.key_is_readable(ports, "any")


def _modules(package: Any) -> Iterator[Any]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield import_module(found.name)


def _watch_services(monkeypatch: pytest.MonkeyPatch, callers: str = "app.web") -> set[str]:
    """Let each public function of a service look whether a read is open when a page calls it; the names of those."""
    entered: set[str] = set()
    for module in _modules(services):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            takes_ports = next(iter(inspect.signature(function).parameters), "") == "ports"
            if function.__module__ == module.__name__ and takes_ports and not name.startswith("_"):
                monkeypatch.setattr(module, name, _watched(function, entered, callers))
    return entered


def _watched(function: Callable[..., Any], entered: set[str], callers: str) -> Callable[..., Any]:
    @wraps(function)
    def look(*arguments: Any, **named: Any) -> Any:
        if sys._getframe(1).f_globals["__name__"].startswith(callers):
            assert store_module._reading.get() == 0, f"{function.__qualname__} was entered inside an open read"
            entered.add(f"{function.__module__}.{function.__name__}")
        return function(*arguments, **named)

    return look


def test_a_read_that_fails_counts_as_ended(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.read():
        1 / 0  # noqa: B018
    with store.write():
        pass
