"""Whether the time of an answer tells if an address is known: wrong passwords, and asking for a new one.

  .venv/bin/python benchmarks/refusal_times.py [SAMPLES]

Known and unknown addresses are asked in random order, each from a network of its own, so that nobody is
slowed down. For each of them the script prints the median in milliseconds and how often a known address took
longer than an unknown one (0.5 is by chance), with the bounds within which 99 in 100 reshufflings of the same
times lie. It ends with 1 when a figure lies outside. `after` is the request that follows: work that goes on
behind an answer could be heard there.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from starlette.testclient import TestClient  # noqa: E402  After the folder of the tests is known.

from coalition.access.passwords import hash_password  # noqa: E402
from coalition.access.service import create_account  # noqa: E402
from coalition.core import migrate  # noqa: E402
from coalition.core.actor import system_actor  # noqa: E402
from coalition.notifications.smtp import SMTPMailer, read_address, read_server  # noqa: E402
from tests.support.application import application, settings_for  # noqa: E402
from tests.support.mail import mail_server  # noqa: E402

ACCOUNTS = 200
RESHUFFLINGS = 2000
Times = list[tuple[bool, float, float]]


class Form:
    """A form as a visitor has it open: the cookie that names the browser, and the token."""

    def __init__(self, client: TestClient, path: str) -> None:
        html = client.get(path).text
        found = re.search(r'name="form_token" value="([^"]+)"', html)
        assert found
        self.path, self.token = path, found[1]
        self.cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def answered(app: Any, form: Form, fields: dict[str, str], host: str) -> float:
    """Milliseconds until the last byte of the answer, without the work of a client."""
    body = urlencode({**fields, "form_token": form.token}).encode()
    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"cookie", form.cookie.encode()),
        (b"accept-language", b"en"),
    ]
    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] in (200, 422), message["status"]
        elif not message.get("more_body"):
            ended.set()

    scope = {"type": "http", "method": "POST", "path": form.path, "query_string": b"", "root_path": "",
             "scheme": "http", "headers": headers, "client": (host, 1),
             "server": ("127.0.0.1", 80)}  # fmt: skip
    started = time.perf_counter()
    request = asyncio.ensure_future(app(scope, receive, send))
    await ended.wait()
    seconds = time.perf_counter() - started
    await request
    return seconds * 1000


def measure(
    client: TestClient, form: Form, fields: dict[str, str], known: Sequence[str], count: int
) -> Times:
    """The times of `count` answers and of what was asked next, known addresses and others in random order."""
    order = [number % 2 == 0 for number in range(count)]
    random.shuffle(order)

    async def one(number: int, *, is_known: bool) -> tuple[bool, float, float]:
        email = random.choice(known) if is_known else f"x{random.randrange(10**6)}@demo.invalid"  # noqa: S311
        host = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        took = await answered(client.app, form, {**fields, "email": email}, host)
        after = await answered(client.app, form, {**fields, "email": "nobody"}, host)
        # What goes on behind the answer is to end before the next one is timed.
        await asyncio.sleep(0.02)
        return is_known, took, after

    assert client.portal
    # The first fill caches.
    times = [client.portal.call(lambda n=n, k=k: one(n, is_known=k)) for n, k in enumerate(order)]  # type: ignore[misc]
    return times[count // 10 :]


def slower(times: Sequence[tuple[bool, float]]) -> float:
    """How often a known address took longer than an unknown one (the statistic of Mann and Whitney)."""
    ranks = {
        at: rank for rank, (at, _) in enumerate(sorted(enumerate(times), key=lambda each: each[1][1]), 1)
    }
    known = [at for at, (is_known, _) in enumerate(times) if is_known]
    others = len(times) - len(known)
    return (sum(ranks[at] for at in known) - len(known) * (len(known) + 1) / 2) / (len(known) * others)


def compare(name: str, times: Sequence[tuple[bool, float]]) -> bool:
    """Print the figures; whether they are what chance gives."""
    found = slower(times)
    marks = [is_known for is_known, _ in times]
    by_chance = []
    for _ in range(RESHUFFLINGS):
        random.shuffle(marks)
        by_chance.append(slower([(mark, took) for mark, (_, took) in zip(marks, times, strict=True)]))
    by_chance.sort()
    low, high = by_chance[RESHUFFLINGS // 200], by_chance[-RESHUFFLINGS // 200 - 1]
    known, others = (
        median(took for is_known, took in times if is_known is wanted) for wanted in (True, False)
    )
    print(f"{name:16} known {known:8.3f} ms  unknown {others:8.3f} ms  {found:.3f} in {low:.3f}–{high:.3f}")
    return low <= found <= high


def prepare(client: TestClient) -> list[str]:
    """Accounts with one password, whose hash is made as any other."""
    state: Any = client.app.state  # type: ignore[attr-defined]
    hashed, emails = (
        hash_password("an apple a day"),
        [f"a{number}@demo.invalid" for number in range(ACCOUNTS)],
    )
    with state.units.writing() as uow:
        for email in emails:
            create_account(uow, system_actor("benchmark"), email=email, name="Demo", password_hash=hashed)
    return emails


def main() -> None:
    """Measure both, and say whether anything can be told."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    random.seed(1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder / 'coalition.sqlite3'}"
        migrate.upgrade(url)
        client = stack.enter_context(application(settings_for(url, folder)))
        mail = stack.enter_context(mail_server())
        state: Any = client.app.state  # type: ignore[attr-defined]
        state.mailer = SMTPMailer(read_server(mail.url), read_address("noreply@demo.invalid"))
        emails = prepare(client)
        well = []
        for name, path, fields in (
            ("wrong password", "/sign-in", {"password": "not an apple"}),
            ("new password", "/forgot", {}),
        ):
            times = measure(client, Form(client, path), fields, emails, count)
            well.append(compare(name, [(known, took) for known, took, _ in times]))
            well.append(compare("  after", [(known, after) for known, _, after in times]))
        print(f"{len(mail.envelopes)} letters were sent")
    sys.exit(0 if all(well) else 1)


if __name__ == "__main__":
    main()
