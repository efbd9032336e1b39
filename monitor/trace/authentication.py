"""What hosts on the way wrote about authentication, read: total, and lenient.

Received-SPF (RFC 7208 section 9.1), Authentication-Results (RFC 8601, and Microsoft's own form without authserv-id),
ARC-Authentication-Results (RFC 8617 section 4.1.1) and X-Forefront-Antispam-Report.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from monitor.model.dns import IpAddress, read_address
from monitor.trace.header import Header

Where = Literal["boundary", "inside", "unknown"]

FIELD_CHARS_MAX: Final = 8192  # longer fields are cut

SPF: Final = "received-spf"
RESULTS: Final = "authentication-results"
ARC: Final = "arc-authentication-results"
FOREFRONT: Final = "x-forefront-antispam-report"
EXCHANGE: Final = "x-ms-exchange-authentication-results"

_COMMENT: Final = re.compile(r"\(([^()]*)\)")
_METHOD: Final = re.compile(r"^\s*(?P<method>[A-Za-z][\w-]*)(?:/\d+)?\s*=\s*(?P<result>[A-Za-z]+)")
_SPF_RESULT: Final = re.compile(r"^\s*(?P<result>[A-Za-z]+)")
# Where the client's address stands: client-ip= (RFC 7208 section 9.1), smtp.remote-ip=, policy.iprev= (RFC 8601 section
# 2.7.3), and the comments of Microsoft, Google, pyspf and Stalwart.
_CLIENT_IP: Final = re.compile(
    r"(?:client-ip=|smtp\.remote-ip=|policy\.iprev=|sender IP is |\bdesignates? |\bdiscourages use of |\bpermits |\breports (?:soft |hard )?\w+ for |"
    r"\bbest guess record for domain of \S{1,320} designates )\"?\[?(?:IPv6:)?(?P<ip>[0-9a-fA-F:.]{2,45})",
    re.IGNORECASE,
)
# Rspamd's words for softfail and neutral put the address first.
_CLIENT_IP_FIRST: Final = re.compile(
    r"(?<![0-9a-fA-F:.])(?P<ip>[0-9a-fA-F:.]{2,45}) is neither permitted nor denied", re.IGNORECASE
)
_CIP: Final = re.compile(r"(?:^|;)\s*CIP:\s*(?P<ip>[0-9a-fA-F:.]*)", re.IGNORECASE)
_SFV: Final = re.compile(r"(?:^|;)\s*SFV:\s*(?P<verdict>\w*)", re.IGNORECASE)
_RECEIVER: Final = re.compile(r"\breceiver=\"?([\w.-]+)|^\s*[A-Za-z]+\s*\(([\w.-]+):", re.IGNORECASE)
# Whose policy was asked: the properties of RFC 8601 section 2.7, and the words in comments of Received-SPF.
# A local part has 64 octets, a signed one (SRS) some more; a domain 255 (RFC 5321 section 4.5.3.1).
_DOMAIN: Final = r"(?P<domain>(?:[\w-]{1,63}\.){1,127}[\w-]{1,63})"
_AT: Final = r"(?:[^\s@;\"]{0,320}@)?" + _DOMAIN
_DOMAINS: Final = {
    "spf": re.compile(
        r"(?:smtp\.mail(?:from)?=|envelope-from=|\bdomain of (?:transitioning )?|\blookup of |smtp\.helo=)[\"<]*"
        r"(?:[^\s@;\"<>()]{0,320}@)?" + _DOMAIN,
        re.IGNORECASE,
    ),
    "dkim": re.compile(r"header\.(?:d|i)=[\"]?@?" + _AT, re.IGNORECASE),
    "dmarc": re.compile(r"header\.from=[\"]?" + _AT, re.IGNORECASE),
}
_ACTION: Final = re.compile(r"^dmarc=.*\baction=\w", re.IGNORECASE)  # a property of Microsoft's own
_ARC_INSTANCE: Final = re.compile(r"^\s*i\s*=\s*(\d{1,2})\s*;")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResult:
    """One result of one method, as some host wrote it, and where."""

    field: str  # name of the header field, lower case
    authserv_id: str | None  # who says so; None where the field does not tell
    method: str  # spf, dkim, dmarc, arc, iprev … lower case; "forefront" for X-Forefront-Antispam-Report
    result: str  # lower case; the filter's verdict for "forefront"
    client_ip: IpAddress | None
    domain: str | None = None  # whose policy was asked, lower case; never a local part
    arc_instance: int | None = None
    hop: int | None = None  # which hop it is about
    where: Where = "unknown"  # at a border between two domains, or again within one
    trusted: bool = False  # written within the recipient's domain (RFC 8601 section 1.2)
    forged: bool = False  # speaks in the name of the recipient's domain but stood there before the mail came in
    unproven: bool = False  # directly below the border's Received: by a milter of Postfix, or by the sender


def newest_writer(header: Header) -> str | None:
    """Who says that it wrote results above the newest Received field: the last domain that was reached; else None."""
    for name, value in header:
        if name == "received":
            break
        if name == RESULTS:
            found = next(read_field(name, value), None)
            if found is not None and found.authserv_id is not None:
                return found.authserv_id
    return None


def read_field(name: str, value: bytes) -> Iterator[AuthenticationResult]:
    """The results in one field, not yet placed; none in a field of another kind. Any octets give a value."""
    text = " ".join(value[:FIELD_CHARS_MAX].decode("utf-8", "replace").split())
    if name == SPF:
        yield from _read_received_spf(text)
    elif name == FOREFRONT:
        yield from _read_forefront(text)
    elif name in {RESULTS, ARC, EXCHANGE}:
        yield from _read_results(name, text)


def _read_received_spf(text: str) -> Iterator[AuthenticationResult]:
    found = _SPF_RESULT.match(text)
    if found is None:
        return
    receiver = _RECEIVER.search(text)
    yield AuthenticationResult(
        field=SPF,
        authserv_id=(receiver[1] or receiver[2]).lower() if receiver else None,
        method="spf",
        result=found["result"].lower(),
        client_ip=_client_ip(text),
        domain=_domain("spf", text),
    )


def _read_forefront(text: str) -> Iterator[AuthenticationResult]:
    cip, verdict = _CIP.search(text), _SFV.search(text)
    yield AuthenticationResult(
        field=FOREFRONT,
        authserv_id=None,
        method="forefront",
        result=verdict["verdict"].lower() if verdict else "",
        client_ip=read_address(cip["ip"].rstrip(".")) if cip else None,
    )


def _read_results(name: str, text: str) -> Iterator[AuthenticationResult]:
    instance = None
    if name == ARC and (found := _ARC_INSTANCE.match(text)):
        instance = int(found[1])
        text = text[found.end() :]
    parts = _split(text)
    authserv_id = None
    if parts and not _METHOD.match(_COMMENT.sub(" ", parts[0])):
        words = _COMMENT.sub(" ", parts.pop(0)).split()
        authserv_id = words[0].strip('"').lower() if words else None
        if _is_microsofts_stamp(authserv_id, parts):
            authserv_id = None
    spf_ip = _client_ip(text)
    for part in parts:
        found = _METHOD.match(_COMMENT.sub(" ", part))
        if found is None:
            continue
        method = found["method"].lower()
        yield AuthenticationResult(
            field=name,
            authserv_id=authserv_id,
            method=method,
            result=found["result"].lower(),
            client_ip=spf_ip if method in {"spf", "iprev"} else None,
            domain=_domain(method, part),
            arc_instance=instance,
        )


def _is_microsofts_stamp(authserv_id: str | None, parts: Sequence[str]) -> bool:
    """Whether Microsoft 365 wrote the field into mail that a customer of its sends.

    It then begins with the domain of the recipient, who has not seen the mail yet, and has it again between results.
    """
    repeated = any(part.lower() == authserv_id for part in parts)
    return repeated or (any(_ACTION.search(part) for part in parts) and any("header.d=none" in part for part in parts))


def _split(text: str) -> list[str]:
    """The text between semicolons; those in comments and quoted strings separate nothing (RFC 8601 section 2.2)."""
    parts: list[str] = []
    current: list[str] = []
    depth, quoted, escaped = 0, False, False
    for character in text:
        if character == ";" and depth == 0 and not quoted:
            parts.append("".join(current))
            current = []
            continue
        current.append(character)
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and depth == 0:
            quoted = not quoted
        elif character == "(" and not quoted:
            depth += 1
        elif character == ")" and not quoted:
            depth = max(0, depth - 1)
    parts.append("".join(current))
    return [part.strip() for part in parts if part.strip()]


def _client_ip(text: str) -> IpAddress | None:
    for pattern in (_CLIENT_IP, _CLIENT_IP_FIRST):
        for found in pattern.finditer(text):
            address = read_address(found["ip"].rstrip("."))
            if address is not None:
                return address
    return None


def _domain(method: str, text: str) -> str | None:
    found = _DOMAINS[method].search(text) if method in _DOMAINS else None
    return found["domain"].lower() if found else None
