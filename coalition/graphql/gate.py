"""What is looked at before a request reaches GraphQL: type, size, encoding, shape, nesting."""

from __future__ import annotations

import json
import re
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


async def admit(request: Request) -> Request:
    """Look at a request, and read the body of a POST; returns the request to be handed on.

    Raises `NotAdmitted` with 415, 413 or 400.
    """
    if request.method == "GET":
        _check_parameters(request)
    return await _admit_body(request) if request.method == "POST" else request


def _check_parameters(request: Request) -> None:
    parameters = request.query_params
    check_characters("".join(parameters.values()))
    if not parameters.get("query"):
        raise NotAdmitted(400, "BAD_REQUEST", "The parameter `query` must hold a GraphQL document.")
    for name in ("variables", "extensions"):
        if _nesting(parameters.get(name, "")) > DEEPEST_BODY:
            raise NotAdmitted(400, "BAD_REQUEST", f"`{name}` is nested deeper than {DEEPEST_BODY} levels.")


async def _admit_body(request: Request) -> Request:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise NotAdmitted(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json in UTF-8.")
    body = await _limited_body(request)
    _check_shape(_parsed(body))

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {**request.scope, "headers": list(request.scope["headers"])}
    # Media types are the same in capitals, which not everybody behind this gate knows.
    MutableHeaders(scope=scope)["content-type"] = media_type
    return Request(scope, receive)


async def _limited_body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    too_large = NotAdmitted(413, "TOO_LARGE", f"A request may hold {LARGEST_BODY_BYTES // 1024} KB at most.")
    if declared.isdigit() and int(declared) > LARGEST_BODY_BYTES:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            raise too_large
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotAdmitted(400, "BAD_REQUEST", "The body is not valid UTF-8.") from error
    if _nesting(text) > DEEPEST_BODY:
        raise NotAdmitted(400, "BAD_REQUEST", f"The body is nested deeper than {DEEPEST_BODY} levels.")
    check_characters(text)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotAdmitted(400, "BAD_REQUEST", "The body is not valid JSON.") from error


def _no_constant(name: str) -> None:
    """NaN and Infinity are read by Python, but are no JSON."""
    raise ValueError(name)


def check_characters(text: str) -> None:
    """Refuse NUL and halves of surrogate pairs, written or escaped: no database stores them.

    Raises `NotAdmitted` with 400.
    """
    lowered = text.lower()
    if "\x00" in text or "\\u0000" in lowered or _half_of_a_pair(lowered):
        raise NotAdmitted(400, "BAD_REQUEST", "The request holds a character that no text has.")


def _half_of_a_pair(lowered: str) -> bool:
    return "\\ud" in lowered and _HALF.search(_PAIR.sub("", lowered)) is not None


# Two halves side by side are one character; inside a document's own strings the backslash is doubled.
_PAIR = re.compile(r"\\ud[89ab][0-9a-f]{2}\\{1,2}ud[c-f][0-9a-f]{2}")
_HALF = re.compile(r"\\ud[89a-f][0-9a-f]{2}")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


def _nesting(text: str) -> int:
    """The deepest nesting of brackets outside strings, found without parsing."""
    depth = deepest = 0
    for character in _STRINGS.sub("", text):
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _check_shape(parsed: Any) -> None:
    if not isinstance(parsed, dict):
        raise NotAdmitted(400, "BAD_REQUEST", "The body must be one JSON object with `query`.")
    kinds: dict[str, type] = {"query": str, "operationName": str, "variables": dict, "extensions": dict}
    for name, kind in kinds.items():
        if not isinstance(parsed.get(name), kind | None):
            wanted = "a string" if kind is str else "an object"
            raise NotAdmitted(400, "BAD_REQUEST", f"`{name}` must be {wanted} or null.")
