"""Which language a page speaks, and links that keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request

from coalition.core.i18n import LANGUAGES, negotiate

LANGUAGE_NAMES = {"ro": "Română", "ru": "Русский", "en": "English"}
_PREFIX = re.compile(r"^/(ro|ru|en)(?=/|$)")

Query = Iterable[tuple[str, str]]


class LanguageConvertor(Convertor[str]):
    """The first part of an address that fixes the language."""

    regex = "ro|ru|en"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("language", LanguageConvertor())


def fixed_language(request: Request) -> str | None:
    """The language that the address fixes, or None."""
    match = _PREFIX.match(request.url.path)
    return match[1] if match else None


def language_of(request: Request) -> str:
    """The language of the address, else of the account, else of the browser, else English."""
    actor = getattr(request.state, "actor", None)
    account = actor.language if actor else None
    wished = fixed_language(request) or account
    return wished if wished in LANGUAGES else negotiate(request.headers.get("accept-language"))


def link(request: Request, path: str, query: Query = ()) -> str:
    """An address of ours, in the language that the present address fixes, if it fixes one."""
    fixed = fixed_language(request)
    return _joined(f"/{fixed}{path}" if fixed else path, query)


def same_page(request: Request, language: str) -> str:
    """The present page in another language, with its filters."""
    plain = _PREFIX.sub("", request.url.path) or "/"
    return _joined(f"/{language}{plain}", request.query_params.multi_items())


def local_path(target: str | None) -> str:
    """`target` if it is a path of this site, else the home page: nobody is sent elsewhere."""
    if not target or not target.startswith("/") or re.search(r"[\\\x00-\x20]", target):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc or target.startswith("//") else target


def _joined(path: str, query: Query) -> str:
    kept = [(name, value) for name, value in query if value]
    return f"{path}?{urlencode(kept)}" if kept else path
