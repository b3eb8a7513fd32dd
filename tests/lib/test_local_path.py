"""An address to come back to never leads elsewhere."""

import pytest

from app.lib.local_path import local_path


@pytest.mark.parametrize("path", ["/", "/endpoints", "/endpoints?q=a%20b&page=2", "/catalogue/vllm/Qwen3-8B", "/a:b@c"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "endpoints",
        "https://evil.example",
        "http:evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        " //evil.example",
        "/ /evil.example",
        "/.//evil.example",
        "/..//evil.example",
        "/a/..//evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\u2044evil.example",
        "/\uff0fevil.example",
        "/\x00",
        "/" + "a" * 2000,
        "//[",
    ],
)
def test_whatever_could_lead_elsewhere_leads_home(address: str | None) -> None:
    assert local_path(address) == "/"
