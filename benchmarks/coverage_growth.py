"""How coverage grows with the activities: the same question over few and over many, on both databases.

  .venv/bin/python benchmarks/coverage_growth.py [FEW] [MANY] [sqlite|postgresql]

Asks district x church body x month with a council role, from the rollup and by a full scan. Prints
milliseconds (the median of the rounds) and the ratio of many to few, which is the figure that is the same on
every machine. The invented activities stand in databases of their own, which are removed at the end.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import sqlalchemy as sa  # noqa: E402  After the folder of the tests is known.

from coalition.core.actor import Actor, Visibility  # noqa: E402
from coalition.core.database import Database  # noqa: E402
from coalition.core.partial_date import DateCertainty, DatePrecision  # noqa: E402
from coalition.core.tables import created_now  # noqa: E402
from coalition.core.unit_of_work import UnitOfWork, Units  # noqa: E402
from coalition.outreach.enums import ActivityKind, ActivityStatus, ParticipantRole  # noqa: E402
from coalition.outreach.models import (  # noqa: E402
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityTopic,
)
from coalition.outreach.rollup import rebuild  # noqa: E402
from coalition.reports.coverage import CoverageDimension, CoverageFilters, coverage  # noqa: E402
from coalition.reports.scan import Question, scanned  # noqa: E402
from tests import factories as make  # noqa: E402
from tests.support.databases import Databases, PostgreSQLServer, SQLiteFolder  # noqa: E402
from tests.support.postgresql import postgresql_url  # noqa: E402

BY = (CoverageDimension.DISTRICT, CoverageDimension.CHURCH_BODY, CoverageDimension.MONTH)
KINDS = [kind for kind in ActivityKind if kind is not ActivityKind.ASSISTANCE]
SHARED = (
    ([Visibility.PUBLIC] * 16)
    + [Visibility.PARTNERS, Visibility.COALITION, Visibility.COALITION]
    + [Visibility.PRIVATE]
)
DAYS = 3 * 365
ROUNDS = 11
BATCH = 20_000


def main(few: int, many: int, kinds: list[str]) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for kind in kinds:
            url = stack.enter_context(postgresql_url(folder)) if kind == "postgresql" else ""
            server = PostgreSQLServer(url) if url else SQLiteFolder(folder)
            databases = Databases(lambda _kind, server=server: server)
            rounds = [measured(databases, kind, count) for count in (few, many)]
            for name in rounds[0]:
                at_few, at_many = (each[name] for each in rounds)
                print(
                    f"{kind:<11} {name:<10} {few:,}: {at_few:.1f} ms, {many:,}: {at_many:.1f} ms,"
                    f" ratio {at_many / at_few:.2f}",
                    flush=True,
                )


def measured(databases: Databases, kind: str, count: int) -> dict[str, float]:
    url = databases.migrated(kind)
    database = Database(url)
    units = Units(database, clock=lambda: make.NOW)
    with units.writing() as uow:
        council = invent(uow, count)
    if kind == "postgresql":
        with database.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
    started = time.perf_counter()
    with units.writing() as uow:
        rebuild(uow)
    print(f"{kind:<11} rebuilt over {count:,} in {time.perf_counter() - started:.1f} s", flush=True)
    question = Question(council, CoverageFilters(), BY)
    figures = {
        "rollup": timed(
            units,
            ROUNDS,
            lambda uow: coverage(uow, council, by=BY, filters=CoverageFilters(), with_organisations=False),
        ),
        "full scan": timed(units, 1, lambda uow: scanned(uow, question)),
    }
    database.dispose()
    databases.drop(kind, url)
    return figures


def timed(units: Units, rounds: int, ask: Callable[[UnitOfWork], object]) -> float:
    """Milliseconds of the median round."""
    taken = []
    for _ in range(rounds):
        with units.reading() as uow:
            started = time.perf_counter()
            ask(uow)
            taken.append(time.perf_counter() - started)
    return median(taken) * 1000


def invent(uow: UnitOfWork, count: int) -> Actor:
    """Write invented organisations and activities; returns who asks."""
    chance = random.Random(1)  # noqa: S311
    make.foundations(uow)
    bodies = [make.church_body(uow, f"body-{number}", denomination="baptist") for number in range(4)]
    organisations = [
        make.organisation(uow, f"o-{number}", parent=bodies[number % 4] if number % 5 else None).id
        for number in range(200)
    ]
    districts = [make.district(uow, f"MD-{number}").id for number in range(37)]
    topics = [make.topic(uow, f"topic_{number}").id for number in range(21)]
    for start in range(0, count, BATCH):
        rows = list(activities(uow, chance, range(start, min(start + BATCH, count)), organisations))
        uow.db.execute(sa.insert(Activity), rows)
        ids = [row["id"] for row in rows]
        link(uow, chance, ids, ActivityDistrict, "district_id", (0, 1, 1, 1, 1, 2), districts)
        link(uow, chance, ids, ActivityTopic, "topic_id", (1, 1, 2, 3), topics)
        link(uow, chance, ids, ActivityParticipant, "organisation_id", (1, 1, 1, 2), organisations)
    return make.actor(uow, ("council_member", bodies[0]))


def activities(
    uow: UnitOfWork, chance: random.Random, numbers: range, organisations: list[UUID]
) -> Iterator[dict[str, Any]]:
    stamp = created_now(uow.now, "system:benchmark")
    for number in numbers:
        first = date(2023, 4, 1) + timedelta(days=chance.randrange(DAYS))
        yield {
            "id": UUID(int=number + 1),
            "code": f"A-{number}",
            "owner_id": chance.choice(organisations),
            "visibility": chance.choice(SHARED),
            "is_loaded": False,
            "kind": chance.choice(KINDS),
            "title": {"en": f"Activity {number}"},
            "status": ActivityStatus.HELD,
            "starts_on": first,
            "starts_on_precision": DatePrecision.DAY,
            "starts_on_certainty": DateCertainty.STATED,
            "first_day": first,
            "last_day": first + timedelta(days=chance.choice((0, 0, 0, 2))),
            "sort_on": first,
            "audience": [],
            "materials": [],
            "organiser_names": [],
            "people_reached": chance.choice((None, chance.randrange(500))),
            "search": "",
            **stamp,
        }


def link(
    uow: UnitOfWork,
    chance: random.Random,
    ids: list[UUID],
    table: Any,
    column: str,
    sizes: tuple[int, ...],
    among: list[UUID],
) -> None:
    """Give each activity some of these rows."""
    role = {"role": ParticipantRole.UNSPECIFIED} if table is ActivityParticipant else {}
    rows = [
        {"activity_id": id_, column: each, "position": position, **role}
        for id_ in ids
        for position, each in enumerate(chance.sample(among, chance.choice(sizes)))
    ]
    uow.db.execute(sa.insert(table), rows)


if __name__ == "__main__":
    given = sys.argv[1:]
    chosen = [each for each in given if each in ("sqlite", "postgresql")] or ["sqlite", "postgresql"]
    sizes = [int(each) for each in given if each.isdecimal()]
    main(*(sizes or [20_000, 1_000_000])[:2], chosen)
