"""The browsers in which the caller is signed in, and ending each of them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.web import gateway, links
from coalition.web.forms import read_form
from coalition.web.language import link
from coalition.web.pages.own import of_a_person
from coalition.web.render import go_to, page

HERE = "/me/sign-ins"


@of_a_person
async def sign_ins(request: Request) -> Response:
    values = {"sign_ins": await links.own(request), "done": request.query_params.get("done")}
    return page(request, "sign_ins.html", values)


@of_a_person
async def end(request: Request) -> Response:
    """End one; without saying which, all but this one."""
    form = await read_form(request)
    handle = form.text("signIn")
    if not handle:
        await links.end_others(request)
        return go_to(request, HERE, done="others")
    try:
        was_this = await links.end(request, handle)
    except Refused as refused:
        raise HTTPException(404) from refused
    if not was_this:
        return go_to(request, HERE, done="one")
    response = RedirectResponse(link(request, "/"), 303)
    await gateway.sign_out(request, response)
    return response
