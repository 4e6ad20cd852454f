"""Proof Key for Code Exchange: S256 or nothing, when a person is asked and when a code is redeemed."""

from __future__ import annotations

from coalition.access.oauth.consent import Refusal
from coalition.access.oauth.models import OAuthCode, OAuthGrant, OAuthToken
from tests.access.oauth.flows import VERIFIER, Flows, challenge_of, parameters_of
from tests.support.tokens import ISSUER

GOOD = challenge_of(VERIFIER)
WRONG_REQUESTS: dict[str, dict[str, str | None]] = {
    "nothing": {"code_challenge": None, "code_challenge_method": None},
    "challenge missing": {"code_challenge": None},
    "challenge empty": {"code_challenge": ""},
    "method missing, which means plain": {"code_challenge_method": None},
    "plain": {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
    "small letters": {"code_challenge_method": "s256"},
    "another method": {"code_challenge_method": "S512"},
    "both methods": {"code_challenge_method": "S256 plain"},
    "too short": {"code_challenge": GOOD[:-1]},
    "too long": {"code_challenge": GOOD + "A"},
    "padded": {"code_challenge": GOOD[:-1] + "="},
    "other letters": {"code_challenge": GOOD[:-1] + "~"},
    "followed by a line": {"code_challenge": GOOD + "\n"},
}


def test_request_without_s256_is_refused(sqlite_flows: Flows) -> None:
    for name, changes in WRONG_REQUESTS.items():
        for app in (sqlite_flows.app, sqlite_flows.program):
            refused = sqlite_flows.ask(sqlite_flows.request(app, **changes))

            assert isinstance(refused, Refusal), name
            assert str(refused.redirect).startswith(app.redirect_uri), name
            sent = parameters_of(str(refused.redirect))
            assert (sent["error"], sent["state"], sent["iss"]) == (
                "invalid_request",
                "a state & more",
                ISSUER,
            ), name
            assert "code" not in sent
    assert sqlite_flows.count(OAuthCode) == 0


def test_code_is_worth_nothing_without_its_verifier(sqlite_flows: Flows) -> None:
    wrong = {
        "missing": None,
        "empty": "",
        "another": VERIFIER[::-1],
        "the challenge, as with plain": GOOD,
        "too short": VERIFIER[:-1],
        "other letters": VERIFIER[:-1] + "ș",
    }
    for name, verifier in wrong.items():
        for app in (sqlite_flows.app, sqlite_flows.program):
            code = sqlite_flows.allow(sqlite_flows.request(app))["code"]

            answer = sqlite_flows.redeem(
                code, app, code_verifier=verifier, code_challenge_method="plain", code_challenge=VERIFIER
            )

            assert answer.status_code == 400, name
            assert answer.json()["error"] in ("invalid_request", "invalid_grant"), name
            # Whoever guesses has one guess.
            assert sqlite_flows.redeem(code, app).json()["error"] == "invalid_grant", name
    assert sqlite_flows.count(OAuthToken) == sqlite_flows.count(OAuthGrant) == 0

    assert sqlite_flows.redeem(sqlite_flows.allow(sqlite_flows.request())["code"]).status_code == 200
