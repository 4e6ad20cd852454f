"""The invented load set: the same each time, labelled, and never beside real records."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.access.secrets import Secrets
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.intake.record import IsLoadSet, load_record, load_reference_data
from coalition.members.models import Denomination, Organisation, Territory, Topic
from coalition.members.synthetic import SYNTHETIC_SOURCE
from coalition.outreach.derived import activity_search, people_reached
from coalition.outreach.models import Activity, ActivityReach
from coalition.outreach.repository import facts_of
from coalition.synthesis.making import NotEmpty, synthesize
from coalition.tables import metadata
from tests.support.keys import AUDIT_KEY

SECRETS = Secrets(b"t" * 32, b"f" * 32, AUDIT_KEY)
# The tables of a load set, but for accounts and tokens, which are secret and so never the same.
TABLES = (
    "organisation", "organisation_line", "service", "service_kind", "capacity_pool", "training_session",
    "training_organiser", "training_topic", "activity", "activity_participant", "activity_district",
    "activity_topic", "activity_reach", "activity_counter",
)  # fmt: skip
# Of 40 organisations and 60 activities. It changes with what is invented, never by itself.
DIGEST = "ef056b70df5ba976474e4d76272cd0964510c99232ebf6bc97ef3adf07415b97"


def digest(uow: UnitOfWork) -> str:
    """A hash over every row; reference data, whose ids differ, goes by its codes."""
    codes: dict[UUID, str] = {}
    for model in (Denomination, Territory, Topic):
        codes |= {row.id: row.code for row in uow.db.scalars(sa.select(model))}
    lines = [
        json.dumps(
            [name, *(codes.get(each, each) if isinstance(each, UUID) else each for each in row)],
            sort_keys=True,
            default=str,
        )
        for name in TABLES
        for row in uow.db.execute(sa.select(*_invented(metadata.tables[name])))
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _invented(table: sa.Table) -> list[sa.Column[Any]]:
    """All columns but the one that only says where coverage counts an activity."""
    return [column for column in table.columns if column.name != "is_rolled_up"]


def count(units: Units, model: type) -> int:
    with units.reading() as uow:
        return uow.db.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def test_load_set(units: Units) -> None:
    said: list[tuple[str, int, int]] = []

    told = synthesize(
        units, SECRETS, organisations=40, activities=60, progress=lambda *each: said.append(each)
    )

    assert said == [
        ("organisations", 40, 40),
        ("services", 16, 16),
        ("training sessions", 40, 40),
        ("activities", 60, 60),
    ]
    assert [[role["role"] for role in each["roles"]] for each in told["people"]] == [
        ["coordinator", "council_member"],
        ["reporter"],
    ]
    with units.reading() as uow:
        assert digest(uow) == DIGEST
        for name in ("organisation", "service", "training_session", "activity"):
            assert list(uow.db.scalars(sa.select(metadata.tables[name].c.source).distinct())) == [
                SYNTHETIC_SOURCE
            ]
        _derived_as_by_hand(uow)
    # Marked: neither the real record nor a second load set goes in.
    with pytest.raises(IsLoadSet):
        load_record(units)
    with pytest.raises(NotEmpty):
        synthesize(units, SECRETS, organisations=40, activities=60, progress=lambda *_: None)
    assert (count(units, Organisation), count(units, Activity)) == (40, 60)


def _derived_as_by_hand(uow: UnitOfWork) -> None:
    """What is kept beside the facts is what logging the same activity would keep."""
    for activity in uow.db.scalars(sa.select(Activity)):
        facts = facts_of(uow, activity)
        organisations = [each.organisation for each in facts.participants]
        wanted: Any = activity_search(
            activity, organisations=organisations, districts=facts.districts, topics=facts.topics
        )
        assert sorted(activity.search.split()) == sorted(wanted.split())
        reach = uow.db.scalars(sa.select(ActivityReach).where(ActivityReach.activity_id == activity.id))
        assert activity.people_reached == people_reached(reach)
        assert activity.sort_on == facts.columns()["sort_on"]


def test_load_set_beside_a_real_record_is_refused(units: Units) -> None:
    load_reference_data(units)
    with units.writing() as uow:
        coalition = {"slug": "coalition", "name": {"en": "Coalition"}, "kind": "COALITION", "status": "NONE"}
        uow.db.add(
            Organisation(**coalition, created_at=uow.now, created_by="system:test", updated_at=uow.now)
        )

    with pytest.raises(NotEmpty, match=r"\(organisation\)"):
        synthesize(units, SECRETS, organisations=40, activities=60, progress=lambda *_: None)

    assert (count(units, Organisation), count(units, Activity)) == (1, 0)
