"""Many lists at once: each in one row, sorted and counted once for page, command and API."""
