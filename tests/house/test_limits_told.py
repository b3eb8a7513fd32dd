"""Each limit is told in docs/operations.md as it is in force."""

import re

import pytest

from app.api import app as api
from app.api import reading
from app.cli import serving
from app.cli.console import ROOT
from app.config import Settings
from app.domain import bundle_form
from app.domain.rates import FAILED_TOKENS_A_MINUTE
from app.domain.sessions import ATTEMPTS_A_MINUTE
from app.factory import FORM_PARTS, MEBIBYTE
from app.gateway import app as gateway
from app.gateway import bodies
from app.services.ports import TestLimits
from app.web import exchange

DOCS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROWS = {
    "connection tests and Find models": f"{TestLimits().per_minute} a minute",
    "tests at once": f"{Settings.model_construct().test_concurrency} in a process",
    "tests at once ": f"{TestLimits().per_host} to one host",
    "tests that run or wait": f"{TestLimits().waiting_of_one} of one person or token",
    "tests that run or wait ": f"{TestLimits().waiting_in_all} in all",
    "requests without a good token": f"{FAILED_TOKENS_A_MINUTE} a minute",
    "sign-ins, by network": f"{ATTEMPTS_A_MINUTE} a minute",
    "body of a page's form": f"{MEBIBYTE >> 20} MiB, {FORM_PARTS} parts",
    "bundle that is uploaded": f"{bundle_form.MOST_AT_ONCE >> 20} MiB",
    "body of an API or feature call": f"{api.MOST_BYTES >> 20} MiB",
    "depth of JSON": f"{reading.DEEPEST} in the API, {bodies.MOST_DEPTH} in feature calls",
    "first line and each header": f"{serving.LINE_BYTES} bytes, {serving.FIELDS} headers",
}


@pytest.mark.parametrize("what", ROWS)
def test_a_limit_is_told_as_it_is(what: str) -> None:
    [row] = re.findall(rf"^\| {re.escape(what.strip())}[^|]*\|([^|]*)\|", DOCS, re.MULTILINE)
    assert ROWS[what] in row


def test_the_help_tells_those_that_people_meet() -> None:
    text = (ROOT / "templates" / "help" / "index.html").read_text(encoding="utf-8")
    for told in (
        f"{TestLimits().per_minute} a minute for each person",
        f"At one server {TestLimits().per_host} run",
        f"while {TestLimits().waiting_of_one} of yours run or wait",
        f"sends {FAILED_TOKENS_A_MINUTE} requests a minute",
        f"A form takes {MEBIBYTE >> 20} MiB, a bundle {bundle_form.MOST_AT_ONCE >> 20} MiB",
        f"a call by a program {api.MOST_BYTES >> 20} MiB",
    ):
        assert told in text


def test_both_doors_for_programs_take_the_same() -> None:
    assert api.MOST_BYTES == gateway.MOST_BYTES
    assert serving.LINE_BYTES == serving.FIELD_BYTES


def test_nginx_lets_through_what_modelport_answers_itself() -> None:
    sample = (ROOT / "deploy" / "nginx" / "modelport.conf").read_text(encoding="utf-8")
    [largest] = re.findall(r"client_max_body_size (\d+)m;", sample)
    assert int(largest) << 20 > exchange.ROOM
    [number, size] = re.findall(r"large_client_header_buffers (\d+) (\d+)k;", sample)[0]
    assert int(size) << 10 >= serving.LINE_BYTES
    assert int(number) >= 4
