"""The mail port: whoever sends letters is handed a `Mailer` and does not know how they travel."""

from __future__ import annotations

import logging
from typing import Protocol

from coalition.core.errors import CoalitionError

log = logging.getLogger("coalition.mail")


class NotSent(CoalitionError):
    """A letter or text that could not be sent; `reason` says why without contents and without addresses."""

    code = "NOT_SENT"

    def __init__(self, reason: str, *, is_lasting: bool) -> None:
        self.reason = reason
        # Trying again is of no use.
        self.is_lasting = is_lasting
        super().__init__(reason)


class Mailer(Protocol):
    """Sends letters."""

    @property
    def reaches_people(self) -> bool:
        """Whether a letter leaves this machine at all."""

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one letter in plain text and wait until it was taken over. Raises `NotSent`."""


class LogMailer:
    """For installations without a mail server: says in the log that there was a letter, and no more."""

    reaches_people = False

    def send(self, to: str, subject: str, text: str) -> None:  # noqa: ARG002  Neither is for logs.
        """Note that a letter would have been sent, without whom it was for and what stood in it."""
        log.warning("a letter was not sent: no mail server is set (COALITION_SMTP_URL)")
