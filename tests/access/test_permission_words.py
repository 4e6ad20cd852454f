"""Every permission can be said to whoever is asked to allow it."""

from __future__ import annotations

from coalition.access.client_kinds import NEVER_FOR_APPS
from coalition.access.permission_words import WORDS
from coalition.members.role_types import ROLE_TYPES


def test_every_permission_has_words_and_no_words_are_left_over() -> None:
    held = {permission for role_type in ROLE_TYPES for permission in role_type.permissions}

    assert set(WORDS) == held
    assert held >= NEVER_FOR_APPS
