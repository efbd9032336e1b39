"""Checks of lists."""

from monitor.operations import check as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import DNS_CHECK


@app.task(name="staysub.check", **DNS_CHECK)  # type: ignore[untyped-decorator] # celery ships no types
def check(claims: list[tuple[str, int]]) -> None:
    """Due checks as (list id, slot). Safe to deliver twice: each is idempotent per (list, slot)."""
    operation.check_all(services(), [(list_id, slot) for list_id, slot in claims])
