"""The public schema: types, queries, deeds and live events put together."""

from __future__ import annotations

import strawberry
from strawberry.extensions import MaxTokensLimiter
from strawberry.schema.config import StrawberryConfig

from coalition.graphql.declare import VIEWS
from coalition.graphql.documents import LARGEST_DOCUMENT_TOKENS
from coalition.graphql.executing import CoalitionSchema
from coalition.graphql.mutations.assistance import AssistanceMutations
from coalition.graphql.mutations.clients import ClientMutations
from coalition.graphql.mutations.holy_days import HolyDayMutations
from coalition.graphql.mutations.outreach import OutreachMutations
from coalition.graphql.mutations.people import PeopleMutations
from coalition.graphql.mutations.privacy import PrivacyMutations
from coalition.graphql.mutations.training import TrainingMutations
from coalition.graphql.problems import ErrorsInWords
from coalition.graphql.queries.access import AccessQueries
from coalition.graphql.queries.assistance import AssistanceQueries
from coalition.graphql.queries.audit import AuditQueries
from coalition.graphql.queries.clients import ClientQueries
from coalition.graphql.queries.holy_days import HolyDayQueries
from coalition.graphql.queries.members import MemberQueries
from coalition.graphql.queries.outreach import OutreachQueries
from coalition.graphql.queries.people import PeopleQueries
from coalition.graphql.queries.privacy import PrivacyQueries
from coalition.graphql.queries.reports import ReportQueries
from coalition.graphql.queries.training import TrainingQueries
from coalition.graphql.rules import LimitedExecutor, OwnContext, Rules
from coalition.graphql.scalars import SCALARS
from coalition.graphql.subscriptions import Subscription
from coalition.graphql.types.common import InputError


@strawberry.type(description="What can be asked. Without sign-in: PUBLIC records only.")
class Query(
    MemberQueries,
    OutreachQueries,
    TrainingQueries,
    AssistanceQueries,
    ReportQueries,
    PrivacyQueries,
    PeopleQueries,
    AccessQueries,
    HolyDayQueries,
    AuditQueries,
    ClientQueries,
):
    """Root of questions."""


@strawberry.type(description="What can be done; each deed is one transaction.")
class Mutation(
    OutreachMutations,
    TrainingMutations,
    AssistanceMutations,
    PrivacyMutations,
    PeopleMutations,
    HolyDayMutations,
    ClientMutations,
):
    """Root of deeds."""


schema = CoalitionSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[InputError, *(shown.python_type for shown in VIEWS.values())],
    config=StrawberryConfig(scalar_map=SCALARS),
    execution_context_class=LimitedExecutor,
    extensions=[
        lambda: MaxTokensLimiter(max_token_count=LARGEST_DOCUMENT_TOKENS),
        OwnContext,
        ErrorsInWords,
        Rules,
    ],
)
