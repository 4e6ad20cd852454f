"""The one way in: types declared over the domains' models, queries, deeds and live events."""
