"""What an evaluation asks DNS, and what counts against its limits: pyspf's `query`, with all that reaches DNS made ours.

A limit that is exceeded is noted, not raised: what was known then is the strict verdict (permerror), what follows is the
lenient one, of a verifier that does not enforce it.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final

import spf

from monitor.dns.answer import Answer, Record, Resolver, Unanswered
from monitor.dns.name import escape, is_valid, normal
from monitor.model.dns import DnsQuestion, IpAddress
from monitor.spf.networks import address
from monitor.spf.reading import BITS, Reading

LOOKUP_LIMIT: Final = 10  # terms that cost a lookup, RFC 7208 section 4.6.4
VOID_LIMIT: Final = 2  # void lookups, same section
NAME_LIMIT: Final = 10  # MX names, and PTR names, of one term, same section
LENIENT_FACTOR: Final = 4  # a lenient verifier's bound is so many times the limit; pyspf's own choice
TIME_LIMIT_S: Final = 20.0  # section 4.6.4: at least 20 seconds for a whole evaluation
_NO_QUESTION: Final = DnsQuestion(name="", rrtype="TXT", rcode="NOERROR")


class Asking(spf.query):  # type: ignore[misc]  # pyspf ships no types
    """The questions of one evaluation. Used once, by one thread."""

    # What pyspf's constructor sets and no evaluation changes.
    strict, verbose, libspf_local, p, perm_error = True, False, None, None, None
    exps: ClassVar[dict[str, str]] = spf.EXPLANATIONS
    defexps: ClassVar[dict[str, str]] = spf.EXPLANATIONS

    # What each evaluation begins with.
    mechanism: str | None = None
    lookups = void_lookups = 0
    limit_broken: str | None = None
    reading: Reading | None = None  # of the record that is being evaluated
    _started = False
    _term: str | None = None  # the mechanism whose turn it is
    _including = False  # the next record asked for is an include's
    _failed_in: str | None = None  # whose record an error was found in
    _explains: tuple[str, str] | None = None  # exp= and whose record it is in

    def __init__(  # pyspf's own constructor takes apart what is known here
        self,
        resolver: Resolver,
        client_ip: IpAddress,
        local: str,
        domain: str,
        helo: str,
        *,
        now: datetime,
        receiver: str = "unknown",
        waited_s: float = 0.0,
    ) -> None:
        self.s, self.h, self.r = f"{local}@{domain}", helo, receiver
        self.l, self.o, self.d = local, domain, domain
        self.A, self.v = ("A", "in-addr") if client_ip.version == 4 else ("AAAA", "ip6")
        self.ipaddr, self.cidrmax = client_ip, BITS[client_ip.version]
        self.trace: dict[tuple[str, str], DnsQuestion] = {}
        self.options: dict[str, bool] = {}
        self._now = now
        self._resolver = resolver
        # A batch's resolver wants to know which questions will probably follow.
        self._prepare: Callable[[Reading, int, str, str, int], None] | None = getattr(resolver, "prepare", None)
        self._prepare_mx: Callable[[str, str, Sequence[str]], None] | None = getattr(resolver, "prepare_mx", None)
        self._deadline = time.monotonic() + TIME_LIMIT_S - waited_s
        self._number = int(client_ip)
        # What was answered already; a batch's resolver shares its own over the addresses of a domain.
        shared = getattr(resolver, "answers", None)
        self._answers: dict[tuple[str, str], Answer | Unanswered] = {} if shared is None else shared

    def dns_spf(self, domain: str) -> str | None:
        """The one SPF record of a domain, None without (sections 4.4 and 4.5)."""
        first, self._started = not self._started, True
        if not first and not self._including:
            self._count_lookup(f"redirect={domain}")
        self._including = False
        key = _txt_key(domain)
        if key is None:
            return None
        answer = self._answer(key)
        if not answer.records and not first:
            self._count_void(key[0], "TXT")
        records = _spf_records(answer.records)
        if len(records) > 1:
            raise self._failed(spf.PermError("Two or more SPF records", domain), domain)
        if records and records[0] is None:
            raise self._failed(spf.PermError("The record holds characters that are not ASCII"), domain)
        return records[0] if records else None

    def cidrmatch(self, ipaddrs: Sequence[str], n: int) -> bool:
        """Whether the client is within `n` bits of any of the addresses."""
        for text in ipaddrs:
            try:
                version, number = address(text)
            except ValueError as error:
                raise spf.PermError("Invalid address", text) from error
            shift = BITS[version] - n
            if version == self.ipaddr.version and number >> shift == self._number >> shift:
                return True
        return False

    # What pyspf calls: limits.

    def check_lookups(self) -> None:
        """Count a term that costs a lookup; pyspf calls this for a redirect when it is read, which is too early."""
        if self._term is not None:
            self._count_lookup(self._term)

    def _count_lookup(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > LOOKUP_LIMIT:
            self._break(f"More than {LOOKUP_LIMIT} terms need a DNS lookup; {term} is one too many")
        if self.lookups > LOOKUP_LIMIT * LENIENT_FACTOR:
            raise spf.PermError(f"More than {LOOKUP_LIMIT * LENIENT_FACTOR} terms need a DNS lookup")

    def _count_void(self, name: str, rrtype: str) -> None:
        self.void_lookups += 1
        if self.void_lookups > VOID_LIMIT:
            term = f", for {self._term}" if self._term else ""
            self._break(f"More than {VOID_LIMIT} DNS lookups found nothing; {rrtype} {name} is one too many{term}")

    def _break(self, problem: str) -> None:
        if self.limit_broken is None:
            self.limit_broken = f"{problem} (in the record of {self.d})"

    def _failed(self, error: Exception, domain: str) -> Exception:
        if self._failed_in is None:
            self._failed_in = domain
        return error

    # What pyspf calls: DNS.

    def dns(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:  # noqa: FBT001, FBT002 - pyspf's signature
        """The records of one question; a void answer counts unless told not to. Raises TempError."""
        del cnames
        return list(self._records(escape(name), qtype, ignore_void=ignore_void))

    def dns_txt(self, domainname: str, rr: str = "TXT", ignore_void: bool = False) -> list[bytes]:  # noqa: FBT001, FBT002 - pyspf's signature
        """TXT records, each joined (section 3.3)."""
        return [b"".join(segments) for segments in self._records(escape(domainname), rr, ignore_void=ignore_void)]

    def dns_mx(self, domainname: str) -> list[str]:
        """Addresses in the client's family of all mail exchangers (section 5.4). All are looked up before any is compared."""
        exchanges = sorted(self.dns(domainname, "MX"))
        if len(exchanges) > NAME_LIMIT:
            self._break(f"More than {NAME_LIMIT} MX records at {domainname}")
        names = [exchange for _, exchange in exchanges[: NAME_LIMIT * LENIENT_FACTOR] if exchange]
        if self._prepare_mx is not None:
            self._prepare_mx(domainname, self.A, names)
        return [address for name in names for address in self._addresses(name)]

    def validated_ptrs(self) -> list[str]:
        """Names of the client that lead back to it; none where DNS fails for the PTR, without those it fails for (section 5.5)."""
        try:
            names = self._records(self.ipaddr.reverse_pointer, "PTR")
        except spf.TempError:
            return []
        validated = []
        for name in names[:NAME_LIMIT]:
            try:
                if self.cidrmatch(self._addresses(name), self.cidrmax):
                    validated.append(name)
            except spf.TempError:
                continue
        return validated

    def _addresses(self, name: str) -> tuple[str, ...]:
        """Addresses in the client's family at a name that DNS itself gave."""
        return self._records(name, self.A)

    def _records(self, name: str, rrtype: str, *, ignore_void: bool = False) -> tuple[Any, ...]:
        """The records of one question; none, and nothing counted, for a name that cannot be in DNS."""
        if not is_valid(name):
            return ()
        answer = self._ask(name, rrtype)
        records: tuple[Any, ...]
        if rrtype == "TXT":
            records = answer.txt
        elif rrtype == "MX":
            records = answer.exchanges
        else:
            records = answer.strings
        if not records and not ignore_void:
            self._count_void(name, rrtype)
        return records

    def _ask(self, name: str, rrtype: str) -> Answer:
        """The answer to one question, asked once an evaluation. Raises TempError."""
        return self._answer((normal(name), rrtype))

    def _answer(self, key: tuple[str, str]) -> Answer:
        """As _ask; the name in normal form."""
        known = self._answers.get(key)
        if known is None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise spf.TempError(f"The evaluation took longer than {TIME_LIMIT_S:.0f} seconds")
            try:
                known = self._resolver.lookup(*key, timeout_s=left)
            except Unanswered as error:
                known = error
            self._answers[key] = known
        self.trace[key] = known.question
        if isinstance(known, Unanswered):
            raise spf.TempError(str(known))
        return known


@lru_cache(maxsize=16384)
def _txt_key(domain: str) -> tuple[str, str] | None:
    """The question for a domain's record; None for a name that cannot be in DNS."""
    name = escape(domain)
    return (normal(name), "TXT") if is_valid(name) else None


@lru_cache(maxsize=8192)
def _spf_records(records: tuple[Record, ...]) -> tuple[str | None, ...]:
    """The SPF records among TXT records: version, then a space or the end (sections 3.3 and 4.5); None if not ASCII."""
    texts = Answer(rcode="NOERROR", records=records, question=_NO_QUESTION).texts
    found = [text for text in texts if text[:6].lower() == b"v=spf1" and text[6:7] in (b"", b" ")]
    return tuple(text.decode("ascii") if text.isascii() else None for text in found)
