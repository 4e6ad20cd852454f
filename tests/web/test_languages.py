"""Which language is answered in, and addresses that keep it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from coalition.core.i18n import localized, negotiate
from coalition.web.language import language_of, link, local_path, same_page


def _request(path: str, query: str = "", accept: str = "") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"accept-language", accept.encode())],
        }
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("ru", "ru"),
        ("ro-MD,ru;q=0.8", "ro"),
        ("mo", "ro"),
        ("en;q=0.1, ru;q=0.5", "ru"),
        ("uk,de;q=0.9", "en"),
        ("ru;q=0,en", "en"),
        ("ru;q=high,ro;q=0.2", "ro"),
        ("*", "en"),
    ],
)
def test_negotiation_takes_the_best_language_of_ours(header: str | None, language: str) -> None:
    assert negotiate(header) == language


@pytest.mark.parametrize(
    ("texts", "language", "text"),
    [
        ({"ro": "unu", "ru": "один", "en": "one"}, "ru", "один"),
        ({"ro": "unu", "en": "one"}, "ru", "unu"),
        ({"ru": "один", "en": "one"}, "ro", "one"),
        ({"uk": "один"}, "en", "один"),
        ({"ro": ""}, "ro", ""),
    ],
)
def test_missing_text_falls_back(texts: dict[str, str], language: str, text: str) -> None:
    assert localized(texts, language) == text


def test_address_fixes_the_language_over_the_browser() -> None:
    assert language_of(_request("/ro/log", accept="ru")) == "ro"
    assert language_of(_request("/log", accept="ru")) == "ru"
    assert language_of(_request("/rolog", accept="ru")) == "ru"


def test_link_keeps_a_fixed_language_and_leaves_out_empty_parts() -> None:
    assert link(_request("/ro/log"), "/activities", [("district", "MD-BA"), ("kind", "")]) == (
        "/ro/activities?district=MD-BA"
    )
    assert link(_request("/log"), "/activities") == "/activities"


def test_switch_of_language_keeps_page_and_filters() -> None:
    assert same_page(_request("/ro/activities", "search=B%C4%83l%C8%9Bi"), "ru") == (
        "/ru/activities?search=B%C4%83l%C8%9Bi"
    )
    assert same_page(_request("/"), "ru") == "/ru/"


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/ro/log?saved=1", "/ro/log?saved=1"),
        (None, "/"),
        ("", "/"),
        ("https://example.org/", "/"),
        ("//example.org/", "/"),
        ("/\\example.org", "/"),
        ("/\t/example.org", "/"),
        ("javascript:alert(1)", "/"),
        ("log", "/"),
    ],
)
def test_only_paths_of_this_site_are_gone_to(target: str | None, path: str) -> None:
    assert local_path(target) == path
