"""pyspf's evaluation of one domain for one client, behind our resolver. The only file that imports pyspf.

pyspf's one seam is a module global that all threads share. Here its `query` is subclassed instead: pyspf reads the terms
and decides among them, and all that reaches DNS, counts against a limit or expands a macro is ours:

* a limit that is exceeded is noted, not raised: what was known then is the strict verdict (permerror), what follows is
  the lenient one, of a verifier that does not enforce it;
* DNS trouble while looking up PTR names is no match instead of temperror (section 5.5), and `unknown` for `%{p}` (7.3);
* macros are expanded as section 7.3 says, and only when their term's turn has come;
* a redirect counts as a lookup when it is followed, not when it is read (section 4.6.4);
* names of modifiers are read without regard to case, and unknown ones may be repeated (section 6);
* the first TXT lookup is no term and never a void lookup (section 4.6.4);
* the explanation is looked up after the verdict and only if asked for (section 6.2).

A record is read once however often it is evaluated. One of `ip4`, `ip6`, `a`, `mx`, `include`, `redirect` and `all` without a macro,
as nearly all are, is then decided by a loop of our own, three times as fast, and pyspf's is its judge in the tests; of the
others' `ip4` and `ip6` terms pyspf gets only the one that holds the client, as no other can match (section 5.6).
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Final

import spf

from monitor.dns.answer import Answer, Record, Resolver, Unanswered
from monitor.dns.name import InvalidName, a_label, escape, is_valid, normal
from monitor.model import DnsQuestion, IpAddress, SpfResult
from monitor.spf import macro
from monitor.spf.networks import address, network_term
from monitor.spf.reading import BITS, Mechanism, Reading, Run, Unreadable, check_domain, read

LOOKUP_LIMIT: Final = 10  # terms that cost a lookup, RFC 7208 section 4.6.4
VOID_LIMIT: Final = 2  # void lookups, same section
NAME_LIMIT: Final = 10  # MX names, and PTR names, of one term, same section
LENIENT_FACTOR: Final = 4  # a lenient verifier's bound is so many times the limit; pyspf's own choice
MAX_DEPTH: Final = 20  # includes within includes that a lenient verifier follows; pyspf's own choice
TIME_LIMIT_S: Final = 20.0  # section 4.6.4: at least 20 seconds for a whole evaluation
READINGS_KEPT: Final = 8192  # records read lately; about 2 KiB each
MECHANISMS_KEPT: Final = 16384  # terms read lately, that many records share
LONGEST_KEPT: Final = 4096  # characters; a longer record is read anew each time

_NO_QUESTION: Final = DnsQuestion(name="", rrtype="TXT", rcode="NOERROR")
_log = logging.getLogger(__name__)


class Evaluation(spf.query):  # type: ignore[misc]  # pyspf ships no types
    """One evaluation. Used once, by one thread.

    Raises what the resolver raises beyond Unanswered only where that is no `Exception`.
    """

    own_loop: ClassVar[bool] = True  # off in the tests that compare it with pyspf's

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

    def result(self) -> tuple[SpfResult, str | None]:
        """The lenient result and, for an error, a sentence."""
        try:
            return SpfResult(self.check1(self.dns_spf(self.d), self.d, 0)[0]), None
        except spf.TempError as error:
            result, told = SpfResult.TEMPERROR, error
        except spf.PermError as error:
            result, told = SpfResult.PERMERROR, error
        except RecursionError:
            return SpfResult.PERMERROR, "The records include one another without end."
        except Exception as error:  # noqa: BLE001 - hostile records: unknown, never a verdict, never a crash
            _log.exception("spf.evaluation_failed", extra={"domain": self.o})
            return SpfResult.TEMPERROR, f"The evaluation failed on our side ({type(error).__name__})."
        self.mechanism = None
        problem = ": ".join([str(told.msg), *([str(told.mech)] if told.mech else [])])
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

    def check1(self, record: str | None, domain: str, recursion: int) -> Any:
        """The result of one record, for the domain that it was found at; too deep is an error of the record."""
        if not record:
            return "none", 250, ""
        if recursion > MAX_DEPTH:
            raise spf.PermError("Too many includes within includes")
        outer = self.d, self._term, self.reading
        self.d, self._term, self.reading = domain, None, None
        try:
            self.reading = reading = self._read(record)
            if not recursion:
                self._explains = (reading.explains, domain) if reading.explains else None
            if self._prepare is not None:
                self._prepare(reading, self._number, domain, self.A, LOOKUP_LIMIT - self.lookups)
            if reading.plain and self.own_loop:
                return self._decide(reading, recursion)
            return super().check0(reading.for_client(self._number), recursion)
        except (spf.PermError, spf.TempError) as error:
            raise self._failed(error, self.d) from None
        finally:
            self.d, self._term, self.reading = outer

    def _decide(self, reading: Reading, recursion: int) -> Any:
        """Pyspf's loop again, for the terms that nearly all records are made of (RFC 7208 sections 4.6.2 and 5)."""
        for step in reading.steps:
            if isinstance(step, Run):
                term = step.first(self._number)
                if term is None:
                    continue
                mechanism = reading.mechanisms[term]
                break
            mechanism = reading.mechanisms[step]
            if mechanism[1] == "all" or self._matches(mechanism, recursion):
                break
        else:
            if reading.redirect is not None:
                return self._redirected(reading.redirect.partition("=")[2].removesuffix("."), recursion)
            self.mechanism = None
            return "neutral", 250, ""
        if not recursion:
            self.mechanism = mechanism[0]
        return mechanism[4], 250, ""

    def _matches(self, mechanism: Mechanism, recursion: int) -> bool:
        """Whether an `include`, `a` or `mx` holds the client (sections 5.2, 5.3 and 5.4)."""
        self._term, kind, target, prefix, _ = mechanism
        self._including = kind == "include"
        if target is None:
            target = self.d
        self._count_lookup(mechanism[0])
        if kind == "a":
            return self.cidrmatch(self.dns_a(target, self.A), prefix)
        if kind == "mx":
            return self.cidrmatch(self.dns_mx(target), prefix)
        result = self.check1(self.dns_spf(target), target, recursion + 1)[0]
        if result == "none":
            raise spf.PermError(f"No valid SPF record for included domain: {target}", mechanism[0])
        return bool(result == "pass")

    def _redirected(self, target: str, recursion: int) -> Any:
        """What the record says that `redirect=` names (section 6.1)."""
        record = self.dns_spf(target)
        if not record:
            raise spf.PermError("redirect domain has no SPF record", target)
        return self.check1(record, target, recursion)

    def _read(self, record: str) -> Reading:
        """The record read, from memory if it can be. Raises PermError."""
        key = (record, self.A)
        reading = _READINGS.get(key)
        if reading is None:
            try:
                reading = read(record, self.ipaddr.version, self._read_mechanism, address)
            except Unreadable as error:
                raise _permerror(error) from error
            if len(record) <= LONGEST_KEPT:
                while len(_READINGS) >= READINGS_KEPT:
                    _READINGS.popitem(last=False)
                _READINGS[key] = reading
        if self.d in reading.includes:
            raise spf.PermError("The record includes itself", f"include:{self.d}")
        return reading

    def _read_mechanism(self, term: str) -> Mechanism:
        """One mechanism as pyspf reads it, its macros not yet expanded. Raises PermError."""
        network = network_term(term)
        if network is not None:
            return network
        key = (term, self.A)
        known = _MECHANISMS.get(key)
        if known is not None:
            return known
        try:
            mech, kind, target, prefix, result = super().validate_mechanism(term)
            if kind in ("ip4", "ip6"):
                address(target)
        except ValueError as error:
            raise spf.PermError("Not an address or number", term[:80]) from error
        # Without a target of its own it means the domain, which is another each time.
        mechanism: Mechanism = (mech, kind, target if ":" in term else None, prefix, result)
        if len(term) <= LONGEST_KEPT:
            while len(_MECHANISMS) >= MECHANISMS_KEPT:
                _MECHANISMS.popitem(last=False)
            _MECHANISMS[key] = mechanism
        return mechanism

    # What pyspf calls: one term.

    def validate_mechanism(self, mech: str) -> Any:
        """A mechanism that was read; pyspf's loop unpacks it when its turn has come."""
        if self.reading is None:
            raise AssertionError("a record is read before it is evaluated")
        return Term(self, self.reading.mechanisms[mech])

    def begin(self, mechanism: Mechanism) -> tuple[Any, ...]:
        """A term's turn has come: the tuple that pyspf's loop evaluates."""
        mech, kind, target, prefix, result = mechanism
        self._term, self._including = mech, kind == "include"
        if target is None:
            target = self.d
        elif "%" in target:
            if not self.l.isascii() and _names_local_part(target):
                return mech, "never", target, prefix, result  # RFC 8616 section 4: it matches nothing
            target = self.expand(target)
            if not target:
                raise spf.PermError("The domain is empty once its macros are expanded", mech)
        return mech, kind, target, prefix, result

    def expand_domain(self, arg: str) -> str:
        """A domain-spec: a mechanism's is only checked when it is read, a redirect's was and is expanded (section 7.1)."""
        if arg and self.reading is not None and self.reading.redirect == f"redirect={arg}":
            return self.expand(arg)
        try:
            check_domain(arg)
        except Unreadable as error:
            raise _permerror(error) from error
        return arg.removesuffix(".")

    def expand(self, s: str, stripdot: bool = True) -> str:  # noqa: FBT001, FBT002 - pyspf's signature
        """A macro-string expanded: a name to look up, or with `stripdot` off an explanation."""
        try:
            text = macro.expand(s, self._macro, explanation=not stripdot)
        except macro.InvalidMacro as error:
            raise spf.PermError("Not a macro", str(error)) from error
        return macro.as_domain(text) if stripdot else text

    def _macro(self, letter: str) -> str:
        """What a macro letter stands for (section 7.2)."""
        if letter == "p":
            self.p = None  # it depends on the current domain
            self.getp()
            return str(self.p)
        if letter == "i":
            return str(self.ipaddr) if self.ipaddr.version == 4 else ".".join(f"{self._number:032X}")
        if letter == "h":
            try:
                return a_label(self.h)
            except InvalidName:
                return self.h or "unknown"
        if letter == "t":
            return str(int(self._now.timestamp()))
        return str(self.ipaddr) if letter == "c" else str(getattr(self, letter))

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


class Term:
    """A mechanism that was read. Pyspf's loop unpacks it when its turn has come, which is how the evaluation learns of that."""

    __slots__ = ("_evaluation", "_mechanism")

    def __init__(self, evaluation: Evaluation, mechanism: Mechanism) -> None:
        self._evaluation, self._mechanism = evaluation, mechanism

    def __iter__(self) -> Iterator[Any]:
        return iter(self._evaluation.begin(self._mechanism))


@lru_cache(maxsize=8192)
def _spf_records(records: tuple[Record, ...]) -> tuple[str | None, ...]:
    """The SPF records among TXT records: version, then a space or the end (sections 3.3 and 4.5); None if not ASCII."""
    texts = Answer(rcode="NOERROR", records=records, question=_NO_QUESTION).texts
    found = [text for text in texts if text[:6].lower() == b"v=spf1" and text[6:7] in (b"", b" ")]
    return tuple(text.decode("ascii") if text.isascii() else None for text in found)


def _names_local_part(target: str) -> bool:
    """Whether a domain-spec uses the macros s or l."""
    return any(f"%{{{letter}" in target for letter in "slSL")


def _permerror(error: Unreadable) -> Exception:
    """The same as pyspf says it."""
    return spf.PermError(error.problem, error.term or None)  # type: ignore[no-any-return]  # pyspf ships no types


_READINGS: OrderedDict[tuple[str, str], Reading] = OrderedDict()
_MECHANISMS: OrderedDict[tuple[str, str], Mechanism] = OrderedDict()
