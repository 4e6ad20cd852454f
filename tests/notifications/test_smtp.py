"""Letters over SMTP, against a real server on this machine."""

from __future__ import annotations

import datetime
import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coalition.notifications.mail import LogMailer, NotSent
from coalition.notifications.smtp import (
    BadMailAddress,
    Server,
    SMTPMailer,
    make_mailer,
    read_address,
    read_server,
)
from tests.support.mail import MailServer, mail_server

SENDER = "Coaliția <noreply@coalition.example>"
TO = "ana@example.org"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as found:
        yield found


def mailer_of(server: MailServer) -> SMTPMailer:
    return SMTPMailer(read_server(server.url), read_address(SENDER))


def test_letter_arrives_as_it_was_written(server: MailServer) -> None:
    text = "Bună ziua, Ștefan!\nЗдравствуйте.\n.\nhttps://coalition.example/welcome/" + "X" * 120 + "\n"

    mailer_of(server).send(TO, "Invitație în coaliție / Приглашение", text)

    letter = server.next()
    assert letter["To"] == TO
    assert letter["From"] == SENDER
    assert letter["Subject"] == "Invitație în coaliție / Приглашение"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == text


def test_letter_does_not_tell_the_machine_it_comes_from(server: MailServer) -> None:
    mailer_of(server).send(TO, "Subject", "Text")

    letter = server.next()
    host = socket.gethostname()
    assert letter["Message-ID"].endswith("@coalition.example>")
    assert not [name for name, value in letter.items() if host in value]
    assert server.envelopes[0].mail_from == "noreply@coalition.example"


@pytest.mark.parametrize(
    "name",
    ["Ana\r\nBcc: all@example.org", "Ana\nSubject: x\n\nbody", "Ana\u2028Bcc: x", "Ana\x00", "A" * 3000],
)
def test_a_name_in_a_subject_adds_no_header(server: MailServer, name: str) -> None:
    try:
        mailer_of(server).send(TO, f"Invitation for {name}", "Text")
    except NotSent:
        assert server.envelopes == []
        return

    letter = server.next()
    assert letter["Bcc"] is None
    assert letter.get_all("Subject") is not None
    assert len(letter.get_all("Subject")) == 1
    assert letter.get_content().strip() == "Text"
    assert server.envelopes[0].rcpt_tos == [TO]


@pytest.mark.parametrize(
    "to",
    [
        "ana@example.org\r\nBcc: all@example.org",
        "ana@example.org, all@example.org",
        "ana@example.org>\nRCPT TO:<all@example.org",
        "a b@example.org",
        "ana",
        "<>",
    ],
)
def test_an_address_is_one_address(server: MailServer, to: str) -> None:
    with pytest.raises(NotSent) as caught:
        mailer_of(server).send(to, "Subject", "Text")

    assert caught.value.is_lasting
    assert (server.asked, server.envelopes) == ([], [])


@pytest.mark.parametrize(
    ("answer", "is_lasting"), [("550 5.1.1 No such user ana@example.org", True), ("451 4.3.0 Later", False)]
)
def test_server_that_refuses(server: MailServer, answer: str, *, is_lasting: bool) -> None:
    server.answer = answer

    with pytest.raises(NotSent) as caught:
        mailer_of(server).send(TO, "Subject", "Text")

    assert caught.value.is_lasting is is_lasting
    assert caught.value.reason == f"SMTPRecipientsRefused {answer[:3]}"
    assert caught.value.__cause__ is None
    assert server.is_empty()


def test_server_that_hangs_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        mailer = SMTPMailer(Server("127.0.0.1", port, False), read_address(SENDER), answer_seconds=0.2)

        with pytest.raises(NotSent) as caught:
            mailer.send(TO, "Subject", "Text")

    # The library says it in either way.
    assert caught.value.reason in ("TimeoutError", "SMTPServerDisconnected")
    assert not caught.value.is_lasting


def test_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(NotSent) as caught:
        SMTPMailer(Server("127.0.0.1", port, False), read_address(SENDER)).send(TO, "Subject", "Text")

    assert not caught.value.is_lasting


def test_password_and_letter_go_over_tls_and_the_certificate_is_checked(tmp_path: Path) -> None:
    ours, theirs = tls_contexts(tmp_path)
    with mail_server(tls=theirs, auth=True) as server:
        url = f"smtp://us%40er:p%2Fass@localhost:{server.port}"
        known = SMTPMailer(read_server(url), read_address(SENDER), tls=ours)
        stranger = SMTPMailer(read_server(url), read_address(SENDER))

        known.send(TO, "Subject", "Text")
        with pytest.raises(NotSent) as caught:
            stranger.send(TO, "Subject", "Text")

        assert server.next()["To"] == TO
        assert server.logins == [(b"us@er", b"p/ass")]
        assert caught.value.reason == "SSLCertVerificationError"
        assert server.is_empty()


def test_without_tls_nothing_is_sent_to_another_machine(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.notifications.smtp.LOOPBACK", ())
    mailer = SMTPMailer(read_server(f"smtp://u:p@127.0.0.1:{server.port}"), read_address(SENDER))

    with pytest.raises(NotSent) as caught:
        mailer.send(TO, "Subject", "Text")

    assert caught.value.reason == "no TLS"
    assert (server.asked, server.logins) == ([], [])


def tls_contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for localhost: a context that trusts it, and the server's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(file)
    return ssl.create_default_context(cafile=str(file)), theirs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 587, False)),
        ("smtps://mail.example.org", Server("mail.example.org", 465, True)),
        ("smtp://a%40b:c%3Ad@mail.example.org:2525", Server("mail.example.org", 2525, False, "a@b", "c:d")),
    ],
)
def test_read_server(text: str, found: Server) -> None:
    assert read_server(text) == found
    assert found.password == "" or found.password not in repr(found)


@pytest.mark.parametrize(
    "text", ["mail.example.org", "http://x", "smtp://", "smtp://x:port", "smtp://x/y", "smtp://x?y=1"]
)
def test_read_server_of_something_else(text: str) -> None:
    with pytest.raises(BadMailAddress):
        read_server(text)


def test_without_a_server_the_log_names_nobody(caplog: pytest.LogCaptureFixture) -> None:
    mailer = make_mailer(smtp_url="", mail_from="")
    with caplog.at_level(logging.DEBUG):
        mailer.send(TO, "Subject-word", "Text-word")

    assert isinstance(mailer, LogMailer)
    assert not mailer.reaches_people
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert not [word for word in (TO, "Subject-word", "Text-word") if word in caplog.text]
