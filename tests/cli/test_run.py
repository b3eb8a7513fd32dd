"""`run`: what it says of ports and of the way in over ssh."""

import socket
from getpass import getuser

import pytest

from app.cli.console import Refused
from app.cli.parser import main
from app.cli.run import _require_free, ssh_line


@pytest.mark.parametrize(
    ("connection", "line"),
    [
        ("", ""),
        ("10.0.0.1 50022 10.0.0.2 22", f"ssh -L 8050:127.0.0.1:8050 -L 8051:127.0.0.1:8051 {getuser()}@10.0.0.2"),
        ("::1 50022 fd00::2 2222", f"ssh -L 8050:127.0.0.1:8050 -L 8051:127.0.0.1:8051 -p 2222 {getuser()}@fd00::2"),
    ],
)
def test_over_ssh_both_ports_come_to_the_persons_machine(connection: str, line: str):
    assert ssh_line(connection, 8050, 2) == line


def test_a_port_in_use_is_named_with_its_setting():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Refused, match=r"MODELPORT_BIND: 127\.0\.0\.1:"),
    ):
        _require_free("127.0.0.1", taken.getsockname()[1])


def test_the_evaluation_stays_on_this_machine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("MODELPORT_BIND", "0.0.0.0:0")
    assert main(["run"]) == 2
    assert "bind to 127.0.0.1 or set an issuer" in capsys.readouterr().err
