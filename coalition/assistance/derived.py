"""What a service's row keeps beside the facts: what it is found by, and its name for outsiders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from coalition.assistance.models import Service
from coalition.core.actor import Visibility
from coalition.core.text import search_text, sort_keys, spellings, words
from coalition.members.models import Organisation, Territory

# Words that lead to a place and mean nothing without it.
_LEADING_TO_A_PLACE = frozenset(
    {"in", "at", "near", "of", "from", "din", "de", "la", "lângă", "în", "в", "во", "из", "у"}
)


def place_words(places: Iterable[str]) -> frozenset[str]:
    """The folded proper words of place names, in every spelling, that must not stand in an outside name."""
    proper = {word for place in places for word in words(place) if len(word) > 2 and word[0].isupper()}
    return frozenset(form for word in proper for form in spellings(word))


def outside_name(name: Mapping[str, str], hidden: frozenset[str]) -> dict[str, str]:
    """The name without any hidden place word; the place is the provider's (DOMAIN.md principle 2)."""
    return {language: _without(text, hidden) for language, text in name.items()}


def _without(text: str, hidden: frozenset[str]) -> str:
    kept = re.sub(r"\w+", lambda match: "" if hidden & set(spellings(match[0])) else match[0], text)
    kept = re.sub(r"[\s,;–-]*([,;])(?=\s*(?:[,;]|$))", "", re.sub(r"\(\s*\)", "", kept))
    left = kept.strip(" ,;–-").split()
    while left and left[-1].casefold() in _LEADING_TO_A_PLACE:
        left.pop()
    return " ".join(left).strip(" ,;–-")


def refresh_service(
    service: Service,
    *,
    provider: Organisation | None,
    region: Territory | None,
    district: Territory | None,
    hidden: frozenset[str],
) -> None:
    """Set the derived columns: search texts, outside name, sort keys.

    `hidden` are the words of every district's spellings and of the service's own place, for a protected
    service.
    Outsiders find a protected service by its outside name, provider, region and codes, never by place.
    A provider that not everybody sees names no service, and none is found by its name.
    """
    if provider is not None and provider.visibility is not Visibility.PUBLIC:
        provider = None
    service.outside_name = outside_name(service.name, hidden) if service.protected else dict(service.name)
    if provider and not any(service.outside_name.values()):
        # A name that is nothing but a place; the provider is known to outsiders anyway.
        service.outside_name = dict(provider.name)
    provider_names = list(provider.name.values()) if provider else [service.provider_name or ""]
    region_names = [*region.name.values(), region.code] if region else []
    district_names = list(district.name.values()) if district else []
    common = [*provider_names, *region_names, *service.target_groups]
    service.search = search_text(
        [
            *service.name.values(),
            *common,
            *district_names,
            service.place,
            service.target_group_text,
            service.code,
        ]
    )
    outside = search_text([*service.outside_name.values(), *common])
    if service.protected:
        outside = " ".join(word for word in outside.split() if word not in hidden)
    service.search_outside = outside if service.protected else service.search
    for language, key in sort_keys(service.name).items():
        setattr(service, f"sort_{language}", key)
    for language, key in sort_keys(service.outside_name).items():
        setattr(service, f"outside_sort_{language}", key)
