"""Invented organisations: lines of church bodies, dioceses, deaneries and parishes, and associations."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from uuid import UUID

from coalition.core.actor import Visibility
from coalition.core.text import sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation, OrganisationLine
from coalition.members.synthetic import SYNTHETIC_SOURCE
from coalition.synthesis.scenery import MADE, Invented, Place, Progress, Scenery, shared_as
from coalition.synthesis.sheets import Row, Sheet, in_chunks, numbered_id
from coalition.synthesis.words import invented_name, searchable

ORGANISATION, LINE = 1, 2
# Of each thousand that are no church bodies: associations, dioceses and deaneries; the rest are parishes.
_ASSOCIATIONS, _DIOCESES, _DEANERIES = 100, 4, 40
_WORDS = {
    OrganisationKind.CHURCH: "church",
    OrganisationKind.DIOCESE: "diocese",
    OrganisationKind.DEANERY: "deanery",
    OrganisationKind.PARISH: "parish",
    OrganisationKind.NGO: "association",
}
_COLUMNS = (
    "id", "slug", "name", "kind", "status", "denomination_id", "church_body_id", "parent_id", "district_id",
    "place", "country", "languages", "patronal_feast_name", "source", "visibility", "search",
    "sort_ro", "sort_ru", "sort_en", *MADE,
)  # fmt: skip


def write_organisations(uow: UnitOfWork, scenery: Scenery, count: int, progress: Progress) -> None:
    """Write `count` organisations with their lines, the coalition and the church bodies among them."""
    random = Random("organisations")  # noqa: S311  The same rows each time.
    rows = Sheet(uow, Organisation, *_COLUMNS)
    lines = Sheet(uow, OrganisationLine, "id", "ancestor_id", "descendant_id", "depth")
    numbers = iter(range(10**9))
    for chunk in in_chunks(_invented(random, scenery, count)):
        scenery.organisations.extend(chunk)
        rows.write([_row(random, scenery, each) for each in chunk])
        lines.write(
            [
                (numbered_id(LINE, next(numbers)), above, each.id, depth)
                for each in chunk
                for depth, above in enumerate((each.id, *each.above))
            ]
        )
        progress("organisations", len(scenery.organisations), count)


def _invented(random: Random, scenery: Scenery, count: int) -> Iterator[Invented]:
    """The organisations, those above before those below."""
    yield _coalition()
    bodies = [
        _organisation(random, OrganisationKind.CHURCH, number, denomination)
        for number, denomination in enumerate(scenery.denominations, start=1)
    ]
    yield from bodies
    others = max(0, count - 1 - len(bodies))
    plan = [
        (OrganisationKind.DIOCESE, max(len(bodies), others * _DIOCESES // 1000)),
        (OrganisationKind.DEANERY, max(len(bodies), others * _DEANERIES // 1000)),
        (OrganisationKind.NGO, others * _ASSOCIATIONS // 1000),
    ]
    plan.append((OrganisationKind.PARISH, max(0, others - sum(size for _, size in plan))))
    number, above = len(bodies), bodies
    for kind, size in plan:
        made = []
        for _ in range(size):
            number += 1
            over = None if kind is OrganisationKind.NGO else above[number % len(above)]
            made.append(_organisation(random, kind, number, None, over))
        yield from made
        above = above if kind is OrganisationKind.NGO else made


def _coalition() -> Invented:
    name = {"en": "Synthetic coalition", "ro": "Coaliție sintetică", "ru": "Синтетическая коалиция"}
    # Pages and roles look for the coalition itself by this slug.
    return Invented(
        numbered_id(ORGANISATION, 0), 0, "coalition", OrganisationKind.COALITION, name, Visibility.PUBLIC
    )


def _organisation(
    random: Random,
    kind: OrganisationKind,
    number: int,
    denomination: Place | None = None,
    over: Invented | None = None,
) -> Invented:
    own_id = numbered_id(ORGANISATION, number)
    word = _WORDS[kind]
    is_body = kind is OrganisationKind.CHURCH
    return Invented(
        own_id,
        number,
        f"synthetic-{word}-{number}",
        kind,
        invented_name(random, word, number),
        Visibility.PUBLIC if kind is not OrganisationKind.PARISH else shared_as(random, public=0.97),
        denomination.id if denomination else over.denomination if over else None,
        own_id if is_body else over.church_body if over else None,
        (over.id, *over.above) if over else (),
    )


def _row(random: Random, scenery: Scenery, organisation: Invented) -> Row:
    district = random.choice(scenery.districts)
    confessions = {each.id: each for each in scenery.denominations}
    confession = confessions.get(organisation.denomination) if organisation.denomination else None
    keys = sort_keys(organisation.name)
    place = f"Synthetic village {organisation.number}"
    searched = [*organisation.name.values(), organisation.slug, place, *district.texts]
    return (
        organisation.id,
        organisation.slug,
        organisation.name,
        organisation.kind,
        MembershipStatus.PARTNER if organisation.kind is OrganisationKind.NGO else MembershipStatus.MEMBER,
        organisation.denomination,
        organisation.church_body,
        _parent(organisation),
        district.id,
        place,
        district.country,
        ["ro", "ru"] if random.random() < 0.3 else ["ro"],
        {},
        SYNTHETIC_SOURCE,
        organisation.visibility,
        searchable([*searched, *(confession.texts if confession else ())]),
        keys["ro"],
        keys["ru"],
        keys["en"],
        *scenery.made(),
    )


def _parent(organisation: Invented) -> UUID | None:
    return organisation.above[0] if organisation.above else None
