"""From the provider's confirmation to the partner's hold, and the last place asked for by fifty at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.end_to_end.conftest import Ask, Demo
from tests.end_to_end.documents import CONFIRM, HOLD, ORGANISATION, PLACES, RELEASE
from tests.support.server import RunningServer

DESK = "Front desk, any hour: +373 22 000 000"
FIND = """{
  services(filter: {kinds: [TEMPORARY_RESIDENCE], region: "CENTRE", search: "arms", canTake: 1}) {
    nodes { id canTake district { code } place source pools { id } }
  }
}"""


def _confirm(demo: Demo, ask: Ask, server: RunningServer, *, occupied: int) -> None:
    provider = demo.token(server, "coordinator", "bes")
    [service] = ask(server, provider, PLACES)["services"]["nodes"]
    given = {"pool": service["pools"][0]["id"], "maximum": 10, "occupied": occupied, "contactDesk": DESK}
    done = ask(server, provider, CONFIRM, input=given)["confirmCapacity"]
    assert done == {"pool": {"available": 10 - occupied}, "userErrors": []}


def test_partner_holds_a_place_and_gives_it_back(demo: Demo, ask: Ask) -> None:
    server = demo.start()
    partner = demo.token(server, "partner_client", "lastrada")
    us = ask(server, partner, ORGANISATION, slug="lastrada")["organisation"]["id"]
    _confirm(demo, ask, server, occupied=4)

    [found] = ask(server, partner, FIND)["services"]["nodes"]
    given = {"service": found["id"], "quantity": 2, "onBehalfOf": us}
    held = ask(server, partner, HOLD, input=given)["holdPlaces"]
    released = ask(server, partner, RELEASE, input={"hold": held["hold"]["id"]})["releaseHold"]

    hidden = {"district": None, "place": None, "source": None, "pools": []}
    # The word has just changed, so it is not told yet.
    assert found == {"id": found["id"], "canTake": "ASK_BY_PHONE", **hidden}
    assert held["userErrors"] == []
    assert held["hold"] == {
        "id": held["hold"]["id"],
        "reference": held["hold"]["reference"],
        "status": "HELD",
        "contactDesk": DESK,
        "pool": None,
        "service": {"district": None},
    }
    assert released == {"hold": {"status": "RELEASED"}, "userErrors": []}


@pytest.mark.slow
def test_fifty_at_once_for_the_last_place(demo: Demo, ask: Ask) -> None:
    server = demo.start()
    partner = demo.token(server, "partner_client", "lastrada")
    us = ask(server, partner, ORGANISATION, slug="lastrada")["organisation"]["id"]
    _confirm(demo, ask, server, occupied=9)
    [found] = ask(server, partner, FIND)["services"]["nodes"]

    def hold(_: int) -> dict[str, Any]:
        given = {"service": found["id"], "onBehalfOf": us}
        answer: dict[str, Any] = ask(server, partner, HOLD, input=given)["holdPlaces"]
        return answer

    with ThreadPoolExecutor(50) as callers:
        answers = list(callers.map(hold, range(50)))

    codes = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert len([answer for answer in answers if answer["hold"]]) == 1
    assert {code: codes.count(code) for code in set(codes)} == {
        "NOT_ENOUGH_PLACES": 5,
        "TOO_MANY_ATTEMPTS": 44,
    }
