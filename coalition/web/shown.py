"""The document behind a page, to be shown and tried by developers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coalition.web.gateway import document


@dataclass(frozen=True)
class ShownDocument:
    """A document with the variables that the page used."""

    name: str
    text: str
    variables: str


def shown(name: str, variables: Mapping[str, Any] | None = None) -> ShownDocument:
    """The document `name` for a template; variables without a value are left out."""
    given = {key: value for key, value in (variables or {}).items() if value is not None}
    return ShownDocument(name, document(name).strip(), json.dumps(given, ensure_ascii=False, indent=2))
