"""advocacy.csv, statistics.csv, programme.csv and partnership.csv: what others published about the field."""

from __future__ import annotations

import re
from typing import Any

from coalition.core.actor import Visibility
from coalition.core.checks import TITLE_LIMIT
from coalition.core.tables import UNDATED, date_columns
from coalition.intake.cells import Cells
from coalition.intake.dates import (
    STATED,
    certainties,
    certainties_beside,
    date_note,
    precision_text,
)
from coalition.intake.references import name_of, names_of
from coalition.intake.storing import Loading, Outcome, store
from coalition.outreach.enums import AdvocacyKind, AdvocacyStage
from coalition.outreach.models import AdvocacyTarget, PartnershipAssessment, Programme, Statistic

ADVOCACY_COLUMNS = (
    "advocacy_id", "name", "kind", "number", "issuer", "date", "date_precision", "stage", "period_from",
    "period_to", "amount", "currency", "source", "as_written",
)  # fmt: skip
STATISTIC_COLUMNS = (
    "stat_id", "period_from", "period_to", "indicator", "population", "sex", "age_group", "form",
    "destination", "value", "unit", "qualifier", "publisher", "source", "as_written",
)  # fmt: skip
PROGRAMME_COLUMNS = (
    "programme_id", "programme", "donor", "implementers", "partners", "countries", "period_from",
    "period_to", "amount", "currency", "amount_note", "source", "as_written",
)  # fmt: skip
PARTNERSHIP_COLUMNS = ("actor", "aims", "challenges", "assessment_as_written", "assessment", "year", "source")
_KINDS = {kind.value.lower(): kind for kind in AdvocacyKind}
_STAGES = {stage.value.lower(): stage for stage in AdvocacyStage}
_CURRENCY = re.compile(r"[A-Z]{3}")


def load_advocacy(loading: Loading, cells: Cells) -> Outcome:
    """Store one legal or policy step; the doubts of `date_precision` concern its date, not its period."""
    code = cells.identifier("advocacy_id")
    dated = cells.date("date", certainties(precision_text(cells))[0])
    values = {
        **_published(loading, cells),
        "kind": cells.code("kind", _KINDS),
        "name": {"en": cells.required("name", limit=TITLE_LIMIT)},
        "number": cells.text("number"),
        "issuer": name_of(loading.uow, cells.text("issuer")),
        "stage": cells.code("stage", _STAGES),
        **date_columns("dated_on", dated),
        "date_note": date_note(cells),
        **_period(cells),
        "sort_on": dated.date if dated else UNDATED,
        **_money(cells),
    }
    cells.check()
    return store(loading, AdvocacyTarget, key={"code": code}, values=values)[1]


def load_statistic(loading: Loading, cells: Cells) -> Outcome:
    """Store one published figure, with the words of its source for whom it counts."""
    code = cells.identifier("stat_id")
    as_they_stand = ("population", "sex", "age_group", "form", "destination", "qualifier", "publisher")
    value = cells.number("value")
    if value is None:
        cells.required("value")
    values = {
        **_published(loading, cells),
        "position": cells.line.number,
        "indicator": cells.required("indicator"),
        **{column: cells.text(column) for column in as_they_stand},
        "value": value,
        "unit": cells.required("unit"),
        **_period(cells, cells.text("qualifier")),
    }
    cells.check()
    return store(loading, Statistic, key={"code": code}, values=values)[1]


def load_programme(loading: Loading, cells: Cells) -> Outcome:
    """Store one programme of a donor."""
    code = cells.identifier("programme_id")
    values = {
        **_published(loading, cells),
        "position": cells.line.number,
        "name": cells.required("programme", limit=TITLE_LIMIT),
        "donors": names_of(loading.uow, cells.many("donor")),
        "implementers": names_of(loading.uow, cells.many("implementers")),
        "partners": names_of(loading.uow, cells.many("partners")),
        "countries": cells.many("countries"),
        **_period(cells, cells.text("amount_note")),
        **_money(cells),
        "amount_note": cells.text("amount_note"),
    }
    cells.check()
    return store(loading, Programme, key={"code": code}, values=values)[1]


def load_partnership(loading: Loading, cells: Cells) -> Outcome:
    """Store what the assessment said of one group of partners."""
    actor = cells.identifier("actor")
    year = cells.whole_number("year", maximum=9999)
    if year is None:
        cells.required("year")
    values = {
        "aims": cells.many("aims"),
        "challenges": cells.many("challenges"),
        "assessment_as_written": cells.required("assessment_as_written"),
        "assessment": cells.required("assessment"),
        "year": year,
        "source": cells.text("source"),
    }
    cells.check()
    return store(loading, PartnershipAssessment, key={"actor": actor}, values=values)[1]


def _published(loading: Loading, cells: Cells) -> dict[str, Any]:
    return {
        "owner_id": loading.owner,
        "visibility": Visibility.PUBLIC,
        "source": cells.text("source"),
        "as_written": cells.text("as_written"),
    }


def _period(cells: Cells, doubts: str | None = None) -> dict[str, Any]:
    certain = certainties_beside(doubts) if doubts else (STATED, STATED)
    start, end = cells.period("period_from", "period_to", certain)
    return {**date_columns("period_from", start), **date_columns("period_to", end)}


def _money(cells: Cells) -> dict[str, Any]:
    amount, currency = cells.number("amount"), cells.text("currency")
    if currency is not None and not _CURRENCY.fullmatch(currency):
        cells.fault("currency", f"{currency!r} is no ISO 4217 code such as MDL")
    if amount is not None and currency is None:
        cells.fault("currency", "an amount needs its currency")
    return {"amount": amount, "currency": currency}
