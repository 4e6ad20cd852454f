"""Coverage-guided fuzzing of bodies and headers, with atheris, through the whole application in this process.

  python fuzz/fuzz_requests.py body|headers WORK_FOLDER [options of libFuzzer] CORPUS...

An input is a request as text: `METHOD ADDRESS`, header lines, an empty line, and the body. In mode `body`
only the first line (which names one of HEADS) and the body count; in mode `headers` all of it does. Nothing
ends the run: every finding is kept once in WORK_FOLDER/findings, with the fault behind it.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["coalition", "graphql", "strawberry", "multipart", "starlette"]):
    import asyncio
    import hashlib
    import json
    import logging
    import re
    import sqlite3
    import traceback
    from pathlib import Path
    from typing import Any
    from urllib.parse import unquote, urlencode

    import sqlalchemy as sa
    from argon2 import PasswordHasher

    from coalition.access import passwords
    from coalition.access.models import Account
    from coalition.access.secrets import load_secrets, make_missing_secrets
    from coalition.access.service import begin_sign_in
    from coalition.app import create_app
    from coalition.core import migrate
    from coalition.core.unit_of_work import Units
    from coalition.demo import prepare_demo
    from coalition.settings import read_settings

OFF = {"COALITION_RATE_LIMIT": "off", "COALITION_NETWORK_RATE_LIMIT": "off"}
LONGEST_SECONDS = 20
GRAPHQL = b"content-type: application/json"
FORM = b"content-type: application/x-www-form-urlencoded"
# What stands before a body in mode `body`; `@name` is replaced by the Authorization or Cookie of an account,
# and `@form_token` within a body by a token that is good with that cookie.
HEADS = {
    b"graphql": [b"POST /graphql", GRAPHQL],
    b"coordinator": [b"POST /graphql", GRAPHQL, b"@coordinator"],
    b"partner": [b"POST /graphql", GRAPHQL, b"@partner"],
    b"stream": [b"POST /graphql", GRAPHQL, b"accept: text/event-stream", b"@coordinator"],
    b"token": [b"POST /oauth/token", FORM],
    b"sign-in": [b"POST /en/sign-in", FORM, b"@cookie"],
    b"log": [b"POST /ro/log/new", FORM, b"@cookie"],
    b"plain": [b"POST /graphql/plain", FORM, b"@cookie"],
    b"offer": [b"POST /ru/places/offer", FORM, b"@cookie"],
    b"me": [b"POST /me", FORM, b"@cookie"],
    b"hold": [b"POST /en/capacity/hold/x", FORM, b"@cookie"],
}
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Finding(Exception):
    """An answer that must not be."""


class LastFault(logging.Handler):
    """Remembers what was logged as an error last."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told = ""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self.told = "".join(traceback.format_exception(error))


class Subject:
    """The application on a demo coalition of its own, and what is known of its accounts."""

    def __init__(self, folder: Path) -> None:
        # Guessing passwords is not what is looked at here, so checking one may be quick.
        passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        self.findings = folder / "findings"
        self.findings.mkdir(parents=True, exist_ok=True)
        settings = read_settings(
            OFF | {"COALITION_DATA": str(folder / "data"), "COALITION_URL": "http://127.0.0.1"}
        )
        settings.data.mkdir(exist_ok=True)
        migrate.upgrade(settings.database_url)
        make_missing_secrets(settings.data, {})
        secrets = load_secrets(settings.data, {})
        self.app = create_app(settings)
        units: Units = self.app.state.units
        prepare_demo(units, secrets, data_folder=settings.data, url="http://127.0.0.1", say=lambda _: None)
        # Streams end at once: nothing is to be waited for.
        self.app.state.feed.stop()
        self.runner = asyncio.Runner()
        self.names = self._names(settings.data, units, secrets)
        self.watch = sqlite3.connect(settings.data / "coalition.sqlite3", isolation_level=None)
        self.fault = LastFault()
        logging.getLogger().handlers = [self.fault]
        logging.getLogger().setLevel(logging.ERROR)

    def _names(self, data: Path, units: Units, secrets: Any) -> dict[bytes, bytes]:
        demo = json.loads((data / "demo.json").read_text("utf-8"))
        tokens = {each["role"]: each["token"] for each in demo["accounts"]}
        with units.writing() as uow:
            email = next(each["email"] for each in demo["accounts"] if each["role"] == "coordinator")
            account = uow.db.scalars(sa.select(Account).where(Account.email == email)).one()
            cookie = begin_sign_in(uow, secrets, account.id).token
        client = demo["clients"][0]
        secret = {name: client[name] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **secret})
        answer = self.runner.run(self.send("POST", b"/oauth/token", [FORM], form.encode()))
        partner = json.loads(answer[2])["access_token"]
        cookies = f"cookie: coalition_sign_in={cookie}".encode()
        page = self.runner.run(self.send("GET", b"/en/privacy", [cookies], b""))[2]
        [form_token] = set(re.findall(rb'name="form_token" value="([^"]+)"', page))
        return {
            b"@form_token": form_token,
            b"@coordinator": f"authorization: Bearer {tokens['coordinator']}".encode(),
            b"@partner": f"authorization: Bearer {partner}".encode(),
            b"@cookie": cookies,
        }

    def version(self) -> int:
        """Changes with every commit of anybody else."""
        return int(self.watch.execute("PRAGMA data_version").fetchone()[0])

    async def send(
        self, method: str, target: bytes, lines: list[bytes], body: bytes
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        """Send one request as a server would, and read the whole answer."""
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "root_path": "",
            "path": unquote(path.decode("ascii")),
            "raw_path": path,
            "query_string": query,
            "headers": [_header(line) for line in lines],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        parts = [body[start : start + 16_384] for start in range(0, max(1, len(body)), 16_384)]
        status, headers, answered = 0, {}, b""
        is_over = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if parts:
                part = parts.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(parts)}
            await is_over.wait()
            return {"type": "http.disconnect"}

        async def sending(message: dict[str, Any]) -> None:
            nonlocal status, headers, answered
            if message["type"] == "http.response.start":
                status, headers = message["status"], dict(message["headers"])
            else:
                answered += message.get("body", b"")
                if not message.get("more_body"):
                    is_over.set()

        await asyncio.wait_for(self.app(scope, receive, sending), LONGEST_SECONDS)
        return status, headers, answered

    def ask(self, method: str, target: bytes, lines: list[bytes], body: bytes) -> None:
        """Send a request and raise `Finding` when the answer must not be."""
        self.fault.told = ""
        before = self.version()
        try:
            status, headers, answered = self.runner.run(self.send(method, target, lines, body))
        except Exception as error:
            raise Finding(f"no answer: {type(error).__name__}") from error
        if status >= 500:
            raise Finding(f"status {status} at {target[:20]!r}")
        is_graphql = target.partition(b"?")[0] == b"/graphql"
        if headers.get(b"content-type", b"").startswith(
            (b"application/json", b"application/graphql-response+json")
        ):
            check_json(answered, is_graphql=is_graphql)
        for name in (b"content-security-policy", b"x-content-type-options", b"referrer-policy"):
            if name not in headers:
                raise Finding(f"no {name.decode()}")
        if is_graphql and status >= 400 and self.version() != before:
            raise Finding("a refused request has written")

    def keep(self, finding: Finding, data: bytes) -> None:
        """Keep the first input of each kind of finding."""
        cause = finding.__cause__
        told = self.fault.told or ("".join(traceback.format_exception(cause)) if cause else "")
        frames = re.findall(r'File "[^"]*?([^"/]+)", line (\d+)', told)
        kind = f"{finding} {frames[-1] if frames else ''} {told.strip().splitlines()[-1:] if told else ''}"
        name = hashlib.sha256(re.sub(r"0x\w+|'[^']*'", "", kind).encode()).hexdigest()[:12]
        file = self.findings / name
        if not file.exists():
            file.write_bytes(data)
            file.with_suffix(".txt").write_text(f"{finding}\n\n{told}", "utf-8")
            print(f"\n== finding {name}: {kind}", file=sys.stderr, flush=True)


def check_json(answered: bytes, *, is_graphql: bool) -> None:
    """Every error has a code and words, and none is a fault of ours."""
    try:
        content = json.loads(answered)
    except ValueError as error:
        raise Finding("JSON that is none") from error
    if not isinstance(content, dict) or "errors" not in content:
        if is_graphql and (not isinstance(content, dict) or "data" not in content):
            raise Finding("neither data nor errors")
        return
    for error in content["errors"]:
        code = (error.get("extensions") or {}).get("code")
        if not code or not isinstance(error.get("message"), str):
            raise Finding(f"an error without code: {str(error)[:200]}")
        if code == "INTERNAL":
            raise Finding("INTERNAL")


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip().lower(), value.strip()


def parse(data: bytes) -> tuple[list[bytes], bytes]:
    """Head lines and body."""
    head, _, body = data.partition(b"\n\n")
    return head.split(b"\n"), body


def readable(subject: Subject, lines: list[bytes]) -> tuple[str, bytes, list[bytes]] | None:
    """Method, address and headers, if a server would pass them on; None for what it refuses itself."""
    method, _, target = lines[0].partition(b" ")
    given = [subject.names.get(line.strip(), line) for line in lines[1:]]
    headers = [line for line in given if _TOKEN.fullmatch(line.partition(b":")[0]) and b":" in line]
    if not _TOKEN.fullmatch(method) or not target.startswith(b"/") or len(headers) != len(given):
        return None
    if any(byte < 33 or byte > 126 for byte in target) or b"#" in target:
        return None
    if any((byte < 32 and byte != 9) or byte == 127 for line in headers for byte in line):
        return None
    return method.decode(), target, headers


def main() -> None:
    """Fuzz until libFuzzer is told to stop."""
    mode, folder, *rest = sys.argv[1:]
    subject = Subject(Path(folder))

    def one(data: bytes) -> None:
        lines, body = parse(data)
        if mode == "body":
            lines = HEADS.get(lines[0], HEADS[b"graphql"])
        request = readable(subject, lines)
        if request is None:
            return
        try:
            subject.ask(*request, body.replace(b"@form_token", subject.names[b"@form_token"]))
        except Finding as finding:
            subject.keep(finding, data)

    atheris.Setup([sys.argv[0], *rest], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
