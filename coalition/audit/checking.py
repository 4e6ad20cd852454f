"""What `coalition audit` asks: is the log whole, and which head is to be kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from coalition.audit.chain import hash_at
from coalition.audit.heads import HeadFault, head_text, parse_head, read_head
from coalition.audit.sealing import SealedLog, begin_head_anew, current_head
from coalition.audit.verification import AuditFault, KnownHead, Tell, Totals, verify_log


def check_log(sealed_log: SealedLog, kept: str | None, tell: Tell) -> Totals:
    """Check the log against its own head and, if given, one that was kept elsewhere: a file or its text."""
    faults: list[AuditFault] = []
    # Heads first: the snapshot that follows holds at least what they know.
    heads = [*_own(sealed_log, faults), *_kept(sealed_log, kept, faults)]
    with sealed_log.units.reading() as uow:
        totals = verify_log(uow, sealed_log.key, heads, tell)
    for fault in faults:
        tell(fault)
    totals.faults += len(faults)
    return totals


def _own(sealed_log: SealedLog, faults: list[AuditFault]) -> Iterator[KnownHead]:
    name = sealed_log.head_file.name
    try:
        yield KnownHead(name, read_head(sealed_log.head_file, sealed_log.key), is_own=True)
    except HeadFault as fault:
        faults.append(AuditFault(name, f"{fault}: a cut tail would not be seen"))


def _kept(sealed_log: SealedLog, kept: str | None, faults: list[AuditFault]) -> Iterator[KnownHead]:
    if kept is None:
        return
    is_text = kept.lstrip().startswith("{")
    try:
        read = parse_head(kept, sealed_log.key) if is_text else read_head(Path(kept), sealed_log.key)
    except HeadFault as fault:
        faults.append(AuditFault("the head kept elsewhere", str(fault)))
    else:
        yield KnownHead("the head kept elsewhere", read)


def head_to_keep(sealed_log: SealedLog) -> str:
    """The signed head of the log as it stands, as one line.

    Raises `HeadFault` when the head of the file does not fit the log.
    """
    known = read_head(sealed_log.head_file, sealed_log.key)
    with sealed_log.units.reading() as uow:
        if hash_at(uow, known.count) != known.hash:
            raise HeadFault(f"knows {known.count} sealed entries that the log does not hold like this")
        return head_text(current_head(uow), sealed_log.key)


def accept_log(sealed_log: SealedLog, tell: Tell) -> Totals:
    """Let the head follow from the log as it stands when nothing but the head is at fault.

    What was wrong with the head stays told: in an entry. Refuses, by its faults, a log that is not whole.
    """
    with sealed_log.units.reading() as uow:
        totals = verify_log(uow, sealed_log.key, [], tell)
    if totals.faults == 0:
        begin_head_anew(sealed_log, "accept", _wrong_with_head(sealed_log, totals))
    return totals


def _wrong_with_head(sealed_log: SealedLog, totals: Totals) -> str:
    found: list[str] = []
    check_log(sealed_log, None, lambda fault: found.append(str(fault)))
    told = "; ".join(found) or "nothing was wrong"
    return f"head accepted at {totals.sealed} sealed entries: {told}"


def summary(totals: Totals) -> list[str]:
    """The count of everything, in lines."""
    lines = [f"Note: {note}." for note in totals.notes]
    if totals.accepted:
        lines.append(f"Note: {totals.accepted} entries were accepted without authentication.")
    counts = f"{totals.sealed} entries sealed, {totals.unsealed} not yet sealed"
    verdict = "is whole" if totals.faults == 0 else f"is not whole: {totals.faults} faults"
    return [*lines, f"The audit log {verdict}; {counts}."]
