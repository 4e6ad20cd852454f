"""What is looked at before a request reaches GraphQL: type, size, encoding, shape, nesting.

Everything here takes time in proportion to what was sent, never more.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Message

LARGEST_BODY_BYTES = 64 * 1024
DEEPEST_BODY = 40


@dataclass
class NotAdmitted(Exception):
    """A request that is refused before it is parsed as GraphQL."""

    status: int
    code: str
    text: str


def _bad(text: str) -> NotAdmitted:
    return NotAdmitted(400, "BAD_REQUEST", text)


async def asked_by(request: Request) -> dict[str, Any]:
    """What a request by GET or POST asks: `query`, `variables` and so on, looked at in every respect.

    Raises `NotAdmitted` with 415, 414, 413 or 400.
    """
    return _asked_by_parameters(request) if request.method == "GET" else (await _read_body(request))[0]


async def admit(request: Request) -> Request:
    """The same for a request that is handed on; what it asks, whatever the method, stands in `state.asked`.

    Raises `NotAdmitted`.
    """
    if request.method == "GET":
        request.state.asked = _asked_by_parameters(request)
    return await _admit_body(request) if request.method == "POST" else request


def _asked_by_parameters(request: Request) -> dict[str, Any]:
    if len(request.scope["query_string"]) > LARGEST_BODY_BYTES:
        kilobytes = LARGEST_BODY_BYTES // 1024
        raise NotAdmitted(414, "TOO_LARGE", f"What follows the address may be {kilobytes} KB at most.")
    parameters = request.query_params
    if len(parameters) != len(parameters.multi_items()):
        raise _bad("Each parameter may be given once.")
    asked: dict[str, Any] = dict(parameters)
    for name in ("variables", "extensions"):
        given = asked.pop(name, "")
        asked[name] = read_json(given, f"`{name}`") if given else None
    check_asked(asked)
    return asked


async def _read_body(request: Request) -> tuple[dict[str, Any], bytes]:
    media_type, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type.strip() != "application/json" or charset not in ("", "utf-8") or encoding != "identity":
        text = "Send the request as application/json in UTF-8, not compressed."
        raise NotAdmitted(415, "UNSUPPORTED_MEDIA_TYPE", text)
    body = await _limited_body(request)
    asked = read_json(_decoded(body), "The body")
    check_asked(asked)
    return asked, body


async def _admit_body(request: Request) -> Request:
    asked, body = await _read_body(request)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {**request.scope, "headers": list(request.scope["headers"])}
    # Media types are the same in capitals, which not everybody behind this gate knows.
    MutableHeaders(scope=scope)["content-type"] = "application/json"
    admitted = Request(scope, receive)
    admitted.state.asked = asked
    return admitted


async def _limited_body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    too_large = NotAdmitted(413, "TOO_LARGE", f"A request may hold {LARGEST_BODY_BYTES // 1024} KB at most.")
    # A number of thousands of digits is not even turned into one.
    if declared.isdigit() and (len(declared) > 9 or int(declared) > LARGEST_BODY_BYTES):
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            raise too_large
    return bytes(body)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad("The body is not valid UTF-8.") from error


def read_json(text: str, what: str) -> Any:
    """JSON from a stranger: nested only so deep, each name once, no character that no text has.

    Raises `NotAdmitted` with 400.
    """
    if nesting(text) > DEEPEST_BODY:
        raise _bad(f"{what} is nested deeper than {DEEPEST_BODY} levels.")
    try:
        found = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_each_name_once
        )
    except (ValueError, RecursionError) as error:
        raise _bad(f"{what} is not valid JSON in which each name stands once.") from error
    # Only an escape, or the character itself, can bring in what no text has.
    if "\\u" in text or not _is_storable(text):
        check_characters(found)
    return found


def _no_constant(name: str) -> None:
    """NaN and Infinity are read by Python, but are no JSON."""
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name one part of a system reads the first, another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def check_characters(value: Any) -> None:
    """Refuse NUL and halves of surrogate pairs anywhere in a value: no database stores them.

    Raises `NotAdmitted` with 400.
    """
    if isinstance(value, str):
        if not _is_storable(value):
            raise _bad("The request holds a character that no text has.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_characters(name)
            check_characters(inner)
    elif isinstance(value, list):
        for inner in value:
            check_characters(inner)


def _is_storable(text: str) -> bool:
    return "\x00" not in text and _HALF.search(text) is None


_HALF = re.compile("[\ud800-\udfff]")
# The same in the escapes of GraphQL's own strings; two halves side by side are one character.
_ESCAPED_NUL = re.compile(r"\\u(?:0000|\{0+\})")
_ESCAPED_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_ESCAPED_HALF = re.compile(r"\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|\{0*[dD][89a-fA-F][0-9a-fA-F]{2}\})")


def _check_escapes(document: str) -> None:
    if "\\u" not in document:
        return
    if _ESCAPED_NUL.search(document) or _ESCAPED_HALF.search(_ESCAPED_PAIR.sub("", document)):
        raise _bad("The document holds a character that no text has.")


# A string that does not end runs to the end of the text: else each quote in it would begin the search anew.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(r"[\[{\]}]")


def nesting(text: str) -> int:
    """The deepest nesting of brackets outside strings, found without parsing."""
    depth = deepest = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


_KINDS: Mapping[str, type] = {
    "query": str,
    "operationName": str,
    "documentId": str,
    "variables": dict,
    "extensions": dict,
}


def check_asked(asked: Any) -> None:
    """What a request asks must have the shape of one, and only characters that a text can have.

    Raises `NotAdmitted` with 400.
    """
    if not isinstance(asked, dict):
        raise _bad("The request must be one JSON object with `query`.")
    for name, kind in _KINDS.items():
        if not isinstance(asked.get(name), kind | None):
            raise _bad(f"`{name}` must be {'a string' if kind is str else 'an object'} or null.")
    check_characters([asked.get(name) for name in ("query", "operationName", "documentId")])
    _check_escapes(asked.get("query") or "")


def check_message(text: str) -> dict[str, Any]:
    """A message over a socket, which keeps the limits of a request. Raises `NotAdmitted`."""
    if len(text) > LARGEST_BODY_BYTES or len(text.encode("utf-8", "replace")) > LARGEST_BODY_BYTES:
        raise NotAdmitted(413, "TOO_LARGE", f"A message may hold {LARGEST_BODY_BYTES // 1024} KB at most.")
    found = read_json(text, "The message")
    if not isinstance(found, dict) or not isinstance(found.get("type"), str):
        raise _bad("The message must be a JSON object with `type`.")
    if found["type"] in ("subscribe", "complete") and not isinstance(found.get("id"), str):
        raise _bad("The message must have an `id`, which is a string.")
    if found["type"] == "subscribe":
        check_asked(found.get("payload"))
    return found
