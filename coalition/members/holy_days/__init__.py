"""Holy days: reckoned for each calendar, kept by organisations, with civil holidays beside them."""
