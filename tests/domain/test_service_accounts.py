"""What is taken of a service account's key file, and what is refused with a sentence."""

import json
from typing import Any

import pytest

from app.domain.service_accounts import FIELDS, read_service_account

BODY = "\n".join(("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",) * 3)
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY}\nMzEfYyjiWA==\n-----END PRIVATE KEY-----\n"


def file(**more: Any) -> dict[str, Any]:
    return {
        "type": "service_account",
        "project_id": "test-project",
        "private_key_id": "0123456789abcdef",
        "private_key": PEM,
        "client_email": "duo@test-project.iam.gserviceaccount.com",
        "token_uri": "https://attacker.example/token",
        "universe_domain": "attacker.example",
        **more,
    }


def refusal(text: str) -> str:
    with pytest.raises(ValueError, match=r"\.\Z") as caught:
        read_service_account(text)
    return str(caught.value)


def test_five_fields_are_kept_and_no_address_among_them() -> None:
    kept = read_service_account(f"\n {json.dumps(file(), indent=2)} ")
    assert kept == {name: file()[name] for name in FIELDS}
    assert "attacker" not in json.dumps(kept)


def test_what_is_stored_is_read_again() -> None:
    kept = read_service_account(json.dumps(file()))
    assert read_service_account(json.dumps(kept)) == kept


@pytest.mark.parametrize("spoilt", [PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n"), PEM.strip()])
def test_line_breaks_that_a_shell_spoilt_are_mended(spoilt: str) -> None:
    assert read_service_account(json.dumps(file(private_key=spoilt)))["private_key"] == PEM


@pytest.mark.parametrize("text", ["", "AIzaSyExample", "/etc/key.json", "{", "[" * 5000, '{"type": "service'])
def test_what_is_no_json_is_told_as_such(text: str) -> None:
    assert refusal(text).startswith("This is not JSON.")


@pytest.mark.parametrize("text", ["[]", "7", "null", '"x"'])
def test_json_that_is_no_object_is_no_file(text: str) -> None:
    assert refusal(text).startswith("This is not a service account's file.")


def test_the_private_key_alone_is_not_enough() -> None:
    assert refusal(PEM).startswith("This is the private key alone.")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("authorized_user", "a person's own sign-in"),
        ("external_account", "addresses to be called"),
        ("external_account_authorized_user", "addresses to be called"),
        ("impersonated_service_account", "addresses to be called"),
    ],
)
def test_other_kinds_of_credentials_are_refused_and_told_why(kind: str, why: str) -> None:
    said = refusal(json.dumps(file(type=kind)))
    assert kind in said
    assert why in said


@pytest.mark.parametrize("kind", [None, 7, [], {}, "something_new"])
def test_an_unknown_kind_is_refused(kind: Any) -> None:
    assert refusal(json.dumps(file(type=kind))).startswith("The file's type is not service_account.")


def test_a_client_of_the_web_console_is_refused() -> None:
    assert "type" in refusal(json.dumps({"installed": {"client_id": "x", "client_secret": "y"}}))


@pytest.mark.parametrize("name", FIELDS[1:])
@pytest.mark.parametrize("value", ["", " ", None, 7, ["x"]])
def test_a_missing_field_is_named(name: str, value: Any) -> None:
    assert refusal(json.dumps(file(**{name: value}))).startswith(f"The file lacks {name}.")


@pytest.mark.parametrize(
    "email", ["ada@example.com", "gserviceaccount.com", "a b@x.gserviceaccount.com", "x@gserviceaccount.com.evil"]
)
def test_an_address_that_is_no_service_accounts_is_refused(email: str) -> None:
    assert "client_email" in refusal(json.dumps(file(client_email=email)))


@pytest.mark.parametrize(
    "key",
    [
        "secret",
        PEM.replace("PRIVATE", "PUBLIC"),
        PEM.replace("PRIVATE", "EC PRIVATE"),
        PEM[:90],
        PEM.replace("M", "-"),
        PEM + PEM,
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    ],
)
def test_a_key_that_is_no_private_key_is_refused_and_not_repeated(key: str) -> None:
    said = refusal(json.dumps(file(private_key=key)))
    assert "private_key is not a whole private key" in said
    assert "MIIE" not in said


def test_a_locked_key_is_refused() -> None:
    locked = PEM.replace("PRIVATE", "ENCRYPTED PRIVATE")
    assert "passphrase" in refusal(json.dumps(file(private_key=locked)))


def test_what_is_far_too_long_is_not_read() -> None:
    assert "too long" in refusal(json.dumps(file(more="x" * 20_000)))
    assert "too long" in refusal(json.dumps(file(project_id="x" * 9_000)))
