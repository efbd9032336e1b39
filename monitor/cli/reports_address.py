"""`staysub receiver --reports LIST`: the address that receivers' reports go to, and what to publish for it."""

from typing import TYPE_CHECKING

import click

from monitor.cli.output import say
from monitor.inert import inert

if TYPE_CHECKING:  # imported where used, so that --help is quick
    from datetime import datetime

    from monitor.dmarc.reporting import Takes, ToPublish
    from monitor.dns.answer import Resolver
    from monitor.model.lists import MailingList


def print_reports_address(
    listed: "MailingList",
    resolver: "Resolver",
    *,
    address: str,
    expires_at: "datetime",
    receiver_domain: str,
    takes: "Takes",
) -> None:
    """The address alone on standard output; the records on standard error, each as it should be. Asks DNS.

    `takes` says of an address whether it is as good: another list's of this receiver, or an earlier year's.
    """
    from monitor.dmarc.reporting import authorisation, dmarc_record, tls_record
    from monitor.dns.answer import Unanswered
    from monitor.dns.name import InvalidName

    domain = listed.address.rpartition("@")[2]
    click.echo(address)
    say(f"Receivers' reports about {domain} can be sent to this address until {expires_at:%Y-%m-%d}.", err=True)
    try:
        aggregate = dmarc_record(resolver, domain, address, takes=takes)
        _print(aggregate, "DMARC aggregate reports (RFC 9990): what receivers' SPF and DKIM checks see.")
        policy_domain = (aggregate.alias or aggregate.name).removeprefix("_dmarc.")
        if aggregate.text and not _same_organisation(policy_domain, receiver_domain):
            consent = authorisation(policy_domain, receiver_domain)
            say(f"In the zone of {receiver_domain}, whose consent receivers ask for (RFC 9990 section 4):", err=True)
            _show(consent)
        _print(
            tls_record(resolver, domain, address, takes=takes),
            "SMTP TLS reports (RFC 8460): how senders fare who have posts.",
        )
    except (Unanswered, InvalidName) as error:
        say(
            f"What {domain} publishes now could not be looked up ({error}), so that no record is shown: a second one beside "
            "it would undo both. Ask again later.",
            err=True,
        )
    say(
        "Posts keep their author's From unless the list rewrites it, and receivers report to that domain's owner: who owns one "
        "of your authors' domains may name this address as well. This receiver can be reached over IPv6 alone. For reporters "
        "that send over IPv4, name an address of your own mail server, and let it pipe each mail to `staysub import reports --verify -`.",
        err=True,
    )


def _print(record: "ToPublish", what: str) -> None:
    if record.alias:
        what = f"{what} {record.alias} is an alias (CNAME) of {record.name}: what is published stands there."
    if record.several:
        say(f"{what} At {record.name} there are several records, of which receivers take none: leave one.", err=True)
    elif record.done:
        say(f"{what} {record.name} names the address already, or another of this receiver.", err=True)
    elif record.before is None:
        say(f"{what} There is no record yet; publish:", err=True)
        _show(record)
    else:
        say(f"{what} Instead of the record that is there, publish:", err=True)
        _show(record)


def _show(record: "ToPublish") -> None:
    """In one line, to be copied; what is there already came from outside."""
    click.echo(f"    {inert(record.line)}", err=True)


def _same_organisation(one: str, other: str) -> bool:
    """Within one organisation nobody's consent is asked for. In doubt it is: the record does no harm."""
    from monitor.model.organisation import organisation

    return organisation(one) == organisation(other) != ""
