"""The key under which tests write the audit log."""

AUDIT_KEY = b"a" * 32
