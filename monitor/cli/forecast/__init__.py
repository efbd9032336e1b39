"""`staysub forecast`."""
