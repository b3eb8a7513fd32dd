"""Pages of tries: what they show, to whom, and what they keep to themselves until the mark."""

import re
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.trial_scripts import CHATTY, GOOD, drips, first_and_other, hangs, says
from tests.fakes.upstream import Script, Upstream
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, add_endpoint
from tests.fixtures.together import together

FEATURE = "generate_commit_message"
# Whatever would say whose answer is which: names, tiers, ids, figures.
TELLING = re.compile(
    r"Mistral|Claude|Quartz|data-tier|/endpoints/\w{8}|tokens/s|First token|\d ms|read, |mistral|claude_3"
)


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream(says(*GOOD)) as upstream:
        yield upstream


@pytest.fixture
def endpoint(ports: Ports, ada: Actor, server: Upstream) -> str:
    return add_endpoint(ports, ada, "Quartz", base_url=server.url, **UNLISTED)


def values(endpoint: str, /, **changed: str) -> dict[str, str]:
    """The form of two families on one endpoint."""
    both = {"endpoint": endpoint, "family": "mistral", "other_endpoint": endpoint, "other_family": "claude_3"}
    return {"feature": FEATURE, "of": FEATURE, **both, "input_diff": "+ a", "input_title": "T", **changed}


def begin(window: Window, endpoint: str, /, **changed: str) -> str:
    """Begin a try; its address."""
    answer = window.post("/tries", data=values(endpoint, **changed))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def body_of(page: Page) -> str:
    """The markup of the page's own part."""
    return page.text[page.text.index('<section id="try"') :]


def ended(window: Window, address: str) -> Page:
    """The page once it asks no more."""
    until = monotonic() + 15
    while "every 500ms" in (page := Page(window.get(address))).text:
        assert monotonic() < until, "the try does not end"
        sleep(0.05)
    return page


def test_it_works(window_of: OpenWindow, endpoint: str, ed: Actor) -> None:
    window = window_of(ed)
    page = ended(window, begin(window, endpoint, other_endpoint=""))
    assert "feat: report no orders as 0" in page.words("answer")
    assert "Keeps to what an answer has to be" in page.words("answer")
    assert re.search(r"First token \d+ ms .* read, \d+ written \(estimated\)", page.words("answer"))


def test_the_form_holds_what_the_address_names_and_samples(window_of: OpenWindow, endpoint: str, ed: Actor) -> None:
    page = Page(window_of(ed).get(f"/tries/new?feature={FEATURE}&endpoint={endpoint}&family=mistral"))
    assert [page.value(name) for name in ("feature", "endpoint", "family")] == [FEATURE, endpoint, "mistral"]
    assert page.value("input_diff").startswith("diff --git")


@pytest.mark.parametrize(
    "query", ["", "?feature=nonsense&family=nonsense&endpoint=gone", "?again=gone", "?feature=%00"]
)
def test_an_address_that_names_nothing_known_gets_a_form(window_of: OpenWindow, ed: Actor, query: str) -> None:
    assert window_of(ed).get(f"/tries/new{query}").status_code in (200, 400)


def test_another_feature_brings_its_samples_and_keeps_what_was_typed(
    window_of: OpenWindow, endpoint: str, ed: Actor
) -> None:
    sent = values(endpoint, feature="summarize_new_merge_request")
    page = Page(window_of(ed).post("/tries/form", data=sent))
    assert (page.value("input_diff"), page.value("other_family")) == ("+ a", "claude_3")


@together(
    ("changed", "field"),
    [
        ({"endpoint": ""}, "endpoint"),
        ({"other_endpoint": "gone"}, "other_endpoint"),
        ({"family": "nonsense"}, "family"),
        ({"input_diff": ""}, "input_diff"),
        ({"feature": "nonsense", "of": "nonsense"}, "feature"),
    ],
)
def test_a_fault_is_told_at_its_field_and_what_was_typed_stays(
    window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream, changed: dict[str, str], field: str
) -> None:
    answer = window_of(ed).post("/tries", data=values(endpoint, **changed), fragment=True)
    assert answer.status_code == 422
    assert Page(answer).error(field)
    assert server.bodies == []


def test_line_ends_are_those_of_the_sample(window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream) -> None:
    window = window_of(ed)
    ended(window, begin(window, endpoint, other_endpoint="", input_diff="+ a\r\n+ b"))
    assert "+ a\n+ b" in str(server.bodies[0]["messages"][-1]["content"])


@pytest.mark.parametrize(
    "script", [drips(*GOOD, seconds=0.1), first_and_other(says(*GOOD), drips(*CHATTY, seconds=0.3))]
)
def test_nothing_tells_whose_answer_is_which_before_the_mark(
    window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream, script: Script
) -> None:
    server.script = script
    window = window_of(ed)
    address = begin(window, endpoint)
    seen = [body_of(Page(window.get(address)))]
    while "every 500ms" in seen[-1]:
        seen.append(body_of(Page(window.get(address))))
        sleep(0.03)
    assert len(seen) > 3
    assert [TELLING.search(each) for each in seen if TELLING.search(each)] == []
    assert "A is better" in seen[-1]


def test_the_faster_is_shown_no_sooner_than_the_slower(
    window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream
) -> None:
    server.script = first_and_other(says("feat: quick"), hangs)
    window = window_of(ed)
    address = begin(window, endpoint)
    until = monotonic() + 10
    while "It began" not in (page := Page(window.get(address))).text:
        assert monotonic() < until
    sleep(0.5)
    page = Page(window.get(address))
    states = [page.by_id(each).get("data-state") for each in ("answer-a", "answer-b")]
    assert states == ["running", "running"]
    assert "feat: quick" not in page.text
    window.post(f"{address}/stop")


def test_the_mark_reveals_and_is_given_once(window_of: OpenWindow, endpoint: str, ed: Actor) -> None:
    window = window_of(ed)
    address = begin(window, endpoint)
    ended(window, address)
    page = Page(window.post(f"{address}/mark", data={"better": "b"}, fragment=True))
    assert {"Mistral", "Claude"} <= set(re.findall(r"Answer [AB]: (\w+)", page.words("try")))
    assert "Better" in page.words("answer-b")
    assert "Better" not in page.words("answer-a")
    assert window.post(f"{address}/mark", data={"better": "a"}).status_code == 409


def test_there_is_no_mark_while_one_still_answers(
    window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream
) -> None:
    server.script = hangs
    window = window_of(ed)
    address = begin(window, endpoint)
    assert window.post(f"{address}/mark", data={"better": "a"}).status_code == 409
    window.post(f"{address}/stop")
    page = ended(window, address)
    assert "nothing to mark" in page.words("standing")
    assert "Stopped" in page.words("answer-a")


def test_a_hidden_try_gives_its_order_to_no_form(window_of: OpenWindow, endpoint: str, ed: Actor) -> None:
    window = window_of(ed)
    address = begin(window, endpoint)
    ended(window, address)
    again = f"/tries/new?again={address.rpartition('/')[2]}"
    assert Page(window.get(again)).value("endpoint") == ""
    window.post(f"{address}/mark", data={"better": "neither"})
    page = Page(window.get(again))
    assert (page.value("endpoint"), page.value("input_diff")) == (endpoint, "+ a")
    assert {page.value("family"), page.value("other_family")} == {"mistral", "claude_3"}


def test_a_try_is_its_makers_alone(window_of: OpenWindow, endpoint: str, ed: Actor, ada: Actor, vi: Actor) -> None:
    address = begin(window_of(ed), endpoint)
    for act, status in ((lambda w: w.get(address), 404), (lambda w: w.post(f"{address}/stop"), 404)):
        assert act(window_of(ada)).status_code == status
        assert act(window_of(vi)).status_code == 403
    assert window_of(ada).post(f"{address}/mark", data={"better": "a"}).status_code == 404
    assert window_of(vi).get("/tries/new").status_code == 403


def test_a_form_without_its_token_begins_nothing(
    window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream
) -> None:
    window = window_of(ed)
    window.csrf_token = ""
    assert window.post("/tries", data=values(endpoint)).status_code == 403
    assert server.bodies == []


def test_markup_in_an_answer_stays_text(window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream) -> None:
    rude = '</pre><script>alert(1)</script><b hx-get="/x">\x1b[31m'
    server.script = says(rude)
    window = window_of(ed)
    page = ended(window, begin(window, endpoint, other_endpoint=""))
    assert rude.replace("\x1b", "\u241b") in "".join(page.by_id("answer").itertext())
    assert not list(page.by_id("answer").iter("script"))
    assert not [each for each in page.by_id("answer").iter() if each.get("hx-get")]


def test_a_poll_for_a_try_that_went_asks_no_more(window_of: OpenWindow, ed: Actor) -> None:
    answer = window_of(ed).get("/tries/gone", fragment=True)
    assert answer.status_code == 404
    assert "kept for an hour" in Page(answer).words("try")


def test_a_third_at_once_waits(window_of: OpenWindow, endpoint: str, ed: Actor, server: Upstream) -> None:
    server.script = hangs
    window = window_of(ed)
    running = [begin(window, endpoint) for _ in range(2)]
    answer = window.post("/tries", data=values(endpoint), fragment=True)
    assert (answer.status_code, "2 of your tries run already" in answer.text) == (429, True)
    for each in running:
        window.post(f"{each}/stop")
