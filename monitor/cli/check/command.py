"""`staysub check`: what receivers see of a domain or a list in DNS, now."""

import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from monitor.cli.lists import ListName, find_list
from monitor.cli.main import EX_USAGE, Cli
from monitor.errors import ConfigError, UsageError
from monitor.model.dns import IpAddress


class Address(click.ParamType[IpAddress]):
    """An IPv4 or IPv6 address; an IPv4-mapped one is taken as the IPv4 address that it is."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> IpAddress:
        """The address. Fails with a sentence where it is none."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return] # click converts a default a second time
        try:
            found = ip_address(value.strip("[]"))
        except ValueError:
            self.fail(f"{value!r} is no IP address; write 192.0.2.25 or 2001:db8::25", param, ctx)
        mapped = getattr(found, "ipv4_mapped", None)
        return mapped or found


@click.command("check")
@click.argument("target", required=False, metavar="DOMAIN|LIST", type=ListName())
@click.option("--batch", metavar="FILE|-", help="Answer JSON lines with mail_from, helo and client_ip, one by one.")
@click.option("--ip", "ips", type=Address(), multiple=True, help="Address that mail leaves from. Repeatable.")
@click.option(
    "--mail-from", help='Reverse-path of the mail, "" for the null one of bounces; otherwise postmaster@DOMAIN.'
)
@click.option("--helo", help="Name in EHLO; otherwise the domain.")
@click.option("--nameserver", "nameservers", multiple=True, metavar="ADDR[:PORT]", help="Resolver to ask. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--nagios", is_flag=True, help="One plugin line with performance data.")
@click.option("--tree", is_flag=True, help="Show the record with all that it includes, and what each term costs.")
@click.option("--trace", is_flag=True, help="Show every DNS question behind the verdicts.")
@click.option(
    "--stored", is_flag=True, help="The list's last stored check, its verdicts reached again from their trace."
)
@click.option(
    "--servers/--no-servers",
    default=None,
    help="Ask each name server of the zones directly, over IPv4 and IPv6. As a rule so, but not with --nameserver.",
)
@click.pass_obj
def check_command(
    cli: Cli,
    *,
    target: str | None,
    batch: str | None,
    ips: tuple[IpAddress, ...],
    mail_from: str | None,
    helo: str | None,
    nameservers: tuple[str, ...],
    as_json: bool,
    nagios: bool,
    tree: bool,
    trace: bool,
    stored: bool,
    servers: bool | None,
) -> int:
    """Evaluate SPF and reverse DNS as receivers would, and say what to publish.

    The target is a list of the configuration, by its id, or any domain: then no configuration is needed. Without --ip a
    domain is checked for the addresses of its own mail servers (MX).

    With --batch each line such as {"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": ["192.0.2.1"]} is
    answered by one line, in order; 64 is the exit code where a line could not be read.

    Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown (DNS did not answer), 64 wrong usage.
    """
    from monitor.dns.resolver import system_resolver

    if servers is None:
        servers = not nameservers
    settings = _settings(cli)
    if (target is None) == (batch is None):
        raise UsageError("Name a domain or a list to check, or a file of questions with --batch.")
    listed = None if settings is None or target is None else find_list(settings, target)
    if settings is not None and not nameservers:
        nameservers = settings.dns.nameservers
    resolver = system_resolver(nameservers) if settings is None else system_resolver(nameservers, settings.dns.timeout)
    at = datetime.now(UTC)
    if batch is not None:
        from monitor.cli.check.batch_run import run_batch

        wrong, trouble = run_batch(batch, resolver, now=at)
        if trouble is not None:
            click.echo(f"staysub: {trouble}", err=True)
        return EX_USAGE if wrong else 0
    if target is None:
        raise UsageError("Name a domain or a list to check.")

    from monitor.admission.rules import load_rules
    from monitor.cli.check.document import document, nagios_line
    from monitor.cli.check.shown import show, show_tree
    from monitor.cli.output import NAGIOS_CODES, console, emit_json
    from monitor.dns.authority import Authorities
    from monitor.evidence.checks.admission import admission_of_check
    from monitor.spf.check import check
    from monitor.spf.name_servers import with_servers
    from monitor.spf.tree import grow

    if stored:
        if listed is None:
            raise UsageError("Only checks of lists are stored: name a list of the configuration with --stored.")
        outcome, resolver = _stored(settings, listed.id)
    else:
        subject = (
            _of_domain(
                target,
                ips,
                mail_from,
                helo,
                resolver,
                known=[] if settings is None else [each.id for each in settings.lists],
            )
            if listed is None
            else _of_list(listed, ips, mail_from, helo, observed=() if ips else _observed(settings, listed, at))
        )
        outcome = check(subject, resolver, now=at)
        if servers:
            outcome = with_servers(outcome, Authorities(resolver))
        admission = admission_of_check(outcome, load_rules(), dkim=None, on=outcome.evaluated_at.date())
        outcome = replace(outcome, admission=admission)
    if as_json:
        emit_json("check", document(outcome, trace=trace))
    elif nagios:
        sys.stdout.write(nagios_line(outcome) + "\n")
    else:
        show(console(), outcome, trace=trace)
        if tree:
            show_tree(console(), grow(resolver, outcome.domain))
    return NAGIOS_CODES[outcome.status]


def _settings(cli: Cli) -> Any:
    """The configuration, if there is one; a bare domain needs none. A wrong one that was named is an error."""
    if cli.config_path is None and not Path("staysub.toml").exists():
        return None
    from monitor.config import load
    from monitor.risk.parties import policy_faults

    try:
        return load(cli.config_path, policies=policy_faults)
    except ConfigError as error:
        if cli.config_path is not None or error.faults[0][0]:
            raise
        return None


def _stored(settings: Any, list_id: str) -> tuple[Any, Any]:
    """The newest stored check of a list, its verdicts reached again, and a resolver over its trace."""
    from monitor.dns.memory import Replay
    from monitor.spf.reevaluate import differing, reevaluate_check
    from monitor.store.configured import store_of

    newest = store_of(settings).outcomes.checks(list_id, 1)
    if not newest:
        raise UsageError(f"No check of {list_id} is stored yet; without --stored it is checked now.")
    outcome = reevaluate_check(newest[0])
    for was, now in differing(newest[0], outcome):
        click.echo(
            f"staysub: The {was.identity} verdict for {was.client_ip} was {was.result} when it was stored and is {now.result} "
            "by the same answers now.",
            err=True,
        )
    return outcome, Replay(line for each in outcome.results for line in each.trace)


def _observed(settings: Any, listed: Any, at: datetime) -> tuple[IpAddress, ...]:
    """Where the receiver has seen the list's mail come from; nowhere, as far as is known, where Redis is away."""
    from monitor.errors import StoreUnavailable
    from monitor.evidence.canary.judge import genuine, posts
    from monitor.evidence.observations import observed_addresses
    from monitor.store.configured import store_of

    try:
        arrivals = store_of(settings).outcomes.arrivals(listed.id)
    except StoreUnavailable:
        return ()
    return tuple(observed_addresses(posts(genuine(arrivals, listed)), now=at))


def _of_list(
    listed: Any, ips: tuple[IpAddress, ...], mail_from: str | None, helo: str | None, *, observed: tuple[IpAddress, ...]
) -> Any:
    from monitor.spf.check import Subject

    reverse_path = mail_from or listed.reverse_path
    return Subject(
        list_id=listed.id,
        domain=reverse_path.rpartition("@")[2],
        reverse_path=reverse_path,
        helo=helo or listed.helo,
        outbound=ips or listed.outbound,
        author_domains=listed.author_domains,
        observed=observed,
    )


def _of_domain(
    target: str,
    ips: tuple[IpAddress, ...],
    mail_from: str | None,
    helo: str | None,
    resolver: Any,
    *,
    known: Collection[str],
) -> Any:
    from monitor.dns.name import InvalidName, a_label
    from monitor.spf.check import Subject

    null = mail_from in ("", "<>")  # then the name in EHLO is checked (RFC 7208 section 2.4)
    whose = (helo or target) if null else (mail_from or target)
    try:
        domain = a_label(whose.rpartition("@")[2])
    except InvalidName as error:
        raise UsageError(f"{target!r} is neither a list of the configuration nor a domain name.") from error
    if "." not in domain:
        near = get_close_matches(target, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UsageError(
            f"{target!r} is neither a list of the configuration nor a domain name such as example.org.{hint}"
        )
    return Subject(
        list_id=None,
        domain=domain,
        reverse_path="" if null else (mail_from or f"postmaster@{domain}"),
        helo=helo or domain,
        outbound=ips or _own_servers(resolver, domain),
    )


def _own_servers(resolver: Any, domain: str) -> tuple[IpAddress, ...]:
    """The addresses of the domain's MX hosts, or of the domain itself without one (RFC 5321 section 5.1)."""
    from monitor.errors import DnsUnavailable

    found: list[IpAddress] = []
    try:
        hosts = [str(host) for _, host in sorted(resolver.lookup(domain, "MX").records)] or [domain]
        for host in hosts:
            for rrtype in ("A", "AAAA"):
                found += [ip_address(str(address)) for address in resolver.lookup(host, rrtype).records]
    except DnsUnavailable:
        pass  # the check itself says that DNS does not answer
    return tuple(dict.fromkeys(found))
