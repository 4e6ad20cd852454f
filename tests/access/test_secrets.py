"""Keys come from the environment or from a private file, and are made once."""

import base64
import json
import stat
from pathlib import Path

import pytest

from coalition.access.secrets import (
    Secrets,
    SecretsUnreadable,
    SecretsUnset,
    load_secrets,
    make_missing_secrets,
    secrets_file,
)

OTHER = base64.b64encode(b"o" * 32).decode()


def test_make_missing_secrets_writes_a_private_file_once(tmp_path: Path) -> None:
    made = make_missing_secrets(tmp_path, {})
    first = load_secrets(tmp_path, {})
    again = make_missing_secrets(tmp_path, {})

    assert made == ("token_key", "form_key", "audit_key")
    assert again == ()
    assert load_secrets(tmp_path, {}) == first
    keys = [first.token_key, first.form_key, first.audit_key]
    assert ([len(key) for key in keys], len(set(keys))) == ([32, 32, 32], 3)
    assert stat.S_IMODE(secrets_file(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(secrets_file(tmp_path).parent.stat().st_mode) == 0o700
    assert [file.name for file in secrets_file(tmp_path).parent.iterdir()] == ["secrets.json"]


def test_make_missing_secrets_keeps_the_key_that_is_there(tmp_path: Path) -> None:
    secrets_file(tmp_path).parent.mkdir()
    secrets_file(tmp_path).write_text(json.dumps({"token_key": OTHER}))

    made = make_missing_secrets(tmp_path, {})

    assert made == ("form_key", "audit_key")
    assert load_secrets(tmp_path, {}).token_key == b"o" * 32


def test_load_secrets_prefers_the_environment(tmp_path: Path) -> None:
    make_missing_secrets(tmp_path, {})

    found = load_secrets(tmp_path, {"token_key": OTHER, "form_key": ""})

    assert found.token_key == b"o" * 32
    assert found.form_key == load_secrets(tmp_path, {}).form_key


def test_load_secrets_names_what_is_unset(tmp_path: Path) -> None:
    with pytest.raises(SecretsUnset) as caught:
        load_secrets(tmp_path, {"form_key": OTHER})

    assert caught.value.names == ("token_key", "audit_key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"token_key": 1}', "\ufffe"])
def test_unreadable_file_is_never_overwritten(tmp_path: Path, content: str) -> None:
    secrets_file(tmp_path).parent.mkdir()
    secrets_file(tmp_path).write_text(content)

    with pytest.raises(SecretsUnreadable):
        make_missing_secrets(tmp_path, {})
    assert secrets_file(tmp_path).read_text() == content


@pytest.mark.parametrize("key", ["not base64", "c2hvcnQ=", "ș"])
def test_load_secrets_refuses_weak_keys(tmp_path: Path, key: str) -> None:
    with pytest.raises(SecretsUnreadable) as caught:
        load_secrets(tmp_path, {"token_key": key, "form_key": OTHER})

    assert caught.value.place == "COALITION_TOKEN_KEY"


def test_secrets_do_not_show_themselves() -> None:
    assert repr(Secrets(b"t" * 32, b"f" * 32, b"a" * 32)) == "Secrets(…)"
