"""Cookies and bearer tokens resolve to actors with the grants of today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.access import actors, service
from coalition.access.actors import actor_for_bearer, actor_for_cookie, caller_for_bearer
from coalition.access.models import Account, PersonalAccessToken, SignIn
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.secrets import Secrets
from coalition.core.actor import Actor, ActorKind, Reach, Visibility
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import MembershipStatus
from coalition.members.models import Organisation, Role
from tests.access.conftest import TESTER, People
from tests.factories import NOW, TODAY
from tests.support.tokens import ISSUER, access_token

MEMBER = frozenset({Visibility.PUBLIC, Visibility.PARTNERS, Visibility.COALITION})
PARTNER = frozenset({Visibility.PUBLIC, Visibility.PARTNERS})


def reporter(people: People) -> Actor:
    own = Reach(organisations=frozenset({people.ubceb}))
    return Actor(
        kind=ActorKind.PERSON,
        subject=f"account:{people.account_id}",
        person_id=people.person_id,
        account_id=people.account_id,
        organisations=(people.ubceb,),
        shared=MEMBER,
        permissions={"activity:log": own, "records:read": own, "coalition:read": Reach(everything=True)},
        cost_budget=100_000,
        as_of=TODAY,
    )


def partner(people: People, *scopes: str) -> Actor:
    own, everything = Reach(organisations=frozenset({people.lastrada})), Reach(everything=True)
    held = {
        "capacity:read": everything,
        "capacity:hold": own,
        "referral:send": own,
        "records:read": own,
        "partners:read": everything,
    }
    return Actor(
        kind=ActorKind.CLIENT,
        subject=f"client:{people.credentials.client_id}",
        client_id=people.credentials.client_id,
        organisations=(people.lastrada,),
        shared=PARTNER,
        permissions={name: held[name] for name in scopes},
        cost_budget=100_000,
        as_of=TODAY,
    )


def personal_token(uow: UnitOfWork, secrets: Secrets, people: People) -> str:
    return service.create_personal_access_token(
        uow, secrets, TESTER, account_id=people.account_id, name="Demo"
    )


def oauth_token(uow: UnitOfWork, secrets: Secrets, people: People, *scopes: str) -> str:
    return access_token(uow, secrets, people.credentials.client_id, scopes)


def bearer(uow: UnitOfWork, secrets: Secrets, token: str) -> Actor | None:
    return actor_for_bearer(uow, secrets, token, issuer=ISSUER)


def test_cookie(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = service.begin_sign_in(uow, secrets, people.account_id).token

        found = actor_for_cookie(uow, secrets, token)

        assert found is not None
        assert found == (reporter(people), uow.db.scalars(sa.select(SignIn)).one())
        assert bearer(uow, secrets, token) is None


@pytest.mark.parametrize(("days", "is_known"), [(29, True), (30, False)])
def test_cookie_ends_after_30_days(
    units: Units, secrets: Secrets, people: People, days: int, *, is_known: bool
) -> None:
    with units.writing() as uow:
        token = service.begin_sign_in(uow, secrets, people.account_id).token
        uow.now = NOW + timedelta(days=days)

        assert (actor_for_cookie(uow, secrets, token) is not None) == is_known


def test_personal_access_token(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = personal_token(uow, secrets, people)

        assert bearer(uow, secrets, token) == reporter(people)
        assert actor_for_cookie(uow, secrets, token) is None


@pytest.mark.parametrize("token", ["", "cpat_", "cpat_unknown", "coat_unknown", "cpat_\x00ș", "nonsense"])
def test_unknown_tokens(units: Units, secrets: Secrets, people: People, token: str) -> None:
    with units.writing() as uow:
        personal_token(uow, secrets, people)

        assert bearer(uow, secrets, token) is None


def test_ended_personal_access_tokens(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = personal_token(uow, secrets, people)
        for change in ({"expires_at": NOW}, {"expires_at": None, "revoked_at": NOW}):
            uow.db.execute(sa.update(PersonalAccessToken).values(**change))
            assert bearer(uow, secrets, token) is None


def test_nothing_of_an_inactive_account_counts(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        cookie = service.begin_sign_in(uow, secrets, people.account_id).token
        token = personal_token(uow, secrets, people)
        uow.db.execute(sa.update(Account).values(is_active=False))

        assert actor_for_cookie(uow, secrets, cookie) is None
        assert bearer(uow, secrets, token) is None


def test_a_role_that_ended_yesterday_gives_nothing(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = personal_token(uow, secrets, people)
        uow.db.execute(
            sa.update(Role).values(ends_on=TODAY - timedelta(days=1), starts_on=TODAY.replace(day=1))
        )

        found = bearer(uow, secrets, token)

    assert found is not None
    assert (found.permissions, found.organisations, found.shared) == ({}, (), {Visibility.PUBLIC})


@pytest.mark.parametrize(
    "scopes",
    [
        ("capacity:read", "capacity:hold", "records:read", "partners:read"),
        ("capacity:read",),
        (),
    ],
)
def test_scopes_narrow_deeds_and_capacity_but_not_reading(
    units: Units, secrets: Secrets, people: People, scopes: tuple[str, ...]
) -> None:
    with units.writing() as uow:
        token = oauth_token(uow, secrets, people, *scopes)

        found = bearer(uow, secrets, token)

    assert found == partner(people, *dict.fromkeys((*scopes, "records:read", "partners:read")))


def test_a_scope_gives_nothing_that_the_role_type_lacks(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        token = oauth_token(uow, secrets, people, "activity:log", "capacity:hold")

        found = bearer(uow, secrets, token)

    assert found == partner(people, "capacity:hold", "records:read", "partners:read")


def test_oauth_token_ends_after_ten_minutes(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = oauth_token(uow, secrets, people)
        uow.now = NOW + timedelta(seconds=599)
        assert bearer(uow, secrets, token) is not None
        uow.now = NOW + timedelta(seconds=600)
        assert bearer(uow, secrets, token) is None


def test_oauth_token_of_an_inactive_client(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = oauth_token(uow, secrets, people)
        uow.db.execute(sa.update(OAuthClient).values(state=ClientState.ENDED))

        assert bearer(uow, secrets, token) is None


def test_client_of_an_organisation_that_left(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = oauth_token(uow, secrets, people, "capacity:read")
        left = sa.update(Organisation).where(Organisation.id == people.lastrada)
        uow.db.execute(left.values(status=MembershipStatus.LEFT))

        found = bearer(uow, secrets, token)

    assert found is not None
    nothing: tuple[dict[str, Reach], tuple[UUID, ...], set[Visibility]] = ({}, (), {Visibility.PUBLIC})
    assert (found.permissions, found.organisations, found.shared) == nothing


def test_who_called_before_is_known_in_one_statement_until_it_counts(
    units: Units, secrets: Secrets, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    with units.writing() as uow:
        tokens = [personal_token(uow, secrets, people), oauth_token(uow, secrets, people, "capacity:read")]
    resolved: list[Actor] = []
    made = actors._made

    def noted(uow: UnitOfWork, found: Any) -> Actor:
        resolved.append(made(uow, found))
        return resolved[-1]

    monkeypatch.setattr(actors, "_made", noted)

    def call() -> list[Actor | None]:
        callers = [caller_for_bearer(units, secrets, token, issuer=ISSUER) for token in tokens]
        return [caller and caller.actor for caller in callers]

    system = partner(people, "capacity:read", "records:read", "partners:read")
    assert call() == call() == resolved == [reporter(people), system]
    # What an account is called is read each time; nothing of what it may do was changed.
    with units.writing() as uow:
        uow.db.execute(sa.update(Account).values(language="ru"))
    assert [actor and actor.language for actor in call()] == ["ru", None]
    assert len(resolved) == 3
    with units.writing() as uow:
        uow.db.execute(
            sa.update(Role).values(ends_on=TODAY - timedelta(days=1), starts_on=TODAY.replace(day=1))
        )
        uow.db.execute(sa.update(OAuthClient).values(state=ClientState.PAUSED))
    ended, paused = call()
    assert (ended and ended.permissions, paused) == ({}, None)
    with units.writing() as uow:
        uow.db.execute(sa.update(PersonalAccessToken).values(revoked_at=NOW))
    assert call() == [None, None]


def test_the_day_counts_without_any_change(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = personal_token(uow, secrets, people)
        uow.db.execute(sa.update(Role).values(ends_on=TODAY))

    found = []
    for days in (0, 0, 1):
        units.clock = lambda days=days: NOW + timedelta(days=days)  # type: ignore[misc]
        caller = caller_for_bearer(units, secrets, token, issuer=ISSUER)
        found.append(caller is not None and caller.actor.may("activity:log"))

    assert found == [True, True, False]
