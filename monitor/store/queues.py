"""Celery's queues, which are lists of the same Redis: how much waits in them. They are written by Celery alone."""

from monitor.store.client import Redis, translated


class Queues:
    """What waits for a worker."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    def waiting(self, queue: str) -> int:
        """How many tasks wait in that queue; those that a worker has in hand are not counted."""
        with translated("counted the waiting tasks"):
            return int(self._redis.llen(queue))
