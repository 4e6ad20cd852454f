"""The SMS port. No provider is chosen yet: the adapter notes in the log that there was a text."""

from __future__ import annotations

import logging
from typing import Protocol

log = logging.getLogger("coalition.sms")


class TextSender(Protocol):
    """Sends short texts to telephones."""

    @property
    def reaches_people(self) -> bool:
        """Whether a text leaves this machine at all."""

    def send(self, to: str, text: str) -> None:
        """Send one text and wait until it was taken over. Raises `NotSent`."""


class LogTextSender:
    """For installations without a provider: says in the log that there was a text, and no more."""

    reaches_people = False

    def send(self, to: str, text: str) -> None:  # noqa: ARG002  Neither is for logs.
        """Note that a text would have been sent, without whom it was for and what stood in it."""
        log.warning("a text was not sent: no provider of SMS is set")
