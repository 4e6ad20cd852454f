"""Handing an invitation over: by mail, as a text, or on paper, for whoever holds its code.

The code comes back with the form of the one page that shows it; nothing here keeps it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers
import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request

from coalition.access.enums import LinkPurpose
from coalition.access.links import ONE_TIME_LINK_HOURS, account_of_link
from coalition.access.models import Account, OneTimeLink
from coalition.access.threads import in_thread
from coalition.access.tokens import read_code, spoken_code, token_hash
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Person
from coalition.notifications.letters import invitation_letter, invitation_text, language_for
from coalition.notifications.sending import Outcome

SENT = "account:link:send"
# Letters and texts with one link: nobody's mailbox or telephone is filled by a coordinator.
MOST_SENT = 3
# For so many seconds somebody looks at the page and waits to hear whether it was sent.
PATIENCE_SECONDS = 20.0
COUNTRY = "MD"


@dataclass(frozen=True)
class Sheet:
    """An invitation in the language of whoever is invited, ready to be handed over."""

    code: str
    link: str
    welcome: str
    email: str
    language: str
    text: str
    until: datetime
    hours: int = ONE_TIME_LINK_HOURS


async def sheet(request: Request, *, code: str, base: str, language: str | None) -> Sheet:
    """What is handed over, in `language` or the first of ours that the person speaks.

    Raises `Refused` with LINK_ENDED.
    """
    state = request.app.state

    def work() -> Sheet:
        with state.units.reading() as uow:
            account = _account(uow, state, code)
            spoken = uow.db.get_one(Person, account.person_id).languages
            until = _link(uow, state, code).expires_at
            return _sheet(code, base, account.email, language_for(language, *spoken), until)

    return await in_thread(work)


def _sheet(code: str, base: str, email: str, language: str, until: datetime) -> Sheet:
    letters = read_code(code) or ""
    welcome = f"{base}/{language}/welcome"
    link = f"{welcome}/{letters}"
    text = invitation_text(link, hours=ONE_TIME_LINK_HOURS, language=language)
    return Sheet(spoken_code(letters), link, welcome, email, language, text, until)


async def send_by_mail(request: Request, ready: Sheet) -> bool:
    """Mail it to the address of its account; whether the server took it over.

    Raises `Refused` with LINK_ENDED or TOO_MANY_ATTEMPTS.
    """
    state = request.app.state
    await _note_sending(request, ready, "mail")
    letter = invitation_letter(
        ready.link, code=ready.code, welcome=ready.welcome, hours=ready.hours, language=ready.language
    )
    return await _told(state, lambda: state.mailer.send(ready.email, letter.subject, letter.text))


async def send_by_text(request: Request, ready: Sheet, *, phone: str) -> bool:
    """Send it to a telephone, whose number is kept nowhere; whether it was taken over.

    Raises `Refused` with BAD_PHONE at `phone`, LINK_ENDED or TOO_MANY_ATTEMPTS.
    """
    state = request.app.state
    number = _number(phone)
    await _note_sending(request, ready, "text")
    return await _told(state, lambda: state.texts.send(number, ready.text))


def _number(typed: str) -> str:
    """A telephone number as providers take it; without a country it is Moldova's."""
    try:
        found = phonenumbers.parse(typed, COUNTRY)
    except phonenumbers.NumberParseException:
        raise refuse("BAD_PHONE", "phone") from None
    if not phonenumbers.is_valid_number(found):
        raise refuse("BAD_PHONE", "phone")
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


async def _note_sending(request: Request, ready: Sheet, way: str) -> None:
    state, actor = request.app.state, request.state.actor

    def work() -> None:
        with state.units.writing() as uow:
            _account(uow, state, ready.code)
            _note(uow, actor, _link(uow, state, ready.code).id, way)

    await in_thread(work)


def _note(uow: UnitOfWork, actor: Actor, link_id: UUID, way: str) -> None:
    sent = sa.select(sa.func.count(col(AuditEntry.id))).where(
        AuditEntry.subject_type == "OneTimeLink", AuditEntry.subject_id == link_id, AuditEntry.action == SENT
    )
    if uow.db.scalars(sent).one() >= MOST_SENT:
        raise refuse("TOO_MANY_ATTEMPTS")
    record(uow, actor, action=SENT, subject=("OneTimeLink", link_id), reason=way)


def _account(uow: UnitOfWork, state: Any, code: str) -> Account:
    account = account_of_link(uow, state.secrets, code, LinkPurpose.INVITATION)
    if account is None:
        raise refuse("LINK_ENDED")
    return account


def _link(uow: UnitOfWork, state: Any, code: str) -> OneTimeLink:
    hashed = token_hash(state.secrets, read_code(code) or "")
    return uow.db.scalars(sa.select(OneTimeLink).where(OneTimeLink.token_hash == hashed)).one()


async def _told(state: Any, send: Callable[[], None]) -> bool:
    """Send from a thread and wait a while for the outcome; what takes longer counts as not sent."""
    future = asyncio.wrap_future(state.post.later(lambda: state.post.try_to_send(send)))
    try:
        outcome = await asyncio.wait_for(asyncio.shield(future), PATIENCE_SECONDS)
    except TimeoutError:
        return False
    return isinstance(outcome, Outcome) and outcome.sent
