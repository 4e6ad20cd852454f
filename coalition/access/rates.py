"""How many requests anybody may send in a while: per OAuth client, per account, and per network.

A request that is refused, for whatever reason, counts as any other. Nobody is shut out for it: once the
window has ended, everything goes on. When the shared counters cannot be had, each process counts for itself.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import NamedTuple, TypeVar

from limits import RateLimitItem, parse_many
from sqlalchemy.engine import make_url

from coalition.access.counters import Count, Counters, Hit, PostgreSQLCounters, SQLiteCounters
from coalition.access.secrets import Secrets
from coalition.core.actor import Actor, ActorKind
from coalition.core.errors import CoalitionError

log = logging.getLogger("coalition.rates")

OFF = "off"
COUNTERS_FILE = "rates.sqlite3"
# Seconds for which each process counts for itself after the shared counters failed.
RETRY_SECONDS = 5.0
# Of so many counters a process knows how they stood; of others it asks.
MOST_LEDGERS = 10_000
# Threads that wait for PostgreSQL; SQLite answers within some hundredths of a millisecond, at once.
_WAITING = 4

Rate = tuple[RateLimitItem, ...]
T = TypeVar("T")


class PartyKind(StrEnum):
    """Whom requests are counted for."""

    NETWORK = "network"
    VISITORS = "visitors"
    ACCOUNT = "account"
    CLIENT = "client"


class Party(NamedTuple):
    """One of those a request is counted for: all of a network, its visitors, an account, or a client."""

    kind: PartyKind
    name: str


@dataclass(frozen=True)
class Standing:
    """What is left to a party of one limit, and the seconds after which its window ends."""

    kind: PartyKind
    limit: RateLimitItem
    hits: int
    seconds: int

    @property
    def is_exceeded(self) -> bool:
        return self.hits > self.limit.amount

    @property
    def policy(self) -> str:
        """As in `RateLimit-Policy`."""
        return f'"{self.kind}";q={self.limit.amount};w={self.limit.get_expiry()}'

    @property
    def state(self) -> str:
        """As in `RateLimit`."""
        return f'"{self.kind}";r={max(0, self.limit.amount - self.hits)};t={self.seconds}'


class RateLimited(CoalitionError):
    """Too many requests; `seconds` after which to try again."""

    code = "RATE_LIMITED"

    def __init__(self, standings: Sequence[Standing]) -> None:
        self.seconds = max(standing.seconds for standing in standings if standing.is_exceeded)
        self.headers = {"Retry-After": str(self.seconds), **rate_headers(standings)}
        super().__init__(self.code)


def rate_headers(standings: Sequence[Standing]) -> dict[str, str]:
    """The fields of the IETF draft "RateLimit header fields for HTTP"; none when nothing is limited."""
    if not standings:
        return {}
    return {
        "RateLimit-Policy": ", ".join(standing.policy for standing in standings),
        "RateLimit": ", ".join(standing.state for standing in standings),
    }


def parse_rate(text: str) -> Rate:
    """Limits such as `1500/10seconds`, several separated by `;`; `off` is none. Raises `ValueError`."""
    if text == OFF:
        return ()
    limits = tuple(dict.fromkeys(parse_many(text)))
    if any(limit.amount < 1 for limit in limits):
        raise ValueError(text)
    return limits


@lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """The network that an address counts for: an IPv4 address alone, an IPv6 address with its whole /64."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((address, 64), strict=False))
    return str(address)


def caller_of(actor: Actor, host: str) -> Party:
    """Whom a request counts for beside its network: all without account in a network count together."""
    if actor.kind is ActorKind.CLIENT and actor.client_id:
        return Party(PartyKind.CLIENT, actor.client_id)
    if actor.account_id:
        return Party(PartyKind.ACCOUNT, str(actor.account_id))
    return Party(PartyKind.VISITORS, network_of(host))


@dataclass
class Ledger:
    """What one process knows of a counter: the count when it was last told, and what it has counted since."""

    told: Count
    untold: int = 0

    def has_room(self, limit: RateLimitItem, now: float) -> bool:
        """Whether one more can wait: a hundredth of the limit may, as long as not half of it is used."""
        is_behind = self.untold >= limit.amount // 100 - 1
        return not is_behind and now < self.told.ends_at and 2 * self._hits < limit.amount

    def add(self) -> Count:
        """Count one request here."""
        self.untold += 1
        return Count(self._hits, self.told.ends_at)

    @property
    def _hits(self) -> int:
        return self.told.hits + self.untold


Counted = tuple[Party, RateLimitItem, Hit]


@lru_cache(maxsize=8192)
def named_hit(key: bytes, party: Party, limit: RateLimitItem) -> Hit:
    """One request of a party, as it is counted for a limit."""
    return Hit(hashed(key, limit.key_for(*party)), limit.get_expiry())


@dataclass
class Rates:
    """Counts requests, in one statement for all parties that are known at a time.

    Far from a limit a process tells the others of several requests together: each may be behind by one
    hundredth of the limit. From half of the limit on every request is counted with the others at once.
    """

    caller: Rate
    network: Rate
    counters: Counters
    key: bytes = field(repr=False)
    clock: Callable[[], float] = time.time
    _spare: Counters = field(init=False, repr=False)
    _waiting: ThreadPoolExecutor | None = field(init=False, default=None, repr=False)
    _ledgers: OrderedDict[str, Ledger] = field(init=False, default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock, repr=False)
    _retry_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._spare = SQLiteCounters(":memory:", self.clock)
        if isinstance(self.counters, PostgreSQLCounters):
            self._waiting = ThreadPoolExecutor(_WAITING, thread_name_prefix="rates")

    async def charge(self, *parties: Party) -> list[Standing]:
        """Count one request for each party. Raises `RateLimited` when it was one too many for any."""
        counted = self._counted(parties)
        counts = self._counted_here(counted)
        if counts is not None:
            return self._standings(counted, counts)
        if self._waiting is None:
            return self._standings(counted, self._count_with_others(counted))
        counting = asyncio.get_running_loop().run_in_executor(self._waiting, self._count_with_others, counted)
        return self._standings(counted, await counting)

    def charge_here(self, *parties: Party) -> list[Standing]:
        """The same, for callers that may wait."""
        counted = self._counted(parties)
        counts = self._counted_here(counted)
        return self._standings(counted, self._count_with_others(counted) if counts is None else counts)

    def _standings(self, counted: Sequence[Counted], counts: Sequence[Count]) -> list[Standing]:
        now = self.clock()
        standings = [
            Standing(party.kind, limit, count.hits, max(1, math.ceil(count.ends_at - now)))
            for (party, limit, _), count in zip(counted, counts, strict=True)
        ]
        if any(standing.is_exceeded for standing in standings):
            raise RateLimited(standings)
        return standings

    def _counted(self, parties: Sequence[Party]) -> list[Counted]:
        return [
            (party, limit, named_hit(self.key, party, limit))
            for party in parties
            for limit in (self.network if party.kind is PartyKind.NETWORK else self.caller)
        ]

    def _counted_here(self, counted: Sequence[Counted]) -> list[Count] | None:
        """Count what need not be told to the others yet; None when something must be."""
        with self._lock:
            now = self.clock()
            ledgers = [self._ledgers.get(hit.name) for _, _, hit in counted]
            for ledger, (_, limit, _) in zip(ledgers, counted, strict=True):
                if ledger is None or not ledger.has_room(limit, now):
                    return None
            return [ledger.add() for ledger in ledgers if ledger is not None]

    def _count_with_others(self, counted: Sequence[Counted]) -> list[Count]:
        """Count together with all that was counted here since the last time."""
        if not counted:
            return []
        with self._lock:
            now = self.clock()
            hits = [replace(hit, amount=1 + self._take_untold(hit.name, now)) for _, _, hit in counted]
        counts = self.on_counters(lambda counters: counters.count(hits))
        with self._lock:
            for hit, count in zip(hits, counts, strict=True):
                self._note(hit.name, count)
        return counts

    def _take_untold(self, name: str, now: float) -> int:
        ledger = self._ledgers.pop(name, None)
        return ledger.untold if ledger is not None and now < ledger.told.ends_at else 0

    def _note(self, name: str, count: Count) -> None:
        self._ledgers[name] = Ledger(count)
        if len(self._ledgers) > MOST_LEDGERS:
            self._ledgers.popitem(last=False)

    def on_counters(self, work: Callable[[Counters], T]) -> T:
        """Do `work` on the counters that all processes share; while those fail, on this process's own."""
        if time.monotonic() >= self._retry_at:
            try:
                done = work(self.counters)
            except self.counters.base_exceptions as error:
                self._note_failure(error)
            else:
                self._note_success()
                return done
        return work(self._spare)

    def _note_failure(self, error: Exception) -> None:
        with self._lock:
            was_well, self._retry_at = self._retry_at == 0, time.monotonic() + RETRY_SECONDS
        if was_well:
            # The type says enough: messages of databases can hold addresses.
            log.warning(
                "requests are not counted together with other processes for now",
                extra={"fields": {"fault": type(error).__qualname__}},
            )

    def _note_success(self) -> None:
        if self._retry_at:
            self._retry_at = 0.0
            log.info("requests are counted together with other processes again")

    def close(self) -> None:
        """Let go of threads and connections."""
        if self._waiting is not None:
            self._waiting.shutdown()
        self.counters.close()
        self._spare.close()


@lru_cache(maxsize=8192)
def hashed(key: bytes, name: str) -> str:
    """What stands in the counters: who was here cannot be read from them."""
    return hmac.digest(key, f"rate:{name}".encode("utf-8", "surrogateescape"), "sha256").hex()[:32]


def make_rates(*, caller: str, network: str, data: Path, database_url: str, secrets: Secrets) -> Rates:
    """Limits on counters that all processes share: beside a SQLite database, or in a PostgreSQL one."""
    url = make_url(database_url)
    counters: Counters = SQLiteCounters(data / COUNTERS_FILE)
    if url.get_backend_name() != "sqlite":
        address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        counters = PostgreSQLCounters(address)
    return Rates(parse_rate(caller), parse_rate(network), counters, secrets.token_key)
