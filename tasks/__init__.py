"""Celery: the app, its options, the schedule and thin tasks that call `monitor`."""

from tasks.app import app

__all__ = ["app"]
