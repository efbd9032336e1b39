"""What DNS and SPF said: results, questions with their answers, outcomes, costs."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from monitor.phrase.stored import Words

IpAddress = IPv6Address | IPv4Address  # tried in this order where a value is stored: most are the former


IpNetwork = IPv4Network | IPv6Network


class SpfResult(StrEnum):
    """The seven results of check_host() (RFC 7208 section 2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Identity(StrEnum):
    """Which identity was checked (RFC 7208 sections 2.3 and 2.4)."""

    MAILFROM = "mailfrom"
    HELO = "helo"


class SpfLimit(StrEnum):
    """A limit of RFC 7208 section 4.6.4 that ends an evaluation."""

    LOOKUPS = "lookups"  # terms that cost a lookup
    VOID = "void"  # lookups that find nothing
    NAMES = "names"  # MX hosts of one `mx`


class PtrResult(StrEnum):
    """Reverse DNS with forward confirmation: iprev (RFC 8601 section 2.7.3), with its `fail` told apart."""

    PASS = "pass"  # noqa: S105 - a result, not a password
    MISSING = "missing"
    MISMATCH = "mismatch"
    TEMPERROR = "temperror"


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsQuestion:
    """One DNS question and what came back: a line of a verdict's trace."""

    name: str
    rrtype: str
    rcode: str  # NOERROR, NXDOMAIN, SERVFAIL, REFUSED …, or TIMEOUT / NETWORK where nobody answered
    answers: tuple[str, ...] = ()
    server: str = ""  # address and port that answered; "" for the cache
    ttl_s: int | None = None
    took_ms: float = 0.0
    cached: bool = False
    synthesised: tuple[str, ...] = ()  # what the server made up by DNS64 (RFC 6147) and nobody believes


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfOutcome:
    """What check_host() said about one SMTP client at one moment (RFC 7208 section 4).

    `result` applies every limit of section 4.6.4; `lenient_result` is what a verifier says that does not enforce the
    void-lookup limit. DNS trouble is TEMPERROR here.
    """

    identity: Identity
    domain: str  # A-label form
    client_ip: IpAddress
    reverse_path: str  # RFC 5321 section 4.1.1.2, without "<>"; "" is the null reverse-path
    helo: str
    result: SpfResult
    lenient_result: SpfResult
    mechanism: str | None = None  # the term that matched, as the owner wrote it
    problem: Words | None = None  # for people; never parsed
    lookups: int = 0  # terms that cost a lookup, RFC 7208 section 4.6.4, limit 10
    void: int = 0  # void lookups, same section, limit 2
    limit: SpfLimit | None = None  # the first that was exceeded
    evaluated_at: datetime
    trace: tuple[DnsQuestion, ...] = ()

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.client_ip.version


@dataclass(frozen=True, slots=True, kw_only=True)
class PtrOutcome:
    """Reverse DNS of one address, forward-confirmed (RFC 8601 section 2.7.3; RFC 1912 section 2.1)."""

    client_ip: IpAddress
    result: PtrResult
    names: tuple[str, ...] = ()  # what the PTR records say
    confirmed: tuple[str, ...] = ()  # those whose A or AAAA leads back
    problem: Words | None = None  # why DNS kept us from knowing, for people; never parsed
    unanswered: tuple[str, ...] = ()  # names whose A or AAAA DNS gave no answer for


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfCost:
    """What a record costs at worst, against the limits of RFC 7208 section 4.6.4."""

    lookups: int = 0
    lookup_limit: int = 10
    void: int = 0
    void_limit: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class TermLine:
    """One term of a record's tree, top down: what it costs with all that is behind it, and what is wrong with it."""

    depth: int  # 0 for the list's own record
    domain: str  # whose record it stands in
    text: str
    lookups: int = 0
    void4: int = 0  # void lookups for an IPv4 client
    void6: int = 0
    fault: Words | None = None  # a sentence; the record is a permanent error for it
    trouble: Words | None = None  # why DNS did not answer, which is no fault


class About(StrEnum):
    """What a fact is about that is looked for changes from check to check."""

    PTR = "ptr"  # of an outbound address
    DKIM = "dkim"  # the record of a key
    DMARC = "dmarc"  # the record that holds for a domain
    MX = "mx"  # of the list's domain
    ADDRESS = "address"  # of a name that its mail leaves from


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFact:
    """What DNS says at one name, beside SPF: kept with a check, so that the next one sees what has changed."""

    about: About
    name: str  # of PTR the address
    rrtype: str
    answers: tuple[str, ...]  # sorted, as servers give them in any order; of TXT the text, octets as Latin-1
    seen_at: datetime | None = None  # when DNS last gave an answer; None: at the check that it is kept with
    changed_at: tuple[datetime, ...] = ()  # its last changes, the newest first: what changes all the time is told once


def unmapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside an IPv4-mapped one (RFC 4291 section 2.5.5.2), as section 5 of RFC 7208 wants."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def read_address(text: str) -> IpAddress | None:
    """The address, an IPv4-mapped one as IPv4; None for anything else."""
    try:
        return unmapped(ip_address(text))
    except ValueError:
        return None


def network_of(address: IpAddress) -> IpNetwork:
    """What one site has at least: the /64 of an IPv6 address (RFC 6177 section 2); an IPv4 address alone."""
    if isinstance(address, IPv4Address):
        return IPv4Network(address)
    return IPv6Network((address, 64), strict=False)
