"""The heartbeat to a dead-man's switch."""

from monitor.operations import heartbeat as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import HEARTBEAT


@app.task(name="staysub.pulse", **HEARTBEAT)  # type: ignore[untyped-decorator] # celery ships no types
def pulse() -> None:
    """One look whether the switch is to be called now, and the call. Safe to deliver twice: one call an interval."""
    operation.send_heartbeat(services())
