"""Every fault of a model server, wherever it shows, ends in a finished test with its verdict."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from app.data.loader import Facts
from app.domain.steps import QUICK, Outcome, StepResult
from app.lib.egress import Policy
from app.lib.http import Door
from app.services.ports import Ports
from app.services.probe_run import Pace
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import IMPATIENT, KEY, probe, target_at, told, without_database

SLOW = {Fault.HANG, Fault.HANG_MID_BODY, Fault.DRIP, Fault.HANG_MID_STREAM}

# What a test says for a fault, by the places where it shows; at all other places that test passes.
EXPECTED = {
    Fault.CLOSE_AT_ONCE: {"anywhere": "failed: auth broken"},
    Fault.NO_ANSWER: {
        "anywhere chat": "failed: auth broken",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream broken",
    },
    Fault.HANG: {
        "anywhere chat": "failed: auth first_byte_timeout",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream first_byte_timeout",
    },
    Fault.HANG_MID_BODY: {
        "anywhere chat": "failed: auth total_timeout",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream total_timeout",
    },
    Fault.DRIP: {
        "anywhere chat": "failed: auth total_timeout",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream total_timeout",
    },
    Fault.CHUNK_GARBAGE: {
        "anywhere chat": "failed: auth bad_http",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream bad_http",
    },
    Fault.HUGE_BODY: {
        "anywhere chat": "failed: auth too_large",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream too_large",
    },
    Fault.HUGE_HEADERS: {
        "anywhere chat": "failed: auth bad_http",
        "models": "warned: model model_list_unread",
        "stream": "warned: stream bad_http",
    },
    Fault.HTML: {
        "anywhere": "failed: auth html_answer",
        "models": "passed: model model_list_missing",
        "chat": "failed: chat html_answer",
        "stream": "warned: stream html_answer",
    },
    Fault.BAD_GATEWAY: {
        "anywhere": "failed: auth server_error",
        "models": "warned: model model_list_unread",
        "chat": "failed: chat server_error",
        "stream": "warned: stream server_error",
    },
    Fault.REDIRECT: {
        "anywhere": "failed: auth redirect",
        "models": "passed: model model_list_missing",
        "chat": "failed: chat redirect",
        "stream": "warned: stream redirect",
    },
    Fault.ERROR_IN_200: {
        "anywhere": "failed: model model_list_unread, chat error_in_200",
        "models": "warned: model model_list_unread",
        "chat": "failed: chat error_in_200",
        "stream": "warned: stream error_in_200",
    },
    Fault.BAD_JSON: {
        "anywhere": "failed: model model_list_unread, chat bad_json",
        "models": "warned: model model_list_unread",
        "chat": "failed: chat bad_json",
        "stream": "warned: stream stream_not_sse",
    },
    Fault.EMPTY_BODY: {
        "anywhere": "failed: model model_list_unread, chat bad_json",
        "models": "warned: model model_list_unread",
        "chat": "failed: chat bad_json",
        "stream": "warned: stream stream_not_sse",
    },
    Fault.NAMELESS_LIST: {"anywhere models": "warned: model model_list_malformed"},
    Fault.NO_LIST: {"anywhere models": "passed: model model_list_missing"},
    Fault.NO_CHOICES: {"anywhere chat": "failed: chat bad_json"},
    Fault.EMPTY_REPLY: {"anywhere chat": "failed: chat empty_answer"},
    Fault.HALF_STREAM: {"anywhere chat stream": "failed: stream stream_broken"},
    Fault.HANG_MID_STREAM: {"anywhere chat stream": "failed: stream stream_broken"},
    Fault.NO_DONE: {"anywhere chat stream": "warned: stream stream_no_done"},
    Fault.NOT_A_STREAM: {"anywhere chat stream": "warned: stream stream_not_sse"},
    Fault.STREAM_GARBAGE: {"anywhere chat stream": "warned: stream stream_not_sse"},
    Fault.ERROR_IN_STREAM: {"anywhere chat stream": "failed: stream stream_broken"},
    Fault.ENDLESS_STREAM: {"anywhere chat stream": "warned: stream stream_endless"},
    Fault.UNAUTHORIZED: {"anywhere models chat": "failed: auth key_wrong", "stream": "warned: stream key_wrong"},
    Fault.FORBIDDEN: {"anywhere chat": "failed: auth key_forbidden", "stream": "warned: stream key_forbidden"},
    Fault.NO_MODEL: {"anywhere chat": "failed: chat model_not_served", "stream": "warned: stream model_not_served"},
    Fault.NO_PATH: {
        "anywhere": "failed: auth wrong_path",
        "models": "passed: model model_list_missing",
        "chat": "failed: chat wrong_path",
        "stream": "warned: stream stream_refused",
    },
    Fault.RATE_LIMITED: {
        "anywhere": "unknown: auth rate_limited, model rate_limited, chat rate_limited, stream rate_limited",
        "models": "unknown: model rate_limited",
        "chat": "unknown: auth rate_limited, chat rate_limited, stream rate_limited",
        "stream": "unknown: stream rate_limited",
    },
    Fault.LOADING: {
        "anywhere": "unknown: auth loading, model loading, chat loading, stream loading",
        "models": "unknown: model loading",
        "chat": "unknown: auth loading, chat loading, stream loading",
        "stream": "unknown: stream loading",
    },
    Fault.SERVER_ERROR: {
        "anywhere": "failed: auth server_error",
        "models": "warned: model model_list_unread",
        "chat": "failed: chat server_error",
        "stream": "warned: stream server_error",
    },
    Fault.MAX_TOKENS_REFUSED: {
        "anywhere chat": "warned: chat max_tokens_unsupported",
        "stream": "warned: stream max_tokens_unsupported",
    },
    Fault.TEMPERATURE_REFUSED: {
        "anywhere chat": "warned: chat temperature_unsupported",
        "stream": "warned: stream temperature_unsupported",
    },
    Fault.SYSTEM_REFUSED: {
        "anywhere chat": "warned: chat system_unsupported",
        "stream": "warned: stream system_unsupported",
    },
    Fault.STREAM_REFUSED: {"anywhere chat stream": "warned: stream stream_refused"},
    Fault.CONTEXT_EXCEEDED: {"anywhere chat": "failed: chat context_error", "stream": "warned: stream context_error"},
}
GRID = list(product(Fault, Place))
# A reset that comes before the connection is looked at cannot be told from a refusal.
SAME = {"failed: connect connect_refused": "failed: auth broken"}
Outcomes = dict[tuple[Fault, Place], list[StepResult]]


def expected(fault: Fault, place: Place) -> str:
    by_places = EXPECTED.get(fault, {})
    return next((said for places, said in by_places.items() if place in places.split()), "passed: ")


@pytest.fixture(scope="module")
def ports(facts: Facts) -> Iterator[Ports]:
    door = Door(Policy(loopback_open=True))
    yield without_database(door, facts)
    door.close()


@pytest.fixture(scope="module")
def outcomes(ports: Ports) -> Outcomes:
    """The whole grid, many at once: some servers take their time."""

    def run(cell: tuple[Fault, Place]) -> list[StepResult]:
        with FaultServer(cell[0], at=cell[1]) as server:
            return probe(ports, target_at(server.url), IMPATIENT if cell[0] in SLOW else Pace(listing=30.0))

    with ThreadPoolExecutor(16) as pool:
        return dict(zip(GRID, pool.map(run, GRID), strict=True))


@pytest.mark.parametrize(("fault", "place"), GRID)
def test_a_fault_has_its_verdict_step_and_code(outcomes: Outcomes, fault: Fault, place: Place) -> None:
    said = told(outcomes[fault, place])
    assert SAME.get(said, said) == expected(fault, place)


def test_each_test_goes_through_all_steps_once_and_in_order(outcomes: Outcomes) -> None:
    assert {tuple(each.name for each in results) for results in outcomes.values()} == {QUICK}


def test_whatever_is_not_well_says_what_why_and_what_to_do(outcomes: Outcomes) -> None:
    for results in outcomes.values():
        for each in results:
            if each.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.UNKNOWN):
                assert each.code
                assert each.message
                assert each.cause
                assert each.remedy


def test_no_code_is_without_a_text_of_its_own(outcomes: Outcomes, facts: Facts) -> None:
    codes = {each.code for results in outcomes.values() for each in results if each.code}
    assert codes - set(facts.remedies.rows) == set()


def test_every_step_that_ran_says_how_long_it_took(outcomes: Outcomes) -> None:
    ran = [each for results in outcomes.values() for each in results if each.outcome is not Outcome.SKIPPED]
    assert all(each.milliseconds is not None and each.milliseconds >= 0 for each in ran)


def test_no_text_holds_the_key(outcomes: Outcomes) -> None:
    assert KEY not in repr(outcomes)
