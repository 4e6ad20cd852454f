"""Settings come from the environment, and each is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coalition.settings import DEFAULTS, BadSetting, read_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "settings.md"


def test_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    found = read_settings({})

    assert (found.host, found.port, found.data) == ("127.0.0.1", 8000, tmp_path / "var")
    assert found.database_url == f"sqlite:///{tmp_path}/var/coalition.sqlite3"
    assert (found.url, found.trusted_proxies, found.log_level) == ("", "127.0.0.1", "INFO")
    assert not any(found.keys.values())


def test_everything_given(tmp_path: Path) -> None:
    url = "postgresql+psycopg://me@host/coalition"
    found = read_settings(
        {
            "COALITION_HOST": "0.0.0.0",  # noqa: S104
            "COALITION_PORT": "0",
            "COALITION_DATA": str(tmp_path),
            "COALITION_DATABASE_URL": url,
            "COALITION_URL": "https://coalition.example/",
            "COALITION_TRUSTED_PROXIES": "10.0.0.1",
            "COALITION_LOG_LEVEL": "warning",
            "COALITION_TOKEN_KEY": "a",
            "COALITION_FORM_KEY": "b",
            "COALITION_AUDIT_KEY": "c",
        }
    )

    assert (found.host, found.port, found.data, found.database_url) == ("0.0.0.0", 0, tmp_path, url)  # noqa: S104
    assert (found.url, found.trusted_proxies) == ("https://coalition.example", "10.0.0.1")
    assert (found.log_level, found.keys) == ("WARNING", {"token_key": "a", "form_key": "b", "audit_key": "c"})


def test_terms_of_requests(tmp_path: Path) -> None:
    given = {
        "COALITION_TIME_LIMIT_SECONDS": "2.5",
        "COALITION_INTROSPECTION": "On",
        "COALITION_TRUSTED_DOCUMENTS": str(tmp_path / "trusted.json"),
    }
    found, default = read_settings(given), read_settings({})

    assert (found.time_limit_seconds, found.introspection) == (2.5, True)
    assert found.trusted_documents == tmp_path / "trusted.json"
    assert read_settings({"COALITION_INTROSPECTION": "off"}).introspection is False
    # Without a word about it, it is on in demos only.
    assert (default.time_limit_seconds, default.introspection, default.trusted_documents) == (10, None, None)


def test_empty_values_are_the_defaults() -> None:
    assert read_settings(dict.fromkeys(DEFAULTS, "")) == read_settings({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COALITION_PORT", "http"),
        ("COALITION_PORT", "-1"),
        ("COALITION_PORT", "65536"),
        ("COALITION_PORT", "٣"),
        ("COALITION_DATABASE_URL", "nothing"),
        ("COALITION_DATABASE_URL", "mysql://me:secret@host/coalition"),
        ("COALITION_DATABASE_URL", "postgresql://me:secret@host/coalition"),
        ("COALITION_DATABASE_URL", "sqlite://"),
        ("COALITION_URL", "coalition.example"),
        ("COALITION_TIME_LIMIT_SECONDS", "0"),
        ("COALITION_TIME_LIMIT_SECONDS", "-1"),
        ("COALITION_TIME_LIMIT_SECONDS", "601"),
        ("COALITION_TIME_LIMIT_SECONDS", "nan"),
        ("COALITION_TIME_LIMIT_SECONDS", "soon"),
        ("COALITION_INTROSPECTION", "maybe"),
        ("COALITION_LOG_LEVEL", "loud"),
        ("COALITION_RETENTION_HOLDS_DAYS", "29"),
    ],
)
def test_bad_settings_are_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings({name: value})

    assert str(caught.value).startswith(name)
    assert "secret" not in str(caught.value)


def test_settings_do_not_show_keys() -> None:
    assert "never shown" not in repr(read_settings({"COALITION_TOKEN_KEY": "never shown"}))


def test_every_setting_is_described() -> None:
    described = re.findall(r"^\| `(COALITION_\w+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE)

    assert described == list(DEFAULTS)


def test_every_reason_and_path_is_described() -> None:
    text = DOCUMENT.read_text("utf-8")

    for word in ("SCHEMA_EMPTY", "SCHEMA_OLDER", "SCHEMA_NEWER", "DATABASE_BUSY", "demo.json", "backups/"):
        assert f"`{word}`" in text
