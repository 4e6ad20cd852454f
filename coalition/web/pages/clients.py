"""Systems that may come in: asking for them, deciding about them, and keeping them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from coalition.core.clock import civil_date
from coalition.web import choices
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, actor, ask, attempt, held_at
from coalition.web.labels import LABELS
from coalition.web.language import language_of, link
from coalition.web.pages.lists import Paged
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page
from coalition.web.shown import shown

ASKS, DECIDES = "client:request", "client:approve"
ANCHORS = ("clientName", "clientPurpose", "organisation", "roleType", "scopes", "redirectUris", "expiresOn")
# How long a system is asked for unless somebody wishes otherwise.
USUAL_DAYS = 180
WITH_ADDRESSES = ("WEB_APP", "INSTALLED_APP")


@needs(ASKS, DECIDES)
async def clients(request: Request) -> Response:
    return await _list(request, Form())


async def _list(request: Request, form: Form, client: str = "", status: int = 200) -> Response:
    variables = _wanted(request)
    data = await ask(request, "clients", variables)
    own = set(held_at(request, ASKS))
    values = {
        "data": data,
        "form": form,
        "form_client": client,
        "only": request.query_params.get("only") or "",
        "may_ask": actor(request).may(ASKS),
        "may_decide": actor(request).may(DECIDES),
        "may_keep": lambda node: _reaches(request, own, node),
        "refusals": choices.of_set("ClientRefusal", language_of(request)),
        "new_key": new_client_id,
        "done": request.query_params.get("done"),
        "paged": _paged(request, data, variables),
        "shown_document": shown("clients", variables),
    }
    return page(request, "clients.html", values, status=status)


def _wanted(request: Request) -> Data:
    """All of them, or with `only` those that wait or all others."""
    waiting = {"waiting": True, "decided": False}.get(request.query_params.get("only") or "")
    return {"waiting": waiting, "after": request.query_params.get("after") or None}


def _reaches(request: Request, own: set[str], node: Data) -> bool:
    """Whether the secrets of a system are the caller's to collect; the deed itself says it for good.

    Whoever only decides sees systems of all lines, so that theirs is told by where they hold a role.
    """
    if not actor(request).may(ASKS):
        return False
    return not actor(request).may(DECIDES) or (node["organisation"] or {}).get("id") in own


def _paged(request: Request, data: Data, variables: Data) -> Paged:
    given = [("only", request.query_params.get("only") or "")]
    info = data["clients"]["pageInfo"]
    further = (
        link(request, "/clients", [*given, ("after", info["endCursor"])]) if info["hasNextPage"] else None
    )
    return Paged(first=link(request, "/clients", given), next=further, after=variables["after"])


# ------------------------------------------------------------------ asking


@needs(ASKS)
async def new(request: Request) -> Response:
    if request.method == "POST":
        return await _request(request)
    kind = request.query_params.get("kind", "")
    if kind not in LABELS["ClientKind"]:
        kinds = choices.of_set("ClientKind", language_of(request))
        return page(request, "client_kinds.html", {"kinds": kinds})
    values = {
        "clientId": [new_client_id()],
        "kind": [kind],
        "organisation": [request.query_params.get("organisation", "")],
        "expiresOn": [(_today(request) + timedelta(days=USUAL_DAYS)).isoformat()],
    }
    return await _form_page(request, Form(values, ANCHORS, language_of(request)))


def _today(request: Request) -> date:
    return civil_date(request.app.state.units.clock())


async def _form_page(request: Request, form: Form, status: int = 200) -> Response:
    kind, search = form.text("kind"), request.query_params.get("search", "")
    lines = held_at(request, ASKS)
    among: Data = {"search": search or None}
    if lines:
        among["within"] = lines[0]
    role_type = form.text("roleType") or ("partner_client" if kind == "SERVER" else None)
    variables = {"kind": kind, "roleType": role_type, "organisations": among}
    data = await ask(request, "client_form", variables)
    values: dict[str, Any] = {
        "form": form,
        "kind": kind,
        "search": search,
        "more": data["organisations"]["pageInfo"]["hasNextPage"],
        "own": choices.named(data["organisations"]["nodes"]),
        "role_types": choices.named([each for each in data["roleTypes"] if each["forSystems"]], "code"),
        "scopes": [(each["permission"], each["words"]) for each in data["clientScopes"]],
        "with_addresses": kind in WITH_ADDRESSES,
    }
    return page(request, "client_new.html", values, status=status)


async def _request(request: Request) -> Response:
    form = await read_form(request, ANCHORS)
    if form.text("kind") not in LABELS["ClientKind"]:
        return go_to(request, "/clients/new")
    given = {
        "clientId": form.text("clientId"),
        "organisation": form.needed_choice("organisation") or "",
        "kind": form.text("kind"),
        "name": form.text("clientName"),
        "purpose": form.text("clientPurpose"),
        "roleType": form.optional("roleType"),
        "scopes": form.many("scopes"),
        "redirectUris": form.lines("redirectUris"),
        "expiresOn": form.needed_day("expiresOn"),
        "textConfirmed": form.checked("textConfirmed"),
    }
    if not form.errors:
        deed = await attempt(request, "request_client", given)
        if deed.done:
            return go_to(request, "/clients", done="requested")
        form.take(_renamed(fault) for fault in deed.faults)
    return await _form_page(request, form, 422)


def _renamed(fault: Data) -> Data:
    """On this page the fields are called after the system."""
    first, *rest = fault.get("field") or [""]
    renamed = {"name": "clientName", "purpose": "clientPurpose"}.get(first, first)
    return {**fault, "field": [renamed, *rest]}


# ------------------------------------------------------------------ deciding and keeping


async def _deed(request: Request, document: str, done: str, *more: str) -> Response:
    """One tap on a system of the list; what is refused stands at the top of it. `more` are further fields."""
    form = await read_form(request)
    client = form.text("client")
    given = {"client": client, **{name: form.text(name) for name in more}}
    deed = await attempt(request, document, given)
    if deed.done:
        return go_to(request, "/clients", done=done)
    form.take(deed.faults)
    return await _list(request, form, client, 422)


@needs(DECIDES)
async def approve(request: Request) -> Response:
    return await _deed(request, "approve_client", "approved")


@needs(DECIDES)
async def refuse(request: Request) -> Response:
    return await _deed(request, "refuse_client", "refused", "reason")


@needs(ASKS, DECIDES)
async def pause(request: Request) -> Response:
    return await _deed(request, "pause_client", "paused")


@needs(ASKS, DECIDES)
async def resume(request: Request) -> Response:
    return await _deed(request, "resume_client", "resumed")


@needs(ASKS, DECIDES)
async def end(request: Request) -> Response:
    return await _deed(request, "end_client", "ended")


@needs(ASKS)
async def secret(request: Request) -> Response:
    """Make a secret and show it on the answer itself: an address would keep it in the browser's history."""
    form = await read_form(request)
    client = form.text("client")
    given = {"client": client, "clientId": form.text("clientId"), "endOldNow": form.checked("endOldNow")}
    deed = await attempt(request, "rotate_client_secret", given)
    if not deed.done:
        form.take(deed.faults)
        return await _list(request, form, client, 422)
    values = {"made": deed.payload, "base": str(request.base_url).rstrip("/")}
    answer = page(request, "client_secret.html", values)
    answer.headers["Cache-Control"] = "no-store"
    return answer
