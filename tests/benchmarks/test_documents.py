"""What benchmarks ask is what the schema offers, and what peers are asked is locked without addresses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import parse, validate

from coalition.graphql.schema import schema

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
WORKS = ["coverage", "directory", "feed", "log"]


def test_each_work_has_a_document_for_us_and_one_for_postgraphile() -> None:
    for folder in (BENCHMARKS / "documents", BENCHMARKS / "peers" / "documents"):
        assert sorted(file.stem for file in folder.iterdir()) == WORKS


@pytest.mark.parametrize("work", WORKS)
def test_document_is_valid(work: str) -> None:
    document = (BENCHMARKS / "documents" / f"{work}.graphql").read_text("utf-8")

    assert validate(schema._schema, parse(document)) == []


def test_both_databases_are_asked_the_same() -> None:
    names = [
        sorted(file.stem for file in (BENCHMARKS / "peers" / kind).iterdir())
        for kind in ("postgresql", "sqlite")
    ]

    assert names[0] == names[1]


def test_lock_of_the_peers_names_no_address() -> None:
    lock = json.loads((BENCHMARKS / "peers" / "package-lock.json").read_text("utf-8"))

    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
