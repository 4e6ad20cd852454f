"""Every deed, tried by everybody on everything, in transactions that leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from coalition.core.unit_of_work import UnitOfWork
from tests.matrix.asking import Asking
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import PLACES, Caller, Record
from tests.matrix.rules import is_reached, may, sees_organisation
from tests.matrix.world import MAIN_OWNERS, OTHER_OWNERS

REFUSED = ("NOT_FOUND", "NOT_PERMITTED", "UNAUTHENTICATED")
DONE = "done"
# As many as fit in the tokens of one document.
AT_ONCE = 40
# The object of a payload, which must stay empty when the deed is refused.
GIVES = {
    "logActivity": "activity",
    "amendActivity": "activity",
    "cancelActivity": "activity",
    "planTrainingSession": "trainingSession",
    "setChurchCalendar": "organisation",
    "offerService": "service",
    "confirmCapacity": "pool",
    "holdPlaces": "hold",
    "releaseHold": "hold",
    "invitePerson": "role",
    "giveRole": "role",
    "endRole": "role",
    "giveConsent": "ownData",
    "withdrawConsent": "ownData",
    "correctOwnData": "ownData",
    "eraseOwnData": "",
    **dict.fromkeys(
        (
            "requestClient",
            "approveClient",
            "refuseClient",
            "pauseClient",
            "resumeClient",
            "endClient",
            "rotateClientSecret",
        ),
        "client",
    ),
}


@dataclass(frozen=True)
class Try:
    """One deed on one thing, and what the page says comes of it."""

    deed: str
    given: dict[str, Any]
    what: str
    expected: str


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Within it every unit of work does all it would do, and is rolled back instead of committed."""

    def undo(unit: UnitOfWork) -> None:
        unit.db.flush()
        unit.db.expunge_all()
        unit.db.rollback()

    with patch.object(UnitOfWork, "commit", undo):
        yield


def compare_deeds(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """Everything that the caller could try."""
    tries = list(_tries(expecting, caller))
    for start in range(0, len(tries), AT_ONCE):
        _compare(asking, report, caller, tries[start : start + AT_ONCE])


def _compare(asking: Asking, report: Report, caller: Caller, tries: list[Try]) -> None:
    names, fields, variables = [], [], {}
    for number, each in enumerate(tries):
        names.append(f"$i{number}: {each.deed[0].upper()}{each.deed[1:]}Input!")
        inner = GIVES[each.deed]
        shown = "" if not inner else f"{inner} {{ {'name' if inner == 'ownData' else 'id'} }}"
        fields.append(f"d{number}: {each.deed}(input: $i{number}) {{ userErrors {{ code field }} {shown} }}")
        variables[f"i{number}"] = each.given
    data = asking.ask(
        f"mutation ({', '.join(names)}) {{ {' '.join(fields)} }}",
        asking.matrix.actors[caller.name],
        **variables,
    )
    for number, each in enumerate(tries):
        payload = data[f"d{number}"]
        codes = [error["code"] for error in payload["userErrors"]]
        refused = next((code for code in codes if code in REFUSED), None)
        got = refused or (codes[0] if codes and each.expected != "let through" else None)
        report.compare(
            caller,
            each.what,
            each.deed,
            got or ("let through" if each.expected == "let through" else DONE),
            each.expected,
        )
        if (refused or each.expected == DONE) and GIVES[each.deed]:
            given = payload[GIVES[each.deed]] is not None
            report.compare(caller, f"the payload about {each.what}", each.deed, given, not refused)


def _outcome(
    caller: Caller, column: str, organisation: str | None, *, seen: bool, otherwise: str = DONE
) -> str:
    """What the page says: absent where it is not seen, refused where it is not the caller's, else done."""
    if not seen:
        return "NOT_FOUND"
    return otherwise if may(caller, column, organisation) else "NOT_PERMITTED"


def _tries(expecting: Expecting, caller: Caller) -> Iterator[Try]:
    for slug in (*MAIN_OWNERS, *OTHER_OWNERS, "south-private", "south-coalition"):
        yield from _for_organisation(expecting, caller, slug)
    yield from _on_activities(expecting, caller)
    yield from _on_capacity(expecting, caller)
    yield from _on_people(expecting, caller)
    yield from _on_systems(expecting, caller)
    yield from _on_oneself(caller)


def _for_organisation(expecting: Expecting, caller: Caller, slug: str) -> Iterator[Try]:
    opaque, seen = expecting.matrix.organisation(slug).id, sees_organisation(caller, slug)
    common = {"title": {"en": "Evening"}, "visibility": "PUBLIC"}
    activity = {**common, "organisation": opaque, "kind": "AWARENESS", "startsOn": {"date": "2026-04-02"}}
    for visibility in ("PUBLIC", "PRIVATE"):
        yield Try(
            "logActivity",
            {**activity, "districts": [], "visibility": visibility},
            f"for {slug}, {visibility}",
            _outcome(caller, "activities", slug, seen=seen),
        )
    session = {**common, "organisers": [opaque], "startsOn": "2026-06-09", "district": "MD-DR"}
    yield Try("planTrainingSession", session, f"for {slug}", _outcome(caller, "trainings", slug, seen=seen))
    calendar = {"organisation": opaque, "revision": 1, "reckoning": "NEW"}
    yield Try("setChurchCalendar", calendar, f"for {slug}", _outcome(caller, "trainings", slug, seen=seen))
    service = {"provider": opaque, "kinds": ["LEGAL_SUPPORT"], "name": {"en": "Advice"}}
    yield Try("offerService", service, f"for {slug}", _outcome(caller, "offer", slug, seen=seen))
    left = "ORGANISATION_LEFT" if PLACES[slug].standing == "LEFT" else DONE
    person = {
        "name": "Ana Rusu",
        "email": f"{slug}@demo.invalid",
        "organisation": opaque,
        "roleType": "reporter",
    }
    yield Try(
        "invitePerson", person, f"to {slug}", _outcome(caller, "people", slug, seen=seen, otherwise=left)
    )
    open_one = next(
        each
        for each in expecting.matrix.records["Service"]
        if each.visibility == "PUBLIC"
        and not each.protected
        and not each.draft
        and each.provider == "outside"
    )
    system = {
        "organisation": opaque,
        "kind": "COMMAND_LINE",
        "name": "Night desk",
        "purpose": "Asks at night.",
        "scopes": ["coalition:read"],
        "expiresOn": "2026-12-31",
    }
    yield Try(
        "requestClient", system, f"for {slug}", _outcome(caller, "systems", slug, seen=seen, otherwise=left)
    )
    hold = {"onBehalfOf": opaque, "service": open_one.id}
    yield Try("holdPlaces", hold, f"for {slug}", _outcome(caller, "hold", slug, seen=seen))


def _on_activities(expecting: Expecting, caller: Caller) -> Iterator[Try]:
    for record in expecting.matrix.records["Activity"]:
        if record.visibility in ("COALITION", "PARTNERS"):
            continue
        seen = expecting.sees(caller, record)
        loaded = "WRONG_STATE" if record.facts["assistance"] else DONE
        expected = _outcome(caller, "activities", record.owner, seen=seen, otherwise=loaded)
        given = {"id": record.id, "revision": 1}
        yield Try("amendActivity", {**given, "form": "Evening"}, record.label, expected)
        yield Try("cancelActivity", {**given, "reason": "Rain"}, record.label, expected)


def _on_capacity(expecting: Expecting, caller: Caller) -> Iterator[Try]:
    for pool in expecting.matrix.records["CapacityPool"]:
        service = pool.service
        assert service is not None
        if service.visibility in ("COALITION", "PARTNERS") and service.owner == service.provider:
            continue
        seen = expecting.sees(caller, pool)
        given = {"pool": pool.id, "maximum": 20, "occupied": 3}
        yield Try(
            "confirmCapacity", given, pool.label, _outcome(caller, "confirm", service.provider, seen=seen)
        )
        if caller.home is not None and may(caller, "hold", caller.home):
            home = expecting.matrix.organisation(caller.home).id
            expected = "let through" if expecting.sees(caller, service) else "NOT_FOUND"
            yield Try("holdPlaces", {"onBehalfOf": home, "service": service.id}, service.label, expected)
            yield Try("holdPlaces", {"onBehalfOf": home, "pool": pool.id}, service.label, expected)
    for hold in expecting.matrix.records["Hold"]:
        yield Try(
            "releaseHold",
            {"hold": hold.id},
            hold.label,
            DONE if expecting.sees(caller, hold) else "NOT_FOUND",
        )


def _on_people(expecting: Expecting, caller: Caller) -> Iterator[Try]:
    """Codes of what a role must keep to are other tests' matter: here somebody is let through or not."""
    at = caller.home or "alba"
    home = expecting.matrix.organisation(at).id
    there = _outcome(caller, "people", at, seen=sees_organisation(caller, at), otherwise="let through")
    for person in expecting.matrix.records["Person"]:
        expected = there
        if there == "let through":
            led = is_reached(caller, person) or may(caller, "people", "outside")
            expected = there if led else "NOT_PERMITTED" if expecting.sees(caller, person) else "NOT_FOUND"
        given = {"person": person.id, "organisation": home, "roleType": "reporter"}
        yield Try("giveRole", given, person.label, expected)
    for role in expecting.matrix.records["Role"]:
        seen = expecting.sees(caller, role)
        expected = _outcome(caller, "people", role.owner, seen=seen, otherwise="let through")
        yield Try("endRole", {"role": role.id}, f"a role in {role.owner}", expected)


def _on_systems(expecting: Expecting, caller: Caller) -> Iterator[Try]:
    """Those of this world wait to be decided about, so that other deeds come to nothing."""
    for record in expecting.matrix.records["OAuthClient"]:
        seen, given = expecting.sees(caller, record), {"client": record.id}
        left = "ORGANISATION_LEFT" if PLACES[record.owner].standing == "LEFT" else DONE
        of_office = _outcome(caller, "office", record.owner, seen=seen)
        let_in = _outcome(caller, "office", record.owner, seen=seen, otherwise=left)
        of_line = _outcome(caller, "systems", record.owner, seen=seen, otherwise="let through")
        of_both = "let through" if "office" in _columns(caller, record) else of_line
        waits = record.facts["waits"]
        yield Try("approveClient", given, record.label, let_in if waits else _through(of_office))
        refusal = {**given, "reason": "UNCLEAR"}
        yield Try("refuseClient", refusal, record.label, of_office if waits else _through(of_office))
        yield Try("rotateClientSecret", given, record.label, of_line)
        for deed in ("pauseClient", "resumeClient", "endClient"):
            yield Try(deed, given, record.label, of_both)


def _columns(caller: Caller, record: Record) -> list[str]:
    return [column for column in ("systems", "office") if may(caller, column, record.owner)]


def _through(outcome: str) -> str:
    return "let through" if outcome == DONE else outcome


def _on_oneself(caller: Caller) -> Iterator[Try]:
    nobody = caller.person is None or caller.is_nobody
    expected = "UNAUTHENTICATED" if nobody else "let through" if caller.is_oneself else "NOT_PERMITTED"
    yield Try("giveConsent", {"purpose": "NAME_IN_COALITION", "version": "1"}, "themselves", expected)
    yield Try("withdrawConsent", {"purpose": "NAME_IN_COALITION"}, "themselves", expected)
    yield Try("correctOwnData", {"name": "Ana Rusu"}, "themselves", expected)
    yield Try("eraseOwnData", {"confirmation": "nonsense"}, "themselves", expected)
