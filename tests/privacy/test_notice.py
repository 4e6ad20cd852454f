"""The privacy notice and the record of processing say what the software does."""

from __future__ import annotations

import re
from dataclasses import fields
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from coalition.access.retention import RetentionPeriods
from coalition.core.i18n import LANGUAGES, translations
from coalition.members.consents import NOTICE_VERSION
from coalition.settings import DEFAULTS
from tests.web.site import Site

RECORD = Path(__file__).parents[2] / "docs" / "privacy" / "record-of-processing.md"
# Who changes a word of the notice gives it a new day, and puts the new hash here: consents refer to it.
TEXTS = {"2026-11-25": "001a263b38bd1695"}


def _notice() -> str:
    return files("coalition.web").joinpath("templates", "privacy.html").read_text("utf-8")


def _sentences() -> list[str]:
    return re.findall(r'_\("((?:[^"\\]|\\.)*)"', _notice())


def test_text_of_the_notice_changes_only_with_its_day() -> None:
    assert TEXTS[NOTICE_VERSION] == sha256(_notice().encode()).hexdigest()[:16]


def test_notice_is_whole_in_every_language() -> None:
    for language in set(LANGUAGES) - {"en"}:
        catalogue = translations(language)
        assert [text for text in _sentences() if catalogue.gettext(text) == text] == []


def test_record_of_processing_has_the_periods_of_the_settings() -> None:
    rows = re.findall(r"\| `(COALITION_RETENTION_\w+)` \| (\d+) \|", RECORD.read_text("utf-8"))

    assert dict(rows) == {name: value for name, value in DEFAULTS.items() if "_RETENTION_" in name}
    assert len(rows) == len(fields(RetentionPeriods))


def test_notice_shows_the_periods_and_the_contact_of_this_installation(reader: Site) -> None:
    state = reader.client.app.state  # type: ignore[attr-defined]
    periods, contact = state.retention, state.privacy_contact
    state.retention, state.privacy_contact = RetentionPeriods(holds_days=41), "oficiu@example.org"
    try:
        told = {language: reader.open(f"/{language}/privacy").text for language in LANGUAGES}
    finally:
        state.retention, state.privacy_contact = periods, contact

    assert "Who held places: 41 days after the hold ends." in told["en"]
    assert "Cine a rezervat locuri: 41 de zile după ce se încheie rezervarea." in told["ro"]
    assert "Кто бронировал места: 41 день после окончания брони." in told["ru"]
    assert all("oficiu@example.org" in text for text in told.values())
    assert "Text of 25 November 2026." in told["en"]
    assert "the coordinator of your church" in reader.open("/en/privacy").text
