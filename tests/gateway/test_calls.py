"""What an endpoint is sent, and what the caller gets."""

import json

import pytest
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.models.assignment import Assignment
from app.services.ports import Ports
from tests.fakes import wire
from tests.fakes.upstream import ENDING, EVENTS, Upstream
from tests.fixtures.stock import assign
from tests.gateway.conftest import MESSAGES, Caller, endpoint_at


def family(ports: Ports, slug: str) -> None:
    """Give every assignment this family."""
    with ports.store.write() as session:
        for row in session.query(Assignment):
            row.family = slug


@pytest.mark.usefixtures("endpoint")
def test_the_familys_prompt_goes_in_front(caller: Caller, upstream: Upstream, ports: Ports) -> None:
    answer = caller.chat(temperature=1)
    (sent,) = upstream.bodies
    system = ports.facts.prompts.system("duo_chat", ports.facts.families["other"])
    assert answer.json["choices"][0]["message"]["content"] == "It works."
    assert sent["messages"] == [{"role": "system", "content": system}, *MESSAGES]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("alpha", 1, 4096)


@pytest.mark.usefixtures("endpoint")
def test_inputs_fill_the_features_template(caller: Caller, upstream: Upstream) -> None:
    assert caller.chat(inputs={"question": "Why?"}).status_code == 200
    assert "<question>\nWhy?\n</question>" in upstream.bodies[0]["messages"][1]["content"]
    assert "inputs" not in upstream.bodies[0]


@pytest.mark.parametrize("model", ["duo_chat:raw", "custom_openai/duo_chat:raw", "endpoint:here"])
@pytest.mark.usefixtures("endpoint")
def test_raw_calls_leave_everything_alone(caller: Caller, upstream: Upstream, model: str) -> None:
    answer = caller.chat(model, seed=7, some_servers_own=[1])
    assert upstream.bodies == [{"messages": MESSAGES, "seed": 7, "some_servers_own": [1], "model": "alpha"}]
    assert answer.headers["X-Modelport-Family"] == "none"


@pytest.mark.usefixtures("endpoint")
def test_headers_name_who_served(caller: Caller) -> None:
    told = caller.chat().headers
    named = {name: told[f"X-Modelport-{name}"] for name in ("Endpoint", "Family", "Tier", "Fallback")}
    assert named == {"Endpoint": "here", "Family": "other", "Tier": "other", "Fallback": "false"}


@pytest.mark.usefixtures("endpoint")
def test_an_answer_is_handed_on_byte_for_byte(caller: Caller, upstream: Upstream) -> None:
    odd = b'{ "choices" : [{"message":{"content":"x"}}],"of_its_own":1.50 }\n'
    upstream.script = lambda exchange: exchange.whole(odd)
    assert caller.chat().data == odd


@pytest.mark.usefixtures("endpoint")
def test_a_stream_is_handed_on_byte_for_byte(caller: Caller, upstream: Upstream) -> None:
    whole = b": hello\n\n" + b"".join([*EVENTS, *ENDING])
    upstream.script = lambda exchange: exchange.stream([whole[at : at + 7] for at in range(0, len(whole), 7)])
    answer = caller.chat(stream=True)
    assert answer.data == whole
    assert answer.mimetype == "text/event-stream"


@pytest.mark.usefixtures("endpoint")
def test_other_line_ends_pass_as_well(caller: Caller, upstream: Upstream) -> None:
    whole = b"".join([*EVENTS, *ENDING]).replace(b"\n", b"\r\n")
    upstream.script = lambda exchange: exchange.stream([whole[:30], whole[30:]])
    assert caller.chat(stream=True).data == whole


@pytest.mark.usefixtures("endpoint")
def test_a_gap_is_filled_in_the_familys_form(caller: Caller, upstream: Upstream, ports: Ports) -> None:
    family(ports, "codegemma")
    answer = caller("/completions", {"model": "code_completions", "prompt": "a = ", "suffix": "\nb", "max_tokens": 9})
    (sent,) = upstream.bodies
    assert answer.json["object"] == "text_completion"
    assert answer.json["choices"][0]["text"] == "It works."
    assert [each["role"] for each in sent["messages"]] == ["user"]
    assert (sent["max_tokens"], sent["temperature"]) == (9, 0.95)


@pytest.mark.usefixtures("endpoint")
def test_a_gap_is_filled_in_a_stream(caller: Caller) -> None:
    body = {"model": "code_completions", "prompt": "a = ", "stream": True, "stream_options": {"include_usage": True}}
    events = [json.loads(line[6:]) for line in caller("/completions", body).text.split("\n\n") if line[6:7] == "{"]
    assert "".join(each["choices"][0]["text"] for each in events if each["choices"]) == "It works."


@pytest.mark.usefixtures("endpoint")
def test_reasoning_is_cut_for_families_that_reason(caller: Caller, upstream: Upstream, ports: Ports) -> None:
    family(ports, "qwen")
    upstream.script = lambda exchange: exchange.whole(wire.reply("alpha", "<think>Hm.</think>\n\nYes."))
    assert caller.chat().json["choices"][0]["message"]["content"] == "Yes."


@pytest.mark.usefixtures("endpoint")
def test_reasoning_is_cut_out_of_a_stream(caller: Caller, upstream: Upstream, ports: Ports) -> None:
    family(ports, "qwen")
    upstream.script = lambda exchange: exchange.stream([*pieces("<thi", "nk>Hm.</th", "ink>", "\n\nYe", "s."), *ENDING])
    assert streamed_text(caller.chat(stream=True)) == "Yes."


@pytest.mark.parametrize("model", ["duo_chat", "duo_chat:raw"])
def test_reasoning_that_the_prompt_opened_is_cut_out_where_it_was_measured(
    caller: Caller, upstream: Upstream, ports: Ports, ada: Actor, model: str
) -> None:
    assign(ports, ada, "duo_chat", endpoint_at(ports, ada, upstream.url, quirks=("strip_reasoning",)))
    upstream.script = lambda exchange: exchange.stream([*pieces("Hm", ".</th", "ink>", "\n\nYe", "s."), *ENDING])
    assert streamed_text(caller.chat(model, stream=True)) == "Yes."


def pieces(*texts: str) -> list[bytes]:
    return [wire.chunk("alpha", {"content": each}) for each in texts]


def streamed_text(answer: TestResponse) -> str:
    events = [json.loads(line[6:]) for line in answer.text.split("\n\n") if line[6:7] == "{"]
    return "".join(each["choices"][0]["delta"].get("content") or "" for each in events)


def test_a_quirk_reshapes_what_is_sent(caller: Caller, upstream: Upstream, ports: Ports, ada: Actor) -> None:
    assign(ports, ada, "duo_chat", endpoint_at(ports, ada, upstream.url, quirks=("no_system", "max_completion_tokens")))
    caller.chat(messages=[*MESSAGES, *MESSAGES], max_tokens=5)
    (sent,) = upstream.bodies
    assert [each["role"] for each in sent["messages"]] == ["user"]
    assert sent["messages"][0]["content"].endswith("\n\nHi\n\nHi")
    assert (sent["max_completion_tokens"], "max_tokens" in sent) == (5, False)


@pytest.mark.usefixtures("endpoint")
def test_embeddings_are_handed_on(caller: Caller, upstream: Upstream) -> None:
    upstream.script = lambda exchange: exchange.whole({"data": [{"embedding": [1.0]}], "usage": {"prompt_tokens": 3}})
    answer = caller("/embeddings", {"model": "endpoint:here", "input": ["a", "b"]})
    assert answer.json["data"][0]["embedding"] == [1.0]
    assert upstream.bodies == [{"input": ["a", "b"], "model": "alpha"}]
