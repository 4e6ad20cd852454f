"""Expected failures as data: a stable code, where it is, and parameters; never prose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request.

    `path` is the input path below `input`, for example `("reach", "0", "count")`.
    `params` fill the sentence that `core.messages` chooses for `code`; they never hold personal data.
    """

    code: str
    path: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)


class CoalitionError(Exception):
    """The base of every failure that a caller can expect."""


class Refused(CoalitionError):
    """A deed that was not done; `faults` says all that is wrong with it at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(", ".join(fault.code for fault in self.faults))


def refuse(code: str, *path: str, **params: Any) -> Refused:
    """A `Refused` with one fault, to be raised."""
    return Refused([Fault(code, path, params)])


class BadUserInput(CoalitionError):
    """A request that cannot be read: a broken cursor, a page size out of range, an unknown name."""

    def __init__(self, code: str = "BAD_USER_INPUT", **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(code)


class DatabaseFault(CoalitionError):
    """The database could not do its work; nothing of this transaction was stored.

    `code` is DATABASE_BUSY, STORAGE_FULL, DATABASE_READ_ONLY, DATABASE_UNAVAILABLE or TIMEOUT.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Faults:
    """Collects what is wrong with a draft, so that all faults of a form come back at once."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, code: str, *path: str, **params: Any) -> None:
        """Note one fault at `path`."""
        self.found.append(Fault(code, path, params))

    def raise_if_any(self) -> None:
        """Raise `Refused` with everything noted so far, if anything was."""
        if self.found:
            raise Refused(self.found)
