"""The configuration that `staysub init` writes, with what to look at again: one screen or two, never more. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from textwrap import wrap
from typing import Final

from monitor.config.toml import write_value
from monitor.inert import inert
from monitor.managers.catalogue import MANAGERS
from monitor.model.dns import IpAddress, PtrResult
from monitor.proposal.found import Found
from monitor.proposal.propose import Proposal, remarks, why_unknown

LINES_MOST: Final = 60  # of the file: nobody reads more before the first answer
_COLUMN: Final = 58  # where the remarks behind values begin
_WIDTH: Final = 110  # columns of a line: text from DNS may be long
_ADDRESSES_TOLD: Final = 6
_REMARKS_TOLD: Final = 4
AGAIN: Final = "#?"  # what DNS does not tell for certain

_EXAMPLE: Final = Proposal(
    address="ipv6-ops@lists.example.org",
    outbound=(ip_address("192.0.2.25"), ip_address("2001:db8:25::25")),
    helo="mail.lists.example.org",
    reverse_path="ipv6-ops-bounces@lists.example.org",
    owners=("owner@example.org",),
    sender="staysub@example.org",
)


def told(found: Found) -> list[str]:
    """What DNS told, a line each: for the head of the file, and for whoever sits in front of the terminal."""
    lines = [f"MX   {inert(host.name)}{f' ({host.provider})' if host.provider else ''}" for host in found.hosts]
    for address in found.public[:_ADDRESSES_TOLD]:
        reverse, verdict = found.reverse.get(address), found.verdicts.get(address)
        names = "DNS did not tell its PTR" if reverse is None else _PTR[reverse.result]
        ptr = names.format(", ".join(map(inert, (reverse.confirmed or reverse.names) if reverse else ())))
        lines.append(f"     {address}  {ptr}{f'; SPF {verdict}' if verdict else ''}")
    if len(found.public) > _ADDRESSES_TOLD:
        lines.append(f"     and {len(found.public) - _ADDRESSES_TOLD} more")
    if found.spf is not None:
        lines += [f"SPF  {inert(record)}" for record in found.spf[:2]] or [f"SPF  {found.domain} has no record"]
    return [_cut(line) for line in lines]


_PTR: Final = {
    PtrResult.PASS: "PTR {}",
    PtrResult.MISMATCH: "PTR {}, which does not lead back",
    PtrResult.MISSING: "no PTR",
    PtrResult.TEMPERROR: "DNS did not tell its PTR",
}


def written(proposal: Proposal, found: Found, *, on: date, mta_log: tuple[str, Path] | None = None) -> str:
    """The file: what was found, and each setting with what to look at again. At most LINES_MOST lines.

    `mta_log` is the kind of this machine's mail server, with its log.
    """
    lines = told(found)
    told_then = "; DNS told then:" if lines else "."
    head = [
        f"# Staysub watches {proposal.address}. Written by `staysub init` on {on.isoformat()}{told_then}",
        *(f"#   {line}" for line in lines),
        *(line for each in told_of(found, proposal.outbound) for line in _comment(each)),
        f"# Look again at each line with {AGAIN}, which DNS cannot tell. Every other setting: `staysub config example`.",
        f"# Then: `staysub config check`, `staysub check {proposal.list_id}`, `staysub run`.",
    ]
    return "\n".join([*head, *_body(proposal, why_unknown(found), mta_log)]) + "\n"


def short_example() -> str:
    """What a first configuration needs, on one screen."""
    head = [
        "# What a first configuration needs. `staysub init` proposes yours from DNS; every setting: `staysub config example`.",
        f"# {AGAIN} is what DNS cannot tell. Then `staysub config check`, `staysub check {_EXAMPLE.list_id}`, `staysub run`.",
    ]
    return "\n".join([*head, *_body(_EXAMPLE, "")]) + "\n"


def told_of(found: Found, outbound: Sequence[IpAddress]) -> Sequence[str]:
    """What should be looked at again, a sentence each; of many the first."""
    every = [inert(each) for each in remarks(found, outbound)]
    more = len(every) - _REMARKS_TOLD
    return every if more <= 0 else [*every[:_REMARKS_TOLD], f"There is more of the kind: {more}."]


def _body(proposal: Proposal, unknown: str, mta_log: tuple[str, Path] | None = None) -> Iterator[str]:
    if proposal.nameservers:
        yield from ("", "[dns]", f"nameservers = {write_value(proposal.nameservers)}")
    yield from ("", "[notices]")
    yield _pair("from", proposal.sender, f"{AGAIN} whom notices are from: an address of yours")
    yield _pair("relay", proposal.relay, f"{AGAIN} takes them; best not the list's own MTA")
    if mta_log is not None:
        kind, path = mta_log
        yield ""
        yield f"{AGAIN} If the list's mail leaves through this machine, take each # away: its log tells what receivers answer."
        yield from ("#[[mta_log]]", f"#kind = {write_value(kind)}", f"#path = {write_value(str(path))}")
    yield from ("", "[[list]]")
    yield _pair("id", proposal.list_id, "# its name in commands and pages")
    yield _pair("address", proposal.address, "# where posts go to")
    yield _pair("reverse_path", proposal.reverse_path, f"{AGAIN} where its mail bounces to: Return-Path of a post")
    if proposal.helo:
        yield _pair("helo", proposal.helo, f"{AGAIN} what its MTA says in EHLO")
    else:
        open_pair = '#helo = "…"'
        yield f"{open_pair:{_COLUMN}}  {AGAIN} what its MTA says in EHLO: fill it in, and take the # away"
    if proposal.outbound:
        yield f"{AGAIN} Every address that its mail leaves from. Where it only arrives, or leaves elsewhere, change them."
        yield from _array("outbound", [str(each) for each in proposal.outbound])
    else:
        yield f"{AGAIN} Every address that its mail leaves from: fill them in, and take the # away."
        yield from _comment(inert(unknown))
        yield "# The first Received line of a post in a mailbox elsewhere shows it; `staysub explain FILE` reads it."
        yield '#outbound = ["…", "…"]'
    yield _pair("owners", proposal.owners, f"{AGAIN} who is told")
    yield f"{AGAIN} Whose bounce arithmetic counts: {', '.join(MANAGERS)}."
    yield f"manager = {write_value(proposal.manager)}"
    yield '#subscribers = {"gmail.com" = 300, "outlook.com" = 120}  # where they are: says how many are at risk'


def _pair(key: str, value: object, remark: str) -> str:
    return f"{f'{key} = {write_value(value)}':{_COLUMN}}  {remark}"


def _array(key: str, values: Sequence[str]) -> Iterator[str]:
    """On one line where it fits, else some values a line."""
    whole = f"{key} = {write_value(values)}"
    if len(whole) <= _WIDTH:
        yield whole
        return
    yield f"{key} = ["
    for start in range(0, len(values), 2):
        yield f"    {', '.join(map(write_value, values[start : start + 2]))},"
    yield "]"


def _comment(sentence: str) -> list[str]:
    """At most two lines: a sentence of ours is shorter, but for what it quotes of DNS."""
    return [f"# {line}" for line in wrap(sentence, _WIDTH - 2, max_lines=2, placeholder=" …")]


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
