"""Organisations, church bodies, territories, people, roles, councils and topics."""
