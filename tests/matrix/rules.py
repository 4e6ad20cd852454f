"""What docs/access.md says of one case; nothing here knows the product's policies."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from tests.matrix.facts import PLACES, Caller, Record
from tests.matrix.page import NEVER, listed, table

READS = {
    "all": {"PRIVATE", "COALITION", "PARTNERS", "PUBLIC"},
    "coalition": {"COALITION", "PARTNERS", "PUBLIC"},
    "partners": {"PARTNERS", "PUBLIC"},
    "public": {"PUBLIC"},
}
EVERYWHERE = "everywhere"


@cache
def relation(home: str | None, owner: str) -> str:
    """The column in which `owner` stands for a caller whose organisation is `home`."""
    if home == owner:
        return "own"
    if home is not None and home in _above(owner):
        return "below"
    if home is not None and owner in _above(home):
        return "above"
    church = PLACES[owner].church
    if church is not None:
        return "same church" if home is not None and PLACES[home].church == church else "other church"
    if owner == "coalition":
        return "coalition"
    return "partner" if PLACES[owner].standing == "PARTNER" else "others"


def _above(slug: str) -> list[str]:
    parent = PLACES[slug].parent
    return [] if parent is None else [parent, *_above(parent)]


@cache
def row_of(who: str, held_in: str, *columns: str) -> dict[str, str]:
    """The caller's row in the table whose columns follow these; empty when it has none."""
    rows = [
        row
        for row in table("who asks", "in", *columns).rows
        if (row["who asks"], row["in"]) == (who, held_in)
    ]
    return rows[0] if rows else {}


def reads(caller: Caller, owner: str, visibility: str) -> bool:
    """Whether the first table gives the caller this owner's records of this visibility."""
    column = relation(caller.home, owner)
    cell = row_of(caller.who, caller.held_in, "own")[column]
    if cell == NEVER:
        raise AssertionError(
            f"docs/access.md says that {caller.name} never meets a record of column {column}"
        )
    return visibility in READS[cell]


def stands(caller: Caller, circle: str, provider: str | None) -> bool:
    """Whether the caller stands in this circle around a service's provider."""
    cells = listed(row_of(caller.who, caller.held_in, "provider's line").get(circle, NEVER))
    if EVERYWHERE in cells:
        return True
    return provider is not None and relation(caller.home, provider) in cells


@cache
def _what(what: str) -> dict[str, str]:
    [row] = [row for row in table("what", "of a protected service").rows if row["what"] == what]
    return row


def is_for(caller: Caller, what: str, service: Record) -> bool:
    """Whether `what` of a service is for the caller, among those who see the service."""
    cell = _what(what)["of a protected service" if service.protected else "of any other"]
    granted, _, never = cell.partition(";")
    circle = never.removeprefix(" never ").strip()
    if circle and stands(caller, circle, service.provider):
        return False
    return any(each == "everybody" or stands(caller, each, service.provider) for each in listed(granted))


def may(caller: Caller, column: str, organisation: str | None) -> bool:
    """Whether the caller may do the deeds of a column for an organisation."""
    cells = listed(row_of(caller.who, caller.held_in, "activities").get(column, NEVER))
    if EVERYWHERE in cells:
        return True
    return organisation is not None and relation(caller.home, organisation) in cells


def leads(caller: Caller, organisation: str) -> bool:
    """Whether the caller leads the people of an organisation."""
    cells = listed(row_of(caller.who, caller.held_in, "leads").get("leads", NEVER))
    return relation(caller.home, organisation) in cells


def hears_of(caller: Caller, column: str, organisation: str) -> bool:
    """Whether the caller hears of the `roles` or the `counts` of an organisation."""
    cells = listed(row_of(caller.who, caller.held_in, "leads").get(column, NEVER))
    return EVERYWHERE in cells or relation(caller.home, organisation) in cells


def knows_of_everybody(caller: Caller) -> bool:
    return row_of(caller.who, caller.held_in, "leads").get("knows of") == "everybody"


def is_known(caller: Caller, person: Record) -> bool:
    """Whether the person is the caller, or the one in whose name an app asks."""
    return person.facts["caller"] == caller.person


def is_named(caller: Caller, person: Record) -> bool:
    """Whether the caller learns a person's name."""
    return is_known(caller, person) or any(_role_named(caller, role) for role in person.roles)


def is_reached(caller: Caller, person: Record) -> bool:
    """Whether the caller learns a person's address."""
    return is_known(caller, person) or any(leads(caller, role.owner) for role in person.roles)


def _role_named(caller: Caller, role: Record) -> bool:
    """Whether a role is a reason to name its holder; those that ended here ended yesterday."""
    assert role.person is not None
    if leads(caller, role.owner):
        return True
    heard = listed(row_of(caller.who, caller.held_in, "leads").get("hears", NEVER))
    if role.facts["state"] != "ACTIVE":
        return False
    agreed = {"NAME_IN_COALITION": "coalition", "NAME_TO_PARTNERS": "partners"}
    consent = agreed.get(role.person.facts["consent"] or "")
    return ("office" in heard and role.owner == "coalition") or consent in heard


def status_of_pages(caller: Caller) -> int:
    """What each page and file is answered with, for a caller who has none of them; else 200."""
    cell = row_of(caller.who, caller.held_in, "pages and files").get("pages and files", "all")
    return {"all": 200, "refused with 401": 401, "led to the page of the desk": 303}[cell]


def sees_organisation(caller: Caller, slug: str) -> bool:
    return reads(caller, slug, PLACES[slug].visibility)


@cache
def rows_rule(type_name: str) -> str:
    [row] = [row for row in table("type", "its rows are seen").rows if row["type"] == type_name]
    return row["its rows are seen"]


def sees(caller: Caller, record: Record) -> bool:
    """Whether the record exists for the caller."""
    rule = rows_rule(record.type)
    if rule == "by everybody":
        return True
    if rule == "by owner":
        return reads(caller, record.owner, record.visibility)
    if rule == "by whom the table of people names; without a name by who knows of everybody":
        return is_named(caller, record) or knows_of_everybody(caller)
    if rule == "by its holder, by whom the table of people names it to, and by who knows of everybody":
        assert record.person is not None
        own = is_known(caller, record.person)
        return own or _role_named(caller, record) or knows_of_everybody(caller)
    if rule.startswith("by whoever may ask for systems of its organisation or decides"):
        asks = may(caller, "systems", record.owner) or may(caller, "office", record.owner)
        return asks or caller.who == "auditor"
    if rule == "by owner unless it is a draft; always by the provider's line":
        shared = not record.draft and reads(caller, record.owner, record.visibility)
        return shared or stands(caller, "provider's line", record.provider)
    service = record.service
    assert service is not None
    if rule == "with its service, by whoever sees pools of it":
        return sees(caller, service) and is_for(caller, "pools", service)
    if rule.startswith("by whoever may hold places for its organisation"):
        holds = may(caller, "hold", record.owner) and sees(caller, service)
        return holds or stands(caller, "provider", service.provider)
    raise AssertionError(f"docs/access.md has a rule that tests/matrix does not know: {rule}")


@cache
def _shown() -> dict[tuple[str, str], str]:
    rows = table("type", "fields", "shown to").rows
    return {(row["type"], name): row["shown to"] for row in rows for name in listed(row["fields"])}


def field_rule(type_name: str, name: str) -> str:
    """The words of the page about one field."""
    return _shown()[type_name, name]


def fields_of_page() -> Collection[tuple[str, str]]:
    return _shown().keys()
