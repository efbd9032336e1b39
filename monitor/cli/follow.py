"""`staysub follow`: the part that reads an MTA's log, one process a log."""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

import click

from monitor.cli.main import Cli
from monitor.errors import StaysubError, UsageError
from monitor.processes.supervised import end_with_supervisor

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.model.mta_log import MtaLog


def _ids(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Those of the logs that begin so, for the shell; none where the configuration cannot be read."""
    from monitor.config.load import load

    with suppress(StaysubError):
        logs = load(ctx.find_root().params.get("config_path")).mta_logs
        return [each.id for each in logs if each.id.startswith(incomplete)]
    return []


@click.command("follow")
@click.option("--id", "log_id", shell_complete=_ids, help="Which one, where several are configured.")
@click.pass_obj
def follow_command(root: Cli, *, log_id: str | None) -> None:
    """Read the mail server's log as it grows: what receivers answer to every post.

    Of several [[mta_log]] tables each is a process of its own, on the machine where the log is. It may be ended or
    killed at any time: it goes on where it was left, and counts nothing twice. With path = "-" it reads standard input
    to its end.
    """
    from monitor import journal
    from monitor.config.load import VARIABLE, find, load
    from monitor.operations.follow_log import Follower
    from monitor.operations.log_memory import memory_of
    from monitor.wiring import services

    path = find(root.config_path).absolute()
    chosen = _chosen(load(path).mta_logs, log_id, str(path))
    os.environ[VARIABLE] = str(path)
    if chosen.timezone is not None:  # stamps without a zone are in the process's own
        os.environ["TZ"] = chosen.timezone
        time.tzset()
    journal.configure()
    end_with_supervisor()
    ending = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    Follower(services(), chosen.id, memory_of).follow(ending)


def _chosen(logs: "Sequence[MtaLog]", log_id: str | None, path: str) -> "MtaLog":
    """The log with that id, which one that stands alone need not be given. Raises UsageError."""
    from monitor.model.mta_log import log_named

    if not logs:
        raise UsageError(f"There is no [[mta_log]] in {path}; `staysub config example` shows one.")
    chosen = logs[0] if log_id is None and len(logs) == 1 else log_named(logs, log_id or "")
    if chosen is None:
        known = ", ".join(each.id for each in logs)
        asked = "There are several logs" if log_id is None else f"There is no log {log_id!r}"
        raise UsageError(f"{asked}; name one with --id: {known}.")
    return chosen
