"""What goes through the outbound door and what comes back."""

import gc
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.lib.egress import Policy
from app.lib.http import Answer, Call, Code, Door, Limits, OutboundError
from app.lib.urls import Address
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering, saying


def refusal_of(door: Door, call: Call, limits: Limits | None = None) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        door.send(call, limits or Limits())
    return caught.value


def test_an_answer_comes_back_whole(door: Door) -> None:
    with RawPeer(saying(b'HTTP/1.1 201 Created\r\nX-One: a\r\nX-One: b\r\ncontent-length: 8\r\n\r\n{"a": 1}')) as peer:
        answer = door.send(Call("GET", peer.address()))
    assert (answer.status, answer.headers["x-one"], answer.json()) == (201, "a, b", {"a": 1})
    assert 0 <= answer.first_byte_ms <= answer.milliseconds < 2000
    assert not answer.truncated


def test_the_request_is_what_the_call_says(door: Door) -> None:
    with RawPeer(answering(OK)) as peer:
        address = peer.address("127.0.0.1", "/v1/models%3Aall")
        door.send(Call("GET", address, headers={"api-key": "k", "X-Extra": "1"}, query=(("q", "a b&c"),)))
        head = peer.talks[0].heads[0].decode()
    assert head.startswith("GET /v1/models%3Aall?q=a%20b%26c HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{peer.port}\r\n" in head.lower()
    assert "api-key: k\r\n" in head
    assert "accept-encoding: identity\r\n" in head
    assert "cookie" not in head.lower()


def test_json_goes_out_as_utf_8_with_its_length(door: Door) -> None:
    with RawPeer(answering(OK)) as peer:
        door.send(Call("POST", peer.address(), json={"text": "Grüße"}))
        head = peer.talks[0].heads[0].decode()
    body = json.dumps({"text": "Grüße"}, ensure_ascii=False, separators=(",", ":")).encode()
    assert f"content-length: {len(body)}\r\n" in head.lower()
    assert "content-type: application/json\r\n" in head


def test_a_redirect_is_an_answer_and_is_not_followed(door: Door) -> None:
    with RawPeer(answering(OK)) as target:
        moved = b"HTTP/1.1 307 Temporary Redirect\r\nlocation: %s\r\ncontent-length: 0\r\n\r\n"
        with RawPeer(answering(moved % str(target.address()).encode())) as peer:
            assert door.send(Call("POST", peer.address(), json={})).status == 307
        assert target.talks == []


def test_cookies_are_not_kept_for_the_next_call(door: Door) -> None:
    with RawPeer(answering(b"HTTP/1.1 200 OK\r\nset-cookie: s=1\r\ncontent-length: 0\r\n\r\n")) as peer:
        door.send(Call("GET", peer.address()))
        door.send(Call("GET", peer.address()))
        assert b"cookie" not in peer.talks[0].heads[1].lower()


def test_no_proxy_is_taken_from_the_environment(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawPeer(answering(OK)) as proxy, RawPeer(answering(OK)) as peer:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        door.send(Call("GET", peer.address()))
        assert (len(proxy.talks), len(peer.talks)) == (0, 1)


def test_a_connection_is_used_again(door: Door) -> None:
    with RawPeer(answering(OK)) as peer:
        for _ in range(5):
            door.send(Call("GET", peer.address()))
        assert len(peer.talks) == 1


def test_idle_connections_end_with_the_door() -> None:
    forgotten = Door(Policy(loopback_open=True))
    with RawPeer(answering(OK)) as peer:
        forgotten.send(Call("GET", peer.address()))
        del forgotten
        gc.collect()
        assert peer.talks[0].closed.wait(2)


def test_a_connection_that_the_server_has_closed_is_not_used_again(door: Door) -> None:
    with RawPeer(saying(OK)) as peer:
        for _ in range(3):
            door.send(Call("GET", peer.address()))
            peer.talks[-1].closed.wait(2)
        assert len(peer.talks) == 3


def test_fifty_threads_share_the_door(door: Door) -> None:
    with RawPeer(answering(OK)) as peer, ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: door.send(Call("GET", peer.address())), range(400)))
        assert {answer.body for answer in answers} == {b"ok"}
        assert len(peer.talks) <= 50


@pytest.mark.parametrize("value", ["a\r\nx-other: 1", "a\nb", "schlüssel", "tab\there", "nul\0"])
def test_a_header_value_cannot_smuggle(door: Door, value: str) -> None:
    with RawPeer(answering(OK)) as peer:
        assert refusal_of(door, Call("GET", peer.address(), headers={"api-key": value})).code is Code.BAD_HEADER
        assert peer.talks == []


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "connection", "a b", "", "x:y"])
def test_the_headers_of_the_connection_are_not_the_callers(door: Door, name: str) -> None:
    call = Call("GET", Address("http", "localhost", 1), headers={name: "x"})
    assert refusal_of(door, call).code is Code.BAD_HEADER


@pytest.mark.parametrize(
    "address",
    [
        Address("http", "127.1", 80),
        Address("http", "LOCALHOST", 80),
        Address("gopher", "localhost", 80),
        Address("http", "localhost", 0),
        Address("http", "localhost", 80, "/a?b"),
        Address("http", "a@b", 80),
    ],
)
def test_an_address_put_together_by_hand_is_read_like_any_other(door: Door, address: Address) -> None:
    assert refusal_of(door, Call("GET", address)).code is Code.BAD_ADDRESS
    with pytest.raises(OutboundError, match="bad_address"):
        list(door.stages(address))


def test_an_unknown_method_is_a_mistake_of_ours(door: Door) -> None:
    with pytest.raises(ValueError, match="TRACE"):
        door.send(Call("TRACE", Address("http", "localhost", 80)))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-", Code.BROKEN),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", Code.BROKEN),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", Code.BROKEN),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", Code.BAD_HTTP),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n", Code.BAD_HTTP),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000 + b"\r\n\r\n", Code.BAD_HTTP),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\nok", Code.BAD_HTTP),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok", Code.BAD_HTTP),
        (b"\x15\x03\x01\x00\x02\x02\x16", Code.HTTPS_ON_HTTP),
        (b"HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n", Code.HTTPS_ON_HTTP),
    ],
)
def test_a_bad_answer_has_its_code(door: Door, data: bytes, code: Code) -> None:
    with RawPeer(saying(data)) as peer:
        assert refusal_of(door, Call("GET", peer.address())).code is code


def test_a_server_that_hangs_up_without_a_word(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.sock.recv(4096)

    with RawPeer(script) as peer:
        assert refusal_of(door, Call("GET", peer.address())).code is Code.BROKEN


def test_nobody_at_the_port_is_told_apart_from_no_such_name(door: Door) -> None:
    with RawPeer(answering(OK)) as peer:
        gone = peer.address()
    assert refusal_of(door, Call("GET", gone)).code is Code.CONNECT_REFUSED
    assert refusal_of(door, Call("GET", replace(gone, host="models.invalid"))).code is Code.DNS_FAILED


def test_every_code_has_a_sentence_without_address_or_jargon() -> None:
    for code in Code:
        sentence = OutboundError(code).sentence
        assert sentence.endswith(".")
        assert not any(word in sentence for word in ("Error", "Errno", "127.", "localhost", "socket"))


def test_nothing_secret_shows_in_what_is_printed() -> None:
    call = Call("POST", Address("https", "models.test", 443), headers={"api-key": "hush-hush"}, json={"t": "hush-hush"})
    assert "hush-hush" not in repr(call)
    assert "hush-hush" not in repr(Answer(200, {"set-cookie": "hush-hush"}, b"hush-hush", 1, 1))


def test_json_that_is_nested_without_end_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested"):
        Answer(200, {}, b"[" * 200_000, 1, 1).json()
