"""Redis: what is kept, under which keys, for how long; and the embedded server."""

from monitor.store.store import Store, open_store

__all__ = ["Store", "open_store"]
