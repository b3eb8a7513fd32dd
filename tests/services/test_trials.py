"""What people may try, how tries end, and when they may be marked."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.capabilities import Finding, Grade
from app.domain.contracts import Called
from app.domain.errors import Busy, Invalid, NotFound
from app.domain.features import Ability
from app.domain.roles import Actor
from app.domain.trials import Side
from app.models.trial import Mark, Trial, TrialSide
from app.queries import trials as query
from app.services import endpoints, trials
from app.services.ports import Ports
from app.services.trials import MarkRefused
from tests.fakes import wire
from tests.fakes.trial_scripts import CHATTY, GOOD, events, first_and_other, hangs, says
from tests.fakes.trying import Bench
from tests.fakes.upstream import ENDING, Exchange, Upstream
from tests.fixtures.measured import answered, conclude
from tests.fixtures.together import together


@pytest.fixture
def bench(ports: Ports, ed: Actor) -> Iterator[Bench]:
    made = Bench(ports, ed)
    yield made
    made.tries.close()


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream(says(*GOOD)) as upstream:
        yield upstream


def pair(bench: Bench, server: Upstream) -> tuple[Side, Side]:
    """Two families on one endpoint."""
    endpoint = bench.endpoint(server.url)
    return Side(endpoint, "mistral"), Side(endpoint, "other")


def count(ports: Ports, kind: type) -> int:
    with ports.store.read() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_it_works(bench: Bench, server: Upstream) -> None:
    found = bench.ended(bench.begin(Side(bench.endpoint(server.url))))
    (side,) = found.sides
    assert (side.state, side.text, side.breaches) == ("answered", "".join(GOOD), ())
    assert side.figures is not None
    assert side.figures.estimated
    assert side.figures.prompt_tokens > 100
    assert (found.blind, side.family) == (False, "mistral")
    assert server.bodies[0]["stream"] is True


@pytest.mark.parametrize("swapped", [False, True])
def test_the_lot_decides_which_stands_first(bench: Bench, server: Upstream, swapped: bool) -> None:
    found = bench.ended(bench.begin(*pair(bench, server), swapped=swapped))
    assert found.blind
    assert [each.family for each in found.sides] == (["other", "mistral"] if swapped else ["mistral", "other"])


def test_the_true_lot_gives_both_orders() -> None:
    assert {trials.by_lot() for _ in range(200)} == {True, False}


def test_each_breach_of_the_contract_is_named(bench: Bench, server: Upstream) -> None:
    server.script = says(*CHATTY)
    (side,) = bench.ended(bench.begin(Side(bench.endpoint(server.url)))).sides
    assert {each.code for each in side.breaches} == {"chatter_before", "subject_form", "full_stop"}
    assert side.state == "answered"


def test_what_the_server_states_of_its_tokens_is_believed(bench: Bench, server: Upstream) -> None:
    usage = {"id": "x", "choices": [], "usage": {"prompt_tokens": 400, "completion_tokens": 12}}
    server.script = lambda exchange: exchange.stream([*events(*GOOD), wire.event(usage), wire.DONE])
    (side,) = bench.ended(bench.begin(Side(bench.endpoint(server.url)))).sides
    assert side.figures is not None
    assert (side.figures.prompt_tokens, side.figures.completion_tokens, side.figures.estimated) == (400, 12, False)


def refuses_options(exchange: Exchange) -> None:
    if "stream_options" in exchange.body:
        exchange.whole({"error": {"message": "stream_options: extra inputs are not permitted"}}, 400)
    else:
        says(*GOOD)(exchange)


def test_a_server_that_refuses_to_count_is_asked_without(bench: Bench, server: Upstream) -> None:
    server.script = refuses_options
    assert bench.ended(bench.begin(Side(bench.endpoint(server.url)))).states == ["answered"]


def calls(exchange: Exchange) -> None:
    function = {"name": "read_file", "arguments": '{"path": "shop/figures.py"}'}
    assert {"read_file"} <= {each["function"]["name"] for each in exchange.body["tools"]}
    delta = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]}
    exchange.stream([wire.chunk("alpha", delta), *ENDING])


def test_an_agent_is_offered_its_tools_and_its_calls_are_judged(bench: Bench, server: Upstream) -> None:
    server.script = calls
    (side,) = bench.ended(bench.begin(Side(bench.endpoint(server.url)), feature="duo_agent_platform")).sides
    assert (side.state, side.text, side.breaches) == ("answered", "", ())
    assert side.calls == (Called("read_file", '{"path": "shop/figures.py"}'),)


def test_what_tests_found_lacking_is_heeded(bench: Bench, server: Upstream) -> None:
    endpoint = bench.endpoint(server.url)
    lacks = (Finding(Ability.STREAM, Grade.NO), Finding(Ability.TOOLS, Grade.NO))
    conclude(bench.ports, bench.person, endpoint, answered(*lacks))
    server.script = lambda exchange: exchange.whole(wire.reply("alpha", "".join(GOOD)))
    (side,) = bench.ended(bench.begin(Side(endpoint))).sides
    assert (side.state, side.text) == ("answered", "".join(GOOD))
    assert side.figures is not None
    assert (side.figures.first_token_ms, side.figures.estimated) == (None, False)
    assert "stream" not in server.bodies[0]
    (side,) = bench.ended(bench.begin(Side(endpoint), feature="duo_agent_platform")).sides
    assert (side.state, side.code, len(server.bodies)) == ("failed", "tools_unsupported", 1)


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"feature": "nonsense"}, "feature"),
        ({"endpoint": "gone"}, "endpoint"),
        ({"family": "nonsense"}, "family"),
        ({"diff": " "}, "inputs.diff"),
        ({"diff": "x" * 400_001}, "inputs.diff"),
        ({"title": "two\nlines"}, "inputs.title"),
    ],
)
def test_a_faulty_draft_is_told_at_its_field_and_nothing_is_sent(
    bench: Bench, server: Upstream, values: dict[str, str], fault: str
) -> None:
    side = Side(values.get("endpoint") or bench.endpoint(server.url), values.get("family", ""))
    inputs = {"diff": "x", **{name: text for name, text in values.items() if name in ("diff", "title")}}
    draft = trials.TrialDraft(values.get("feature", "generate_commit_message"), inputs, (side,))
    with pytest.raises(Invalid) as caught:
        trials.start(bench.ports, bench.person, draft)
    assert list(caught.value.fields) == [fault]
    assert (count(bench.ports, Trial), server.bodies) == (0, [])


def test_a_third_try_at_once_has_to_wait_and_others_do_not(bench: Bench, server: Upstream, ada: Actor) -> None:
    server.script = hangs
    side = Side(bench.endpoint(server.url))
    running = [bench.begin(side), bench.begin(side)]
    with pytest.raises(Busy, match="2 of your tries"):
        bench.begin(side)
    hers = Bench(bench.ports, ada)
    hers.begin(side)
    hers.tries.close()
    trials.ask_stop(bench.ports, bench.person, running[0])
    bench.ended(running[0])
    bench.begin(side)


def test_a_mark_is_kept_once_and_reveals(bench: Bench, server: Upstream) -> None:
    trial_id = bench.begin(*pair(bench, server), swapped=True)
    bench.ended(trial_id)
    trials.mark(bench.ports, bench.person, trial_id, "b")
    with bench.ports.store.read() as session:
        (mark,) = session.scalars(select(Mark)).all()
    assert (mark.family_a, mark.family_b, mark.better, mark.feature) == (
        "other",
        "mistral",
        "b",
        "generate_commit_message",
    )
    assert bench.look(trial_id).mark == 1
    with pytest.raises(MarkRefused):
        trials.mark(bench.ports, bench.person, trial_id, "a")
    assert count(bench.ports, Mark) == 1


def test_nothing_is_marked_before_both_have_ended(bench: Bench, server: Upstream) -> None:
    server.script = first_and_other(says(*GOOD), hangs)
    trial_id = bench.begin(*pair(bench, server))
    with pytest.raises(MarkRefused):
        trials.mark(bench.ports, bench.person, trial_id, "a")
    trials.ask_stop(bench.ports, bench.person, trial_id)
    bench.ended(trial_id)
    with pytest.raises(MarkRefused):
        trials.mark(bench.ports, bench.person, trial_id, "a")


def test_two_alike_and_one_alone_are_not_marked(bench: Bench, server: Upstream) -> None:
    side = Side(bench.endpoint(server.url))
    for sides in ((side,), (side, Side(side.endpoint_id, "mistral"))):
        trial_id = bench.begin(*sides)
        assert not bench.ended(trial_id).blind
        with pytest.raises(MarkRefused):
            trials.mark(bench.ports, bench.person, trial_id, "a")


def test_what_is_left_when_one_endpoint_goes_is_not_marked(bench: Bench, server: Upstream) -> None:
    one, other = bench.endpoint(server.url, "One"), bench.endpoint(server.url, "Other")
    trial_id = bench.begin(Side(one), Side(other))
    assert bench.ended(trial_id).blind
    endpoints.delete(bench.ports, bench.person, one, 1)
    with pytest.raises(MarkRefused):
        trials.mark(bench.ports, bench.person, trial_id, "a")
    assert [each.endpoint for each in bench.look(trial_id).sides] == ["Other"]


@together("better", ["", "left", "A", None, 7])
def test_a_mark_that_says_nothing_is_refused(bench: Bench, better: object) -> None:
    with pytest.raises(Invalid):
        trials.mark(bench.ports, bench.person, "any", better)


def test_a_try_is_its_makers_alone(bench: Bench, server: Upstream, ada: Actor) -> None:
    trial_id = bench.begin(*pair(bench, server))
    bench.ended(trial_id)
    assert query.trial(bench.ports.store, trial_id, ada.key, bench.clock()) is None
    with pytest.raises(NotFound):
        trials.ask_stop(bench.ports, ada, trial_id)
    with pytest.raises(NotFound):
        trials.mark(bench.ports, ada, trial_id, "a")


def test_after_an_hour_it_is_gone_and_its_mark_stays(bench: Bench, server: Upstream) -> None:
    trial_id = bench.begin(*pair(bench, server))
    bench.ended(trial_id)
    trials.mark(bench.ports, bench.person, trial_id, "neither")
    bench.clock.by = timedelta(minutes=59)
    trials.clear(bench.ports)
    assert count(bench.ports, Trial) == 1
    bench.clock.by = timedelta(minutes=61)
    assert query.trial(bench.ports.store, trial_id, bench.person.key, bench.clock()) is None
    trials.clear(bench.ports)
    assert (count(bench.ports, Trial), count(bench.ports, TrialSide), count(bench.ports, Mark)) == (0, 0, 1)


def test_the_next_try_clears_old_ones_too(bench: Bench, server: Upstream) -> None:
    side = Side(bench.endpoint(server.url))
    bench.ended(bench.begin(side))
    bench.clock.by = timedelta(minutes=61)
    bench.ended(bench.begin(side))
    assert count(bench.ports, Trial) == 1
