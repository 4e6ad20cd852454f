"""An app, a program and a system that go through the grants as real ones would, step by step."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import sqlalchemy as sa
from starlette.testclient import TestClient

from coalition.access.actors import actor_for_account
from coalition.access.models import Account
from coalition.access.oauth import consent
from coalition.access.oauth.consent import Asked, Refusal
from coalition.access.oauth.enums import ActsFor, ClientState, GrantType
from coalition.access.oauth.models import OAuthClient
from coalition.access.oauth.seed import seed_clients
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.models import AuditEntry
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.access.conftest import People
from tests.support.tokens import ISSUER

# What apps send: 43 letters that nobody else knows, and their hash.
VERIFIER = "correct-horse-battery-staple.correct-horse~"
REDIRECT = "https://app.example/cb?from=coalition"
LOOPBACK = "http://127.0.0.1/cb"
SCOPES = ("activity:log", "coalition:read", "records:read")
VIEWER = "{ viewer { person { name } client permissions } }"


def challenge_of(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parameters_of(address: str) -> dict[str, str]:
    """The parameters with which a browser is sent back; each stands there once."""
    found = parse_qs(urlsplit(address).query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: value for name, [value] in found.items()}


@dataclass
class App:
    """What an app knows of itself; a public one has no secret."""

    client_id: str
    secret: str | None
    redirect_uri: str

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.client_id} | ({"client_secret": self.secret} if self.secret else {})


@dataclass
class Flows:
    """The application with an account and clients in it."""

    http: TestClient
    people: People
    app: App
    program: App
    other: App
    state: Any = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.http.app.state  # type: ignore[attr-defined]

    @property
    def units(self) -> Units:
        found: Units = self.state.units
        return found

    # ------------------------------------------------------------------ the person

    def request(self, app: App | None = None, **changes: str | None) -> dict[str, str]:
        """A good authorization request, but for `changes`; None leaves a parameter out."""
        app = app or self.app
        sent: dict[str, str | None] = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": app.redirect_uri,
            "scope": " ".join(SCOPES),
            "state": "a state & more",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in sent.items() if value is not None}

    def ask(self, sent: Mapping[str, str]) -> Asked | Refusal:
        with self.units.reading() as uow:
            return consent.ask(uow, self.state.secrets, self.person(uow), list(sent.items()), issuer=ISSUER)

    def person(self, uow: UnitOfWork) -> Any:
        return actor_for_account(uow, uow.db.get_one(Account, self.people.account_id))

    def allow(self, sent: Mapping[str, str], *, issuer: str = ISSUER) -> dict[str, str]:
        """What comes back to the app when the person says yes."""
        with self.units.writing() as uow:
            person, secrets = self.person(uow), self.state.secrets
            asked = consent.ask(uow, secrets, person, list(sent.items()), issuer=issuer)
            assert isinstance(asked, Asked), asked
            return parameters_of(consent.grant(uow, secrets, person, asked))

    # ------------------------------------------------------------------ the app

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> Any:
        return self.http.post(path, data=dict(form), headers=headers)

    def redeem(self, code: str, app: App | None = None, **changes: str | None) -> Any:
        app = app or self.app
        sent: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": VERIFIER,
            **app.credentials,
            **changes,
        }
        return self.post("/oauth/token", {name: value for name, value in sent.items() if value is not None})

    def tokens(self, app: App | None = None, **changes: str | None) -> dict[str, Any]:
        """Everything that an app gets for a new permission of the person."""
        code = self.allow(self.request(app, **changes))["code"]
        redirect = changes.get("redirect_uri") or (app or self.app).redirect_uri
        answer = self.redeem(code, app, redirect_uri=redirect)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def refresh(self, token: str, app: App | None = None, **changes: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token, **(app or self.app).credentials}
        return self.post("/oauth/token", {**form, **changes})

    def system_token(self) -> str:
        credentials = self.people.credentials
        form = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
        answer = self.post("/oauth/token", {"grant_type": "client_credentials", **form})
        return str(answer.json()["access_token"])

    def viewer(self, token: str) -> Any:
        """Who the API takes the bearer for; None when it refuses the token."""
        answer = self.http.post(
            "/graphql", json={"query": VIEWER}, headers={"Authorization": f"Bearer {token}"}
        )
        if answer.status_code == 401:
            assert 'error="invalid_token"' in answer.headers["www-authenticate"]
            return None
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]["viewer"]

    def works(self, token: str) -> bool:
        return self.viewer(token) is not None

    # ------------------------------------------------------------------ behind it

    def set(self, model: Any, **values: Any) -> None:
        with self.units.writing() as uow:
            uow.db.execute(sa.update(model).values(**values))

    def end(self, model: Any) -> None:
        """Let the time of every row be over."""
        with self.units.writing() as uow:
            uow.db.execute(sa.update(model).values(expires_at=uow.now))

    def audited(self, *actions: str) -> list[tuple[str, str, str | None]]:
        """Entries about these actions: who, what, why."""
        with self.units.reading() as uow:
            entries = uow.db.scalars(
                sa.select(AuditEntry).where(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
            )
            return [(entry.actor, entry.action, entry.reason) for entry in entries]

    def count(self, model: Any) -> int:
        with self.units.reading() as uow:
            found: int = uow.db.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            return found


def make_app(uow: UnitOfWork, secrets: Any, people: People, name: str, redirect: str, *, public: bool) -> App:
    """An app for persons, let in; the organisation of the partner answers for it."""
    secret = None if public else new_token(TokenKind.CLIENT_SECRET)
    app = App(str(uuid4()), secret, redirect)
    uow.db.add(
        OAuthClient(
            client_id=app.client_id,
            name=name,
            acts_for=ActsFor.PERSON,
            is_public=public,
            state=ClientState.ACTIVE,
            organisation_id=people.lastrada,
            scopes=sorted({*SCOPES, "people:manage"}),
            grant_types=[each.value for each in GrantType],
            redirect_uris=[redirect],
            secret_hash=token_hash(secrets, secret) if secret else None,
            created_at=uow.now,
            updated_at=uow.now,
        )
    )
    uow.db.flush()
    return app


def make_flows(http: TestClient, people: People) -> Flows:
    state: Any = http.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        seed_clients(uow)
        apps = [
            make_app(uow, state.secrets, people, "Demo app", REDIRECT, public=False),
            make_app(uow, state.secrets, people, "Demo program", LOOPBACK, public=True),
            make_app(uow, state.secrets, people, "Demo other app", "https://other.example/cb", public=False),
        ]
    return Flows(http, people, *apps)


def subject_of(account_id: UUID) -> str:
    return f"account:{account_id}"
