"""`coalition access explain`: why an account sees a record, for who operates the server."""

from __future__ import annotations

from typing import Any

import pytest

from coalition import cli
from coalition.audit.models import AuditEntry
from coalition.core.errors import Fault, Refused
from coalition.graphql.access_report import access_report
from tests.graphql.world import CLIENT, World


def explained(world: World, account: str, subject: str) -> list[str]:
    with world.units.writing() as uow:
        return access_report(uow, account, subject)


def test_an_account_and_a_client_by_every_name(world: World) -> None:
    provider = explained(world, "BES@demo.invalid", "SRV-008")
    account_id = str(world.actor("bes").account_id)

    assert provider[0].startswith("Its owner shares it with partners, and you may read what is shared so.")
    assert provider[2:] == [
        "The district and the full name are open to you.",
        "The number of places is open to you.",
        "The contact desk is open to you.",
    ]
    assert explained(world, account_id, world.service("SRV-008")) == provider
    partner = explained(world, CLIENT.client_id, "SRV-008")
    assert partner[1:] == [
        "The district stays closed to you: the place is protected, and the provider's alone.",
        "The number of places stays closed to you.",
        "The contact desk is open to you.",
    ]
    assert explained(world, "bes@demo.invalid", "bes")[1].startswith(
        "You may read every record of its owner."
    )
    assert explained(world, "administrator@demo.invalid", "SRV-008") == []


def test_every_look_up_is_audited(world: World) -> None:
    explained(world, "moc@demo.invalid", "bes")

    entry = world.row(AuditEntry, action="access:explain:read")
    assert (entry.actor, entry.subject_type) == ("system:access-explain", "Organisation")
    assert entry.reason == f"for {world.actor('moc').subject}"


@pytest.mark.parametrize(
    ("account", "subject", "path"),
    [("nobody@demo.invalid", "bes", "account"), ("bes@demo.invalid", "nothing", "subject")],
)
def test_what_is_not_there(world: World, account: str, subject: str, path: str) -> None:
    with pytest.raises(Refused) as caught:
        explained(world, account, subject)

    assert caught.value.faults == (Fault("NOT_FOUND", (path,)),)


def test_the_command_prints_or_exits_with_1(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command is thin: it opens the database and prints."""

    def report(_uow: Any, _account: str, subject: str) -> list[str]:
        return ["Everybody may see it."] if subject == "council" else []

    monkeypatch.setattr(cli, "access_report", report)
    monkeypatch.setattr(cli, "_require_current", lambda _state: None)
    monkeypatch.setattr(cli.migrate, "schema_state", lambda _url: None)
    monkeypatch.setattr(cli, "_units", lambda _settings: _opened(world))

    codes = [cli.main(["access", "explain", "a@demo.invalid", each]) for each in ("council", "SRV-008")]

    assert codes == [0, 1]
    printed = capsys.readouterr()
    assert printed.out == "- Everybody may see it.\n"
    assert printed.err == "coalition: a@demo.invalid does not see SRV-008.\n"


class _opened:  # noqa: N801
    def __init__(self, world: World) -> None:
        self.world = world

    def __enter__(self) -> Any:
        return self.world.units

    def __exit__(self, *_error: object) -> None: ...
