"""Object types: each field says where it comes from."""
