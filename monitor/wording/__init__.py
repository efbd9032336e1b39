"""What people read of a list's receivers, worded once for command, page, mail and API."""
