"""What holds for every deed: one transaction with its audit entry and its outbox entry, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from coalition.audit.models import AuditEntry
from coalition.core.events import OutboxEntry
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.consents import NOTICE_VERSION
from tests.graphql.selection import SCHEMA
from tests.graphql.world import World, record_id

Deed = tuple[str, str, dict[str, Any]]


def log(world: World) -> Deed:
    given = {
        "organisation": world.organisation("ubceb"),
        "kind": "AWARENESS",
        "title": {"en": "Evening"},
        "startsOn": {"date": "2026-05-01"},
        "districts": ["MD-SO"],
        "clientId": str(uuid4()),
    }
    return "logActivity", "reporter", given


def _activity(world: World) -> str:
    name, actor, given = log(world)
    return world.deed(name, actor, given, "activity { id }")["activity"]["id"]


def amend(world: World) -> Deed:
    return (
        "amendActivity",
        "reporter",
        {"id": _activity(world), "revision": 1, "form": "concert", "place": "Soroca"},
    )


def cancel(world: World) -> Deed:
    return "cancelActivity", "reporter", {"id": _activity(world), "revision": 1, "reason": "rain"}


def plan(world: World) -> Deed:
    given = {
        "organisers": [world.organisation("bes")],
        "title": {"en": "Course"},
        "startsOn": "2026-09-01",
        "district": "MD-CU",
    }
    return "planTrainingSession", "bes", given


def offer(world: World) -> Deed:
    given = {
        "provider": world.organisation("diaconia"),
        "kinds": ["TEMPORARY_RESIDENCE"],
        "name": {"en": "House"},
        "pools": [{"unit": "BED", "maximum": 3}],
    }
    return "offerService", "bes", given


def confirm(world: World) -> Deed:
    return "confirmCapacity", "bes", {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 7}


def hold(world: World) -> Deed:
    name, actor, given = confirm(world)
    assert world.refused(name, actor, given) == []
    wish = {"service": world.service("SRV-008"), "onBehalfOf": world.organisation("lastrada")}
    return "holdPlaces", "partner", wish


def release(world: World) -> Deed:
    name, actor, given = hold(world)
    made = world.deed(name, actor, given, "hold { id }")["hold"]["id"]
    return "releaseHold", "partner", {"hold": made}


DEEDS: dict[str, tuple[Callable[[World], Deed], str, str, list[str]]] = {
    "logActivity": (log, "outreach:activity:log", "activity.logged", [
        "districts", "kind", "participants", "starts_on", "status", "title", "visibility",
    ]),
    "amendActivity": (amend, "outreach:activity:amend", "activity.amended", ["form", "place"]),
    "cancelActivity": (cancel, "outreach:activity:cancel", "activity.cancelled", ["cancel_reason", "status"]),
    "planTrainingSession": (plan, "training:training_session:plan", "training_session.planned", [
        "district", "organiser_ids", "starts_on", "title", "visibility",
    ]),
    "offerService": (offer, "assistance:service:offer", "service.offered", [
        "code_signed_at", "name", "protected", "status", "visibility",
    ]),
    "confirmCapacity": (confirm, "assistance:pool:confirm", "capacity.changed", [
        "assured_on", "confirmed_at", "maximum", "occupied", "stale_at",
    ]),
    "holdPlaces": (hold, "assistance:hold:place", "capacity.changed", [
        "expires_at", "pool_id", "quantity", "status",
    ]),
    "releaseHold": (release, "assistance:hold:release", "capacity.changed", ["ended_at", "status"]),
}  # fmt: skip


def invite(world: World) -> Deed:
    given = {
        "organisation": world.organisation("bes"),
        "name": "Somebody New",
        "email": "new@demo.invalid",
        "roleType": "reporter",
    }
    return "invitePerson", "bes", given


def _invited(world: World) -> dict[str, Any]:
    name, actor, given = invite(world)
    found: dict[str, Any] = world.deed(name, actor, given, "role { id person { id } }")["role"]
    return found


def give(world: World) -> Deed:
    given = {
        "person": _invited(world)["person"]["id"],
        "organisation": world.organisation("diaconia"),
        "roleType": "reporter",
    }
    return "giveRole", "bes", given


def end(world: World) -> Deed:
    return "endRole", "bes", {"role": _invited(world)["id"]}


def agree(_world: World) -> Deed:
    return "giveConsent", "reporter", {"purpose": "NAME_IN_COALITION", "version": NOTICE_VERSION}


def withdraw(world: World) -> Deed:
    name, actor, given = agree(world)
    assert world.refused(name, actor, given) == []
    return "withdrawConsent", actor, {"purpose": given["purpose"]}


def correct(_world: World) -> Deed:
    return "correctOwnData", "reporter", {"name": "Another Name"}


def erase(_world: World) -> Deed:
    return "eraseOwnData", "expert", {"confirmation": "expert@demo.invalid"}


def reckon(world: World) -> Deed:
    given = {"organisation": world.organisation("bes"), "revision": 1, "reckoning": "NEW"}
    return "setChurchCalendar", "bes", given


def request(world: World) -> Deed:
    given = {
        "organisation": world.organisation("bes"),
        "kind": "SERVER",
        "name": "Night desk",
        "purpose": "Asks at night.",
        "roleType": "partner_client",
        "scopes": ["capacity:read"],
        "expiresOn": "2026-12-31",
    }
    return "requestClient", "bes", given


def _client(world: World, *deeds: str) -> dict[str, Any]:
    name, actor, given = request(world)
    found = {"client": world.deed(name, actor, given, "client { id }")["client"]["id"]}
    for each in deeds:
        assert world.refused(each, "council_secretary", found) == []
    return found


def approve(world: World) -> Deed:
    return "approveClient", "council_secretary", _client(world)


def refuse_client(world: World) -> Deed:
    return "refuseClient", "council_secretary", {**_client(world), "reason": "UNCLEAR"}


def pause(world: World) -> Deed:
    return "pauseClient", "bes", _client(world, "approveClient")


def resume(world: World) -> Deed:
    return "resumeClient", "council_secretary", _client(world, "approveClient", "pauseClient")


def end_client(world: World) -> Deed:
    return "endClient", "bes", _client(world)


def rotate(world: World) -> Deed:
    return "rotateClientSecret", "bes", _client(world, "approveClient")


# Of these nothing leaves the process, so there is no outbox entry.
QUIET_DEEDS: dict[str, tuple[Callable[[World], Deed], str]] = {
    "invitePerson": (invite, "members:role:add"),
    "giveRole": (give, "members:role:add"),
    "endRole": (end, "members:role:end"),
    "giveConsent": (agree, "members:consent:give"),
    "withdrawConsent": (withdraw, "members:consent:withdraw"),
    "correctOwnData": (correct, "members:person:correct"),
    "eraseOwnData": (erase, "members:person:anonymise"),
    "setChurchCalendar": (reckon, "members:calendar:set"),
    "requestClient": (request, "client:client:request"),
    "approveClient": (approve, "client:client:approve"),
    "refuseClient": (refuse_client, "client:client:refuse"),
    "pauseClient": (pause, "client:client:pause"),
    "resumeClient": (resume, "client:client:resume"),
    "endClient": (end_client, "client:client:end"),
    "rotateClientSecret": (rotate, "client:client:rotate"),
}


def test_every_mutation_is_here() -> None:
    assert SCHEMA.mutation_type is not None
    assert set(SCHEMA.mutation_type.fields) == {*DEEDS, *QUIET_DEEDS}


@pytest.mark.parametrize("name", QUIET_DEEDS)
def test_quiet_deed_is_audited_or_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    prepare, action = QUIET_DEEDS[name]
    mutation, actor, given = prepare(world)
    before, audited, told = world.dump(), len(world.audit()), len(world.outbox())

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("invented")

    for place, method in ((AuditEntry, "__init__"), (UnitOfWork, "commit")):
        with monkeypatch.context() as patch:
            patch.setattr(place, method, fail)
            assert world.answer(_document(mutation), actor, input=given).codes == ["INTERNAL"]
        assert world.dump() == before

    assert world.refused(mutation, actor, given) == []
    assert action in [entry.action for entry in world.audit()[audited:]]
    assert len(world.outbox()) == told


def _document(mutation: str) -> str:
    return (
        f"mutation ($input: {mutation[0].upper()}{mutation[1:]}Input!) "
        f"{{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    )


@pytest.mark.parametrize("name", DEEDS)
def test_deed_writes_one_audit_entry_and_one_outbox_entry(world: World, name: str) -> None:
    prepare, action, event, fields = DEEDS[name]
    mutation, actor, given = prepare(world)
    audited, told = len(world.audit()), len(world.outbox())

    assert world.refused(mutation, actor, given) == []

    [entry], [message] = world.audit()[audited:], world.outbox()[told:]
    assert (entry.actor, entry.action, entry.fields) == (world.actor(actor).subject, action, fields)
    assert (message.name, entry.happened_at, message.happened_at) == (event, world.clock.now, world.clock.now)


@pytest.mark.parametrize("name", DEEDS)
def test_entries_hold_ids_and_names_of_fields_but_no_text(world: World, name: str) -> None:
    prepare, *_ = DEEDS[name]
    mutation, actor, given = prepare(world)
    world.refused(mutation, actor, given)

    for entry in world.audit():
        assert not {"Evening", "House", "Course", "rain", "concert", "Soroca"} & set(map(str, entry.fields))
        assert entry.reason is None
    for message in world.outbox():
        assert not {"Evening", "House", "Course", "rain", "concert"} & set(map(str, message.payload.values()))
        assert not {"quantity", "maximum", "occupied", "available", "title", "name", "place"} & set(
            message.payload
        )


REFUSED: dict[str, dict[str, Any]] = {
    "logActivity": {"districts": ["Atlantis"]},
    "amendActivity": {"districts": ["Atlantis"]},
    "cancelActivity": {"reason": " "},
    "planTrainingSession": {"district": "Atlantis"},
    "offerService": {"district": "Atlantis"},
    "confirmCapacity": {"occupied": 11},
    "holdPlaces": {"quantity": 0},
    "releaseHold": {"hold": "nonsense"},
}


@pytest.mark.parametrize("name", DEEDS)
def test_refused_deed_writes_nothing(world: World, name: str) -> None:
    prepare, *_ = DEEDS[name]
    mutation, actor, given = prepare(world)
    before = world.dump()

    assert world.refused(mutation, actor, {**given, **REFUSED[name]}) != []

    assert world.dump() == before


@pytest.mark.parametrize("name", DEEDS)
def test_deed_of_somebody_without_the_permission_writes_nothing(world: World, name: str) -> None:
    prepare, *_ = DEEDS[name]
    mutation, _, given = prepare(world)
    before = world.dump()

    for actor in ("anonymous", "administrator", "auditor", "expert"):
        [(code, _path)] = world.refused(mutation, actor, given)
        assert code in ("NOT_PERMITTED", "NOT_FOUND"), actor

    assert world.dump() == before


@pytest.mark.parametrize("name", DEEDS)
@pytest.mark.parametrize("at", ["audit", "outbox", "commit"])
def test_deed_that_fails_half_way_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, at: str
) -> None:
    """Record, audit entry and outbox entry stand or fall together."""
    prepare, *_ = DEEDS[name]
    mutation, actor, given = prepare(world)
    before = world.dump()

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("invented")

    if at == "audit":
        monkeypatch.setattr(AuditEntry, "__init__", fail)
    elif at == "outbox":
        monkeypatch.setattr(OutboxEntry, "__init__", fail)
    else:
        monkeypatch.setattr(UnitOfWork, "commit", fail)
    found = world.answer(_document(mutation), actor, input=given)
    monkeypatch.undo()

    assert (found.data, found.codes) == (None, ["INTERNAL"])
    assert world.dump() == before


def test_several_deeds_in_one_request_are_several_transactions(world: World) -> None:
    """The second one is refused and takes nothing back of the first and the third."""
    _, _, given = log(world)
    document = """
    mutation ($first: LogActivityInput!, $second: LogActivityInput!, $third: LogActivityInput!) {
      a: logActivity(input: $first) { activity { code } userErrors { code } }
      b: logActivity(input: $second) { activity { code } userErrors { code } }
      c: logActivity(input: $third) { activity { code } userErrors { code } }
    }
    """
    keys = [str(uuid4()) for _ in range(3)]

    found = world.ask(
        document,
        "reporter",
        first={**given, "clientId": keys[0]},
        second={**given, "clientId": keys[1], "districts": ["Atlantis"]},
        third={**given, "clientId": keys[2]},
    )

    assert found == {
        "a": {"activity": {"code": "ubceb-2026-1"}, "userErrors": []},
        "b": {"activity": None, "userErrors": [{"code": "UNKNOWN_DISTRICT"}]},
        "c": {"activity": {"code": "ubceb-2026-2"}, "userErrors": []},
    }
    assert len(world.audit()) == 2


def test_later_deed_of_a_request_sees_what_an_earlier_one_did(world: World) -> None:
    opaque = _activity(world)
    document = """
    mutation ($id: ID!) {
      a: amendActivity(input: {id: $id, revision: 1, form: "concert"}) { activity { revision form } }
      b: amendActivity(input: {id: $id, revision: 2, form: "film"}) { activity { revision form } }
      c: amendActivity(input: {id: $id, revision: 2, form: "talk"}) {
        activity { revision } current { revision form } userErrors { code }
      }
    }
    """

    assert world.ask(document, "reporter", id=opaque) == {
        "a": {"activity": {"revision": 2, "form": "concert"}},
        "b": {"activity": {"revision": 3, "form": "film"}},
        "c": {
            "activity": None,
            "current": {"revision": 3, "form": "film"},
            "userErrors": [{"code": "STALE_REVISION"}],
        },
    }


def test_subject_of_the_audit_entry_is_the_record(world: World) -> None:
    name, actor, given = log(world)
    made = world.deed(name, actor, given, "activity { id }")["activity"]["id"]

    [entry] = world.audit()
    assert (entry.subject_type, entry.subject_id) == ("Activity", record_id(made))
    assert entry.organisation_id == record_id(world.organisation("ubceb"))
