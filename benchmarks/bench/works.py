"""The four works: what each system is asked, and its answers brought to one form."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx2

from benchmarks.bench.data import PEERS
from benchmarks.bench.servers import Running, System
from coalition.graphql.identifiers import decode_id, encode_id
from coalition.synthesis.activities import DAYS
from coalition.synthesis.making import AS_OF

DOCUMENTS = Path(__file__).parent.parent / "documents"
# Each system is asked for these pages in turn, so that no answer stays the same.
PAGES = 20
READS = ("directory", "feed", "coverage")
WORKS = (*READS, "log", "unchanged")
# Who does what is no reading; an unchanged answer is compared with the raw handler's, made anew.
_OTHERS = {"log": ("coalition", "postgraphile"), "unchanged": ("coalition", "raw")}


class AnswersDiffer(Exception):
    """Two systems gave other values for the same question."""


def does(system: System, work: str) -> bool:
    """Whether this system answers that work."""
    return work in READS or system.answers in _OTHERS[work]


def _asked_as(work: str) -> str:
    """The document of a work: unchanged is the first page of the directory, again and again."""
    return "directory" if work == "unchanged" else work


def document(answers: str, work: str) -> str:
    """The document that a system is asked."""
    folder = PEERS / "documents" if answers == "postgraphile" else DOCUMENTS
    return (folder / f"{_asked_as(work)}.graphql").read_text("utf-8")


def body_of(running: Running, work: str, variables: dict[str, Any]) -> bytes:
    """The body of a request; whitespace that means nothing is left out of no document."""
    content: dict[str, Any] = {"variables": variables}
    if running.system.answers != "raw":
        content = {"query": document(running.system.answers, work), **content}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def path_of(running: Running, work: str) -> str:
    """The path that a system answers at."""
    return f"/{_asked_as(work)}" if running.system.answers == "raw" else "/graphql"


def request_of(running: Running, work: str, body: bytes, more: str = "") -> bytes:
    """The whole request, as it goes over the wire."""
    head = (
        f"POST {path_of(running, work)} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{running.port}\r\n"
        "Content-Type: application/json\r\n"
        "Accept: application/json\r\n"
        "Accept-Language: en\r\n"
        f"Authorization: Bearer {running.caller.token}\r\n"
        f"{more}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def ask(running: Running, work: str, variables: dict[str, Any]) -> dict[str, Any]:
    """The data of one answer."""
    answer = _post(running, work, variables)
    content: dict[str, Any] = answer.json() if answer.status_code == 200 else {"errors": answer.text}
    if content.get("errors"):
        raise AnswersDiffer(f"{running.system.name} answers {work} with {content['errors']}")
    data: dict[str, Any] = content["data"]
    return data


def _post(running: Running, work: str, variables: dict[str, Any]) -> httpx2.Response:
    return httpx2.post(
        f"http://127.0.0.1:{running.port}{path_of(running, work)}",
        content=body_of(running, work, variables),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Language": "en",
            "Authorization": f"Bearer {running.caller.token}",
        },
        timeout=60,
    )


# ------------------------------------------------------------------ questions


def questions(running: Running, work: str) -> tuple[list[dict[str, Any]], list[Any]]:
    """The variables that a system is asked with, and what it answers to each in the common form."""
    if work == "coverage":
        asked = [{"from": str(first), "to": str(last)} for first, last in _quarters()]
        return asked, [common(running, work, ask(running, work, each)) for each in asked]
    asked, answers, after = [], [], None
    while len(asked) < PAGES:
        asked.append({"after": after})
        data = ask(running, work, asked[-1])
        answers.append(common(running, work, data))
        (page,) = data.values()
        after = page["pageInfo"]["endCursor"]
        if work == "unchanged" or not page["pageInfo"]["hasNextPage"]:
            break
    return asked, answers


def _quarters() -> list[tuple[date, date]]:
    """The whole quarters in which there are activities, the last first."""
    found, end = [], AS_OF.replace(day=1)
    while (begin := (end - timedelta(days=75)).replace(day=1)) >= AS_OF - timedelta(days=DAYS):
        found.append((begin, end - timedelta(days=1)))
        end = begin
    return found


def requests(running: Running, work: str, asked: list[dict[str, Any]]) -> Callable[[], bytes]:
    """What gives the next request, the same round for each system."""
    if work == "log":
        return _logging(running)
    more = _known(running, asked[0]) if work == "unchanged" else ""
    wires = [request_of(running, work, body_of(running, work, each), more) for each in asked]
    return cycle(wires).__next__


def _known(running: Running, variables: dict[str, Any]) -> str:
    """The header that says which answer the asker has, where it was given a name."""
    name = _post(running, "unchanged", variables).headers.get("etag")
    return f"If-None-Match: {name}\r\n" if name else ""


# ------------------------------------------------------------------ logging


def _logging(running: Running) -> Callable[[], bytes]:
    """Activities of the organisations in the caller's line in turn, each with a client's id of its own."""
    pieces = []
    for lead in running.caller.line:
        wire = request_of(running, "log", body_of(running, "log", log_variables(running, lead, _MARK)))
        before, _, after = wire.partition(str(_MARK).encode())
        pieces.append((before, after))
    each, random = cycle(pieces), Random()  # noqa: S311  Client ids need be new, not secret.

    def next_request() -> bytes:
        before, after = next(each)
        made = UUID(int=random.getrandbits(128), version=4)
        return before + str(made).encode() + after

    return next_request


_MARK = UUID(int=0)
_TITLE = {"en": "Synthetic lesson on safe travel", "ro": "Lecție sintetică"}
CAUSE = "gender_and_youth"
_DAY = str(AS_OF - timedelta(days=3))


def log_variables(running: Running, lead: UUID, client_id: UUID | None = None) -> dict[str, Any]:
    """The same activity in the words of either schema: one partner, one district, one topic, two counts."""
    partner = running.caller.line[0] if lead != running.caller.line[0] else running.caller.line[1]
    reach = [
        {"count": 12, "sex": "FEMALE", "ageBand": "A14_17", "method": "HEADCOUNT"},
        {"count": 9, "sex": "MALE", "ageBand": "A14_17", "method": "HEADCOUNT"},
    ]
    given: dict[str, Any] = {
        "kind": "PREVENTION",
        "title": _TITLE,
        "districts": ["MD-CU"],
        "topics": [CAUSE],
        "reach": reach,
        "clientId": str(client_id or uuid4()),
    }
    if running.system.answers == "postgraphile":
        given |= {"organisation": str(lead), "startsOn": _DAY, "partner": str(partner)}
    else:
        role = {"organisation": encode_id("Organisation", partner), "role": "IMPLEMENTING"}
        given |= {
            "organisation": encode_id("Organisation", lead),
            "startsOn": {"date": _DAY},
            "partners": [role],
        }
    return {"input": given}


# ------------------------------------------------------------------ one form


def common(running: Running, work: str, data: dict[str, Any]) -> Any:
    """An answer with the names of our schema, plain ids and no cursor: what must be equal."""
    if running.system.answers == "postgraphile":
        data = _FROM_POSTGRAPHILE[work](data)
    return _plain(data)


def _plain(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _plain(each, name) for name, each in value.items() if name != "endCursor"}
    if isinstance(value, list):
        return [_plain(each, key) for each in value]
    return _plain_id(value) if key == "id" else value


def _plain_id(text: str) -> str:
    decoded = decode_id(text)
    return decoded[1].hex if decoded else UUID(text).hex


def _named(row: dict[str, Any] | None, name: str = "name", label: str = "label") -> dict[str, Any] | None:
    return {"code": row["code"], name: row[label]} if row else None


def _day(row: dict[str, Any]) -> dict[str, Any] | None:
    return {"date": row["startsOn"], "precision": row["startsOnPrecision"]} if row["startsOn"] else None


def _directory(data: dict[str, Any]) -> dict[str, Any]:
    page = data["allOrganisations"]
    return {"organisations": {"nodes": [*map(_organisation, page["nodes"])], "pageInfo": page["pageInfo"]}}


def _organisation(row: dict[str, Any]) -> dict[str, Any]:
    training = row["nextTraining"]
    return {
        "id": row["rowId"],
        "slug": row["slug"],
        "name": row["label"],
        "kind": row["kind"],
        "status": row["status"],
        "place": row["place"],
        "denomination": _named(row["denominationByDenominationId"]),
        "district": _named(row["territoryByDistrictId"]),
        "services": {"nodes": [*map(_service, row["servicesByProviderIdList"])]},
        "trainingSessions": {
            "nodes": [{"id": training["rowId"], "title": training["label"], "startsOn": _day(training)}]
            if training
            else []
        },
    }


def _service(row: dict[str, Any]) -> dict[str, Any]:
    pools = row["capacityPoolsByServiceIdList"]
    return {
        "id": row["rowId"],
        "name": row["label"],
        "kinds": [each["kind"] for each in row["serviceKindsByServiceIdList"]],
        "status": row["status"],
        "pools": [
            {"id": each["rowId"], **{name: each[name] for name in ("unit", "maximum", "occupied", "state")}}
            for each in pools
        ],
    }


def _feed(data: dict[str, Any]) -> dict[str, Any]:
    page = data["allActivities"]
    return {"activities": {"nodes": [*map(_activity, page["nodes"])], "pageInfo": page["pageInfo"]}}


def _activity(row: dict[str, Any]) -> dict[str, Any]:
    lead = row["organisationByOwnerId"]
    plain = ("code", "kind", "status", "visibility", "place")
    return {
        "id": row["rowId"],
        "title": row["label"],
        **{name: row[name] for name in plain},
        "peopleReached": _number(row["peopleReached"]),
        "startsOn": _day(row),
        "lead": {"id": lead["rowId"], "slug": lead["slug"], "name": lead["label"]} if lead else None,
        "districts": [
            _named(each["territoryByDistrictId"]) for each in row["activityDistrictsByActivityIdList"]
        ],
        "topics": [
            _named(each["topicByTopicId"], "label", "text") for each in row["activityTopicsByActivityIdList"]
        ],
        "reach": row["activityReachesByActivityIdList"],
    }


def _coverage(data: dict[str, Any]) -> dict[str, Any]:
    total, *cells = data["coverageCellsList"]
    return {"coverage": {"cells": [*map(_cell, cells)], "total": _figures(total)}}


def _cell(row: dict[str, Any]) -> dict[str, Any]:
    district, body = row["districtCode"], row["churchBodySlug"]
    return {
        "district": {"code": district, "name": row["districtName"]} if district else None,
        "churchBody": {"slug": body, "name": row["churchBodyName"]} if body else None,
        "month": row["month"],
        "figures": _figures(row),
    }


def _figures(row: dict[str, Any]) -> dict[str, int | None]:
    return {name: _number(row[name]) for name in ("activities", "peopleReached", "activitiesWithReach")}


def _number(text: str | None) -> int | None:
    """A bigint, which PostGraphile writes as a text."""
    return None if text is None else int(text)


_FROM_POSTGRAPHILE = {"directory": _directory, "feed": _feed, "coverage": _coverage}
