"""The door to shared desks: PINs and codes go from a form to `access` and nowhere else."""

from coalition.access.desks.acting import AtDesk
from coalition.access.desks.pins import LONGEST_PIN, SHORTEST_PIN
from coalition.access.desks.service import CODE_DAYS, MOST_OPERATORS, ROLE_TYPES
from coalition.access.slowdown import SlowedDown
from coalition.access.web_desks import (
    ShownDesk,
    add_operator,
    close_desk,
    desk,
    desks,
    end_operator,
    hand_over,
    make_desk,
    open_desk,
    own_desk,
    renew_link,
    reset_pin,
    set_first_pin,
    standing,
)

__all__ = [
    "CODE_DAYS",
    "LONGEST_PIN",
    "MOST_OPERATORS",
    "ROLE_TYPES",
    "SHORTEST_PIN",
    "AtDesk",
    "ShownDesk",
    "SlowedDown",
    "add_operator",
    "close_desk",
    "desk",
    "desks",
    "end_operator",
    "hand_over",
    "make_desk",
    "open_desk",
    "own_desk",
    "renew_link",
    "reset_pin",
    "set_first_pin",
    "standing",
]
