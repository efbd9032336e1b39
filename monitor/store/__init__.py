"""Redis: what is kept, under which keys, for how long; and the embedded server."""
