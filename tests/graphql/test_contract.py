"""The public schema holds all of the contract that its issues have reached, and is printed as committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NullValueNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    parse,
    print_ast,
)

from coalition.graphql.printing import print_schema

CONTRACT = Path(__file__).with_name("contract.graphql").read_text(encoding="utf-8")
COMMITTED = Path(__file__).parents[2] / "schema.graphql"

# What the issues after the main job bring. Whoever builds one takes it off this list.
LATER = {
    "Query.curricula",
    "Query.trainingGaps",
    "Query.planRun",
    "Query.verifyCertificate",
    "Mutation.requestTraining",
    "Mutation.draftCurriculum",
    "Mutation.approveCurriculum",
    "Mutation.recordDecision",
    "Mutation.startPlanRun",
    "Mutation.cancelPlanRun",
    "Mutation.adoptPlan",
    "Mutation.openEnrolment",
    "Mutation.enrolParticipant",
    "Mutation.decideEnrolment",
    "Mutation.recordAttendance",
    "Mutation.recordAssessment",
    "Mutation.closeTrainingSession",
    "Mutation.cancelTrainingSession",
    "Mutation.issueCertificates",
    "Mutation.revokeCertificate",
    "TrainingSession.curriculum",
    "TrainingSession.enrolments",
    "PlanTrainingSessionInput.curriculum",
    "TrainingGap",
    "TrainingGapFilter",
}

Defined = dict[str, DefinitionNode]


def _defined(document: str) -> Defined:
    return {definition.name.value: definition for definition in parse(document).definitions}


CONTRACT_TYPES = _defined(CONTRACT)
SCHEMA_TYPES = _defined(print_schema())


def _default(argument: InputValueDefinitionNode) -> str | None:
    """The default as text; null says no more than none does."""
    if argument.default_value is None or isinstance(argument.default_value, NullValueNode):
        return None
    return print_ast(argument.default_value)


def _signature(argument: InputValueDefinitionNode) -> str:
    default = _default(argument)
    return print_ast(argument.type) + (f" = {default}" if default is not None else "")


def _arguments(field: FieldDefinitionNode) -> dict[str, str]:
    return {argument.name.value: _signature(argument) for argument in field.arguments or ()}


def _parts(definition: Any) -> dict[str, Any]:
    """The fields, input fields or values of a definition, each as it would be written."""
    if isinstance(definition, EnumTypeDefinitionNode):
        return {value.name.value: "value" for value in definition.values or ()}
    if isinstance(definition, InputObjectTypeDefinitionNode):
        return {field.name.value: _signature(field) for field in definition.fields or ()}
    if isinstance(definition, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return {
            field.name.value: (print_ast(field.type), _arguments(field)) for field in definition.fields or ()
        }
    assert isinstance(definition, ScalarTypeDefinitionNode)
    return {}


def _differences(name: str, contract: DefinitionNode, schema: DefinitionNode | None) -> Iterator[str]:
    if schema is None:
        yield f"{name} is missing"
        return
    if type(contract) is not type(schema):
        yield f"{name} is a {schema.kind}"
        return
    found = _parts(schema)
    for part, wanted in _parts(contract).items():
        path = f"{name}.{part}"
        if part not in found:
            yield f"{path} is missing"
        elif isinstance(wanted, tuple):
            yield from _field_differences(path, wanted, found[part])
        elif found[part] != wanted:
            yield f"{path} is {found[part]}, not {wanted}"
    for interface in _interfaces(contract) - _interfaces(schema):
        yield f"{name} does not implement {interface}"


def _field_differences(path: str, wanted: Any, found: Any) -> Iterator[str]:
    if found[0] != wanted[0]:
        yield f"{path} is {found[0]}, not {wanted[0]}"
    for argument, signature in wanted[1].items():
        if argument not in found[1]:
            yield f"{path}({argument}) is missing"
        elif found[1][argument] != signature:
            yield f"{path}({argument}) is {found[1][argument]}, not {signature}"


def _interfaces(definition: DefinitionNode) -> set[str]:
    return {interface.name.value for interface in getattr(definition, "interfaces", None) or ()}


def _is_later(difference: str) -> bool:
    path, _, rest = difference.partition(" ")
    return path in LATER and rest == "is missing"


def test_schema_holds_the_contract() -> None:
    differences = [
        difference
        for name, definition in CONTRACT_TYPES.items()
        for difference in _differences(name, definition, SCHEMA_TYPES.get(name))
    ]

    assert [difference for difference in differences if not _is_later(difference)] == []


def test_nothing_that_is_called_later_is_there_already() -> None:
    built = {
        path
        for path in LATER
        for name, _, part in [path.partition(".")]
        if (part in _parts(SCHEMA_TYPES[name]) if part else name in SCHEMA_TYPES)
    }

    assert built == set()


def test_everything_that_is_called_later_is_in_the_contract() -> None:
    known = {
        path
        for path in LATER
        for name, _, part in [path.partition(".")]
        if name in CONTRACT_TYPES and (not part or part in _parts(CONTRACT_TYPES[name]))
    }

    assert known == LATER


def test_additions_to_fields_of_the_contract_are_optional() -> None:
    """A client of the contract sends neither an argument nor an input field that it does not know."""
    required = [
        f"{name}.{part}"
        for name, definition in CONTRACT_TYPES.items()
        if isinstance(definition, InputObjectTypeDefinitionNode) and name in SCHEMA_TYPES
        for part, signature in _parts(SCHEMA_TYPES[name]).items()
        if part not in _parts(definition) and signature.endswith("!")
    ]
    required += [
        f"{name}.{part}({argument})"
        for name, definition in CONTRACT_TYPES.items()
        if isinstance(definition, ObjectTypeDefinitionNode) and name in SCHEMA_TYPES
        for part, found in _parts(SCHEMA_TYPES[name]).items()
        if part in _parts(definition)
        for argument, signature in found[1].items()
        if argument not in _parts(definition)[part][1] and signature.endswith("!")
    ]

    assert required == []


CONNECTIONS = sorted(name for name in SCHEMA_TYPES if name.endswith("Connection"))


def test_connections_are_those_of_the_contract() -> None:
    assert [
        f"{name}Connection"
        for name in (
            "Activity", "AdvocacyTarget", "AuditEntry", "Hold", "OAuthClient", "Organisation", "OwnDeed",
            "Person", "Programme", "Service", "Statistic", "TrainingSession",
        )
    ] == CONNECTIONS  # fmt: skip


@pytest.mark.parametrize("name", CONNECTIONS)
def test_connection_has_edges_nodes_page_info_and_total_count(name: str) -> None:
    node = name.removesuffix("Connection")

    assert _parts(SCHEMA_TYPES[name]) == {
        "edges": (f"[{node}Edge!]!", {}),
        "nodes": (f"[{node}!]!", {}),
        "pageInfo": ("PageInfo!", {}),
        "totalCount": ("Int!", {}),
    }
    assert _parts(SCHEMA_TYPES[f"{node}Edge"]) == {"cursor": ("String!", {}), "node": (f"{node}!", {})}


def test_page_info_is_that_of_relay() -> None:
    assert _parts(SCHEMA_TYPES["PageInfo"]) == {
        "hasNextPage": ("Boolean!", {}),
        "hasPreviousPage": ("Boolean!", {}),
        "startCursor": ("String", {}),
        "endCursor": ("String", {}),
    }


PAYLOADS = {
    "LogActivityPayload": {"activity": "Activity", "replayed": "Boolean"},
    "AmendActivityPayload": {"activity": "Activity", "current": "Activity", "attempted": "Activity"},
    "CancelActivityPayload": {"activity": "Activity"},
    "PlanTrainingSessionPayload": {"trainingSession": "TrainingSession", "replayed": "Boolean"},
    "SetChurchCalendarPayload": {"organisation": "Organisation", "current": "ChurchCalendar"},
    "OfferServicePayload": {"service": "Service", "replayed": "Boolean"},
    "ConfirmCapacityPayload": {"pool": "CapacityPool"},
    "HoldPlacesPayload": {"hold": "Hold", "replayed": "Boolean"},
    "ReleaseHoldPayload": {"hold": "Hold"},
    "GiveConsentPayload": {"ownData": "OwnData"},
    "WithdrawConsentPayload": {"ownData": "OwnData"},
    "CorrectOwnDataPayload": {"ownData": "OwnData"},
    "EraseOwnDataPayload": {"erased": "Boolean"},
    "InvitePersonPayload": {"role": "Role", "link": "String", "replayed": "Boolean"},
    "GiveRolePayload": {"role": "Role", "replayed": "Boolean"},
    "EndRolePayload": {"role": "Role"},
    "RequestClientPayload": {"client": "OAuthClient", "replayed": "Boolean"},
    "ApproveClientPayload": {"client": "OAuthClient"},
    "RefuseClientPayload": {"client": "OAuthClient"},
    "PauseClientPayload": {"client": "OAuthClient"},
    "ResumeClientPayload": {"client": "OAuthClient"},
    "EndClientPayload": {"client": "OAuthClient"},
    "RotateClientSecretPayload": {"client": "OAuthClient", "secret": "String", "replayed": "Boolean"},
}


@pytest.mark.parametrize("name", PAYLOADS)
def test_payload_has_what_the_contract_says(name: str) -> None:
    assert _parts(SCHEMA_TYPES[name]) == {
        "userErrors": ("[UserError!]!", {}),
        **{field: (kind, {}) for field, kind in PAYLOADS[name].items()},
    }


def test_every_payload_is_known() -> None:
    assert {name for name in SCHEMA_TYPES if name.endswith("Payload")} == set(PAYLOADS)


def test_committed_schema_is_the_printed_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == print_schema()


def test_printing_is_the_same_twice() -> None:
    assert print_schema() == print_schema()
