"""The coalition's real record with an account for each role, and one way to ask it things."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event

from coalition.access.actors import actor_for_account, actor_for_client
from coalition.access.models import Account
from coalition.access.oauth.models import OAuthClient
from coalition.access.secrets import Secrets
from coalition.access.service import (
    ClientCredentials,
    create_account,
    create_client,
    create_personal_access_token,
    give_role,
)
from coalition.assistance.models import CapacityPool, Service
from coalition.audit.models import AuditEntry
from coalition.core.actor import ANONYMOUS, Actor, system_actor
from coalition.core.database import Database
from coalition.core.events import OutboxEntry
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.graphql.context import Runtime
from coalition.graphql.feed import Feed
from coalition.graphql.identifiers import encode_id
from coalition.graphql.run import execute
from coalition.graphql.secret_reads import READ_ACTION
from coalition.intake.record import load_record
from coalition.members.models import Body, Denomination, Organisation, RoleTypePermission, Territory
from coalition.outreach.models import Activity
from coalition.tables import metadata
from tests.factories import NOW
from tests.support.both_ways import BOTH
from tests.support.keys import AUDIT_KEY

TEST = system_actor("test")
SECRETS = Secrets(token_key=b"t" * 32, form_key=b"f" * 32, audit_key=AUDIT_KEY)

# Who asks: role type and the slug of the organisation it is held in, as in `serve --demo`.
POSTS = {
    "reporter": ("reporter", "ubceb"),
    "bes": ("coordinator", "bes"),
    "moc": ("coordinator", "moc"),
    "council_member": ("council_member", "coalition"),
    "council_secretary": ("council_secretary", "coalition"),
    "expert": ("expert", "coalition"),
    "trainer": ("trainer", "coalition"),
    "auditor": ("auditor", "coalition"),
    "administrator": ("administrator", "coalition"),
}
PARTNER = "partner"
CLIENT = ClientCredentials("0190a5b8-0000-4000-8000-000000000001", "ccs_invented")
EVERYBODY = ("anonymous", *POSTS, PARTNER)


def token_of(name: str) -> str:
    """The personal access token of an account of `POSTS`."""
    return f"cpat_{name}"


def prepare_world(url: str) -> None:
    """Load the shipped record into the migrated database at `url`, and make the accounts and the client."""
    database = Database(url)
    units = Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY)
    report = load_record(units)
    assert report.problems == []
    with units.writing() as uow:
        for name, (role_type, slug) in POSTS.items():
            account = create_account(
                uow, TEST, email=f"{name}@demo.invalid", name=f"Demo {name}", is_demo=True
            )
            give_role(
                uow,
                TEST,
                person_id=account.person_id,
                organisation_id=_organisation(uow, slug).id,
                role_type=role_type,
            )
            create_personal_access_token(
                uow, SECRETS, TEST, account_id=account.id, name="Test", token=token_of(name)
            )
        add_client(uow, "lastrada", CLIENT)
    database.dispose()


def add_client(uow: UnitOfWork, slug: str, credentials: ClientCredentials) -> None:
    """A partner's system with every scope of its role type."""
    scopes = uow.db.scalars(
        sa.select(RoleTypePermission.permission).where(RoleTypePermission.role_type == "partner_client")
    )
    create_client(
        uow,
        SECRETS,
        TEST,
        name=f"Demo client of {slug}",
        organisation_id=_organisation(uow, slug).id,
        role_type="partner_client",
        scopes=list(scopes),
        credentials=credentials,
    )


def _organisation(uow: UnitOfWork, slug: str) -> Organisation:
    return uow.db.scalars(sa.select(Organisation).where(Organisation.slug == slug)).one()


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


Refusal = tuple[str, tuple[str, ...]]


@dataclass
class Asked:
    """An answer: data and top-level errors, as they would be serialised."""

    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


@dataclass
class World:
    """One database with the record, and everybody who may ask."""

    runtime: Runtime
    clock: Clock
    _actors: dict[str, Actor] = field(default_factory=dict, repr=False)

    @property
    def units(self) -> Units:
        return self.runtime.units

    def actor(self, name: str) -> Actor:
        """One of `EVERYBODY`, with the grants of when they were first asked for."""
        if name not in self._actors:
            with self.units.reading() as uow:
                self._actors[name] = _actor(uow, name)
        return self._actors[name]

    def meet_anew(self) -> None:
        """Resolve grants anew, after roles or the tree of organisations have changed."""
        self._actors.clear()

    # -------------------------------------------------------------- asking

    def answer(
        self, document: str, actor: str | Actor = "anonymous", *, language: str = "en", **variables: Any
    ) -> Asked:
        """Everything that comes back, errors too."""
        caller = self.actor(actor) if isinstance(actor, str) else actor
        result = asyncio.run(execute(self.runtime, document, variables, actor=caller, language=language))
        return Asked(result.data, [dict(error.formatted) for error in result.errors or []])

    def ask(
        self, document: str, actor: str | Actor = "anonymous", *, language: str = "en", **variables: Any
    ) -> Any:
        """The data of an answer without errors."""
        found = self.answer(document, actor, language=language, **variables)
        assert found.errors == []
        return found.data

    def one(
        self, document: str, actor: str | Actor = "anonymous", *, language: str = "en", **variables: Any
    ) -> Any:
        """The value of the only root field."""
        [value] = self.ask(document, actor, language=language, **variables).values()
        return value

    def deed(
        self,
        name: str,
        actor: str | Actor,
        given: Mapping[str, Any],
        selection: str = "",
        *,
        language: str = "en",
    ) -> Any:
        """The payload of a mutation with its user errors."""
        kind = f"{name[0].upper()}{name[1:]}Input!"
        document = (
            f"mutation ($input: {kind}) {{ {name}(input: $input) "
            f"{{ userErrors {{ code message field }} {selection} }} }}"
        )
        return self.one(document, actor, language=language, input=dict(given))

    def refused(self, name: str, actor: str | Actor, given: Mapping[str, Any]) -> list[Refusal]:
        """The user errors of a mutation as code and path."""
        payload = self.deed(name, actor, given)
        return [(error["code"], tuple(error["field"] or ())) for error in payload["userErrors"]]

    # -------------------------------------------------------------- finding

    def id_of(self, type_name: str, model: Any, **key: Any) -> str:
        """The opaque id of the one row with this key."""
        with self.units.reading() as uow:
            record_id = uow.db.scalars(sa.select(model.id).filter_by(**key)).one()
        return encode_id(type_name, record_id)

    def organisation(self, slug: str) -> str:
        return self.id_of("Organisation", Organisation, slug=slug)

    def activity(self, code: str) -> str:
        return self.id_of("Activity", Activity, code=code)

    def service(self, code: str) -> str:
        return self.id_of("Service", Service, code=code)

    def district(self, code: str) -> str:
        return self.id_of("District", Territory, code=code)

    def denomination(self, code: str) -> str:
        return self.id_of("Denomination", Denomination, code=code)

    def body(self, code: str) -> str:
        return self.id_of("Body", Body, code=code)

    def pool(self, service_code: str) -> str:
        """The opaque id of the one pool of a loaded service."""
        with self.units.reading() as uow:
            found = uow.db.scalars(
                sa.select(CapacityPool.id)
                .join(Service, Service.id == CapacityPool.service_id)
                .where(Service.code == service_code)
            ).one()
        return encode_id("CapacityPool", found)

    def row(self, model: Any, **key: Any) -> Any:
        """The one row with this key, as it is stored."""
        with self.units.reading() as uow:
            return uow.db.scalars(sa.select(model).filter_by(**key)).one()

    def dump(self) -> dict[str, set[str]]:
        """Every row of every table, as the driver has it, but the entries about reading secrets.

        These raise the version of the data too, which therefore stays out.
        """
        with self.units.reading() as uow:
            connection = uow.db.connection()
            rows = {
                name: {repr(tuple(row)) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")}  # noqa: S608
                for name in metadata.tables
                if name != "data_version"
            }
        rows["audit_entry"] = {row for row in rows["audit_entry"] if f"'{READ_ACTION}'" not in row}
        return rows

    def audit(self) -> list[AuditEntry]:
        """The audit log of what was done after the world was made."""
        with self.units.reading() as uow:
            rows = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
            return [row for row in rows if not row.actor.startswith("system:")]

    def outbox(self) -> list[OutboxEntry]:
        with self.units.reading() as uow:
            return list(uow.db.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id)))

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements sent to the database inside the block, without those that begin or end one."""
        sent: list[str] = []

        def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.upper().startswith(("BEGIN", "SET LOCAL", "COMMIT", "ROLLBACK")):
                sent.append(statement)

        engine = self.units.database.write_engine
        event.listen(engine, "before_cursor_execute", listen)
        BOTH.paused = True
        try:
            yield sent
        finally:
            BOTH.paused = False
            event.remove(engine, "before_cursor_execute", listen)


def open_world(url: str, workers: ThreadPoolExecutor) -> World:
    """The world on a database that `prepare_world` has prepared."""
    clock = Clock()
    database = Database(url)
    return World(
        Runtime(Units(database, clock, audit_key=AUDIT_KEY), SECRETS, Feed(database), workers), clock
    )


def _actor(uow: UnitOfWork, name: str) -> Actor:
    if name == "anonymous":
        return ANONYMOUS
    if name == PARTNER:
        client = uow.db.get_one(OAuthClient, CLIENT.client_id)
        return actor_for_client(uow, client, client.scopes)
    account = sa.select(Account).where(Account.email == f"{name}@demo.invalid")
    return actor_for_account(uow, uow.db.scalars(account).one())


def keys_for_settings() -> dict[str, str]:
    """`SECRETS` as the environment would hold them."""
    return {
        "token_key": base64.b64encode(SECRETS.token_key).decode(),
        "form_key": base64.b64encode(SECRETS.form_key).decode(),
        "audit_key": base64.b64encode(SECRETS.audit_key).decode(),
    }


def record_id(opaque: str) -> UUID:
    """The record id within an opaque id."""
    text = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode()
    return UUID(hex=text.partition(":")[2])
