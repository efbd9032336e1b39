"""`staysub probe`: one probe now, and how it arrived."""
