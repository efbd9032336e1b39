"""`staysub worker`, `beat`, `receiver`, `web`: the parts, one process each, in the foreground."""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.listening import see_pages
from monitor.cli.lists import ListName, known_lists, no_list
from monitor.cli.main import Cli
from monitor.cli.opening import receiver_rules
from monitor.cli.output import say
from monitor.errors import UsageError
from monitor.operations.queues import QUEUES
from monitor.processes.alive import Alive
from monitor.processes.supervised import end_with_supervisor

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.dns.answer import Answer, Resolver
    from monitor.model.lists import MailingList
    from monitor.model.vantage import Vantage
    from monitor.operations.services import Services
    from monitor.receiver.token_addresses import TokenAddresses

DEMO_URL_VARIABLE = "STAYSUB_DEMO_URL"  # set by `staysub run` for the demonstration: where its workshop is


@click.command("worker")
@click.option(
    "--queues",
    help=f"Kinds of work to take on, by comma, in one worker: {', '.join(QUEUES)}. Otherwise all, each kind in a worker of its own.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    help="Tasks at a time (of all kinds: checks); otherwise one for each CPU.",
)
@click.option("--probes", type=click.IntRange(1, 1000), help="Probes at a time; otherwise 16. Not with --queues.")
@click.option("--loglevel", default="info", show_default=True, help="As Celery's.")
@click.pass_obj
def worker_command(root: Cli, queues: str | None, concurrency: int | None, probes: int | None, loglevel: str) -> None:
    """Evaluate, probe and notify. Start as many as you like, on as many machines.

    Five Celery workers in one: upkeep, checks, probes, mails and calls wait for different servers, and none waits for
    another. With --queues it is one, the same as `celery -A tasks worker`, without what workers tell each other.
    """
    counted = [] if concurrency is None else ["--concurrency", str(concurrency)]
    if queues is None:
        more = [] if probes is None else ["--probes", str(probes)]
        _become(root, "tasks.workers", ["--loglevel", loglevel, *counted, *more])
        return
    chosen = [queue.strip() for queue in queues.split(",") if queue.strip()]
    unknown = [queue for queue in chosen if queue not in QUEUES]
    if unknown or not chosen:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="--queues")
    if probes is not None:
        raise click.BadParameter("with --queues there is one worker: give --concurrency", param_hint="--probes")
    alone = ["--without-gossip", "--without-mingle"]
    _become_celery(root, ["worker", "--queues", ",".join(chosen), "--loglevel", loglevel, *alone, *counted])


@click.command("beat")
@click.option("--loglevel", default="info", show_default=True, help="As Celery's.")
@click.pass_obj
def beat_command(root: Cli, loglevel: str) -> None:
    """Find what is due, again and again: Celery's beat. Two of them do no harm.

    The same as `celery -A tasks beat`. It keeps no file: what is due is kept in Redis.
    """
    _become_celery(root, ["beat", "--loglevel", loglevel, "--pidfile", ""])


@click.command("receiver")
@click.option(
    "--id", "vantage_id", envvar="STAYSUB_RECEIVER", show_envvar=True, help="Which one, where several are configured."
)
@click.option("--dns", is_flag=True, help="Print the DNS records that the probe domain needs, and end.")
@click.option("--canary", metavar="LIST", help="Print the address that can be subscribed to this list, and end.")
@click.option("--bounces", metavar="LIST", help="Print the address that this list's bounces can be copied to, and end.")
@click.option(
    "--reports",
    metavar="LIST",
    type=ListName(),
    help="Print the address that receivers' reports about this list's domain can go to, and the records to publish, and end.",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="So many processes on one port."
)
@click.option("--user", help="Started by root for the port: become this user once it is bound.")
@click.pass_obj
def receiver_command(
    root: Cli,
    *,
    vantage_id: str | None,
    dns: bool,
    canary: str | None,
    bounces: str | None,
    reports: str | None,
    processes: int,
    user: str | None,
) -> int:
    """Take probes over IPv6 and note how they arrived. Only addresses with a valid token; nothing is ever relayed.

    Of several [[receiver]] tables each is a process of its own, best at another place in the network. With --processes
    each has its own limits on connections; all end together.
    """
    from monitor import journal
    from monitor.config.load import VARIABLE, load
    from monitor.dns.name import a_label
    from monitor.receiver.zone import dns_zone_lines
    from monitor.wiring import receiver_backend, services

    path = _checked(root)
    loaded = load(path)
    receivers, notices = loaded.receivers, loaded.notices
    reported = sorted({a_label(each.address.rpartition("@")[2]) for each in known_lists(loaded)}) if dns else []
    if not receivers:
        raise UsageError(f"There is no [receiver] in {path}; `staysub config example` shows one.")
    if dns and vantage_id is None:
        told = [dns_zone_lines(each, notices.senders if each is receivers[0] else (), reported) for each in receivers]
        click.echo("\n".join(told), nl=False)
        return 0
    vantage = _chosen(receivers, vantage_id)
    if dns:
        click.echo(dns_zone_lines(vantage, notices.senders if vantage == receivers[0] else (), reported), nl=False)
        return 0
    os.environ[VARIABLE] = str(path)
    named = next((each for each in (canary, bounces, reports) if each is not None), None)
    if named is not None:
        made = services()
        listed = made.watched(named)
        if listed is None:
            raise no_list(named, [each.id for each in made.lists()])
        if named == reports:
            _print_reports(made, listed, receiver_backend(made).addresses, vantage.domain)
            return 0
        _print_standing(named, receiver_backend(made).addresses, vantage.domain, for_copies=canary is None)
        return 0
    end_with_supervisor()
    journal.configure()
    if processes == 1:
        _receive(vantage, user, sock=None, turn=os.getpid())
        return 0
    return _receive_in(processes, vantage, user)


def _chosen(receivers: "Sequence[Vantage]", vantage_id: str | None) -> "Vantage":
    """The receiver with that id, which one that stands alone need not be given. Raises UsageError."""
    from monitor.model.vantage import vantage_of

    chosen = receivers[0] if vantage_id is None and len(receivers) == 1 else vantage_of(receivers, vantage_id or "")
    if chosen is None:
        known = ", ".join(each.id for each in receivers)
        asked = "There are several receivers" if vantage_id is None else f"There is no receiver {vantage_id!r}"
        raise UsageError(f"{asked}; name one with --id: {known}.")
    return chosen


def _receive(vantage: "Vantage", user: str | None, *, sock: socket.socket | None, turn: int) -> None:
    """Be the receiver until a signal, on the processor whose turn it is, and give its sign of life."""
    from monitor.incident.signs_of_life import HEARTBEAT_EVERY
    from monitor.operations.receiver_health import note_life
    from monitor.receiver.processor import keep_on_one_processor
    from monitor.receiver.selfcheck import when_well
    from monitor.receiver.server import Receiver, run
    from monitor.wiring import receiver_backend, services

    keep_on_one_processor(turn)
    made = services()
    backend = receiver_backend(made)

    def ready(receiver: Receiver) -> None:
        answers = when_well(
            vantage,
            receiver.address,
            own_address=backend.addresses.own_address,
            note=lambda: note_life(made, vantage),
        )
        Alive(answers, HEARTBEAT_EVERY).start()

    run(vantage, backend=backend, resolver=_NamedNow(made.resolver), ready=ready, user=user, sock=sock)


def _receive_in(processes: int, vantage: "Vantage", user: str | None) -> int:
    """Several receivers on one port: on systemd's socket together, else each on one of its own that shares the port."""
    from monitor.config.endpoints import split_endpoint
    from monitor.processes.forked import run_forked
    from monitor.receiver.sockets import bind, systemd_socket

    shared = systemd_socket()
    # Ours is bound and never listens: the port is ours from here on, and its number is known to all.
    holder = shared or bind(split_endpoint(vantage.listen), reuse_port=True)
    host, port = holder.getsockname()[:2]
    first = os.getpid()  # of the command, so that several commands on one host begin at different processors

    def work(number: int) -> None:
        sock = shared or bind((host, port), reuse_port=True)
        _receive(vantage, user, sock=sock, turn=first + number)

    return run_forked(processes, work)


def _print_standing(list_id: str, addresses: "TokenAddresses", domain: str, *, for_copies: bool) -> None:
    """The address alone on standard output, what it is for on standard error."""
    address, expires_at = (addresses.copies_address if for_copies else addresses.canary_address)(list_id, domain)
    until = f"It takes mail until {expires_at:%Y-%m-%d}; ask for a new one before."
    click.echo(address)
    say(
        f"Let the list's mail server copy to this address what comes to the reverse-path of {list_id}. {until} Copies are taken "
        "from the list's own hosts alone; of subscribers nothing is kept but domains and counts."
        if for_copies
        else f"Subscribe this address to {list_id}, best by the list's owner. {until} A request for confirmation is shown among "
        "the findings, and never answered by Staysub.",
        err=True,
    )


def _print_reports(made: "Services", listed: "MailingList", addresses: "TokenAddresses", domain: str) -> None:
    from monitor.cli.reports_address import print_reports_address

    address, expires_at = addresses.reports_address(listed.id, domain)
    print_reports_address(
        listed,
        made.resolver(),
        address=address,
        expires_at=expires_at,
        receiver_domain=domain,
        takes=lambda other: addresses.takes_reports(other, domain),
    )


@click.command("web")
@click.pass_obj
def web_command(root: Cli) -> None:
    """Serve pages, API, health and metrics."""
    from monitor import journal
    from monitor.config.reload import SettingsSource
    from monitor.store.configured import agreed_now, store_of
    from monitor.web import serve
    from monitor.web.page_services import PageServices

    journal.configure()
    source = SettingsSource(_checked(root))
    see_pages(source.current())
    end_with_supervisor()
    serve(
        PageServices(
            settings=source.current,
            store=store_of(source.current()),
            rules=receiver_rules(),
            now=agreed_now(source.current()),
            problem=lambda: source.problem,
            demo_url=os.environ.get(DEMO_URL_VARIABLE),
        )
    )


class _NamedNow:
    """A resolver that asks the servers which the configuration names now."""

    def __init__(self, resolver: "Callable[[], Resolver]") -> None:
        self._resolver = resolver

    def lookup(self, name: str, rrtype: str, *, timeout_s: float | None = None) -> "Answer":
        """As Resolver.lookup."""
        return self._resolver().lookup(name, rrtype, timeout_s=timeout_s)


def _become_celery(root: Cli, arguments: list[str]) -> None:
    """Replace this process by Celery; returns only by an exception."""
    _become(root, "celery", ["-A", "tasks", *arguments])


def _become(root: Cli, module: str, arguments: list[str]) -> None:
    """Replace this process by that module, once the configuration is known to be good."""
    from monitor.config.load import VARIABLE

    path = _checked(root)
    end_with_supervisor()
    os.environ[VARIABLE] = str(path)
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - our own interpreter; a shell would be the danger


def _checked(root: Cli) -> Path:
    """The configuration file, found and without fault."""
    from monitor.config.load import find, load

    path = find(root.config_path).absolute()
    load(path)
    return path
