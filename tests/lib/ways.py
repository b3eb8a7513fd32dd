"""The three ways through the door: what is set for a target has to hold on each of them."""

from collections.abc import Callable

import pytest

from app.lib.http import Call, Door, StageName
from app.lib.tls import TlsOptions
from app.lib.urls import Address

Way = Callable[[Door, Address, TlsOptions], bool]


def by_stages(door: Door, address: Address, tls: TlsOptions) -> bool:
    """Whether the connection was opened to its end."""
    return [stage.name for stage in door.stages(address, tls)][-1] is StageName.TLS


def by_send(door: Door, address: Address, tls: TlsOptions) -> bool:
    """Whether the server answered."""
    return door.send(Call("GET", address, tls=tls)).body == b"ok"


def by_stream(door: Door, address: Address, tls: TlsOptions) -> bool:
    """Whether the server answered."""
    with door.stream(Call("GET", address, tls=tls)) as answer:
        return b"".join(answer.chunks()) == b"ok"


on_every_way = pytest.mark.parametrize("way", [by_stages, by_send, by_stream])
