"""Invented activities of three years with who takes part, where, about what and whom they reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from coalition.core.enums import Qualifier
from coalition.core.partial_date import DatePrecision, PartialDate, given_date
from coalition.core.tables import span
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import OrganisationKind
from coalition.members.synthetic import SYNTHETIC_SOURCE
from coalition.outreach.enums import ActivityKind, ActivityStatus, AgeBand, ParticipantRole, ReachMethod, Sex
from coalition.outreach.models import (
    Activity,
    ActivityCounter,
    ActivityDistrict,
    ActivityParticipant,
    ActivityReach,
    ActivityTopic,
)
from coalition.synthesis.scenery import MADE, Invented, Place, Progress, Scenery, shared_as
from coalition.synthesis.sheets import Row, Sheet, in_chunks, numbered_id
from coalition.synthesis.words import invented_name, searchable

ACTIVITY, REACH = 3, 4
DAYS = 3 * 365
_KINDS = (
    (ActivityKind.PREVENTION, "lesson", 40),
    (ActivityKind.AWARENESS, "march", 35),
    (ActivityKind.ADVOCACY, "letter", 10),
    (ActivityKind.COORDINATION, "evening", 15),
)
_SHARES = [share for _, _, share in _KINDS]
_PARTS = (ParticipantRole.IMPLEMENTING, ParticipantRole.HOSTING, ParticipantRole.MEDIA)
_AGES = tuple(AgeBand)
_SEXES = tuple(Sex)
_REACH_COLUMNS = ("id", "activity_id", "position", "sex", "age_band", "count", "method", "qualifier")
_COUNT, _METHOD = _REACH_COLUMNS.index("count"), _REACH_COLUMNS.index("method")
_PLACE = "Synthetic hall"
_COLUMNS = (
    "id", "code", "owner_id", "visibility", "is_loaded", "kind", "title", "status",
    "starts_on", "starts_on_precision", "starts_on_certainty", "starts_on_text",
    "ends_on", "ends_on_precision", "ends_on_certainty", "ends_on_text",
    "first_day", "last_day", "sort_on", "country", "place", "audience", "materials", "organiser_names",
    "people_reached", "cancel_reason", "source", "search", *MADE,
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """An activity with the rows of its children."""

    row: Row
    participants: list[Row]
    districts: list[Row]
    topics: list[Row]
    reach: list[Row]


class Sheets:
    """Where activities are written."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._activities = Sheet(uow, Activity, *_COLUMNS)
        self._participants = Sheet(
            uow, ActivityParticipant, "activity_id", "organisation_id", "role", "position"
        )
        self._districts = Sheet(uow, ActivityDistrict, "activity_id", "district_id", "position")
        self._topics = Sheet(uow, ActivityTopic, "activity_id", "topic_id", "position")
        self._reach = Sheet(uow, ActivityReach, *_REACH_COLUMNS)
        self._counters = Sheet(uow, ActivityCounter, "organisation_id", "year", "last_number")

    def write(self, made: list[Made]) -> None:
        """Store activities, each before its children."""
        self._activities.write([each.row for each in made])
        self._participants.write([row for each in made for row in each.participants])
        self._districts.write([row for each in made for row in each.districts])
        self._topics.write([row for each in made for row in each.topics])
        self._reach.write([row for each in made for row in each.reach])

    def write_counters(self, numbers: Counter[tuple[UUID, int]]) -> None:
        """Store the last number given in each organisation and year, so that logging goes on from there."""
        for chunk in in_chunks((*key, last) for key, last in numbers.items()):
            self._counters.write(chunk)


def write_activities(uow: UnitOfWork, scenery: Scenery, count: int, progress: Progress) -> None:
    """Write `count` activities, spread evenly over three years until the day of the load set."""
    random = Random("activities")  # noqa: S311  The same rows each time.
    leads = [each for each in scenery.organisations if each.kind is not OrganisationKind.COALITION]
    sheets, numbers, done = Sheets(uow), Counter[tuple[UUID, int]](), 0
    for chunk in in_chunks(range(count)):
        sheets.write([_activity(random, scenery, leads, numbers, each) for each in chunk])
        done += len(chunk)
        progress("activities", done, count)
    sheets.write_counters(numbers)


def _activity(
    random: Random, scenery: Scenery, leads: list[Invented], numbers: Counter[tuple[UUID, int]], number: int
) -> Made:
    own_id, lead = numbered_id(ACTIVITY, number), random.choice(leads)
    kind, word = _kind(random)
    starts_on = _start(random, scenery.as_of)
    ends_on = _end(random, starts_on)
    first_day, last_day = span(starts_on, ends_on)
    numbers[lead.id, starts_on.date.year] += 1
    code = f"{lead.slug}-{starts_on.date.year}-{numbers[lead.id, starts_on.date.year]}"
    title = invented_name(random, word, number)
    others = _others(random, leads, lead)
    districts = _some(random, scenery.districts, (0.05, 0.85, 0.1))
    topics = _topics(random, scenery, kind)
    reach = _reach(random, own_id, number)
    status = _status(random, last_day or scenery.as_of, scenery.as_of)
    row = (
        own_id, code, lead.id, shared_as(random, public=0.8), False, kind, title, status,
        starts_on.date, starts_on.precision, starts_on.certainty, starts_on.text,
        *((ends_on.date, ends_on.precision, ends_on.certainty, ends_on.text) if ends_on else (None,) * 4),
        first_day, last_day, starts_on.date, districts[0].country if districts else None,
        _PLACE, [], [], [], _people_reached(reach),
        "Synthetic reason" if status is ActivityStatus.CANCELLED else None, SYNTHETIC_SOURCE,
        _search(code, lead, title, others, [*districts, *topics]),
        *scenery.made(),
    )  # fmt: skip
    return Made(
        row,
        [(own_id, lead.id, ParticipantRole.LEAD, 0), *_parts(random, own_id, others)],
        [(own_id, each.id, place) for place, each in enumerate(districts)],
        [(own_id, each.id, place) for place, each in enumerate(topics)],
        reach,
    )


def _kind(random: Random) -> tuple[ActivityKind, str]:
    kind, word, _ = random.choices(_KINDS, _SHARES)[0]
    return kind, word


def _start(random: Random, as_of: date) -> PartialDate:
    """A day of the last three years; some are known to the month or year only."""
    drawn, day = random.random(), as_of - timedelta(days=random.randrange(DAYS))
    if drawn < 0.9:
        return given_date(day, DatePrecision.DAY)
    return given_date(day, DatePrecision.MONTH if drawn < 0.99 else DatePrecision.YEAR)


def _end(random: Random, starts_on: PartialDate) -> PartialDate | None:
    if starts_on.precision is not DatePrecision.DAY or random.random() > 0.1:
        return None
    return given_date(starts_on.date + timedelta(days=random.randint(1, 4)), DatePrecision.DAY)


def _status(random: Random, last_day: date, as_of: date) -> ActivityStatus:
    if last_day > as_of:
        return ActivityStatus.PLANNED
    return ActivityStatus.CANCELLED if random.random() < 0.03 else ActivityStatus.HELD


def _some(random: Random, choices: Any, shares: tuple[float, ...]) -> list[Place]:
    """None, one, two … of the choices, as often as the shares say."""
    drawn, wanted = random.random(), 0
    for share in shares:
        drawn -= share
        if drawn < 0:
            break
        wanted += 1
    return random.sample(choices, min(wanted, len(choices), len(shares) - 1))


def _topics(random: Random, scenery: Scenery, kind: ActivityKind) -> list[Place]:
    """One to three topics; prevention has a cause."""
    first = random.choice(scenery.causes if kind is ActivityKind.PREVENTION else scenery.topics)
    return [first, *(each for each in _some(random, scenery.topics, (0.4, 0.4, 0.2)) if each.id != first.id)]


def _others(random: Random, leads: list[Invented], lead: Invented) -> list[Invented]:
    drawn = random.random()
    wanted = 0 if drawn < 0.6 else 1 if drawn < 0.9 else 2
    return [each for each in random.sample(leads, min(wanted, len(leads))) if each.id != lead.id]


def _parts(random: Random, activity_id: UUID, others: Iterable[Invented]) -> list[Row]:
    return [
        (activity_id, each.id, random.choice(_PARTS), place) for place, each in enumerate(others, start=1)
    ]


def _reach(random: Random, activity_id: UUID, number: int) -> list[Row]:
    """Nothing, or one to three counts."""
    drawn = random.random()
    wanted = 0 if drawn < 0.2 else 1 if drawn < 0.6 else 2 if drawn < 0.85 else 3
    return [
        (
            numbered_id(REACH, 3 * number + place),
            activity_id,
            place,
            random.choice(_SEXES),
            random.choice(_AGES),
            random.randint(3, 120),
            ReachMethod.DIGITAL if random.random() < 0.05 else ReachMethod.HEADCOUNT,
            Qualifier.ABOUT if random.random() < 0.2 else Qualifier.EXACT,
        )
        for place in range(wanted)
    ]


def _people_reached(reach: list[Row]) -> int | None:
    """What `people_reached` makes of such rows, without a model for each."""
    counts = [row[_COUNT] for row in reach if row[_METHOD] is not ReachMethod.DIGITAL]
    return sum(counts) if counts else None


def _search(
    code: str, lead: Invented, title: dict[str, str], others: list[Invented], places: list[Place]
) -> str:
    """What `activity_search` makes of such an activity."""
    parts = [*code.split("-"), *(word for text in title.values() for word in text.split())]
    parts += _PLACE.split()
    for organisation in (lead, *others):
        parts += organisation.searched
    for place in places:
        parts += place.texts
    return searchable(parts)
