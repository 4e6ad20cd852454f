"""An invented coalition of any size to measure with; the same arguments make the same rows."""
