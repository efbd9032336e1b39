"""Notices to owners."""

from monitor.operations import deliver as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import NOTIFY


@app.task(name="staysub.deliver", **NOTIFY)  # type: ignore[untyped-decorator] # celery ships no types
def deliver(notice_id: str) -> None:
    """One due notice. Safe to deliver twice: the other side knows a repetition by its webhook-id or Message-ID."""
    operation.deliver(services(), notice_id)
