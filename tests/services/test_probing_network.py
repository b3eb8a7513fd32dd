"""Before anything is sent: what the rules refuse, what does not connect, and certificates that are wrong."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from app.data.facts import Facts
from app.domain.steps import Outcome, StepResult
from app.lib.cancel import Cancel
from app.lib.certificates import PeerCertificate
from app.lib.egress import Policy
from app.lib.http import Door
from app.services.probe_run import Run
from app.services.probe_steps import chain
from tests.fakes.certificates import Certificate, Flaw, make_certificate
from tests.fakes.fault_server import FaultServer
from tests.fakes.probe import probe, step, target_at, told, without_database

Judge = Callable[..., list[StepResult]]


def chain_of(results: list[StepResult]) -> list[dict[str, str]]:
    chain = step(results, "tls").figures["chain"]
    assert isinstance(chain, list)
    return chain


@pytest.fixture
def judged(facts: Facts) -> Iterator[Judge]:
    """Test an address under a policy."""
    doors = []

    def run(url: str, ca: Path | None = None, key: str | None = None, **policy: object) -> list[StepResult]:
        rules = Policy.from_text(**{"prefix": "MODELPORT_", **policy})  # type: ignore[arg-type]
        doors.append(Door(rules, str(ca) if ca else None))
        return probe(without_database(doors[-1], facts), target_at(url, api_key=key))

    yield run
    for door in doors:
        door.close()


@pytest.mark.parametrize(
    ("url", "rule", "setting"),
    [
        ("http://127.0.0.1:8000/v1", "the machine that this service runs on", "MODELPORT_EGRESS_ALLOW=127.0.0.1:8000"),
        ("http://localhost:8000/v1", "the machine that this service runs on", "MODELPORT_EGRESS_ALLOW=localhost:8000"),
        ("http://[::1]:8000/v1", "the machine that this service runs on", "MODELPORT_EGRESS_ALLOW=[::1]:8000"),
        ("http://100.64.3.4:80/v1", "shared range", "MODELPORT_EGRESS_ALLOW=100.64.3.4:80"),
        ("http://169.254.169.254/v1", "metadata service", "none, it stays closed"),
        ("https://[fd00:ec2::254]/v1", "metadata service", "none, it stays closed"),
        ("https://224.0.0.1/v1", "a group of machines", "none, it stays closed"),
    ],
)
def test_a_refused_address_says_by_which_rule_and_what_would_admit_it(
    judged: Judge, url: str, rule: str, setting: str
) -> None:
    results = judged(url)
    assert told(results) == "failed: address refused_by_policy"
    assert rule in step(results, "address").message
    assert setting in step(results, "address").remedy
    assert [each.outcome for each in results[1:]] == [Outcome.SKIPPED] * 7


def test_the_setting_that_is_named_does_admit_it(judged: Judge) -> None:
    with FaultServer() as server:
        found = re.search(r"MODELPORT_EGRESS_ALLOW=(\S+?)\.?$", step(judged(server.url), "address").remedy)
        assert found
        assert told(judged(server.url, allow=found[1])) == "passed: "


def test_private_networks_can_be_closed_and_named_ones_denied(judged: Judge) -> None:
    closed = step(judged("http://10.1.2.3:8000/v1", allow_private=False), "address")
    assert "MODELPORT_EGRESS_ALLOW=10.1.2.3:8000" in closed.remedy
    assert "MODELPORT_EGRESS_DENY" in step(judged("http://10.1.2.3:8000/v1", deny="10.0.0.0/8"), "address").message


def test_this_installation_is_never_tested(judged: Judge) -> None:
    own = step(judged("http://127.0.0.1:8050/v1", own=["127.0.0.1:8050"], loopback_open=True), "address")
    assert "this installation itself" in own.message


def test_a_name_is_refused_for_what_it_resolves_to(judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    assert told(judged("http://models.corp.example/v1")) == "failed: address refused_by_policy"


def test_a_key_does_not_go_in_the_clear_to_a_public_address(judged: Judge) -> None:
    results = judged("http://8.8.8.8/v1", key="sk-some-key")
    assert told(results) == "failed: address refused_by_policy"
    assert "https://" in step(results, "address").message


def test_a_name_that_nobody_knows_fails_at_dns(judged: Judge) -> None:
    results = judged("http://models.corp.example/v1")
    assert told(results) == "failed: dns dns_failed"
    assert "models.corp.example" in step(results, "dns").message
    assert step(results, "address").outcome is Outcome.PASSED


def test_a_closed_port_fails_at_connect(judged: Judge) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        results = judged(f"http://127.0.0.1:{sock.getsockname()[1]}/v1", loopback_open=True)
    assert told(results) == "failed: connect connect_refused"
    assert "host.docker.internal" in step(results, "connect").remedy


def test_plain_http_says_that_nothing_is_encrypted(judged: Judge) -> None:
    with FaultServer() as server:
        tls = step(judged(server.url, loopback_open=True), "tls")
    assert (tls.outcome, tls.message) == (Outcome.SKIPPED, "Plain HTTP: nothing on this line is encrypted")


def test_https_to_a_plain_server_fails_at_tls(judged: Judge) -> None:
    with FaultServer() as server:
        results = judged(server.url.replace("http:", "https:"), loopback_open=True)
    assert told(results) == "failed: tls plain_http_on_https"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[Flaw, Certificate]:
    return {flaw: make_certificate(tmp_path_factory.mktemp(flaw), flaw) for flaw in Flaw}


def test_a_good_certificate_says_until_when(judged: Judge, certificates: dict[Flaw, Certificate]) -> None:
    good = certificates[Flaw.NONE]
    with FaultServer(certificate=good) as server:
        results = judged(server.url, good.ca, loopback_open=True)
    assert told(results) == "passed: "
    tls = step(results, "tls")
    assert re.fullmatch(r"The certificate is valid until \d+ \w+ 20\d\d", tls.message)
    assert str(tls.figures["not_after"]).startswith("20")


def test_the_chain_is_told_with_its_names_and_its_end(judged: Judge, certificates: dict[Flaw, Certificate]) -> None:
    good = certificates[Flaw.NONE]
    with FaultServer(certificate=good) as server:
        results = judged(server.url, good.ca, loopback_open=True)
    ends = step(results, "tls").figures["not_after"]
    assert chain_of(results) == [{"subject": "CN=localhost", "issuer": "CN=Test authority", "not_after": ends}]


def test_a_chain_of_any_length_and_names_is_cut_to_what_can_be_shown(facts: Facts) -> None:
    at = datetime(2031, 7, 4, tzinfo=UTC)
    name = "CN=a\x1b[31m\nb" + "x" * 5000
    sent = PeerCertificate(name, "CN=issuer", at, at, (), authority=False, fingerprint="", pem="")
    run = Run(cast(Door, None), facts.remedies, target_at("https://models.example/v1"), Cancel())
    shown = chain.figures(run, [sent] * 100)["chain"]
    assert isinstance(shown, list)
    assert len(shown) == chain.MOST_LINKS
    assert shown[0]["subject"].startswith("CN=a [31m bxxx")
    assert len(shown[0]["subject"]) == chain.NAME_MAX
    assert chain.figures(run, ()) == {}


@pytest.mark.parametrize(
    ("flaw", "trusted", "code", "words"),
    [
        (Flaw.NONE, False, "tls_unknown_ca", "field CA certificates"),
        (Flaw.SELF_SIGNED, True, "tls_unknown_ca", "MODELPORT_CA_FILE"),
        (Flaw.WRONG_NAME, True, "tls_name_mismatch", "field TLS server name"),
        (Flaw.EXPIRED, True, "tls_expired", "Renew the certificate"),
    ],
)
def test_a_wrong_certificate_says_what_is_wrong_with_it(
    judged: Judge, certificates: dict[Flaw, Certificate], flaw: Flaw, trusted: bool, code: str, words: str
) -> None:
    wrong = certificates[flaw]
    with FaultServer(certificate=wrong) as server:
        results = judged(server.url, wrong.ca if trusted else None, key="sk-some-key", loopback_open=True)
        assert server.requests == []
    assert told(results) == f"failed: tls {code}"
    assert words in step(results, "tls").remedy
    assert "localhost" in step(results, "tls").message
    assert chain_of(results)[0]["subject"] == "CN=localhost"
