"""`staysub init`: a configuration for one's own list, from its posting address."""
