"""Places held: by whom, how many, and what an attempt that comes to nothing leaves behind."""

from tests.assistance.world import World


def test_hold_in_confirmed_pool(world: World) -> None:
    world.confirm(maximum=2)

    outcome = world.hold()

    assert outcome.faults == ()
    assert outcome.hold is not None
    assert outcome.hold.pool_id == world.pool.id


def test_last_place_taken(world: World) -> None:
    world.confirm(maximum=1)
    world.hold()

    codes = [world.hold().faults[0].code for _ in range(6)]

    assert codes == [*["NOT_ENOUGH_PLACES"] * 5, "TOO_MANY_ATTEMPTS"]
    assert world.can_take() == "ASK_BY_PHONE"
    world.clock.forward(minutes=91)
    assert world.can_take() == "NO"
