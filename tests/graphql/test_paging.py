"""Pages of every list: sizes, cursors, and a walk through the list while it grows."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from typing import Any

import pytest

from coalition.core.actor import Visibility
from tests import factories
from tests.graphql.record import lines, organisers
from tests.graphql.world import World

# Every list with its length for the auditor.
LISTS = {
    "organisations": 67,
    "activities": 89,
    "trainingSessions": 42,
    "services": 31,
    "advocacyTargets": 50,
    "statistics": 85,
    "programmes": 27,
}
ALL_LISTS = [*LISTS, "holds", "myActivities"]
PAGE = """
  edges { cursor node { id } }
  nodes { id }
  totalCount
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
"""


def page(record: World, name: str, actor: str = "auditor", **arguments: Any) -> Any:
    return record.one(_document(name, arguments), actor)


def _document(name: str, arguments: dict[str, Any]) -> str:
    given = ", ".join(f"{key}: {json.dumps(value)}" for key, value in arguments.items())
    return f"{{ {name}{f'({given})' if given else ''} {{ {PAGE} }} }}"


def ids(found: Any) -> list[str]:
    return [node["id"] for node in found["nodes"]]


@pytest.mark.parametrize("name", LISTS)
def test_default_page_holds_twenty(record: World, name: str) -> None:
    found = page(record, name)

    assert (len(found["nodes"]), found["totalCount"]) == (20, LISTS[name])
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    assert found["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": found["edges"][0]["cursor"],
        "endCursor": found["edges"][-1]["cursor"],
    }


@pytest.mark.parametrize("name", ALL_LISTS)
def test_first_zero_is_an_empty_page(record: World, name: str) -> None:
    found = page(record, name, first=0)

    assert (found["edges"], found["nodes"]) == ([], [])
    assert found["pageInfo"] == {
        "hasNextPage": name in LISTS,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize("name", LISTS)
def test_first_hundred_is_all(record: World, name: str) -> None:
    found = page(record, name, first=100)

    assert len(set(ids(found))) == len(found["nodes"]) == LISTS[name]
    assert found["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("name", ALL_LISTS)
@pytest.mark.parametrize("first", [101, -1, 2_147_483_647])
def test_first_out_of_range_is_refused(record: World, name: str, first: int) -> None:
    found = record.answer(_document(name, {"first": first}), "auditor")

    assert (found.data, found.codes) == (None, ["BAD_USER_INPUT"])
    assert found.errors[0]["path"] == [name]


def _encoded(*content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


BROKEN = {
    "nothing": "",
    "text": "not a cursor",
    "Cyrillic": "курсор",
    "base64 of no JSON": base64.urlsafe_b64encode(b"{").decode(),
    "base64 of no list": base64.urlsafe_b64encode(b'{"start": 1}').decode(),
    "empty list": _encoded(),
    "wrong name": _encoded("elsewhere", "2020-01-01", "0" * 32),
    "too few values": _encoded("activity-start"),
    "too many values": _encoded("activity-start", "2020-01-01", "0" * 32, 1),
    "wrong kinds": _encoded("activity-start", 7, ["x"]),
    "no date": _encoded("activity-start", "2020-13-01", "0" * 32),
    "no id": _encoded("activity-start", "2020-01-01", "x"),
    "deep": base64.urlsafe_b64encode(b"[" * 50_000).decode(),
}


@pytest.mark.parametrize("name", ALL_LISTS)
def test_broken_cursor_is_refused(record: World, name: str) -> None:
    for fault, cursor in BROKEN.items():
        found = record.answer(_document(name, {"after": cursor}), "auditor")
        assert (found.data, found.codes) == (None, ["BAD_USER_INPUT"]), fault


def test_cursor_of_another_list_is_refused(record: World) -> None:
    cursors = {name: page(record, name, first=1)["pageInfo"]["endCursor"] for name in LISTS}

    for name in LISTS:
        for other in set(LISTS) - {name}:
            found = record.answer(_document(name, {"after": cursors[other]}), "auditor")
            assert found.codes == ["BAD_USER_INPUT"], (name, other)


def test_cursor_of_another_language_is_refused(record: World) -> None:
    document = "query ($after: String) { organisations(first: 1, after: $after) { pageInfo { endCursor } } }"
    cursor = record.one(document, "auditor", language="ro")["pageInfo"]["endCursor"]

    assert record.answer(document, "auditor", language="en", after=cursor).codes == ["BAD_USER_INPUT"]
    assert record.answer(document, "auditor", language="ro", after=cursor).codes == []


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_walk_meets_everything_once_in_the_order_of_the_whole(record: World, name: str, size: int) -> None:
    whole = ids(page(record, name, first=100))
    if size == 1:
        whole = whole[:12]

    walked: list[str] = []
    cursor = None
    while len(walked) < len(whole):
        found = page(record, name, first=size, **({"after": cursor} if cursor else {}))
        walked += ids(found)
        assert found["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        cursor = found["pageInfo"]["endCursor"]

    assert walked == whole
    assert found["pageInfo"]["hasNextPage"] is (len(whole) < LISTS[name])


def test_every_cursor_goes_on_from_its_own_row(record: World) -> None:
    edges = page(record, "activities", first=100)["edges"]

    for number in (0, 1, 40, 74, 75, 76, 87):
        found = page(record, "activities", first=1, after=edges[number]["cursor"])
        assert ids(found) == [edges[number + 1]["node"]["id"]]
    assert ids(page(record, "activities", after=edges[-1]["cursor"])) == []


# ------------------------------------------------------------------ backwards


def test_organisations_from_the_end(record: World) -> None:
    whole = ids(page(record, "organisations", first=100))

    found = page(record, "organisations", last=3)

    assert ids(found) == whole[-3:]
    assert (found["pageInfo"]["hasNextPage"], found["pageInfo"]["hasPreviousPage"]) == (False, True)


def test_organisations_before_a_cursor(record: World) -> None:
    edges = page(record, "organisations", first=100)["edges"]
    whole = [edge["node"]["id"] for edge in edges]

    found = page(record, "organisations", last=4, before=edges[10]["cursor"])

    assert ids(found) == whole[6:10]
    assert (found["pageInfo"]["hasNextPage"], found["pageInfo"]["hasPreviousPage"]) == (True, True)
    assert ids(page(record, "organisations", last=20, before=edges[2]["cursor"])) == whole[:2]
    assert ids(page(record, "organisations", before=edges[30]["cursor"])) == whole[10:30]


def test_organisations_walked_backwards(record: World) -> None:
    whole = ids(page(record, "organisations", first=100))

    walked: list[str] = []
    cursor = None
    while len(walked) < 67:
        found = page(record, "organisations", last=9, **({"before": cursor} if cursor else {}))
        walked = [*ids(found), *walked]
        cursor = found["pageInfo"]["startCursor"]

    assert walked == whole


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 1, "last": 1},
        {"last": 101},
        {"last": -1},
        {"last": 1, "before": "broken"},
        {"last": 1, "after": "WyJuYW1lLWVuIl0"},
        {"first": 1, "before": "WyJuYW1lLWVuIl0"},
    ],
)
def test_organisations_in_two_directions_or_out_of_range(record: World, arguments: dict[str, Any]) -> None:
    found = record.answer(_document("organisations", arguments), "auditor")

    assert (found.data, found.codes) == (None, ["BAD_USER_INPUT"])


# ------------------------------------------------------------------ while the list grows


def test_activities_walked_while_others_log_are_met_once_each(world: World) -> None:
    before = ids(page(world, "activities", "reporter", first=100))
    reporter = world.organisation("ubceb")

    def log(day: date) -> str:
        payload = world.deed(
            "logActivity",
            "reporter",
            {
                "organisation": reporter,
                "kind": "AWARENESS",
                "title": {"en": "Evening"},
                "startsOn": {"date": day.isoformat()},
                "districts": [],
            },
            "activity { id }",
        )
        return payload["activity"]["id"]

    walked: list[str] = []
    added: list[str] = []
    cursor = None
    while True:
        found = page(world, "activities", "reporter", first=10, **({"after": cursor} if cursor else {}))
        walked += ids(found)
        if not found["pageInfo"]["hasNextPage"]:
            break
        cursor = found["pageInfo"]["endCursor"]
        # One in front of what was read, and one among what is still to come.
        added += [log(date(2026, 4, 1) + timedelta(days=len(added))), log(date(2001, 1, 1 + len(added)))]

    assert [each for each in walked if each in before] == before
    assert len(set(walked)) == len(walked)
    in_front, still_to_come = added[::2], added[1::2]
    assert set(walked) & set(in_front) == set()
    assert set(still_to_come) & set(walked) != set()


def test_organisations_walked_backwards_while_others_come(world: World) -> None:
    whole = ids(page(world, "organisations", "auditor", first=100))

    walked: list[str] = []
    cursor = None
    number = 0
    while True:
        found = page(world, "organisations", "auditor", last=10, **({"before": cursor} if cursor else {}))
        walked = [*ids(found), *walked]
        if not found["pageInfo"]["hasPreviousPage"]:
            break
        cursor = found["pageInfo"]["startCursor"]
        number += 1
        with world.units.writing() as uow:
            factories.organisation(
                uow, f"new-{number}", name={"en": f"Zz {number}"}, visibility=Visibility.PUBLIC
            )

    assert walked == whole


# ------------------------------------------------------------------ lists inside objects


def nested(record: World, name: str, arguments: str, actor: str = "auditor") -> Any:
    document = f'{{ organisation(slug: "iom-md") {{ {name}{arguments} {{ {PAGE} }} }} }}'
    return record.answer(document, actor)


@pytest.mark.parametrize("name", ["children", "activities", "services", "trainingSessions"])
def test_nested_lists_refuse_what_root_lists_refuse(record: World, name: str) -> None:
    for arguments in ("(first: 101)", "(first: -1)", '(after: "broken")', '(after: "")'):
        found = nested(record, name, arguments)
        assert (found.codes, found.data) == (["BAD_USER_INPUT"], {"organisation": None}), arguments


@pytest.mark.parametrize(("name", "file"), [("activities", "activities"), ("trainingSessions", "trainings")])
def test_nested_list_is_walked_as_a_root_list(record: World, name: str, file: str) -> None:
    length = sum("iom-md" in organisers(line) for line in lines(file))
    whole = nested(record, name, "(first: 100)").data["organisation"][name]
    default = nested(record, name, "").data["organisation"][name]

    walked: list[str] = []
    cursor = None
    while True:
        after = f', after: "{cursor}"' if cursor else ""
        found = nested(record, name, f"(first: 5{after})").data["organisation"][name]
        walked += ids(found)
        assert (found["totalCount"], len(found["nodes"]) <= 5) == (length, True)
        if not found["pageInfo"]["hasNextPage"]:
            break
        cursor = found["pageInfo"]["endCursor"]

    assert walked == ids(whole)
    assert (len(walked), ids(default)) == (length, ids(whole)[:20])
