"""Asking name servers: the one place where DNS is spoken."""
