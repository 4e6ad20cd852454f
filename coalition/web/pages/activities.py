"""Logging an activity in full, changing it and cancelling it."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.web import activity_form, choices
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, ask, attempt, reaches_below
from coalition.web.language import language_of
from coalition.web.pages.log import today
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page


@needs("activity:log")
async def new(request: Request) -> Response:
    if request.method == "POST":
        return await _log(request)
    form = await _like(request) if request.query_params.get("like") else await _blank(request)
    return await _form_page(request, form, "activity_new.html")


async def _log(request: Request) -> Response:
    form = await read_form(request, activity_form.ANCHORS)
    given = {key: value for key, value in activity_form.input_of(form).items() if value is not None}
    given |= {"clientId": form.text("clientId"), "organisation": form.text("organisation")}
    if not form.errors:
        deed = await attempt(request, "log_activity", given)
        if deed.done:
            return go_to(request, "/log", saved=deed.payload["activity"]["code"])
        form.take(deed.faults)
    return await _form_page(request, form, "activity_new.html", status=422)


async def _blank(request: Request) -> Form:
    values = {
        "clientId": [new_client_id()],
        "startsOn": [today()],
        "status": ["HELD"],
        "visibility": ["COALITION"],
    }
    return Form(values, activity_form.ANCHORS, language_of(request))


async def _like(request: Request) -> Form:
    """A new form filled from an earlier activity, for today."""
    record = await _record(request, request.query_params["like"])
    values = activity_form.fields_of(record) | {
        "status": ["HELD"],
        "startsOn": [today()],
        "endsOn": [""],
    }
    values |= {"startsOn.precision": ["DAY"], "clientId": [new_client_id()]}
    if record["lead"]:
        values["organisation"] = [record["lead"]["id"]]
    return Form(values, activity_form.ANCHORS, language_of(request))


@needs("activity:log")
async def amend(request: Request) -> Response:
    record = await _record(request, request.path_params["code"])
    if request.method == "POST":
        return await _amend(request, record)
    values = activity_form.fields_of(record) | {"revision": [str(record["revision"])]}
    form = Form(values, activity_form.ANCHORS, language_of(request))
    return await _form_page(request, form, "activity_amend.html", record=record)


async def _amend(request: Request, record: Data) -> Response:
    form = await read_form(request, activity_form.ANCHORS)
    given = activity_form.input_of(form) | {"id": record["id"], "revision": form.number("revision") or 0}
    given["title"] = activity_form.amended_titles(record, given["title"])
    if not form.errors:
        deed = await attempt(request, "amend_activity", given)
        if deed.done:
            return go_to(request, f"/a/{record['code']}")
        form.take(deed.faults)
    stored = None
    if "STALE_REVISION" in form.codes:
        stored = Form(activity_form.fields_of(record), (), form.language)
        form.values["revision"] = [str(record["revision"])]
    return await _form_page(request, form, "activity_amend.html", 422, stored=stored, record=record)


@needs("activity:log")
async def cancel(request: Request) -> Response:
    record = await _record(request, request.path_params["code"])
    form = Form({"revision": [str(record["revision"])]}, ("reason",), language_of(request))
    if request.method == "POST":
        form = await read_form(request, ("reason",))
        given = {
            "id": record["id"],
            "revision": form.number("revision") or 0,
            "reason": form.text("reason"),
            "textConfirmed": form.checked("textConfirmed"),
        }
        deed = await attempt(request, "cancel_activity", given)
        if deed.done:
            return go_to(request, f"/a/{record['code']}")
        form.take(deed.faults)
        form.values["revision"] = [str(record["revision"])]
    return page(
        request, "activity_cancel.html", {"form": form, "record": record}, status=422 if form.errors else 200
    )


async def _record(request: Request, code: str) -> Data:
    found: Data | None = (await ask(request, "activity_to_amend", {"code": code}))["activity"]
    if found is None:
        raise HTTPException(404)
    return found


async def _form_page(
    request: Request, form: Form, template: str, status: int = 200, stored: Form | None = None, **values: Any
) -> Response:
    """The form with what it offers; with `stored`, also what differs between that version and the form."""
    data = await ask(request, "activity_form")
    own = choices.own_organisations(data, below=reaches_below(request, "activity:log"))
    offered = {"own": own, **_offered(data, language_of(request))}
    if stored:
        values["differences"] = activity_form.differences(stored, form, _words(offered))
    shown = {"form": form, "rows": range(activity_form.ROWS)}
    return page(request, template, offered | shown | values, status=status)


def _offered(data: Data, language: str) -> dict[str, Any]:
    return {
        "organisations": choices.named(data["organisations"]["nodes"]),
        "districts": choices.districts_by_region(data, language),
        "topics": choices.topics(data, language),
        "kinds": choices.of_set("ActivityKind", language, without=("ASSISTANCE",)),
        "statuses": choices.of_set("ActivityStatus", language, without=("CANCELLED",)),
        "visibilities": choices.of_set("Visibility", language),
        "roles": choices.of_set("ParticipantRole", language, without=("LEAD", "UNSPECIFIED")),
        "precisions": choices.of_set("DatePrecision", language),
        "sexes": choices.of_set("Sex", language),
        "ages": choices.of_set("AgeBand", language),
        "methods": choices.of_set("ReachMethod", language, without=("UNSPECIFIED",)),
        "qualifiers": choices.of_set("Qualifier", language, without=("PLANNED", "TARGET")),
    }


def _words(offered: dict[str, Any]) -> dict[str, dict[str, str]]:
    """What the codes in the fields mean, by the last part of a field's name."""
    flat = {
        "kind": "kinds",
        "status": "statuses",
        "visibility": "visibilities",
        "organisation": "organisations",
        "precision": "precisions",
        "role": "roles",
        "sex": "sexes",
        "ageBand": "ages",
        "method": "methods",
        "qualifier": "qualifiers",
    }
    words = {name: dict(offered[key]) for name, key in flat.items()}
    for name in ("districts", "topics"):
        words[name] = dict(choice for _, group in offered[name] for choice in group)
    return words
