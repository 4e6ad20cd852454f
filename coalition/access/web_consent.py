"""What apps ask of a person, for the pages: consent, devices, and what was allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from coalition.access.oauth import consent
from coalition.access.oauth.consent import Asked, DeviceAsked, Parameters, Refusal
from coalition.access.oauth.families import allowed_apps, take_back
from coalition.access.oauth.issuer import issuer_of
from coalition.access.permission_words import PermissionInWords
from coalition.access.slowdown import Guess, Slowdown
from coalition.access.threads import in_thread
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.text import in_language
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Person
from coalition.members.repository import organisation_by_id

T = TypeVar("T")


@dataclass(frozen=True)
class AppInWords:
    """An app as a person is shown it: who answers for it, and what it may do that they may do themselves.

    `organisation` is empty for our own program, and None where its name is not open to the person.
    """

    name: str
    organisation: str | None
    deeds: list[str]


@dataclass(frozen=True)
class Consent:
    """A good authorization request, to be shown: `address` is where the browser is sent afterwards."""

    app: AppInWords
    person: str
    address: str
    parameters: Parameters


@dataclass(frozen=True)
class Device:
    """A device that waits, to be shown."""

    id: UUID
    app: AppInWords
    person: str


@dataclass(frozen=True)
class Allowed:
    """What a person has allowed an app, to be shown."""

    id: UUID
    app: AppInWords
    since: datetime
    until: datetime


# ------------------------------------------------------------------ consent


async def refusal(request: Request, parameters: Parameters) -> Refusal | None:
    """Why nothing can be shown for these parameters, whoever is signed in; None when something can."""

    def work(uow: UnitOfWork) -> Refusal | None:
        found = _asked(request, uow, parameters)
        return found if isinstance(found, Refusal) else None

    return await _reading(request, work)


async def asked(request: Request, parameters: Parameters, language: str) -> Consent | Refusal:
    """What an app asks with these parameters, in words, or why nothing is shown."""

    def work(uow: UnitOfWork) -> Consent | Refusal:
        found = _asked(request, uow, parameters)
        if isinstance(found, Refusal):
            return found
        actor: Actor = request.state.actor
        app = _in_words(uow, actor, found.client_name, found.organisation_id, found.scopes, language)
        return Consent(app, _own_name(uow, actor), found.redirect_uri, found.parameters)

    return await _reading(request, work)


async def allow(request: Request, parameters: Parameters) -> str | Refusal:
    """Allow it; the address to send the browser to. Raises `Refused` as `consent.grant` does."""

    def work(uow: UnitOfWork) -> str | Refusal:
        found = _asked(request, uow, parameters)
        if isinstance(found, Refusal):
            return found
        return consent.grant(uow, request.app.state.secrets, request.state.actor, found)

    return await _writing(request, work)


async def deny(request: Request, parameters: Parameters) -> str | Refusal:
    """Deny it; the address to send the browser to."""

    def work(uow: UnitOfWork) -> str | Refusal:
        found = _asked(request, uow, parameters)
        return found if isinstance(found, Refusal) else consent.deny(found)

    return await _reading(request, work)


def _asked(request: Request, uow: UnitOfWork, parameters: Parameters) -> Asked | Refusal:
    state = request.app.state
    return consent.ask(uow, state.secrets, request.state.actor, parameters, issuer=issuer_of(request))


# ------------------------------------------------------------------ devices


async def device(request: Request, user_code: str, language: str) -> Device | None:
    """The device that waits with this code; None when there is none.

    Every try of a person from their network is counted, right ones too, since whoever guesses could mix in
    codes of their own. Raises `SlowedDown`.
    """
    state, actor = request.app.state, request.state.actor

    def work() -> Device | None:
        host = request.client.host if request.client else ""
        made = Slowdown(state.rates).admit(Guess.DEVICE, str(actor.account_id), host)
        with state.units.reading() as uow:
            found = consent.device_by_user_code(uow, state.secrets, user_code)
            if found is not None:
                return _device_in_words(uow, actor, found, language)
        made.failed()
        return None

    return await in_thread(work)


def _device_in_words(uow: UnitOfWork, actor: Actor, found: DeviceAsked, language: str) -> Device:
    app = _in_words(uow, actor, found.client_name, found.organisation_id, found.scopes, language)
    return Device(found.id, app, _own_name(uow, actor))


async def answer_device(request: Request, device_id: str, *, allowed: bool) -> None:
    """Let a device in, or tell it no. Raises `Refused` with DEVICE_ENDED when it waits no more."""

    def work(uow: UnitOfWork) -> None:
        answer = consent.allow_device if allowed else consent.deny_device
        answer(uow, request.state.actor, _uuid(device_id, "DEVICE_ENDED"))

    await _writing(request, work)


# ------------------------------------------------------------------ what was allowed


async def allowed(request: Request, language: str) -> list[Allowed]:
    """The apps that the caller has allowed, the newest first."""
    actor: Actor = request.state.actor

    def work(uow: UnitOfWork) -> list[Allowed]:
        if actor.account_id is None:
            return []
        return [
            Allowed(
                each.grant.id,
                _in_words(
                    uow, actor, each.client.name, each.client.organisation_id, each.grant.scopes, language
                ),
                each.grant.created_at,
                each.grant.expires_at,
            )
            for each in allowed_apps(uow, actor.account_id)
        ]

    return await _reading(request, work)


async def end(request: Request, grant_id: str) -> None:
    """Take back what was allowed. Raises `Refused` with NOT_FOUND when it is nothing of the caller's."""

    def work(uow: UnitOfWork) -> None:
        take_back(uow, request.state.actor, _uuid(grant_id, "NOT_FOUND"))

    await _writing(request, work)


# ------------------------------------------------------------------ common


def _in_words(
    uow: UnitOfWork,
    actor: Actor,
    name: str,
    organisation_id: UUID | None,
    scopes: Sequence[str],
    language: str,
) -> AppInWords:
    organisation = organisation_by_id(uow, actor, organisation_id)
    shown = in_language(organisation.name, language) if organisation else None
    # What the person may not do, the app cannot do in their name either.
    deeds = [PermissionInWords(scope).in_language(language) for scope in scopes if actor.may(scope)]
    return AppInWords(name, "" if organisation_id is None else shown, deeds)


def _own_name(uow: UnitOfWork, actor: Actor) -> str:
    return uow.db.get_one(Person, actor.person_id).name


def _uuid(text: str, code: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise refuse(code) from None


async def _reading(request: Request, work: Callable[[UnitOfWork], T]) -> T:
    def done() -> T:
        with request.app.state.units.reading() as uow:
            return work(uow)

    return await in_thread(done)


async def _writing(request: Request, work: Callable[[UnitOfWork], T]) -> T:
    def done() -> T:
        with request.app.state.units.writing() as uow:
            return work(uow)

    return await in_thread(done)
