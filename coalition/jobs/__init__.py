"""Scheduled work: a way in like pages and GraphQL, opening its own units of work."""
