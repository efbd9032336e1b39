"""The DNS records that a probe domain needs, as zone file text to be copied (RFC 1035 section 5)."""

from collections.abc import Sequence
from ipaddress import IPv6Address

from monitor.config.endpoints import split_endpoint
from monitor.dns.name import a_label
from monitor.model.dns import IpAddress
from monitor.model.vantage import Vantage

TTL_S = 3600


def spf_record(senders: Sequence[IpAddress] = ()) -> str:
    """The SPF record of a probe domain: nobody sends in its name, but for the relay of notices from these addresses."""
    return " ".join(["v=spf1", *(f"ip{each.version}:{each}" for each in senders), "-all"])


def dns_zone_lines(vantage: Vantage, senders: Sequence[IpAddress] = (), reported: Sequence[str] = ()) -> str:
    """MX and AAAA so that probes come over IPv6 alone, and SPF, DKIM and DMARC of a domain that never sends mail.

    Where the receiver listens on every address, the AAAA record is left as a comment with what to fill in. `senders`
    are the addresses from which notices leave whose bounces come back to this receiver, `reported` the domains whose
    DMARC records may name an address here (RFC 9990 section 4).
    """
    domain, host = a_label(vantage.domain), a_label(vantage.hostname)
    address, _ = split_endpoint(vantage.listen)
    literal = IPv6Address(address.partition("%")[0])
    aaaa = _record(host, "AAAA", str(literal))
    if literal.is_unspecified or literal.is_loopback:
        aaaa = f"; {_record(host, 'AAAA', '2001:db8::25')}   ; <- this host's own public IPv6 address"
    lines = [
        f"; Mail for {domain} goes to the receiver. There is no A record on purpose: it must not be reachable over IPv4.",
        _record(domain, "MX", f"10 {host}."),
        aaaa,
        "; The domain never sends mail (RFC 7208 section 10.1.2; RFC 6376 section 3.6.1, an empty key; RFC 9989).",
    ]
    if senders:
        lines.append("; But for notices, whose bounces come back here: from the addresses in notices.relay_outbound.")
    lines.append(_record(domain, "TXT", f'"{spf_record(senders)}"'))
    if host != domain:
        lines.append(_record(host, "TXT", '"v=spf1 -all"'))
    lines += [
        _record(f"*._domainkey.{domain}", "TXT", '"v=DKIM1; p="'),
        _record(f"_dmarc.{domain}", "TXT", '"v=DMARC1; p=reject; adkim=s; aspf=s"'),
    ]
    if reported:
        lines.append(
            "; Their receivers may send DMARC reports here (RFC 9990 section 4); the line of a list does no harm."
        )
        lines += [_record(f"{each}._report._dmarc.{domain}", "TXT", '"v=DMARC1;"') for each in reported]
    return "\n".join(lines) + "\n"


def _record(owner: str, rrtype: str, value: str) -> str:
    return f"{owner}. {TTL_S} IN {rrtype} {value}"
