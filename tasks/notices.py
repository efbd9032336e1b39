"""Notices to owners."""

from monitor.operations import deliver as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import NOTIFY


@app.task(name="staysub.deliver", **NOTIFY)  # type: ignore[untyped-decorator] # celery ships no types
def deliver(notice_ids: list[str]) -> None:
    """Due mails, side by side. Safe to deliver twice: the other side knows a repetition by its Message-ID."""
    operation.deliver(services(), notice_ids)


@app.task(name="staysub.call", **NOTIFY)  # type: ignore[untyped-decorator] # celery ships no types
def call(notice_ids: list[str]) -> None:
    """Due calls of endpoints, side by side. Safe to deliver twice: the other side knows a repetition by its webhook-id."""
    operation.deliver(services(), notice_ids)
