"""Signing in by an OpenID provider outside the coalition, for accounts that were invited."""
