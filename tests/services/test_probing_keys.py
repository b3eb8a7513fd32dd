"""What becomes of a key: judged where it is sent, and shown nowhere."""

import timeit
from dataclasses import replace
from functools import partial

import pytest

from app.cli.model_server import ModelServer
from app.clients.target import Target
from app.domain.steps import Outcome
from app.lib import redact, urls
from app.services.foreign_words import WORDS_MAX, fit, hiding_secrets
from app.services.ports import Ports
from tests.fakes.exchange import Exchange
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import KEY, probe, step, target_at, told
from tests.fakes.raw_answers import RawAnswers
from tests.fakes.refusals import Style

HEADERS = ("authorization", "api-key", "x-api-key")


def llama(server: ModelServer, key: str | None) -> Target:
    target = Target("openai_compatible", "llama_cpp", urls.parse(server.url), server.served_name, key)
    return target


def test_llama_cpp_passes_with_its_key(engine: Ports, model_server_with_key: ModelServer) -> None:
    results = probe(engine, llama(model_server_with_key, model_server_with_key.api_key))
    assert told(results) == "passed: "
    assert step(results, "model").figures["context"]
    assert step(results, "auth").message == "The key is accepted"


def test_llama_cpp_without_a_key_of_its_own_passes_without_one(engine: Ports, model_server: ModelServer) -> None:
    results = probe(engine, llama(model_server, None))
    assert told(results) == "passed: "
    assert step(results, "auth").message == "No key is sent and none is asked for"


@pytest.mark.parametrize(("key", "code"), [("sk-of-somebody-else", "key_wrong"), (None, "key_missing")])
def test_a_public_list_proves_no_key(
    engine: Ports, model_server_with_key: ModelServer, key: str | None, code: str
) -> None:
    assert told(probe(engine, llama(model_server_with_key, key))) == f"failed: auth {code}"


@pytest.mark.parametrize("style", list(Style))
def test_a_wrong_key_is_found_at_auth_in_every_servers_words(engine: Ports, style: Style) -> None:
    with FaultServer(style=style, api_key="sk-the-right-key-0001") as server:
        platform = "azure_openai" if style is Style.AZURE else "openai_compatible"
        results = probe(engine, target_at(server.url, platform=platform, key_header="api-key"))
    assert told(results) == "failed: auth key_wrong"
    assert "sent in the header api-key" in step(results, "auth").message


@pytest.mark.parametrize("header", ["api-key", "x-api-key"])
def test_a_key_in_the_wrong_header_is_told_from_a_wrong_key(engine: Ports, header: str) -> None:
    with FaultServer(api_key=KEY, key_header=header) as server:
        auth = step(probe(engine, target_at(server.url)), "auth")
    assert (auth.code, auth.fix and auth.fix.value) == ("key_header_wrong", header)
    assert f"in the header {header}, and not in authorization" in auth.message


def test_a_wrong_key_is_tried_once_in_each_header_and_in_one_of_them_at_a_time(engine: Ports) -> None:
    with FaultServer(api_key="sk-the-right-key-0001") as server:
        auth = step(probe(engine, target_at(server.url)), "auth")
        sent = [[name for name in HEADERS if name in each.headers] for each in server.requests]
    assert (auth.code, auth.fix) == ("key_wrong", None)
    assert sent == [["authorization"], ["api-key"], ["x-api-key"]]


def test_without_a_key_no_header_is_tried(engine: Ports) -> None:
    with FaultServer(api_key=KEY) as server:
        assert told(probe(engine, target_at(server.url, api_key=None))) == "failed: auth key_missing"
        assert len(server.requests) == 1


def test_a_header_in_which_a_server_sees_no_key_is_not_offered(engine: Ports) -> None:
    """It shows its sign-in page to whoever brings none, and a refusal to whoever brings a wrong one."""

    class SignIn(FaultServer):
        def answer(self, exchange: Exchange) -> None:
            self.behave(Fault.UNAUTHORIZED if "authorization" in exchange.request.headers else Fault.HTML)
            super().answer(exchange)

    with SignIn() as server:
        auth = step(probe(engine, target_at(server.url)), "auth")
    assert (auth.code, auth.fix) == ("key_wrong", None)


def test_a_list_kept_from_the_key_is_no_verdict_over_it(engine: Ports) -> None:
    def answer(path: str) -> tuple[int, str, str]:
        if path.endswith("models"):
            return 403, "application/json", '{"error": {"message": "You have insufficient permissions"}}'
        return 400, "application/json", '{"error": {"message": "messages is empty"}}'

    with RawAnswers(answer) as server:
        auth = step(probe(engine, target_at(f"{server.origin}/v1")), "auth")
    assert auth.outcome is Outcome.PASSED


@pytest.mark.parametrize("key", [KEY, "an-ordinary-looking-password", "x" * 4000])
@pytest.mark.parametrize(
    "echo",
    [
        '{"error": {"message": "Incorrect API key provided: KEY."}}',
        '{"error": "no such key KEY"}',
        '{"detail": "header was Bearer KEY"}',
        '{"error": {"message": "PADDING KEY"}}',
    ],
)
def test_a_server_that_repeats_the_key_does_not_get_it_shown(engine: Ports, key: str, echo: str) -> None:
    body = echo.replace("KEY", key).replace("PADDING", "y" * 7000)
    with RawAnswers(lambda _: (401, "application/json", body)) as server:
        results = probe(engine, target_at(server.origin, api_key=key))
    assert key[:20] not in repr(results)


@pytest.mark.parametrize("echo", ["sk-...cret", "sk-tests***********ret", "...secret", "sk-te…"])
def test_not_even_the_ends_of_a_key_are_shown(engine: Ports, echo: str) -> None:
    body = f'{{"error": "Incorrect API key provided: {echo}"}}'
    with RawAnswers(lambda _: (401, "application/json", body)) as server:
        auth = step(probe(engine, target_at(server.origin)), "auth")
    assert auth.figures["server_said"] == f"Incorrect API key provided: {redact.MASK}"


def hidden(words: str, target: Target) -> str:
    with hiding_secrets(target):
        return fit(words, target)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Wait...then try again", "Wait...then try again"),
        ("a\r\nb\x00c \x1b[31mred \u202eright", "a b c [31mred right"),
        ("<b onclick='x'>bold</b>", "<b onclick='x'>bold</b>"),
        ("", ""),
    ],
)
def test_ordinary_words_stay_as_they_are_on_one_line(words: str, shown: str) -> None:
    assert hidden(words, target_at("http://h/v1")) == shown


def test_words_are_cut() -> None:
    assert len(hidden("word " * 5000, target_at("http://h/v1"))) == WORDS_MAX


def test_a_key_that_a_cut_goes_through_is_gone_whole() -> None:
    key = "k" * 3000
    # Long secrets shrink to a mask each, so that what stood far behind comes near.
    assert "kkk" not in hidden(f"{key} {key} {key}", target_at("http://h/v1", api_key=key))


@pytest.mark.parametrize(
    ("header", "is_secret"),
    [("X-Api-Token", True), ("Cf-Access-Client-Secret", True), ("X-Auth", True), ("X-Tenant", False)],
)
def test_extra_headers_that_carry_secrets_are_kept_back_too(header: str, is_secret: bool) -> None:
    target = replace(target_at("http://h/v1"), headers={header: "platform-team"})
    assert ("platform-team" not in hidden("asked by platform-team", target)) is is_secret


def test_secrets_are_known_only_while_a_test_runs(engine: Ports) -> None:
    with FaultServer() as server:
        probe(engine, target_at(server.url, api_key="a-password-of-this-test"))
    assert redact.scrub("a-password-of-this-test") == "a-password-of-this-test"


def test_a_stand_in_for_a_key_is_no_secret() -> None:
    assert hidden("ollama serves no such model", target_at("http://h/v1", api_key="ollama")).startswith("ollama")


def test_names_full_of_markup_are_told_as_plain_text(engine: Ports) -> None:
    with FaultServer(Fault.MARKUP_NAMES, at=Place.MODELS, models=("beta",)) as server:
        server.also(Fault.NO_MODEL, at=Place.CHAT)
        results = probe(engine, target_at(server.url, "gamma"))
    model = step(results, "model")
    assert model.code == "model_not_served"
    assert model.fix
    assert " " not in model.fix.value
    assert all(each.isprintable() for text in (model.remedy, model.fix.label, model.fix.value) for each in text)


def test_an_answer_full_of_markup_is_told_as_plain_text(engine: Ports) -> None:
    with FaultServer(Fault.MARKUP_REPLY) as server:
        chat = step(probe(engine, target_at(server.url)), "chat")
    assert chat.message.startswith("It said: “<script>document.title='owned'</script>")
    assert len(chat.message) < 100


@pytest.mark.parametrize("words", ["y" * 8000, "y-" * 4000, "." * 8000, "sk-" * 2600, "api-key: " * 900])
def test_words_that_were_made_to_take_long_do_not(words: str) -> None:
    """Five times as many take about five times as long; 25 times would be what makes it grow beyond all measure."""
    target = target_at("http://h/v1")
    few, many = (min(timeit.repeat(partial(hidden, text, target), number=1, repeat=5)) for text in (words, words * 5))
    assert many < 15 * max(few, 0.001)
