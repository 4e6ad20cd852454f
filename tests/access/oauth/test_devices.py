"""The device grant (RFC 8628): a program shows a short code, and a person types it somewhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coalition import login
from coalition.access.models import Account
from coalition.access.oauth import consent
from coalition.access.oauth.consent import DeviceAsked
from coalition.access.oauth.enums import ClientState, DeviceState
from coalition.access.oauth.models import OAuthClient, OAuthDeviceRequest, OAuthGrant
from coalition.access.oauth.seed import COMMAND_LINE_CLIENT, NEVER_BY_DEVICE, seed_clients
from coalition.core.actor import Actor
from coalition.core.errors import Refused
from tests.access.oauth.flows import Flows, subject_of
from tests.support.tokens import ISSUER

GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def begin(flows: Flows, **changes: str) -> Any:
    form = {"client_id": COMMAND_LINE_CLIENT, "scope": "activity:log records:read"}
    return flows.post("/oauth/device_authorization", {**form, **changes})


def poll(flows: Flows, device_code: str, **changes: str) -> Any:
    form = {"grant_type": GRANT, "device_code": device_code, "client_id": COMMAND_LINE_CLIENT}
    return flows.post("/oauth/token", {**form, **changes})


def patient(flows: Flows, device_code: str) -> str:
    """The error of a device that waited for as long as it was told."""
    with flows.units.writing() as uow:
        earlier = uow.now - timedelta(minutes=2)
        uow.db.execute(sa.update(OAuthDeviceRequest).values(polled_at=earlier, created_at=earlier))
    return str(poll(flows, device_code).json()["error"])


def find(flows: Flows, typed: str) -> DeviceAsked | None:
    with flows.units.reading() as uow:
        return consent.device_by_user_code(uow, flows.state.secrets, typed)


def answer(flows: Flows, typed: str, *, allow: bool = True) -> None:
    with flows.units.writing() as uow:
        device = consent.device_by_user_code(uow, flows.state.secrets, typed)
        assert device is not None
        say = consent.allow_device if allow else consent.deny_device
        say(uow, flows.person(uow), device.id)


def test_device_that_is_allowed_gets_tokens_once(flows: Flows) -> None:
    asked = begin(flows)
    codes = asked.json()
    assert asked.headers["cache-control"] == "no-store"
    assert {**codes, "device_code": "", "user_code": ""} == {
        "device_code": "",
        "user_code": "",
        "verification_uri": f"{ISSUER}/device",
        "verification_uri_complete": f"{ISSUER}/device?user_code={codes['user_code']}",
        "expires_in": 600,
        "interval": 5,
    }
    assert patient(flows, codes["device_code"]) == "authorization_pending"
    device = find(flows, codes["user_code"])
    assert device is not None
    assert (device.client_name, device.organisation_id) == ("Coalition command line", None)
    assert device.scopes == ("activity:log", "records:read")

    answer(flows, codes["user_code"])

    tokens = poll(flows, codes["device_code"]).json()
    assert flows.viewer(tokens["access_token"])["permissions"] == ["activity:log", "records:read"]
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    again = flows.post("/oauth/token", {**form, "client_id": COMMAND_LINE_CLIENT})
    assert again.status_code == 200
    assert poll(flows, codes["device_code"]).json()["error"] == "invalid_grant"
    assert find(flows, codes["user_code"]) is None
    assert flows.count(OAuthGrant) == 1
    assert flows.audited("account:device:allow", "client:grant:begin") == [
        (subject_of(flows.people.account_id), "account:device:allow", None),
        (f"client:{COMMAND_LINE_CLIENT}", "client:grant:begin", None),
    ]
    with flows.units.reading() as uow:
        [row] = uow.db.scalars(sa.select(OAuthDeviceRequest)).all()
    assert codes["device_code"] not in row.device_code_hash
    assert codes["user_code"] not in row.user_code_hash


def test_device_that_asks_too_often_is_slowed_down(sqlite_flows: Flows) -> None:
    code = begin(sqlite_flows).json()["device_code"]

    def asked_after(seconds: int) -> str:
        with sqlite_flows.units.writing() as uow:
            uow.db.execute(
                sa.update(OAuthDeviceRequest).values(polled_at=uow.now - timedelta(seconds=seconds))
            )
        return str(poll(sqlite_flows, code).json()["error"])

    # Each time too early makes it five seconds more: 5, 10, 15.
    assert [asked_after(seconds) for seconds in (1, 6, 11, 60)] == ["slow_down"] * 3 + [
        "authorization_pending"
    ]
    assert asked_after(15) == "slow_down"


def test_code_is_found_however_it_was_typed(sqlite_flows: Flows) -> None:
    code = begin(sqlite_flows).json()["user_code"]
    assert len(code) == 9

    for typed in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} ", code + "\n"):
        assert find(sqlite_flows, typed) is not None, typed
    for typed in ("", "-", code[:-1], code[::-1], code + "A", "\x00", "'"):
        assert find(sqlite_flows, typed) is None, typed


def test_device_that_is_denied(flows: Flows) -> None:
    codes = begin(flows).json()

    answer(flows, codes["user_code"], allow=False)

    assert poll(flows, codes["device_code"]).json()["error"] == "access_denied"
    with flows.units.reading() as uow:
        [row] = uow.db.scalars(sa.select(OAuthDeviceRequest)).all()
    assert row.state is DeviceState.DENIED
    assert flows.count(OAuthGrant) == 0


def test_device_is_answered_once_and_in_time_by_a_person(sqlite_flows: Flows) -> None:
    codes = begin(sqlite_flows).json()
    with sqlite_flows.units.writing() as uow:
        device = consent.device_by_user_code(uow, sqlite_flows.state.secrets, codes["user_code"])
        assert device is not None
        with pytest.raises(Refused, match="UNAUTHENTICATED"):
            consent.allow_device(uow, Actor(), device.id)
        consent.deny_device(uow, sqlite_flows.person(uow), device.id)
        with pytest.raises(Refused, match="DEVICE_ENDED"):
            consent.allow_device(uow, sqlite_flows.person(uow), device.id)
    late = begin(sqlite_flows).json()
    device = find(sqlite_flows, late["user_code"])
    assert device is not None
    sqlite_flows.end(OAuthDeviceRequest)

    assert poll(sqlite_flows, late["device_code"]).json()["error"] == "expired_token"
    assert find(sqlite_flows, late["user_code"]) is None
    with sqlite_flows.units.writing() as uow, pytest.raises(Refused, match="DEVICE_ENDED"):
        consent.allow_device(uow, sqlite_flows.person(uow), device.id)


def test_device_code_of_another_client_and_of_a_closed_account(sqlite_flows: Flows) -> None:
    codes = begin(sqlite_flows).json()
    answer(sqlite_flows, codes["user_code"])

    stolen = poll(sqlite_flows, codes["device_code"], **sqlite_flows.app.credentials)
    assert stolen.json()["error"] == "unauthorized_client"
    assert poll(sqlite_flows, "codc_unknown").json()["error"] == "invalid_grant"
    sqlite_flows.set(Account, is_active=False)
    assert poll(sqlite_flows, codes["device_code"]).json()["error"] == "access_denied"
    assert sqlite_flows.count(OAuthGrant) == 0


def test_device_requests_that_are_refused(sqlite_flows: Flows) -> None:
    system = sqlite_flows.people.credentials
    secret = {"client_id": system.client_id, "client_secret": system.client_secret}

    assert begin(sqlite_flows, scope="access:administer").json()["error"] == "invalid_scope"
    assert begin(sqlite_flows, resource="https://other.example").json()["error"] == "invalid_target"
    assert begin(sqlite_flows, client_id="nobody").json()["error"] == "invalid_client"
    # Who has a secret shows it; a system that acts on its own has no person to ask.
    assert begin(sqlite_flows, client_id=sqlite_flows.app.client_id).json()["error"] == "invalid_client"
    assert begin(sqlite_flows, **secret).json()["error"] == "unauthorized_client"
    assert sqlite_flows.count(OAuthDeviceRequest) == 0


def test_command_line_is_in_every_coalition_and_can_be_paused(sqlite_flows: Flows) -> None:
    assert login.COMMAND_LINE_CLIENT == COMMAND_LINE_CLIENT
    with sqlite_flows.units.writing() as uow:
        row = uow.db.get_one(OAuthClient, COMMAND_LINE_CLIENT)
        assert not NEVER_BY_DEVICE & set(row.scopes)
        row.state, row.scopes = ClientState.PAUSED, []
        seed_clients(uow)
        assert (row.state, "activity:log" in row.scopes) == (ClientState.PAUSED, True)

    assert begin(sqlite_flows).json()["error"] == "invalid_client"
