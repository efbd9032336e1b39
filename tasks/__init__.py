"""Celery: the app, its options, the schedule and thin tasks that call `monitor`."""
