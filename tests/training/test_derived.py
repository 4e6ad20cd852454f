from __future__ import annotations

from coalition.members.models import Organisation, Territory, Topic
from coalition.training.derived import training_search
from coalition.training.models import TrainingSession


def test_training_search_finds_by_every_name_in_every_language() -> None:
    training_session = TrainingSession(
        code="TRN-001",
        title={"ro": "Seminar", "ru": "Семинар"},
        place="Orhei",
        audience=["preoți"],
        funders=["OIM"],
        organiser_names=["Primăria"],
    )

    with_district = training_search(
        training_session,
        organisations=[Organisation(name={"en": "Baptist Union"})],
        district=Territory(name={"ro": "Rîșcani"}),
        topics=[Topic(label={"en": "Referral"})],
    )
    without = training_search(training_session, organisations=[], district=None, topics=[])

    assert without == "trn 001 seminar семинар orhei preoti oim primaria"
    assert with_district == f"{without} baptist union referral rascani riscani"
