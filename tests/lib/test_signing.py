"""Signatures of webhooks."""

import base64

import pytest

from app.lib.signing import as_secret, fault_of_secret, signature, written

# The example of the specification's own libraries.
SECRET, MESSAGE, SECONDS = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY = b'{"test": 2432232314}'


def test_the_example_of_the_standard_comes_out() -> None:
    assert signature(SECRET, MESSAGE, SECONDS, BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_key_and_its_written_form_sign_alike() -> None:
    key = "a text of the tests, long enough"
    assert signature(as_secret(key.encode()), MESSAGE, SECONDS, BODY) == signature(key, MESSAGE, SECONDS, BODY)


def test_a_secret_is_written_for_receivers_whichever_way_it_was_set() -> None:
    assert written(SECRET) == SECRET
    assert written("x" * 24) == as_secret(b"x" * 24)


@pytest.mark.parametrize("changed", [(SECRET[:-1] + "x", MESSAGE, SECONDS, BODY), (SECRET, MESSAGE, SECONDS + 1, BODY)])
def test_any_other_secret_or_time_is_seen(changed: tuple[str, str, int, bytes]) -> None:
    assert signature(*changed) != signature(SECRET, MESSAGE, SECONDS, BODY)


@pytest.mark.parametrize(
    ("secret", "fault"),
    [
        (SECRET, ""),
        ("x" * 24, ""),
        ("x" * 23, "should be 24 bytes or longer"),
        ("whsec_" + base64.b64encode(b"x" * 23).decode(), "should be 24 bytes or longer"),
        ("whsec_no base 64!", "should be base 64 after whsec_"),
    ],
)
def test_what_is_no_secret_is_said(secret: str, fault: str) -> None:
    assert fault_of_secret(secret) == fault
