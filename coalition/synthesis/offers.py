"""Invented services with their places, and training sessions that were and that come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus
from coalition.assistance.models import CapacityPool, Service, ServiceKind
from coalition.core.partial_date import DatePrecision, given_date
from coalition.core.text import sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import OrganisationKind
from coalition.members.synthetic import SYNTHETIC_SOURCE
from coalition.synthesis.scenery import MADE, Invented, Progress, Scenery, shared_as
from coalition.synthesis.sheets import Row, Sheet, in_chunks, numbered_id
from coalition.synthesis.words import invented_name, searchable
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import TrainingOrganiser, TrainingSession, TrainingTopic

SERVICE, POOL, TRAINING = 5, 6, 7
_SERVICE_COLUMNS = (
    "id", "owner_id", "visibility", "provider_id", "name", "outside_name", "protected", "status",
    "district_id", "place", "country", "languages", "target_groups", "source", "search", "search_outside",
    "sort_ro", "sort_ru", "sort_en", "outside_sort_ro", "outside_sort_ru", "outside_sort_en", *MADE,
)  # fmt: skip
_POOL_COLUMNS = (
    "id", "service_id", "position", "unit", "maximum", "occupied", "confirmed_at", "confirmed_by", "stale_at",
)  # fmt: skip
_TRAINING_COLUMNS = (
    "id", "owner_id", "visibility", "title", "status", "record",
    "starts_on", "starts_on_precision", "starts_on_certainty", "starts_on_text",
    "first_day", "last_day", "sort_on", "district_id", "country", "place", "organiser_names", "funders",
    "audience", "languages", "sessions_count", "capacity", "source", "search", *MADE,
)  # fmt: skip
_STATUSES, _SHARES = (ServiceStatus.ACTIVE, ServiceStatus.PLANNED, ServiceStatus.DRAFT), (18, 1, 1)
# A load set is measured for years: its confirmed numbers are trusted all that time.
_TRUSTED_DAYS = 3650


@dataclass(frozen=True)
class _Offer:
    """A service or training session with the rows of its children."""

    row: Row
    first: list[Row]
    second: list[Row]


def write_services(uow: UnitOfWork, scenery: Scenery, progress: Progress) -> None:
    """Write two services for each five organisations, with kinds and places."""
    random = Random("services")  # noqa: S311  The same rows each time.
    count = 2 * len(scenery.organisations) // 5
    sheets = (
        Sheet(uow, Service, *_SERVICE_COLUMNS),
        Sheet(uow, ServiceKind, "service_id", "kind", "position"),
        Sheet(uow, CapacityPool, *_POOL_COLUMNS),
    )
    _write(
        sheets, (_service(random, scenery, number) for number in range(count)), ("services", count), progress
    )


def write_trainings(uow: UnitOfWork, scenery: Scenery, progress: Progress) -> None:
    """Write as many training sessions as there are organisations: two in three were, the others come."""
    random = Random("trainings")  # noqa: S311  The same rows each time.
    count = len(scenery.organisations)
    sheets = (
        Sheet(uow, TrainingSession, *_TRAINING_COLUMNS),
        Sheet(uow, TrainingOrganiser, "training_session_id", "organisation_id", "position"),
        Sheet(uow, TrainingTopic, "training_session_id", "topic_id", "position"),
    )
    made = (_training(random, scenery, number) for number in range(count))
    _write(sheets, made, ("training sessions", count), progress)


def _write(
    sheets: tuple[Sheet, Sheet, Sheet], made: Iterator[_Offer], what: tuple[str, int], progress: Progress
) -> None:
    done = 0
    for chunk in in_chunks(made):
        sheets[0].write([each.row for each in chunk])
        sheets[1].write([row for each in chunk for row in each.first])
        sheets[2].write([row for each in chunk for row in each.second])
        done += len(chunk)
        progress(what[0], done, what[1])


def _one_who_acts(random: Random, scenery: Scenery) -> Invented:
    """Any organisation but the coalition, which is the first."""
    return scenery.organisations[random.randrange(1, len(scenery.organisations))]


def _service(random: Random, scenery: Scenery, number: int) -> _Offer:
    own_id, provider = numbered_id(SERVICE, number), _one_who_acts(random, scenery)
    name, district = invented_name(random, "service", number), random.choice(scenery.districts)
    # Only associations: what an own line reads of a protected service is noted in the audit log each time.
    protected = provider.kind is OrganisationKind.NGO and random.random() < 0.3
    search = searchable([*name.values(), *provider.searched, *district.texts])
    keys = sort_keys(name)
    sorted_by = (keys["ro"], keys["ru"], keys["en"])
    row = (
        own_id, provider.id, shared_as(random, public=0.85), provider.id, name, name, protected,
        random.choices(_STATUSES, _SHARES)[0],
        district.id, "Synthetic house", district.country, ["ro"], [], SYNTHETIC_SOURCE, search,
        searchable([*name.values(), *provider.searched]) if protected else search,
        *sorted_by, *sorted_by, *scenery.made(),
    )  # fmt: skip
    kinds = random.sample(tuple(AssistanceKind), random.randint(1, 3))
    return _Offer(
        row,
        [(own_id, kind, position) for position, kind in enumerate(kinds)],
        [_pool(random, scenery, own_id, 2 * number + each, each) for each in range(random.randint(1, 2))],
    )


def _pool(random: Random, scenery: Scenery, service_id: UUID, number: int, position: int) -> Row:
    """Places of one kind; of one in ten nobody has confirmed how many are taken."""
    maximum = random.randint(2, 40)
    is_confirmed = random.random() < 0.9
    return (
        numbered_id(POOL, number),
        service_id,
        position,
        random.choice(tuple(CapacityUnit)),
        maximum,
        random.randint(0, maximum) if is_confirmed else None,
        scenery.now if is_confirmed else None,
        "system:synthesize" if is_confirmed else None,
        scenery.now + timedelta(days=_TRUSTED_DAYS) if is_confirmed else None,
    )


def _training(random: Random, scenery: Scenery, number: int) -> _Offer:
    own_id, giver = numbered_id(TRAINING, number), _one_who_acts(random, scenery)
    title, district = invented_name(random, "training", number), random.choice(scenery.districts)
    is_past = random.random() < 0.67
    days = -random.randint(1, 1000) if is_past else random.randint(1, 365)
    starts_on = given_date(scenery.as_of + timedelta(days=days), DatePrecision.DAY)
    topics = random.sample(list(scenery.topics), random.randint(1, 2))
    searched = [*title.values(), *giver.searched, *district.texts]
    row = (
        own_id, giver.id, shared_as(random, public=0.8), title,
        TrainingSessionStatus.COMPLETED if is_past else TrainingSessionStatus.SCHEDULED,
        TrainingRecord.SINGLE if is_past else TrainingRecord.PLANNED,
        starts_on.date, starts_on.precision, starts_on.certainty, starts_on.text,
        starts_on.date, starts_on.date, starts_on.date, district.id, district.country, "Synthetic hall",
        [], [], [], ["ro"], 1, random.randint(10, 60), SYNTHETIC_SOURCE,
        searchable([*searched, *(text for topic in topics for text in topic.texts)]),
        *scenery.made(),
    )  # fmt: skip
    return _Offer(
        row,
        [(own_id, giver.id, 0)],
        [(own_id, topic.id, position) for position, topic in enumerate(topics)],
    )
