"""The way of a probe on two hosts: the list's MTA on one; NSD and our receiver on the other; IPv6 between them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import trustme

from monitor.dns.resolver import system_resolver
from monitor.model.vantage import Vantage
from monitor.receiver.backend import Backend
from tests.integration.netns import Netns, network
from tests.integration.postfix import postfix
from tests.receiver_thread import in_thread
from tests.servers import nsd, zone_text

KEY = bytes(range(32))
DOMAIN = "v6.probe.example.org"
LIST_HOST, PROBE_HOST = "2001:db8:25::25", "2001:db8:53::53"
ALSO = "2001:db8:53::54"  # a second address of the receiver's host, where it is asked for
ZONES: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "mail.lists.example.org": {"AAAA": [LIST_HOST], "A": ["192.0.2.25"], "TXT": ["v=spf1 a -all"]},
    ip_address(LIST_HOST).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    "lists.example.org": {"TXT": [f"v=spf1 ip6:{LIST_HOST} -all"], "MX": [(10, "mail.lists.example.org")]},
    # The story of 2015: the record was written before the host had IPv6.
    "old.example.org": {"TXT": ["v=spf1 ip4:192.0.2.25 -all"], "MX": [(10, "mail.lists.example.org")]},
    "_dmarc.old.example.org": {"TXT": ["v=DMARC1; p=reject"]},
    DOMAIN: {"MX": [(10, "receiver.example.org")], "TXT": [f"v=spf1 ip6:{LIST_HOST} -all"]},
    "receiver.example.org": {"AAAA": [PROBE_HOST]},
}


@contextmanager
def two_hosts(
    folder: Path, backend: Backend, mta: Callable[..., Any] = postfix, *, also: bool = False
) -> Iterator[tuple[dict[str, Netns], Any]]:
    """The hosts `list` and `probe`, and an MTA on the former; the receiver runs here, its sockets on the latter.

    With `also` the receiver's name has two addresses.
    """
    certificate = trustme.CA().issue_cert("receiver.example.org")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    settings = Vantage(
        domain=DOMAIN,
        hostname="receiver.example.org",
        listen="[::]:25",
        tls_certificate=folder / "cert.pem",
        tls_key=folder / "key.pem",
    )
    received_at = [PROBE_HOST, ALSO] if also else [PROBE_HOST]
    zones = {**ZONES, "receiver.example.org": {"AAAA": received_at}}
    addresses = {"list": [LIST_HOST, "192.0.2.25"], "probe": [*received_at, "192.0.2.53"]}
    with ExitStack() as stack:
        hosts = stack.enter_context(network(addresses, nameserver=PROBE_HOST))
        with hosts["probe"].entered():  # what is started here lives there
            stack.enter_context(nsd(folder / "nsd", {"": zone_text(zones)}, port=53, hosts=(PROBE_HOST,)))
            stack.enter_context(in_thread(settings, backend=backend, resolver=system_resolver([f"[{PROBE_HOST}]:53"])))
        running = stack.enter_context(mta(hosts["list"], hostname="mail.lists.example.org"))
        yield hosts, running
