"""The one place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

# Civil dates are read in the organisation's zone; Chișinău unless it says otherwise (DOMAIN.md section 3).
DEFAULT_ZONE = ZoneInfo("Europe/Chisinau")


def system_clock() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_date(moment: datetime, zone: ZoneInfo = DEFAULT_ZONE) -> date:
    """The calendar day of `moment` in `zone`."""
    return moment.astimezone(zone).date()
