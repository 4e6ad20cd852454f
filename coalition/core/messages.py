"""Error codes in words: what happened, where, and what to do next, in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from textwrap import shorten

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from coalition.core.i18n import localized, translations

# What somebody typed is repeated to them, but not pages of it.
_LONGEST_VALUE = 80


@dataclass(frozen=True)
class Sentence:
    """A sentence of the catalogue; with `counted_by`, the parameter that chooses among plural forms."""

    singular: str
    plural: str = ""
    counted_by: str = ""

    @property
    def needs(self) -> set[str]:
        """The parameters without which the sentence cannot be said."""
        fields = Formatter().parse(self.singular + self.plural)
        return {name for _, name, _, _ in fields if name} | ({self.counted_by} if self.counted_by else set())

    def in_language(self, language: str, params: Mapping[str, object]) -> str:
        catalogue = translations(language)
        if self.counted_by:
            count = params[self.counted_by]
            text = catalogue.ngettext(self.singular, self.plural, count if isinstance(count, int) else 0)
        else:
            text = catalogue.gettext(self.singular)
        return text.format_map({name: _shown(params[name], language) for name in self.needs})


def sentence(text: str) -> Sentence:
    """A sentence without plural forms; also the mark by which its text is found for translation."""
    return Sentence(text)


def counted(singular: str, plural: str, *, by: str) -> Sentence:
    """A sentence whose form follows the number in the parameter `by`, marked like `sentence`."""
    return Sentence(singular, plural, by)


def message(code: str, params: Mapping[str, object], language: str) -> str:
    """The sentence for a code: the most telling one for which every parameter is given.

    A code without a sentence of its own gets a general one; missing or unknown parameters do no harm.
    """
    given = {name for name, value in params.items() if value is not None}
    for candidate in SENTENCES.get(code, ()):
        if candidate.needs <= given:
            return candidate.in_language(language, params)
    return GENERAL.in_language(language, {})


def _shown(value: object, language: str) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return format_decimal(value, locale=language)
    if isinstance(value, datetime.datetime):
        return format_datetime(value, "d MMMM y HH:mm", locale=language)
    if isinstance(value, datetime.date):
        return format_date(value, "d MMMM y", locale=language)
    if isinstance(value, list | tuple | set | frozenset):
        return format_list([_shown(item, language) for item in value], locale=language)
    if isinstance(value, Mapping):
        return shorten(localized(value, language), _LONGEST_VALUE, placeholder="…")
    return shorten(str(value), _LONGEST_VALUE, placeholder="…")


GENERAL = sentence("This could not be done, and nothing was changed. Check what you entered and try again.")

# For each code: from the sentence that tells most to the one that needs no parameter.
SENTENCES: dict[str, tuple[Sentence, ...]] = {
    "NOT_FOUND": (
        sentence("This was not found, or it is not open to you. Check the address or choose from the list."),
    ),
    "NOT_PERMITTED": (
        sentence(
            "You may not do this for this organisation. Choose an organisation of your own, or ask its"
            " coordinator for the right."
        ),
    ),
    "UNAUTHENTICATED": (
        sentence("You are not signed in, or your sign-in has ended. Sign in and try again."),
    ),
    "SIGN_IN_REFUSED": (
        sentence("The e-mail address or the password is not right. Check both and try again."),
    ),
    "CODE_REFUSED": (
        sentence(
            "This code is not right, or it was used already. Wait for the next code of the app and type that"
            " one."
        ),
    ),
    "STEP_ENDED": (sentence("Signing in took too long, or failed too often. Begin again."),),
    "PASSKEY_REFUSED": (
        sentence(
            "This passkey was not accepted. Try again, or take another way; it may belong to another place."
        ),
    ),
    "PASSWORD_WRONG": (sentence("This is not the password of your account. Try again."),),
    "LAST_WAY_IN": (
        sentence("Without this you could not sign in any more. Add another way first, then remove this one."),
    ),
    "FACTOR_MISSING": (
        sentence("Recovery codes stand in for a second factor, and you have none. Set up an app first."),
    ),
    "PROOF_NEEDED": (sentence("To change how you sign in, show once more that it is you."),),
    "BAD_PHONE": (
        sentence("This is not a telephone number. Write one such as 069 123 456 or +373 69 123 456."),
    ),
    "BAD_EMAIL": (sentence("This is not an e-mail address. Write one such as name@example.org."),),
    "PASSWORD_TOO_SHORT": (
        counted(
            "The password is too short. Use at least {minimum} character.",
            "The password is too short. Use at least {minimum} characters.",
            by="minimum",
        ),
        sentence("The password is too short. Use a longer one."),
    ),
    "CODE_MISTYPED": (
        sentence("This is not a whole code. Look at the paper and type its twenty letters and figures."),
    ),
    "LINK_ENDED": (sentence("This link was used already or is too old. Ask for a new one."),),
    "DEVICE_ENDED": (
        sentence("The code of this device was used already or is too old. Start again on the device."),
    ),
    "NOTICE_OUTDATED": (
        sentence(
            "The privacy notice has changed since you read it, so nothing was stored. Read it again, then"
            " decide."
        ),
    ),
    "CONFIRMATION_WRONG": (
        sentence(
            "This is not what was to be typed, so nothing was changed. Type the password of this account;"
            " if it has none, its e-mail address."
        ),
    ),
    "PIN_MALFORMED": (
        sentence("A PIN has {minimum} to {limit} digits and nothing else."),
        sentence("A PIN has digits and nothing else."),
    ),
    "PIN_TOO_SIMPLE": (
        sentence("This PIN is too easy to guess. Choose one with four different digits and without a row."),
    ),
    "PINS_DIFFER": (sentence("The two PINs are not the same. Type the new PIN twice."),),
    "PIN_REFUSED": (
        sentence(
            "This is not right. Check who you have chosen and what you have typed. After twenty wrong tries"
            " in a row the coordinator must give a new code."
        ),
    ),
    "PIN_ENDED": (
        sentence(
            "There were too many wrong tries, so this PIN or code counts no more. Ask the coordinator for a"
            " new code."
        ),
    ),
    "LABEL_TAKEN": (sentence("Somebody at this desk is called so already. Choose another word."),),
    "DESK_FULL": (
        counted(
            "A desk has at most {limit} operator. End one who serves there no more.",
            "A desk has at most {limit} operators. End one who serves there no more.",
            by="limit",
        ),
        sentence("This desk has as many operators as it can have. End one who serves there no more."),
    ),
    "IDENTITY_TAKEN": (sentence("This account there already lets somebody else in here. Use another one."),),
    "TOO_MANY_IDENTITIES": (
        counted(
            "At most {limit} account elsewhere can let you in. Remove one first.",
            "At most {limit} accounts elsewhere can let you in. Remove one first.",
            by="limit",
        ),
        sentence("No further account elsewhere can let you in. Remove one first."),
    ),
    "LAST_ADMINISTRATOR": (
        sentence(
            "This is the last administrator, without whom nobody could give access to anybody. Let somebody"
            " else become one first."
        ),
    ),
    "STALE_REVISION": (
        sentence(
            "Somebody changed this record after you opened it, so your change was not saved. Compare the two"
            " versions and send the right one again."
        ),
    ),
    "IDEMPOTENCY_MISMATCH": (
        sentence(
            "Something else was already sent under the same clientId, so this was not saved. Open the form"
            " again, or send it with a new clientId."
        ),
    ),
    "UNKNOWN_DISTRICT": (
        sentence("“{value}” is not a district of the list. Choose one from the list."),
        sentence("This district is not in the list. Choose one from the list."),
    ),
    "UNKNOWN_TOPIC": (
        sentence("“{value}” is not a topic that can be chosen. Choose one from the list."),
        sentence("This topic cannot be chosen. Choose one from the list."),
    ),
    "UNKNOWN_REGION": (sentence("This region is not known. Use NORTH, CENTRE, SOUTH or LEFT_BANK."),),
    "UNKNOWN_DENOMINATION": (sentence("This denomination is not in the list. Choose one from the list."),),
    "UNKNOWN_HOLY_DAY": (
        sentence(
            "“{value}” is not the code of a holy day. Take one from the list, or give a day of your own with"
            " its date and a code of small letters."
        ),
        sentence("This holy day is not known. Take one from the list."),
    ),
    "UNKNOWN_TARGET_GROUP": (sentence("This group is not in the list. Choose one from the list."),),
    "END_BEFORE_START": (sentence("The end is before the start. Correct one of the two dates."),),
    "HELD_IN_FUTURE": (
        sentence(
            "An activity that was held cannot lie in the future. Correct the date, or record the"
            " activity as planned."
        ),
    ),
    "OUT_OF_RANGE": (
        sentence("Give a number from {minimum} to {maximum}."),
        sentence("The number is too large. Give at most {maximum}."),
        sentence("The number is too small. Give at least {minimum}."),
        counted(
            "This time is too long. Give days that lie within {years} year.",
            "This time is too long. Give days that lie within {years} years.",
            by="years",
        ),
        sentence("This value is outside what is allowed. Correct it."),
    ),
    "TOO_LONG": (
        counted(
            "The text is too long. Shorten it to at most {limit} character.",
            "The text is too long. Shorten it to at most {limit} characters.",
            by="limit",
        ),
        sentence("The text is too long. Shorten it."),
    ),
    "REQUIRED": (sentence("Something is missing here. Fill in or choose."),),
    "HOLY_DAY": (
        sentence(
            "{date} is a holy day of {organisation}: {name}. Choose another day, or agree with that church"
            " and give the reason."
        ),
        sentence("{date} is a holy day of {organisation}. Choose another day."),
        sentence("This day is a holy day of one of the churches invited. Choose another day."),
    ),
    "CAPACITY_STALE": (
        sentence(
            "The free places have not been confirmed lately, so none can be held now. Call the contact desk;"
            " the provider can confirm the places again."
        ),
    ),
    "NOT_ENOUGH_PLACES": (
        sentence("There are not enough free places for this. Ask for fewer, or look for another service."),
    ),
    "HOLD_ENDED": (
        sentence(
            "This hold has already ended. If a place is still needed, search again and make a new hold."
        ),
    ),
    "HELD_EXCEEDS_CAPACITY": (
        sentence(
            "More places are occupied or held than this allows. Give a larger number, or release a"
            " hold first: {holds}."
        ),
        sentence(
            "More places are occupied or held than this allows. Give a larger number, or release a"
            " hold first."
        ),
    ),
    "WRONG_STATE": (
        sentence(
            "The record is no longer in a state that allows this. Open it again to see what is possible now."
        ),
    ),
    "PERSONAL_DATA_SUSPECTED": (
        sentence(
            "This text seems to contain a telephone number, an e-mail address or another detail of a person."
            " Take it out. If it belongs to an office or a public line, confirm the text and send it again."
        ),
    ),
    "PERSONAL_NUMBER": (
        sentence(
            "This text seems to contain a personal number (IDNP). Such numbers are never kept here."
            " Take it out."
        ),
    ),
    "NOT_LOGGED_HERE": (
        sentence(
            "Help to persons is not logged as an activity, so that nobody can be recognised."
            " Choose another kind, or log nothing: that is a full answer too."
        ),
    ),
    "UNKNOWN_ROLE_TYPE": (
        sentence("“{value}” is not a kind of role. Choose one from the list."),
        sentence("This kind of role is not known. Choose one from the list."),
    ),
    "ROLE_NOT_ALLOWED_HERE": (
        sentence("This role cannot be held in this organisation. Choose another role or organisation."),
    ),
    "ORGANISATION_LEFT": (
        sentence("This organisation has left the coalition, so nobody can be given a role in it."),
    ),
    "BARRED_FROM_LAW_ENFORCEMENT": (
        sentence(
            "A law enforcement body's system can hold no rights over places, referrals, people or services."
            " Take out: {scopes}."
        ),
        sentence(
            "A law enforcement body can hold no role with rights over places, referrals, people or services."
            " Choose another role."
        ),
    ),
    "MORE_THAN_HELD": (
        sentence(
            "This role may do more than you may yourself ({permissions}). Ask somebody who holds these"
            " rights."
        ),
        sentence("This role may do more than you may yourself. Ask somebody who holds these rights."),
    ),
    "OWN_REQUEST": (
        sentence("You asked for this system yourself. Somebody else of the council's office must decide."),
    ),
    "SCOPE_NOT_ALLOWED": (
        sentence("“{value}” is no right that a system of this kind can hold. Choose from the list."),
        sentence("This is no right that a system of this kind can hold. Choose from the list."),
    ),
    "BAD_REDIRECT": (
        sentence(
            "This is no address to come back to. Give a whole https address, or http on this machine such as"
            " http://127.0.0.1/callback for an installed program; without a fragment, a wildcard or a"
            " password."
        ),
    ),
    "NO_REDIRECT_NEEDED": (
        sentence("A system of this kind never comes back to an address. Leave the list empty."),
    ),
    "NO_SECRET": (
        sentence("A program that is installed on people's own devices can keep no secret, so it has none."),
    ),
    "TOO_FAR": (
        counted(
            "This day is too far off. Give one within {days} day.",
            "This day is too far off. Give one within {days} days.",
            by="days",
        ),
        sentence("This day is too far off. Give an earlier one."),
    ),
    "OWN_ROLE": (
        sentence(
            "This role is what lets you end roles. Ask another coordinator or an administrator to end it."
        ),
    ),
    "DAY_PASSED": (sentence("This day has passed. Give today or a later day."),),
    "ADDRESS_KNOWN": (
        sentence(
            "Somebody at this address already serves elsewhere. Ask them, and let an administrator give the"
            " role."
        ),
    ),
    "TOO_MANY_ATTEMPTS": (
        sentence(
            "There were too many attempts. Wait a while and try again; if it is urgent, call the"
            " contact desk."
        ),
    ),
    "RATE_LIMITED": (
        counted(
            "There were too many requests in a short time. Wait {seconds} second and go on.",
            "There were too many requests in a short time. Wait {seconds} seconds and go on.",
            by="seconds",
        ),
        sentence("There were too many requests in a short time. Wait a little and go on."),
    ),
    "SLOWED_DOWN": (
        counted(
            "There were several wrong tries. The next one counts in {seconds} second; nobody else waits.",
            "There were several wrong tries. The next one counts in {seconds} seconds; nobody else waits.",
            by="seconds",
        ),
        sentence("There were several wrong tries. Wait a little before the next one; nobody else has to."),
    ),
    "PASSWORD_COMMON": (
        sentence(
            "This password is on the lists that are tried first everywhere, or close to one. Take four or"
            " five words that do not belong together."
        ),
    ),
    "PASSWORD_OWN_WORDS": (
        sentence(
            "This password is made of your name, your address or words of the coalition. Take four or five"
            " words that have nothing to do with you."
        ),
    ),
    "PASSWORD_GUESSABLE": (
        sentence(
            "This password follows a pattern, such as a row of keys, a date or a repetition. Take four or"
            " five words that do not belong together."
        ),
    ),
    "SENT_FROM_ELSEWHERE": (
        sentence(
            "A page of another site sent this, so it was not done. Open the coalition itself and do it there."
        ),
    ),
    "INVALID_ID": (
        sentence(
            "“{value}” is not an identifier of the right form. Take it from an earlier answer or"
            " from the list."
        ),
        sentence(
            "An identifier does not have the right form. Take it from an earlier answer or from the list."
        ),
    ),
    "INVALID_LANGUAGE": (
        sentence("“{language}” is not a language code. Use a code such as ro, ru or en."),
        sentence("“{value}” is not a language code. Use a code such as ro, ru or en."),
        sentence("This is not a language code. Use a code such as ro, ru or en."),
    ),
    "DUPLICATE": (sentence("The same entry is given more than once. Keep one of them."),),
    "SECOND_LEAD": (
        sentence(
            "An activity has exactly one leading organisation. Give the other organisations another role."
        ),
    ),
    "BAD_USER_INPUT": (sentence("The request is not in the expected form. Correct it and send it again."),),
    "GRAPHQL_PARSE_FAILED": (sentence("The query cannot be read. Check its braces and names."),),
    "METHOD_NOT_ALLOWED": (sentence("This address does not work that way. Use the method that it names."),),
    "NOT_ACCEPTABLE": (sentence("The answer cannot be given in a form that you accept. Ask for JSON."),),
    "TOO_COMPLEX": (
        sentence(
            "This can come to {requested} points; {budget} is the most for you. Ask for smaller pages, or for"
            " less at once."
        ),
        sentence("The document is nested deeper than {levels} levels. Ask in several steps."),
        sentence("The document asks for too much at once. Ask for smaller pages."),
    ),
    "TIMEOUT": (
        sentence(
            "This took too long and was ended. Ask for less at once; what you wanted to save you can send"
            " again with the same clientId."
        ),
    ),
    "PERSISTED_QUERY_MISMATCH": (
        sentence("The hash is not the SHA-256 of the document. Compute it from the text as it is sent."),
    ),
    "UNTRUSTED_DOCUMENT": (
        sentence("Only documents that were registered are answered here. Ask whoever runs this coalition."),
    ),
    "TOO_LARGE": (sentence("The request is too large. Send less at once."),),
    "UNSUPPORTED_MEDIA_TYPE": (sentence("The request has the wrong content type. Send JSON."),),
    "DATABASE_BUSY": (
        sentence("Many are saving just now, and this was not saved. Wait a moment and try again."),
    ),
    "STORAGE_FULL": (
        sentence(
            "The storage of the server is full, and this was not saved. Tell the administrator, then"
            " try again."
        ),
    ),
    "DATABASE_READ_ONLY": (
        sentence(
            "Nothing can be saved at the moment; reading works. Try again later or tell the administrator."
        ),
    ),
    "DATABASE_UNAVAILABLE": (
        sentence(
            "The records cannot be reached at the moment, and nothing was saved. Try again in a few minutes."
        ),
    ),
    "INTERNAL": (
        sentence(
            "Unexpected error. The fault lies with us, not with you, and it was noted. Try again later."
        ),
    ),
}
