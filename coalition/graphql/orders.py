"""The orders of lists, as the contract fixes them."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.access.oauth.models import OAuthClient
from coalition.assistance.models import Hold, Service
from coalition.assistance.policies import sees_inside
from coalition.core.actor import Actor
from coalition.graphql.paging import Key, Order
from coalition.members.models import Organisation, Person, Territory
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic
from coalition.training.models import TrainingSession


def sort_language(language: str) -> str:
    """The language whose sort key fits what a reader of `language` is shown: theirs, or Romanian first."""
    return language if language in ("ro", "ru", "en") else "ro"


def _column(model: type, name: str) -> ColumnElement[Any]:
    return cast(ColumnElement[Any], getattr(model, name))


def by_name(model: type[Organisation] | type[Territory], language: str) -> Order:
    """Alphabetical in the language asked."""
    tongue = sort_language(language)
    keys = (Key(_column(model, f"sort_{tongue}"), "text"), Key(_column(model, "id"), "id"))
    return Order(f"name-{tongue}", keys)


def organisations_order(language: str) -> Order:
    """By name in the language asked."""
    return by_name(Organisation, language)


def newest_first(model: type, name: str) -> Order:
    """By start, newest first, undated last."""
    return Order(
        name,
        (
            Key(_column(model, "sort_on"), "date", descending=True),
            Key(_column(model, "id"), "id", descending=True),
        ),
    )


def activities_order() -> Order:
    """Activities by start, newest first, undated last."""
    return newest_first(Activity, "activity-start")


def training_sessions_order() -> Order:
    """Training sessions by start, newest first, undated last."""
    return newest_first(TrainingSession, "training-start")


def advocacy_order() -> Order:
    """Legal and policy steps by date, newest first, undated last."""
    return newest_first(AdvocacyTarget, "date")


def published_order(model: type[Statistic] | type[Programme]) -> Order:
    """As published: by line."""
    return Order(
        f"{model.__tablename__}-line",
        (Key(_column(model, "position"), "number"), Key(_column(model, "id"), "id")),
    )


def service_name(actor: Actor, language: str) -> ColumnElement[Any]:
    """The sort key of the name that this actor is shown."""
    tongue = sort_language(language)
    inside, outside = _column(Service, f"sort_{tongue}"), _column(Service, f"outside_sort_{tongue}")
    return sa.case((sees_inside(actor), inside), else_=outside)


def services_order(actor: Actor, language: str, rank: ColumnElement[int] | None = None) -> Order:
    """By name in the language asked; with `rank`, YES before ASK_BY_PHONE."""
    named = (Key(service_name(actor, language), "text"), Key(_column(Service, "id"), "id"))
    name = f"service-{sort_language(language)}"
    return Order(name, named) if rank is None else Order(f"rank-{name}", (Key(rank, "number"), *named))


def persons_order() -> Order:
    """People as they came: an order by name would tell of names that the reader may not know."""
    return Order("person", (Key(_column(Person, "id"), "id"),))


def holds_order() -> Order:
    """Holds, newest first."""
    return Order(
        "made", (Key(_column(Hold, "created_at"), "moment", descending=True), Key(_column(Hold, "id"), "id"))
    )


def clients_order() -> Order:
    """Systems, last asked for first; their ids are random, so that they tell nothing of when."""
    keys = (
        Key(_column(OAuthClient, "created_at"), "moment", descending=True),
        Key(_column(OAuthClient, "client_id"), "text", descending=True),
    )
    return Order("asked-for", keys)


def logged_order() -> Order:
    """Activities by when they were logged, newest first."""
    keys = (
        Key(_column(Activity, "created_at"), "moment", descending=True),
        Key(_column(Activity, "id"), "id", descending=True),
    )
    return Order("logged", keys)
