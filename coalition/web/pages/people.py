"""The people of one's own line: who holds which role, inviting, giving and ending roles."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from coalition.core.errors import Refused
from coalition.core.i18n import translations
from coalition.web import choices, links, qr
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, actor, ask, attempt, held_at
from coalition.web.language import language_of, link
from coalition.web.links import Sheet
from coalition.web.pages.coming_in import public_address
from coalition.web.pages.lists import Paged
from coalition.web.pages.signing import needs, note
from coalition.web.render import environment, go_to, page
from coalition.web.shown import shown

LEADS = ("people:manage", "access:administer")
GIVE_ANCHORS = ("organisation", "roleType", "startsOn", "endsOn", "person")
INVITE_ANCHORS = ("personName", "email", "languages", *GIVE_ANCHORS)
NOBODY = ""


@needs(*LEADS)
async def people(request: Request) -> Response:
    return await _people_page(request, Form())


async def _people_page(request: Request, form: Form, role: str = "", status: int = 200) -> Response:
    variables = _wanted(request)
    data = await ask(request, "people", variables)
    values = {
        "data": data,
        "form": form,
        "form_role": role,
        "lines": _lines(request, data),
        "within": variables["within"],
        "role_types": _role_types(data),
        "role_type": variables["roleType"],
        "may_end_of": lambda person: person["id"] != (data["viewer"]["person"] or {}).get("id"),
        "done": request.query_params.get("done"),
        "paged": _paged(request, data, variables),
        "shown_document": shown("people", variables),
    }
    return page(request, "people.html", values, status=status)


def _wanted(request: Request) -> Data:
    """The line chosen; without a choice the first of one's own, or everybody for an administrator."""
    lines = held_at(request, "people:manage")
    first = lines[0] if lines and not actor(request).may("access:administer") else None
    query = request.query_params
    return {
        "within": query.get("within") or first,
        "roleType": query.get("roleType") or None,
        "after": query.get("after") or None,
    }


def _lines(request: Request, data: Data) -> choices.Choices:
    own = held_at(request, "people:manage")
    return choices.named([each for each in data["viewer"]["organisations"] if each["id"] in own])


def _role_types(data: Data) -> choices.Choices:
    """What a person can hold; which of them in which organisation the deed itself says."""
    return choices.named([each for each in data["roleTypes"] if not each["forSystems"]], "code")


def _paged(request: Request, data: Data, variables: Data) -> Paged:
    given = [(name, str(variables[name])) for name in ("within", "roleType") if variables[name]]
    info = data["people"]["pageInfo"]
    further = (
        link(request, "/people", [*given, ("after", info["endCursor"])]) if info["hasNextPage"] else None
    )
    return Paged(first=link(request, "/people", given), next=further, after=variables["after"])


@needs(*LEADS)
async def invite(request: Request) -> Response:
    if request.method == "POST":
        return await _invite(request)
    values = {"clientId": [new_client_id()], "organisation": [request.query_params.get("organisation", "")]}
    return await _role_page(request, "people_invite.html", Form(values, INVITE_ANCHORS, language_of(request)))


async def _invite(request: Request) -> Response:
    form = await read_form(request, INVITE_ANCHORS)
    given = _role_of(form) | {
        "name": form.text("personName"),
        "email": form.text("email"),
        "languages": form.many("languages"),
    }
    if not form.errors:
        deed = await attempt(request, "invite_person", given)
        if deed.done:
            # The link is shown here and nowhere else: an address would keep it in the browser's history.
            ready = await _sheet(request, deed.payload["link"], None)
            return _invited_page(request, ready, Form(), invited=deed.payload)
        form.take(_renamed(fault) for fault in deed.faults)
    return await _role_page(request, "people_invite.html", form, status=422)


def _renamed(fault: Data) -> Data:
    path = fault.get("field") or []
    return {**fault, "field": ["personName"] if path == ["name"] else path}


async def _sheet(request: Request, shown: str | None, language: str | None) -> Sheet | None:
    """What is handed over of a link or its code; None when there is none."""
    if not shown:
        return None
    code = shown.rpartition("/")[2]
    return await links.sheet(request, code=code, base=public_address(request), language=language)


def _invited_page(
    request: Request,
    ready: Sheet | None,
    form: Form,
    *,
    invited: Data | None = None,
    sent: str = "",
    status: int = 200,
) -> Response:
    state = request.app.state
    values = {
        "invited": invited,
        "sheet": ready,
        "form": form,
        "sent": sent,
        "mails": state.mailer.reaches_people,
        "texts": state.texts.reaches_people,
    }
    answer = page(request, "people_invited.html", values, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@needs(*LEADS)
async def hand_over(request: Request) -> Response:
    """Mail, text or print an invitation whose code comes back from the page that showed it."""
    form = await read_form(request, ("phone", "link"))
    form.values["phone"] = form.values.get("phone", [""])
    try:
        ready = await _sheet(request, form.text("link"), form.optional("language"))
        if ready is None:
            raise HTTPException(404)
        return await _handed_over(request, ready, form)
    except Refused as refused:
        if any(fault.code == "LINK_ENDED" for fault in refused.faults):
            return page(request, "people_link_ended.html", status=404)
        note(request, form, "phone" if form.text("way") == "text" else "", refused)
        return _invited_page(request, ready, form, status=422)


async def _handed_over(request: Request, ready: Sheet, form: Form) -> Response:
    way = form.text("way")
    if way == "print":
        return _printed(request, ready)
    if way == "text":
        done = await links.send_by_text(request, ready, phone=form.text("phone"))
    else:
        done = await links.send_by_mail(request, ready)
    return _invited_page(request, ready, form, sent=way if done else "failed")


def _printed(request: Request, ready: Sheet) -> Response:
    """A page to be printed, in the language of whoever is invited."""
    hint = translations(language_of(request)).gettext(
        "Print this page with your browser, and give it to nobody but the person invited."
    )
    values = {
        "sheet": ready,
        "spoken": ready.language,
        "language": language_of(request),
        "hint": hint,
        "picture": qr.picture(ready.link),
        "until": ready.until.isoformat(),
    }
    html = environment(ready.language).get_template("invitation_sheet.html").render(values)
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


@needs(*LEADS)
async def give(request: Request) -> Response:
    person = request.path_params["id"]
    if request.method == "POST":
        return await _give(request, person)
    values = {"clientId": [new_client_id()]}
    form = Form(values, GIVE_ANCHORS, language_of(request))
    return await _role_page(request, "people_give.html", form, person=person)


async def _give(request: Request, person: str) -> Response:
    form = await read_form(request, GIVE_ANCHORS)
    given = _role_of(form) | {"person": person}
    if not form.errors:
        deed = await attempt(request, "give_role", given)
        if deed.done:
            return go_to(request, "/people", done="given")
        form.take(deed.faults)
    return await _role_page(request, "people_give.html", form, person=person, status=422)


def _role_of(form: Form) -> Data:
    return {
        "clientId": form.text("clientId"),
        "organisation": form.needed_choice("organisation") or "",
        "roleType": form.needed_choice("roleType") or "",
        "startsOn": form.day("startsOn"),
        "endsOn": form.day("endsOn"),
    }


async def _role_page(
    request: Request, template: str, form: Form, *, person: str = NOBODY, status: int = 200
) -> Response:
    search = request.query_params.get("search", "")
    data = await ask(request, "role_form", {"person": person, "organisations": _among(request, search)})
    # Empty when the id is that of something else.
    if person and not data["node"]:
        raise HTTPException(404)
    values: dict[str, Any] = {
        "form": form,
        "person": data["node"],
        "search": search,
        "more": data["organisations"]["pageInfo"]["hasNextPage"],
        "own": choices.named(data["organisations"]["nodes"]),
        "role_types": _role_types(data),
        "languages": choices.languages(language_of(request)),
    }
    return page(request, template, values, status=status)


def _among(request: Request, search: str) -> Data:
    """Which organisations are offered: the first of one's own lines, or all for an administrator."""
    lines = held_at(request, "people:manage")
    among: Data = {"search": search or None}
    if lines and not actor(request).may("access:administer"):
        among["within"] = request.query_params.get("within") or lines[0]
    return among


@needs(*LEADS)
async def end(request: Request) -> Response:
    form = await read_form(request, ("from",))
    role = form.text("role")
    day = form.day("from")
    if not form.errors:
        deed = await attempt(request, "end_role", {"role": role, "from": day})
        if deed.done:
            return go_to(request, "/people", done="ended")
        form.take(deed.faults)
    return await _people_page(request, form, role, 422)
