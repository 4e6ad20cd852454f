"""How many requests anybody may send: counted together, per party, and never for longer than a window."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.engine import make_url

from coalition.access import counters as counting
from coalition.access.counters import Counters, Hit, PostgreSQLCounters, SQLiteCounters
from coalition.access.rates import (
    Party,
    PartyKind,
    RateLimited,
    Rates,
    caller_of,
    network_of,
    parse_rate,
)
from coalition.core.actor import ANONYMOUS, Actor, ActorKind
from coalition.settings import DEFAULTS

NETWORK = Party(PartyKind.NETWORK, "192.0.2.1")
VISITORS = Party(PartyKind.VISITORS, "192.0.2.1")
ACCOUNT = Party(PartyKind.ACCOUNT, "0190a5b8-0000-7000-8000-000000000001")
CLIENT = Party(PartyKind.CLIENT, "0190a5b8-0000-4000-8000-000000000002")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(database_url: str, folder: Path, clock: Clock) -> Counters:
    """One process's way to the counters that belong to a database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return SQLiteCounters(folder / "rates.sqlite3", clock)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PostgreSQLCounters(address, clock)


@pytest.fixture
def shared(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Counters]:
    found = opened(database_url, tmp_path, clock)
    yield found
    found.close()


@pytest.fixture
def other(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Counters]:
    """What another process would open."""
    found = opened(database_url, tmp_path, clock)
    yield found
    found.close()


def rates(counters: Counters, clock: Clock, caller: str = "", network: str = "") -> Rates:
    usual = DEFAULTS["COALITION_RATE_LIMIT"], DEFAULTS["COALITION_NETWORK_RATE_LIMIT"]
    return Rates(
        parse_rate(caller or usual[0]), parse_rate(network or usual[1]), counters, b"k" * 32, clock=clock
    )


def admitted(limits: Rates, *parties: Party, times: int = 1) -> int:
    """How many of so many requests go through."""
    count = 0
    for _ in range(times):
        try:
            limits.charge_here(*parties)
        except RateLimited:
            continue
        count += 1
    return count


@pytest.mark.parametrize(
    ("party", "most"),
    [(NETWORK, 6000), (VISITORS, 1500), (ACCOUNT, 1500), (CLIENT, 1500)],
    ids=str,
)
def test_defaults_admit_so_many_in_a_window_and_no_more(
    tmp_path: Path, clock: Clock, party: Party, most: int
) -> None:
    limits = rates(SQLiteCounters(tmp_path / "rates.sqlite3", clock), clock)

    assert admitted(limits, party, times=100) == 100
    clock.now += 9.9
    assert admitted(limits, party, times=most) == most - 100
    clock.now += 0.1
    assert admitted(limits, party, times=1200) == 1200
    limits.close()


def test_refused_requests_count_but_shut_nobody_out(tmp_path: Path, clock: Clock) -> None:
    limits = rates(SQLiteCounters(tmp_path / "rates.sqlite3", clock), clock, caller="2/10seconds")

    assert admitted(limits, ACCOUNT, times=50) == 2
    clock.now += 10
    assert admitted(limits, ACCOUNT, times=50) == 2
    limits.close()


def test_refusal_says_when_to_go_on(shared: Counters, clock: Clock) -> None:
    limits = rates(shared, clock, caller="1/10seconds", network="5/minute")

    first = limits.charge_here(NETWORK, ACCOUNT)
    clock.now += 3.5
    with pytest.raises(RateLimited) as caught:
        limits.charge_here(NETWORK, ACCOUNT)

    assert [standing.state for standing in first] == ['"network";r=4;t=60', '"account";r=0;t=10']
    assert (caught.value.seconds, caught.value.code) == (7, "RATE_LIMITED")
    assert caught.value.headers == {
        "Retry-After": "7",
        "RateLimit-Policy": '"network";q=5;w=60, "account";q=1;w=10',
        "RateLimit": '"network";r=3;t=57, "account";r=0;t=7',
    }


def test_processes_count_together(shared: Counters, other: Counters, clock: Clock) -> None:
    one, two = rates(shared, clock, caller="3/10seconds"), rates(other, clock, caller="3/10seconds")

    assert [admitted(each, ACCOUNT) for each in (one, two, one, two, one)] == [1, 1, 1, 0, 0]


def test_far_from_a_limit_processes_tell_each_other_seldom_but_enough(
    shared: Counters, other: Counters, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    run = type(shared)._run

    def counted(self: Any, statement: str, values: Any) -> Any:
        statements.append(statement)
        return run(self, statement, values)

    monkeypatch.setattr(type(shared), "_run", counted)
    one, two = rates(shared, clock, caller="400/10seconds"), rates(other, clock, caller="400/10seconds")
    told = [admitted(one, ACCOUNT, times=100), len([each for each in statements if "INSERT" in each])]
    through = sum(admitted(each, ACCOUNT) for _ in range(400) for each in (one, two))

    assert told == [100, 25]
    # Each may have been behind by one hundredth, but from half of the limit on nobody is.
    assert 300 <= through <= 308


def test_neighbours_do_not_use_up_each_others_share(shared: Counters, clock: Clock) -> None:
    limits = rates(shared, clock, caller="3/10seconds")
    neighbour = Party(PartyKind.ACCOUNT, "0190a5b8-0000-7000-8000-000000000009")

    assert admitted(limits, NETWORK, ACCOUNT, times=9) == 3
    assert admitted(limits, NETWORK, VISITORS, times=9) == 3
    assert admitted(limits, NETWORK, neighbour, times=3) == 3


def test_several_windows_hold_at_once(shared: Counters, clock: Clock) -> None:
    limits = rates(shared, clock, caller="2/second;3/minute")

    first = admitted(limits, ACCOUNT, times=3)
    clock.now += 1

    assert (first, admitted(limits, ACCOUNT, times=3)) == (2, 0)


def test_off_counts_nothing(tmp_path: Path, clock: Clock) -> None:
    limits = rates(SQLiteCounters(tmp_path / "rates.sqlite3", clock), clock, caller="off", network="off")

    assert limits.charge_here(NETWORK, ACCOUNT) == []
    assert not (tmp_path / "rates.sqlite3").exists()


def test_counters_serve_a_limiter_of_the_library(shared: Counters, clock: Clock) -> None:
    limiter, item = FixedWindowRateLimiter(shared), RateLimitItemPerSecond(2, 10)

    hits = [limiter.hit(item, "a") for _ in range(3)]
    stats = limiter.get_window_stats(item, "a")
    clock.now += 10

    assert hits == [True, True, False]
    assert (stats.reset_time, stats.remaining) == (1_000_010.0, 0)
    assert (limiter.test(item, "a"), shared.get("unknown"), shared.check()) == (True, 0, True)
    limiter.hit(item, "b")
    limiter.clear(item, "b")
    assert (shared.reset(), shared.reset()) == (1, 0)


def test_a_clock_that_was_set_back_keeps_nobody_out(shared: Counters, clock: Clock) -> None:
    limits = rates(shared, clock, caller="1/10seconds")
    assert admitted(limits, ACCOUNT, times=2) == 1

    clock.now -= 86_400

    assert admitted(limits, ACCOUNT, times=2) == 1


def test_ended_windows_are_swept(shared: Counters, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SWEEP_EVERY", 10)
    for number in range(30):
        shared.count([Hit(f"a{number:02}", 10), Hit(f"b{number:02}", 10)])
    clock.now += 10

    for _ in range(10):
        shared.count([Hit("c", 10)])

    assert shared.reset() == 1


def test_counters_name_nobody(tmp_path: Path, clock: Clock) -> None:
    limits = rates(SQLiteCounters(tmp_path / "rates.sqlite3", clock), clock)
    limits.charge_here(NETWORK, VISITORS, ACCOUNT, CLIENT)
    limits.close()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"rate_count" in kept
    assert not any(party.name.encode() in kept for party in (NETWORK, ACCOUNT, CLIENT))


def locked(file: Path) -> Any:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return closing(connection)


@pytest.mark.parametrize("trouble", ["locked", "garbage", "folder gone", "read-only"])
def test_without_shared_counters_each_process_counts_alone(
    tmp_path: Path,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    caplog.set_level(logging.INFO, "coalition.rates")
    monkeypatch.setattr("coalition.access.rates.RETRY_SECONDS", 0.0)
    file = tmp_path / "data" / "rates.sqlite3"
    file.parent.mkdir()
    shared = SQLiteCounters(file, clock)
    limits = rates(shared, clock, caller="3/10seconds")
    assert admitted(limits, ACCOUNT) == 1

    if trouble == "locked":
        with locked(file):
            alone = admitted(limits, ACCOUNT, times=9)
    elif trouble == "garbage":
        shared.close()
        for path in file.parent.iterdir():
            path.write_bytes(b"no database" * 100)
        alone = admitted(limits, ACCOUNT, times=9)
        file.unlink()
    elif trouble == "folder gone":
        shared.close()
        file.parent.rename(tmp_path / "away")
        alone = admitted(limits, ACCOUNT, times=9)
        (tmp_path / "away").rename(file.parent)
    else:
        shared._open().execute("PRAGMA query_only=ON")
        with monkeypatch.context() as patch:
            patch.setattr(SQLiteCounters, "_close", lambda _: None)
            alone = admitted(limits, ACCOUNT, times=9)
    for path in file.parent.glob("rates.sqlite3-*" if trouble == "garbage" else "nothing"):
        path.unlink()
    shared.close()
    clock.now += 10

    assert alone == 3
    assert admitted(limits, ACCOUNT, times=9) == 3
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "INFO"]
    limits.close()


def test_a_replaced_file_is_noticed(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SWEEP_EVERY", 1)
    file = tmp_path / "rates.sqlite3"
    one, two = SQLiteCounters(file, clock), SQLiteCounters(file, clock)
    one.count([Hit("a", 10)])
    for path in tmp_path.iterdir():
        path.unlink()

    counts = [counters.count([Hit("a", 10)])[0].hits for counters in (two, one, two)]

    assert counts == [1, 2, 3]
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_network_of(address: str, network: str) -> None:
    assert network_of(address) == network


def test_caller_of() -> None:
    client = Actor(kind=ActorKind.CLIENT, subject="client:x", client_id="x")

    assert caller_of(client, "192.0.2.1") == Party(PartyKind.CLIENT, "x")
    assert caller_of(ANONYMOUS, "192.0.2.1") == VISITORS


@pytest.mark.parametrize("text", ["", "fast", "0/second", "-1/second", "5/fortnight", "OFF"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_rate(text)
