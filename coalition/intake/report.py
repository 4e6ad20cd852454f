"""What a load did: counts per file, and every problem with file, line, column and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """Something to know about a line; without `line` it concerns the whole file. The heading is line 1."""

    file: str
    line: int | None
    column: str | None
    reason: str


@dataclass
class FileReport:
    """One file: how many lines were read, and what became of them.

    A line that has a problem is in `read` only. `notes` say what was left as it is on purpose.
    """

    file: str
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def problem(self, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        """Add what kept a line, or the file, from being loaded."""
        self.problems.append(Finding(self.file, line, column, reason))

    def note(self, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        """Add what was left as it is on purpose."""
        self.notes.append(Finding(self.file, line, column, reason))

    def nothing_stored(self, reason: str) -> None:
        """Say that the whole file was rolled back."""
        self.created = self.updated = self.unchanged = 0
        self.notes.clear()
        self.problem(reason)

    def in_order(self) -> None:
        """Put problems and notes in the order of the file."""
        self.problems.sort(key=_line_of)
        self.notes.sort(key=_line_of)


@dataclass
class LoadReport:
    """All files of one load, in the order in which they were loaded."""

    folder: Path
    files: list[FileReport] = field(default_factory=list)

    @property
    def problems(self) -> list[Finding]:
        """Every problem of every file."""
        return [problem for file in self.files for problem in file.problems]

    @property
    def notes(self) -> list[Finding]:
        """Every note of every file."""
        return [note for file in self.files for note in file.notes]


def format_report(report: LoadReport) -> str:
    """The report for a terminal: one line per file, its problems and notes below it, and the sum."""
    width = max((len(file.file) for file in report.files), default=0)
    lines = [f"Record of {report.folder}"]
    for file in report.files:
        lines.append(
            f"{file.file:<{width}}  {file.read:>5} read, {file.created} created,"
            f" {file.updated} updated, {file.unchanged} unchanged"
        )
        lines += [f"  {_place(problem)}: {problem.reason}" for problem in file.problems]
        lines += [f"  note, {_place(note)}: {note.reason}" for note in file.notes]
    return "\n".join([*lines, _conclusion(report)])


def _conclusion(report: LoadReport) -> str:
    count = len(report.problems)
    if count == 0:
        return "No problems."
    return f"{count} problem{'' if count == 1 else 's'}. What they name was left out; all else is stored."


def _place(finding: Finding) -> str:
    where = [finding.file]
    if finding.line is not None:
        where.append(f"line {finding.line}")
    if finding.column is not None:
        where.append(f"column {finding.column}")
    return ", ".join(where)


def _line_of(finding: Finding) -> int:
    return finding.line or 0
