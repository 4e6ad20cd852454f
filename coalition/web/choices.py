"""What selects and checkboxes offer, as pairs of value and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from coalition.core.i18n import translations
from coalition.core.text import sort_key
from coalition.web import show
from coalition.web.labels import LABELS, labeller

Choice = tuple[str, str]
Choices = list[Choice]
Groups = list[tuple[str, Choices]]

SPOKEN = ("ro", "ru", "uk", "gag", "bg", "en", "rom", "fr", "de", "it", "tr")
_NAMED = {"districts": ("code", "name"), "denominations": ("code", "name"), "churchBodies": ("id", "name")}


def of_set(name: str, language: str, *, without: Sequence[str] = ()) -> Choices:
    """The members of a closed set in its own order."""
    label = labeller(language)
    return [(code, label(code, name)) for code in LABELS[name] if code not in without]


def languages(language: str) -> Choices:
    """The languages spoken in the field."""
    return [(tag, show.language_name(tag, language=language)) for tag in SPOKEN]


def named(items: Sequence[Mapping[str, Any]], key: str = "id", words: str = "name") -> Choices:
    """Records by name, alphabetical."""
    found = [(str(item[key]), str(item[words])) for item in items]
    return sorted(found, key=lambda choice: sort_key(choice[1]))


def districts(data: Mapping[str, Any]) -> Choices:
    return named(data["districts"], "code")


def districts_by_region(data: Mapping[str, Any], language: str) -> Groups:
    label = labeller(language)
    order = list(LABELS["Region"])
    by_region = sorted(data["districts"], key=lambda district: order.index(district["region"]["code"]))
    return [
        (label(code, "Region"), named(list(group), "code"))
        for code, group in groupby(by_region, key=lambda district: district["region"]["code"])
    ]


def topics(data: Mapping[str, Any], language: str) -> Groups:
    """Topics that can be chosen, by group; texts of the sources cannot."""
    label = labeller(language)
    return [
        (
            label(group, "TopicGroup"),
            named([t for t in data["topics"] if t["group"] == group], "code", "label"),
        )
        for group in ("cause", "stage", "method")
    ]


def own_organisations(data: Mapping[str, Any], *, below: bool = False) -> Choices:
    """The caller's organisations and, with `below`, those directly below them after these."""
    own = data["viewer"]["organisations"]
    children = [child for each in own for child in each["children"]["nodes"]] if below else []
    return list(dict.fromkeys([*named(own), *named(children)]))


def for_filter(source: str, data: Mapping[str, Any], language: str) -> Choices:
    """What a filter offers: a closed set, a list of the schema, topics or languages."""
    if source in _NAMED:
        return named(data[source], *_NAMED[source])
    if source == "topics":
        return named(data["topics"], "code", "label")
    return languages(language) if source == "languages" else of_set(source, language)


def yes_or_no(language: str) -> Choices:
    gettext = translations(language).gettext
    return [("yes", gettext("yes")), ("no", gettext("no"))]
