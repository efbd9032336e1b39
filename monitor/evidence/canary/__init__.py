"""Mail to our own subscription to the list."""
