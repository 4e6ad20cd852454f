"""Choosing the media type of an answer."""

from __future__ import annotations

from functools import lru_cache

GRAPHQL_RESPONSE = "application/graphql-response+json"
JSON = "application/json"


def _qualities(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            found[media_type] = float(quality)
        except ValueError:
            found[media_type] = 0.0
    return found


@lru_cache(maxsize=500)
def prefers_graphql_response(accept: str | None) -> bool:
    """Whether `accept` names the GraphQL response type and does not like plain JSON better."""
    qualities = _qualities(accept or "")
    wanted = qualities.get(GRAPHQL_RESPONSE, 0.0)
    return wanted > 0 and wanted >= qualities.get(JSON, 0.0)


def wants_page(accept: str | None) -> bool:
    """Whether the client is a browser that asks for a page."""
    qualities = _qualities(accept or "")
    return qualities.get("text/html", 0.0) > max(
        qualities.get(JSON, 0.0), qualities.get(GRAPHQL_RESPONSE, 0.0)
    )
