"""From one accepted message to an Arrival: every fact that an admission rule can ask for, taken before the 250."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from typing import Final

from monitor.dkim.verify import verify_all
from monitor.dmarc.evaluate import author_domain, evaluate, from_form, from_list
from monitor.dns.answer import Resolver
from monitor.dns.ptr import reverse
from monitor.model.dns import Identity
from monitor.model.evidence import Arrival, Hop
from monitor.model.vantage import Vantage
from monitor.spf.check_host import check_host
from monitor.trace.header import read_header, values
from monitor.trace.one_click import one_click
from monitor.trace.received import read_hops

LIST_FIELDS: Final = frozenset(  # RFC 2919, RFC 2369, RFC 5064, RFC 8058
    f"list-{name}"
    for name in ("id", "help", "unsubscribe", "subscribe", "post", "owner", "archive", "unsubscribe-post")
) | {"archived-at"}
TEXT_CHARS_MAX: Final = 998  # RFC 5322 section 2.1.1: no honest field line is longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message as the SMTP session brought it."""

    client_ip: IPv6Address
    helo: str
    reverse_path: str  # "" is the null reverse-path
    protocol: str  # the word for Received's "with": SMTP, ESMTP, ESMTPS (RFC 3848)
    tls_version: str | None
    tls_cipher: str | None
    content: bytes  # after transparency was undone, RFC 5321 section 4.5.2
    received_at: datetime
    server_ip: IPv6Address | None = None  # of ours
    tls_offered: bool = False  # whether we had STARTTLS to offer


def observe(delivery: Delivery, resolver: Resolver, *, vantage: Vantage) -> Arrival:
    """The arrival for no list yet (`for_probe` gives it one). Blocking; asks only DNS.

    DNS trouble becomes temperror inside the facts. Any octets as content give a value.
    """
    header = read_header(delivery.content)
    asked_at = delivery.received_at
    spf = tuple(
        check_host(
            resolver,
            client_ip=delivery.client_ip,
            reverse_path=delivery.reverse_path,
            helo=delivery.helo,
            identity=identity,
            now=asked_at,
        )
        for identity in (Identity.MAILFROM, Identity.HELO)
    )
    signatures = verify_all(delivery.content, header, resolver, now=asked_at)
    authors = values(header, "from")
    author = author_domain(authors)
    return Arrival(
        list_id="",
        probe_id=None,
        received_at=delivery.received_at,
        client_ip=delivery.client_ip,
        helo=delivery.helo,
        reverse_path=delivery.reverse_path,
        tls_version=delivery.tls_version,
        tls_cipher=delivery.tls_cipher,
        size_bytes=len(delivery.content),
        delay=None,
        ptr=reverse(resolver, delivery.client_ip),
        spf=spf,
        dkim=signatures,
        dmarc=None if author is None else evaluate(author, spf=spf, dkim=signatures, resolver=resolver),
        hops=_hops(delivery, values(header, "received"), vantage.hostname),
        message_id=_text(next(iter(values(header, "message-id")), b"")),
        arc_sets=len(values(header, "arc-seal")),
        receiver=vantage.id,
        server_ip=delivery.server_ip,
        list_fields=tuple(sorted({name for name, _ in header if name in LIST_FIELDS})),
        tls_offered=delivery.tls_offered,
        one_click=one_click(header, signatures),
        from_form=from_form(authors),
        from_list=from_list(authors, values(header, "list-post")),
        dkim2=bool(values(header, "dkim2-signature")),
    )


def for_probe(arrival: Arrival, *, list_id: str, probe_id: str | None, submitted_at: datetime | None) -> Arrival:
    """The arrival as that of a list's probe. A delay below zero is our clocks' fault and becomes zero."""
    delay = None if submitted_at is None else max(arrival.received_at - submitted_at, timedelta(0))
    return replace(arrival, list_id=list_id, probe_id=probe_id, delay=delay)


def _hops(delivery: Delivery, received: tuple[bytes, ...], hostname: str) -> tuple[Hop, ...]:
    """The Received chain, and the client's hop with us as its end."""
    hops = read_hops(received)
    last_at = next((hop.at for hop in reversed(hops) if hop.at is not None), None)
    ours = Hop(
        n=len(hops) + 1,
        from_host=delivery.helo,
        by_host=hostname,
        client_ip=delivery.client_ip,
        with_protocol=delivery.protocol,
        tls=delivery.tls_version is not None,
        at=delivery.received_at,
        delay=None if last_at is None else delivery.received_at - last_at,
    )
    return (*hops, ours)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")[:TEXT_CHARS_MAX]
