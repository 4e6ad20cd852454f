"""A mark in every private field of every table, looked for in everything that comes out.

For each mark the test says who may find it and demands that exactly they do: a mark that its owner does not
find either would prove nothing.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from graphql import GraphQLNonNull, get_named_type, is_leaf_type
from starlette.testclient import TestClient

from coalition.access.links import issue_one_time_link
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.access.service import begin_sign_in
from coalition.assistance.models import Hold
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.backup.making import make_backup
from coalition.core.actor import Actor, Visibility
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import DeedKey
from coalition.core.ids import new_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.identifiers import encode_id
from coalition.graphql.run import run_document
from coalition.members import repository
from coalition.members.enums import ConsentPurpose
from coalition.members.models import Consent, Organisation, Person
from coalition.server import logs
from coalition.training.models import TrainingSession
from coalition.web.routes import PAGES
from tests import factories
from tests.graphql.selection import SCHEMA, everything
from tests.graphql.world import CLIENT, PARTNER, TEST, _actor, prepare_world, token_of
from tests.privacy.free_text import JSON_KEYS
from tests.support.application import application, settings_for
from tests.support.databases import Databases
from tests.support.tokens import ISSUER

# The owner of each mark, and one of every kind of reader.
ASKED = ("anonymous", "reporter", "bes", "moc", "council_member", "auditor", "administrator", PARTNER)
MAXIMUM, OCCUPIED = 917_353, 605_017
# The test client would open it at another host, where a signed token is worth nothing.
_SOCKET = f"{ISSUER.replace('http', 'ws', 1)}/graphql"


@dataclass
class Planted:
    """The marks, each with those who find it, and the records they stand in."""

    seen_by: dict[str, frozenset[str]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def mark(self, place: str, *who: str) -> str:
        """A text that stands nowhere else; `who` may find it."""
        text = f"canary{len(self.seen_by):02d}x{place.replace('_', '').replace('.', '')}"
        self.seen_by[text] = frozenset(who)
        return text


@dataclass
class Ways:
    """The application with everything that it let out, by who asked."""

    client: TestClient
    planted: Planted
    actors: dict[str, Actor]
    headers: dict[str, dict[str, str]]
    out: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def state(self) -> Any:
        return self.client.app.state  # type: ignore[attr-defined]

    def note(self, who: str, text: str) -> None:
        self.out.setdefault(who, []).append(text)

    def ask(self, who: str, document: str, **variables: Any) -> Any:
        """Ask as `who`, as one of our own pages would: nothing is too much."""
        found = asyncio.run(
            run_document(
                self.state.runtime,
                document,
                variables,
                actor=self.actors[who],
                language="en",
                own_document=True,
            )
        )
        self.note(who, json.dumps([found.data, found.errors], ensure_ascii=False))
        return found


# ------------------------------------------------------------------ planting


def _row(uow: UnitOfWork, model: Any, **key: Any) -> Any:
    return uow.db.scalars(sa.select(model).filter_by(**key)).one()


def _plant(uow: UnitOfWork, actors: dict[str, Actor], secrets: Any) -> Planted:
    planted = Planted()
    ubceb, bes, moc = (_row(uow, Organisation, slug=slug) for slug in ("ubceb", "bes", "moc"))
    _plant_person(uow, planted, actors["reporter"], secrets)
    _plant_activity(uow, planted, ubceb)
    _plant_training(uow, planted, ubceb)
    _plant_service(uow, planted, bes, moc, actors)
    _plant_client(uow, planted)
    reason = planted.mark("audit_entry.reason", "moc", "auditor")
    subject = ("Organisation", moc.id)
    record(uow, actors["moc"], action="test:canary:plant", subject=subject, reason=reason)
    uow.db.add(
        DeedKey(
            organisation_id=ubceb.id,
            mutation="logActivity",
            client_id=new_id(),
            input_hash=planted.mark("deed_key.input_hash"),
            subject_id=new_id(),
            created_at=uow.now,
        )
    )
    return planted


def _plant_person(uow: UnitOfWork, planted: Planted, reporter: Actor, secrets: Any) -> None:
    """Everything that is held of one reporter; nobody of POSTS leads that church."""
    person, account = uow.db.get_one(Person, reporter.person_id), uow.db.get_one(Account, reporter.account_id)
    begin_sign_in(uow, secrets, account.id)
    issue_one_time_link(uow, secrets, TEST, account.id)
    person.name = planted.mark("person.name", "reporter")
    account.email = planted.mark("account.email", "reporter") + "@demo.invalid"
    account.password_hash = planted.mark("account.password_hash")
    _row(uow, SignIn, account_id=account.id).token_hash = planted.mark("sign_in.token_hash")
    _row(uow, OneTimeLink, account_id=account.id).token_hash = planted.mark("one_time_link.token_hash")
    token = PersonalAccessToken(
        account_id=account.id,
        name=planted.mark("personal_access_token.name", "reporter"),
        token_hash=planted.mark("personal_access_token.token_hash"),
        created_at=uow.now,
    )
    consent = Consent(
        person_id=person.id,
        purpose=ConsentPurpose.NAME_TO_PARTNERS,
        version=planted.mark("consent.version", "reporter"),
        given_at=uow.now,
        withdrawn_at=uow.now,
    )
    uow.db.add_all([token, consent])
    planted.ids["Person"] = encode_id("Person", person.id)


def _plant_activity(uow: UnitOfWork, planted: Planted, owner: Organisation) -> None:
    def mark(name: str) -> str:
        return planted.mark(f"activity.{name}", "reporter", "auditor")

    made = factories.activity(
        uow,
        owner,
        code="ubceb-2026-900",
        visibility=Visibility.PRIVATE,
        title={"en": mark("title"), "ro": mark("title_ro")},
        place=mark("place"),
        form=mark("form"),
        audience=[mark("audience")],
        materials=[mark("materials")],
        organiser_names=[mark("organiser_names")],
        campaign=mark("campaign"),
        cancel_reason=mark("cancel_reason"),
        date_note=mark("date_note"),
        source=mark("source"),
        as_written=planted.mark("activity.as_written"),
        search=planted.mark("activity.search"),
    )
    planted.ids["Activity"] = encode_id("Activity", made.id)
    planted.paths["code"] = made.code
    planted.paths["organisation"] = encode_id("Organisation", owner.id)


def _plant_training(uow: UnitOfWork, planted: Planted, owner: Organisation) -> None:
    def mark(name: str) -> str:
        return planted.mark(f"training_session.{name}", "reporter", "auditor")

    loaded = uow.db.scalars(sa.select(TrainingSession).limit(1)).one()
    values = {name: getattr(loaded, name) for name in TrainingSession.model_fields}
    own = {
        "id": new_id(),
        "code": mark("code"),
        "owner_id": owner.id,
        "visibility": Visibility.PRIVATE,
        "title": {"en": mark("title")},
        "place": mark("place"),
        "audience": [mark("audience")],
        "organiser_names": [mark("organiser_names")],
        "funders": [mark("funders")],
        "source": mark("source"),
        "search": planted.mark("training_session.search"),
    }
    made = TrainingSession(**{**values, **own})
    uow.db.add(made)
    uow.db.flush()
    planted.ids["TrainingSession"] = encode_id("TrainingSession", made.id)


def _plant_service(
    uow: UnitOfWork, planted: Planted, provider: Organisation, holder: Organisation, actors: dict[str, Actor]
) -> None:
    """A protected service that partners find, of which only its provider knows where and how many."""

    def mark(name: str, *others: str) -> str:
        return planted.mark(f"service.{name}", "bes", *others)

    outsiders = ("moc", "council_member", "reporter", PARTNER)
    made = factories.service(uow, provider, name={"en": mark("name", "auditor")})
    made.outside_name = {"en": planted.mark("service.outside_name", *outsiders)}
    made.place = mark("place", "auditor")
    made.source, made.as_written = mark("source", "auditor"), planted.mark("service.as_written")
    told = ("bes", "auditor", *outsiders)
    made.stay = planted.mark("service.stay", *told)
    made.target_group_text = planted.mark("service.target_group_text", *told)
    made.contact_desk = mark("contact_desk", "moc", PARTNER)
    made.search, made.search_outside = planted.mark("service.search"), planted.mark("service.search_outside")
    pool = factories.pool(
        uow,
        made,
        maximum=MAXIMUM,
        occupied=OCCUPIED,
        confirmed_at=uow.now,
        confirmed_by=actors["bes"].subject,
        target_group_text=planted.mark("capacity_pool.target_group_text", "bes", "auditor"),
        stale_at=uow.now.replace(year=uow.now.year + 1),
    )
    hold = Hold(
        reference=planted.mark("hold.reference", "bes", "moc"),
        pool_id=pool.id,
        service_id=made.id,
        organisation_id=holder.id,
        quantity=3,
        status="HELD",
        expires_at=pool.stale_at,
        created_at=uow.now,
        created_by=actors["moc"].subject,
    )
    uow.db.add(hold)
    uow.db.flush()
    planted.ids |= {
        "Service": encode_id("Service", made.id),
        "CapacityPool": encode_id("CapacityPool", pool.id),
        "Hold": encode_id("Hold", hold.id),
    }


def _plant_client(uow: UnitOfWork, planted: Planted) -> None:
    client = uow.db.get_one(OAuthClient, CLIENT.client_id)
    client.name = planted.mark("oauth_client.name", "auditor")
    client.purpose = planted.mark("oauth_client.purpose", "auditor")
    other = OAuthClient(
        **{**{n: getattr(client, n) for n in OAuthClient.model_fields}, "client_id": str(new_id())}
    )
    other.secret_hash = planted.mark("oauth_client.secret_hash")
    other.previous_secret_hash = planted.mark("oauth_client.previous_secret_hash")
    uow.db.add(other)
    uow.db.flush()
    uow.db.add(
        OAuthToken(
            client_id=CLIENT.client_id,
            created_at=uow.now,
            expires_at=uow.now.replace(year=uow.now.year + 1),
        )
    )


@pytest.fixture
def ways(databases: Databases, database_kind: str, tmp_path: Path) -> Iterator[Ways]:
    url = databases.migrated(database_kind, prepared_by=prepare_world)
    with application(settings_for(url, tmp_path)) as client:
        state: Any = client.app.state  # type: ignore[attr-defined]
        with state.units.writing() as uow:
            actors = {name: _actor(uow, name) for name in ASKED}
            planted = _plant(uow, actors, state.secrets)
        headers = {name: {"Authorization": f"Bearer {token_of(name)}"} for name in ASKED}
        headers["anonymous"] = {}
        headers[PARTNER] = {"Authorization": f"Bearer {_client_token(client)}"}
        yield Ways(client, planted, actors, headers)
    databases.drop(database_kind, url)


def _client_token(client: TestClient) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT.client_id,
        "client_secret": CLIENT.client_secret,
    }
    return str(client.post("/oauth/token", data=form).json()["access_token"])


# ------------------------------------------------------------------ ways out


def _arguments(ways: Ways, name: str, field_: Any) -> list[str]:
    """How the field is asked: plainly, or by each record that has a mark."""
    needed = [argument for argument, kind in field_.args.items() if isinstance(kind.type, GraphQLNonNull)]
    values = {
        "id": [f'"{each}"' for each in ways.planted.ids.values()],
        "subject": [f'"{each}"' for each in ways.planted.ids.values()],
        "ids": ["[" + ", ".join(f'"{each}"' for each in ways.planted.ids.values()) + "]"],
        "slug": ['"ubceb"', '"bes"', '"moc"'],
        "organisation": [f'"{ways.planted.paths["organisation"]}"'],
        "code": [f'"{ways.planted.paths["code"]}"'],
        "by": ["[DISTRICT, TOPIC, MONTH]"],
        "from": ['"2026-01-01"'],
        "to": ['"2026-02-01"'],
        "kind": ["WEB_APP"],
    }
    assert set(needed) <= set(values), f"say how {name} is asked"
    if not needed:
        page = "(first: 100)" if "first" in field_.args else ""
        return [page]
    first, *others = needed
    rest = "".join(f", {other}: {values[other][0]}" for other in others)
    return [f"({first}: {value}{rest})" for value in values[first]]


def _selection(type_name: str, depth: int) -> str:
    if type_name == "Node":
        kinds = sorted(kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"]))
        return " ".join(f"... on {kind} {{ {_renamed(kind)} }}" for kind in kinds)
    return everything(type_name, depth)


def _renamed(kind: str) -> str:
    """The fields of a type under names of its own, since types may differ in the same field."""
    found = everything(kind, 0)
    return " ".join(f"{kind}_{name}: {name}" if name.isidentifier() else name for name in found.split())


def ask_every_query_field(ways: Ways, who: str) -> None:
    assert SCHEMA.query_type is not None
    for name, field_ in SCHEMA.query_type.fields.items():
        inner = get_named_type(field_.type)
        chosen = "" if is_leaf_type(inner) else None
        for arguments in _arguments(ways, name, field_):
            if chosen is None:
                body = (
                    f"{{ totalCount nodes {{ {everything(inner.name.removesuffix('Connection'), 1)} }} }}"
                    if inner.name.endswith("Connection")
                    else f"{{ {_selection(inner.name, 2)} }}"
                )
            else:
                body = chosen
            found = ways.ask(who, f"{{ {name}{arguments} {body} }}")
            assert [e for e in found.errors if e["extensions"]["code"] == "INTERNAL"] == [], (who, name)


def ask_for_the_entry_with_a_mark(ways: Ways, who: str) -> None:
    """By its action, since what is asked above is audited too and moves it from the first page."""
    ways.ask(who, '{ auditEntries(filter: {action: "test:canary:plant"}) { nodes { action reason } } }')


def search_for_every_mark(ways: Ways, who: str) -> None:
    """A count tells as much as a row: who may not find a mark finds no record by it."""
    lists = ("activities", "trainingSessions", "services", "organisations")
    # The words by which a record is found are in no answer, but do find it for who sees it.
    hidden = [mark for mark, seen_by in ways.planted.seen_by.items() if who not in seen_by]
    records = ("activity", "trainingsession", "service")
    marks = [mark for mark in hidden if mark.partition("x")[2].startswith(records) and "search" not in mark]
    for mark in marks:
        counts = " ".join(f'{name}(filter: {{search: "{mark}"}}) {{ totalCount }}' for name in lists)
        found = ways.ask(who, f"{{ {counts} }}").data
        assert {name: each for name, each in found.items() if each["totalCount"]} == {}, (who, mark)


def open_every_page(ways: Ways, who: str) -> None:
    values = {
        "code": [ways.planted.paths["code"]],
        "slug": ["ubceb", "bes", "moc"],
        "token": ["nothing"],
    }
    kinds = {
        "/t": "TrainingSession",
        "/s": "Service",
        "/capacity/hold": "Service",
        "/people": "Person",
        "/people/desks": "Person",
    }
    for path, _, methods in PAGES:
        name = path.partition("{")[2].partition("}")[0]
        values["id"] = [ways.planted.ids[kinds[path.partition("/{")[0]]]] if name == "id" else []
        for value in values[name] if name else [""]:
            if "GET" in methods:
                address = "/en" + path.replace(f"{{{name}}}", value)
                answer = ways.client.get(address, headers=ways.headers[who], follow_redirects=False)
                if answer.status_code >= 500:
                    ways.faults.append(f"{who} {address}")
                ways.note(who, answer.text)


DEEDS = {
    "amendActivity": ("Activity", '{id: "%s", revision: 7, place: "x"}'),
    "cancelActivity": ("Activity", '{id: "%s", revision: 7, reason: "x"}'),
    "confirmCapacity": ("CapacityPool", '{pool: "%s", maximum: 1, occupied: 9}'),
    "holdPlaces": ("CapacityPool", '{pool: "%s", onBehalfOf: "x", quantity: 50}'),
    "releaseHold": ("Activity", '{hold: "%s"}'),
    "endRole": ("Person", '{role: "%s"}'),
    "giveRole": ("Person", '{person: "%s", organisation: "x", roleType: "reporter"}'),
}


def provoke_refusals(ways: Ways, who: str) -> None:
    for name, (kind, given) in DEEDS.items():
        payload = get_named_type(SCHEMA.mutation_type.fields[name].type)  # type: ignore[union-attr]
        shown = everything(payload.name, 2)
        ways.ask(who, f"mutation {{ {name}(input: {given % ways.planted.ids[kind]}) {{ {shown} }} }}")


@contextmanager
def without_table(ways: Ways, name: str) -> Iterator[None]:
    """The database as a botched repair would leave it: a table is gone."""
    engine = ways.state.units.database.write_engine
    with engine.begin() as connection:
        connection.execute(sa.text(f"ALTER TABLE {name} RENAME TO {name}_gone"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"ALTER TABLE {name}_gone RENAME TO {name}"))


def provoke_faults(ways: Ways, mark: str) -> None:
    """Faults of ours while a private text is in the request: in a search, in a deed, on a page."""
    search = f'{{ activities(filter: {{search: "{mark}"}}) {{ nodes {{ topics {{ code }} }} }} }}'
    deed = f'mutation {{ correctOwnData(input: {{name: "{mark}"}}) {{ userErrors {{ code }} }} }}'
    with without_table(ways, "activity"):
        found = ways.ask("moc", search)
        assert found.errors
        answer = ways.client.get(f"/en/activities?search={mark}", headers=ways.headers["moc"])
        assert answer.status_code >= 500
    with without_table(ways, "audit_entry"):
        assert ways.ask("moc", deed).errors
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(repository, "organisation_by_slug", _that_quotes(mark))
        found = ways.ask("moc", '{ organisation(slug: "moc") { slug } }')
        assert [error["extensions"]["code"] for error in found.errors] == ["INTERNAL"]
        page = ways.client.get("/en/o/moc", headers=ways.headers["moc"])
        assert page.status_code == 500
        assert mark not in page.text + str(found)


def _that_quotes(mark: str) -> Any:
    """A function that fails as many do: by quoting the value that it could not read."""

    def fail(*_arguments: object) -> None:
        raise ValueError(f"could not convert {mark!r}")

    return fail


@contextmanager
def captured_logs() -> Iterator[io.StringIO]:
    """Everything that the server would write, from DEBUG on."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers, root.level
    logs.configure("DEBUG", stream)
    # The test's own client tells what it asks for; it is no part of the server.
    client, spoken = logging.getLogger("httpx2"), logging.getLogger("httpx2").level
    client.setLevel(logging.CRITICAL)
    try:
        yield stream
    finally:
        client.setLevel(spoken)
        root.handlers = before
        root.setLevel(level)


def listen_and_act(ways: Ways, listeners: tuple[str, ...], mark: str) -> dict[str, str]:
    """What each listener hears while the owner logs a private activity, then one for the coalition.

    The second is heard by all who may hear anything, so that nobody has to be waited for.
    """
    activity = f"subscription {{ activityLogged {{ {everything('Activity', 1)} }} }}"
    heard: dict[str, str] = {}
    for who in listeners:
        token = {"authorization": ways.headers[who].get("Authorization", "")}
        with ways.client.websocket_connect(_SOCKET, subprotocols=["graphql-transport-ws"]) as socket:
            socket.send_json({"type": "connection_init", "payload": token if who != "anonymous" else {}})
            socket.receive_json()
            socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": activity}})
            socket.send_json({"type": "ping"})
            assert socket.receive_json()["type"] == "pong"
            for visibility, title in (("PRIVATE", f"{mark} {who}"), ("PUBLIC", f"Deschis {who}")):
                assert _log(ways, visibility, title) == []
            texts = []
            while not texts or f"Deschis {who}" not in texts[-1]:
                message = socket.receive_json()
                assert message["type"] == "next", message
                texts.append(json.dumps(message, ensure_ascii=False))
        heard[who] = " ".join(texts)
    return heard


def _log(ways: Ways, visibility: str, title: str) -> list[Any]:
    own = encode_id("Organisation", ways.actors["reporter"].organisations[0])
    document = (
        f'mutation {{ logActivity(input: {{organisation: "{own}", kind: AWARENESS, title: {{en: "{title}"}}, '
        f'startsOn: {{date: "2026-03-01"}}, districts: [], visibility: {visibility}}}) '
        "{ userErrors { code } } }"
    )
    found = asyncio.run(
        run_document(
            ways.state.runtime,
            document,
            {},
            actor=ways.actors["reporter"],
            language="en",
            own_document=True,
        )
    )
    errors: list[Any] = found.data["logActivity"]["userErrors"] if found.data else [found.errors]
    return errors


# ------------------------------------------------------------------ the tests


def _renderings(number: int) -> list[str]:
    """A number as JSON, and with the blanks and points that languages set."""
    plain = str(number)
    return [f"{plain[:3]}{between}{plain[3:]}" for between in ("", ",", ".", " ", "\u00a0", "\u202f")]


@pytest.mark.slow
def test_marks_come_out_to_whom_they_may_and_to_nobody_else(ways: Ways, tmp_path: Path) -> None:
    with captured_logs() as log:
        for who in ASKED:
            ask_every_query_field(ways, who)
            ask_for_the_entry_with_a_mark(ways, who)
            open_every_page(ways, who)
            provoke_refusals(ways, who)
        ways.note("anonymous", ways.client.get("/readyz").text + ways.client.get("/healthz").text)
        found = {
            mark: {who for who, texts in ways.out.items() if any(mark in text for text in texts)}
            for mark in ways.planted.seen_by
        }
        for who in ASKED:
            search_for_every_mark(ways, who)
        provoke_faults(ways, next(iter(ways.planted.seen_by)))

    wrong = {
        mark: (sorted(found[mark] - seen_by), sorted(seen_by - found[mark]))
        for mark, seen_by in ways.planted.seen_by.items()
        if found[mark] != seen_by
    }
    assert wrong == {}, "found by, and not found by"
    assert ways.faults == []
    for number in (MAXIMUM, OCCUPIED):
        seen = {
            who
            for who, texts in ways.out.items()
            if any(each in text for text in texts for each in _renderings(number))
        }
        assert seen == {"bes"}
    written = log.getvalue()
    assert "masked error" in written
    marked = [line for line in written.splitlines() for mark in ways.planted.seen_by if mark in line]
    assert marked == []
    assert [number for number in (MAXIMUM, OCCUPIED) if str(number) in written] == []


def test_marks_reach_no_listener_log_event_or_manifest(ways: Ways, tmp_path: Path) -> None:
    mark = "canarylive"
    heard = listen_and_act(ways, ("anonymous", "moc", PARTNER, "reporter"), mark)

    assert {who for who, text in heard.items() if mark in text} == {"reporter"}
    with ways.state.units.reading() as uow:
        events = [json.dumps([row.name, row.payload]) for row in uow.db.scalars(sa.select(OutboxEntry))]
        entries = [
            json.dumps([row.action, row.actor, row.fields, row.reason])
            for row in uow.db.scalars(sa.select(AuditEntry).where(AuditEntry.action != "test:canary:plant"))
        ]
    everything_planted = [*ways.planted.seen_by, mark]
    assert len(events) >= 8
    assert len(entries) >= 8
    assert [each for each in everything_planted for text in (*events, *entries) if each in text] == []
    database_url = ways.state.settings.database_url
    make_backup(database_url, tmp_path / "backup.zip", tmp_path)
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        manifest = archive.read("manifest.json").decode()
    assert "activity" in manifest
    assert [each for each in everything_planted if each in manifest] == []


def test_payloads_of_events_hold_ids_and_codes_under_known_keys(ways: Ways) -> None:
    listen_and_act(ways, ("reporter",), "canarylive")
    provoke_refusals(ways, "bes")
    with ways.state.units.reading() as uow:
        payloads = [row.payload for row in uow.db.scalars(sa.select(OutboxEntry))]

    assert payloads
    for payload in payloads:
        assert set(payload) <= JSON_KEYS["outbox.payload"]
        for value in payload.values():
            assert all(map(_is_id_or_code, value if isinstance(value, list) else [value])), payload


def _is_id_or_code(value: Any) -> bool:
    if value is None or isinstance(value, bool) or str(value).isupper():
        return True
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False
