"""Deeds: one input, one payload, one transaction each."""
