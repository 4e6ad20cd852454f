"""Reasons in words, in the reader's language."""

from __future__ import annotations

from typing import Any

from coalition.access.explain import Grant, Reason
from coalition.core.actor import Visibility
from coalition.core.clauses import Why
from coalition.core.messages import Sentence, sentence
from coalition.core.text import in_language
from coalition.members.enums import Scope

_SHARED = {
    Visibility.PUBLIC: sentence("Its owner shows it to everybody."),
    Visibility.PARTNERS: sentence("Its owner shares it with partners, and you may read what is shared so."),
    Visibility.COALITION: sentence(
        "Its owner shares it with the coalition, and you may read what is shared so."
    ),
}
_WHY = {
    Why.EVERYBODY: sentence("Everybody may see it."),
    Why.OWN_LINE: sentence("You may read every record of its owner."),
    Why.PROVIDER: sentence("Its provider stands in your line."),
    Why.CAPACITY: sentence("You may read how many places a service has that is not protected."),
    Why.HOLDER: sentence("The places are held for an organisation in your line."),
    Why.OWN_PERSON: sentence("It is about you."),
    Why.MANAGED: sentence("You lead the people of this line."),
    Why.IN_OFFICE: sentence("It is about somebody who holds office in the coalition, and you belong to it."),
    Why.CONSENT_COALITION: sentence("The person agreed to be named in the coalition, and you belong to it."),
    Why.CONSENT_PARTNERS: sentence("The person agreed to be named to partners, and you are one."),
    Why.AUDITED: sentence("You audit: you see that it exists, without names."),
    Why.ADMINISTERED: sentence("You administer access: you see that it exists, without names."),
    Why.CLIENT_LINE: sentence("You may ask for systems of this organisation."),
    Why.CLIENT_OFFICE: sentence("You decide which systems are let in."),
}
_OPEN = {
    "NAME": sentence("Name and languages are open to you."),
    "EMAIL": sentence("The e-mail address is open to you."),
    "PLACE": sentence("The district and the full name are open to you."),
    "NUMBERS": sentence("The number of places is open to you."),
    "DESK": sentence("The contact desk is open to you."),
}
_CLOSED = {
    "NAME": sentence(
        "Name and languages stay closed to you: they leave the own church body with consent only."
    ),
    "EMAIL": sentence(
        "The e-mail address stays closed to you: it is for the person and who leads their line."
    ),
    "PLACE": sentence("The district stays closed to you: the place is protected, and the provider's alone."),
    "NUMBERS": sentence("The number of places stays closed to you."),
    "DESK": sentence("The contact desk stays closed to you."),
}
_GRANT = sentence("You hold this right since {since} as {role} of {organisation}: {permission}, {reach}.")
_REACH = {
    Scope.ORGANISATION: sentence("there"),
    Scope.ORGANISATION_AND_BELOW: sentence("there and in all that stands below"),
    Scope.COALITION: sentence("in the whole coalition"),
}


def in_words(reason: Reason, language: str) -> str:
    """A reason as one or two sentences."""
    text = _sentence(reason).in_language(language, {})
    return f"{text} {_grant_in_words(reason.grant, language)}" if reason.grant else text


def _sentence(reason: Reason) -> Sentence:
    if reason.about is not None:
        return (_OPEN if reason.given else _CLOSED)[reason.about]
    if reason.visibility is not None:
        return _SHARED[reason.visibility]
    return _WHY[reason.why or Why.EVERYBODY]


def _grant_in_words(grant: Grant, language: str) -> str:
    params: dict[str, Any] = {
        "since": grant.since,
        "role": in_language(grant.role_type.name, language),
        "organisation": in_language(grant.organisation.name, language),
        "permission": grant.permission,
        "reach": _REACH[grant.scope].in_language(language, {}),
    }
    return _GRANT.in_language(language, params)
