"""Three promises, each in one test: everything that somebody can open is gathered and read."""

from __future__ import annotations

import json
import re

from tests.matrix.asking import LISTS, NODES, Asking
from tests.matrix.browsing import LISTINGS, OTHERS, Browsing, detail
from tests.matrix.facts import CALLERS, PLACES, Record


def everything_for(asking: Asking, browser: Browsing, name: str) -> dict[str, str]:
    """All that a caller gets by asking for every id and every list, on every page and in every file."""
    caller = next(each for each in CALLERS if each.name == name)
    actor = asking.matrix.actors[name]
    records = [asking.by_id(type_name, actor) for type_name in NODES]
    lists = [asking.listed(type_name, actor).nodes for type_name in LISTS]
    pages = [browser.pages(caller, listing) for listing in LISTINGS]
    pages += [browser.open(caller, path)[1] for path in OTHERS]
    pages += [browser.open(caller, detail(record))[1] for record in asking.matrix.records["Service"][::5]]
    return {
        "graphql": json.dumps([records, lists]),
        "pages": "\n".join(pages),
        "csv": "\n".join(browser.open(caller, f"/{listing}.csv")[1] for listing in LISTINGS),
    }


def words(text: str) -> set[str]:
    """The words that stand for records."""
    return set(re.findall(r"zq\d{4}", text))


def tokens(records: list[Record]) -> set[str]:
    return {record.token for record in records}


def owned(asking: Asking) -> list[Record]:
    """Every record that has an owner and says so by a word of its own."""
    return [
        record for record in asking.matrix.by_id.values() if record.owner and record.token.startswith("zq")
    ]


def test_coordinator_of_one_church_reads_nothing_private_of_another(
    asking: Asking, browser: Browsing
) -> None:
    private = [each for each in owned(asking) if each.visibility == "PRIVATE"]
    own_activities = [each for each in private if each.type == "Activity" and each.owner == "bravo"]
    of_alba = [
        each
        for each in private
        if PLACES[each.owner].church == "alba" and PLACES[each.provider or each.owner].church == "alba"
    ]
    assert {each.type for each in of_alba} > {"Activity", "TrainingSession", "Service", "Organisation"}

    for way, text in everything_for(asking, browser, "coordinator in a member (bravo)").items():
        assert words(text) & tokens(of_alba) == set(), way
        # What is private in its own church it does read, by every way.
        assert words(text) >= tokens(own_activities), way


def test_council_member_reads_no_names(asking: Asking, browser: Browsing) -> None:
    """But of those in the coalition's own office, and of who agreed to be named in the coalition."""
    persons = asking.matrix.records["Person"]
    may_be_named = {
        each.token
        for each in persons
        if each.facts["consent"] == "NAME_IN_COALITION"
        or any(role.owner == "coalition" for role in each.roles)
    }
    others = {each.token for each in persons} - may_be_named
    assert len(others) > 10

    for way, text in everything_for(asking, browser, "council_member in the coalition (coalition)").items():
        assert {name for name in others if name in text} == set(), way


def test_administrator_reads_no_content(asking: Asking, browser: Browsing) -> None:
    """Only what is public; of people that they are there, without a name."""
    hidden = [each for each in owned(asking) if each.visibility != "PUBLIC"]
    name = "administrator in the coalition (coalition)"
    others = [each for each in asking.matrix.records["Person"] if each.facts["caller"] != name]

    for way, text in everything_for(asking, browser, name).items():
        assert words(text) & tokens(hidden) == set(), way
        assert [each.token for each in others if each.token in text] == [], way
