"""The door to one-time links and own sign-ins, beside `gateway` and `proving`: no document carries them."""

from coalition.access.enums import LinkPurpose, SignInMethod
from coalition.access.sign_ins import OwnSignIn
from coalition.access.slowdown import SlowedDown
from coalition.access.web_invitations import Sheet, send_by_mail, send_by_text, sheet
from coalition.access.web_links import ask_for_reset, email_of, path_of_code, use
from coalition.access.web_own_sign_ins import end, end_others, own

__all__ = [
    "LinkPurpose",
    "OwnSignIn",
    "Sheet",
    "SignInMethod",
    "SlowedDown",
    "ask_for_reset",
    "email_of",
    "end",
    "end_others",
    "own",
    "path_of_code",
    "send_by_mail",
    "send_by_text",
    "sheet",
    "use",
]
