"""What `staysub init` asks somebody at a terminal: each answer has a proposal, and is judged at once."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import click

from monitor.cli.init.writing import folded
from monitor.config.endpoints import parse_domain
from monitor.config.outbound import parse_outbound
from monitor.config.url import parse_smtp_url
from monitor.managers.catalogue import MANAGERS
from monitor.model.dns import IpAddress
from monitor.proposal.found import Found
from monitor.proposal.propose import Proposal, propose, read_address

T = TypeVar("T")


def asked_address(before: str | None = None) -> str:
    """The posting address; asked again, that which was given before is proposed."""
    return _ask("Posting address of your list", read_address, before)


def asked_about(address: str, found: Found, *, ask_owners: bool, ask_relay: bool) -> Proposal:
    """The proposal as it was answered. Raises click.Abort at Ctrl-C."""
    click.echo("\nEnter keeps what is in brackets; everything can be changed in the file later.")
    click.echo(folded(f"List managers: {', '.join(MANAGERS)}.", indent="", begins=""))
    manager = _ask("List manager", _manager, propose(address, found).manager)
    proposed = propose(address, found, manager=manager)
    outbound = _ask(
        "Addresses that its mail leaves from", _outbound, ", ".join(map(str, proposed.outbound)), empty=True
    )
    answered = replace(
        proposed,
        outbound=outbound,
        helo=_ask("Name that its mail server says in EHLO", _helo, proposed.helo, empty=True),
        reverse_path=_ask("Address that its mail bounces to", read_address, proposed.reverse_path),
    )
    if ask_owners:
        answered = replace(answered, owners=_ask("Who is told by mail", _owners, ", ".join(proposed.owners)))
    answered = replace(answered, sender=_ask("Whom notices are from", read_address, proposed.sender))
    if ask_relay:
        answered = replace(answered, relay=_ask("Server that takes the notices", parse_smtp_url, proposed.relay))
    return answered


def _ask(question: str, read: Callable[[str], T], proposed: str | None = None, *, empty: bool = False) -> T:
    """The answer; asked again, with the reason, where it cannot be taken. `empty`: it may be left open."""

    def judged(answer: str) -> T:
        try:
            return read(answer)
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    if empty and not proposed:
        hint = f"{question} (empty: to be filled in later)"
        return click.prompt(hint, default="", show_default=False, value_proc=judged)
    return click.prompt(question, default=proposed, value_proc=judged)


def _manager(answer: str) -> str:
    name = answer.strip().lower()
    if name not in MANAGERS:
        raise ValueError(f"must be one of {', '.join(MANAGERS)}")
    return name


def _several(answer: str) -> list[str]:
    return answer.replace(",", " ").split()


def _outbound(answer: str) -> tuple[IpAddress, ...]:
    return tuple(dict.fromkeys(map(parse_outbound, _several(answer))))


def _helo(answer: str) -> str:
    return parse_domain(answer) if answer.strip() else ""


def _owners(answer: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_address(each) for each in _several(answer)))
