"""OAuth 2.0 for systems and apps: clients, grants, tokens and the keys that sign them."""
