"""A name server in a dictionary: what `socket.getaddrinfo` answers in a test, and how often it was asked."""

import socket
from collections import Counter
from typing import Any

import pytest

LOOKUP = socket.getaddrinfo


class Names:
    """Each name has a list of answers; an answer is a list of addresses, and the last one stays."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.asked: Counter[str] = Counter()
        self._answers: dict[str, list[list[str]]] = {}
        patch.setattr(socket, "getaddrinfo", self._look_up)

    def say(self, name: str, *answers: list[str]) -> None:
        """The answers to this name, in their order."""
        self._answers[name] = list(answers)

    def _look_up(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        self.asked[str(host)] += 1
        answers = self._answers.get(str(host))
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        ips = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_entry(ip, port) for ip in ips]


def _entry(ip: str, port: int) -> tuple[Any, ...]:
    family, where = (socket.AF_INET6, (ip, port, 0, 0)) if ":" in ip else (socket.AF_INET, (ip, port))
    return (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)
