"""What every domain uses and what names no domain's idea."""
