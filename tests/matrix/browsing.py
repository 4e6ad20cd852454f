"""Pages and CSV of the whole application as every caller: which words of which records stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from coalition.access.middleware import SIGN_IN_COOKIE
from tests.factories import NOW
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import Caller, Record
from tests.matrix.rules import is_for, is_named, status_of_pages
from tests.matrix.world import Matrix
from tests.support.application import application, settings_for

# The address of each list and the type of its rows.
LISTINGS = {
    "organisations": "Organisation",
    "activities": "Activity",
    "trainings": "TrainingSession",
    "services": "Service",
    "advocacy": "AdvocacyTarget",
    "statistics": "Statistic",
    "programmes": "Programme",
}
# Pages that show whatever the caller may see there.
OTHERS = ("/en", "/en/people", "/en/places", "/en/capacity?kinds=TEMPORARY_RESIDENCE", "/en/log", "/me.json")
_MARK = re.compile(r"(zq\d{4})([a-z]*)")
_PERSON = re.compile(r"Zz[0-9a-f]{12}")
_SECRETS = {"place": "place", "code": "place", "source": "place", "desk": "desk"}


@dataclass
class Browsing:
    """The application with a browser that can be anybody."""

    client: TestClient
    matrix: Matrix
    by_token: dict[str, Record] = field(default_factory=dict)
    persons: dict[str, Record] = field(default_factory=dict)

    def open(self, caller: Caller, path: str) -> tuple[int, str]:
        """Status and text of a page."""
        secret = self.matrix.secrets.get(caller.name)
        headers = {"Authorization": f"Bearer {secret}"} if caller.sends_token else {}
        self.client.cookies.clear()
        if secret and not caller.sends_token:
            self.client.cookies.set(SIGN_IN_COOKIE, secret)
        answer = self.client.get(path, headers=headers, follow_redirects=False)
        return answer.status_code, unescape(answer.text)

    def pages(self, caller: Caller, listing: str) -> str:
        """The text of all pages of a list."""
        text, path = "", f"/en/{listing}"
        while path:
            status, page = self.open(caller, path)
            assert status == 200, path
            text += page
            onwards = re.search(r'rel="next" href="([^"]+)"', page)
            path = onwards[1] if onwards else ""
        return text


@contextmanager
def browsing(database_url: str, data: Path, matrix: Matrix) -> Iterator[Browsing]:
    """The application on the matrix's database, with its clock where the world stands still."""
    with application(settings_for(database_url, data)) as client:
        client.app.state.units.clock = lambda: NOW  # type: ignore[attr-defined]
        tokens = {record.token: record for record in matrix.by_id.values() if record.token.startswith("zq")}
        persons = {record.token: record for record in matrix.records["Person"]}
        yield Browsing(client, matrix, tokens, persons)


def is_allowed(expecting: Expecting, caller: Caller, record: Record, what: str) -> bool:
    """Whether the caller may read the word `what` of a record; pools and holds stand for their service."""
    if not expecting.sees(caller, record):
        return False
    service = record if record.type == "Service" else record.service
    if service is None or what not in _SECRETS:
        return True
    return is_for(caller, _SECRETS[what], service)


def compare_text(
    browser: Browsing, expecting: Expecting, report: Report, caller: Caller, text: str, way: str
) -> set[tuple[str, str]]:
    """Nothing stands there that the caller may not read; gives back what does."""
    marks = set(_MARK.findall(text))
    for token, what in marks:
        record = browser.by_token[token]
        allowed = is_allowed(expecting, caller, record, what)
        report.compare(caller, f"{record.type}.{what or 'name'} of {record.label}", way, True, allowed)
    for name in set(_PERSON.findall(text)):
        person = browser.persons[name]
        report.compare(caller, f"the name of {person.label}", way, True, is_named(caller, person))
    return marks


def compare_closed(browser: Browsing, report: Report, caller: Caller, path: str) -> None:
    """Nothing at all stands there for a caller who has no pages."""
    status, text = browser.open(caller, path)
    report.compare(caller, "the status", path, status, status_of_pages(caller))
    words = {*_MARK.findall(text), *_PERSON.findall(text)}
    report.compare(caller, "any word of a record", path, words != set(), False)


def compare_list(
    browser: Browsing, expecting: Expecting, report: Report, caller: Caller, listing: str, text: str, way: str
) -> dict[Record, set[str]]:
    """Every row that the caller sees stands there, and no other; gives back which words of each."""
    marks = compare_text(browser, expecting, report, caller, text, way)
    found: dict[Record, set[str]] = {}
    for record in browser.matrix.records[LISTINGS[listing]]:
        words = {what for token, what in marks if token == record.token}
        seen = expecting.sees(caller, record)
        report.compare(caller, f"{record.type}: {record.label}", way, "" in words, seen)
        if seen:
            found[record] = words
    return found


def compare_words(
    expecting: Expecting,
    report: Report,
    caller: Caller,
    found: dict[Record, set[str]],
    shown: set[str],
    way: str,
) -> None:
    """Of each row that the caller sees, whatever this list shows to anybody and to them."""
    for record, words in found.items():
        for what in shown:
            expected = is_allowed(expecting, caller, record, what)
            report.compare(caller, f"{record.type}.{what} of {record.label}", way, what in words, expected)


def detail(record: Record) -> str:
    """The address of a record's own page."""
    return {
        "Organisation": f"/en/o/{record.owner}",
        "Activity": f"/en/a/{record.facts.get('code')}",
        "TrainingSession": f"/en/t/{record.id}",
        "Service": f"/en/s/{record.id}",
    }[record.type]


def compare_detail(
    browser: Browsing, expecting: Expecting, report: Report, caller: Caller, record: Record
) -> None:
    """The page of a record is there for whom the record is; nothing on it is not for them."""
    status, text = browser.open(caller, detail(record))
    seen = expecting.sees(caller, record)
    report.compare(caller, f"{record.type}: {record.label}", "its page", status, 200 if seen else 404)
    marks = compare_text(browser, expecting, report, caller, text if seen else "", "its page")
    for what in ("source", "desk") if record.type == "Service" else ():
        expected = seen and is_allowed(expecting, caller, record, what)
        report.compare(
            caller, f"Service.{what} of {record.label}", "its page", (record.token, what) in marks, expected
        )
