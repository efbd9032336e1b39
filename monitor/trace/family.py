"""Over which address family a post was refused."""

import re
from collections.abc import Iterator
from typing import Final

from monitor.admission.data import Rule
from monitor.model.dns import IpAddress, read_address
from monitor.trace.failures import Failure
from monitor.trace.gateway import is_internal_address

REPLY_CHARS_MAX: Final = 4096
# How replies quote the client: "[2001:db8::25      16]" (Gmail), "Client host [192.0.2.25]", "ip=192.0.2.25",
# "IP address 192.0.2.25".
_QUOTED: Final = re.compile(
    r"\[(?:IPv6:)?(?P<bracketed>[0-9a-f:.]{2,45})(?: {1,20}\d{1,5})?\]|"
    r"\bip(?: address)?[=: ]{1,2}(?P<marked>[0-9a-f:.]{2,45})(?![\w-])",
    re.IGNORECASE,
)


def family_refused(failure: Failure, rule: Rule | None, reply: str | None) -> int | None:
    """4 or 6; None where nothing tells it.

    The address that the mail server says it was connected to comes first: it saw the connection, and every other
    source is a conclusion. A rule that speaks of one family alone is next; a receiver's border may take mail over IPv4
    and hand it on over IPv6 to where the rule holds, so that the rule gives way. Last is the client's address as the
    reply quotes it, where all that it quotes are of one family; an address inside the receiver's own network is
    nobody's client.
    """
    if failure.remote_address is not None:
        return failure.remote_address.version
    if rule is not None and len(rule.family) == 1:
        return next(iter(rule.family))
    quoted = {address.version for address in _quoted(reply or "") if not is_internal_address(address)}
    return quoted.pop() if len(quoted) == 1 else None


def _quoted(reply: str) -> Iterator[IpAddress]:
    for found in _QUOTED.finditer(reply[:REPLY_CHARS_MAX]):
        address = read_address((found["bracketed"] or found["marked"]).rstrip(".:"))
        if address is not None:
            yield address
