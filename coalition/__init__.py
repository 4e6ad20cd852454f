"""Coalition: churches and civil society acting together against trafficking in human beings."""

__version__ = "0.1.0"
