"""What a training session's row keeps beside the facts: the text it is found by."""

from collections.abc import Iterable

from coalition.core.actor import Visibility
from coalition.core.text import search_text
from coalition.members.models import Organisation, Territory, Topic
from coalition.training.models import TrainingSession


def training_search(
    training_session: TrainingSession,
    *,
    organisations: Iterable[Organisation],
    district: Territory | None,
    topics: Iterable[Topic],
) -> str:
    """The folded words of a training session and of what it refers to, in every language.

    An organisation that not everybody sees is left out: who searches for its name must not find its part.
    """
    named = [row.name for row in organisations if row.visibility is Visibility.PUBLIC]
    named += [topic.label for topic in topics]
    if district is not None:
        named.append(district.name)
    return search_text(
        [
            training_session.code,
            *training_session.title.values(),
            training_session.place,
            *training_session.audience,
            *training_session.funders,
            *training_session.organiser_names,
            *(text for texts in named for text in texts.values()),
        ]
    )
