"""Conditions that lists are filtered by, on organisations and on whoever refers to them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.text import like_pattern, search_terms
from coalition.members.lines import below
from coalition.members.models import Organisation

_organisation: Any = Organisation


def in_denomination(denomination_id: UUID, day: date) -> sa.Select[Any]:
    """Ids of organisations of a denomination, and of all that stand below one."""
    own = sa.select(_organisation.id).where(_organisation.denomination_id == denomination_id)
    return sa.select(_organisation.id).where(
        sa.or_(_organisation.denomination_id == denomination_id, _organisation.id.in_(below(own, day)))
    )


def in_church_body(church_body_id: UUID, day: date) -> sa.Select[Any]:
    """Ids of a church body and of all organisations in its line."""
    return sa.select(_organisation.id).where(
        sa.or_(
            _organisation.church_body_id == church_body_id,
            _organisation.id.in_(below([church_body_id], day)),
        )
    )


def found_by(search_column: Any, query: str) -> list[ColumnElement[bool]]:
    """One condition for each word of `query`: it occurs, in any of its spellings, in the folded text."""
    return [
        sa.or_(*(search_column.like(like_pattern(form), escape="\\") for form in forms))
        for forms in search_terms(query)
    ]


def overlaps(
    first_day: Any, last_day: Any, since: date | None, until: date | None
) -> list[ColumnElement[bool]]:
    """Intervals that overlap the given one; an undated record matches none."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(last_day >= since)
    if until is not None:
        conditions.append(first_day <= until)
    return conditions
