"""Forms: tokens against forged submissions, what was typed, and what is wrong with it."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

from coalition.access.middleware import own_cookie
from coalition.access.origins import is_from_elsewhere
from coalition.core.i18n import translations
from coalition.core.messages import message
from coalition.web.language import language_of

TOKEN_FIELD = "form_token"  # noqa: S105  The name of a field, not a secret.
FORM_TOKEN_REFUSED = "form token refused"  # noqa: S105
VISITOR_COOKIE = "coalition_visitor"


def csrf_token(request: Request) -> str:
    """A token for one form: salted, so that compressed pages do not give it away."""
    salt = secrets.token_hex(8)
    return f"{salt}.{_signature(request, salt)}"


def check_csrf(request: Request, form: FormData) -> None:
    """Raises a 403 unless a page of ours sent the form, with a token made for this sign-in or visitor."""
    salt, _, signature = str(form.get(TOKEN_FIELD, "")).partition(".")
    is_ours = hmac.compare_digest(signature.encode(), _signature(request, salt).encode())
    if is_from_elsewhere(request) or not is_ours:
        raise HTTPException(403, FORM_TOKEN_REFUSED)


def _signature(request: Request, salt: str) -> str:
    key: bytes = request.app.state.secrets.form_key
    return hmac.new(key, f"form:{holder(request)}:{salt}".encode(), "sha256").hexdigest()


def holder(request: Request) -> str:
    """Who a form is for: the sign-in, or the browser of a visitor."""
    sign_in_id = getattr(request.state, "sign_in_id", None)
    return f"sign-in:{sign_in_id}" if sign_in_id else f"visitor:{visitor_id(request)}"


def visitor_id(request: Request) -> str:
    """The random name of a browser that is not signed in; a new one is set as a cookie with the answer."""
    given = request.cookies.get(own_cookie(request.scope, VISITOR_COOKIE))
    known = given or getattr(request.state, "new_visitor_id", None)
    if not known:
        known = request.state.new_visitor_id = secrets.token_urlsafe(16)
    return str(known)


def new_client_id() -> str:
    """Made with each form, so that a form sent twice is one record."""
    return str(uuid4())


async def read_form(request: Request, anchors: Sequence[str] = ()) -> Form:
    """The submitted form, its token checked."""
    data = await request.form(max_files=0, max_fields=400)
    check_csrf(request, data)
    values: dict[str, list[str]] = {}
    for name, value in data.multi_items():
        values.setdefault(name, []).append(str(value))
    return Form(values, anchors, language_of(request))


@dataclass
class Form:
    """What was typed, by field name, and what is wrong with it.

    `anchors` are the places of the page at which an error can be shown, as dotted input paths.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    anchors: Sequence[str] = ()
    language: str = "en"
    errors: dict[str, list[str]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)

    def text(self, name: str) -> str:
        return (self.values.get(name) or [""])[0].strip()

    def optional(self, name: str) -> str | None:
        return self.text(name) or None

    def many(self, name: str) -> list[str]:
        """The chosen values of a field that can be given several times, without empty ones."""
        return [value for value in self.values.get(name, []) if value.strip()]

    def lines(self, name: str) -> list[str]:
        """The lines of a text field, each one entry."""
        return [line.strip() for line in self.text(name).splitlines() if line.strip()]

    def checked(self, name: str) -> bool:
        return bool(self.text(name))

    def number(self, name: str) -> int | None:
        """A whole number, or None with an error noted when something else was typed."""
        typed = "".join(self.text(name).split())
        if not typed:
            return None
        try:
            return int(typed)
        except ValueError:
            self.note(name, translations(self.language).gettext("Give a whole number, in figures."))
            return None

    def number_or(self, name: str, usual: int) -> int:
        """A whole number, or the usual one when nothing was typed."""
        found = self.number(name)
        return usual if found is None else found

    def day(self, name: str) -> str | None:
        """A day as ISO text, or None with an error noted when something else was typed."""
        typed = self.text(name)
        if not typed:
            return None
        try:
            return date.fromisoformat(typed).isoformat()
        except ValueError:
            self.note(name, translations(self.language).gettext("Give a day such as 2026-11-30."))
            return None

    def needed_number(self, name: str) -> int:
        """A whole number; an empty field is noted like a wrong one."""
        found = self.number(name)
        if found is None and name not in self.errors:
            self.note(name, translations(self.language).gettext("Give a whole number, in figures."))
        return found or 0

    def needed_day(self, name: str) -> str | None:
        """A day; an empty field is noted like a wrong one."""
        found = self.day(name)
        if found is None and name not in self.errors:
            self.note(name, translations(self.language).gettext("Give a day such as 2026-11-30."))
        return found

    def needed_choice(self, name: str) -> str | None:
        """A choice of a select whose first line is empty."""
        chosen = self.optional(name)
        if chosen is None:
            self.note(name, message("REQUIRED", {}, self.language), "REQUIRED")
        return chosen

    def texts(self, name: str) -> dict[str, str]:
        """A text in several languages from the fields `name.ro`, `name.ru` and `name.en`."""
        typed = {language: self.text(f"{name}.{language}") for language in ("ro", "ru", "en")}
        return {language: text for language, text in typed.items() if text}

    def needed_texts(self, name: str) -> dict[str, str]:
        """The same; no text at all is noted."""
        found = self.texts(name)
        if not found:
            self.note(name, message("REQUIRED", {}, self.language), "REQUIRED")
        return found

    def note(self, path: str, message: str, code: str = "") -> None:
        """Show `message` at the field that `path` belongs to."""
        self.errors.setdefault(self.anchor(path), []).append(message)
        self.codes.add(code)

    def take(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Show the user errors of a mutation."""
        for fault in faults:
            self.note(".".join(fault.get("field") or []), fault["message"], fault["code"])

    def anchor(self, path: str) -> str:
        """The anchor of a path: itself, the nearest one above it, else the first one below it, else none."""
        parts = path.split(".")
        for length in range(len(parts), 0, -1):
            if (above := ".".join(parts[:length])) in self.anchors:
                return above
        return next((name for name in self.anchors if path and name.startswith(f"{path}.")), "")
