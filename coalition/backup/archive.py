"""The file of a backup: a zip with the rows as SQLite, the keys, and a manifest with a hash of each."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from coalition.core.errors import CoalitionError
from coalition.core.private_files import sync_folder

FORMAT = 1
DATABASE = "database.sqlite3"
SECRETS = "keys/secrets.json"
DEMO = "demo.json"
MANIFEST = "manifest.json"
MEMBERS = (DATABASE, SECRETS, DEMO)

_LONGEST_MANIFEST = 1024 * 1024
_CHUNK = 1024 * 1024


class BackupFault(CoalitionError):
    """A backup that cannot be made or brought back; the text says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `created_at` is UTC; `tables` counts rows; `sha256` is by member."""

    format: int
    revision: str
    created_at: str
    tables: Mapping[str, int]
    sha256: Mapping[str, str]


def write_archive(
    target: Path, folder: Path, *, revision: str, created_at: str, tables: Mapping[str, int]
) -> Manifest:
    """Pack what `folder` holds of the members: the file is there whole or not at all, for its owner only."""
    members = [name for name in MEMBERS if (folder / name).exists()]
    sha256 = {name: _hash_of(folder / name) for name in members}
    manifest = Manifest(FORMAT, revision, created_at, dict(tables), sha256)
    draft = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
                for name in members:
                    archive.write(folder / name, name)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def unpack(source: Path, folder: Path) -> Manifest:
    """Unpack a backup into `folder` and check every hash. Raises `BackupFault` when anything is amiss."""
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = _manifest(archive, source)
            for name, expected in manifest.sha256.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if _extract(archive, name, folder / name) != expected:
                    raise BackupFault(f"{source} is damaged: {name} is not what was written.")
    except FileNotFoundError as error:
        raise BackupFault(f"{source} does not exist.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise BackupFault(f"{source} is damaged, or no backup at all.") from error
    return manifest


def _manifest(archive: zipfile.ZipFile, source: Path) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
        raise BackupFault(f"{source} is no backup: its manifest is too long.")
    try:
        content: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if content["format"] != FORMAT:
            raise BackupFault(f"{source} has format {content['format']}; this release reads format {FORMAT}.")
        manifest = Manifest(**content)
        fits = DATABASE in manifest.sha256 and set(manifest.sha256) <= set(MEMBERS)
    except (ValueError, TypeError, KeyError) as error:
        raise BackupFault(f"{source} is damaged: its manifest cannot be read.") from error
    if not fits:
        raise BackupFault(f"{source} is damaged: its manifest names other files than a backup has.")
    return manifest


def _extract(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as packed, target.open("wb") as unpacked:
        while part := packed.read(_CHUNK):
            digest.update(part)
            unpacked.write(part)
    return digest.hexdigest()


def _hash_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
