"""Sending from threads: bounded tries, bounded room, and nothing said of whom it was for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from coalition.notifications.mail import NotSent
from coalition.notifications.sending import Outcome, Post


@pytest.fixture
def post() -> Iterator[Post]:
    made = Post(pauses=(0.0, 0.0), most_waiting=3)
    yield made
    made.close()


class Door:
    """Lets through after so many faults."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.tries = 0

    def send(self) -> None:
        self.tries += 1
        if self.faults:
            raise self.faults.pop(0)


def passing() -> NotSent:
    return NotSent("later", is_lasting=False)


def test_fault_that_passes_is_tried_again(post: Post) -> None:
    door = Door(passing(), passing())

    assert post.try_to_send(door.send) == Outcome(sent=True)
    assert door.tries == 3


def test_tries_have_an_end(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    door = Door(*(passing() for _ in range(9)))

    assert post.try_to_send(door.send) == Outcome(sent=False, reason="later")
    assert door.tries == 3
    assert [record.getMessage() for record in caplog.records] == ["a message was not sent"]


def test_lasting_fault_is_not_tried_again(post: Post) -> None:
    door = Door(NotSent("address", is_lasting=True))

    assert post.try_to_send(door.send) == Outcome(sent=False, reason="address")
    assert door.tries == 1


def test_unexpected_fault_is_logged_without_its_text(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        outcome = post.later(Door(RuntimeError("ana@example.org")).send).result()  # type: ignore[arg-type]

    assert outcome == Outcome(sent=False, reason="RuntimeError")
    assert "ana@example.org" not in caplog.text
    assert [record.exc_info for record in caplog.records] == [None]


def test_more_than_there_is_room_for_is_refused_at_once(post: Post) -> None:
    gate = threading.Event()
    kept = [post.later(lambda: Outcome(sent=gate.wait(30))) for _ in range(3)]

    refused = post.later(lambda: Outcome(sent=True))

    assert refused.result(0) == Outcome(sent=False, reason="too many waiting")
    gate.set()
    assert [each.result() for each in kept] == [Outcome(sent=True)] * 3
    assert post.later(lambda: Outcome(sent=True)).result() == Outcome(sent=True)


def test_closing_ends_the_pauses() -> None:
    post = Post(pauses=(3600.0,))
    door = Door(passing(), passing())
    began = threading.Event()

    def work() -> Outcome:
        began.set()
        return post.try_to_send(door.send)

    kept = post.later(work)
    assert began.wait(30)
    post.close()

    assert kept.result() == Outcome(sent=False, reason="later")
    assert door.tries == 1
    assert post.later(work).result() == Outcome(sent=False, reason="closing")
