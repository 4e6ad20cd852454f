"""Holy days on pages: which fall on the days of a training, and what was agreed about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.requests import Request

from coalition.web.forms import Form
from coalition.web.gateway import Data, ask

# As long as a period of `holyDays` may be.
_LONGEST = timedelta(days=5 * 365)
_REASON = "reason"


@dataclass
class ShownHolyDay:
    """A holy day, or the days of a fast one after another; `reasons` are the fields of those who keep it."""

    first: str
    last: str
    name: str
    tag: str
    country: str | None
    organisations: list[str]
    reasons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class HolyDaysOfForm:
    """What falls on the days that a form gives, and the countries and years of which nothing is known."""

    days: list[ShownHolyDay]
    unknown: list[tuple[str, int]]


async def holy_days_of_form(request: Request, form: Form, offered: Iterable[str]) -> HolyDaysOfForm | None:
    """The holy days of the churches chosen in a form, of all members while none is chosen.

    None while the form gives no days that can be looked up. `offered` are the ids that can be chosen.
    """
    period = _period(form)
    if period is None:
        return None
    known = set(offered)
    churches = [each for each in _chosen(form) if each in known]
    variables = {"from": period[0].isoformat(), "to": period[1].isoformat(), "churches": churches or None}
    data = await ask(request, "plan_holy_days", variables)
    civil = [each for each in data["civil"] if each["tag"] == "CIVIL_HOLIDAY"]
    church_days = [each for each in data["holyDays"] if each["tag"] != "CIVIL_HOLIDAY"]
    days = joined([*church_days, *civil], reasons_for=set(churches))
    unknown = [(each["country"], each["year"]) for each in data["civilYears"] if not each["isKnown"]]
    return HolyDaysOfForm(days, unknown)


def accepted(form: Form) -> list[Data]:
    """`acceptHolyDays` of the input: reasons that were typed for days and churches that are still chosen."""
    period = _period(form)
    chosen = set(_chosen(form))
    found: list[Data] = []
    for name in form.values:
        kind, _, rest = name.partition(".")
        day, _, organisation = rest.partition(".")
        if kind != _REASON or period is None or organisation not in chosen:
            continue
        reason = form.optional(name)
        if reason and period[0].isoformat() <= day <= period[1].isoformat():
            found.append({"date": day, "organisation": organisation, "reason": reason})
    return found


def joined(days: Sequence[Data], *, reasons_for: Collection[str] = ()) -> list[ShownHolyDay]:
    """Days by date, those of one fast that follow one another as one."""
    found: list[ShownHolyDay] = []
    running: dict[str, ShownHolyDay] = {}
    for each in sorted(days, key=lambda day: str(day["date"])):
        shown = _shown(each, reasons_for)
        before = running.get(each["code"])
        if before is not None and _goes_on(before, shown):
            before.last = shown.last
        else:
            running[each["code"]] = shown
            found.append(shown)
    return found


def _goes_on(before: ShownHolyDay, after: ShownHolyDay) -> bool:
    """Whether a day is the next one of the same fast of the same churches."""
    days_apart = date.fromisoformat(after.first) - date.fromisoformat(before.last)
    same = (before.tag, before.organisations) == (after.tag, after.organisations)
    return after.tag == "FASTING" and same and days_apart == timedelta(days=1)


def _shown(day: Data, reasons_for: Collection[str]) -> ShownHolyDay:
    keepers = day["organisations"]
    asked = [each for each in keepers if day["tag"] == "NO_TRAINING" and each["id"] in reasons_for]
    return ShownHolyDay(
        first=day["date"],
        last=day["date"],
        name=day["name"],
        tag=day["tag"],
        country=day["country"],
        organisations=[each["name"] for each in keepers],
        reasons=[(f"{_REASON}.{day['date']}.{each['id']}", each["name"]) for each in asked],
    )


def _chosen(form: Form) -> list[str]:
    return list(dict.fromkeys([*form.many("organisers"), *form.many("invited")]))


def _period(form: Form) -> tuple[date, date] | None:
    try:
        first = date.fromisoformat(form.text("startsOn"))
        last = date.fromisoformat(form.text("endsOn")) if form.text("endsOn") else first
    except ValueError:
        return None
    within = timedelta() <= last - first <= _LONGEST and 1900 <= first.year <= last.year <= 2200
    return (first, last) if within else None
