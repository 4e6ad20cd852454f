"""Planning a training session."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from coalition.web import choices
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, ask, attempt, reaches_below
from coalition.web.holy_days import accepted, holy_days_of_form
from coalition.web.language import language_of
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page
from coalition.web.shown import shown

ANCHORS = (
    "title.ro",
    "title.ru",
    "title.en",
    "title",
    "organisers",
    "invited",
    "startsOn",
    "endsOn",
    "acceptHolyDays",
    "district",
    "place",
    "capacity",
    "languages",
    "audience",
    "topics",
    "visibility",
)


@needs("training:plan")
async def plan(request: Request) -> Response:
    if request.method == "POST":
        return await _plan(request)
    values = {"clientId": [new_client_id()], "visibility": ["COALITION"]}
    return await _plan_page(request, Form(values, ANCHORS, language_of(request)))


async def _plan(request: Request) -> Response:
    form = await read_form(request, ANCHORS)
    if form.checked("look"):
        return await _plan_page(request, form)
    given = plan_of(form)
    if not form.errors:
        deed = await attempt(request, "plan_training_session", given)
        if deed.done:
            return go_to(request, f"/t/{deed.payload['trainingSession']['id']}")
        form.take(deed.faults)
    return await _plan_page(request, form, 422)


def plan_of(form: Form) -> Data:
    """The input of `planTrainingSession`; a missing day is noted at its field."""
    given = {
        "clientId": form.text("clientId"),
        "title": form.needed_texts("title"),
        "organisers": form.many("organisers"),
        "invited": form.many("invited"),
        "startsOn": form.needed_day("startsOn"),
        "endsOn": form.day("endsOn"),
        "district": form.needed_choice("district"),
        "place": form.optional("place"),
        "capacity": form.number("capacity"),
        "languages": form.many("languages"),
        "audience": form.lines("audience"),
        "topics": form.many("topics"),
        "visibility": form.text("visibility") or "COALITION",
        "acceptHolyDays": accepted(form),
        "textConfirmed": form.checked("textConfirmed"),
    }
    return {name: value for name, value in given.items() if value is not None}


async def _plan_page(request: Request, form: Form, status: int = 200) -> Response:
    data = await ask(request, "plan_form")
    language = language_of(request)
    churches = choices.named(data["churchBodies"])
    own = choices.own_organisations(data, below=reaches_below(request, "training:plan"))
    organisers = list(dict.fromkeys([*own, *churches]))
    values = {
        "form": form,
        "organisers": organisers,
        "holy_days": await holy_days_of_form(request, form, offered=[value for value, _ in organisers]),
        "churches": churches,
        "districts": choices.districts(data),
        "languages": choices.languages(language),
        "topics": choices.topics(data, language),
        "visibilities": choices.of_set("Visibility", language),
        "shown_document": shown("plan_training_session", {"input": "…"}),
    }
    return page(request, "plan.html", values, status=status)
