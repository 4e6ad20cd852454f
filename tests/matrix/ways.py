"""The ways in through GraphQL, each compared with what the page says for one caller."""

from __future__ import annotations

from typing import Any

from coalition.core.text import sort_key
from coalition.graphql.feed import LiveEvent
from tests.matrix.asking import LISTS, Asking
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import FREE, PLACES, Caller, Record
from tests.matrix.rules import is_for, is_known, may, relation, sees_organisation, stands

# As many as fit in the tokens of one document.
SEARCHES = 60
# Organisations that others are looked for by: those that not everybody sees, and two that everybody does.
NAMED = (*(slug for slug, place in PLACES.items() if place.visibility != "PUBLIC"), "alba", "alba-north")
# Filters that name an organisation; each hidden one is tried in one of them.
REFERRING = (
    ("activities", "organisation"), ("activities", "churchBody"), ("trainingSessions", "organiser"),
    ("trainingSessions", "churchBody"), ("organisations", "within"), ("organisations", "churchBody"),
)  # fmt: skip
SEARCHED = ("Organisation", "Activity", "TrainingSession", "Service")


def _compare_record(
    expecting: Expecting, report: Report, caller: Caller, record: Record, got: dict[str, Any] | None, way: str
) -> None:
    """The row and each of its fields; of a hidden one each field is a cell that must not be there."""
    seen = expecting.sees(caller, record)
    report.compare(caller, f"{record.type}: {record.label}", way, got is not None, seen)
    for name in expecting.truth[record.id]:
        expected = expecting.value(caller, record, name) if seen else None
        shown = got[name] if got is not None else None
        if seen or got is not None:
            report.compare(caller, f"{record.type}.{name} of {record.label}", way, shown, expected)
        else:
            report.cells += 1


def compare_by_id(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller, type_name: str
) -> None:
    """`nodes`, which asks what `node` asks."""
    found = asking.by_id(type_name, asking.matrix.actors[caller.name])
    for record in asking.matrix.records[type_name]:
        _compare_record(expecting, report, caller, record, found[record.id], "node")


def _expected_list(expecting: Expecting, caller: Caller, type_name: str) -> list[Record]:
    """What a list of a type holds; the list of holds is of the caller's own organisations only."""
    found = expecting.visible(caller, type_name)
    if type_name != "Hold":
        return found
    return [
        hold
        for hold in found
        if may(caller, "hold", hold.owner) and hold.service and expecting.sees(caller, hold.service)
    ]


def compare_lists(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller, type_name: str
) -> None:
    """A whole list: its rows, their fields, its count, and the place of each row."""
    way = LISTS[type_name]
    listed = asking.listed(type_name, asking.matrix.actors[caller.name])
    found = {node["id"]: node for node in listed.nodes}
    expected = _expected_list(expecting, caller, type_name)
    for record in asking.matrix.records[type_name]:
        if type_name != "Hold" or record in expected or record.id in found:
            _compare_record(expecting, report, caller, record, found.get(record.id), way)
    report.compare(caller, f"a count of {type_name}", f"{way}.totalCount", listed.total, len(expected))
    order = [record.id for record in _in_order(expecting, caller, type_name, expected)]
    report.compare(caller, f"the places of {type_name}", way, [node["id"] for node in listed.nodes], order)
    report.compare(caller, f"the places of {type_name}", f"{way}.edges", listed.edges, order)


def _in_order(expecting: Expecting, caller: Caller, type_name: str, records: list[Record]) -> list[Record]:
    """The order of a list by what its reader is shown; in this world all days are the same."""
    if type_name in ("Service", "Organisation"):
        return sorted(
            records, key=lambda each: (sort_key(expecting.value(caller, each, "name"), "en"), each.key.hex)
        )
    if type_name in ("Activity", "TrainingSession", "AdvocacyTarget"):
        return sorted(records, key=lambda each: each.key.hex, reverse=True)
    if type_name == "OAuthClient":
        # All were asked for at once; their ids are random.
        return sorted(records, key=lambda each: str(each.key), reverse=True)
    if type_name in ("Hold", "Person"):
        return sorted(records, key=lambda each: each.key.hex)
    return records


# ------------------------------------------------------------------ by name, by search, by filters


def compare_by_name(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """`organisation(slug:)`, `activity(code:)`, who is signed in, and the plain lists of the coalition."""
    matrix, actor = asking.matrix, asking.matrix.actors[caller.name]
    organisations, activities = matrix.records["Organisation"], matrix.records["Activity"]
    parts = [f'o{n}: organisation(slug: "{each.owner}") {{ id }}' for n, each in enumerate(organisations)]
    parts += [f'a{n}: activity(code: "{each.facts["code"]}") {{ id }}' for n, each in enumerate(activities)]
    parts += [
        "viewer { person { id } organisations { id } }",
        "churchBodies { id }",
        "coalition { members(first: 100) { totalCount nodes { id } } }",
        "myActivities(first: 100) { totalCount nodes { id } }",
        "auditEntries(first: 1) { totalCount }",
        "ownData { name email }",
    ]
    data = asking.ask(f"{{ {' '.join(parts)} }}", actor)
    for letter, records, way in (("o", organisations, "organisation"), ("a", activities, "activity")):
        for number, record in enumerate(records):
            found = data[f"{letter}{number}"]
            expected = {"id": record.id} if expecting.sees(caller, record) else None
            report.compare(caller, f"{record.type}: {record.label}", way, found, expected)
    _compare_viewer(expecting, report, caller, data["viewer"])
    _compare_own(expecting, report, caller, data["ownData"])
    audits = data["auditEntries"] is not None
    report.compare(caller, "AuditEntry", "auditEntries", audits, caller.who == "auditor")
    seen = [record for record in organisations if expecting.sees(caller, record)]
    churches = {each.id for each in seen if PLACES[each.owner].church == each.owner}
    members = {each.id for each in seen if PLACES[each.owner].standing == "MEMBER"}
    report.compare(
        caller, "Organisation", "churchBodies", {each["id"] for each in data["churchBodies"]}, churches
    )
    listed = data["coalition"]["members"]
    report.compare(
        caller, "Organisation", "coalition.members", {each["id"] for each in listed["nodes"]}, members
    )
    report.compare(caller, "a count of members", "coalition.members", listed["totalCount"], len(members))
    report.compare(caller, "activities of others", "myActivities", data["myActivities"]["nodes"], [])


def _compare_viewer(expecting: Expecting, report: Report, caller: Caller, found: Any) -> None:
    """Oneself, and the organisations in which one holds a role today; leaving ended those of that one."""
    if caller.is_nobody:
        report.compare(caller, "somebody signed in", "viewer", found, None)
        return
    person = next((each.id for each in expecting.matrix.records["Person"] if is_known(caller, each)), None)
    first, last = caller.days
    today = first <= 0 and (last is None or last >= 0)
    homes = [home for _, home in caller.roles if today and PLACES[home].standing != "LEFT"]
    expected = {
        "person": {"id": person} if person else None,
        "organisations": [
            {"id": expecting.matrix.organisation(home).id}
            for home in homes
            if sees_organisation(caller, home)
        ],
    }
    report.compare(caller, "themselves", "viewer", found, expected)


def _compare_own(expecting: Expecting, report: Report, caller: Caller, found: Any) -> None:
    """Everybody's own data, and nobody else's; a system has none, a desk neither, and an app gets none."""
    persons = {each.facts["caller"]: each.facts["truth"] for each in expecting.matrix.records["Person"]}
    truth = persons.get(caller.name) if caller.is_oneself else None
    expected = {"name": truth["name"], "email": truth["email"]} if truth else None
    report.compare(caller, "OwnData", "ownData", found, expected)


def _search(asking: Asking, caller: Caller, type_name: str, words: list[str]) -> list[set[str]]:
    """The ids that each word finds, whose number must be the count."""
    found: list[set[str]] = []
    for start in range(0, len(words), SEARCHES):
        parts = [
            f'w{number}: {LISTS[type_name]}(first: 100, filter: {{search: "{word}"}})'
            " { totalCount nodes { id } }"
            for number, word in enumerate(words[start : start + SEARCHES])
        ]
        data = asking.ask(f"{{ {' '.join(parts)} }}", asking.matrix.actors[caller.name])
        for connection in data.values():
            assert connection["totalCount"] == len(connection["nodes"])
            found.append({node["id"] for node in connection["nodes"]})
    return found


def _found(asking: Asking, caller: Caller, type_name: str, word: str) -> set[str]:
    """The ids of everything that a word finds."""
    actor = asking.matrix.actors[caller.name]
    listed = asking.listed(type_name, actor, fields="id", arguments=f', filter: {{search: "{word}"}}')
    assert listed.total == len(listed.nodes)
    return {node["id"] for node in listed.nodes}


def compare_search(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """By what stands in every record, and by the word of a hidden one; services also by their place."""
    for type_name in SEARCHED:
        records = asking.matrix.records[type_name]
        found = _found(asking, caller, type_name, "zq")
        expected = {each.id for each in expecting.visible(caller, type_name)}
        report.rows(caller, type_name, "search", found, expected)
        hidden = next((each for each in records if each.id not in expected), records[0])
        [one] = _search(asking, caller, type_name, [hidden.token])
        report.compare(caller, type_name, "search for one", one, expected & {hidden.id})
    for what in ("place", "code"):
        # It stands behind the word of each service, and in no other text.
        found = _found(asking, caller, "Service", what)
        seen = expecting.visible(caller, "Service")
        expected = {each.id for each in seen if is_for(caller, "place", each)}
        report.rows(caller, "Service", f"search for its {what}", found, expected)
    _compare_search_by_organisation(asking, expecting, report, caller)


def _compare_search_by_organisation(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller
) -> None:
    """By the name of an organisation: what it takes part in is found, unless not everybody sees it."""
    organisations = [each for each in asking.matrix.records["Organisation"] if each.owner in NAMED]
    words = [each.token for each in organisations]
    for type_name in ("Activity", "TrainingSession", "Service"):
        for organisation, found in zip(organisations, _search(asking, caller, type_name, words), strict=True):
            expected = {
                each.id
                for each in expecting.visible(caller, type_name)
                if organisation.owner in each.refers and organisation.visibility == "PUBLIC"
            }
            way = f"search for the name of {organisation.owner}"
            report.rows(caller, type_name, way, found, expected)


def compare_filters(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """By organisation: as if absent where it is hidden. By all else: by what the caller sees."""
    organisations = [each for each in asking.matrix.records["Organisation"] if each.owner in NAMED]
    for number, organisation in enumerate(organisations):
        if expecting.sees(caller, organisation):
            _compare_filter_by_organisation(asking, expecting, report, caller, organisation)
        else:
            _compare_filter_by_hidden(
                asking, report, caller, organisation, REFERRING[number % len(REFERRING)]
            )
    _compare_filter_by_denomination(asking, expecting, report, caller)
    _compare_filters_of_services(asking, expecting, report, caller)


def _compare_filter_by_organisation(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller, organisation: Record
) -> None:
    document = """
    query ($id: ID!) {
      activities(first: 100, filter: {organisation: $id}) { totalCount nodes { id } }
      trainingSessions(first: 100, filter: {organiser: $id}) { totalCount nodes { id } }
      organisations(first: 100, filter: {within: $id}) { totalCount nodes { id } }
    }
    """
    data = asking.ask(document, asking.matrix.actors[caller.name], id=organisation.id)
    slug = organisation.owner
    for type_name in ("Activity", "TrainingSession", "Organisation"):
        way = LISTS[type_name]
        below = "own", "below"
        expected = {
            each.id
            for each in expecting.visible(caller, type_name)
            if (relation(slug, each.owner) in below if type_name == "Organisation" else slug in each.refers)
        }
        got = {node["id"] for node in data[way]["nodes"]}
        report.rows(caller, type_name, f"{way} by organisation {slug}", got, expected)
        report.compare(
            caller,
            f"a count of {type_name}",
            f"{way} by organisation",
            data[way]["totalCount"],
            len(expected),
        )


def _compare_filter_by_hidden(
    asking: Asking, report: Report, caller: Caller, organisation: Record, by: tuple[str, str]
) -> None:
    """What names a hidden organisation is answered like what names one that does not exist."""
    field, argument = by
    document = f"query ($id: ID!) {{ {field}(filter: {{{argument}: $id}}) {{ totalCount }} }}"
    result = asking.answer(document, asking.matrix.actors[caller.name], id=organisation.id)
    codes = [error.extensions for error in result.errors or []]
    what = f"Organisation: {organisation.label}"
    report.compare(caller, what, f"{field} by {argument}", codes, [{"code": "NOT_FOUND"}])


def _compare_filter_by_denomination(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller
) -> None:
    """A record is of a denomination, or of a church body, by the parts that the caller sees."""
    actor = asking.matrix.actors[caller.name]
    alba, bravo = (asking.matrix.organisation(slug).id for slug in ("alba", "bravo"))
    for type_name in ("Activity", "TrainingSession"):
        for condition, chosen in (
            ('denomination: "orthodox"', lambda slug: PLACES[slug].church == "alba"),
            ('denomination: "baptist"', lambda slug: PLACES[slug].church != "alba"),
            (f'churchBody: "{alba}"', lambda slug: PLACES[slug].church == "alba"),
            (f'churchBody: "{bravo}"', lambda slug: PLACES[slug].church == "bravo"),
        ):
            listed = asking.listed(type_name, actor, fields="id", arguments=f", filter: {{{condition}}}")
            expected = {
                each.id
                for each in expecting.visible(caller, type_name)
                if any(chosen(slug) and sees_organisation(caller, slug) for slug in each.refers)
            }
            got = {node["id"] for node in listed.nodes}
            report.rows(
                caller, type_name, f"{LISTS[type_name]} by {condition.partition(':')[0]}", got, expected
            )


def _compare_filters_of_services(
    asking: Asking, expecting: Expecting, report: Report, caller: Caller
) -> None:
    """By a district only inside; another one of the region finds protected ones as outsiders know them."""
    actor = asking.matrix.actors[caller.name]
    seen = expecting.visible(caller, "Service")
    inside = {each.id for each in seen if is_for(caller, "place", each)}
    outside = {each.id for each in seen} - inside
    takes = {each.id for each in seen if expecting.value(caller, each, "canTake") != "NO"}
    takes_many = {each.id for each in seen if expecting.value(caller, each, "canTakeMany") != "NO"}
    for arguments, expected in (
        ('district: "MD-DR"', inside | outside),
        ('district: "MD-BA"', outside),
        ('search: "Drochia"', inside),
        ('region: "NORTH"', inside | outside),
        ("canTake: 1", takes),
        (f"canTake: {FREE + 1}", takes_many),
    ):
        listed = asking.listed("Service", actor, fields="id", arguments=f", filter: {{{arguments}}}")
        got = {node["id"] for node in listed.nodes}
        report.rows(caller, "Service", f"services by {arguments}", got, expected)
        report.compare(caller, "a count of Service", f"services by {arguments}", listed.total, len(expected))


# ------------------------------------------------------------------ counted, and live


def compare_coverage(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """Totals count what the caller sees; church bodies side by side are for the Council and the auditor."""
    document = """
    {
      all: coverage(by: [DISTRICT, KIND]) {
        total { activities organisations peopleReached } cells { figures { activities } }
      }
      churches: coverage(by: [CHURCH_BODY]) { total { activities } cells { churchBody { id } } }
      confessions: coverage(by: [DENOMINATION]) { cells { denomination { code } } }
    }
    """
    data = asking.ask(document, asking.matrix.actors[caller.name])
    counted = [each for each in expecting.visible(caller, "Activity") if not each.facts["assistance"]]
    taking_part = {slug for each in counted for slug in each.refers if sees_organisation(caller, slug)}
    total = {
        "activities": len(counted),
        "organisations": len(taking_part),
        "peopleReached": 12 * len(counted),
    }
    report.compare(caller, "the total of Coverage", "coverage", data["all"]["total"], total)
    cells = sum(cell["figures"]["activities"] for cell in data["all"]["cells"])
    report.compare(caller, "the cells of Coverage", "coverage", cells, len(counted))
    churches = {cell["churchBody"]["id"] for cell in data["churches"]["cells"] if cell["churchBody"]}
    expected = {
        expecting.matrix.organisation(PLACES[slug].church or "").id
        for slug in taking_part
        if PLACES[slug].church and (_compares(caller) or _reads_line(caller, slug))
    }
    report.compare(caller, "CoverageCell.churchBody", "coverage", churches, expected)
    confessions = {
        cell["denomination"]["code"] for cell in data["confessions"]["cells"] if cell["denomination"]
    }
    own = {
        "orthodox" if PLACES[slug].church == "alba" else "baptist"
        for slug in taking_part
        if _compares(caller) or _reads_line(caller, slug)
    }
    report.compare(caller, "CoverageCell.denomination", "coverage", confessions, own)


def _compares(caller: Caller) -> bool:
    return caller.who in ("council_member", "council_secretary", "auditor")


def _reads_line(caller: Caller, slug: str) -> bool:
    return stands(caller, "provider's line", slug)


def compare_live(asking: Asking, expecting: Expecting, report: Report, caller: Caller) -> None:
    """Everything happens once; each hears of what they may, and nobody of assistance."""
    matrix, actor = asking.matrix, asking.matrix.actors[caller.name]
    for field, type_name, name in (
        ("activityLogged", "Activity", "activity.logged"),
        ("capacityChanged", "CapacityPool", "capacity.changed"),
    ):
        records = matrix.records[type_name]
        events = tuple(LiveEvent(name, record.key, {}) for record in records)
        heard = set(asking.told(field, actor, events))
        for record in records:
            expected = expecting.sees(caller, record) and (
                not record.facts.get("assistance")
                if record.service is None
                else is_for(caller, "numbers", record.service)
            )
            report.compare(caller, f"{type_name}: {record.label}", field, record.id in heard, expected)
