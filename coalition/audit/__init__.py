"""Who did what, when, to which record: appended in the transaction of the deed."""
