"""Prevention, awareness, advocacy and coordination: what is done, and what is published about the field."""
