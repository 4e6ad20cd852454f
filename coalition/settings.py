"""Settings from the environment; docs/settings.md describes each. Only app.py and cli.py read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from coalition.access.providers.settings import ProviderSettings, is_issuer
from coalition.access.rates import parse_rate
from coalition.access.retention import RetentionPeriods
from coalition.access.service import SIGN_IN_DAYS
from coalition.assistance.holding import LATELY_DAYS
from coalition.notifications.smtp import BadMailAddress, read_address, read_server

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
DEFAULTS = {
    "COALITION_HOST": "127.0.0.1",
    "COALITION_PORT": "8000",
    "COALITION_DATA": "var",
    "COALITION_DATABASE_URL": "",
    "COALITION_URL": "",
    "COALITION_TRUSTED_PROXIES": "127.0.0.1",
    "COALITION_RATE_LIMIT": "1500/10seconds",
    "COALITION_NETWORK_RATE_LIMIT": "6000/10seconds",
    "COALITION_TIME_LIMIT_SECONDS": "10",
    "COALITION_INTROSPECTION": "",
    "COALITION_TRUSTED_DOCUMENTS": "",
    "COALITION_LOG_LEVEL": "INFO",
    "COALITION_PRIVACY_CONTACT": "",
    "COALITION_SMTP_URL": "",
    "COALITION_MAIL_FROM": "",
    "COALITION_SIGN_IN_IDLE_DAYS": "14",
    "COALITION_STRICT_IDLE_HOURS": "12",
    "COALITION_DESK_IDLE_MINUTES": "15",
    "COALITION_KEPT_ANSWERS_MB": "16",
    "COALITION_OIDC_ISSUER": "",
    "COALITION_OIDC_CLIENT_ID": "",
    "COALITION_OIDC_CLIENT_SECRET": "",
    "COALITION_OIDC_NAME": "",
    "COALITION_TOKEN_KEY": "",
    "COALITION_FORM_KEY": "",
    "COALITION_AUDIT_KEY": "",
}
_PERIODS = {f"COALITION_RETENTION_{each.name.upper()}": each for each in fields(RetentionPeriods)}
DEFAULTS |= {name: str(each.default) for name, each in _PERIODS.items()}
LONGEST_PERIOD = 36_500
# What is forgotten earlier could not be counted any more (docs/decisions/0017).
SHORTEST_PERIODS = {"COALITION_RETENTION_HOLDS_DAYS": LATELY_DAYS}
LONGEST_TIME_LIMIT = 600
LONGEST_DESK_IDLE = 120
MOST_KEPT_MB = 4096
DRIVERS = ("sqlite", "postgresql+psycopg")


class BadSetting(Exception):
    """A setting that cannot be used; the text says which and what is expected."""


@dataclass(frozen=True)
class Settings:
    """Where the coalition listens and what it keeps where.

    `url` is the public address, empty when it is the one that is listened on. `keys` are those that
    the environment holds, by their name in `Secrets`. Without a word about `introspection` it is on in
    demos only.
    """

    host: str
    port: int
    data: Path
    database_url: str
    url: str = ""
    trusted_proxies: str = "127.0.0.1"
    rate_limit: str = DEFAULTS["COALITION_RATE_LIMIT"]
    network_rate_limit: str = DEFAULTS["COALITION_NETWORK_RATE_LIMIT"]
    time_limit_seconds: float = float(DEFAULTS["COALITION_TIME_LIMIT_SECONDS"])
    introspection: bool | None = None
    trusted_documents: Path | None = None
    log_level: str = "INFO"
    privacy_contact: str = ""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    sign_in_idle_days: int = int(DEFAULTS["COALITION_SIGN_IN_IDLE_DAYS"])
    strict_idle_hours: int = int(DEFAULTS["COALITION_STRICT_IDLE_HOURS"])
    kept_answers_mb: int = int(DEFAULTS["COALITION_KEPT_ANSWERS_MB"])
    desk_idle_minutes: int = int(DEFAULTS["COALITION_DESK_IDLE_MINUTES"])
    provider: ProviderSettings | None = None
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    retention: RetentionPeriods = field(default_factory=RetentionPeriods)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of this environment; an empty value is the default. Raises `BadSetting`."""
    given = {name: environment.get(name) or default for name, default in DEFAULTS.items()}
    data = Path(given["COALITION_DATA"]).absolute()
    return Settings(
        host=given["COALITION_HOST"],
        port=port_number(given["COALITION_PORT"]),
        data=data,
        database_url=_database_url(given["COALITION_DATABASE_URL"], data),
        url=_public_url(given["COALITION_URL"]),
        trusted_proxies=given["COALITION_TRUSTED_PROXIES"],
        rate_limit=_rate_limit(given, "COALITION_RATE_LIMIT"),
        network_rate_limit=_rate_limit(given, "COALITION_NETWORK_RATE_LIMIT"),
        time_limit_seconds=_seconds(given["COALITION_TIME_LIMIT_SECONDS"]),
        introspection=_on_or_off(given["COALITION_INTROSPECTION"]),
        trusted_documents=_path(given["COALITION_TRUSTED_DOCUMENTS"]),
        log_level=_log_level(given["COALITION_LOG_LEVEL"]),
        privacy_contact=given["COALITION_PRIVACY_CONTACT"],
        smtp_url=_smtp_url(given["COALITION_SMTP_URL"]),
        mail_from=_mail_from(given),
        sign_in_idle_days=_whole_number(given, "COALITION_SIGN_IN_IDLE_DAYS", 1, SIGN_IN_DAYS),
        strict_idle_hours=_whole_number(given, "COALITION_STRICT_IDLE_HOURS", 2, SIGN_IN_DAYS * 24),
        kept_answers_mb=_whole_number(given, "COALITION_KEPT_ANSWERS_MB", 0, MOST_KEPT_MB),
        desk_idle_minutes=_whole_number(given, "COALITION_DESK_IDLE_MINUTES", 1, LONGEST_DESK_IDLE),
        provider=_provider(given),
        retention=_retention(given),
        keys={name: given[f"COALITION_{name.upper()}"] for name in ("token_key", "form_key", "audit_key")},
    )


def _retention(given: Mapping[str, str]) -> RetentionPeriods:
    return RetentionPeriods(**{each.name: _period(name, given[name]) for name, each in _PERIODS.items()})


def _period(name: str, text: str) -> int:
    shortest = SHORTEST_PERIODS.get(name, 1)
    if not (text.isascii() and text.isdigit() and shortest <= int(text) <= LONGEST_PERIOD):
        raise BadSetting(f"{name} is {text!r}; give a whole number from {shortest} to {LONGEST_PERIOD}.")
    return int(text)


def port_number(text: str) -> int:
    """A TCP port; 0 lets the system choose one."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise BadSetting(f"COALITION_PORT is {text!r}; give a number from 0 to 65535.")
    return int(text)


def _database_url(text: str, data: Path) -> str:
    if not text:
        return f"sqlite:///{data / 'coalition.sqlite3'}"
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    # The address itself may hold a password, so it is not repeated.
    if url is None or url.drivername not in DRIVERS or not url.database:
        raise BadSetting(
            "COALITION_DATABASE_URL is not an address of a database; give postgresql+psycopg://… "
            "or sqlite:////absolute/path."
        )
    return text


def _public_url(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise BadSetting(f"COALITION_URL is {text!r}; give an address that begins with https://.")
    return text.rstrip("/")


def _smtp_url(text: str) -> str:
    try:
        if text:
            read_server(text)
    except BadMailAddress as error:
        # It can hold a password, so it is not repeated.
        raise BadSetting(
            "COALITION_SMTP_URL is not the address of a mail server; give one such as"
            " smtp://user:password@mail.example.org:587, or smtps://… for TLS from the first byte."
        ) from error
    return text


def _mail_from(given: Mapping[str, str]) -> str:
    text = given["COALITION_MAIL_FROM"]
    if not text and given["COALITION_SMTP_URL"]:
        raise BadSetting("COALITION_MAIL_FROM is not set; give the address that letters come from.")
    try:
        if text:
            read_address(text)
    except BadMailAddress as error:
        raise BadSetting(
            f"COALITION_MAIL_FROM is {text!r}; give an address such as Coalition <noreply@example.org>."
        ) from error
    return text


def _whole_number(given: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = given[name]
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise BadSetting(f"{name} is {text!r}; give a whole number from {least} to {most}.")
    return int(text)


def _provider(given: Mapping[str, str]) -> ProviderSettings | None:
    issuer, client_id, secret, name = (
        given[f"COALITION_OIDC_{part}"] for part in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "NAME")
    )
    if not (issuer or client_id or secret or name):
        return None
    if not is_issuer(issuer):
        raise BadSetting(
            f"COALITION_OIDC_ISSUER is {issuer!r}; give the provider's address, which begins with https://."
        )
    if not (client_id and secret and name):
        raise BadSetting(
            "COALITION_OIDC_CLIENT_ID, COALITION_OIDC_CLIENT_SECRET and COALITION_OIDC_NAME belong to"
            " COALITION_OIDC_ISSUER; give all four, or none."
        )
    return ProviderSettings(issuer, client_id, secret, name)


def _rate_limit(given: Mapping[str, str], name: str) -> str:
    text = given[name]
    try:
        parse_rate(text)
    except ValueError as error:
        raise BadSetting(
            f"{name} is {text!r}; give one such as 1500/10seconds, several separated by semicolons, or off."
        ) from error
    return text


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= LONGEST_TIME_LIMIT:
        raise BadSetting(
            f"COALITION_TIME_LIMIT_SECONDS is {text!r}; give a number of seconds up to {LONGEST_TIME_LIMIT}."
        )
    return found


def _on_or_off(text: str) -> bool | None:
    if text.lower() not in ("", "on", "off"):
        raise BadSetting(f"COALITION_INTROSPECTION is {text!r}; give on or off.")
    return text.lower() == "on" if text else None


def _path(text: str) -> Path | None:
    return Path(text).absolute() if text else None


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise BadSetting(f"COALITION_LOG_LEVEL is {text!r}; give one of {', '.join(LOG_LEVELS)}.")
    return text.upper()
