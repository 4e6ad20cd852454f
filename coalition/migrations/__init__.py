"""Alembic migrations, one concern each, tested up and down on SQLite and PostgreSQL."""
