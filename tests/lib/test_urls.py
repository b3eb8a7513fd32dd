"""Base URLs: what is taken, what is not, and what is said then."""

import pytest

from app.lib.urls import Address, BadAddress, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://models.test", Address("https", "models.test", 443)),
        ("HTTPS://Models.TEST/v1/", Address("https", "models.test", 443, "/v1")),
        ("http://ollama:11434", Address("http", "ollama", 11434)),
        ("http://10.0.0.5:8000/v1", Address("http", "10.0.0.5", 8000, "/v1")),
        ("http://[FD00::0005]:8000/", Address("http", "fd00::5", 8000)),
        ("https://models.test:443/a/b", Address("https", "models.test", 443, "/a/b")),
        ("https://xn--bcher-kva.test", Address("https", "xn--bcher-kva.test", 443)),
        (
            "https://models.test/deployments/gpt%204/x~y:z",
            Address("https", "models.test", 443, "/deployments/gpt%204/x~y:z"),
        ),
        ("http://3com.test", Address("http", "3com.test", 80)),
        ("http://models.test:65535", Address("http", "models.test", 65535)),
    ],
)
def test_a_plain_address_is_taken(text: str, address: Address) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("https://models.test/" + "a" * 2048, "too_long"),
        ("https://bücher.test", "not_ascii"),
        ("https://models.test/ v1", "space"),
        ("https://models.test\n", "space"),
        ("https://models\x00.test", "control"),
        ("https://models\x7f.test", "control"),
        ("https:\\\\models.test", "backslash"),
        ("ftp://models.test", "scheme"),
        ("models.test/v1", "scheme"),
        ("https:/models.test", "scheme"),
        ("https://ada:secret@models.test", "user_info"),
        ("https://models.test/#a", "fragment"),
        ("https://models.test#", "fragment"),
        ("https://models.test/?key=1", "query"),
        ("https://models.test?", "query"),
        ("https://", "host"),
        ("https://:443", "host"),
        ("https://mod%65ls.test", "host"),
        ("https://models_1.test", "host"),
        ("https://-models.test", "host"),
        ("https://models..test", "host"),
        ("https://models.test.", "host"),
        ("https://" + "a" * 64 + ".test", "host"),
        ("https://" + ".".join(["abcdefghi"] * 26), "host"),
        ("https://fd00::5:8000", "host"),
        ("https://[fe80::1%25eth0]", "host"),
        ("https://127.1", "host"),
        ("https://0x7f.1", "host"),
        ("https://010.0.0.1", "host"),
        ("https://256.0.0.1", "host"),
        ("https://models.123", "host"),
        ("https://models.0x1f", "host"),
        ("https://models.test:", "port"),
        ("https://models.test:0", "port"),
        ("https://models.test:08", "port"),
        ("https://models.test:65536", "port"),
        ("https://models.test:http", "port"),
        ("https://models.test:6379", "port_denied"),
        ("https://models.test/../v1", "path"),
        ("https://models.test/%2E%2e/v1", "path"),
        ("https://models.test/a//b", "path"),
        ("https://models.test/%zz", "path"),
        ("https://models.test/{id}", "path"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: str, code: str) -> None:
    with pytest.raises(BadAddress) as caught:
        parse(text)
    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_origin_and_text_leave_out_what_goes_without_saying() -> None:
    address = parse("HTTPS://Models.test:443/v1/")
    assert (address.origin, str(address)) == ("https://models.test", "https://models.test/v1")
    assert str(parse("http://[fd00::5]:8000/v1")) == "http://[fd00::5]:8000/v1"


def test_what_is_written_is_read_again_the_same() -> None:
    for text in ("http://[::1]:11434/v1", "https://a.test", "http://10.0.0.5:81/x"):
        assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize("path", ["models", "/models", "models/", "/models/"])
def test_a_path_is_put_behind(path: str) -> None:
    assert str(parse("https://models.test/v1/").join(path)) == "https://models.test/v1/models"
    assert str(parse("https://models.test").join(path)) == "https://models.test/models"


@pytest.mark.parametrize("path", ["../admin", "a/../b", "a?b", "a#b", "a b", "a\r\nb", "a\\b", "%2e%2e/x", "ä"])
def test_a_joined_path_stays_below(path: str) -> None:
    with pytest.raises(BadAddress):
        parse("https://models.test/v1").join(path)
