"""Generic readers derived from the declarations."""
