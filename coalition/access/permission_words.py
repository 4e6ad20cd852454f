"""What a permission lets an app do, in words for who is asked to allow it."""

from __future__ import annotations

from dataclasses import dataclass

from coalition.core.messages import sentence

WORDS = {
    "access:administer": sentence("Give and end roles"),
    "activity:log": sentence("Log, change and cancel activities"),
    "activity:review": sentence("Review activities that were logged"),
    "audit:read": sentence("Read the audit log"),
    "ballot:vote": sentence("Vote in the Council"),
    "capacity:confirm": sentence("Confirm free places, and see their numbers"),
    "capacity:hold": sentence("Hold places and give them back"),
    "capacity:read": sentence("See whether a service can take somebody"),
    "client:approve": sentence("Decide which systems are let in"),
    "client:request": sentence("Ask for systems of the organisation"),
    "coalition:read": sentence("Read what members share with the coalition"),
    "coverage:compare": sentence("See church bodies side by side"),
    "curriculum:draft": sentence("Draft curricula"),
    "decision:record": sentence("Record decisions"),
    "mandate:appoint": sentence("Appoint holders of seats"),
    "meeting:manage": sentence("Convene meetings and lead through them"),
    "member:admit": sentence("Admit member organisations"),
    "partners:read": sentence("Read what members share with partners"),
    "people:manage": sentence("Invite people, give and end roles"),
    "records:read": sentence("Read all records of the organisation"),
    "referral:answer": sentence("Answer referrals"),
    "referral:send": sentence("Send referrals"),
    "service:offer": sentence("Offer services"),
    "training:assign": sentence("Assign people to trainings"),
    "training:certify": sentence("Issue certificates"),
    "training:plan": sentence("Plan trainings"),
}


@dataclass(frozen=True)
class PermissionInWords:
    """A permission, to be said in the reader's language."""

    permission: str

    def in_language(self, language: str) -> str:
        """What it allows; of one without words of its own its name is told, rather than nothing."""
        words = WORDS.get(self.permission)
        return words.in_language(language, {}) if words is not None else self.permission
