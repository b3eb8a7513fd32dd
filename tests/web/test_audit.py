"""The page of the audit log."""

import csv
import io
import json
import re
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.roles import Actor
from app.models.audit import AuditRow
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import UNLISTED, add_endpoint, assign


def note(ports: Ports, name: str, count: int = 1, **values: Any) -> None:
    """Entries of one object."""
    with ports.store.write() as session:
        for number in range(count):
            given = {"action": "thing:change", "object_type": "thing", "object_id": "t", "object_name": name}
            who = {"person": "i s", "person_name": "Ada Admin", "role": "admin"}
            session.add(
                AuditRow(at=ports.clock(), **{**given, **who, "changes": {"n": [number, number + 1]}, **values})
            )
            session.flush()


def shown(text: str) -> int:
    return len(re.findall(r"<tr data-audit=", text))


def test_a_change_is_told_field_by_field_with_a_link_to_what_still_exists(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    assign(ports, ada, "duo_chat", chosen)
    page = window_of(ada).get("/audit").text
    assert f'href="/endpoints/{chosen}">Mistral</a>' in page
    assert 'href="/features#duo_chat">General Chat</a>' in page
    assert re.search(r"<code>state</code>: unassigned <.*?> became </span> endpoint", page)
    assert "<code>acknowledged</code>:  other, wording 1" in page


def test_what_is_gone_keeps_its_name_and_loses_its_link(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    gone = add_endpoint(ports, ada, api_key="sk-never-shown")
    endpoints.delete(ports, ada, gone, 1)
    page = window_of(ada).get("/audit").text
    assert shown(page) == 2
    assert f"/endpoints/{gone}" not in page
    assert "sk-never-shown" not in page


def test_pages_of_fifty_follow_one_another(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    note(ports, "thing", 60)
    window = window_of(ada)
    first = window.get("/audit?type=thing").text
    address = re.search(r'href="(/audit\?[^"]*older=\d+)"', first)
    assert address
    second = window.get(address[1].replace("&amp;", "&")).text
    assert (shown(first), shown(second)) == (50, 10)
    assert "newer=" in second


def test_the_state_of_the_filter_is_in_the_address(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    note(ports, "alpha")
    note(ports, "beta", action="thing:delete")
    window = window_of(ada)
    for query, found in (
        ("object=ALPHA", 1),
        ("action=thing:delete", 1),
        ("person=nobody", 0),
        ("since=2020-01-01", 2),
    ):
        assert shown(window.get(f"/audit?{query}").text) == found, query
    assert 'value="2020-01-01"' in window.get("/audit?since=2020-01-01").text
    assert "Nothing matches" in window.get("/audit?person=nobody").text


@pytest.mark.parametrize(
    "query", ["since=soon", "until=2026-13-45", "older=²", "newer=-1", "older=" + "9" * 30, "until=9999-12-31"]
)
def test_values_that_make_no_sense_do_no_harm(window_of: OpenWindow, ada: Actor, query: str) -> None:
    assert window_of(ada).get(f"/audit?{query}").status_code == 200


@pytest.mark.parametrize("who", ["ed", "vi"])
@pytest.mark.parametrize("address", ["/audit", "/audit/export.csv", "/audit/export.jsonl"])
def test_only_admins_read_it(window_of: OpenWindow, request: pytest.FixtureRequest, who: str, address: str) -> None:
    assert window_of(request.getfixturevalue(who)).get(address).status_code == 403


def test_the_csv_is_safe_in_a_spreadsheet(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    note(ports, '=HYPERLINK("http://x")', person_name="+49 Ada", object_id="@id")
    answer = window_of(ada).get("/audit/export.csv")
    head, row = csv.reader(io.StringIO(answer.text, newline=""))
    cells = dict(zip(head, row, strict=True))
    assert cells["object_name"] == '\'=HYPERLINK("http://x")'
    assert (cells["person_name"], cells["object_id"], cells["changes"]) == ("'+49 Ada", "'@id", '{"n": [0, 1]}')
    assert answer.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="modelport-audit-[\d-]+\.csv"', answer.headers["Content-Disposition"])


def test_an_export_holds_everything_that_the_filter_shows_oldest_first(
    window_of: OpenWindow, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.audit.CHUNK", 7)
    note(ports, "kept", 30)
    note(ports, "left out", object_type="other")
    answer = window_of(ada).get("/audit/export.jsonl?type=thing")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["changes"]["n"][0] for line in lines] == list(range(30))
    assert lines[0]["person_name"] == "Ada Admin"
    assert answer.mimetype == "application/jsonl"


def test_exports_and_the_page_show_the_chain_and_whether_it_holds(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    add_endpoint(ports, ada)
    window = window_of(ada)
    window.post("/endpoints", data={**GOOD, "name": "Another"})
    first, second = [json.loads(line) for line in window.get("/audit/export.jsonl").text.splitlines()]
    assert (first["seq"], second["seq"], second["previous"], len(second["hash"])) == (1, 2, first["hash"], 64)
    assert (first["address"], second["address"], len(second["session"])) == ("", "127.0.0.1", 12)
    *_, row = csv.DictReader(io.StringIO(window.get("/audit/export.csv").text, newline=""))
    assert (row["seq"], row["previous"], row["hash"]) == ("2", second["previous"], second["hash"])
    page = window.get("/audit").text
    assert "admin, 127.0.0.1" in page
    assert "The chain was not checked yet." in page
    assert "Up to entry 2 it held" in window.post("/audit/verify", fragment=True).text
    with ports.store.write() as session:
        session.execute(text("DROP TRIGGER audit_row_stays"))
        session.execute(text("UPDATE audit_row SET person_name = 'Nobody' WHERE seq = 1"))
    assert window.post("/audit/verify").headers["Location"].endswith("/audit")
    assert "Entry 1 was changed after it was written" in window.get("/audit").text


def test_an_unknown_form_of_export_is_not_found(window_of: OpenWindow, ada: Actor) -> None:
    assert window_of(ada).get("/audit/export.xlsx").status_code == 404


def test_names_full_of_markup_stay_text(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    evil = "<img src=x onerror=alert(1)>"
    note(ports, evil, person_name=evil, action=evil, object_type=evil[:32], changes={evil: [evil, {"a": evil}]})
    assert "<img" not in window_of(ada).get("/audit").text


def test_a_very_long_value_is_cut(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    note(ports, "long", changes={"headers": [None, "x" * 5000]})
    page = window_of(ada).get("/audit").text
    assert "x" * 300 + "…" in page
    assert "x" * 301 not in page


def test_an_empty_log_says_so(window_of: OpenWindow, ada: Actor) -> None:
    assert "Nothing was changed yet" in window_of(ada).get("/audit").text
