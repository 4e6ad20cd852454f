"""The caller's own sign-ins for the pages: seeing and ending them."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from coalition.access import sign_ins
from coalition.access.sign_ins import OwnSignIn
from coalition.access.threads import in_thread


async def own(request: Request) -> Sequence[OwnSignIn]:
    """The sign-ins of the caller that can be used now, the one last seen first."""
    state, actor, this = request.app.state, request.state.actor, request.state.sign_in_id

    def work() -> Sequence[OwnSignIn]:
        with state.units.reading() as uow:
            return sign_ins.own_sign_ins(uow, state.secrets, actor, this=this, idle=state.sign_in_idle)

    return await in_thread(work)


async def end(request: Request, handle: str) -> bool:
    """End one of them; whether it was the one of this browser. Raises `Refused` with NOT_FOUND."""
    state, actor, this = request.app.state, request.state.actor, request.state.sign_in_id

    def work() -> bool:
        with state.units.writing() as uow:
            ended = sign_ins.end_own_sign_in(uow, state.secrets, actor, handle=handle)
            return bool(ended == this)

    return await in_thread(work)


async def end_others(request: Request) -> int:
    """End all but the one of this browser; how many there were."""
    state, actor, this = request.app.state, request.state.actor, request.state.sign_in_id

    def work() -> int:
        with state.units.writing() as uow:
            return sign_ins.end_other_sign_ins(uow, actor, this=this)

    return await in_thread(work)
