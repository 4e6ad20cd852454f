"""A person's own sign-ins: which there are, when they were last used, and ending them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.enums import SignInMethod
from coalition.access.factors.needs import role_demands
from coalition.access.links import end_sign_ins_of
from coalition.access.models import Account, SignIn
from coalition.access.oauth.families import take_back_all
from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

SEEN_EVERY = timedelta(hours=1)
LONGEST_USER_AGENT = 400
_HANDLE_LENGTH = 16

# The first that is found counts: browsers name those that they descend from, too.
_BROWSERS = (
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Opera", r"OPR/|Opera"),
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Yandex Browser", r"YaBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chromium", r"Chromium/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Version/.*Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("ChromeOS", r"CrOS"),
    ("Windows", r"Windows"),
    ("Mac", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True)
class Idle:
    """After how long without a visit a sign-in ends; `strict` is for roles that need a second factor."""

    usual: timedelta = timedelta(days=14)
    strict: timedelta = timedelta(hours=12)


# Nobody is away for a hundred years.
NEVER_IDLE = Idle(timedelta(days=36_500), timedelta(days=36_500))


@dataclass(frozen=True)
class OwnSignIn:
    """One sign-in as its owner sees it; `handle` names it in a form and is good for nothing else."""

    handle: str
    browser: str
    system: str
    method: SignInMethod
    began_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    is_this: bool


def is_in_use(idle: Idle, now: datetime, day: date) -> sa.ColumnElement[bool]:
    """Whether the sign-in of a row of `SignIn` and `Account` has neither ended nor lain idle for too long."""
    seen = col(SignIn.last_seen_at)
    return sa.and_(
        col(SignIn.expires_at) > now,
        seen > now - idle.usual,
        sa.or_(seen > now - idle.strict, sa.not_(role_demands(day))),
    )


def browser_word(user_agent: str | None) -> str:
    """A coarse word for a browser, such as "Firefox on Android"; empty when nothing is recognised."""
    text = (user_agent or "")[:LONGEST_USER_AGENT]
    browser = next((word for word, signs in _BROWSERS if re.search(signs, text)), "")
    system = next((word for word, signs in _SYSTEMS if re.search(signs, text)), "")
    return f"{browser} on {system}" if browser and system else browser or system


def seen_hour(moment: datetime) -> datetime:
    """All that is kept of the moment of a visit."""
    return moment.replace(minute=0, second=0, microsecond=0)


def is_seen_anew(sign_in: SignIn, now: datetime) -> bool:
    """Whether a visit now is to be written; at most once an hour."""
    return seen_hour(now) >= sign_in.last_seen_at + SEEN_EVERY


def note_seen(uow: UnitOfWork, sign_in_id: UUID) -> None:
    """Write the hour of a visit. It is no deed of anybody's, so the audit log hears nothing of it."""
    seen = seen_hour(uow.now)
    older = sa.and_(col(SignIn.id) == sign_in_id, col(SignIn.last_seen_at) < seen)
    uow.db.execute(sa.update(SignIn).where(older).values(last_seen_at=seen))


def own_sign_ins(
    uow: UnitOfWork, secrets: Secrets, actor: Actor, *, this: UUID | None, idle: Idle
) -> Sequence[OwnSignIn]:
    """The sign-ins of the actor that can be used now, the one last seen first."""
    rows = uow.db.scalars(
        sa.select(SignIn)
        .join(Account, col(Account.id) == col(SignIn.account_id))
        .where(SignIn.account_id == actor.account_id, is_in_use(idle, uow.now, uow.today))
        .order_by(col(SignIn.last_seen_at).desc(), col(SignIn.created_at).desc(), col(SignIn.id))
    ).all()
    return [_shown(secrets, row, this) for row in rows]


def _shown(secrets: Secrets, row: SignIn, this: UUID | None) -> OwnSignIn:
    browser, _, system = row.browser.partition(" on ")
    return OwnSignIn(
        handle=_handle(secrets, row.id),
        browser=browser,
        system=system,
        method=row.method,
        began_at=row.created_at,
        last_seen_at=row.last_seen_at,
        ends_at=row.expires_at,
        is_this=row.id == this,
    )


def _handle(secrets: Secrets, sign_in_id: UUID) -> str:
    # Not the id itself: forms of that browser are signed with it.
    return token_hash(secrets, f"sign-in:{sign_in_id}")[:_HANDLE_LENGTH]


def end_own_sign_in(uow: UnitOfWork, secrets: Secrets, actor: Actor, *, handle: str) -> UUID:
    """End one of the actor's sign-ins, and return its id. Raises `Refused` with NOT_FOUND."""
    rows = uow.db.scalars(sa.select(SignIn).where(SignIn.account_id == actor.account_id)).all()
    found = next((row for row in rows if _handle(secrets, row.id) == handle), None)
    if found is None or actor.account_id is None:
        raise refuse("NOT_FOUND")
    uow.db.execute(sa.delete(SignIn).where(col(SignIn.id) == found.id))
    record(uow, actor, action="account:sign_in:end", subject=("Account", actor.account_id))
    return found.id


def end_other_sign_ins(uow: UnitOfWork, actor: Actor, *, this: UUID | None) -> int:
    """End every sign-in of the actor but this one; how many there were."""
    if actor.account_id is None:
        raise refuse("UNAUTHENTICATED")
    count = end_sign_ins_of(uow, actor.account_id, but=this)
    if count:
        _record_all(uow, actor, actor.account_id, count)
    return count


def end_all_sign_ins(uow: UnitOfWork, actor: Actor, account: Account) -> int:
    """End every sign-in of an account and what apps were allowed, as an administrator; how many sign-ins."""
    count = end_sign_ins_of(uow, account.id)
    take_back_all(uow, actor, account.id)
    _record_all(uow, actor, account.id, count)
    return count


def _record_all(uow: UnitOfWork, actor: Actor, account_id: UUID, count: int) -> None:
    record(
        uow,
        actor,
        action="account:sign_in:end_all",
        subject=("Account", account_id),
        reason=f"count={count}",
    )
