"""organisations.csv: churches, unions, NGOs, state bodies and others, with the lines they stand in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.checks import TITLE_LIMIT
from coalition.core.errors import Refused
from coalition.core.ids import new_id
from coalition.core.tables import date_columns
from coalition.core.text import search_text, sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import Cells, LineRefused
from coalition.intake.lines import Line
from coalition.intake.references import district_of, organisations_listed
from coalition.intake.report import FileReport
from coalition.intake.storing import Loading, Outcome, record_deed, store
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.lines import place_under
from coalition.members.models import Body, Denomination, Organisation, Seat, Territory
from coalition.members.seed import CHURCH_CALENDARS
from coalition.outreach.rollup import take_out_of_organisations

COLUMNS = (
    "org_id", "name_en", "name_local", "kind", "denomination", "denomination_code", "church_body",
    "parent_org_id", "seat_district", "seat_place", "country", "role_in_coalition", "membership",
    "active_from", "source", "as_written", "certainty",
)  # fmt: skip
# The file's own words (data/README.md, "Columns of single files"); the other kinds load by their name.
KINDS = {kind.value.lower(): kind for kind in OrganisationKind} | {
    "church_union": OrganisationKind.UNION,
    "local_church": OrganisationKind.PARISH,
    "faith_based_service": OrganisationKind.FAITH_BASED_NGO,
    "secular_ngo": OrganisationKind.NGO,
    "education": OrganisationKind.SCHOOL,
    "cultural": OrganisationKind.CULTURAL_INSTITUTION,
    "international_faith_network": OrganisationKind.NETWORK,
    "international_network": OrganisationKind.NETWORK,
}
_STATUSES = {
    "": MembershipStatus.NONE,
    "member": MembershipStatus.MEMBER,
    "partner": MembershipStatus.PARTNER,
    "observer": MembershipStatus.OBSERVER,
}
# Changing these does not make the record somebody's own.
_SAID_BY_THE_CHURCH = frozenset({"reckoning", "pascha", "patronal_feast", "patronal_feast_name", "rules"})
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def parents_first(report: FileReport, lines: Sequence[Line]) -> list[Line]:
    """The lines so that parents and church bodies come before those that name them.

    Lines that stand above themselves are noted and left out.
    """
    by_id = {line.cells["org_id"]: line for line in lines}
    while True:
        above = {slug: _named_above(line, by_id) for slug, line in by_id.items()}
        try:
            return [by_id[slug] for slug in TopologicalSorter(above).static_order()]
        except CycleError as error:
            # Each stands directly above the next, and the first is also the last.
            circle: list[str] = error.args[1]
            reason = f"this organisation stands above itself: {' under '.join(reversed(circle))}"
            for slug in circle[1:]:
                line = by_id.pop(slug)
                report.problem(reason, line=line.number, column="parent_org_id")


def _named_above(line: Line, by_id: dict[str, Line]) -> list[str]:
    parent, church_body = line.cells["parent_org_id"], line.cells["church_body"]
    named = [parent] if church_body == line.cells["org_id"] else [parent, church_body]
    return [slug for slug in dict.fromkeys(named) if slug in by_id]


def load_organisation(loading: Loading, cells: Cells) -> Outcome:
    """Store one organisation in its line; a church body that is a member gets its seat in the council."""
    slug = cells.identifier("org_id")
    above = organisations_listed(
        loading.uow, [cells.line.cells["parent_org_id"], cells.line.cells["church_body"]]
    )
    parent = _above(cells, "parent_org_id", above)
    district = district_of(loading.uow, cells, "seat_district")
    denomination = _denomination(loading.uow, cells)
    stored_id = _stored_id(loading.uow, slug)
    # A church body refers to itself.
    organisation_id = stored_id or new_id()
    values = _values(cells, district, denomination)
    if stored_id is None and slug in CHURCH_CALENDARS:
        values["reckoning"], values["pascha"] = CHURCH_CALENDARS[slug]
    if cells.text("church_body") == slug:
        values["church_body_id"] = organisation_id
    else:
        church_body = _above(cells, "church_body", above)
        values["church_body_id"] = church_body.id if church_body else None
    cells.check()
    key = {"slug": slug}
    row, outcome = store(
        loading,
        Organisation,
        key=key,
        values=values,
        parts=[_Parent(parent)],
        kept=_SAID_BY_THE_CHURCH,
        first_id=organisation_id,
        before_change=take_out_of_organisations,
    )
    if row.church_body_id == row.id and row.status is MembershipStatus.MEMBER:
        _ensure_council_seat(loading, row)
    return outcome


def _values(cells: Cells, district: Territory | None, denomination: Denomination | None) -> dict[str, Any]:
    name = _name(cells)
    searched = [*name.values(), cells.text("org_id"), cells.text("seat_place"), cells.text("denomination")]
    searched += [
        *(district.name.values() if district else ()),
        *(denomination.name.values() if denomination else ()),
    ]
    return {
        "name": name,
        "kind": cells.code("kind", KINDS),
        "status": cells.code("membership", _STATUSES),
        "denomination_id": denomination.id if denomination else None,
        "denomination_text": cells.text("denomination"),
        "district_id": district.id if district else None,
        "place": cells.text("seat_place"),
        "country": cells.country("country"),
        "role_in_coalition": cells.text("role_in_coalition"),
        **date_columns("active_from", cells.date("active_from")),
        "source": cells.text("source"),
        "as_written": cells.text("as_written"),
        "certainty": cells.text("certainty"),
        "visibility": Visibility.PUBLIC,
        "search": search_text(searched),
        **{f"sort_{language}": key for language, key in sort_keys(name).items()},
    }


def _name(cells: Cells) -> dict[str, str]:
    name = {"en": cells.required("name_en", limit=TITLE_LIMIT)}
    local = cells.text("name_local")
    if local:
        name["ru" if _CYRILLIC.search(local) else "ro"] = local
    return name


def _denomination(uow: UnitOfWork, cells: Cells) -> Denomination | None:
    if cells.text("denomination_code") is None:
        return None
    return cells.code("denomination_code", {row.code: row for row in uow.db.scalars(sa.select(Denomination))})


def _above(cells: Cells, column: str, known: dict[str, Organisation]) -> Organisation | None:
    slug = cells.text(column)
    if slug is not None and slug not in known:
        cells.fault(column, f"there is no organisation {slug!r}")
    return known.get(slug or "")


def _stored_id(uow: UnitOfWork, slug: str) -> UUID | None:
    return uow.db.scalars(sa.select(Organisation.id).where(Organisation.slug == slug)).one_or_none()


@dataclass(frozen=True)
class _Parent:
    """The organisation directly above, as far back as is known."""

    parent: Organisation | None
    name: str = "parent"

    def differs(self, _loading: Loading, row: Organisation) -> bool:
        """Whether the organisation stands elsewhere."""
        return row.parent_id != (self.parent.id if self.parent else None)

    def write(self, loading: Loading, row: Organisation) -> None:
        """Put the organisation, with all that is below it, there."""
        try:
            place_under(loading.uow, row, self.parent)
        except Refused:
            raise LineRefused([("parent_org_id", "this parent stands below the organisation")]) from None


def _ensure_council_seat(loading: Loading, church_body: Organisation) -> None:
    """One full seat per member church body (DOMAIN.md section 4, Body)."""
    db = loading.uow.db
    council = db.scalars(sa.select(Body).where(Body.code == "council")).one()
    held = sa.select(Seat.id).where(sa.and_(Seat.body_id == council.id, Seat.held_for_id == church_body.id))
    if db.execute(held).first() is None:
        seat = Seat(body_id=council.id, held_for_id=church_body.id, voting=True)
        db.add(seat)
        record_deed(loading, seat, "load")
        db.flush()
