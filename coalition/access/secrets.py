"""The secrets of one installation: they hash tokens, sign forms, and authenticate audit entries."""

from __future__ import annotations

import base64
import binascii
import json
import secrets as randomness
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coalition.core.errors import CoalitionError
from coalition.core.private_files import write_private

KEY_BYTES = 32
KEY_NAMES = ("token_key", "form_key", "audit_key")


@dataclass(frozen=True)
class Secrets:
    """The keys of one installation, each of at least 32 bytes.

    Whoever changes `token_key` makes every sign-in, token and client secret worthless. Whoever changes
    `audit_key` can no longer tell whether what the audit log holds was tampered with.
    """

    token_key: bytes
    form_key: bytes
    audit_key: bytes

    def __repr__(self) -> str:
        return "Secrets(…)"


class SecretsUnset(CoalitionError):
    """Keys that neither the environment nor the file holds; `names` says which."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__(", ".join(names))


class SecretsUnreadable(CoalitionError):
    """A key that is not base64 of enough bytes, or a file that is no JSON object; `place` says where."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(place)


def secrets_file(data_folder: Path) -> Path:
    """Where the keys of a data folder are kept."""
    return data_folder / "keys" / "secrets.json"


def load_secrets(data_folder: Path, given: Mapping[str, str]) -> Secrets:
    """The keys that `given` (from the environment) or the file of the data folder holds.

    Raises `SecretsUnset` when keys are missing and `SecretsUnreadable` when one cannot be used.
    """
    file = secrets_file(data_folder)
    kept = _read(file)
    keys: dict[str, bytes] = {}
    for name in KEY_NAMES:
        if given.get(name):
            keys[name] = _decoded(given[name], f"COALITION_{name.upper()}")
        elif kept.get(name):
            keys[name] = _decoded(kept[name], f"{name} in {file}")
    missing = tuple(name for name in KEY_NAMES if name not in keys)
    if missing:
        raise SecretsUnset(missing)
    return Secrets(**keys)


def make_missing_secrets(data_folder: Path, given: Mapping[str, str]) -> tuple[str, ...]:
    """Write the keys that neither `given` nor the file holds, and say which; existing ones stay."""
    file = secrets_file(data_folder)
    kept = _read(file)
    missing = tuple(name for name in KEY_NAMES if not given.get(name) and not kept.get(name))
    if missing:
        kept |= {name: base64.b64encode(randomness.token_bytes(KEY_BYTES)).decode() for name in missing}
        write_private(file, json.dumps(kept, indent=2) + "\n")
    return missing


def _read(file: Path) -> dict[str, str]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SecretsUnreadable(str(file)) from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise SecretsUnreadable(str(file))
    return content


def _decoded(text: str, place: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretsUnreadable(place) from error
    if len(key) < KEY_BYTES:
        raise SecretsUnreadable(place)
    return key
