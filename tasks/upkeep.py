"""The tick: what is due becomes tasks."""

from monitor.operations import tick as operation
from monitor.operations.deliver import batches
from monitor.wiring import services
from tasks.app import app
from tasks.checks import check
from tasks.notices import deliver
from tasks.options import UPKEEP
from tasks.probes import probe

BY_KIND = {"check": check, "probe": probe}


@app.task(name="staysub.tick", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def tick() -> None:
    """One beat. Safe to deliver twice: each claim is given out once, and comes again if it was lost on the way."""
    due = operation.tick(services())
    for claim in due.claims:
        BY_KIND[claim.kind].delay(claim.list_id, claim.slot)
    for some in batches(due.notices):
        deliver.delay(some)
