"""Secrets at rest."""

import base64

import pytest

from app.lib.sealed import CannotOpen, Sealer, WeakKey
from app.lib.weak_keys import weakness

OLD = "kV3nq0Yw7cXb1TzLr8Hs5PdGm2Jf9AeU"
NEW = "Zp6Rt4Wy8Qx2Lk0Nv5Bc7Md9Sf1Gh3Ja"
PURPOSE = "endpoints|e1|api_key"


def reason(sealer: Sealer, sealed: str, purpose: str = PURPOSE) -> str:
    with pytest.raises(CannotOpen) as caught:
        sealer.open(sealed, purpose)
    return caught.value.reason


def test_what_is_sealed_opens_again() -> None:
    sealer = Sealer([OLD])
    for text in ("sk-123", "", "Grüße \0 \U0001f511", "x" * 10_000):
        assert sealer.open(sealer.seal(text, PURPOSE), PURPOSE) == text


def test_sealing_twice_gives_two_texts_and_none_shows_the_secret() -> None:
    sealer = Sealer([OLD])
    one, two = sealer.seal("sk-123", PURPOSE), sealer.seal("sk-123", PURPOSE)
    assert one != two
    assert one.startswith(f"v1:{sealer.key_id}:")
    assert b"sk-123" not in base64.b64decode(one.rpartition(":")[2])


def test_it_opens_in_its_own_place_only() -> None:
    sealer = Sealer([OLD])
    assert reason(sealer, sealer.seal("sk-123", PURPOSE), "endpoints|e2|api_key") == "damaged"


def test_any_change_is_noticed() -> None:
    sealer = Sealer([OLD])
    head, _, body = sealer.seal("sk-123", PURPOSE).rpartition(":")
    raw = base64.b64decode(body)
    for index in range(len(raw)):
        changed = raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]
        assert reason(sealer, f"{head}:{base64.b64encode(changed).decode()}") == "damaged"


@pytest.mark.parametrize(
    "text", ["", "sk-123", "v1:", "v1:00000000:", "v2:00000000:AAAA", "v1:00000000:A", "v1:x:AAAA"]
)
def test_what_was_never_sealed_is_damaged(text: str) -> None:
    with pytest.raises(CannotOpen) as caught:
        Sealer([OLD]).key_id_of(text)
    assert caught.value.reason == "damaged"


def test_short_but_well_formed_text_is_damaged_too() -> None:
    sealer = Sealer([OLD])
    assert reason(sealer, f"v1:{sealer.key_id}:AAAA") == "damaged"


def test_the_first_key_seals_and_all_open() -> None:
    before = Sealer([OLD]).seal("sk-123", PURPOSE)
    both = Sealer([NEW, OLD])
    assert both.open(before, PURPOSE) == "sk-123"
    assert both.key_id_of(both.seal("x", PURPOSE)) == both.key_id == Sealer([NEW]).key_id != both.key_id_of(before)


def test_a_lost_key_is_told_apart_from_damage() -> None:
    sealed = Sealer([OLD]).seal("sk-123", PURPOSE)
    with pytest.raises(CannotOpen) as caught:
        Sealer([NEW]).open(sealed, PURPOSE)
    assert (caught.value.reason, caught.value.key_id) == ("unknown_key", Sealer([OLD]).key_id)


def test_a_fingerprint_tells_secrets_apart_and_depends_on_the_key() -> None:
    sealer = Sealer([OLD])
    assert sealer.fingerprint("sk-123") == sealer.fingerprint("sk-123") != sealer.fingerprint("sk-124")
    assert sealer.fingerprint("sk-123") != Sealer([NEW]).fingerprint("sk-123")
    assert len(sealer.fingerprint("sk-123")) == 8
    assert int(sealer.fingerprint("sk-123"), 16) >= 0


def test_each_purpose_derives_its_own_bytes() -> None:
    sealer = Sealer([OLD])
    assert len(sealer.derive("session")) == 32
    assert sealer.derive("session") == Sealer([OLD, NEW]).derive("session") != sealer.derive("csrf")


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("kV3nq0Yw7cXb1TzLr8Hs5PdGm2Jf9Ae", "shorter"),
        ("a" * 64, "repeats"),
        ("abcdabcdabcdabcdabcdabcdabcdabcd", "repeats"),
        ("0123456789abcdef" * 3, "pattern"),
        ("please-change-me-please-change-it-now", "example"),
        ("this-is-an-example-of-a-secret-value", "example"),
        ("MySecretKey1234567890MySecretKey!!??", "example"),
    ],
)
def test_a_weak_key_is_named_as_such(key: str, part: str) -> None:
    assert part in (weakness(key) or "")
    with pytest.raises(WeakKey, match="key 2"):
        Sealer([OLD, key])


def test_strong_keys_are_strong_and_none_is_not_enough() -> None:
    assert weakness(OLD) is None
    assert weakness("0f1e2d3c4b5a69788796a5b4c3d2e1f0") is None
    with pytest.raises(WeakKey, match="missing"):
        Sealer([])


def test_no_key_shows_when_printed() -> None:
    assert OLD not in repr(Sealer([OLD])) + str(vars(Sealer([OLD])))
