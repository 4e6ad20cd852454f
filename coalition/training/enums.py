"""The closed sets of this room."""

from enum import StrEnum


class TrainingRecord(StrEnum):
    """What one record stands for; a running total adds to nothing."""

    SINGLE = "SINGLE"
    SERIES = "SERIES"
    PLANNED = "PLANNED"
    CUMULATIVE = "CUMULATIVE"


class TrainingSessionStatus(StrEnum):
    """How far a training session has come."""

    PROPOSED = "PROPOSED"
    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    ENROLMENT_CLOSED = "ENROLMENT_CLOSED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
