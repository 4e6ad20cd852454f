"""The closed sets of this room."""

from enum import StrEnum


class AssistanceKind(StrEnum):
    """What a service offers: the Centre's six kinds and the field's others."""

    TEMPORARY_RESIDENCE = "TEMPORARY_RESIDENCE"
    PSYCHOLOGICAL_COUNSELLING = "PSYCHOLOGICAL_COUNSELLING"
    SOCIAL_SUPPORT = "SOCIAL_SUPPORT"
    MEDICAL_ASSISTANCE = "MEDICAL_ASSISTANCE"
    LEGAL_SUPPORT = "LEGAL_SUPPORT"
    RECREATIONAL_ACTIVITIES = "RECREATIONAL_ACTIVITIES"
    HOTLINE_INFORMATION = "HOTLINE_INFORMATION"
    DOCUMENTS = "DOCUMENTS"
    EMPLOYMENT_TRAINING = "EMPLOYMENT_TRAINING"
    MATERIAL_AID = "MATERIAL_AID"
    TRANSPORT_ESCORT = "TRANSPORT_ESCORT"
    INTERPRETATION = "INTERPRETATION"
    REINTEGRATION_FOLLOW_UP = "REINTEGRATION_FOLLOW_UP"
    SPIRITUAL_CARE = "SPIRITUAL_CARE"


class ServiceStatus(StrEnum):
    """Whether a service works."""

    DRAFT = "DRAFT"
    PLANNED = "PLANNED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"


class CanTake(StrEnum):
    """Whether a service can take somebody now, as far as the caller may know."""

    YES = "YES"
    NO = "NO"
    ASK_BY_PHONE = "ASK_BY_PHONE"


class CapacityUnit(StrEnum):
    """What a pool counts."""

    BED = "BED"
    ROOM = "ROOM"
    MOTHER_CHILD_COUPLE = "MOTHER_CHILD_COUPLE"
    PLACE = "PLACE"
    HOUR = "HOUR"
    SESSION = "SESSION"


class CapacityState(StrEnum):
    """Open, full, or not confirmed lately; computed, never stored."""

    OPEN = "OPEN"
    FULL = "FULL"
    STALE = "STALE"


class HoldStatus(StrEnum):
    """What became of a hold; EXPIRED is computed from the clock."""

    HELD = "HELD"
    CONVERTED = "CONVERTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class TargetGroup(StrEnum):
    """For whom a service or pool is meant: codes, never descriptions of a person."""

    WOMEN = "women"
    MEN = "men"
    CHILDREN = "children"
    GIRLS_14_17 = "girls_14_17"
    WOMEN_WITH_CHILDREN = "women_with_children"
    PREGNANT_WOMEN = "pregnant_women"
    YOUNG_CARE_LEAVERS = "young_care_leavers"
    DOMESTIC_VIOLENCE = "domestic_violence"
    TRAFFICKING = "trafficking"
    REFUGEES = "refugees"
    ANY = "any"
    OTHER = "other"


class AttemptCode(StrEnum):
    """Why an attempt to hold places of a protected service came to nothing; the first two as refused."""

    NOT_ENOUGH_PLACES = "NOT_ENOUGH_PLACES"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    HOLD_RELEASED = "HOLD_RELEASED"
    HOLD_EXPIRED = "HOLD_EXPIRED"
