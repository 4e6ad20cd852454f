"""Root query fields, one file for each room."""
