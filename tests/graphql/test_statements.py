"""How many SQL statements a list takes: a literal number, the same for 1, 3 and 100 rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance import models as assistance
from coalition.core.ids import new_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from coalition.outreach import models as outreach
from coalition.training import models as training
from tests.graphql.world import World

ROWS = 100
# Copies come first in their lists.
FIRST = {"sort_on": date(2100, 1, 1), "sort_en": "", "outside_sort_en": "", "position": 0}

ORGANISATION = """slug name denomination { code } churchBody { slug } parent { slug }
  district { code region { code } } activeFrom { text }
  children(first: 2) { totalCount nodes { slug } } activities(first: 2) { totalCount nodes { code } }
  services(first: 2) { totalCount nodes { name } } trainingSessions(first: 2) { totalCount nodes { code } }"""
ACTIVITY = """code title districts { code region { code } } lead { slug }
  participants { role organisation { slug } } topics { code } quantities { value } reach { count }
  peopleReached startsOn { text }"""
TRAINING = "title district { code region { code } } organisers { slug } invited { slug } topics { code }"
SERVICE = """name kinds canTake region { code } district { code } provider { slug } partners { role }
  contactDesk pools { maximum held available state } """
# Who holds places, and who tried in vain, is read field by field.
WORKING = f"{SERVICE} attempts {{ code }} pools {{ holds {{ reference }} }}"
HOLD = "reference status contactDesk service { name region { code } } pool { state } organisation { slug }"

# Root field, selection, who asks, and the statements it takes without `totalCount`. Of `services` and
# `holds` two append to the audit log which desks and numbers of protected services were read, and raise the
# version of the data.
LISTS = [
    ("organisations", ORGANISATION, "auditor", 9),
    ("activities", ACTIVITY, "auditor", 7),
    ("trainingSessions", TRAINING, "auditor", 4),
    ("services", SERVICE, "bes", 7),
    ("services", WORKING, "bes", 17),
    ("holds", HOLD, "partner", 3),
    ("advocacyTargets", "code name date { text }", "anonymous", 1),
    ("statistics", "code value periodFrom { text }", "anonymous", 1),
    ("programmes", "code name donors", "anonymous", 1),
]


def _copies(uow: UnitOfWork, row: Any, children: Sequence[tuple[type, str]] = (), **values: Any) -> list[Any]:
    """A hundred copies of a row with its children, at the start of their list."""
    model = type(row)
    own = {name: value for name, value in FIRST.items() if hasattr(row, name)}
    made = []
    for number in range(ROWS):
        names = {name: f"copy-{number}" for name in ("code", "slug", "reference") if hasattr(row, name)}
        made.append(model(**{**row.model_dump(), "id": new_id(), **own, **names, **values}))
    uow.db.add_all(made)
    uow.db.flush()
    for child, parent in children:
        found = uow.db.scalars(sa.select(child).where(getattr(child, parent) == row.id)).all()
        uow.db.add_all(
            child(
                **{**each.model_dump(), parent: copy.id} | ({"id": new_id()} if hasattr(each, "id") else {})
            )
            for copy in made
            for each in found
        )
    uow.db.flush()
    return made


def _one(uow: UnitOfWork, model: Any, **key: Any) -> Any:
    return uow.db.scalars(sa.select(model).filter_by(**key)).one()


@pytest.fixture
def long_lists(world: World) -> World:
    """Every list with a hundred rows that have all their relations."""
    with world.units.writing() as uow:
        _copies(uow, _one(uow, Organisation, slug="diaconia"))
        activity = _one(uow, outreach.Activity, code="ACT-034")
        kinds = (
            outreach.ActivityDistrict,
            outreach.ActivityParticipant,
            outreach.ActivityReach,
            outreach.ActivityTopic,
        )
        uow.db.add(
            outreach.ActivityDistrict(
                activity_id=activity.id, district_id=_one(uow, Organisation, slug="diaconia").district_id
            )
        )
        uow.db.flush()
        _copies(uow, activity, [(kind, "activity_id") for kind in kinds])
        session = _one(uow, training.TrainingSession, code="TRN-005")
        _copies(
            uow,
            session,
            [
                (training.TrainingOrganiser, "training_session_id"),
                (training.TrainingTopic, "training_session_id"),
            ],
        )
        service = _one(uow, assistance.Service, code="SRV-008")
        _copies(
            uow,
            service,
            [(assistance.ServiceKind, "service_id"), (assistance.CapacityPool, "service_id")],
        )
        for model, code in (
            (outreach.AdvocacyTarget, "ADV-001"),
            (outreach.Statistic, "STA-001"),
            (outreach.Programme, "PRG-001"),
        ):
            _copies(uow, _one(uow, model, code=code))
    confirm = {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 0}
    hold = {"service": world.service("SRV-008"), "onBehalfOf": world.organisation("lastrada")}
    assert world.refused("confirmCapacity", "bes", confirm) == []
    assert world.refused("holdPlaces", "partner", hold) == []
    with world.units.writing() as uow:
        _copies(uow, uow.db.scalars(sa.select(assistance.Hold)).one())
    return world


@pytest.mark.parametrize(
    ("field", "selection", "who", "statements"), LISTS, ids=[f"{each[0]}-{each[3]}" for each in LISTS]
)
def test_statements_of_a_list(
    long_lists: World, field: str, selection: str, who: str, statements: int
) -> None:
    document = f"query($first: Int) {{ {field}(first: $first) {{ nodes {{ {selection} }} }} }}"
    # Finding out who asks is not part of the list.
    long_lists.actor(who)
    counted = {}
    for first in (1, 3, ROWS):
        with long_lists.statements() as sent:
            nodes = long_lists.one(document, who, first=first)["nodes"]
        assert len(nodes) == first
        counted[first] = len(sent)

    assert counted == {1: statements, 3: statements, ROWS: statements}


@pytest.mark.parametrize("field", dict.fromkeys(each[0] for each in LISTS))
def test_statements_of_a_count(record: World, field: str) -> None:
    record.actor("auditor")
    with record.statements() as sent:
        record.one(f"{{ {field} {{ totalCount }} }}", "auditor")

    # The page itself and the count.
    assert len(sent) == 2
