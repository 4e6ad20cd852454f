"""Signing in on the command line by the device grant (RFC 8628), and asking with what was stored.

This is a client: it speaks to a coalition over HTTP only, and could run on any machine.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import segno

from coalition.core.errors import CoalitionError
from coalition.core.private_files import write_private

# The program itself, as every coalition knows it (access/clients.py): public, for people, by device grant.
COMMAND_LINE_CLIENT = "c0a11710-0000-4000-8000-000000000001"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER_SECONDS = 5
# A token is taken anew a little before its end, so that it does not end on the way.
EARLY_SECONDS = 30
LONGEST_WAIT_SECONDS = 15

Say = Callable[[str], None]
Sleep = Callable[[float], None]
Now = Callable[[], float]


class LoginFailed(CoalitionError):
    """Signing in or asking could not be done; the text says why and what to do."""

    code = 1


@dataclass(frozen=True)
class StoredLogin:
    """What is kept of a sign-in: where, and the tokens; `expires_at` in seconds since 1970."""

    url: str
    access_token: str
    refresh_token: str | None
    expires_at: float


def login_file(environment: Mapping[str, str] | None = None) -> Path:
    """Where tokens are kept: in the folder for configuration of the XDG Base Directory Specification."""
    given = (environment if environment is not None else os.environ).get("XDG_CONFIG_HOME", "")
    # The specification lets relative paths count for nothing.
    folder = Path(given) if given.startswith("/") else Path.home() / ".config"
    return folder / "coalition" / "login.json"


def log_in(url: str, file: Path, *, say: Say, sleep: Sleep = time.sleep, now: Now = time.time) -> StoredLogin:
    """Sign in at a coalition: print address and code, wait for the person's answer, store the tokens.

    Raises `LoginFailed` when the coalition does not answer, or the person denied, or the code ended.
    """
    url = _checked(url)
    with _client() as http:
        places = _places(http, url)
        asked = _asked(http, places["device_authorization_endpoint"])
        _show(asked, say)
        answer = _waited(http, places["token_endpoint"], asked, sleep=sleep, now=now)
    found = _stored(url, answer, now())
    _write(file, found)
    return found


def log_out(file: Path, *, say: Say) -> None:
    """Revoke what is stored and forget it; the file goes even when the coalition does not answer."""
    stored = read_login(file)
    try:
        with _client() as http:
            place = _places(http, stored.url)["revocation_endpoint"]
            token = stored.refresh_token or stored.access_token
            _post(http, place, {"client_id": COMMAND_LINE_CLIENT, "token": token})
    except LoginFailed as fault:
        say(f"The tokens could not be revoked: {fault} They end by themselves; /me/apps ends them now.")
    finally:
        file.unlink(missing_ok=True)


def ask(document: str, variables: Mapping[str, Any], file: Path, *, now: Now = time.time) -> dict[str, Any]:
    """The answer to a GraphQL document as the person who is signed in here."""
    with _client() as http:
        with _alone(file):
            stored = _fresh(http, read_login(file), file, now)
        headers = {"Authorization": f"Bearer {stored.access_token}", "Accept": "application/json"}
        body = {"query": document, "variables": dict(variables)}
        answer = _sent(lambda: http.post(f"{stored.url}/graphql", json=body, headers=headers))
    found = _json(answer)
    if not isinstance(found, dict):
        raise LoginFailed(f"{stored.url} answered with status {answer.status_code}, and not in GraphQL.")
    return found


def read_login(file: Path) -> StoredLogin:
    """What is stored; raises `LoginFailed` when nothing usable is."""
    with suppress(OSError, ValueError, TypeError):
        return StoredLogin(**json.loads(file.read_text("utf-8")))
    raise LoginFailed("Nobody is signed in here. Run `coalition login URL` first.")


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One process at a time: a refresh token that two send at once would end the whole sign-in."""
    if not file.parent.is_dir():
        yield
        return
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, stored: StoredLogin) -> None:
    write_private(file, json.dumps(asdict(stored), indent=2) + "\n")


def _checked(url: str) -> str:
    parts = urlsplit(url if "://" in url else f"https://{url}")
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_here)):
        raise LoginFailed("Give the address of a coalition, such as https://coalition.example.org.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


# ------------------------------------------------------------------ the device grant


def _places(http: httpx2.Client, url: str) -> dict[str, str]:
    """Where a coalition takes requests (RFC 8414); raises `LoginFailed` when it names another issuer."""
    answer = _sent(lambda: http.get(f"{url}/.well-known/oauth-authorization-server"))
    found = _json(answer)
    needed = ("device_authorization_endpoint", "token_endpoint", "revocation_endpoint")
    if (
        answer.status_code != httpx2.codes.OK
        or not isinstance(found, dict)
        or not all(map(found.get, needed))
    ):
        raise LoginFailed(f"{url} is no coalition, or one that knows no sign-in for programs.")
    if str(found.get("issuer", "")).rstrip("/") != url:
        raise LoginFailed(f"{url} calls itself {found.get('issuer')}. Use that address.")
    return {name: str(found[name]) for name in needed}


def _asked(http: httpx2.Client, place: str) -> dict[str, Any]:
    answer = _post(http, place, {"client_id": COMMAND_LINE_CLIENT})
    found = _json(answer)
    if answer.status_code != httpx2.codes.OK or not isinstance(found, dict):
        raise LoginFailed(f"The coalition lets no program in: {_reason(found)}")
    return found


def _show(asked: Mapping[str, Any], say: Say) -> None:
    whole = str(asked.get("verification_uri_complete") or asked["verification_uri"])
    say(f"Open {asked['verification_uri']} and type the code {asked['user_code']},")
    say("or scan this with your phone:")
    say("")
    say(_drawn(whole))
    minutes = max(int(asked["expires_in"]) // 60, 1)
    say(f"Compare the code, then allow or deny. Waiting for you, {minutes} minutes at most ...")


def _drawn(text: str) -> str:
    """A QR code of half blocks, two rows in a line; light on dark and dark on light can both be read."""
    rows = [list(row) for row in segno.make(text, error="l").matrix_iter(border=2)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    signs = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
    return "\n".join(
        "".join(signs[int(bool(above)), int(bool(under))] for above, under in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )


def _waited(
    http: httpx2.Client, place: str, asked: Mapping[str, Any], *, sleep: Sleep, now: Now
) -> dict[str, Any]:
    """Poll as often as the coalition allows until the person answered (RFC 8628 section 3.5)."""
    wait, end = int(asked.get("interval", 5)), now() + int(asked["expires_in"])
    given = {
        "grant_type": DEVICE_GRANT,
        "device_code": str(asked["device_code"]),
        "client_id": COMMAND_LINE_CLIENT,
    }
    while now() < end:
        sleep(wait)
        answer = _post(http, place, given)
        found = _json(answer)
        if answer.status_code == httpx2.codes.OK and isinstance(found, dict):
            return found
        code = found.get("error") if isinstance(found, dict) else None
        if code == "slow_down":
            wait += SLOWER_SECONDS
        elif code == "access_denied":
            raise LoginFailed("You denied it, so nobody is signed in here.")
        elif code != "authorization_pending":
            break
    raise LoginFailed("The code has expired. Run `coalition login` again for a new one.")


# ------------------------------------------------------------------ tokens


def _stored(url: str, answer: Mapping[str, Any], moment: float) -> StoredLogin:
    try:
        ends = moment + float(answer["expires_in"])
        return StoredLogin(url, str(answer["access_token"]), answer.get("refresh_token"), ends)
    except (KeyError, TypeError, ValueError):
        raise LoginFailed(f"{url} answered without a token.") from None


def _fresh(http: httpx2.Client, stored: StoredLogin, file: Path, now: Now) -> StoredLogin:
    """The stored sign-in with an access token that holds; a new one is stored before it is used."""
    if now() < stored.expires_at - EARLY_SECONDS:
        return stored
    if stored.refresh_token is None:
        raise LoginFailed("The sign-in has ended. Run `coalition login` again.")
    given = {
        "grant_type": "refresh_token",
        "refresh_token": stored.refresh_token,
        "client_id": COMMAND_LINE_CLIENT,
    }
    answer = _post(http, _places(http, stored.url)["token_endpoint"], given)
    found = _json(answer)
    if answer.status_code != httpx2.codes.OK or not isinstance(found, dict):
        raise LoginFailed("The sign-in has ended, or was ended. Run `coalition login` again.")
    made = _stored(stored.url, found, now())
    kept = made if made.refresh_token else replace(made, refresh_token=stored.refresh_token)
    _write(file, kept)
    return kept


# ------------------------------------------------------------------ HTTP


def _client() -> httpx2.Client:
    # Redirects are not followed: a token goes nowhere but to the coalition that was named.
    return httpx2.Client(timeout=LONGEST_WAIT_SECONDS, follow_redirects=False)


def _post(http: httpx2.Client, place: str, given: Mapping[str, str]) -> httpx2.Response:
    return _sent(lambda: http.post(place, data=dict(given), headers={"Accept": "application/json"}))


def _sent(send: Callable[[], httpx2.Response]) -> httpx2.Response:
    try:
        return send()
    except httpx2.HTTPError as fault:
        where = urlsplit(str(fault.request.url))
        raise LoginFailed(
            f"{where.scheme}://{where.netloc} does not answer. Is the address right, and is it running?"
        ) from None


def _json(answer: httpx2.Response) -> Any:
    with suppress(ValueError):
        return answer.json()
    return None


def _reason(found: Any) -> str:
    given = found if isinstance(found, dict) else {}
    return str(given.get("error_description") or given.get("error") or "it gave no reason.")
