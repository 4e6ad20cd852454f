"""The schema keeps its habits, and takes no text about persons."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    get_named_type,
)

from coalition.graphql.printing import print_schema
from coalition.graphql.schema import schema as strawberry_schema
from tests.privacy.free_text import INPUTS

# The schema as clients have it: from its own text.
SCHEMA = build_schema(print_schema())
TYPES = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
OWN_TYPES = {
    name: kind
    for name, kind in TYPES.items()
    if name not in ("String", "Int", "Float", "Boolean", "ID", "Query", "Mutation", "Subscription")
}
FIELDED = (GraphQLObjectType, GraphQLInterfaceType)


def _fields() -> Iterator[tuple[str, object]]:
    """Every output field and argument, input field and enum value by its path."""
    for name, kind in TYPES.items():
        if isinstance(kind, FIELDED):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name})", argument
        elif isinstance(kind, GraphQLInputObjectType):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
        elif isinstance(kind, GraphQLEnumType):
            for value_name, value in kind.values.items():
                yield f"{name}.{value_name}", value


EVERYTHING = dict(_fields())
INPUT_PATHS = {
    path: element
    for path, element in EVERYTHING.items()
    if path.endswith(")") or isinstance(TYPES[path.partition(".")[0]], GraphQLInputObjectType)
}


# ------------------------------------------------------------------ descriptions


def test_every_type_has_a_description_that_is_a_sentence() -> None:
    undescribed = [name for name, kind in OWN_TYPES.items() if not (kind.description or "").endswith(".")]

    assert undescribed == []


def test_every_field_and_argument_has_a_description_that_is_a_sentence() -> None:
    undescribed = [
        path
        for path, element in EVERYTHING.items()
        if not isinstance(TYPES[path.partition(".")[0]], GraphQLEnumType)
        and not (element.description or "").endswith(".")
    ]

    assert undescribed == []


# ------------------------------------------------------------------ deeds


def _mutations() -> dict[str, object]:
    assert SCHEMA.mutation_type is not None
    return dict(SCHEMA.mutation_type.fields)


@pytest.mark.parametrize("name", _mutations())
def test_mutation_takes_one_input_and_returns_its_own_payload(name: str) -> None:
    mutation = _mutations()[name]
    stem = name[0].upper() + name[1:]

    assert {argument: str(found.type) for argument, found in mutation.args.items()} == {
        "input": f"{stem}Input!"
    }
    assert str(mutation.type) == f"{stem}Payload!"


@pytest.mark.parametrize("name", _mutations())
def test_payload_has_user_errors_and_nothing_else_that_is_required(name: str) -> None:
    payload = get_named_type(_mutations()[name].type)
    assert isinstance(payload, GraphQLObjectType)

    required = {
        field: str(found.type) for field, found in payload.fields.items() if str(found.type)[-1] == "!"
    }
    assert required == {"userErrors": "[UserError!]!"}


def test_mutation_describes_the_permission_it_needs() -> None:
    silent = [
        name for name, found in _mutations().items() if "needs" not in (found.description or "").lower()
    ]

    assert silent == []


def test_user_errors_are_an_interface_with_code_message_and_field() -> None:
    interface = TYPES["UserError"]
    assert isinstance(interface, GraphQLInterfaceType)

    assert {name: str(field.type) for name, field in interface.fields.items()} == {
        "code": "String!",
        "message": "String!",
        "field": "[String!]",
    }


# ------------------------------------------------------------------ shapes


def test_lists_hold_no_nulls_and_are_never_null() -> None:
    loose = {
        path: str(element.type)
        for path, element in EVERYTHING.items()
        if not path.endswith(")")
        and isinstance(TYPES[path.partition(".")[0]], FIELDED)
        and _is_list(element.type)
        and not re.fullmatch(r"\[\w+!\]!", str(element.type))
    }

    # Ids that find nothing stay in their place as null; an error without an input path has no field.
    assert loose == {
        "Query.nodes": "[Node]!",
        "UserError.field": "[String!]",
        "InputError.field": "[String!]",
        # Not everybody may see these.
        "Organisation.roleCounts": "[RoleCount!]",
        "Person.languages": "[String!]",
    }


def _is_list(kind: object) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def test_lists_in_inputs_hold_no_nulls() -> None:
    loose = [
        path
        for path, element in INPUT_PATHS.items()
        if _is_list(element.type) and not re.match(r"\[\w+!\]", str(element.type))
    ]

    assert loose == []


def test_names_are_written_in_one_way() -> None:
    badly_named = [name for name in OWN_TYPES if not re.fullmatch(r"[A-Z][A-Za-z]*", name)]
    for path in EVERYTHING:
        owner, _, rest = path.partition(".")
        pattern = r"[A-Z][A-Z0-9_]*" if isinstance(TYPES[owner], GraphQLEnumType) else r"[a-z][A-Za-z]*"
        badly_named += [path for part in re.findall(r"\w+", rest) if not re.fullmatch(pattern, part)]

    assert badly_named == []


def test_every_node_has_an_id_and_none_has_two() -> None:
    with_id = {
        name for name, kind in TYPES.items() if isinstance(kind, GraphQLObjectType) and "id" in kind.fields
    }
    nodes = {kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}

    # An entry of the audit log is read in its list only, where reading it is written down.
    assert with_id - nodes == {"AuditEntry"}
    assert nodes <= with_id
    assert [
        path for path in EVERYTHING if re.search(r"\.[a-z]\w*(Id|ID)$", path) and "clientId" not in path
    ] == []


# ------------------------------------------------------------------ no text about persons

# Every input that takes a text, and why that is no place for a person assisted, stands in
# docs/privacy/free-text.md. A new one fails here until somebody has thought about it.
# A part of another input, which is confirmed as a whole; and a name, in which no number is ever right.
NOT_CONFIRMED = {"AcceptedHolyDayInput", "CalendarRuleInput", "InvitePersonInput", "PatronalFeastInput"}
KINDS_OF_TEXT = {"checked", "code", "tag", "searched", "pointer", "desk", "address", "secret", "redirect"}


def _takes_text(element: object) -> bool:
    return get_named_type(element.type).name in ("String", "LocalizedText")


def test_every_text_that_is_taken_is_known_with_its_reason() -> None:
    texts = {
        path
        for path, element in INPUT_PATHS.items()
        if _takes_text(element)
        # Cursors and the language of an answer are arguments of very many fields.
        and not path.endswith(("(after)", "(before)", "(language)"))
    }

    assert texts == set(INPUTS)


def test_every_text_that_is_taken_is_of_a_known_kind() -> None:
    assert set(INPUTS.values()) <= KINDS_OF_TEXT
    # What is stored as it was typed, apart from desks and addresses of accounts, can be confirmed.
    confirmable = {path.partition(".")[0] for path in INPUT_PATHS if path.endswith(".textConfirmed")}
    checked = {path.partition(".")[0] for path, kind in INPUTS.items() if kind == "checked"}
    assert checked - confirmable == NOT_CONFIRMED


def test_no_scalar_takes_anything_at_all() -> None:
    """A JSON scalar or an upload would be a way around the list above."""
    scalars = {name for name, kind in TYPES.items() if isinstance(kind, GraphQLScalarType)}

    assert scalars == {"Boolean", "Date", "DateTime", "Float", "ID", "Int", "LocalizedText", "String"}


def test_ages_are_bands() -> None:
    ages = {
        path: str(element.type)
        for path, element in EVERYTHING.items()
        if re.search(r"\bage(?!nt)", path.partition(".")[2]) and hasattr(element, "type")
    }

    # The last one is published by others, of whole populations.
    assert ages == {
        "Reach.ageBand": "AgeBand!",
        "ReachInput.ageBand": "AgeBand!",
        "Statistic.ageGroup": "String",
    }
    bands = TYPES["AgeBand"]
    assert isinstance(bands, GraphQLEnumType)
    assert list(bands.values) == [
        "UNDER_7", "A7_13", "A14_17", "A18_24", "A25_39", "A40_59", "A60_PLUS", "UNKNOWN",
    ]  # fmt: skip


def test_sex_is_a_closed_set() -> None:
    sexes = {path: str(element.type) for path, element in EVERYTHING.items() if path.endswith(".sex")}

    assert sexes == {"Reach.sex": "Sex!", "ReachInput.sex": "Sex!", "Statistic.sex": "String"}


def test_target_groups_are_described_as_codes() -> None:
    unclear = [
        path
        for path, element in INPUT_PATHS.items()
        if re.search(r"targetGroups?$", path) and "code" not in (element.description or "").lower()
    ]

    assert unclear == []


def test_languages_are_described_as_bcp_47() -> None:
    unclear = [
        path
        for path, element in EVERYTHING.items()
        if path.endswith(".languages")
        and "Filter" not in path
        and "BCP 47" not in (element.description or "")
    ]

    assert unclear == []


# ------------------------------------------------------------------ no names for what is never kept

NEVER = re.compile(
    r"victim|beneficiar|birth|passport|idnp|address|phone|surname|patronymic|firstName|lastName|nationality"
    r"|citizenship|diagnos|medicalHistory|photo|picture|upload|attachment|file|comment|remark|story|testimony"
    r"|case(?!s\b)|note\b|notes|latitude|longitude|coordinates|geo|street|postcode|religion|ethnic",
    re.IGNORECASE,
)
# Why a name that looks like it is none of these.
HARMLESS = {
    "Activity.dateNote": "what a source says of a date",
    "TrainingSession.dateNote": "what a source says of a date",
    "AdvocacyTarget.dateNote": "what a source says of a date",
    "Programme.amountNote": "what a source says of an amount of money",
    "CanTake.ASK_BY_PHONE": "an answer: whom to call stands in contactDesk",
}


def test_no_name_speaks_of_what_is_never_kept() -> None:
    suspicious = {name for name in TYPES if NEVER.search(name)}
    suspicious |= {path for path in EVERYTHING if NEVER.search(path.partition(".")[2])}

    assert suspicious == set(HARMLESS)


def test_the_words_looked_for_are_found() -> None:
    for name in ("victimName", "birthDate", "idnp", "phoneNumber", "homeAddress", "caseNumber", "notes"):
        assert NEVER.search(name)


def test_persons_are_those_who_serve_and_have_only_what_serving_needs() -> None:
    own = {path.partition(".")[2] for path in EVERYTHING if re.fullmatch(r"OwnData\.\w+", path)}
    person = TYPES["Person"]
    assert isinstance(person, GraphQLObjectType)

    assert set(person.fields) == {"id", "name", "languages", "email", "roles", "anonymised"}
    assert own == {
        "name", "languages", "email", "accountLanguage", "since", "noticeVersion",
        "roles", "mandates", "signIns", "tokens", "links", "consents", "deeds",
    }  # fmt: skip
    assert [path for path in EVERYTHING if _shows(path, "OwnData")] == [
        "CorrectOwnDataPayload.ownData",
        "GiveConsentPayload.ownData",
        "Query.ownData",
        "WithdrawConsentPayload.ownData",
    ]


def test_nobody_is_named_but_by_a_person_that_may_be_seen() -> None:
    """A text about a person beside the type `Person` would go around who may see it."""
    pattern = re.compile(r"(person|volunteer|author|holder|contact|coordinator|trainer)", re.IGNORECASE)
    texts = {
        path
        for path, element in EVERYTHING.items()
        if isinstance(TYPES[path.partition(".")[0]], FIELDED)
        and not path.endswith(")")
        and get_named_type(element.type).name in ("String", "LocalizedText")
        and pattern.search(path.partition(".")[2])
    }

    assert texts == {"Hold.contactDesk", "Service.contactDesk"}


def _shows(path: str, type_name: str) -> bool:
    element = EVERYTHING[path]
    return hasattr(element, "type") and get_named_type(element.type).name == type_name


def test_no_count_is_about_persons_assisted() -> None:
    counts = {
        path
        for path, element in EVERYTHING.items()
        if isinstance(TYPES[path.partition(".")[0]], GraphQLObjectType)
        and not path.endswith(")")
        and get_named_type(element.type).name in ("Int", "Float")
    }

    assert counts == {
        # what was done, and whom it reached
        "Activity.peopleReached", "Activity.revision", "Quantity.value", "Reach.count",
        "CoverageFigures.activities", "CoverageFigures.activitiesWithReach", "CoverageFigures.organisations",
        "CoverageFigures.peopleReached",
        # years of a calendar
        "CivilYear.year",
        # trainings
        "TrainingSession.capacity", "TrainingSession.participantsCount", "TrainingSession.placesFree",
        "TrainingSession.revision", "TrainingSession.sessionsCount",
        # places, for who may see their numbers
        "CapacityPool.available", "CapacityPool.held", "CapacityPool.maximum", "CapacityPool.occupied",
        "Hold.quantity", "Service.revision",
        # as published by others
        "AdvocacyTarget.amount", "Programme.amount", "Statistic.value",
        # roles of those who serve
        "RoleCount.count",
        # calendars
        "ChurchCalendar.revision", "PatronalFeast.day", "PatronalFeast.daysAfterEaster",
        "PatronalFeast.month",
        # pages
        *(f"{name}.totalCount" for name in TYPES if name.endswith("Connection")),
    }  # fmt: skip


def test_schema_offered_to_clients_is_the_one_that_is_printed() -> None:
    assert set(strawberry_schema._schema.type_map) >= set(TYPES)
    named: list[GraphQLNamedType] = [TYPES[name] for name in OWN_TYPES]
    assert all(str(kind) in strawberry_schema._schema.type_map for kind in named)
