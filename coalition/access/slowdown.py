"""Slowing down whoever guesses: by what is guessed and the network it is guessed from, together.

A parish behind one address is many people, and an attacker can sit among them, so neither a network nor an
account is ever shut. After some wrong tries at one name from one network, the next try *there, at that name*
has to wait, longer each time. Nobody sleeps in a thread meanwhile: the caller is told the seconds. Names are
counted as typed, so that known and unknown ones behave alike.

When one name is guessed at from many networks, or one network guesses at many names, each such pair is
left a single try before it has to wait. That slows guessing from everywhere, and still lets in at once
whoever comes with the right password at the first try.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from coalition.access.counters import Counters, Hit
from coalition.access.rates import Rates, hashed, network_of
from coalition.core.errors import CoalitionError

# Wrong tries at a name from a network are forgotten after this many seconds.
MEMORY_SECONDS = 3600
FREE_TRIES = 5
FIRST_WAIT_SECONDS = 10
LONGEST_WAIT_SECONDS = 900
# So many wrong tries at one name, or from one network, within the memory, and a single try is free.
MANY = 100
LONGEST_NAME = 254
# A counter restarts when a shorter window comes than what is left of it; this one always has the same.
_SLOT_SECONDS = 1.0


class Guess(StrEnum):
    """What can be guessed; each kind is counted for itself."""

    PASSWORD = "password"  # noqa: S105  A word for it, not one.
    CODE = "code"
    PIN = "pin"
    RESET = "reset"
    DEVICE = "device"


class SlowedDown(CoalitionError):
    """Too many wrong tries here; `seconds` after which the next is heard."""

    code = "SLOWED_DOWN"

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(self.code)


@dataclass(frozen=True)
class Try:
    """One admitted try. Say what came of it: a wrong one is counted, a right one clears this pair."""

    slowdown: Slowdown
    pair: str
    wait: str
    slot: str
    totals: tuple[str, ...]

    def failed(self) -> None:
        """It was wrong."""
        hits = [Hit(name, MEMORY_SECONDS) for name in self.totals]
        self.slowdown.rates.on_counters(lambda counters: counters.count(hits))

    def succeeded(self) -> None:
        """It was right: this name is free again from this network. Other pairs are left as they are."""

        def clear(counters: Counters) -> None:
            for name in (self.pair, self.wait, self.slot):
                counters.clear(name)

        self.slowdown.rates.on_counters(clear)


@dataclass(frozen=True)
class Slowdown:
    """Counts on the counters of `rates`, which all processes share; call it in a thread, as it may wait."""

    rates: Rates

    def admit(self, guess: Guess, name: str, host: str) -> Try:
        """Let a try at `name` from the address `host` through, before it is looked at.

        It is counted at once, so that many tries at the same moment are no way around. Raises `SlowedDown`.
        """
        made = self._try(guess, name.strip().lower()[:LONGEST_NAME], network_of(host))
        self._refuse_while_waiting(made)
        tries = self.rates.on_counters(lambda counters: counters.count([Hit(made.pair, MEMORY_SECONDS)]))
        seconds = wait_after(tries[0].hits, free=self._free(made))
        if seconds:
            self._begin_wait(made, seconds)
        return made

    def _begin_wait(self, made: Try, seconds: int) -> None:
        """Let this try through and the next one wait. Of several at the same moment the first goes on."""
        hits = [Hit(made.wait, seconds), Hit(made.slot, _SLOT_SECONDS)]
        wait, slot = self.rates.on_counters(lambda counters: counters.count(hits))
        if wait.hits > 1 or slot.hits > 1:
            raise SlowedDown(max(1, math.ceil(wait.ends_at - self.rates.clock())))

    def _try(self, guess: Guess, name: str, network: str) -> Try:
        def named(*parts: str) -> str:
            return hashed(self.rates.key, "/".join(("guess", guess, *parts)))

        totals = named("of", name), named("from", network)
        pair, wait, slot = (named(what, network, name) for what in ("pair", "wait", "slot"))
        return Try(self, pair, wait, slot, totals)

    def _free(self, made: Try) -> int:
        most = self.rates.on_counters(lambda counters: max(counters.get(name) for name in made.totals))
        return 1 if most >= MANY else FREE_TRIES

    def _refuse_while_waiting(self, made: Try) -> None:
        ends_at = self.rates.on_counters(lambda counters: counters.get_expiry(made.wait))
        if (seconds := ends_at - self.rates.clock()) > 0:
            raise SlowedDown(math.ceil(seconds))


def wait_after(tries: int, *, free: int = FREE_TRIES) -> int:
    """How many seconds after so many tries the next one is heard; 0 while tries are free."""
    if tries < free:
        return 0
    first = FIRST_WAIT_SECONDS * (1 if free > 1 else 6)
    return int(min(LONGEST_WAIT_SECONDS, first * 2 ** min(tries - free, 20)))
