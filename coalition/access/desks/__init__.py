"""Accounts that several people share at a desk, each known by a label and a PIN of their own."""
