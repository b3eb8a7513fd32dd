"""The fake is only worth something when OpenAI's own client takes it for a real server."""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.fakes.certificates import Flaw, make_certificate
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.refusals import Style

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer(api_key="right") as running:
        yield running


def client(server: FaultServer, key: str = "right", timeout: float = 5.0) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key=key, timeout=timeout, max_retries=0)


def raw(server: FaultServer, path: str, key: str = "right") -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", path, headers={"Authorization": f"Bearer {key}", "api-key": key})
    answer = connection.getresponse()
    found = answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def test_the_official_client_reads_the_list_the_reply_and_the_stream(server: FaultServer) -> None:
    sdk = client(server)
    assert [each.id for each in sdk.models.list()] == ["alpha", "beta"]
    whole = sdk.chat.completions.create(model="alpha", messages=HELLO)
    assert whole.choices[0].message.content == "Hello from a model."
    parts = sdk.chat.completions.create(
        model="alpha", messages=HELLO, stream=True, stream_options={"include_usage": True}
    )
    events = list(parts)
    text = "".join(event.choices[0].delta.content or "" for event in events if event.choices)
    assert text == "Hello from a model."
    assert events[-1].usage is not None
    sdk.close()


def test_completions_and_embeddings_are_there_too(server: FaultServer) -> None:
    sdk = client(server)
    assert sdk.completions.create(model="beta", prompt="Hello").choices[0].text == "Hello from a model."
    found = sdk.embeddings.create(model="beta", input=["a", "b"], encoding_format="float")
    assert len(found.data) == 2
    sdk.close()


@pytest.mark.parametrize("style", [each for each in Style if each is not Style.AZURE])
def test_a_wrong_key_is_refused_in_the_words_of_each_server(style: Style) -> None:
    with FaultServer(api_key="right", style=style) as server, client(server, key="sk-wrong-1234") as sdk:
        assert_refused(sdk)


@pytest.mark.parametrize("style", [each for each in Style if each is not Style.AZURE])
def test_an_unknown_model_and_an_unknown_path_are_told_apart(style: Style) -> None:
    with FaultServer(style=style) as server, client(server) as sdk:
        with pytest.raises((openai.NotFoundError, openai.BadRequestError)) as model:
            sdk.chat.completions.create(model="gamma", messages=HELLO)
        status, body, _ = raw(server, "/models")
    assert status == 404
    assert body != model.value.response.content


def test_a_forbidden_model_is_a_403_although_the_list_is_shown() -> None:
    with FaultServer(Fault.FORBIDDEN, style=Style.LITELLM) as server, client(server) as sdk:
        assert sdk.models.list().data
        with pytest.raises(openai.PermissionDeniedError):
            sdk.chat.completions.create(model="alpha", messages=HELLO)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.RATE_LIMITED, openai.RateLimitError),
        (Fault.LOADING, openai.InternalServerError),
        (Fault.SERVER_ERROR, openai.InternalServerError),
        (Fault.BAD_GATEWAY, openai.InternalServerError),
        (Fault.CLOSE_AT_ONCE, openai.APIConnectionError),
        (Fault.CHUNK_GARBAGE, openai.APIConnectionError),
        (Fault.CONTEXT_EXCEEDED, openai.BadRequestError),
        (Fault.NO_MODEL, openai.NotFoundError),
        (Fault.NO_PATH, openai.NotFoundError),
        (Fault.UNAUTHORIZED, openai.AuthenticationError),
    ],
)
def test_each_refusal_reaches_the_client_as_its_own_error(fault: Fault, error: type[openai.APIError]) -> None:
    with FaultServer(fault) as server, client(server) as sdk, pytest.raises(error):
        sdk.chat.completions.create(model="alpha", messages=HELLO)


def test_a_rate_limit_says_when_to_come_back() -> None:
    with FaultServer(Fault.RATE_LIMITED) as server:
        assert raw(server, "/v1/models")[2]["retry-after"] == "7"


def test_a_refused_parameter_is_refused_only_while_it_is_sent() -> None:
    with FaultServer(Fault.MAX_TOKENS_REFUSED, style=Style.OPENAI) as server, client(server) as sdk:
        with pytest.raises(openai.BadRequestError, match="max_completion_tokens"):
            sdk.chat.completions.create(model="alpha", messages=HELLO, max_tokens=5)
        assert sdk.chat.completions.create(model="alpha", messages=HELLO, max_completion_tokens=5).choices


@pytest.mark.parametrize(
    ("fault", "extra"),
    [
        (Fault.TEMPERATURE_REFUSED, {"temperature": 0}),
        (Fault.SYSTEM_REFUSED, {"messages": [{"role": "system", "content": "Be kind"}, *HELLO]}),
        (Fault.STREAM_REFUSED, {"stream": True}),
    ],
)
def test_other_refused_parameters_work_without_them(fault: Fault, extra: dict[str, Any]) -> None:
    with FaultServer(fault) as server, client(server) as sdk:
        with pytest.raises(openai.BadRequestError):
            sdk.chat.completions.create(**{"model": "alpha", "messages": HELLO, **extra})
        assert sdk.chat.completions.create(model="alpha", messages=HELLO).choices


def test_a_hanging_server_sees_when_its_client_gave_up() -> None:
    with FaultServer(Fault.HANG) as server, client(server, timeout=0.3) as sdk:
        started = time.monotonic()
        with pytest.raises(openai.APITimeoutError):
            sdk.models.list()
        connection = server.connections[0]
        assert connection.wait_until_closed(1)
        assert connection.closed_at is not None
        assert 0.2 < connection.closed_at - started < 1


@pytest.mark.parametrize("fault", [Fault.HANG_MID_BODY, Fault.DRIP, Fault.HANG_MID_STREAM])
def test_a_server_that_stops_halfway_holds_the_client(fault: Fault) -> None:
    with FaultServer(fault) as server, client(server, timeout=0.3) as sdk:
        started = time.monotonic()
        if fault is Fault.DRIP:
            with socket.create_connection(("127.0.0.1", server.port)) as sock:
                sock.sendall(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
                time.sleep(0.5)
        else:
            with pytest.raises(openai.APITimeoutError):
                list(sdk.chat.completions.create(model="alpha", messages=HELLO, stream=True))
        assert server.connections[-1].wait_until_closed(1)
        assert time.monotonic() - started > 0.25


def test_a_huge_body_stops_when_the_client_leaves() -> None:
    with FaultServer(Fault.HUGE_BODY) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"209715200" in sock.recv(4096)
        assert server.connections[0].wait_until_closed(2)
        assert server.connections[0].bytes_sent < 64 * 1024 * 1024


def test_half_a_stream_breaks_off_and_a_stream_without_done_ends_well() -> None:
    with FaultServer(Fault.HALF_STREAM) as server, client(server) as sdk:
        with pytest.raises(openai.APIConnectionError):
            list(sdk.chat.completions.create(model="alpha", messages=HELLO, stream=True))
        server.behave(Fault.NO_DONE)
        assert len(list(sdk.chat.completions.create(model="alpha", messages=HELLO, stream=True))) == 7


def test_a_stream_in_one_lump_is_still_a_stream() -> None:
    with FaultServer(Fault.ONE_LUMP) as server, client(server) as sdk:
        assert len(list(sdk.chat.completions.create(model="alpha", messages=HELLO, stream=True))) == 7


def test_an_error_inside_a_stream_reaches_the_client() -> None:
    with FaultServer(Fault.ERROR_IN_STREAM) as server, client(server) as sdk:
        parts = sdk.chat.completions.create(model="alpha", messages=HELLO, stream=True)
        with pytest.raises(openai.APIError, match="CUDA"):
            list(parts)


def test_a_fault_at_one_place_leaves_the_others_healthy() -> None:
    with FaultServer(Fault.HTML, at=Place.CHAT) as server, client(server) as sdk:
        assert sdk.models.list().data
        assert b"Company portal" in sdk.chat.completions.with_raw_response.create(model="alpha", messages=HELLO).content
        server.also(Fault.EMPTY_LIST, at=Place.MODELS)
        assert sdk.models.list().data == []


def test_a_redirect_names_an_address_where_nobody_should_go() -> None:
    with FaultServer(Fault.REDIRECT) as server:
        status, _, headers = raw(server, "/v1/models")
    assert (status, headers["location"]) == (307, f"{server.origin}/elsewhere/v1/models")


def test_requests_are_on_record_with_their_key_and_model(server: FaultServer) -> None:
    client(server).chat.completions.create(model="alpha", messages=HELLO)
    request = server.wait_for(1)[0]
    assert (request.method, request.path, request.key, request.model) == (
        "POST",
        "/v1/chat/completions",
        "right",
        "alpha",
    )


def test_azure_wants_a_version_and_knows_deployments() -> None:
    with FaultServer(style=Style.AZURE, api_key="right", models=("dep",)) as server:
        sdk = openai.AzureOpenAI(
            azure_endpoint=server.url, api_key="right", api_version="2024-10-21", max_retries=0, timeout=5
        )
        assert sdk.chat.completions.create(model="dep", messages=HELLO).choices
        with pytest.raises(openai.NotFoundError, match="deployment for this resource"):
            sdk.chat.completions.create(model="other", messages=HELLO)
        assert raw(server, "/openai/models")[0] == 404
        assert raw(server, "/openai/models?api-version=2024-10-21")[0] == 200
        assert raw(server, "/openai/models?api-version=2024-10-21", key="wrong")[0] == 401


def test_azure_also_answers_at_its_v1_address() -> None:
    with FaultServer(style=Style.AZURE, api_key="right", models=("dep",)) as server:
        sdk = openai.OpenAI(base_url=f"{server.url}/openai/v1", api_key="right", max_retries=0, timeout=5)
        assert sdk.chat.completions.create(model="dep", messages=HELLO).choices
        assert [each.id for each in sdk.models.list()] == ["dep"]


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        (Flaw.WRONG_NAME, "Hostname mismatch"),
        (Flaw.EXPIRED, "expired"),
        (Flaw.SELF_SIGNED, "self-signed"),
    ],
)
def test_each_flaw_of_a_certificate_is_refused_for_its_own_reason(tmp_path: Path, flaw: Flaw, words: str) -> None:
    certificate = make_certificate(tmp_path, flaw)
    with FaultServer(certificate=certificate) as server, pytest.raises(ssl.SSLCertVerificationError, match=words):
        handshake(server, ssl.create_default_context(cafile=certificate.ca))


def test_an_unknown_authority_is_refused_and_a_known_one_taken(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with FaultServer(certificate=certificate) as server:
        handshake(server, ssl.create_default_context(cafile=certificate.ca))
        with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
            handshake(server, ssl.create_default_context())
        assert server.connections[-1].wait_until_closed(2)
        assert server.connections[-1].tls_error


def handshake(server: FaultServer, context: ssl.SSLContext) -> None:
    connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=5)
    try:
        connection.request("GET", "/v1/models")
        assert connection.getresponse().status == 200
    finally:
        connection.close()


def assert_refused(sdk: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        sdk.models.list()
