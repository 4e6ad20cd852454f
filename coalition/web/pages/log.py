"""The volunteer's page: log what was done with a few taps, and see what was logged last."""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from coalition.core.i18n import translations
from coalition.web import choices, presets, show
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, ask, attempt, reaches_below
from coalition.web.language import language_of
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page

ANCHORS = ("organisation", "kind", "topics", "startsOn", "districts", "people")


def today() -> str:
    """The day in Moldova."""
    return datetime.now(show.TIME_ZONE).date().isoformat()


@needs("activity:log")
async def log(request: Request) -> Response:
    if request.method == "POST":
        return await _save(request)
    data = await ask(request, "log")
    return _shown(request, data, _empty(data, language_of(request)))


async def _save(request: Request) -> Response:
    form = await read_form(request, ANCHORS)
    given = activity_of(form)
    if not form.errors:
        deed = await attempt(request, "log_activity", given)
        if deed.done:
            return go_to(request, "/log", saved=deed.payload["activity"]["code"])
        form.take(_at_tiles(fault) for fault in deed.faults)
    return _shown(request, await ask(request, "log"), form, status=422)


def _at_tiles(fault: Data) -> Data:
    """The fault at the place where this page asks for the thing."""
    path = fault["field"] or [""]
    place = {"reach": "people", "title": "kind", "form": "kind"}.get(path[0], path[0])
    return {**fault, "field": [place]}


def activity_of(form: Form) -> Data:
    """The input of `logActivity` from the tiles."""
    preset = presets.BY_CODE.get(form.text("tile"))
    if preset is None:
        form.note("kind", translations(form.language).gettext("Tap what you did."))
        preset = presets.PRESETS[0]
    topic = form.text("topics")
    return {
        "clientId": form.text("clientId"),
        "organisation": form.text("organisation"),
        "kind": preset.kind,
        "form": preset.form,
        "title": preset.title,
        "startsOn": {"date": form.day("startsOn") or today()},
        "districts": form.many("districts"),
        "topics": [topic] if topic and preset.code in presets.KINDS_WITH_TOPIC else [],
        "reach": reach_of(form),
    }


def reach_of(form: Form) -> list[Data]:
    """A tapped number is an estimate, a typed one a count; nothing typed is not stated, which is not zero."""
    if form.text("people") != "other":
        count = int(form.text("people")) if form.text("people").isdecimal() else presets.USUAL_PEOPLE
        return [{"count": count, "method": "ESTIMATE", "qualifier": "ABOUT"}]
    counted = form.number("people.other")
    return [] if counted is None else [{"count": counted, "method": "HEADCOUNT", "qualifier": "EXACT"}]


def _empty(data: Data, language: str) -> Form:
    own = data["viewer"]["organisations"]
    values = {
        "clientId": [new_client_id()],
        "people": [str(presets.USUAL_PEOPLE)],
        "startsOn": [today()],
        "organisation": [own[0]["id"] if own else ""],
        "districts": [_usual_district(data)],
    }
    return Form(values, ANCHORS, language)


def _usual_district(data: Data) -> str:
    """Where the caller was last active, else where the organisation has its seat."""
    last = [activity["districts"] for activity in data["myActivities"]["nodes"]]
    seats = [[own["district"]] for own in data["viewer"]["organisations"] if own["district"]]
    return next((str(places[0]["code"]) for places in (*last, *seats) if places), "")


def _shown(request: Request, data: Data, form: Form, *, status: int = 200) -> Response:
    language = language_of(request)
    values = {
        "form": form,
        "presets": presets,
        "organisations": choices.own_organisations(data, below=reaches_below(request, "activity:log")),
        "districts": choices.districts(data),
        "causes": choices.topics(data, language)[0][1],
        "today": today(),
        "last": data["myActivities"]["nodes"],
        "saved": request.query_params.get("saved"),
    }
    return page(request, "log.html", values, status=status)
