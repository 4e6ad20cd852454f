import pytest

from coalition.core.unit_of_work import Units
from tests.assistance.world import World, make_world


@pytest.fixture
def world(units: Units) -> World:
    """A provider, its church body, a partner and a protected service on an empty database."""
    return make_world(units)
