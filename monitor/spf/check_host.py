"""check_host() of RFC 7208: pyspf evaluates, our resolver answers, and both verdicts come out of one evaluation.

pyspf's only seam is a module global that is shared by all threads. Here its `query` is subclassed instead, and all that
reaches DNS, counts against a limit or expands a macro is ours:

* a limit that is exceeded is noted, not raised: what was known then is the strict verdict (permerror), what follows is
  the lenient one, of a verifier that does not enforce it;
* DNS trouble while looking up PTR names is no match instead of temperror (section 5.5), and `unknown` for `%{p}` (7.3);
* macros are expanded as section 7.3 says, and only when their term's turn has come;
* a redirect counts as a lookup when it is followed, not when it is read (section 4.6.4);
* names of modifiers are read without regard to case, and unknown ones may be repeated (section 6);
* the first TXT lookup is no term and never a void lookup (section 4.6.4);
* the explanation is looked up after the verdict and only if asked for (section 6.2).
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

import spf

from monitor.dns.answer import Answer, Resolver, Unanswered
from monitor.dns.name import InvalidName, a_label, escape, is_valid
from monitor.model import DnsQuestion, Identity, IpAddress, SpfOutcome, SpfResult
from monitor.spf import macro

LOOKUP_LIMIT = 10  # terms that cost a lookup, RFC 7208 section 4.6.4
VOID_LIMIT = 2  # void lookups, same section
NAME_LIMIT = 10  # MX names, and PTR names, of one term, same section
LENIENT_FACTOR = 4  # a lenient verifier's bound is so many times the limit; pyspf's own choice
MAX_DEPTH = 20  # includes within includes that a lenient verifier follows; pyspf's own choice
TIME_LIMIT_S = 20.0  # section 4.6.4: at least 20 seconds for a whole evaluation

_VERSION = b"v=spf1"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one evaluation found, with the explanation that a receiver would add to a refusal (RFC 7208 section 6.2)."""

    outcome: SpfOutcome
    explanation: str | None = None  # text from outside; None without one, or where it was not asked for


def check_host(
    resolver: Resolver,
    *,
    client_ip: IpAddress,
    reverse_path: str,
    helo: str,
    identity: Identity,
    now: datetime,
) -> SpfOutcome:
    """The result for one SMTP client and one identity, strict and lenient, with its whole trace.

    Always one of the seven results: DNS trouble and faults of our own are TEMPERROR, a domain that cannot have a record
    is NONE (section 4.3). A null reverse-path is checked as postmaster@HELO (section 2.4).
    """
    return evaluate(
        resolver, client_ip=client_ip, reverse_path=reverse_path, helo=helo, identity=identity, now=now
    ).outcome


def evaluate(
    resolver: Resolver,
    *,
    client_ip: IpAddress,
    reverse_path: str,
    helo: str,
    identity: Identity,
    now: datetime,
    explain: bool = False,
    receiver: str = "unknown",
) -> Verdict:
    """As check_host; with `explain` the explanation of a fail is fetched too, as the host `receiver` would."""
    client_ip = unmapped(client_ip)
    local, domain = mailbox(reverse_path, helo, identity)
    blank = SpfOutcome(
        identity=identity,
        domain=domain,
        client_ip=client_ip,
        reverse_path=reverse_path,
        helo=helo,
        result=SpfResult.NONE,
        lenient_result=SpfResult.NONE,
        evaluated_at=now,
    )
    try:
        domain = a_label(domain)
    except InvalidName:
        return Verdict(outcome=blank)
    if "." not in domain:
        return Verdict(outcome=blank)  # section 4.3: not a multi-label name
    query = Query(resolver, client_ip, local, domain, helo, now=now, receiver=receiver)
    result, problem = query.result()
    broken = query.limit_broken
    return Verdict(
        outcome=SpfOutcome(
            identity=identity,
            domain=domain,
            client_ip=client_ip,
            reverse_path=reverse_path,
            helo=helo,
            result=SpfResult.PERMERROR if broken else result,
            lenient_result=result,
            mechanism=query.mechanism,
            problem=broken or problem,
            lookups=query.lookups,
            void=query.void_lookups,
            evaluated_at=now,
            trace=tuple(query.trace.values()),
        ),
        explanation=query.explanation() if explain and result is SpfResult.FAIL else None,
    )


def unmapped(address: IpAddress) -> IpAddress:
    """The IPv4 address inside an IPv4-mapped one (RFC 4291 section 2.5.5.2), as section 5 of RFC 7208 wants."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def mailbox(reverse_path: str, helo: str, identity: Identity) -> tuple[str, str]:
    """Local-part and domain that are checked (sections 2.3, 2.4 and 4.3)."""
    if identity is Identity.HELO or not reverse_path:
        return "postmaster", helo
    local, at, domain = reverse_path.rpartition("@")
    return (local or "postmaster", domain) if at else ("postmaster", reverse_path)


class Query(spf.query):  # type: ignore[misc]  # pyspf ships no types
    """pyspf's evaluation of one domain for one client. Used once, by one thread."""

    def __init__(
        self,
        resolver: Resolver,
        client_ip: IpAddress,
        local: str,
        domain: str,
        helo: str,
        *,
        now: datetime,
        receiver: str,
    ) -> None:
        try:
            helo = a_label(helo)
        except InvalidName:
            helo = helo or "unknown"
        super().__init__(i=str(client_ip), s=f"{local}@{domain}", h=helo, receiver=receiver, strict=True)
        self.l, self.o, self.d = local, domain, domain
        self.t = str(int(now.timestamp()))
        self.trace: dict[tuple[str, str], DnsQuestion] = {}
        self.limit_broken: str | None = None
        self._resolver = resolver
        self._deadline = time.monotonic() + TIME_LIMIT_S
        self._number = int(client_ip)
        self._version = client_ip.version
        self._known: dict[tuple[str, str], Answer | Unanswered] = {}
        self._reading: bool = False  # a mechanism is being read: its macros wait until its turn
        self._started = False
        self._term: str | None = None  # the mechanism whose turn it is
        self._including = False  # the next record asked for is an include's
        self._failed_in: str | None = None  # whose record an error was found in
        self._explains: tuple[str, str] | None = None  # exp= and whose record it is in

    def result(self) -> tuple[SpfResult, str | None]:
        """The lenient result and, for an error, a sentence."""
        try:
            word = self.check()[0]
            result = SpfResult(word)
        except RecursionError:
            return SpfResult.PERMERROR, "The records include one another without end."
        except Exception as error:  # noqa: BLE001 - hostile records: unknown, never a verdict, never a crash
            _log.exception("spf.evaluation_failed", extra={"domain": self.o})
            return SpfResult.TEMPERROR, f"The evaluation failed on our side ({type(error).__name__})."
        if result not in (SpfResult.PERMERROR, SpfResult.TEMPERROR):
            return result, None
        self.mechanism = None
        problem = ": ".join([str(self.prob), *map(str, self.mech[:1])])
        if result is SpfResult.PERMERROR and self._failed_in:
            problem = f"{problem} (in the record of {self._failed_in})"
        return result, problem

    def explanation(self) -> str | None:
        """The text that explains a fail, None without a usable one (section 6.2)."""
        if self._explains is None:
            return None
        spec, self.d = self._explains
        try:
            texts = self._ask(self.expand(spec), "TXT").texts
            return str(self.expand(texts[0].decode("ascii"), stripdot=False)) if len(texts) == 1 else None
        except (spf.PermError, spf.TempError, UnicodeDecodeError):
            return None

    # What pyspf calls: the record.

    def dns_spf(self, domain: str) -> str | None:
        """The one SPF record of a domain, None without (sections 4.4 and 4.5)."""
        first, self._started = not self._started, True
        if not first and not self._including:
            self._count_lookup(f"redirect={domain}")
        self._including = False
        if not is_valid(escape(domain)):
            return None
        records = [text for text in self.dns_txt(domain, ignore_void=first) if _is_spf(text)]
        if len(records) > 1:
            raise self._failed(spf.PermError("Two or more SPF records", domain), domain)
        if records and not records[0].isascii():
            raise self._failed(spf.PermError("The record holds characters that are not ASCII"), domain)
        return records[0].decode("ascii") if records else None

    def check1(self, record: str | None, domain: str, recursion: int) -> Any:
        """Pyspf's, but too deep is an error of the record also in a strict evaluation."""
        if recursion > MAX_DEPTH:
            raise spf.PermError("Too many includes within includes")
        return super().check1(record, domain, recursion)

    def check0(self, record: str | None, recursion: int) -> Any:
        """Pyspf's loop over one record's terms."""
        outer, self._term = self._term, None
        try:
            return super().check0(record and self._mechanisms_and_redirect(record, recursion), recursion)
        except (spf.PermError, spf.TempError) as error:
            raise self._failed(error, self.d) from None
        finally:
            self._term = outer

    def _mechanisms_and_redirect(self, record: str, recursion: int) -> str:
        """The record without the modifiers that change no result (section 6); their syntax is checked all the same."""
        if not record.isprintable():
            raise spf.PermError("The record holds a control character")
        explains: str | None = None
        kept: list[str] = []
        for term in record.split(" "):
            modifier = spf.RE_MODIFIER.match(term)
            if modifier is None or not kept:
                kept.append(term)
                continue
            name, value = modifier[1].lower(), term[modifier.end() :]
            if name == "redirect":
                kept.append(f"redirect={value}")
            elif name != "exp":
                self._check_macros(value)
            elif explains is not None:
                raise spf.PermError("exp= appears twice", term)
            elif not value:
                raise spf.PermError("exp= names no domain", term)
            else:
                explains = value
                self._check_domain(value)
        if not recursion:
            self._explains = (explains, self.d) if explains else None
        return " ".join(kept)

    # What pyspf calls: one term.

    def validate_mechanism(self, mech: str) -> Any:
        """A mechanism read and checked; macros in it are expanded when its turn comes."""
        self._reading = True
        try:
            return Term(self, super().validate_mechanism(mech))
        except ValueError as error:
            raise spf.PermError("A number has too many digits", mech[:80]) from error
        finally:
            self._reading = False

    def begin(self, term: Sequence[Any]) -> tuple[Any, ...]:
        """A term's turn has come: the tuple that pyspf's loop evaluates."""
        mech, kind, target, prefix, result = term
        self._term, self._including = mech, kind == "include"
        if target and "%" in target and ":" in mech:
            if not self.l.isascii() and _names_local_part(target):
                return mech, "never", target, prefix, result  # RFC 8616 section 4: it matches nothing
            target = self.expand(target)
            if not target:
                raise spf.PermError("The domain is empty once its macros are expanded", mech)
        return mech, kind, target, prefix, result

    def expand_domain(self, arg: str) -> str:
        """A domain-spec, expanded unless a mechanism is only being read (section 7.1)."""
        self._check_domain(arg)
        return arg.removesuffix(".") if self._reading else self.expand(arg)

    def expand(self, s: str, stripdot: bool = True) -> str:  # noqa: FBT001, FBT002 - pyspf's signature
        """A macro-string expanded: a name to look up, or with `stripdot` off an explanation."""
        try:
            text = macro.expand(s, self._macro, explanation=not stripdot)
        except macro.InvalidMacro as error:
            raise spf.PermError("Invalid macro", str(error)) from error
        return macro.as_domain(text) if stripdot else text

    def _check_domain(self, spec: str) -> None:
        if spf.RE_TOPLAB.split(spec)[-1]:
            raise spf.PermError("Invalid domain found (use FQDN)", spec)
        self._check_macros(spec)

    def _check_macros(self, text: str) -> None:
        try:
            macro.check(text)
        except macro.InvalidMacro as error:
            raise spf.PermError("Invalid macro", str(error)) from error

    def _macro(self, letter: str) -> str:
        if letter == "p":
            self.p = None  # it depends on the current domain
            self.getp()
        return str(getattr(self, letter))

    def cidrmatch(self, ipaddrs: Sequence[str], n: int) -> bool:
        """Whether the client is within `n` bits of any of the addresses."""
        for text in ipaddrs:
            try:
                version, number = _number(text)
            except ValueError as error:
                raise spf.PermError("Invalid address", text) from error
            shift = (32 if version == 4 else 128) - n
            if version == self._version and number >> shift == self._number >> shift:
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
        return [b"".join(segments) for segments in self.dns(domainname, rr, ignore_void=ignore_void)]

    def dns_mx(self, domainname: str) -> list[str]:
        """Addresses in the client's family of all mail exchangers (section 5.4). All are looked up before any is compared."""
        exchanges = sorted(self.dns(domainname, "MX"))
        if len(exchanges) > NAME_LIMIT:
            self._break(f"More than {NAME_LIMIT} MX records at {domainname}")
        bound = NAME_LIMIT * LENIENT_FACTOR
        return [address for _, exchange in exchanges[:bound] if exchange for address in self._addresses(exchange)]

    def validated_ptrs(self) -> list[str]:
        """Names of the client that lead back to it; none where DNS fails for the PTR, without those it fails for (section 5.5)."""
        try:
            names = self._records(f"{spf.reverse_dots(self.i)}.{self.v}.arpa", "PTR")
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
        if not is_valid(name):
            return ()  # it cannot be in DNS, so that nothing is asked and nothing counts
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
        key = (name.lower(), rrtype)
        known = self._known.get(key)
        if known is None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise spf.TempError(f"The evaluation took longer than {TIME_LIMIT_S:.0f} seconds")
            try:
                known = self._resolver.lookup(name, rrtype, timeout_s=left)
            except Unanswered as error:
                known = error
            self._known[key] = known
            self.trace[key] = known.question
        if isinstance(known, Unanswered):
            raise spf.TempError(str(known))
        return known


class Term:
    """A mechanism that was read. Pyspf's loop unpacks it when its turn has come, which is how the query learns of that."""

    __slots__ = ("_parts", "_query")

    def __init__(self, query: Query, parts: Sequence[Any]) -> None:
        self._query, self._parts = query, parts

    def __iter__(self) -> Iterator[Any]:
        return iter(self._query.begin(self._parts))


def _is_spf(text: bytes) -> bool:
    """Whether a TXT record is an SPF record: version, then a space or the end (section 4.5)."""
    return text[:6].lower() == _VERSION and text[6:7] in (b"", b" ")


def _names_local_part(target: str) -> bool:
    """Whether a domain-spec uses the macros s or l."""
    return any(f"%{{{letter}" in target for letter in "slSL")


@lru_cache(maxsize=65536)
def _number(text: str) -> tuple[int, int]:
    """Version and value of an address as text. Raises ValueError."""
    address = ip_address(text)
    return address.version, int(address)
