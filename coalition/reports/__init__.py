"""Read models across the domains: figures that say where something is done and where nothing is."""
