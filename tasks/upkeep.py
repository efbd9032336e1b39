"""The tick: what is due becomes tasks."""

from monitor.operations import installation
from monitor.operations import tick as operation
from monitor.operations.check import CHUNK
from monitor.operations.concurrently import chunks
from monitor.operations.deliver import BATCH
from monitor.operations.own_outbound import watch_own_outbound
from monitor.operations.weekly import tell_weekly
from monitor.wiring import services
from tasks.app import app
from tasks.checks import check
from tasks.notices import call, deliver
from tasks.options import UPKEEP
from tasks.probes import probe


@app.task(name="staysub.tick", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def tick() -> None:
    """One beat. Safe to deliver twice: each claim is given out once, and comes again if it was lost on the way."""
    due = operation.tick(services())
    for some in chunks(due.of("check"), CHUNK):
        check.delay(some)
    for list_id, slot in due.of("probe"):
        probe.delay(list_id, slot)
    for task, notices in ((deliver, due.mails), (call, due.calls)):
        for each in chunks(notices, BATCH):
            task.delay(each)


@app.task(name="staysub.watch", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def watch() -> None:
    """The watch over the host, and the weekly digests. Safe to deliver twice: a change is written once, a digest made once."""
    installation.watch(services())
    watch_own_outbound(services())
    tell_weekly(services())
