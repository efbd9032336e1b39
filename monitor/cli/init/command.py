"""`staysub init`: asks for a posting address, looks in DNS, proposes, writes the configuration."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.main import EX_CONFIG, EX_UNAVAILABLE, Cli
from monitor.cli.opening import receiver_rules
from monitor.errors import UsageError
from monitor.inert import inert

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from monitor.proposal.found import Found
    from monitor.proposal.propose import Proposal

EXISTS = 1  # exit code where a configuration is there, and kept


class Read(click.ParamType[str]):
    """A value of the configuration, read as the configuration reads it."""

    def __init__(self, name: str, reader: Callable[[], Callable[[str], object]]) -> None:
        """`reader` gives the function that reads: it is imported when a value is there."""
        self.name = name
        self._reader = reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value in its one form. Fails with a sentence where it is none."""
        try:
            return str(self._reader()(str(value)))
        except (ValueError, UsageError) as error:
            self.fail(str(error), param, ctx)


def _of_address() -> Callable[[str], object]:
    from monitor.proposal.propose import read_address

    return read_address


def _of_relay() -> Callable[[str], object]:
    from monitor.config.url import parse_smtp_url

    return parse_smtp_url


def _of_server() -> Callable[[str], object]:
    from monitor.dns.servers import parse_server

    return parse_server


ADDRESS, RELAY, SERVER = Read("address", _of_address), Read("url", _of_relay), Read("address[:port]", _of_server)


@click.command("init")
@click.option("--address", type=ADDRESS, metavar="ADDRESS", help="The list's posting address.")
@click.option("--yes", is_flag=True, help="Ask nothing and write what is proposed: for scripts. Needs --address.")
@click.option(
    "--nameserver",
    "nameservers",
    type=SERVER,
    multiple=True,
    metavar="ADDR[:PORT]",
    help="Resolver to ask, now and by the configuration. Repeatable.",
)
@click.option(
    "--owner",
    "owners",
    type=ADDRESS,
    multiple=True,
    metavar="ADDRESS",
    help="Who is told by mail; otherwise the list's owners. Repeatable.",
)
@click.option("--relay", type=RELAY, metavar="URL", help="Server that takes notices; otherwise smtp://localhost:25.")
@click.option("--force", is_flag=True, help="Write over a configuration that is there.")
@click.pass_obj
def init_command(
    root: Cli,
    *,
    address: str | None,
    yes: bool,
    nameservers: tuple[str, ...],
    owners: tuple[str, ...],
    relay: str | None,
    force: bool,
) -> int:
    """Write a configuration for your own list: asks for its address, looks in DNS, and proposes the rest.

    Writes ./staysub.toml, or what --config names. Proposed are the public addresses of the domain's mail servers (MX),
    the name in their reverse DNS, and the addresses that the list manager uses for bounces and owners; each can be
    changed before anything is written, and Ctrl-C leaves nothing.

    Exit codes: 0 written; 1 there is a configuration already, which is kept; 64 wrong usage; 69 DNS did not answer, so
    that nothing was written; 78 written, and what DNS does not tell has to be filled in.
    """
    from monitor.cli.init.writing import kept, next_steps, write
    from monitor.cli.output import warn
    from monitor.config.load import DEFAULT

    path = root.config_path or DEFAULT
    if yes and address is None:
        raise UsageError("--yes asks nothing: name the list with --address.")
    if not yes and not sys.stdin.isatty():
        raise UsageError("There is no terminal to ask on: in a script give --yes and --address.")
    if path.exists() and not force:
        warn(kept(path))
        return EXISTS
    try:
        made = _unasked(address or "", nameservers) if yes else _asked(address, nameservers, owners, relay)
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nNothing was written.", err=True)
        raise
    if made is None:
        return EX_UNAVAILABLE
    proposal, found = made
    proposal = replace(
        proposal, nameservers=nameservers, owners=owners or proposal.owners, relay=relay or proposal.relay
    )
    if not write(path, proposal, found, force=force):
        warn(kept(path))
        return EXISTS
    click.echo(next_steps(path, proposal))
    if proposal.complete:
        return 0
    warn(_to_fill_in(path, proposal, found))
    return EX_CONFIG


def _look(address: str, nameservers: tuple[str, ...]) -> "Found":
    from monitor.cli.progress import waiting
    from monitor.clock import now
    from monitor.dns.resolver import system_resolver
    from monitor.proposal.look import look

    domain = address.rpartition("@")[2]
    with waiting(f"Looking up {domain} …"):
        return look(domain, system_resolver(nameservers), receiver_rules(), now=now())


def _unasked(address: str, nameservers: tuple[str, ...]) -> "tuple[Proposal, Found] | None":
    """What is proposed; None where DNS did not answer at all, which is told: another time it may."""
    from monitor.cli.output import warn
    from monitor.proposal.found import Arrival
    from monitor.proposal.propose import propose, why_unknown

    found = _look(address, nameservers)
    if found.arrival is Arrival.SILENT:
        warn(f"{why_unknown(found)} Nothing was written: try again, or name a resolver with --nameserver.")
        return None
    _tell(found)
    return propose(address, found), found


def _asked(
    address: str | None, nameservers: tuple[str, ...], owners: tuple[str, ...], relay: str | None
) -> "tuple[Proposal, Found]":
    """What somebody at the terminal makes of it. Raises click.Abort at Ctrl-C."""
    from monitor.cli.init.questions import asked_about, asked_address
    from monitor.proposal.found import Arrival
    from monitor.proposal.propose import why_unknown

    insisted, address = address is not None, address or asked_address()
    found = _look(address, nameservers)
    while found.arrival is Arrival.NO_DOMAIN and not insisted:  # misspelt, most likely: Enter insists
        click.echo(f"! {why_unknown(found)}")
        again = asked_address(address)
        insisted = again == address
        if not insisted:
            address, found = again, _look(again, nameservers)
    _tell(found, why_unknown(found))
    return asked_about(address, found, ask_owners=not owners, ask_relay=relay is None), found


def _tell(found: "Found", *sentences: str) -> None:
    """What DNS told, and what to look at again; `sentences` first."""
    from monitor.cli.init.writing import folded
    from monitor.proposal.file import told, told_of

    lines = told(found)
    if lines:
        click.echo(f"DNS tells of {found.domain}:")
    for line in lines:
        click.echo(folded(line, indent="       "))
    for sentence in filter(None, (*sentences, *told_of(found, found.public))):
        click.echo(folded(inert(sentence), indent="  ", begins="! "))


def _to_fill_in(path: Path, proposal: "Proposal", found: "Found") -> str:
    from monitor.proposal.propose import why_unknown

    keys = " and ".join(proposal.open_keys)
    return f"{path}: {keys} must be filled in before Staysub can run. {why_unknown(found)}".rstrip()
