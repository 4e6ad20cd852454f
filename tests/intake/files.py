"""Record files for tests: a copy of the shipped ones to be changed, and the whole content of a database."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from coalition.core.unit_of_work import Units
from coalition.intake.record import SHIPPED
from coalition.intake.report import FileReport, LoadReport
from coalition.tables import metadata

Row = dict[str, str]


class RecordFolder:
    """A copy of the shipped record."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(SHIPPED, path)

    def rows(self, name: str) -> list[Row]:
        with (self.path / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def change(self, name: str, key: str, **cells: str) -> int:
        """Change cells of the line whose first cell is `key`; gives back the line's number."""
        return self._rewrite(name, key, lambda row: row.update(cells))

    def remove(self, name: str, key: str) -> None:
        rows = self.rows(name)
        self.write(name, [row for row in rows if next(iter(row.values())) != key])

    def keep(self, name: str, key: str) -> None:
        """Leave only this file, and of its lines this one with the two before it and one after it.

        Where the number of its line belongs to a record, the file stays whole.
        """
        self.only(name)
        if name in ("statistics.csv", "programme.csv"):
            return
        rows = self.rows(name)
        index = next(i for i, row in enumerate(rows) if next(iter(row.values())) == key)
        self.write(name, rows[max(0, index - 2) : index + 2])

    def add(self, name: str, **cells: str) -> int:
        """Add a line at the end with these cells, the others empty."""
        rows = self.rows(name)
        self.write(name, [*rows, {column: cells.get(column, "") for column in rows[0]}])
        return len(rows) + 2

    def write(self, name: str, rows: list[Row]) -> None:
        with (self.path / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def only(self, *names: str) -> None:
        """Leave only these files."""
        for path in self.path.glob("*.csv"):
            if path.name not in names:
                path.unlink()

    def _rewrite(self, name: str, key: str, change: Callable[[Row], None]) -> int:
        rows = self.rows(name)
        index = next(i for i, row in enumerate(rows) if next(iter(row.values())) == key)
        change(rows[index])
        self.write(name, rows)
        return index + 2


def dump(units: Units) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for what is kept beside the record: counts, and the version."""
    with units.reading() as uow:
        return {
            table.name: sorted(map(tuple, uow.db.execute(sa.select(*_told(table)))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in ("activity_rollup", "data_version")
        }


def _told(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name != "is_rolled_up"]


def count(units: Units, table: Any, *conditions: Any) -> int:
    with units.reading() as uow:
        return uow.db.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()


def one(units: Units, table: Any, **key: Any) -> Any:
    """The one row with this key, as it is stored."""
    with units.reading() as uow:
        return uow.db.scalars(sa.select(table).filter_by(**key)).one()


def columns_of(row: Any, *left_out: str) -> dict[str, Any]:
    """All columns of a row but those left out."""
    return {name: getattr(row, name) for name in type(row).model_fields if name not in left_out}


def of_file(report: LoadReport, name: str) -> FileReport:
    return next(file for file in report.files if file.file == name)


def figures(report: LoadReport) -> dict[str, tuple[int, int, int, int]]:
    """Read, created, updated, unchanged by file."""
    return {file.file: (file.read, file.created, file.updated, file.unchanged) for file in report.files}


def problems(report: LoadReport) -> list[tuple[str, int | None, str | None, str]]:
    return [(problem.file, problem.line, problem.column, problem.reason) for problem in report.problems]
