"""The matrix fails when a policy line goes: each taken out once, and the wrong cells named in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance.policies import visible_pools
from coalition.core.actor import Actor
from coalition.core.clauses import Clause, Why
from coalition.graphql.schema import schema
from tests.matrix.asking import Asking
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import CALLERS, COORDINATOR, DESK, Caller
from tests.matrix.ways import compare_by_id, compare_live, compare_search


def caller_named(name: str) -> Caller:
    return next(caller for caller in CALLERS if caller.name == name)


BRAVO = caller_named("coordinator in a member (bravo)")
REPORTER = caller_named("reporter in a member (alba-north)")
PARTNER = caller_named("partner_client in a partner (charity)")
AUDITOR = caller_named("auditor in the coalition (coalition)")
NOBODY = caller_named("nobody signed in")
APP = caller_named("an app of a coordinator, allowed activity:log in a member (alba-north)")
DESK_WITH_OPERATOR = caller_named(DESK)


@pytest.fixture
def broken(asking: Asking) -> Report:
    """A report that is meant to have wrong cells, so it is not among those that are counted."""
    return Report(asking.matrix)


def everything_is_shared(_actor: Actor, *_columns: Any) -> list[Clause]:
    return [Clause(Why.EVERYBODY, sa.true())]


def test_without_the_condition_on_rows(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.outreach.policies.row_clauses", everything_is_shared)

    compare_search(asking, expecting, broken, BRAVO)
    compare_by_id(asking, expecting, broken, BRAVO, "Activity")

    found = "coordinator in a member (bravo) finds Activity: a PRIVATE record of alba through search"
    assert found in broken.wrong
    title = "coordinator in a member (bravo) sees Activity.title of a PRIVATE record of alba through node: "
    assert [line for line in broken.wrong if line.startswith(title)] != []


def test_without_the_secret_of_numbers(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.assistance.repository.sees_numbers", lambda _actor, _service: True)

    compare_by_id(asking, expecting, broken, AUDITOR, "CapacityPool")

    fields = {line.split(" of in ")[0].rsplit(" ", 1)[1] for line in broken.wrong}
    assert fields == {
        "CapacityPool.maximum", "CapacityPool.occupied", "CapacityPool.held", "CapacityPool.available",
        "CapacityPool.state",
    }  # fmt: skip
    assert all("protected" in line for line in broken.wrong)


def test_without_the_condition_on_live_changes(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.graphql.subscriptions.live_pools", visible_pools)

    compare_live(asking, expecting, broken, AUDITOR)

    assert broken.wrong != []
    assert all("through capacityChanged: True instead of False" in line for line in broken.wrong)


def test_without_the_condition_on_one_field(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = schema._schema.type_map["Service"].fields["place"]
    monkeypatch.setattr(place, "resolve", lambda row, _info: row.place)

    compare_by_id(asking, expecting, broken, PARTNER, "Service")

    assert broken.wrong != []
    start = "partner_client in a partner (charity) sees Service.place of a PARTNERS record of "
    assert any(line.startswith(start) for line in broken.wrong)
    assert all("Service.place of" in line for line in broken.wrong)


@pytest.mark.parametrize(
    ("caller", "gone"), [(REPORTER, "records:read"), (PARTNER, "capacity:read"), (BRAVO, "capacity:confirm")]
)
def test_without_one_permission(
    asking: Asking,
    expecting: Expecting,
    broken: Report,
    monkeypatch: pytest.MonkeyPatch,
    caller: Caller,
    gone: str,
) -> None:
    actor = asking.matrix.actors[caller.name]
    rest: Mapping[str, Any] = {name: reach for name, reach in actor.permissions.items() if name != gone}
    monkeypatch.setitem(asking.matrix.actors, caller.name, replace(actor, permissions=rest))

    for type_name in ("Activity", "Service", "CapacityPool"):
        compare_by_id(asking, expecting, broken, caller, type_name)

    assert broken.wrong != []
    assert all(line.startswith(caller.name) for line in broken.wrong)


@pytest.mark.parametrize("caller", [APP, DESK_WITH_OPERATOR])
def test_with_the_whole_line_of_a_role(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch, caller: Caller
) -> None:
    """An app that had what its person has, and a desk what its role gives a person."""
    actor, person = (asking.matrix.actors[name] for name in (caller.name, COORDINATOR))
    widened = replace(actor, shared=person.shared, permissions=person.permissions)
    monkeypatch.setitem(asking.matrix.actors, caller.name, widened)

    compare_by_id(asking, expecting, broken, caller, "TrainingSession")

    found = f"{caller.name} sees TrainingSession: a PRIVATE record of alba-parish"
    assert any(line.startswith(found) for line in broken.wrong)


def test_with_a_visibility_too_many(
    asking: Asking, expecting: Expecting, broken: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = asking.matrix.actors[PARTNER.name]
    nobody = replace(asking.matrix.actors[NOBODY.name], shared=actor.shared)
    monkeypatch.setitem(asking.matrix.actors, NOBODY.name, nobody)

    compare_by_id(asking, expecting, broken, NOBODY, "TrainingSession")

    assert any("nobody signed in sees TrainingSession: a PARTNERS record" in line for line in broken.wrong)
    assert not any("COALITION" in line or "PRIVATE" in line for line in broken.wrong)
