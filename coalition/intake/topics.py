"""topics.csv, and topics that stand only as a free text in other files."""

from __future__ import annotations

import sqlalchemy as sa

from coalition.core.text import fold, words
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import Cells
from coalition.intake.storing import Loading, Outcome, store
from coalition.members.checks import AS_WRITTEN
from coalition.members.models import Topic

COLUMNS = ("code", "group", "name_en", "name_ro", "name_ru")
_GROUPS = {group: group for group in ("cause", "stage", "method")}


def load_topic(loading: Loading, cells: Cells) -> Outcome:
    """Store one topic of the list."""
    code = cells.identifier("code")
    label = {"en": cells.required("name_en"), "ro": cells.text("name_ro"), "ru": cells.text("name_ru")}
    values = {
        "topic_group": cells.code("group", _GROUPS),
        "label": {language: text for language, text in label.items() if text},
    }
    cells.check()
    return store(loading, Topic, key={"code": code}, values=values)[1]


def topic_of_text(loading: Loading, text: str) -> Topic:
    """The topic with this label, or a new one as written (DOMAIN.md section 4, Topic).

    A topic of the list goes before one that was made from a free text.
    """
    topics = list(loading.uow.db.scalars(sa.select(Topic).order_by(Topic.code)))
    topics.sort(key=lambda topic: topic.topic_group == AS_WRITTEN)
    wanted = text.casefold()
    for topic in topics:
        if wanted in (label.casefold() for label in topic.label.values()):
            return topic
    values = {"topic_group": AS_WRITTEN, "label": {"en": text}}
    return store(loading, Topic, key={"code": _free_code(loading.uow, text)}, values=values)[0]


def _free_code(uow: UnitOfWork, text: str) -> str:
    """The slug of a text, numbered when another topic has it."""
    slug = "-".join(words(fold(text))).replace("_", "-").strip("-") or "topic"
    code, number = slug, 1
    while uow.db.scalars(sa.select(Topic.id).where(Topic.code == code)).first() is not None:
        number += 1
        code = f"{slug}-{number}"
    return code
