"""The life of an incident and when to tell of it."""
