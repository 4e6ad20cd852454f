"""Who is calling: accounts, sign-in, tokens and clients, resolved to an `Actor`."""
