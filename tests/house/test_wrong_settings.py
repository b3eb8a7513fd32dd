"""A value that cannot work stops the start with its name and what it should be; of pairs `check` tells."""

import os
import subprocess
import sys

import pytest

from app.cli.console import ROOT
from app.config import SettingsError, load_settings
from app.config_values import exposure
from app.lib.egress_entries import read_entries
from app.services import checkup

HTTPS = "https://modelport.example.com"
WRONG = {
    "EMBED_ORIGINS": (
        "*", "https://*.example.com", "https://gitlab.example.com/admin", "https://ada@gitlab.example.com",
        "http://gitlab.example.com", "gitlab.example.com", "https://gitlab.example.com;*", "https://g.example.com:x",
        "https://gitlab.example.com?x=1", "null", '["https://gitlab.example.com"',
        "https://a b", "https://gitlab.example.com https://b.example.com", "https://gitlab..example.com",
        "https://münchen.example", "https://g.example.com:0", "https://gitlab.example.com,", "https://[::1",
    ),
    "PUBLIC_URL": (
        "modelport.example.com", "https://m.example.com/portal", "http://m.example.com", "ftp://m.example",
        "https://m y",
    ),
    "BIND": ("8050", ":8050", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:65536"),
    "DATABASE_URL": ("mysql://u@h/d", "modelport.db"),
    "SECRET_KEYS": ("short", "a" * 64, "change-me-change-me-change-me-change-me"),
    "OIDC_ISSUER": ("idp.example.com", "http://idp.example.com", "https://idp.example.com?x=1", "https://i d"),
    "COOKIE_MODE": ("none", "Cross-Site"),
    "PROXY_HOPS": ("-1", "11", "one", "1.5"),
    "TEST_CONCURRENCY": ("0", "501", "many"),
    "TEST_EVERY_MINUTES": ("4", "-1", "1441"),
    "SESSION_IDLE_MINUTES": ("0", "1441"),
    "SESSION_MAX_HOURS": ("0", "169"),
    "EGRESS_ALLOW": (
        "http://ollama:11434", "10.0.0.0/33", "host:0", "a b:1", "10.0.0.0/8 a:1", "169.254.1.1:80", "fe80::/10",
        "224.0.0.1:80", "ff02::/16",
    ),
    "EGRESS_DENY": ("10.0.0.0/33", "a b", "a\tb", '["a b"]', "fe80::1%eth0", "*.example.com", "http://a"),
    "EGRESS_ALLOW_PRIVATE": ("perhaps",),
    "EGRESS_PROXY": ("proxy.example:3128", "https://proxy.example:3128", "socks5://p:1", "http://", "http://p:1/path"),
    "CA_FILE": ("/nowhere/ca.pem",),
    "ALERT_WEBHOOK": ("receiver.example.com", "ftp://receiver.example.com"),
    "GITLAB_URL": ("http://gitlab.example.com", "gitlab.example.com"),
    "RETENTION_USAGE_DAYS": ("0", "3651"),
    "STOP_NOTICE_SECONDS": ("-1", "301"),
    "STOP_WITHIN_SECONDS": ("0", "3601"),
    "LOG_LEVEL": ("LOUD",),
    "LOG_FORMAT": ("xml",),
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, each) for name, values in WRONG.items() for each in values])
def test_a_wrong_value_is_told_by_its_settings_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MODELPORT_{name}", value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert [each for each in refused.value.problems if each.startswith(f"MODELPORT_{name}: ")]
    assert all(each.endswith(".") for each in refused.value.problems)


def test_right_values_beside_them_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "MODELPORT_EMBED_ORIGINS", "https://GitLab.example.com:443/;https://g.example.com:8443;http://127.0.0.1:1"
    )
    monkeypatch.setenv("MODELPORT_EGRESS_DENY", "ollama;10.0.0.0/8, db.example.com:80\n::/0")
    monkeypatch.setenv("MODELPORT_EGRESS_PROXY", "http://user:pass%40word@proxy.example:3128")
    settings = load_settings()
    assert settings.embed_origins == ("https://gitlab.example.com", "https://g.example.com:8443", "http://127.0.0.1:1")
    assert [str(each) for each in read_entries("deny", settings.egress_deny)] == [
        "ollama", "10.0.0.0/8", "db.example.com:80", "::/0",
    ]  # fmt: skip


def test_a_wrong_value_stops_serve_within_a_second() -> None:
    environment = {**os.environ, "MODELPORT_EMBED_ORIGINS": "*"}
    before = _spent()
    said = subprocess.run(
        [sys.executable, "-m", "app.cli", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr.partition(":")[0]) == (2, "MODELPORT_EMBED_ORIGINS")
    # The processor's seconds: others may keep it busy meanwhile.
    assert _spent() - before < 1


def _spent() -> float:
    """Processor seconds of children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


FRAMES = (
    # origin, frames, cookies, proxies, bound to loopback, what is said
    (HTTPS, ("https://gitlab.example.com",), "same-site", 1, True, ""),
    (HTTPS, (), "same-site", 1, True, ""),
    ("http://127.0.0.1:8050", (), "same-site", 0, True, ""),
    ("http://127.0.0.1:8050", ("https://gitlab.example.com",), "cross-site", 0, True, "needs https"),
    (HTTPS, (), "cross-site", 1, True, "serves no frame"),
    (HTTPS, ("https://gitlab.example.org",), "same-site", 1, True, "another site"),
    (HTTPS, (), "same-site", 0, True, "MODELPORT_PROXY_HOPS is 0"),
    (HTTPS, (), "same-site", 1, False, "Whoever reaches"),
)


@pytest.mark.parametrize(("origin", "frames", "cookies", "hops", "loopback", "said"), FRAMES)
def test_pairs_that_cannot_work_are_warnings(
    origin: str, frames: tuple[str, ...], cookies: str, hops: int, loopback: bool, said: str
) -> None:
    found = [*checkup.framing(origin, frames, cookies), *checkup.proxies(origin, hops, on_loopback=loopback)]
    assert all(each.warning for each in found)
    assert [each.sentence for each in found if said in each.sentence] if said else found == []


@pytest.mark.parametrize(
    ("bind", "hops", "warned"), [("0.0.0.0:8050", 0, True), ("0.0.0.0:8050", 1, False), ("[::1]:1", 0, False)]
)
def test_a_port_that_others_reach_without_a_proxy_is_warned_of(bind: str, hops: int, warned: bool) -> None:
    said = exposure(hops, on_loopback=load_settings(bind=bind).on_loopback)
    assert ("slow clients" in said) is warned
