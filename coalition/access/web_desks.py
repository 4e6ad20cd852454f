"""Shared desks for the pages: who is at one, and the coordinator's list of those who serve there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from coalition.access.desks import service, turns
from coalition.access.desks.acting import AtDesk
from coalition.access.desks.models import Desk, DeskOperator
from coalition.access.desks.pins import MOST_TRIES, Try, begin_try, is_code
from coalition.access.middleware import address_of_caller
from coalition.access.models import Account
from coalition.access.passwords import is_password
from coalition.access.slowdown import Guess
from coalition.access.threads import in_thread
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Person

T = TypeVar("T")


@dataclass(frozen=True)
class ShownOperator:
    """Somebody who serves at a desk.

    `state` is READY, WAITING (for the first PIN), EXPIRED (the code) or ENDED (the PIN, after wrong tries).
    """

    number: int
    label: str
    state: str


@dataclass(frozen=True)
class ShownDesk:
    """A desk as its coordinator sees it, or as it sees itself."""

    id: UUID
    label: str
    organisation: dict[str, str]
    sign_in_name: str
    operators: list[ShownOperator]


def standing(request: Request) -> AtDesk | None:
    """Who is at the desk, when the browser is signed in for one."""
    found: AtDesk | None = getattr(request.state, "desk", None)
    return found


# ------------------------------------------------------------------ at the desk


async def own_desk(request: Request) -> ShownDesk:
    """The desk of this browser with all who serve there."""
    desk_id = _own(request).desk_id
    return await _reading(request, lambda uow: _shown(uow, uow.db.get_one(Desk, desk_id)))


async def open_desk(request: Request, *, number: int, pin: str) -> None:
    """Let an operator in. Raises `Refused` with PIN_REFUSED or PIN_ENDED at `pin`, and `SlowedDown`."""
    state, sign_in_id = request.app.state, request.state.sign_in_id

    def look(tried: Try) -> bool:
        # Slow by purpose, so no writer waits for it.
        return is_password(tried.pin_hash, pin)

    def enter(uow: UnitOfWork, tried: Try) -> None:
        turns.begin_turn(uow, sign_in_id=sign_in_id, tried=tried, idle=state.desk_idle)

    await in_thread(lambda: _tried(request, number, look, enter))


async def set_first_pin(request: Request, *, number: int, code: str, pin: str) -> None:
    """Set a PIN with the code that the coordinator has given, and let the operator in.

    Raises `Refused` with PIN_MALFORMED or PIN_TOO_SIMPLE at `newPin`, before the code is looked at, then as
    `open_desk` does.
    """
    state, sign_in_id = request.app.state, request.state.sign_in_id
    hashed = await in_thread(lambda: service.hashed_pin(pin))

    def look(tried: Try) -> bool:
        return is_code(state.secrets, tried, code, state.units.clock())

    def enter(uow: UnitOfWork, tried: Try) -> None:
        operator = service.use_code(uow, tried=tried, pin_hash=hashed)
        turns.open_turn(uow, operator, sign_in_id=sign_in_id, idle=state.desk_idle)

    await in_thread(lambda: _tried(request, number, look, enter))


def _tried(
    request: Request, number: int, look: Callable[[Try], bool], enter: Callable[[UnitOfWork, Try], None]
) -> None:
    """Count a try, look at it, and let the operator in or note that it was wrong."""
    state, desk = request.app.state, _own(request)
    guess = state.slowdown.admit(Guess.PIN, f"{desk.desk_id}/{number}", address_of_caller(request))
    with state.units.writing() as uow:
        tried = begin_try(uow, desk.desk_id, number)
    if look(tried):
        with state.units.writing() as uow:
            enter(uow, tried)
        guess.succeeded()
        return
    guess.failed()
    with state.units.writing() as uow:
        turns.note_wrong(uow, tried)
    raise refuse("PIN_REFUSED", "pin")


async def hand_over(request: Request) -> None:
    """Whoever is at the desk of this browser is not any more."""
    sign_in_id: UUID = request.state.sign_in_id
    await _writing(request, lambda uow: turns.end_turn(uow, sign_in_id=sign_in_id))


def _own(request: Request) -> AtDesk:
    found = standing(request)
    if found is None:
        raise refuse("NOT_FOUND", "desk")
    return found


# ------------------------------------------------------------------ the coordinator's list


async def desks(request: Request) -> list[ShownDesk]:
    """The desks of those organisations whose people the caller manages."""
    actor = request.state.actor
    return await _reading(request, lambda uow: [_shown(uow, desk) for desk in service.desks_led(uow, actor)])


async def desk(request: Request, desk_id: UUID) -> ShownDesk:
    """One of them. Raises `Refused` with NOT_FOUND."""
    actor = request.state.actor
    return await _reading(request, lambda uow: _shown(uow, service.desk_led(uow, actor, desk_id)))


async def make_desk(
    request: Request, *, organisation_id: UUID | None, label: str, role_type: str
) -> tuple[ShownDesk, str]:
    """The desk, and the path of the link that lets its browser in. Raises `Refused`."""
    actor, secrets = request.state.actor, request.app.state.secrets

    def work(uow: UnitOfWork) -> tuple[ShownDesk, str]:
        made = service.make_desk(
            uow, secrets, actor, organisation_id=organisation_id, label=label, role_type=role_type
        )
        return _shown(uow, made.desk), made.link

    return await _writing(request, work)


async def renew_link(request: Request, desk_id: UUID) -> str:
    """The path of a new link, after the desk was signed out everywhere. Raises `Refused`."""
    actor, secrets = request.state.actor, request.app.state.secrets
    return await _writing(request, lambda uow: service.renew_link(uow, secrets, actor, desk_id=desk_id))


async def close_desk(request: Request, desk_id: UUID) -> None:
    """End the desk for good. Raises `Refused`."""
    actor = request.state.actor
    await _writing(request, lambda uow: service.close_desk(uow, actor, desk_id=desk_id))


async def add_operator(request: Request, desk_id: UUID, *, label: str) -> str:
    """The code of somebody who serves at the desk from now on. Raises `Refused`."""
    actor, secrets = request.state.actor, request.app.state.secrets
    return await _writing(
        request, lambda uow: service.add_operator(uow, secrets, actor, desk_id=desk_id, label=label)
    )


async def reset_pin(request: Request, desk_id: UUID, number: int) -> str:
    """A new code, after the PIN was taken back. Raises `Refused`."""
    actor, secrets = request.state.actor, request.app.state.secrets
    return await _writing(
        request, lambda uow: service.reset_pin(uow, secrets, actor, desk_id=desk_id, number=number)
    )


async def end_operator(request: Request, desk_id: UUID, number: int) -> None:
    """Somebody serves there no more. Raises `Refused`."""
    actor = request.state.actor
    await _writing(request, lambda uow: service.end_operator(uow, actor, desk_id=desk_id, number=number))


async def _reading(request: Request, work: Callable[[UnitOfWork], T]) -> T:
    def run() -> T:
        with request.app.state.units.reading() as uow:
            return work(uow)

    return await in_thread(run)


async def _writing(request: Request, work: Callable[[UnitOfWork], T]) -> T:
    def run() -> T:
        with request.app.state.units.writing() as uow:
            return work(uow)

    return await in_thread(run)


def _shown(uow: UnitOfWork, desk: Desk) -> ShownDesk:
    account = uow.db.get_one(Account, desk.account_id)
    return ShownDesk(
        id=desk.account_id,
        label=uow.db.get_one(Person, account.person_id).name,
        organisation=uow.db.get_one(Organisation, desk.organisation_id).name,
        sign_in_name=account.email,
        operators=[
            ShownOperator(each.number, each.label, _state(each, uow.now))
            for each in service.operators_of(uow, desk)
        ],
    )


def _state(operator: DeskOperator, now: datetime) -> str:
    if operator.wrong_count >= MOST_TRIES:
        return "ENDED"
    if operator.pin_hash is not None:
        return "READY"
    is_over = operator.code_expires_at is None or operator.code_expires_at <= now
    return "EXPIRED" if is_over else "WAITING"
