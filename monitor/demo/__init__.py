"""The demonstration: a small world of real parts on loopback."""
