"""Every document of the pages fits the schema that is published."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text("utf-8"))
DOCUMENTS = {
    Path(str(path)).stem: Path(str(path)).read_text("utf-8")
    for path in files("coalition.web").joinpath("queries").iterdir()
}


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_document_fits_the_schema(name: str) -> None:
    errors = validate(SCHEMA, parse(DOCUMENTS[name]))

    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - {"playground"}))
def test_document_is_named_like_its_file(name: str) -> None:
    operations = [
        definition
        for definition in parse(DOCUMENTS[name]).definitions
        if isinstance(definition, OperationDefinitionNode)
    ]

    assert len(operations) == 1
    assert operations[0].name is not None
    assert re.sub(r"(?<!^)(?=[A-Z])", "_", operations[0].name.value).lower() == name


def test_every_document_is_used() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "coalition" / "web").rglob("*.py"))

    assert [name for name in sorted(DOCUMENTS) if f'"{name}"' not in code] == []
