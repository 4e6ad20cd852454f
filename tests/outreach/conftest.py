import pytest

from coalition.core.unit_of_work import Units
from tests.outreach.world import World, make_world


@pytest.fixture
def world(units: Units) -> World:
    """Two church bodies, the people who log for them, districts and topics, on an empty database."""
    return make_world(units)
