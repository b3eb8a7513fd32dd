"""The operator's rules about where calls may go."""

from ipaddress import ip_address

import pytest

from app.lib.egress import BadPolicy, Policy
from app.lib.urls import Address


def rule(policy: Policy, ip: str, port: int = 8000, host: str = "models.test") -> str | None:
    refusal = policy.judge(ip_address(ip), port, host)
    return refusal.rule if refusal else None


def test_private_networks_are_open_unless_switched_off() -> None:
    closed = Policy(allow_private=False)
    assert rule(Policy(), "10.0.0.5") is rule(Policy(), "fd12::5") is rule(Policy(), "8.8.8.8") is None
    assert rule(closed, "10.0.0.5") == rule(closed, "fd12::5") == "private"
    assert rule(closed, "8.8.8.8") is None
    assert rule(Policy.from_text(False, allow="10.1.0.0/16"), "10.1.2.3") is None


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_opens_by_host_and_port_under_each_of_its_names(ip: str) -> None:
    for entry in ("127.0.0.1:11434", "[::1]:11434", "localhost:11434"):
        policy = Policy.from_text(allow=entry)
        assert rule(policy, ip, 11434, "localhost") is None
        assert rule(policy, ip, 11435, "localhost") == "loopback"


def test_a_network_never_opens_loopback() -> None:
    assert rule(Policy.from_text(allow="0.0.0.0/0, ::/0"), "127.0.0.1") == "loopback"


def test_evaluation_opens_loopback_except_the_own_ports() -> None:
    policy = Policy.from_text(own="127.0.0.1:8050;127.0.0.1:8051", loopback_open=True)
    assert rule(policy, "127.0.0.1", 8000) is rule(policy, "::1", 8000) is None
    for ip in ("127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"):
        assert rule(policy, ip, 8050) == rule(policy, ip, 8051) == "own_address"


@pytest.mark.parametrize(
    ("entry", "ip"),
    [
        ("100.64.0.0/10", "100.64.1.1"),
        ("198.18.0.0/15", "198.18.1.1"),
        ("192.0.0.0/24", "192.0.0.7"),
        ("64:ff9b::/96", "64:ff9b::8.8.8.8"),
        ("models.test:8000", "100.64.1.1"),
        ("100.64.1.1:8000", "100.64.1.1"),
        ("100.64.1.1", "100.64.1.1"),
    ],
)
def test_some_ranges_open_by_an_entry(entry: str, ip: str) -> None:
    assert rule(Policy(), ip) in ("shared", "benchmark", "protocol", "nat64")
    assert rule(Policy.from_text(allow=entry), ip) is None


@pytest.mark.parametrize(
    "ip",
    ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "64:ff9b::a9fe:a9fe"],
)
def test_metadata_opens_by_nothing(ip: str) -> None:
    policy = Policy.from_text(allow="0.0.0.0/0;::/0;models.test:8000", loopback_open=True)
    refusal = policy.judge(ip_address(ip), 8000, "models.test")
    assert refusal is not None
    assert (refusal.rule, refusal.setting) == ("metadata", None)


@pytest.mark.parametrize("ip", ["0.1.2.3", "192.0.2.1", "224.0.0.1", "255.255.255.255", "fe80::1", "ff02::1", "::2"])
def test_ranges_without_servers_open_by_nothing(ip: str) -> None:
    assert rule(Policy.from_text(allow="0.0.0.0/0;::/0;models.test:8000"), ip) is not None


def test_the_deny_list_beats_everything() -> None:
    policy = Policy.from_text(
        allow="10.0.0.0/8", deny="10.9.0.0/16; bad.test, other.test:8000, 127.0.0.1", loopback_open=True
    )
    assert rule(policy, "10.9.1.1") == rule(policy, "::ffff:10.9.1.1") == "denied"
    assert rule(policy, "10.8.1.1", host="bad.test") == rule(policy, "127.0.0.1") == "denied"
    assert rule(policy, "10.8.1.1", 8000, "other.test") == "denied"
    assert rule(policy, "10.8.1.1", 8001, "other.test") is None


def test_the_own_database_is_closed_by_name_and_by_address() -> None:
    policy = Policy.from_text(own="db.test:6543, 10.0.0.9:6543, localhost:7000", loopback_open=True)
    assert rule(policy, "10.0.0.5", 6543, "db.test") == rule(policy, "10.0.0.9", 6543) == "own_address"
    assert rule(policy, "127.0.0.1", 7000) == "own_address"
    assert rule(policy, "10.0.0.9", 6544) is None


def test_own_addresses_are_taken_as_they_stand() -> None:
    policy = Policy.from_text(own="127.0.0.1:0;my_db.test:6543")
    assert rule(policy, "10.0.0.5", 6543, "my_db.test") == "own_address"
    assert rule(policy, "10.0.0.5", 6543, "models.test") is None


def test_listening_everywhere_closes_every_address_of_this_machine() -> None:
    policy = Policy.from_text(own="0.0.0.0:8050", loopback_open=True)
    assert rule(policy, "127.0.0.1", 8050) == rule(policy, "127.1.2.3", 8050) == "own_address"
    assert rule(policy, "127.0.0.1", 8051) is None


def test_a_refusal_names_the_setting_that_would_admit_it() -> None:
    policy = Policy(prefix="MODELPORT_")
    loopback = policy.judge(ip_address("::1"), 11434, "::1")
    named = policy.judge(ip_address("100.64.0.1"), 8000, "models.test")
    assert loopback is not None
    assert named is not None
    assert loopback.setting == "MODELPORT_EGRESS_ALLOW=[::1]:11434"
    assert named.setting == "MODELPORT_EGRESS_ALLOW=models.test:8000"


@pytest.mark.parametrize("ip", ["127.0.0.1", "::1", "100.64.0.1", "10.0.0.5", "192.0.0.5", "198.18.0.5"])
def test_the_line_that_a_refusal_names_does_admit_it(ip: str) -> None:
    refusal = Policy(allow_private=False).judge(ip_address(ip), 8000, ip)
    assert refusal is not None
    assert refusal.setting is not None
    allow = refusal.setting.removeprefix("EGRESS_ALLOW=")
    assert rule(Policy.from_text(False, allow=allow), ip, 8000, ip) is None


@pytest.mark.parametrize(
    ("setting", "entry"),
    [
        ("allow", "10.0.0.0/33"),
        ("allow", "models.test"),
        ("allow", "models.test:0"),
        ("allow", "models.test:99999"),
        ("allow", "models.test:http"),
        ("allow", "http://models.test:80"),
        ("allow", "127.0.0.0/8"),
        ("allow", "::1"),
        ("allow", "169.254.169.254"),
        ("allow", "*"),
        ("deny", "ex_ample"),
        ("own", "127.0.0.1"),
    ],
)
def test_a_bad_entry_is_named(setting: str, entry: str) -> None:
    with pytest.raises(BadPolicy) as caught:
        Policy.from_text(**{setting: f"10.0.0.1:80, {entry}"})  # type: ignore[arg-type]
    assert (caught.value.setting, caught.value.entry) == (setting, entry)


def test_a_list_may_be_split_already_or_not_at_all() -> None:
    given = Policy.from_text(allow=["10.0.0.0/8", "a.test:1, b.test:2"]).allow
    assert given == Policy.from_text(allow=" 10.0.0.0/8;a.test:1\nB.test:2 ").allow
    assert len(given) == 3


@pytest.mark.parametrize(
    ("url_scheme", "ip", "allowed"),
    [
        ("https", "8.8.8.8", True),
        ("http", "8.8.8.8", False),
        ("http", "2606:4700::1111", False),
        ("http", "10.0.0.5", True),
        ("http", "::ffff:10.0.0.5", True),
        ("http", "127.0.0.1", True),
        ("http", "100.64.0.1", True),
        ("http", "2001:470::5efe:10.0.0.5", False),
    ],
)
def test_a_key_needs_encryption_outside(url_scheme: str, ip: str, allowed: bool) -> None:
    refusal = Policy().may_carry_key(Address(url_scheme, "models.test", 8000), ip_address(ip))
    assert (refusal is None) is allowed
