"""What leaves the process for people: letters by mail and texts by SMS, with their words."""
