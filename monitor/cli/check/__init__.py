"""`staysub check`: one list or domain, or a batch."""
