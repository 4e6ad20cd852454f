"""The second door below the pages: what proves who somebody is, which no document ever carries.

Codes, passkeys and passwords go from a form to `access` and nowhere else; `gateway` is the door for all that
is asked and done in GraphQL.
"""

from coalition.access.factors.needs import Second
from coalition.access.factors.ways import (
    Ways,
    may_remove_app,
    may_remove_passkey,
    may_remove_password,
)
from coalition.access.slowdown import SlowedDown
from coalition.access.web_passkeys import (
    may_take_up_by_passkey,
    options,
    sign_in_by_passkey,
    welcome_by_passkey,
)
from coalition.access.web_second_step import (
    AppOffer,
    begin_enrolment,
    enrol_app,
    enrol_passkey,
    enrolment,
    finish_by_code,
    finish_by_passkey,
    second_step,
)
from coalition.access.web_security import (
    ProofNeeded,
    add_passkey,
    begin_app,
    confirm_app,
    has_proven,
    new_recovery_codes,
    pending_app,
    prove_by_passkey,
    prove_by_password,
    remove_app,
    remove_passkey,
    remove_password,
    set_password,
    ways,
)
from coalition.access.web_sign_in import SignInRefused

__all__ = [
    "AppOffer",
    "ProofNeeded",
    "Second",
    "SignInRefused",
    "SlowedDown",
    "Ways",
    "add_passkey",
    "begin_app",
    "begin_enrolment",
    "confirm_app",
    "enrol_app",
    "enrol_passkey",
    "enrolment",
    "finish_by_code",
    "finish_by_passkey",
    "has_proven",
    "may_remove_app",
    "may_remove_passkey",
    "may_remove_password",
    "may_take_up_by_passkey",
    "new_recovery_codes",
    "options",
    "pending_app",
    "prove_by_passkey",
    "prove_by_password",
    "remove_app",
    "remove_passkey",
    "remove_password",
    "second_step",
    "set_password",
    "sign_in_by_passkey",
    "ways",
    "welcome_by_passkey",
]
