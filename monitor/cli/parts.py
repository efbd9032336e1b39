"""`staysub worker`, `beat`, `receiver`, `web`: the parts, one process each, in the foreground."""

import os
import sys
from pathlib import Path

import click

from monitor.cli.main import Cli
from monitor.cli.supervised import end_with_supervisor
from monitor.errors import UsageError

QUEUES = ("dns", "probe", "notify", "upkeep")


@click.command("worker")
@click.option("--queues", default=",".join(QUEUES), show_default=True, help="Kinds of work to take on, by comma.")
@click.option("--concurrency", type=click.IntRange(1, 1000), help="Tasks at a time; otherwise one for each CPU.")
@click.option("--loglevel", default="info", show_default=True, help="As Celery's.")
@click.pass_obj
def worker_command(root: Cli, queues: str, concurrency: int | None, loglevel: str) -> None:
    """Evaluate, probe and notify: one Celery worker. Start as many as you like, on as many machines.

    The same as `celery -A tasks worker`, with all queues named.
    """
    chosen = [queue.strip() for queue in queues.split(",") if queue.strip()]
    unknown = [queue for queue in chosen if queue not in QUEUES]
    if unknown or not chosen:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="--queues")
    arguments = ["worker", "--queues", ",".join(chosen), "--loglevel", loglevel]
    if concurrency is not None:
        arguments += ["--concurrency", str(concurrency)]
    _become_celery(root, arguments)


@click.command("beat")
@click.option("--loglevel", default="info", show_default=True, help="As Celery's.")
@click.pass_obj
def beat_command(root: Cli, loglevel: str) -> None:
    """Find what is due, again and again: Celery's beat. Two of them do no harm.

    The same as `celery -A tasks beat`. It keeps no file: what is due is kept in Redis.
    """
    _become_celery(root, ["beat", "--loglevel", loglevel, "--pidfile", ""])


def _become_celery(root: Cli, arguments: list[str]) -> None:
    """Replace this process by Celery, once the configuration is known to be good; returns only by an exception."""
    path = _checked(root)
    end_with_supervisor()
    os.environ["STAYSUB_CONFIG"] = str(path)
    os.execv(sys.executable, [sys.executable, "-m", "celery", "-A", "tasks", *arguments])  # noqa: S606 - our own interpreter; a shell would be the danger


def _checked(root: Cli) -> Path:
    """The configuration file, found and without fault."""
    from monitor.config.load import find, load

    path = find(root.config_path).absolute()
    load(path)
    return path


@click.command("receiver")
def receiver_command() -> None:
    """Take probes over IPv6."""
    raise UsageError("The receiver cannot be started alone yet.")


@click.command("web")
def web_command() -> None:
    """Serve pages and API."""
    raise UsageError("The pages cannot be started alone yet.")
