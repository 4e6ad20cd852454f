"""The auditor reads who did what; whoever reads secrets of protected services is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance.models import Service
from coalition.audit.models import AuditEntry
from coalition.core.errors import DatabaseFault
from coalition.graphql.context import Context
from coalition.graphql.identifiers import encode_id
from coalition.graphql.schema import schema
from tests.factories import NOW
from tests.graphql.world import EVERYBODY, World, record_id

PROTECTED = "SRV-008"
ENTRIES = """query($first: Int, $after: String, $filter: AuditEntryFilter) {
  auditEntries(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id happenedAt actor organisation { slug } action subjectType subject fields reason sealed }
  }
}"""
SECRETS = """query($id: ID!) {
  node(id: $id) { ... on Service { name district { code } contactDesk pools { unit available } } }
}"""


def reads(world: World) -> list[tuple[str, str, list[str]]]:
    """Who read which fields of what, since the world was made."""
    found = [entry for entry in world.audit() if entry.action == "secret:record:read"]
    return [(entry.actor, entry.subject_type, entry.fields) for entry in found]


@pytest.fixture
def confirmed(world: World) -> World:
    given = {"pool": world.pool(PROTECTED), "maximum": 7, "occupied": 3, "contactDesk": "022 000 000"}
    assert world.refused("confirmCapacity", "bes", given) == []
    return world


# ------------------------------------------------------------------ the auditor's list


def test_audit_entries_are_the_auditors_alone(confirmed: World) -> None:
    answers = {who: confirmed.one(ENTRIES, who, first=1) for who in EVERYBODY}

    assert [who for who, found in answers.items() if found is not None] == ["auditor"]
    assert [entry.actor for entry in confirmed.audit() if entry.action == "audit:entries:read"] == [
        confirmed.actor("auditor").subject
    ]


def test_an_entry_names_fields_and_no_values(confirmed: World) -> None:
    [entry] = confirmed.one(ENTRIES, "auditor", filter={"action": "assistance:pool:"})["nodes"]

    assert entry.pop("id")
    assert entry == {
        "happenedAt": NOW.isoformat(),
        "actor": confirmed.actor("bes").subject,
        "organisation": {"slug": "diaconia"},
        "action": "assistance:pool:confirm",
        "subjectType": "CapacityPool",
        "subject": confirmed.pool(PROTECTED),
        "fields": entry["fields"],
        "reason": None,
        "sealed": False,
    }
    assert set(entry["fields"]) >= {"maximum", "occupied"}


def test_pages_go_from_the_newest_to_the_oldest(confirmed: World) -> None:
    seen, after = [], None
    for _ in range(3):
        page = confirmed.one(ENTRIES, "auditor", first=2, after=after, filter={"action": "account:"})
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
    all_at_once = confirmed.one(ENTRIES, "auditor", first=6, filter={"action": "account:"})

    assert seen == all_at_once["nodes"]
    moments = [entry["happenedAt"] for entry in seen]
    assert (len(seen), moments) == (6, sorted(moments, reverse=True))
    assert all_at_once["totalCount"] > 6


def test_filters(confirmed: World) -> None:
    def count(**given: Any) -> int:
        found: int = confirmed.one(ENTRIES, "auditor", first=0, filter=given)["totalCount"]
        return found

    subject = {"subject": confirmed.pool(PROTECTED)}
    actor = {"actor": confirmed.actor("bes").subject}
    later = (NOW + timedelta(seconds=1)).isoformat()

    assert (count(**actor, action="assistance:"), count(action="Assistance:")) == (1, 0)
    assert count(**actor, **subject, organisation=confirmed.organisation("diaconia"), to=later) == 1
    assert count(**actor, to=NOW.isoformat()) == count(**actor, **{"from": later}) == 0
    assert count(action="a%") == 0
    for broken in ({"subject": "nothing"}, {"from": "2026-05-14T10:00:00"}):
        assert confirmed.answer(ENTRIES, "auditor", filter=broken).codes == ["BAD_USER_INPUT"]


def test_nothing_that_somebody_typed_is_in_an_entry(confirmed: World) -> None:
    """Reasons are codes and words of ours: all of those that the loaded world has."""
    with confirmed.units.reading() as uow:
        reasons = list(uow.db.scalars(sa.select(AuditEntry.reason).distinct()))

    assert set(reasons) - {None} == set()
    given = {"id": confirmed.activity("ACT-034"), "revision": 1, "reason": "Ana Popescu a plecat"}
    confirmed.deed("cancelActivity", "auditor", given)
    assert all("Popescu" not in repr(entry.model_dump()) for entry in confirmed.audit())


# ------------------------------------------------------------------ reading secrets


def test_reading_secrets_of_a_protected_service_is_written_down(confirmed: World) -> None:
    provider, auditor, partner = (confirmed.actor(who).subject for who in ("bes", "auditor", "partner"))
    service = confirmed.service(PROTECTED)

    for who in ("bes", "auditor", "partner", "council_member", "anonymous"):
        confirmed.one(SECRETS, who, id=service)

    assert sorted(reads(confirmed)) == sorted(
        [
            (provider, "Service", ["contact_desk", "district", "name", "pools"]),
            (provider, "CapacityPool", ["available", "unit"]),
            (auditor, "Service", ["district", "name", "pools"]),
            (auditor, "CapacityPool", ["unit"]),
            (partner, "Service", ["contact_desk"]),
        ]
    )
    [entry] = [e for e in confirmed.audit() if e.fields == ["contact_desk"]]
    row = confirmed.row(Service, code=PROTECTED)
    assert (entry.subject_id, entry.organisation_id) == (row.id, row.provider_id)


def test_a_pool_alone_is_written_down_too(confirmed: World) -> None:
    pool = confirmed.pool(PROTECTED)
    for selection in ("confirmedAt", "maximum", "holds { reference }"):
        document = f"query($id: ID!) {{ node(id: $id) {{ ... on CapacityPool {{ {selection} }} }} }}"
        confirmed.one(document, "bes", id=pool)

    subject = confirmed.actor("bes").subject
    assert reads(confirmed) == [
        (subject, "CapacityPool", [field]) for field in ("confirmed_at", "maximum", "holds")
    ]


def test_the_desk_of_a_hold_is_written_down(confirmed: World) -> None:
    wish = {"service": confirmed.service(PROTECTED), "onBehalfOf": confirmed.organisation("lastrada")}
    assert confirmed.refused("holdPlaces", "partner", wish) == []

    [hold] = confirmed.one("{ holds { nodes { contactDesk } } }", "partner")["nodes"]

    assert hold == {"contactDesk": "022 000 000"}
    assert reads(confirmed) == [(confirmed.actor("partner").subject, "Service", ["contact_desk"])]


def test_who_reads_no_secret_causes_no_statement_more(record: World) -> None:
    """Everybody asks for everything of a service that is not protected."""
    with record.units.reading() as uow:
        service = uow.db.scalars(sa.select(Service.id).where(Service.protected.is_(False)).limit(1)).one()
    for who in EVERYBODY:
        record.actor(who)
        with record.statements() as sent:
            record.one(SECRETS, who, id=encode_id("Service", service))
        assert not [statement for statement in sent if statement.startswith("INSERT")], who


def test_one_entry_for_each_record_and_answer(confirmed: World) -> None:
    document = """query($id: ID!) {
      a: node(id: $id) { ... on Service { name } } b: node(id: $id) { ... on Service { place } }
    }"""

    confirmed.ask(document, "bes", id=confirmed.service(PROTECTED))

    assert reads(confirmed) == [(confirmed.actor("bes").subject, "Service", ["name", "place"])]


# ------------------------------------------------------------------ when it cannot be written down


@contextmanager
def unwritable(world: World, monkeypatch: pytest.MonkeyPatch, code: str) -> Iterator[None]:
    @contextmanager
    def refuse() -> Iterator[None]:
        raise DatabaseFault(code)
        yield

    with monkeypatch.context() as patch:
        patch.setattr(world.units, "writing", refuse)
        yield


@pytest.mark.parametrize("code", ["DATABASE_BUSY", "DATABASE_READ_ONLY", "STORAGE_FULL"])
def test_secrets_are_not_handed_out_unrecorded(
    confirmed: World, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    service = confirmed.service(PROTECTED)
    for who in ("bes", "auditor", "council_member"):
        confirmed.actor(who)

    with unwritable(confirmed, monkeypatch, code):
        withheld = confirmed.answer(SECRETS, "bes", id=service)
        log = confirmed.answer(ENTRIES, "auditor", first=1)
        outside = confirmed.answer(SECRETS, "council_member", id=service)

    assert (withheld.data, withheld.codes, withheld.errors[0]["path"]) == (None, [code], ["node"])
    assert (log.data, log.codes) == (None, [code])
    assert (outside.errors, outside.data["node"]["pools"]) == ([], [])


# ------------------------------------------------------------------ live events


def test_each_live_event_is_written_down(confirmed: World) -> None:
    """Streams and sockets both run subscriptions through `schema.stream`."""
    document = "subscription { capacityChanged { available } }"

    def confirm(occupied: int) -> None:
        given = {"pool": confirmed.pool(PROTECTED), "maximum": 7, "occupied": occupied}
        assert confirmed.refused("confirmCapacity", "bes", given) == []

    async def listen() -> list[Any]:
        context = Context(confirmed.runtime, actor=confirmed.actor("bes"))
        events = await schema.stream(document, context_value=context)
        heard: list[Any] = []
        waiting = asyncio.ensure_future(anext(events))
        for occupied in (1, 2):
            while not confirmed.runtime.feed._subscribers:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(confirm, occupied)
            heard.append(await asyncio.wait_for(waiting, 20))
            waiting = asyncio.ensure_future(anext(events))
        waiting.cancel()
        return heard

    confirmed.runtime.feed.start()
    try:
        heard = asyncio.run(listen())
    finally:
        confirmed.runtime.feed.stop()

    assert [event.data["capacityChanged"]["available"] for event in heard] == [6, 5]
    assert reads(confirmed) == [(confirmed.actor("bes").subject, "CapacityPool", ["available"])] * 2
    assert {entry.subject_id for entry in confirmed.audit() if entry.action == "secret:record:read"} == {
        record_id(confirmed.pool(PROTECTED))
    }
