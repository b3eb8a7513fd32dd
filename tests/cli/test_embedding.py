"""The demo in a frame: a certificate that vouches for little, and the very page that an operator would put up."""

import re
import ssl
import threading
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509

from app.cli import embedding, stand_in
from app.cli.console import ROOT, Refused
from app.cli.own_authority import certificate
from app.config import load_settings
from tests.fixtures.servers import free_port

FOLDER = ROOT / "deploy" / "embed"
NAMES = ("gitlab.localhost", "localhost")


def test_a_certificate_is_made_once_and_its_authority_vouches_for_this_machine_alone(tmp_path: Path) -> None:
    made = certificate(tmp_path / "embed", NAMES)
    first = made.chain.read_bytes()
    assert certificate(tmp_path / "embed", NAMES).chain.read_bytes() == first
    assert made.key.stat().st_mode & 0o777 == 0o600
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert limits.value.permitted_subtrees == [x509.DNSName("localhost")]


def test_the_page_is_the_deployed_one_with_the_portals_address_and_policy(tmp_path: Path) -> None:
    made, port = certificate(tmp_path / "embed", NAMES), free_port()
    server = stand_in.serve("127.0.0.1", port, "https://portal.localhost:1", str(made.chain), str(made.key))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    trusting = ssl.create_default_context(cafile=str(made.authority))
    try:
        with urllib.request.urlopen(f"https://localhost:{port}{stand_in.PAGE}", context=trusting) as answer:
            page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    deployed = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert page == deployed.replace(stand_in.EXAMPLE, "https://portal.localhost:1")
    written = re.search(r'Content-Security-Policy "([^"]+)"', (FOLDER / "gitlab.rb").read_text(encoding="utf-8"))
    assert written
    assert policy == written[1].replace(stand_in.EXAMPLE, "https://portal.localhost:1")
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", deployed)


def test_it_is_for_this_machine_alone(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="MODELPORT_BIND"):
        embedding.start(load_settings(data_dir=tmp_path, bind="0.0.0.0:8050"), "same-site")
