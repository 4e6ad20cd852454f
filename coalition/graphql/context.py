"""What every resolver is handed: the caller, the language, and the database behind one door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from coalition.access.secrets import Secrets
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.database import translated_faults
from coalition.core.time_limit import check_time
from coalition.core.unit_of_work import UnitOfWork, Units, data_number
from coalition.graphql.answers import Answers
from coalition.graphql.dependence import dependence
from coalition.graphql.feed import Feed
from coalition.graphql.secret_reads import SecretReads, record_reads
from coalition.graphql.terms import Terms

T = TypeVar("T")


class Batch(Hashable, Protocol):
    """Reads many keys with a constant number of statements, one value for each key in order."""

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[Any], /) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Runtime:
    """What outlives a request: database, keys, live feed, threads, the terms, and answers that still hold."""

    units: Units
    secrets: Secrets
    feed: Feed
    workers: ThreadPoolExecutor
    terms: Terms = field(default_factory=Terms)
    answers: Answers = field(default_factory=Answers, repr=False)


class Context:
    """One request. All its reads see one snapshot; after a deed a new one is taken.

    `inline` says that the caller is a worker thread with a loop of its own, where database work may
    simply be done; elsewhere it is handed to a worker, one piece at a time. `own_document` says that the
    document is one of our pages', whose size is known.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        actor: Actor = ANONYMOUS,
        language: str = "en",
        inline: bool = False,
        own_document: bool = False,
        reauthenticate: Callable[[], Awaitable[Actor | None]] | None = None,
        issuer: str = "",
    ) -> None:
        self.runtime = runtime
        self.actor = actor
        self.language = language
        self.inline = inline
        self.own_document = own_document
        self.reauthenticate = reauthenticate
        self.issuer = issuer
        self.connection_params: Any = None
        self.has_written = False
        self.secret_reads = SecretReads()
        # Of the document that is executed; none for what nobody plans.
        self.plans: dict[Any, Any] | None = None
        self._dependence = dependence()
        self._is_own = inline
        self._stack = ExitStack()
        self._unit: UnitOfWork | None = None
        self._lock = asyncio.Lock()
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    @property
    def now(self) -> datetime:
        """The moment of this answer: the snapshot's, or the clock's outside one."""
        self._dependence.is_momentary = True
        return self._unit.now if self._unit is not None else self.runtime.units.clock()

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` on this request's snapshot. Raises `TimedOut` when the request's time is over."""
        if self.inline:
            return self.read_at_once(work)
        check_time()
        async with self._lock:
            return await self._in_worker(self.runtime.units.reading, work)

    def read_at_once(self, work: Callable[[UnitOfWork], T]) -> T:
        """`read` for a worker, which need not wait for anybody."""
        check_time()
        # The snapshot stays open from one read to the next, so it cannot see what goes wrong in one.
        with translated_faults():
            return work(self._reading())

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run `work` in a transaction of its own that commits when it returns; later reads see it."""
        self._dependence.is_momentary = True
        self.forget()
        if not self.inline:
            return await self._in_worker(self.runtime.units.writing, work)
        with self.runtime.units.writing() as unit:
            done = work(unit)
        self.has_written = True
        return done

    async def record_secret_reads(self) -> None:
        """Append what was read of secrets to the audit log; without any this does nothing.

        Raises `DatabaseFault` when it cannot be: then nothing of the answer may be handed out.
        """
        if not self.secret_reads:
            return
        self._dependence.is_momentary = True
        noted = self.secret_reads.take()
        self.forget()
        if not self.inline:
            await self._in_worker(
                self.runtime.units.writing, lambda unit: record_reads(unit, self.actor, noted)
            )
            return
        with self.runtime.units.writing() as unit:
            record_reads(unit, self.actor, noted)

    async def load(self, batch: Batch, key: Any) -> Any:
        """The value of `key` as read by `batch`, together with all keys asked for at the same time."""
        loader = self._loaders.get(batch)
        if loader is None:
            loader = DataLoader(load_fn=self._load_with(batch))
            self._loaders[batch] = loader
        return await loader.load(key)

    def forget(self) -> None:
        """Drop the snapshot and everything read from it."""
        self._loaders.clear()
        self._note_state()
        self._unit = None
        self._stack.close()

    def close(self) -> None:
        """Let go of the database."""
        self.forget()

    def for_operation(self) -> Context:
        """This context, or one of its own for an operation that shares a connection with others."""
        if self._is_own:
            return self
        own = Context(
            self.runtime, actor=self.actor, language=self.language, reauthenticate=self.reauthenticate
        )
        own._is_own = True
        return own

    def _reading(self) -> UnitOfWork:
        if self._unit is None:
            self._unit = self._stack.enter_context(self.runtime.units.reading())
            self._dependence.snapshots += 1
        return self._unit

    def _note_state(self) -> None:
        """Say which state of the data was read, if whoever keeps answers can do anything with it."""
        found, unit = self._dependence, self._unit
        if unit is None:
            return
        found.is_momentary = found.is_momentary or unit.depends_on_now
        if found.is_watched and found.is_lasting:
            found.data_number = data_number(unit)
            found.is_momentary = found.data_number is None

    async def _in_worker(self, opened: Callable[[], Any], work: Callable[[UnitOfWork], T]) -> T:
        def run() -> T:
            with opened() as unit:
                return work(unit)

        # The time that this event of a stream has holds in the worker too.
        here = copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.runtime.workers, lambda: here.run(run))

    def _load_with(self, batch: Batch) -> Callable[[list[Any]], Any]:
        async def load(keys: list[Any]) -> list[Any]:
            return list(await self.read(lambda unit: batch(unit, self.actor, keys)))

        return load


Info = strawberry.Info[Context, None]


def context_of(info: Info) -> Context:
    """The request's context."""
    return info.context
