"""The table of networks, and the IPv4 addresses that hide in IPv6."""

from ipaddress import ip_address

import pytest

from app.lib.networks import Kind, embedded, kind_of, leads_to


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("8.8.8.8", "public"),
        ("2606:4700::1111", "public"),
        ("10.255.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.32.0.1", "public"),
        ("192.168.1.1", "private"),
        ("fd12:3456::1", "private"),
        ("127.255.0.1", "loopback"),
        ("::1", "loopback"),
        ("100.63.255.255", "public"),
        ("100.64.0.0", "shared"),
        ("100.128.0.0", "public"),
        ("169.254.169.254", "metadata"),
        ("100.100.100.200", "metadata"),
        ("168.63.129.16", "metadata"),
        ("192.0.0.192", "metadata"),
        ("192.0.0.191", "protocol"),
        ("fd00:ec2::254", "metadata"),
        ("fd00:ec3::254", "private"),
        ("fd20:ce::254", "metadata"),
        ("0.255.255.255", "unspecified"),
        ("::", "unspecified"),
        ("fe80::1", "link_local"),
        ("fec0::1", "reserved"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("64:ff9b::808:808", "nat64"),
        ("64:ff9b:1::1", "nat64"),
        ("2001::1", "reserved"),
        ("2001:200::1", "public"),
        ("4000::1", "reserved"),
        ("::ffff:8.8.8.8", "public"),
    ],
)
def test_each_address_has_one_kind(ip: str, kind: str) -> None:
    assert kind_of(ip_address(ip)) is Kind(kind)


@pytest.mark.parametrize(
    ("ip", "inside"),
    [
        ("8.8.8.8", []),
        ("2606:4700::1111", []),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
        ("64:ff9b::10.0.0.5", ["10.0.0.5"]),
        ("2002:a9fe:a9fe::", ["169.254.169.254"]),
        ("2001:470::5efe:10.0.0.5", ["10.0.0.5"]),
        ("2001:470::200:5efe:10.0.0.5", ["10.0.0.5"]),
    ],
)
def test_the_ipv4_address_inside_is_found(ip: str, inside: list[str]) -> None:
    assert [str(each) for each in embedded(ip_address(ip))] == inside


@pytest.mark.parametrize(
    "ip", ["64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:a9:fe00::", "64:ff9b:1:a9:fe:a9fe::", "64:ff9b:1:0:a9:fea9:fe00::"]
)
def test_every_place_of_a_translated_address_is_looked_at(ip: str) -> None:
    assert ip_address("169.254.169.254") in embedded(ip_address(ip))


def test_only_a_translated_address_leads_elsewhere() -> None:
    assert leads_to(ip_address("::ffff:10.0.0.5")) == ip_address("10.0.0.5")
    assert leads_to(ip_address("64:ff9b::10.0.0.5")) == ip_address("10.0.0.5")
    # Anybody may give a public host such an interface identifier; packets still cross the internet.
    assert leads_to(ip_address("2001:470::5efe:10.0.0.5")) == ip_address("2001:470::5efe:10.0.0.5")
