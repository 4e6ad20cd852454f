"""Mail over SMTP, with TLS from the first byte or by STARTTLS; each letter on a connection of its own."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from coalition.core.clock import Clock, system_clock
from coalition.notifications.mail import LogMailer, Mailer, NotSent

# Seconds for which one answer of the server is waited for.
ANSWER_SECONDS = 10.0
SUBMISSION_PORT = 587
TLS_PORT = 465
SCHEMES = ("smtp", "smtps")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class BadMailAddress(ValueError):
    """A server's address or a sender's that cannot be used."""


@dataclass(frozen=True)
class Server:
    """A mail server; `tls_first` is `smtps`, otherwise STARTTLS is demanded of every host but loopback."""

    host: str
    port: int
    tls_first: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def needs_tls(self) -> bool:
        return self.host not in LOOPBACK


def read_server(text: str) -> Server:
    """The server of an address such as `smtp://user:password@host:587`. Raises `BadMailAddress`."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadMailAddress from error
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query:
        raise BadMailAddress
    tls_first = parts.scheme == "smtps"
    usual = TLS_PORT if tls_first else SUBMISSION_PORT
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname, port or usual, tls_first, user, password)


def read_address(text: str) -> Address:
    """An address of mail, perhaps with a name before it. Raises `BadMailAddress`."""
    name, bracket, rest = text.strip().partition("<")
    spec = rest.removesuffix(">") if bracket else name.strip()
    shown = name.strip().strip('"') if bracket else ""
    if not (shown + spec).isprintable() or "@" not in spec:
        raise BadMailAddress
    try:
        return Address(shown, addr_spec=spec)
    except (ValueError, IndexError) as error:
        raise BadMailAddress from error


@dataclass(frozen=True)
class SMTPMailer:
    """Sends over one server. `answer_seconds` is how long each answer of it is waited for."""

    server: Server
    sender: Address
    answer_seconds: float = ANSWER_SECONDS
    clock: Clock = system_clock
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)
    reaches_people: bool = True

    def send(self, to: str, subject: str, text: str) -> None:
        """Send one letter in plain text and wait until the server took it over. Raises `NotSent`."""
        letter = self._letter(to, subject, text)
        try:
            with self._connected() as connection:
                connection.send_message(letter)
        except (smtplib.SMTPException, ValueError, OSError) as error:
            raise _not_sent(error) from None

    def _letter(self, to: str, subject: str, text: str) -> EmailMessage:
        """Header fields are one line each, whatever somebody is called."""
        try:
            addressee = read_address(to)
        except BadMailAddress:
            raise NotSent("address", is_lasting=True) from None
        letter = EmailMessage(policy=SMTP)
        letter["From"] = self.sender
        letter["To"] = addressee
        letter["Subject"] = " ".join(subject.split())
        letter["Date"] = format_datetime(self.clock())
        # The usual form would tell the name of the machine.
        letter["Message-ID"] = f"<{uuid4()}@{self.sender.domain}>"
        # RFC 3834: no machine answers it.
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return letter

    def _connected(self) -> smtplib.SMTP:
        # A name of our own for the greeting: the usual one is the machine's.
        host, port, greeting = self.server.host, self.server.port, "[127.0.0.1]"
        if self.server.tls_first:
            made: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, greeting, timeout=self.answer_seconds, context=self.tls
            )
        else:
            made = smtplib.SMTP(host, port, greeting, timeout=self.answer_seconds)
        try:
            self._prepare(made)
        except BaseException:
            made.close()
            raise
        return made

    def _prepare(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        if not self.server.tls_first and connection.has_extn("starttls"):
            connection.starttls(context=self.tls)
        elif not self.server.tls_first and self.server.needs_tls:
            # Somebody between us may have taken the offer out.
            raise NotSent("no TLS", is_lasting=True)
        if self.server.user:
            connection.login(self.server.user, self.server.password)


def _not_sent(error: Exception) -> NotSent:
    """Why, in words that hold neither what the server said nor whom the letter was for."""
    code = getattr(error, "smtp_code", 0)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((answer[0] for answer in error.recipients.values()), default=0)
    kind = type(error).__name__
    lasting = 500 <= code < 600 or isinstance(
        error, ValueError | ssl.SSLError | smtplib.SMTPNotSupportedError
    )
    return NotSent(f"{kind} {code}" if code else kind, is_lasting=lasting)


def make_mailer(*, smtp_url: str, mail_from: str) -> Mailer:
    """The mailer of these settings; without a server one that only says so. Raises `BadMailAddress`."""
    return SMTPMailer(read_server(smtp_url), read_address(mail_from)) if smtp_url else LogMailer()
