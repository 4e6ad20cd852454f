from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from coalition.core.errors import Fault, Refused
from coalition.core.idempotency import ClientKey, DeedKey, claim, input_hash
from coalition.core.unit_of_work import Units
from tests.support.threads import at_once

ORGANISATION = UUID(int=1)


def claimed(
    units: Units,
    key: ClientKey | None,
    subject_id: UUID,
    *,
    mutation: str = "logActivity",
    organisation_id: UUID = ORGANISATION,
) -> UUID | None:
    with units.writing() as uow:
        return claim(uow, key, mutation=mutation, organisation_id=organisation_id, subject_id=subject_id)


def rows(units: Units) -> int:
    with units.reading() as uow:
        return len(uow.db.scalars(sa.select(DeedKey)).all())


def test_claim_without_a_key_is_always_a_new_deed(units: Units) -> None:
    assert claimed(units, None, uuid4()) is None
    assert rows(units) == 0


def test_claim_again_says_which_record_was_made(units: Units) -> None:
    key, subject_id = ClientKey(uuid4(), "one"), uuid4()

    first = claimed(units, key, subject_id)
    second = claimed(units, key, uuid4())

    assert (first, second) == (None, subject_id)
    assert rows(units) == 1


def test_claim_with_other_content_is_refused(units: Units) -> None:
    key = ClientKey(uuid4(), "one")
    claimed(units, key, uuid4())

    with pytest.raises(Refused) as refusal:
        claimed(units, replace(key, input_hash="two"), uuid4())

    assert refusal.value.faults == (Fault("IDEMPOTENCY_MISMATCH", ("clientId",)),)


def test_claim_counts_per_organisation_and_mutation(units: Units) -> None:
    key = ClientKey(uuid4(), "one")

    answers = [
        claimed(units, key, uuid4()),
        claimed(units, key, uuid4(), mutation="holdPlaces"),
        claimed(units, key, uuid4(), organisation_id=UUID(int=2)),
        claimed(units, ClientKey(uuid4(), "one"), uuid4()),
    ]

    assert answers == [None] * 4
    assert rows(units) == 4


def test_claim_of_a_refused_deed_is_free_again(units: Units) -> None:
    key = ClientKey(uuid4(), "one")

    def claim_and_be_refused() -> None:
        with units.writing() as uow:
            claim(uow, key, mutation="logActivity", organisation_id=ORGANISATION, subject_id=uuid4())
            raise Refused([])

    with pytest.raises(Refused):
        claim_and_be_refused()

    assert claimed(units, key, uuid4()) is None


def test_claim_by_eight_at_once_is_one_deed(units: Units) -> None:
    key, subjects = ClientKey(uuid4(), "one"), [uuid4() for _ in range(8)]

    answers = at_once(8, lambda number: claimed(units, key, subjects[number]))

    done = answers.index(None)
    assert answers == [None if number == done else subjects[done] for number in range(8)]


def test_claim_waits_for_the_first_and_does_the_deed_when_that_fails(units: Units) -> None:
    key = ClientKey(uuid4(), "one")

    def run(number: int) -> UUID | None:
        with units.writing() as uow:
            answer = claim(
                uow, key, mutation="logActivity", organisation_id=ORGANISATION, subject_id=UUID(int=number)
            )
            if answer is None and not failed:
                failed.append(number)
                raise Refused([])
            return answer

    failed: list[int] = []
    answers = at_once(2, run)

    assert isinstance(answers[failed[0]], Refused)
    assert answers[1 - failed[0]] is None


def test_input_hash_is_of_the_content_and_not_of_its_order() -> None:
    one = input_hash(
        {"title": {"ro": "Seară", "ru": "Вечер"}, "reach": [{"count": 1}], "on": date(2026, 5, 1)}
    )
    same = input_hash({"on": "2026-05-01", "reach": [{"count": 1}], "title": {"ru": "Вечер", "ro": "Seară"}})
    others = [
        input_hash(content)
        for content in (
            {"title": {"ro": "Seara"}},
            {"title": {"ro": "Seară"}, "form": None},
            {"title": {"ro": "Seară\ud800"}},
            {"title": {"ro": "Seară"}, "reach": [{"count": 1}, {"count": 2}]},
            {"title": {"ro": "Seară"}, "reach": [{"count": 2}, {"count": 1}]},
        )
    ]

    assert one == same
    assert len({one, *others}) == 6
    assert len(one) == 64
