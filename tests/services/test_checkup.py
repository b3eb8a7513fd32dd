"""What `check` finds wrong, part by part."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.lib.egress import Policy
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.sign_in import SignInSession
from app.services import checkup, endpoints, sessions
from app.services.checkup import Finding
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.facts import PROMPTS
from tests.fixtures.instance import connected


def sentences(findings: Iterator[Finding]) -> str:
    """All of them in one text."""
    return "\n".join(each.sentence for each in findings)


def test_a_migrated_database_has_nothing_wrong(ports: Ports) -> None:
    assert sentences(checkup.database(ports)) == ""


def test_a_provider_that_does_not_say_when_people_proved_who_they_are_is_told_of(ports: Ports, ada: Actor) -> None:
    assert sentences(checkup.proofs(ports)) == ""
    silent = SignedIn(ada.issuer, ada.subject, ada.name, ada.role)
    sessions.begin(ports, silent, Visitor())
    assert "(auth_time)" in sentences(checkup.proofs(ports))
    with ports.store.write() as session:
        session.execute(update(SignInSession).values(auth_time=ports.clock()))
    assert sentences(checkup.proofs(ports)) == ""


def test_a_key_of_another_ring_is_named_with_its_endpoint(ports: Ports, ada: Actor) -> None:
    draft = EndpointDraft("Lost", server="vllm", base_url="http://10.0.0.1/v1", identifier="m", api_key="sk-something")
    endpoints.create(ports, ada, draft)
    assert sentences(checkup.keys(ports)) == ""
    other = replace(ports, sealer=Sealer(["another key that is long enough for this"]))
    assert "endpoint Lost cannot be opened" in sentences(checkup.keys(other))


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A copy of all prompts."""
    return shutil.copytree(PROMPTS, tmp_path / "prompts")


@pytest.mark.parametrize("lost", ["duo_chat/base/user.jinja", "duo_chat/gpt/system.jinja", "duo_chat/feature.toml"])
def test_a_lost_prompt_file_is_named(prompts: Path, lost: str) -> None:
    (prompts / lost).unlink(missing_ok=True)
    assert Finding(f"prompts/{lost} is missing. Put it back from the release.") in list(checkup.prompts(prompts))


@pytest.mark.parametrize("spoilt", ["duo_chat/base/user.jinja", "duo_chat/feature.toml", "families.toml"])
def test_a_spoilt_prompt_file_is_named(prompts: Path, spoilt: str) -> None:
    (prompts / spoilt).write_text("{{ question }}", encoding="utf-8")
    (finding,) = checkup.prompts(prompts)
    assert finding.sentence.startswith(f"{spoilt}")
    assert finding.sentence.endswith("Put the file back as it was released.")


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 6), True),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 3), True),
        ((3, 53, 0), True),
    ],
)
def test_only_repaired_versions_of_sqlite_pass(version: tuple[int, int, int], safe: bool) -> None:
    assert bool(sentences(checkup.sqlite_version(version))) is not safe


def test_a_data_folder_on_a_share_is_found_by_its_nearest_mount() -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /srv nfs4 rw 0 0\n/dev/sdb1 /srv/local ext4 rw 0 0\n"
    assert "nfs4" in sentences(checkup.filesystem(Path("/srv/data"), mounts))
    assert sentences(checkup.filesystem(Path("/srv/local/data"), mounts)) == ""


def test_a_frame_on_another_site_needs_the_other_cookie() -> None:
    found = list(checkup.framing("https://portal.corp.example", ["https://gitlab.other.example"], "same-site"))
    assert [each.warning for each in found] == [True]
    assert "cross-site" in found[0].sentence
    assert not list(checkup.framing("https://portal.corp.example", ["https://gitlab.corp.example"], "same-site"))


def test_a_misspelt_setting_is_named() -> None:
    found = sentences(checkup.unknown_names(["MODELPORT_BIND", "MODELPORT_BNID"], ["MODELPORT_BIND"]))
    assert "MODELPORT_BNID" in found
    assert "MODELPORT_BIND " not in found


def test_a_provider_under_another_name_is_found(serve_json: Callable[[dict[str, object]], str]) -> None:
    issuer = serve_json({"issuer": "https://elsewhere.example"})
    found = sentences(checkup.provider(Door(Policy(loopback_open=True)), issuer))
    assert "calls itself https://elsewhere.example" in found
    assert "lacks token_endpoint" in found


def test_a_provider_that_is_down_is_a_finding() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{unused.getsockname()[1]}"
        assert "does not answer" in sentences(checkup.provider(Door(Policy(loopback_open=True)), issuer))


@pytest.fixture
def serve_json() -> Iterator[Callable[[dict[str, object]], str]]:
    """Serve one JSON body at every address; the origin."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    servers: list[HTTPServer] = []

    def serve(body: dict[str, object]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_gitlab_that_refuses_the_token_is_found_and_one_that_takes_it_is_not(
    ports: Ports, gitlab: GitLabServer
) -> None:
    assert list(checkup.instance(ports)) == []
    assert list(checkup.instance(connected(ports, gitlab))) == []
    found = list(checkup.instance(connected(ports, gitlab, token="glpat-of-somebody-else")))
    assert [each.warning for each in found] == [False]
    assert "GitLab refuses the token" in found[0].sentence
    assert "glpat" not in found[0].sentence


def test_a_gitlab_that_is_down_just_now_is_a_warning(ports: Ports, gitlab: GitLabServer) -> None:
    gitlab.faults.add(Kind.UNAVAILABLE, times=None)
    found = list(checkup.instance(connected(ports, gitlab)))
    assert [each.warning for each in found] == [True]
