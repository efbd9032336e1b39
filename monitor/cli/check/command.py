"""`staysub check`: what receivers see of a domain or a list in DNS, now."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.lists import ListName
from monitor.cli.main import EX_USAGE, Cli
from monitor.cli.opening import receiver_rules, settings_of
from monitor.cli.options import json_option, nagios_option
from monitor.clock import now
from monitor.errors import ConfigError, UsageError
from monitor.model.dns import IpAddress, read_address

if TYPE_CHECKING:  # imported where used, so that --help and a short batch are quick
    from monitor.cli.check.options import Options
    from monitor.cli.check.standing import Standing
    from monitor.config.settings import Settings
    from monitor.dns.resolver import Resolver, SystemResolver
    from monitor.model.evidence import CheckOutcome


class Address(click.ParamType[IpAddress]):
    """An IPv4 or IPv6 address; an IPv4-mapped one is taken as the IPv4 address that it is."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> IpAddress:
        """The address. Fails with a sentence where it is none."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return] # click converts a default a second time
        found = read_address(value.strip("[]"))
        return found or self.fail(f"{value!r} is no IP address; write 192.0.2.25 or 2001:db8::25", param, ctx)


@click.command("check")
@click.argument("target", required=False, metavar="DOMAIN|LIST", type=ListName())
@click.option("--batch", metavar="FILE|-", help="Answer JSON lines with mail_from, helo and client_ip, one by one.")
@click.option("--ip", "ips", type=Address(), multiple=True, help="Address that mail leaves from. Repeatable.")
@click.option(
    "--mail-from", help='Reverse-path of the mail, "" for the null one of bounces; otherwise postmaster@DOMAIN.'
)
@click.option("--helo", help="Name in EHLO; otherwise the domain.")
@click.option("--nameserver", "nameservers", multiple=True, metavar="ADDR[:PORT]", help="Resolver to ask. Repeatable.")
@json_option
@nagios_option
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
@click.option(
    "--all-receivers", "everybody", is_flag=True, help="Of a list also the answers of receivers that none of it is at."
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
    everybody: bool,
) -> int:
    """Evaluate SPF and reverse DNS as receivers would, and say what to publish.

    The target is a list of the configuration, by its id, or any domain: then no configuration is needed. Without --ip a
    domain is checked for the addresses of its own mail servers (MX).

    With --batch each line such as {"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": ["192.0.2.1"]}
    is answered by one line, in order; 64 is the exit code where a line could not be read.

    A list of the configuration is said to stand as `staysub status` has it at the same moment, and the exit code is
    that: 0 ok, 1 watch, 2 at risk or critical, 3 unknown. What this check would change is said beside it; it is not
    recorded. With --ip, --mail-from or --helo, and of any domain, the worst finding decides: 0 in order, 1 mend soon,
    2 mend now, 3 not found out (DNS did not answer). 64 is wrong usage.
    """
    from monitor.dns.resolver import TIMEOUT, system_resolver
    from monitor.dns.witness import USUAL

    settings = _settings(cli)
    named = nameservers if nameservers or settings is None else settings.dns.nameservers
    timeout = TIMEOUT if settings is None else settings.dns.timeout
    if batch is not None and nagios:
        raise UsageError("--batch answers in lines of JSON: it goes without --nagios.")
    if target is None and batch is not None:
        return _answer_batch(batch, system_resolver(named, timeout))
    if target is None or batch is not None:
        raise UsageError("Name a domain or a list to check, or a file of questions with --batch.")

    from monitor.cli.check.document import document, plugin_line
    from monitor.cli.check.options import Options
    from monitor.cli.output import NAGIOS_CODES, console, emit_json

    resolver = system_resolver(named, timeout, witnesses=USUAL)
    answers: Resolver = resolver
    options = Options(ips=ips, mail_from=mail_from, helo=helo, elsewhere=bool(nameservers))
    outcome, stands = _of_unreadable(settings, target)
    if outcome is None and stored:
        from monitor.cli.check.recorded import last_check

        outcome, answers = last_check(settings, target)
    elif outcome is None:
        directly = not nameservers if servers is None else servers
        outcome = _check(settings, target, options, resolver, directly=directly)
    if settings is not None and stands is None and outcome.list_id is not None and options.as_watched:
        from monitor.cli.check.standing import with_standing

        outcome, stands = with_standing(settings, outcome, now=now(), as_recorded=stored or options.elsewhere)
    if as_json:
        emit_json("check", document(outcome, stands, trace=trace))
    elif nagios:
        sys.stdout.write(plugin_line(outcome, stands) + "\n")
    else:
        from monitor.cli.check.shown import show, show_tree
        from monitor.spf.tree import build_tree

        show(console(), outcome, stands, trace=trace, everybody=everybody)
        if tree:
            show_tree(console(), build_tree(answers, outcome.domain))
    return NAGIOS_CODES[outcome.status]


def _settings(cli: Cli) -> "Settings | None":
    """The configuration, if there is one; a bare domain needs none. A wrong one that was named is an error."""
    if cli.config_path is None and not Path("staysub.toml").exists():
        return None
    try:
        return settings_of(cli)
    except ConfigError as error:
        if cli.config_path is not None or error.faults[0][0]:
            raise
        return None


def _of_unreadable(settings: "Settings | None", target: str) -> "tuple[CheckOutcome | None, Standing | None]":
    """Nothing was checked of a list whose settings cannot be read, and that is what is said of it."""
    if settings is None or "." in target:  # a domain, or a list that is looked for below: Redis is not waited for
        return None, None
    from monitor.model.lists import named

    if named(settings.file_lists, target) is not None:
        return None, None
    from monitor.cli.check.standing import unreadable

    return unreadable(settings, target, now=now()) or (None, None)


def _answer_batch(batch: str, resolver: "SystemResolver") -> int:
    from monitor.cli.check.batch_run import run_batch
    from monitor.cli.output import warn

    wrong, trouble = run_batch(batch, resolver, now=now())
    if trouble is not None:
        warn(trouble)
    return EX_USAGE if wrong else 0


def _check(
    settings: "Settings | None", target: str, options: "Options", resolver: "SystemResolver", *, directly: bool
) -> "CheckOutcome":
    """The worker's check, and nothing is written. Its name servers are asked one by one where `directly` says so."""
    from monitor.cli.check.subject import asked_about
    from monitor.dns.authority import Authorities
    from monitor.dns.heard import Heard
    from monitor.dns.left_out import left_out_findings
    from monitor.operations.examine import examine
    from monitor.spf.check import with_findings

    at, asked = now(), Heard(resolver)
    subject, known = asked_about(settings, target, options, asked, now=at)
    authorities = Authorities(resolver) if directly else None
    outcome, _ = examine(subject, known, resolver, authorities, receiver_rules(), now=at)
    told = {each.code for each in outcome.findings}
    return with_findings(outcome, (each for each in left_out_findings(asked.heard) if each.code not in told))
