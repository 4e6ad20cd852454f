"""A small coalition in which every case of docs/access.md occurs, as plain facts, and as rows.

Nothing here asks the product who may see what: an organisation knows its line, a record its owner,
visibility and provider, and that is all that the expected access is derived from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

VISIBILITIES = ("PRIVATE", "COALITION", "PARTNERS", "PUBLIC")
FREE, OCCUPIED, HELD, MAXIMUM = 10, 5, 2, 17


@dataclass(frozen=True)
class Place:
    """An organisation: what it stands under, its church body, and how it stands to the coalition."""

    slug: str
    parent: str | None = None
    church: str | None = None
    standing: str = "MEMBER"
    kind: str = "CHURCH"
    visibility: str = "PUBLIC"


PLACES = {
    place.slug: place
    for place in (
        Place("coalition", standing="NONE", kind="COALITION"),
        Place("alba", church="alba"),
        Place("alba-north", "alba", "alba", "NONE", "DIOCESE"),
        Place("alba-parish", "alba-north", "alba", "NONE", "PARISH"),
        Place("alba-south", "alba", "alba", "NONE", "DIOCESE"),
        Place("bravo", church="bravo"),
        Place("charity", standing="PARTNER", kind="NGO"),
        Place("charity-house", "charity", standing="NONE", kind="NGO"),
        Place("paused", church="paused", standing="SUSPENDED"),
        Place("paused-parish", "paused", "paused", "NONE", "PARISH"),
        Place("watcher", standing="OBSERVER", kind="NGO"),
        Place("gone", standing="LEFT", kind="NGO"),
        Place("police", kind="LAW_ENFORCEMENT"),
        Place("police-partner", standing="PARTNER", kind="LAW_ENFORCEMENT"),
        Place("outside", standing="NONE", kind="NGO"),
        # Organisations that not everybody sees; they take part in what others do.
        Place("dean-private", "alba-north", "alba", "NONE", "DEANERY", "PRIVATE"),
        Place("chapel-private", "dean-private", "alba", "NONE", "PARISH", "PRIVATE"),
        Place("south-private", "alba-south", "alba", "NONE", "PARISH", "PRIVATE"),
        Place("south-coalition", "alba-south", "alba", "NONE", "PARISH", "COALITION"),
        Place("bravo-private", "bravo", "bravo", "NONE", "PARISH", "PRIVATE"),
        Place("bravo-coalition", "bravo", "bravo", "NONE", "PARISH", "COALITION"),
        Place("bravo-partners", "bravo", "bravo", "NONE", "PARISH", "PARTNERS"),
        Place("charity-private", "charity", None, "NONE", "NGO", "PRIVATE"),
        Place("friend-private", None, None, "PARTNER", "NGO", "PRIVATE"),
        Place("friend-coalition", None, None, "PARTNER", "NGO", "COALITION"),
        Place("outside-private", "outside", None, "NONE", "NGO", "PRIVATE"),
        Place("outside-coalition", "outside", None, "NONE", "NGO", "COALITION"),
        Place("outside-partners", "outside", None, "NONE", "NGO", "PARTNERS"),
    )
}
# Owners with records of every visibility, and owners that only some callers come near.
MAIN_OWNERS = (
    "coalition", "alba", "alba-north", "alba-parish", "alba-south", "bravo", "charity", "outside",
)  # fmt: skip
OTHER_OWNERS = (
    "charity-house", "paused", "paused-parish", "watcher", "gone", "police", "police-partner", "dean-private",
    "chapel-private",
)  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """One who asks: the row of docs/access.md, and the organisation that the role is held in.

    `scopes` are what an app was allowed by the caller named in `of`. A browser of a shared desk has an
    operator `at_desk` or has not; `of` is then the caller whose account it shares.
    """

    who: str
    held_in: str
    home: str | None = None
    roles: tuple[tuple[str, str], ...] = ()
    is_client: bool = False
    days: tuple[int, int | None] = (-100, None)
    of: str | None = None
    scopes: tuple[str, ...] = ()
    at_desk: bool | None = None

    @property
    def name(self) -> str:
        return f"{self.who} in {self.held_in} ({self.home})" if self.home else self.who

    @property
    def is_app(self) -> bool:
        return self.scopes != ()

    @property
    def sends_token(self) -> bool:
        """Whether it comes with a bearer token, not with the cookie of a browser."""
        return self.is_client or self.is_app

    @property
    def is_desk(self) -> bool:
        return self.at_desk is not None

    @property
    def is_nobody(self) -> bool:
        """Whether there is nobody who asks, as far as anybody knows."""
        return self.who == "nobody signed in" or self.at_desk is False

    @property
    def person(self) -> str | None:
        """The caller whose person it is, or in whose name; a system is nobody, and so is a desk."""
        return None if self.is_client or self.is_desk else self.of or self.name

    @property
    def is_oneself(self) -> bool:
        """Whether the person asks, and not an app in their name."""
        return self.person == self.name


def _app(scopes: tuple[str, ...], person: str, held_in: str, home: str, of: str) -> Caller:
    """An app that `of` allowed these scopes; it is in the organisations that they are in."""
    who = f"an app of {person}, allowed {' and '.join(scopes)}"
    role_type = of.partition(" ")[0]
    return Caller(who, held_in, home, ((role_type, home),), of=of, scopes=scopes)


def _role(who: str, held_in: str, home: str, **values: Any) -> Caller:
    return Caller(who, held_in, home, ((who, home),), **values)


# Who agreed to be named to whom.
CONSENTS = {
    "reporter in a member (alba-north)": "NAME_IN_COALITION",
    "a role that ended yesterday in a member (alba-north)": "NAME_IN_COALITION",
    "coordinator in a member (bravo)": "NAME_TO_PARTNERS",
}
COORDINATOR = "coordinator in a member (alba-north)"
AUDITOR = "auditor in the coalition (coalition)"
DESK = "a desk with an operator at it in a member (alba-north)"
LEFT, LAW = "an organisation that left", "a law enforcement body"
NORTH = (("coordinator", "alba-north"),)
CALLERS = (
    Caller("nobody signed in", "–"),
    Caller("no role", "–"),
    Caller("a role that ended yesterday", "a member", "alba-north", NORTH, days=(-100, -1)),
    Caller("a role from tomorrow on", "a member", "alba-north", NORTH, days=(1, None)),
    _role("reporter", "a member", "alba-north"),
    _role("reporter", "a member", "chapel-private"),
    _role("coordinator", "a member", "alba"),
    _role("coordinator", "a member", "alba-north"),
    _role("coordinator", "a member", "bravo"),
    _role("trainer", "a member", "alba-parish"),
    *(
        _role(who, "the coalition", "coalition")
        for who in ("council_member", "council_secretary", "expert", "trainer", "auditor", "administrator")
    ),
    _role("partner_client", "a partner", "charity", is_client=True),
    _role("reporter", "a partner", "charity"),
    _role("coordinator", "a partner", "charity"),
    _role("coordinator", "a suspended member", "paused"),
    _role("coordinator", "an observer", "watcher"),
    _role("coordinator", LEFT, "gone"),
    _role("partner_client", LEFT, "gone", is_client=True),
    _role("coordinator", LAW, "police"),
    _role("coordinator", f"{LAW} that is a partner", "police-partner"),
    Caller(
        "reporter",
        "an observer, and administrator in the coalition",
        "watcher",
        (("reporter", "watcher"), ("administrator", "coalition")),
    ),
    _app(("records:read", "coalition:read"), "a coordinator", "a member", "alba-north", COORDINATOR),
    _app(("activity:log",), "a coordinator", "a member", "alba-north", COORDINATOR),
    _app(("coalition:read",), "an auditor", "the coalition", "coalition", AUDITOR),
    Caller("a desk with an operator at it", "a member", "alba-north", NORTH, at_desk=True),
    Caller("a desk with nobody at it", "a member", "alba-north", NORTH, of=DESK, at_desk=False),
)  # fmt: skip


@dataclass(eq=False)
class Record:
    """A record with the facts that access is derived from; `token` is a word that only it has.

    `refers` are organisations that its search text names. Of a pool or hold, `service` is what it belongs to.
    """

    type: str
    id: str
    key: UUID
    owner: str = ""
    visibility: str = "PUBLIC"
    token: str = ""
    provider: str | None = None
    protected: bool = False
    draft: bool = False
    service: Record | None = None
    refers: tuple[str, ...] = ()
    person: Record | None = None
    roles: list[Record] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """How a wrong cell names it."""
        if self.type == "Person":
            return f"the person who is {self.facts['caller']}"
        parts = [f"a {self.visibility} record of {self.owner}" if self.owner else self.id]
        if self.service is not None:
            parts = [f"in {self.service.label}"]
        if self.type == "Service":
            kind = ("protected " if self.protected else "") + ("draft " if self.draft else "")
            parts.append(f"a {kind}service of {self.provider or 'nobody listed'}")
        return ", ".join(parts)
