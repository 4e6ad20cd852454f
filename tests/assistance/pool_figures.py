"""What an actor may know of pools, by way of what the declared fields are computed with."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import held_places
from coalition.assistance.models import CapacityPool, Service
from coalition.assistance.repository import PoolFigures, figures_of
from coalition.assistance.words import heard_word
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork


def pool_figures(uow: UnitOfWork, actor: Actor, pools: Collection[CapacityPool]) -> dict[UUID, PoolFigures]:
    """The figures of each pool, with one statement for all."""
    rows = uow.db.execute(
        sa.select(CapacityPool, Service, held_places(uow.now), heard_word(uow.now))
        .join(Service, col(CapacityPool.service_id) == Service.id)
        .where(col(CapacityPool.id).in_({pool.id for pool in pools}))
    )
    return {
        pool.id: figures_of(
            actor, SimpleNamespace(**pool.model_dump(), service=service, held=held, heard=heard), uow.now
        )
        for pool, service, held, heard in rows
    }
