"""The words of letters and texts, in the language of whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass

from coalition.core.i18n import LANGUAGES, SOURCE_LANGUAGE, translations


@dataclass(frozen=True)
class Letter:
    """A letter in plain text."""

    subject: str
    text: str


def language_for(*wishes: str | None) -> str:
    """The first of the wishes that is a language of ours, else English."""
    return next((wish for wish in wishes if wish in LANGUAGES), SOURCE_LANGUAGE) or SOURCE_LANGUAGE


def invitation_letter(link: str, *, code: str, welcome: str, hours: int, language: str) -> Letter:
    """Comes with an invitation. It names neither who is invited nor by whom nor into which role.

    Whoever shares a mailbox is not to read from it who serves where.
    """
    words = translations(language)
    gettext, ngettext = words.gettext, words.ngettext
    lines = [
        gettext("Hello,"),
        gettext(
            "you are invited to take part in the shared record of the coalition. Open this link to come in:"
        ),
        link,
        gettext("If the link does not open, go to {address} and type this code: {code}").format(
            address=welcome, code=code
        ),
        ngettext(
            "The link works once, within {hours} hour. Give it to nobody else.",
            "The link works once, within {hours} hours. Give it to nobody else.",
            hours,
        ).format(hours=hours),
        gettext("If you do not expect this, delete the letter; nothing happens then."),
    ]
    return Letter(gettext("Invitation to the coalition"), _text(lines))


def reset_letter(link: str, *, hours: int, language: str) -> Letter:
    """Comes when a new password was asked for."""
    words = translations(language)
    gettext, ngettext = words.gettext, words.ngettext
    lines = [
        gettext("Hello,"),
        gettext("somebody asked for a new password for your account. If it was you, open this link:"),
        link,
        ngettext(
            "The link works once, within {hours} hour. All browsers that are signed in are then signed out.",
            "The link works once, within {hours} hours. All browsers that are signed in are then signed out.",
            hours,
        ).format(hours=hours),
        gettext("If it was not you, delete the letter; your password stays as it is."),
    ]
    return Letter(gettext("A new password"), _text(lines))


def invitation_text(link: str, *, hours: int, language: str) -> str:
    """The same as a short text for a telephone."""
    return (
        translations(language)
        .ngettext(
            "You are invited to the coalition. Open this once, within {hours} hour: {link}",
            "You are invited to the coalition. Open this once, within {hours} hours: {link}",
            hours,
        )
        .format(hours=hours, link=link)
    )


def _text(lines: list[str]) -> str:
    return "\n\n".join(lines) + "\n"
