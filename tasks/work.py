"""What workers are handed: thin tasks, each calling one operation. All are safe to deliver twice."""

from monitor.operations import check as checks
from monitor.operations import deliver as notices
from monitor.operations import installation, mail_routes
from monitor.operations import probe as probes
from monitor.operations import tick as clock
from monitor.operations.concurrently import chunks
from monitor.operations.heartbeat import send_heartbeat
from monitor.operations.own_outbound import watch_own_outbound
from monitor.operations.weekly import tell_weekly
from monitor.wiring import services
from tasks.app import app
from tasks.options import UPKEEP, WORK


@app.task(name="staysub.check", **WORK)  # type: ignore[untyped-decorator] # celery ships no types
def check(claims: list[tuple[str, int]]) -> None:
    """Due checks as (list id, slot): each is idempotent per (list, slot)."""
    checks.check_all(services(), [(list_id, slot) for list_id, slot in claims])


@app.task(name="staysub.probe", **WORK)  # type: ignore[untyped-decorator] # celery ships no types
def probe(list_id: str, slot: int) -> None:
    """One due probe: idempotent per (list, slot), and each try to submit is made once."""
    probes.probe(services(), list_id, slot=slot)


@app.task(name="staysub.deliver", **WORK)  # type: ignore[untyped-decorator] # celery ships no types
def deliver(notice_ids: list[str]) -> None:
    """Due mails, side by side: the other side knows a repetition by its Message-ID."""
    notices.deliver(services(), notice_ids)


@app.task(name="staysub.call", **WORK)  # type: ignore[untyped-decorator] # celery ships no types
def call(notice_ids: list[str]) -> None:
    """Due calls of endpoints, side by side: the other side knows a repetition by its webhook-id."""
    notices.deliver(services(), notice_ids, hands=notices.CALLERS)


@app.task(name="staysub.routes", **WORK)  # type: ignore[untyped-decorator] # celery ships no types
def routes(domains: list[str]) -> None:
    """Where these domains receive their mail: looked up again, the same is written again."""
    mail_routes.look_up_routes(services(), domains)


@app.task(name="staysub.pulse", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def pulse() -> None:
    """One look whether the dead-man's switch is to be called now, and the call: one an interval."""
    send_heartbeat(services())


@app.task(name="staysub.tick", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def tick() -> None:
    """One beat: what is due becomes tasks. Each claim is given out once, and comes again if it was lost on the way."""
    due = clock.tick(services())
    for some in chunks(due.of("check"), checks.CHUNK):
        check.delay(some)
    for list_id, slot in due.of("probe"):
        probe.delay(list_id, slot)
    for task, ids in ((deliver, due.mails), (call, due.calls), (routes, due.routes)):
        for some_ids in chunks(ids, notices.BATCH):
            task.delay(some_ids)


@app.task(name="staysub.watch", **UPKEEP)  # type: ignore[untyped-decorator] # celery ships no types
def watch() -> None:
    """The watch over the installation, and the weekly digests: a change is written once, a digest made once.

    And what no list has any more is forgotten, a part at a time.
    """
    installation.watch(services())
    watch_own_outbound(services())
    tell_weekly(services())
    mail_routes.sweep_routes(services())
