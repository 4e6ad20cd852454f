"""A browser without scripts: opens pages, fills in their forms, and reads what they say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from coalition.access.middleware import SIGN_IN_COOKIE
from tests.support.signed_in import cookie_of, needs_code

Fields = dict[str, list[str]]


@dataclass
class HTMLForm:
    """A form as it was sent: where it goes, and what stands in it."""

    action: str
    method: str
    fields: Fields = field(default_factory=dict)


class _Reader(HTMLParser):
    """Collects forms with their values, and the text of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[HTMLForm] = []
        self.text: list[str] = []
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(HTMLForm(given["action"], given.get("method", "get")))
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option":
            self._options.append((given["value"], "selected" in given))
        elif tag == "textarea":
            self._area = given["name"]
            self._put(self._area, "")

    def _input(self, given: dict[str, str]) -> None:
        if given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self._put(given["name"], given.get("value", ""))

    def _put(self, name: str, value: str) -> None:
        self.forms[-1].fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._options:
            chosen = [value for value, selected in self._options if selected]
            self._put(self._select, (chosen or [self._options[0][0]])[0])
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] = [data]
        if data.strip():
            self.text.append(" ".join(data.split()))


@dataclass
class ShownPage:
    """What came back."""

    status: int
    address: str
    html: str
    headers: dict[str, str]

    @property
    def forms(self) -> list[HTMLForm]:
        return self._read().forms

    @property
    def text(self) -> str:
        return " ".join(self._read().text)

    def form(self, action: str) -> HTMLForm:
        """The form that goes to `action`."""
        return next(form for form in self.forms if form.action == action)

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader


@dataclass
class Site:
    """One browser on the demo coalition."""

    client: TestClient
    data: Path

    def open(self, path: str, **headers: str) -> ShownPage:
        return self._shown(self.client.get(path, headers=headers))

    def send(self, form: HTMLForm, **changes: str | list[str]) -> ShownPage:
        """Send a form with some fields changed (a `__` in a name is a full stop)."""
        given = {name.replace("__", "."): value for name, value in changes.items()}
        return self._shown(self.client.post(form.action, data={**form.fields, **given}))

    def account(self, role: str, organisation: str = "") -> dict[str, Any]:
        accounts = json.loads((self.data / "demo.json").read_text("utf-8"))["accounts"]
        return next(
            each for each in accounts if each["role"] == role and organisation in ("", each["organisation"])
        )

    def sign_in(self, role: str, organisation: str = "") -> None:
        account = self.account(role, organisation)
        if needs_code(account):
            state = self.client.app.state  # type: ignore[attr-defined]
            cookie = cookie_of(state.units, state.secrets, account["email"])
            # As the server sets it, so that the next sign-in takes its place.
            self.client.cookies.set(SIGN_IN_COOKIE, cookie, domain=self.client.base_url.host)
            return
        form = self.open("/en/sign-in").form("/en/sign-in")
        answer = self.send(form, email=account["email"], password=account["password"])
        assert answer.address == "/en"

    def _shown(self, response: Any) -> ShownPage:
        address = response.url.raw_path.decode()
        return ShownPage(response.status_code, address, response.text, dict(response.headers))
