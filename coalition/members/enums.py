"""The closed sets of this room."""

from enum import StrEnum


class OrganisationKind(StrEnum):
    """What an organisation is."""

    COALITION = "COALITION"
    CHURCH = "CHURCH"
    UNION = "UNION"
    DIOCESE = "DIOCESE"
    DEANERY = "DEANERY"
    PARISH = "PARISH"
    FAITH_BASED_NGO = "FAITH_BASED_NGO"
    NGO = "NGO"
    SERVICE_PROVIDER = "SERVICE_PROVIDER"
    COMMUNITY_CENTRE = "COMMUNITY_CENTRE"
    STATE_BODY = "STATE_BODY"
    TERRITORIAL_COMMISSION = "TERRITORIAL_COMMISSION"
    LOCAL_AUTHORITY = "LOCAL_AUTHORITY"
    LAW_ENFORCEMENT = "LAW_ENFORCEMENT"
    INTERNATIONAL_ORGANISATION = "INTERNATIONAL_ORGANISATION"
    DONOR = "DONOR"
    NETWORK = "NETWORK"
    SCHOOL = "SCHOOL"
    CULTURAL_INSTITUTION = "CULTURAL_INSTITUTION"
    BUSINESS_ASSOCIATION = "BUSINESS_ASSOCIATION"
    OTHER = "OTHER"


class MembershipStatus(StrEnum):
    """How an organisation stands to the coalition."""

    NONE = "NONE"
    PROSPECT = "PROSPECT"
    APPLICANT = "APPLICANT"
    MEMBER = "MEMBER"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"
    PARTNER = "PARTNER"
    OBSERVER = "OBSERVER"


class TerritoryLevel(StrEnum):
    """How large a territory is."""

    COUNTRY = "COUNTRY"
    REGION = "REGION"
    DISTRICT = "DISTRICT"
    LOCALITY = "LOCALITY"


class BodyKind(StrEnum):
    """What a body of the coalition is for."""

    PLATFORM = "PLATFORM"
    COUNCIL = "COUNCIL"
    EXPERT_GROUP = "EXPERT_GROUP"
    SECRETARIAT = "SECRETARIAT"
    STEERING_GROUP = "STEERING_GROUP"
    COMMISSION = "COMMISSION"


class MandateKind(StrEnum):
    """In which capacity a person sits on a seat."""

    FULL = "FULL"
    DEPUTY = "DEPUTY"
    ACTING = "ACTING"


class Scope(StrEnum):
    """How far a permission of a role reaches from the organisation that the role is held in."""

    ORGANISATION = "ORGANISATION"
    ORGANISATION_AND_BELOW = "ORGANISATION_AND_BELOW"
    COALITION = "COALITION"


class RoleState(StrEnum):
    """Whether a role is held today."""

    FUTURE = "FUTURE"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class ConsentPurpose(StrEnum):
    """What a person who serves can agree to, beyond what their role needs (DOMAIN.md principle 3)."""

    NAME_IN_COALITION = "NAME_IN_COALITION"
    NAME_TO_PARTNERS = "NAME_TO_PARTNERS"


class Reckoning(StrEnum):
    """Which calendar a church's fixed feasts follow: Julian, revised Julian, or the western churches' own."""

    OLD = "OLD"
    NEW = "NEW"
    WESTERN = "WESTERN"


class Pascha(StrEnum):
    """Which Easter a church keeps."""

    ORTHODOX = "ORTHODOX"
    WESTERN = "WESTERN"


class HolyDayTag(StrEnum):
    """What a holy day means for a training: refused, to be avoided, a matter of catering, or a day off."""

    NO_TRAINING = "NO_TRAINING"
    AVOID = "AVOID"
    FASTING = "FASTING"
    CIVIL_HOLIDAY = "CIVIL_HOLIDAY"
