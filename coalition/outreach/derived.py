"""What an activity's row keeps beside the facts: the text it is found by, and the people it reached."""

from collections.abc import Iterable

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.text import search_text
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.enums import ReachMethod
from coalition.outreach.models import Activity, ActivityReach


def activity_search(
    activity: Activity,
    *,
    organisations: Iterable[Organisation],
    districts: Iterable[Territory],
    topics: Iterable[Topic],
) -> str:
    """The folded words of an activity: its own texts and names of what it refers to, in every language.

    An organisation that not everybody sees is left out: who searches for its name must not find its part.
    """
    named = [row.name for row in organisations if row.visibility is Visibility.PUBLIC]
    named += [row.name for row in districts]
    named += [topic.label for topic in topics]
    return search_text(
        [
            activity.code,
            *activity.title.values(),
            activity.form,
            activity.place,
            activity.campaign,
            *activity.audience,
            *activity.materials,
            *activity.organiser_names,
            *(text for texts in named for text in texts.values()),
        ]
    )


def people_reached(reach: Iterable[ActivityReach]) -> int | None:
    """People reached, or None when not stated: unknown is not zero.

    Digital impressions never add into people, and what was planned or aimed at was not reached.
    """
    counts = [
        row.count
        for row in reach
        if row.method is not ReachMethod.DIGITAL
        and row.qualifier not in (Qualifier.PLANNED, Qualifier.TARGET)
    ]
    return sum(counts) if counts else None
