"""A real SMTP server on this machine, which keeps what it is sent."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from queue import Empty, SimpleQueue
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

# A letter comes at once or never; only a test that fails waits so long.
PATIENCE_SECONDS = 30


@dataclass
class MailServer:
    """The letters that came, and what the server answers to their addressees."""

    answer: str = "250 OK"
    answers: list[str] = field(default_factory=list)
    port: int = 0
    asked: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    _came: SimpleQueue[EmailMessage] = field(default_factory=SimpleQueue)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def next(self) -> EmailMessage:
        """The next letter, waited for."""
        return self._came.get(timeout=PATIENCE_SECONDS)

    def is_empty(self) -> bool:
        """Whether nothing has come that was not taken with `next`."""
        try:
            self._came.put(self._came.get_nowait())
        except Empty:
            return True
        return False

    # ------------------------------------------------- what aiosmtpd asks of a handler

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        answer = self.answers.pop(0) if self.answers else self.answer
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        content = envelope.content
        assert isinstance(content, bytes)
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        self._came.put(letter)
        return "250 OK"

    def authenticate(self, _server: SMTP, _session: Any, _envelope: Any, _way: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)


@contextmanager
def mail_server(*, tls: ssl.SSLContext | None = None, auth: bool = False) -> Iterator[MailServer]:
    """Run one on a free port of loopback; with `tls` it offers STARTTLS, with `auth` it asks for a login."""
    made = MailServer()

    def protocol() -> SMTP:
        options: dict[str, Any] = {"auth_required": True, "authenticator": made.authenticate} if auth else {}
        return SMTP(
            made, hostname="mail.example.org", tls_context=tls, require_starttls=tls is not None, **options
        )

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="mail-server", daemon=True)
    thread.start()
    start = loop.create_server(protocol, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(start, loop).result(PATIENCE_SECONDS)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_stopped(server), loop).result(PATIENCE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_SECONDS)
        loop.close()


async def _stopped(server: asyncio.Server) -> None:
    server.close()
    own = asyncio.current_task()
    tasks = [task for task in asyncio.all_tasks() if task is not own]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
