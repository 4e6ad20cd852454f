"""On what terms requests are answered here: what an installation has configured."""

from __future__ import annotations

from dataclasses import dataclass, field

from coalition.graphql.persisted import PersistedDocuments, TrustedDocuments

TIME_LIMIT_SECONDS = 10.0


@dataclass(frozen=True)
class Terms:
    """What an installation has configured.

    `introspection` answers `__schema` and `__type`, and names what somebody may have meant to write.
    With `trusted` documents no others are answered, those of our own pages excepted.
    """

    time_limit_seconds: float = TIME_LIMIT_SECONDS
    introspection: bool = True
    trusted: TrustedDocuments | None = None
    persisted: PersistedDocuments = field(default_factory=PersistedDocuments)
