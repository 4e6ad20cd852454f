"""The folder that holds the database, the keys and the backups of one installation."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DataFolderUnusable(Exception):
    """The folder cannot be made or written; the text says why and what to do."""


def prepare_data_folder(folder: Path) -> None:
    """Make the folder, for its owner only, and see that it can be written. Raises `DataFolderUnusable`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".writable.{os.getpid()}"
        draft.touch()
        draft.unlink()
    except OSError as error:
        raise DataFolderUnusable(
            f"The data folder {folder} cannot be written: {error.strerror}. "
            "Give this user the right to write there, or set COALITION_DATA to another folder."
        ) from error


@contextmanager
def exclusive_use(folder: Path) -> Iterator[None]:
    """Keep other commands on this folder waiting: two servers may be started at the same moment."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
