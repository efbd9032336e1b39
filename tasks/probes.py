"""Probes of lists."""

from monitor.operations import probe as operation
from monitor.wiring import services
from tasks.app import app
from tasks.options import PROBE


@app.task(name="staysub.probe", **PROBE)  # type: ignore[untyped-decorator] # celery ships no types
def probe(list_id: str, slot: int) -> None:
    """One due probe. Safe to deliver twice: idempotent per (list, slot), and each try to submit is made once."""
    operation.probe(services(), list_id, slot=slot)
