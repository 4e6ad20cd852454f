"""Every text field of every mutation, found by walking the schema, with every datum that must not get in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, build_schema, get_named_type

from coalition.graphql.printing import print_schema
from coalition.members.consents import NOTICE_VERSION
from coalition.members.models import Person, Role
from tests.graphql.world import World
from tests.privacy.free_text import INPUTS

SCHEMA = build_schema(print_schema())
MUTATIONS = SCHEMA.mutation_type.fields if SCHEMA.mutation_type else {}
LANGUAGES = ("ro", "ru", "en")

SUSPICIOUS = (
    "sunați la 069123456",
    "тел. +373 69 123 456",
    "00 373 69 123 456",
    "069.12.34.56",
    "069/123/456 sau",
    "0-6-9-1-2-3-4-5-6",
    "069 – 123 — 456",
    "0 6 9  1 2 3  4 5 6",
    "０６９１２３４５６",
    "٠٦٩١٢٣٤٥٦",
    "06\u200b9123\u2060456",
    "O69 123 456",
    "069·123·456",
    "+40 721 234 567",
    "maria.p@example.com",
    "mаriа@exаmple.com",  # Cyrillic а
    "maria＠example．com",
    "maria @ example . com",
    "ma\u00adria\u200b@\u200dexample.com",
    "мария@почта.рф",
    "maria (at) example.com",
    "scrieți-i: @maria_p",
)
NUMBERS = (
    "2001234567890",
    "IDNP 2001234567890, Chișinău",
    "200 123 456 7890",
    "2001.234567.890",
    "2001 – 234567 – 890",
    "２００１２３４５６７８９０",
    "٢٠٠١٢٣٤٥٦٧٨٩٠",
    "2001\u200b234\u2060567890",
    "2OO1234567890",
)
# Halves that two languages, or two lines of a list, hold of one number.
SPLIT_TELEPHONE = ("sunați 069 12", "3456 vineri")
SPLIT_NUMBER = ("IDNP 2001234", "567890 la noi")

CODES = {
    "UNKNOWN_DISTRICT", "UNKNOWN_TOPIC", "UNKNOWN_TARGET_GROUP", "UNKNOWN_ROLE_TYPE", "UNKNOWN_HOLY_DAY",
    "SCOPE_NOT_ALLOWED",
}  # fmt: skip
EXPECTED = {
    "code": CODES | {"NOTICE_OUTDATED", "INVALID_LANGUAGE"},
    "tag": {"INVALID_LANGUAGE"},
    "secret": {"CONFIRMATION_WRONG"},
    "address": {"BAD_EMAIL"},
    "redirect": {"BAD_REDIRECT"},
}


def _bases(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """For each mutation who may do it, and a whole input in which only texts are yet to be written."""
    logged = world.deed(
        "logActivity",
        "reporter",
        {
            "organisation": world.organisation("ubceb"), "kind": "AWARENESS", "title": {"ro": "Lecție"},
            "startsOn": {"date": "2026-03-01"}, "districts": [],
        },
        "activity { id revision }",
    )["activity"]  # fmt: skip
    role = world.id_of("Role", Role, person_id=world.actor("reporter").person_id)
    one = {"id": logged["id"], "revision": logged["revision"]}
    return {
        "logActivity": (
            "reporter",
            {
                "organisation": world.organisation("ubceb"),
                "kind": "AWARENESS",
                "startsOn": {"date": "2026-03-01"},
            },
        ),
        "amendActivity": ("reporter", one),
        "cancelActivity": ("reporter", one),
        "planTrainingSession": (
            "council_secretary",
            {
                "organisers": [world.organisation("coalition")],
                "startsOn": "2026-06-01",
                "acceptHolyDays": [{"date": "2026-06-01", "organisation": world.organisation("moc")}],
            },
        ),
        "setChurchCalendar": (
            "bes",
            {
                "organisation": world.organisation("bes"),
                "revision": 1,
                "patronalFeast": {"month": 12, "day": 6},
                "rules": [{"date": "2027-09-02", "tag": "AVOID"}],
            },
        ),
        "offerService": (
            "bes",
            {
                "provider": world.organisation("bes"),
                "kinds": ["SOCIAL_SUPPORT"],
                "pools": [{"unit": "BED", "maximum": 1}],
            },
        ),
        "confirmCapacity": ("bes", {"maximum": 2, "occupied": 1}),
        "holdPlaces": (
            "moc",
            {"onBehalfOf": world.organisation("moc"), "service": world.service("SRV-001")},
        ),
        "releaseHold": ("moc", {"hold": world.organisation("moc")}),
        "giveConsent": ("reporter", {"purpose": "NAME_IN_COALITION"}),
        "withdrawConsent": ("reporter", {"purpose": "NAME_IN_COALITION"}),
        "correctOwnData": ("reporter", {}),
        "eraseOwnData": ("reporter", {}),
        "invitePerson": ("bes", {"organisation": world.organisation("bes")}),
        "giveRole": (
            "bes",
            {
                "organisation": world.organisation("bes"),
                "person": world.id_of("Person", Person, id=world.actor("bes").person_id),
            },
        ),
        "endRole": ("bes", {"role": role}),
        "requestClient": (
            "bes",
            {"organisation": world.organisation("bes"), "kind": "WEB_APP", "expiresOn": "2026-09-01"},
        ),
        **{
            name: ("bes", {"client": world.organisation("bes")})
            for name in ("approveClient", "pauseClient", "resumeClient", "endClient", "rotateClientSecret")
        },
        "refuseClient": ("bes", {"client": world.organisation("bes"), "reason": "UNCLEAR"}),
    }


@pytest.fixture
def filled(world: World) -> Filler:
    bases = _bases(world)
    assert set(bases) == set(MUTATIONS), "a mutation without an input to be tried"
    _make_pool(world, bases)
    return Filler(world, bases)


def _make_pool(world: World, bases: dict[str, tuple[str, dict[str, Any]]]) -> None:
    """A pool that the coordinator may confirm."""
    made = world.deed(
        "offerService",
        "bes",
        {**bases["offerService"][1], "name": {"ro": "Consiliere"}},
        "service { pools { id } }",
    )
    bases["confirmCapacity"][1]["pool"] = made["service"]["pools"][0]["id"]


Written = list[tuple[str, ...]]
# What a field that must be given holds while another one is tried.
HARMLESS = {"checked": "Întâlnire", "address": "somebody.new@demo.invalid", "secret": "", "tag": []}
HARMLESS_CODES = {
    "district": "MD-CU",
    "code": "retreat",
    "roleType": "reporter",
    "version": NOTICE_VERSION,
    "districts": [],
    "scopes": [],
}


class Filler:
    """Writes one text into every field of some kinds, at every depth, of a mutation's input."""

    def __init__(self, world: World, bases: dict[str, tuple[str, dict[str, Any]]]) -> None:
        self.world = world
        self.bases = bases

    def input_of(
        self, name: str, kinds: set[str], datum: Any, turn: int = 0
    ) -> tuple[dict[str, Any], Written]:
        """The input with `datum` in each text field of `kinds`, and the paths of those fields.

        A datum of two halves goes into two languages or two lines; plain fields are left out then.
        """
        kind = get_named_type(MUTATIONS[name].args["input"].type)
        written: Written = []
        given = self._filled(kind, self.bases[name][1], kinds, (datum, turn), (), written)
        if _is_confirmable(name) and "confirmed" in kinds:
            given["textConfirmed"] = True
        return given, written

    def _filled(
        self, kind: Any, base: Any, kinds: set[str], datum: Any, path: tuple[str, ...], written: Written
    ) -> dict[str, Any]:
        given = dict(base)
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLInputObjectType) and isinstance(given.get(name), list):
                given[name] = [
                    self._filled(inner, each, kinds, datum, (*path, name, str(at)), written)
                    for at, each in enumerate(given[name])
                ]
            elif isinstance(inner, GraphQLInputObjectType) and isinstance(given.get(name), dict):
                given[name] = self._filled(inner, given[name], kinds, datum, (*path, name), written)
            elif inner.name in ("String", "LocalizedText"):
                told = INPUTS[f"{kind.name}.{name}"]
                value = _in_shape(_shape(field.type), *datum) if told in kinds else None
                if value is not None:
                    given[name] = value
                    written.append((*path, name))
                elif isinstance(field.type, GraphQLNonNull):
                    given[name] = _harmless(told, name, _shape(field.type))
        return given

    def missed(self, name: str, code: set[str], kinds: set[str], datum: Any, turn: int = 0) -> Written:
        """The fields, of those in which the datum was written, at which it was not refused."""
        given, written = self.input_of(name, kinds, datum, turn)
        if not written:
            return []
        self.tried += len(written)
        refusals = self.world.refused(name, self.bases[name][0], given)
        spoken = [path for found, path in refusals if found in code]
        return [path for path in written if not any(each[: len(path)] == path for each in spoken)]

    tried = 0


def _is_confirmable(mutation: str) -> bool:
    return "textConfirmed" in get_named_type(MUTATIONS[mutation].args["input"].type).fields


def _shape(kind: object) -> str:
    if get_named_type(kind).name == "LocalizedText":
        return "localized"
    plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return "list" if isinstance(plain, GraphQLList) else "plain"


def _harmless(told: str, name: str, shape: str) -> Any:
    value = HARMLESS_CODES[name] if told == "code" else HARMLESS[told]
    return {"ro": value} if shape == "localized" else value


def _in_shape(shape: str, datum: Any, turn: int) -> Any:
    """The datum as the field takes it: alone, second in a list, or in one language of three."""
    if isinstance(datum, tuple):
        first, second = datum
        return {"localized": {"ru": second, "ro": first}, "list": ["preoți", first, second]}.get(shape)
    if shape == "localized":
        return {**dict.fromkeys(LANGUAGES, "Întâlnire"), LANGUAGES[turn % 3]: datum}
    return ["preoți", datum] if shape == "list" else datum


def _kept(world: World) -> dict[str, set[str]]:
    """All rows but those of the log, where refused attempts at erasing are noted."""
    return {name: rows for name, rows in world.dump().items() if not name.startswith(("audit_", "sqlite_"))}


def _missed_everywhere(filled: Filler, code: set[str], kinds: set[str], data: Sequence[Any]) -> list[object]:
    return [
        (name, path, datum)
        for name in MUTATIONS
        for turn, datum in enumerate(data)
        for path in filled.missed(name, code, kinds, datum, turn)
    ]


def test_every_datum_is_refused_in_every_text_field_and_nothing_stored(filled: Filler) -> None:
    before = _kept(filled.world)
    suspected, number = {"PERSONAL_DATA_SUSPECTED"}, {"PERSONAL_NUMBER"}

    missed = _missed_everywhere(filled, suspected, {"checked"}, [*SUSPICIOUS, SPLIT_TELEPHONE])
    # A desk is a telephone number, but never a person's own number; and no answer makes one right.
    missed += _missed_everywhere(filled, number, {"checked", "desk", "confirmed"}, [*NUMBERS, SPLIT_NUMBER])

    assert missed == []
    assert _kept(filled.world) == before
    print(f"{filled.tried} texts tried")
    assert filled.tried > 400


def test_codes_tags_addresses_and_secrets_take_no_text(filled: Filler) -> None:
    before = _kept(filled.world)
    data = ("069123456", "2001234567890", "ro-popescu", "Maria Popescu")

    missed = [
        each for kind, codes in EXPECTED.items() for each in _missed_everywhere(filled, codes, {kind}, data)
    ]

    assert missed == []
    assert _kept(filled.world) == before
    assert filled.tried > 50


def test_language_of_a_text_is_no_place_for_a_name(filled: Filler) -> None:
    given = {**filled.bases["logActivity"][1], "districts": [], "title": {"ro": "Întâlnire", "ro-maria": "x"}}

    assert filled.world.refused("logActivity", "reporter", given) == [
        ("INVALID_LANGUAGE", ("title", "ro-maria"))
    ]


def test_confirmed_telephone_is_stored_so_that_the_tests_above_can_fail(filled: Filler) -> None:
    given, written = filled.input_of("logActivity", {"checked"}, "069123456")

    assert filled.world.refused("logActivity", "reporter", {**given, "textConfirmed": True}) == []
    assert len(written) == 5
    assert "069123456" in "".join(_kept(filled.world)["activity"])
