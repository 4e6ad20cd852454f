"""Addresses that an app can be sent back to."""

from __future__ import annotations

import pytest

from coalition.access.redirects import is_redirect_address

GOOD = (
    "https://app.example.org/back",
    "https://app.example.org:8443/back?from=coalition",
    "https://app.example.org",
)
LOOPBACK = ("http://127.0.0.1/back", "http://127.0.0.1:8400/back", "http://[::1]:8400/back")
BAD = (
    "",
    "back",
    "//app.example.org/back",
    "http://app.example.org/back",
    "http://localhost:8400/back",
    "http://127.0.0.1.example.org/back",
    "http://127.0.0.1@example.org/back",
    "http://2130706433/back",
    "https://*.example.org/back",
    "https://app.example.org/*",
    "https://app.example.org/back#part",
    "https://app.example.org/back#",
    "https://user@app.example.org/back",
    "https://app.example.org/a/../back",
    "https://app.example.org\\@example.com/",
    "https://app.example.org/ba ck",
    "https://app.example.org/back\n",
    "https://àpp.example.org/back",
    "https://localhost/back",
    "https://app.example.org./back",
    "https://app.example.org:99999/back",
    "https://[::1/back",
    "javascript:alert(1)",
    "data:text/html,x",
    "com.example.app:/back",
    "HTTPS://",
    f"https://app.example.org/{'a' * 500}",
)


@pytest.mark.parametrize("address", GOOD)
def test_https_is_for_every_app(address: str) -> None:
    assert is_redirect_address(address, installed=False)
    assert is_redirect_address(address, installed=True)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_is_for_installed_ones(address: str) -> None:
    assert is_redirect_address(address, installed=True)
    assert not is_redirect_address(address, installed=False)


@pytest.mark.parametrize("address", BAD)
def test_anything_else_is_for_none(address: str) -> None:
    assert not is_redirect_address(address, installed=True)
    assert not is_redirect_address(address, installed=False)
