"""Capacity building: training sessions, planned and held."""
