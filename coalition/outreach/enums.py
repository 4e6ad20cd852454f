"""The closed sets of this room."""

from enum import StrEnum


class ActivityKind(StrEnum):
    """What an activity is for; assistance exists in loaded records only."""

    PREVENTION = "PREVENTION"
    AWARENESS = "AWARENESS"
    ADVOCACY = "ADVOCACY"
    ASSISTANCE = "ASSISTANCE"
    COORDINATION = "COORDINATION"


class ActivityStatus(StrEnum):
    """How far an activity has come."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


class ParticipantRole(StrEnum):
    """What an organisation did in an activity; loaded records do not say."""

    LEAD = "LEAD"
    IMPLEMENTING = "IMPLEMENTING"
    FUNDING = "FUNDING"
    HOSTING = "HOSTING"
    MEDIA = "MEDIA"
    UNSPECIFIED = "UNSPECIFIED"


class Sex(StrEnum):
    """Sex of those reached, as counted."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    UNSPECIFIED = "UNSPECIFIED"


class AgeBand(StrEnum):
    """Ages are bands, never years."""

    UNDER_7 = "UNDER_7"
    A7_13 = "A7_13"
    A14_17 = "A14_17"
    A18_24 = "A18_24"
    A25_39 = "A25_39"
    A40_59 = "A40_59"
    A60_PLUS = "A60_PLUS"
    UNKNOWN = "UNKNOWN"


class ReachMethod(StrEnum):
    """How people were counted; digital impressions never add into people."""

    HEADCOUNT = "HEADCOUNT"
    ESTIMATE = "ESTIMATE"
    DIGITAL = "DIGITAL"
    UNSPECIFIED = "UNSPECIFIED"


class AdvocacyKind(StrEnum):
    """What a legal or policy step is."""

    LAW = "LAW"
    AMENDMENT = "AMENDMENT"
    GOVERNMENT_DECISION = "GOVERNMENT_DECISION"
    PARLIAMENT_DECISION = "PARLIAMENT_DECISION"
    STRATEGY = "STRATEGY"
    PLAN = "PLAN"
    BUDGET = "BUDGET"
    HEARING = "HEARING"
    COMMITTEE_SESSION = "COMMITTEE_SESSION"
    ACCREDITATION = "ACCREDITATION"
    CAMPAIGN = "CAMPAIGN"
    NRS_FRAMEWORK = "NRS_FRAMEWORK"
    NGO_FUNDING = "NGO_FUNDING"
    FREE_SERVICES = "FREE_SERVICES"
    INFORMATION_SESSION = "INFORMATION_SESSION"
    MONITORING_REPORT = "MONITORING_REPORT"
    VISIT = "VISIT"
    OTHER = "OTHER"


class AdvocacyStage(StrEnum):
    """How far a legal or policy step has come."""

    PROPOSED = "PROPOSED"
    TABLED = "TABLED"
    COMMITTEE = "COMMITTEE"
    ADOPTED = "ADOPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REPEALED = "REPEALED"
    ALLOCATED = "ALLOCATED"
    DISBURSED = "DISBURSED"
    HELD = "HELD"
    PUBLISHED = "PUBLISHED"
