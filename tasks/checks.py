"""Checks of lists."""

from monitor.operations import check as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import DNS_CHECK


@app.task(name="staysub.check", **DNS_CHECK)  # type: ignore[untyped-decorator] # celery ships no types
def check(list_id: str, slot: int) -> None:
    """One due check. Safe to deliver twice: idempotent per (list, slot)."""
    operation.check(services(), list_id, slot=slot)
