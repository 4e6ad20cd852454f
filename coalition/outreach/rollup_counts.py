"""What activities come to in the cells of the rollup, in SQL: for one of them as for all.

An activity counts once in each cell, at each level at which it is visible.
"""

from __future__ import annotations

from datetime import date
from enum import IntFlag
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Visibility
from coalition.members.models import Organisation
from coalition.outreach.belonging import church_lines, holds, month_number, month_of_start
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityRollup,
    ActivityTopic,
)


class Side(IntFlag):
    """What cells are told apart by beside the month, which every cell has.

    DETAIL is the kind, and the months of the first and the last day.
    """

    NONE = 0
    DISTRICT = 1
    TOPIC = 2
    DENOMINATION = 4
    CHURCH_BODY = 8
    DETAIL = 16


BELONGING = Side.DENOMINATION | Side.CHURCH_BODY
# An activity has several of each of these, so that cells of one set cannot be added up to those of another.
# More topics beside other sides would make more cells than there are activities.
GROUPINGS = (
    *(Side(number) for number in (0, 1, 4, 5, 8, 9, 12, 13)),
    *(Side.TOPIC | each for each in (Side.NONE, Side.DISTRICT, Side.DENOMINATION, Side.CHURCH_BODY)),
)
# Whose records somebody of each level reads, from the public on.
LEVELS = (
    frozenset({Visibility.PUBLIC}),
    frozenset({Visibility.PUBLIC, Visibility.PARTNERS}),
    frozenset({Visibility.PUBLIC, Visibility.PARTNERS, Visibility.COALITION}),
    frozenset(Visibility),
)
LAST_LEVEL = len(LEVELS)
# Stands for no district, topic, denomination or church body.
NOBODY = UUID(int=0)

KEYS = [column.name for column in sa.inspect(ActivityRollup).primary_key]
_COUNTED = ("activities", "with_reach", "people_reached")
FIGURES = [f"{name}_{level}" for name in _COUNTED for level in range(1, LAST_LEVEL + 1)]
_COLUMNS = {Side.DENOMINATION: "denomination_id", Side.CHURCH_BODY: "church_body_id"}
_FACTS = ("id", "month", "kind", "first_month", "last_month", "people_reached", "level")


def counts(chosen: ColumnElement[bool], today: Any, groupings: tuple[Side, ...] = GROUPINGS) -> sa.Subquery:
    """The rows of the rollup to which the `chosen` activities come.

    `today` is the day by whose lines activities without a date go.
    """
    facts, lines = _facts(chosen, today), church_lines()
    placed = {sides: _placed(facts, lines, sides) for sides in {each & BELONGING for each in groupings}}
    parts: list[sa.Select[Any]] = []
    for sides in groupings:
        grouped = _grouped(placed[sides & BELONGING], sides)
        parts += [_rows(grouped, sides), _rows(grouped, sides | Side.DETAIL)]
    return sa.union_all(*parts).subquery("counts")


def _facts(chosen: ColumnElement[bool], today: date) -> sa.CTE:
    """What counts of each chosen activity; assistance and what was cancelled come to nothing."""
    return (
        sa.select(
            Activity.id,
            sa.func.coalesce(month_of_start(), 0).label("month"),
            sa.cast(Activity.kind, sa.Text).label("kind"),
            sa.func.coalesce(month_number(Activity.first_day), 0).label("first_month"),
            sa.func.coalesce(month_number(Activity.last_day), 0).label("last_month"),
            Activity.people_reached,
            _level(Activity.visibility).label("level"),
            sa.func.coalesce(Activity.first_day, today).label("day"),
        )
        .where(chosen)
        .where(Activity.kind != ActivityKind.ASSISTANCE, Activity.status != ActivityStatus.CANCELLED)
        .cte("fact")
    )


def _level(visibility: Any) -> ColumnElement[int]:
    """The first level at which a visibility is read."""
    first = {each: number for number, each in reversed(list(enumerate(_newly_read(), start=1)))}
    return sa.case({each.value: number for each, number in first.items()}, value=visibility)


def _newly_read() -> list[Visibility]:
    before = [frozenset[Visibility](), *LEVELS]
    return [next(iter(after - earlier)) for earlier, after in zip(before, LEVELS, strict=False)]


def _placed(facts: sa.CTE, lines: sa.CTE, sides: Side) -> sa.CTE:
    """The activities, once for each denomination and church body, from one level to another.

    A participant counts from the level on at which its organisation is visible. Below the first of them
    an activity belongs to nobody.
    """
    own = [facts.c[name] for name in _FACTS]
    last = sa.literal(LAST_LEVEL)
    names = [name for side, name in _COLUMNS.items() if side in sides]
    if not names:
        return sa.select(*own, last.label("last_level")).cte("placed_nowhere")
    columns = {"denomination_id": Organisation.denomination_id, "church_body_id": lines.c.church_body_id}
    keys = [sa.label(name, columns[name]) for name in names]
    shown_at = sa.func.min(_level(Organisation.visibility))
    since = sa.case((shown_at > facts.c.level, shown_at), else_=facts.c.level).label("level")
    source = facts.join(ActivityParticipant, ActivityParticipant.activity_id == facts.c.id).join(
        Organisation, Organisation.id == ActivityParticipant.organisation_id
    )
    if Side.CHURCH_BODY in sides:
        source = source.outerjoin(
            lines, (lines.c.organisation_id == Organisation.id) & holds(lines, facts.c.day)
        )
    belonging = (
        sa.select(*own[:-1], since, last.label("last_level"), *keys)
        .select_from(source)
        .where(sa.or_(*(columns[name].is_not(None) for name in names)))
        .group_by(*own, *(columns[name] for name in names))
    ).cte(f"belonging_{sides:d}")
    first = _first_levels(facts, belonging)
    rest = (
        sa.select(*own, first.c.level - 1, *(sa.cast(sa.null(), sa.Uuid) for _ in names))
        .join(first, first.c.id == facts.c.id)
        .where(first.c.level > facts.c.level)
    )
    return sa.select(belonging).union_all(rest).cte(f"placed_{sides:d}")


def _first_levels(facts: sa.CTE, belonging: sa.CTE) -> sa.Subquery:
    """From which level on activities belong to anybody; one beyond the last for those that never do.

    Grouping does what an anti-join would, which neither database does well for a million rows.
    """
    shown = sa.union_all(
        sa.select(facts.c.id, sa.literal(LAST_LEVEL + 1).label("level")),
        sa.select(belonging.c.id, belonging.c.level),
    ).subquery()
    return sa.select(shown.c.id, sa.func.min(shown.c.level).label("level")).group_by(shown.c.id).subquery()


def _grouped(placed: sa.CTE, sides: Side) -> sa.CTE:
    """The placed activities counted by cell and by the levels from and to which they count."""
    source: sa.FromClause = placed
    keys: dict[str, ColumnElement[Any]] = {
        name: placed.c[name] for name in ("month", "kind", "first_month", "last_month", "level", "last_level")
    }
    for side, name in _COLUMNS.items():
        keys[name] = placed.c[name] if side in sides else sa.null()
    keys |= {"district_id": sa.null(), "topic_id": sa.null()}
    if Side.DISTRICT in sides:
        source = source.outerjoin(ActivityDistrict, ActivityDistrict.activity_id == placed.c.id)
        keys["district_id"] = ActivityDistrict.district_id.expression
    if Side.TOPIC in sides:
        source = source.outerjoin(ActivityTopic, ActivityTopic.activity_id == placed.c.id)
        keys["topic_id"] = ActivityTopic.topic_id.expression
    figures = [
        sa.func.count().label("activities"),
        sa.func.count(placed.c.people_reached).label("with_reach"),
        sa.func.sum(placed.c.people_reached).label("people_reached"),
    ]
    told_apart = [key for key in keys.values() if not isinstance(key, sa.Null)]
    return (
        sa.select(*(_known(name, key) for name, key in keys.items()), *figures)
        .select_from(source)
        .group_by(*told_apart)
        .cte(f"grouped_{sides:d}")
    )


def _known(name: str, key: ColumnElement[Any]) -> ColumnElement[Any]:
    """The key without NULL."""
    if not name.endswith("_id"):
        return sa.label(name, key)
    nobody = sa.literal(NOBODY, sa.Uuid)
    return (nobody if isinstance(key, sa.Null) else sa.func.coalesce(key, nobody)).label(name)


def _rows(grouped: sa.CTE, sides: Side) -> sa.Select[Any]:
    """Rows of the rollup: the grouped counts, at each level those that count there."""
    keys = {name: grouped.c[name] for name in KEYS if name in grouped.c}
    if Side.DETAIL not in sides:
        keys |= dict.fromkeys(("first_month", "last_month"), sa.literal(0)) | {"kind": sa.literal("")}
    keys["sides"] = sa.literal(int(sides), sa.SmallInteger)
    levels = range(1, LAST_LEVEL + 1)
    counts_at = {at: sa.literal(at).between(grouped.c.level, grouped.c.last_level) for at in levels}
    figures = [
        sa.cast(sa.func.coalesce(sa.func.sum(sa.case((counts_at[at], grouped.c[name]))), 0), sa.BigInteger)
        for name in _COUNTED
        for at in levels
    ]
    told_apart = [key for name, key in keys.items() if name in grouped.c and key is grouped.c[name]]
    return sa.select(
        *(keys[name].label(name) for name in KEYS),
        *(each.label(name) for each, name in zip(figures, FIGURES, strict=True)),
    ).group_by(*told_apart)
