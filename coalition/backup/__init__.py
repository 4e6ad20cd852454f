"""Backups: one consistent copy of everything, which also moves a coalition to the other kind of database."""
