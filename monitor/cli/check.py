"""`staysub check`: what receivers see of a domain or a list in DNS, now."""

import sys
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from monitor.cli.batch import result, run_batch
from monitor.cli.main import EX_USAGE, Cli
from monitor.cli.output import NAGIOS_CODES, console, emit_json, inert
from monitor.errors import ConfigError, UsageError
from monitor.model import (
    Admission,
    AdmissionAction,
    CheckOutcome,
    CheckStatus,
    DnsQuestion,
    Finding,
    Identity,
    IpAddress,
    Severity,
    SpfOutcome,
    SpfResult,
    TermLine,
)
from monitor.spf.tree import Node, outline

MARKS = {
    Severity.CRITICAL: ("✗ critical", "bold red"),
    Severity.WARNING: ("! warning", "yellow"),
    Severity.UNKNOWN: ("? unknown", "magenta"),
    Severity.INFO: ("· note", "cyan"),
}
RESULT_COLOURS = {
    SpfResult.PASS: "green",
    SpfResult.FAIL: "red",
    SpfResult.SOFTFAIL: "red",
    SpfResult.PERMERROR: "red",
    SpfResult.NONE: "yellow",
    SpfResult.NEUTRAL: "yellow",
    SpfResult.TEMPERROR: "magenta",
}
ACTION_COLOURS = {
    AdmissionAction.ACCEPT: "green",
    AdmissionAction.DEFER: "yellow",
    AdmissionAction.REJECT: "red",
    AdmissionAction.UNKNOWN: "magenta",
}


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
@click.argument("target", required=False, metavar="DOMAIN|LIST")
@click.option("--batch", metavar="FILE|-", help="Answer JSON lines with mail_from, helo and client_ip, one by one.")
@click.option("--ip", "ips", type=Address(), multiple=True, help="Address that mail leaves from. Repeatable.")
@click.option("--mail-from", help="Reverse-path of the mail; otherwise postmaster@DOMAIN.")
@click.option("--helo", help="Name in EHLO; otherwise the domain.")
@click.option("--nameserver", "nameservers", multiple=True, metavar="ADDR[:PORT]", help="Resolver to ask. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.option("--nagios", is_flag=True, help="One plugin line with performance data.")
@click.option("--tree", is_flag=True, help="Show the record with all that it includes, and what each term costs.")
@click.option("--trace", is_flag=True, help="Show every DNS question behind the verdicts.")
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
) -> int:
    """Evaluate SPF and reverse DNS as receivers would, and say what to publish.

    The target is a list of the configuration, by its id, or any domain: then no configuration is needed. Without --ip a
    domain is checked for the addresses of its own mail servers (MX).

    With --batch each line such as {"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": ["192.0.2.1"]} is
    answered by one line, in order; 64 is the exit code where a line could not be read.

    Exit codes: 0 ok, 1 warning, 2 critical, 3 unknown (DNS did not answer), 64 wrong usage.
    """
    from monitor.admission.rules import load_rules
    from monitor.dns.resolver import system_resolver
    from monitor.risk.judge import admission_of_check
    from monitor.spf.check import check
    from monitor.spf.tree import grow
    from monitor.wiring import now

    settings = _settings(cli)
    if (target is None) == (batch is None):
        raise UsageError("Name a domain or a list to check, or a file of questions with --batch.")
    listed = None if settings is None else next((each for each in settings.lists if each.id == target), None)
    if settings is not None and not nameservers:
        nameservers = settings.dns.nameservers
    resolver = system_resolver(nameservers) if settings is None else system_resolver(nameservers, settings.dns.timeout)
    if batch is not None:
        return EX_USAGE if run_batch(batch, resolver, now=now()) else 0
    if target is None:
        raise UsageError("Name a domain or a list to check.")
    subject = (
        _of_domain(target, ips, mail_from, helo, resolver) if listed is None else _of_list(listed, ips, mail_from, helo)
    )
    outcome = check(subject, resolver, now=now())
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
    from monitor.config import load

    try:
        return load(cli.config_path)
    except ConfigError as error:
        if cli.config_path is not None or error.faults[0][0]:
            raise
        return None


def _of_list(listed: Any, ips: tuple[IpAddress, ...], mail_from: str | None, helo: str | None) -> Any:
    from monitor.spf.check import Subject

    reverse_path = mail_from or listed.reverse_path
    return Subject(
        list_id=listed.id,
        domain=reverse_path.rpartition("@")[2],
        reverse_path=reverse_path,
        helo=helo or listed.helo,
        outbound=ips or listed.outbound,
        author_domains=listed.author_domains,
    )


def _of_domain(target: str, ips: tuple[IpAddress, ...], mail_from: str | None, helo: str | None, resolver: Any) -> Any:
    from monitor.dns.name import InvalidName, a_label
    from monitor.spf.check import Subject

    try:
        domain = a_label((mail_from or target).rpartition("@")[2])
    except InvalidName as error:
        raise UsageError(f"{target!r} is neither a list of the configuration nor a domain name.") from error
    if "." not in domain:
        raise UsageError(f"{target!r} is neither a list of the configuration nor a domain name such as example.org.")
    return Subject(
        list_id=None,
        domain=domain,
        reverse_path=mail_from or f"postmaster@{domain}",
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


def document(outcome: CheckOutcome, *, trace: bool) -> dict[str, Any]:
    """The JSON of a check: schema staysub.check/1."""
    return {
        "domain": outcome.domain,
        "list": outcome.list_id,
        "evaluated_at": outcome.evaluated_at,
        "status": outcome.status,
        "record": outcome.record,
        "cost": {
            "lookups": outcome.cost.lookups,
            "lookup_limit": outcome.cost.lookup_limit,
            "void": outcome.cost.void,
            "void_limit": outcome.cost.void_limit,
        },
        "results": [_result(each, trace=trace) for each in outcome.results],
        "ptr": [
            {"client_ip": each.client_ip, "result": each.result, "names": each.names, "confirmed": each.confirmed}
            for each in outcome.ptrs
        ],
        "findings": [_finding(each) for each in outcome.findings],
        "admission": [_admission(each) for each in outcome.admission],
        "suggested_record": outcome.suggested_record,
    }


def _result(each: SpfOutcome, *, trace: bool) -> dict[str, Any]:
    return {**result(each), "trace": each.trace} if trace else result(each)


def _finding(each: Finding) -> dict[str, Any]:
    return {
        "code": each.code,
        "severity": each.severity,
        "message": each.message,
        "evidence": dict(each.evidence),
        "fix": None
        if each.fix is None
        else {"action": each.fix.action, "name": each.fix.name, "type": each.fix.type, "value": each.fix.value},
        "reference": each.reference,
    }


def _admission(each: Admission) -> dict[str, Any]:
    return {
        "receiver": each.receiver,
        "client_ip": each.client_ip,
        "action": each.action,
        "reply": each.reply,
        "rule": each.rule,
        "because": each.because,
    }


def nagios_line(outcome: CheckOutcome) -> str:
    """`STAYSUB CRITICAL - example.org: … | lookups=3;;10 void=0;;2`, as the plugin guidelines ask: one line, no pipe inside."""
    subject = outcome.list_id or outcome.domain
    words = outcome.findings[0].message if outcome.findings else "SPF and reverse DNS are in order."
    passing = sum(each.result is SpfResult.PASS for each in outcome.results if each.identity is Identity.MAILFROM)
    cost = outcome.cost
    data = f"lookups={cost.lookups};;{cost.lookup_limit} void={cost.void};;{cost.void_limit} passing={passing}"
    line = f"STAYSUB {outcome.status.upper()} - {subject}: {words}".replace("|", "/")
    return f"{inert(line).plain.splitlines()[0]} | {data}"


def show(out: Console, outcome: CheckOutcome, *, trace: bool) -> None:
    """The check for a person: what is wrong first, then the evidence."""
    name = outcome.domain if outcome.list_id is None else f"{outcome.list_id} ({outcome.domain})"
    out.print(Text.assemble((name, "bold"), f"  {_local(outcome.evaluated_at)}"))
    out.print(
        Text("record: ").append(inert(outcome.record) if outcome.record else Text("none that can be used", "dim"))
    )
    out.print()
    if not outcome.findings:
        out.print(Text("Nothing is wrong: receivers have no reason to refuse this mail.", "green"))
    for finding in outcome.findings:
        _show_finding(out, finding)
    if outcome.suggested_record is not None:
        out.print(Text(f"Publish this TXT record at {outcome.domain} instead:", "bold"))
        out.print(Panel(inert(outcome.suggested_record), expand=False))
    if outcome.results:
        out.print(_results_table(outcome))
        out.print(_admission_table(outcome))
        if any(each.action is AdmissionAction.UNKNOWN for each in outcome.admission):
            out.print(
                Text(
                    "unknown: it depends on the DKIM signature of the mail, which DNS cannot tell; a probe can.", "dim"
                )
            )
    elif outcome.status is not CheckStatus.UNKNOWN:
        out.print("No mail server of its own is known, so no address was checked. Name one with --ip.")
    if trace:
        for result in outcome.results:
            _show_trace(out, result)


def _show_finding(out: Console, finding: Finding) -> None:
    mark, colour = MARKS[finding.severity]
    out.print(Text.assemble((mark, colour), f"  {finding.code}  ", (finding.reference, "dim")))
    out.print(Text("  ").append(inert(finding.message)))
    if finding.fix is not None and finding.fix.type != "TXT":
        out.print(Text("  → ").append(inert(f"{finding.fix.action} {finding.fix.name}: {finding.fix.value}")))
    out.print()


def _results_table(outcome: CheckOutcome) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title="SPF by address", title_justify="left")
    for column in ("address", "identity", "result", "without limits", "because of", "PTR"):
        table.add_column(column)
    ptr_of = {ptr.client_ip: ptr.result for ptr in outcome.ptrs}
    for each in outcome.results:
        table.add_row(
            str(each.client_ip),
            each.identity,
            Text(each.result, RESULT_COLOURS[each.result]),
            Text(each.lenient_result, RESULT_COLOURS[each.lenient_result]),
            inert(each.mechanism or each.problem or ""),
            ptr_of.get(each.client_ip, "") if each.identity is Identity.MAILFROM else "",
        )
    return table


def _admission_table(outcome: CheckOutcome) -> Table:
    """Receivers down, addresses across."""
    table = Table(
        box=None, pad_edge=False, header_style="bold", title="What receivers would answer", title_justify="left"
    )
    clients = list(dict.fromkeys(each.client_ip for each in outcome.admission))
    table.add_column("receiver")
    for client in clients:
        table.add_column(str(client))
    for receiver in dict.fromkeys(each.receiver for each in outcome.admission):
        said = {each.client_ip: each for each in outcome.admission if each.receiver == receiver}
        table.add_row(receiver, *(Text(said[client].action, ACTION_COLOURS[said[client].action]) for client in clients))
    return table


def show_tree(out: Console, tree: Node) -> None:
    """The record with all that it includes: what each term costs, what it authorises, where it is at fault."""
    out.print()
    label = Text.assemble(
        (tree.domain, "bold"), f"  {tree.lookups} of 10 lookups, void {tree.void4} over IPv4, {tree.void6} over IPv6"
    )
    above = [Tree(label)]  # the branch that each depth grows from
    for line in outline(tree):
        del above[line.depth + 1 :]
        above.append(above[-1].add(_label(line)))
    out.print(above[0])
    four, six = tree.authorised()
    addresses = sum(network.num_addresses for network in four)
    networks = ", ".join(str(network) for network in six[:5]) + (" …" if len(six) > 5 else "")
    out.print(f"It authorises {addresses:,} IPv4 addresses, and over IPv6 {networks or 'nothing'}.")


def _label(line: TermLine) -> Text:
    label = inert(line.text)
    costs = [f"{line.lookups} lookups" if line.lookups > 1 else "1 lookup"] if line.lookups else []
    costs += [f"void over IPv{family}" for family, void in ((4, line.void4), (6, line.void6)) if void]
    if costs:
        label.append(f"  {', '.join(costs)}", "dim")
    if line.fault is not None:
        label.append("  ✗ ", "bold red").append(inert(line.fault))
    if line.trouble is not None:
        label.append("  ? ", "magenta").append(inert(line.trouble))
    return label


def _show_trace(out: Console, result: SpfOutcome) -> None:
    out.print()
    out.print(Text(f"{result.identity} from {result.client_ip}: {result.result}", "bold"))
    for question in result.trace:
        out.print(Text("  ").append(inert(_line(question))))


def _line(question: DnsQuestion) -> str:
    answers = ", ".join(question.answers) or "nothing"
    source = "cache" if question.cached else f"{question.server} in {question.took_ms:.1f} ms"
    ttl = "" if question.ttl_s is None else f" ttl {question.ttl_s}"
    return f"{question.name} {question.rrtype} {question.rcode}{ttl}: {answers} ({source})"


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
