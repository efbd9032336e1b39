"""pyspf's evaluation of one domain for one client, behind our resolver. This file and `asking` alone import pyspf.

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
as nearly all are, is then decided by a loop of our own, which is faster, and pyspf's is its judge in the tests; of the
others' `ip4` and `ip6` terms pyspf gets only the one that holds the client, as no other can match (section 5.6).
"""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, ClassVar, Final

import spf

from monitor.dns.name import InvalidName, a_label
from monitor.model.dns import SpfResult
from monitor.spf import macro
from monitor.spf.asking import LOOKUP_LIMIT, Asking
from monitor.spf.networks import address, network_term
from monitor.spf.reading import Mechanism, Reading, Run, Unreadable, check_domain, read

MAX_DEPTH: Final = 20  # includes within includes that a lenient verifier follows; pyspf's own choice
READINGS_KEPT: Final = 8192  # records read lately; about 2 KiB each
MECHANISMS_KEPT: Final = 16384  # terms read lately, that many records share
LONGEST_KEPT: Final = 4096  # characters; a longer record is read anew each time

_log = logging.getLogger(__name__)


class Evaluation(Asking):
    """One evaluation. Used once, by one thread.

    Raises what the resolver raises beyond Unanswered only where that is no `Exception`.
    """

    own_loop: ClassVar[bool] = True  # off in the tests that compare it with pyspf's

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
            _log.exception("evaluation_failed", extra={"domain": self.o})
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


class Term:
    """A mechanism that was read. Pyspf's loop unpacks it when its turn has come, which is how the evaluation learns of that."""

    __slots__ = ("_evaluation", "_mechanism")

    def __init__(self, evaluation: Evaluation, mechanism: Mechanism) -> None:
        self._evaluation, self._mechanism = evaluation, mechanism

    def __iter__(self) -> Iterator[Any]:
        return iter(self._evaluation.begin(self._mechanism))


def _names_local_part(target: str) -> bool:
    """Whether a domain-spec uses the macros s or l."""
    return any(f"%{{{letter}" in target for letter in "slSL")


def _permerror(error: Unreadable) -> Exception:
    """The same as pyspf says it."""
    return spf.PermError(error.problem, error.term or None)  # type: ignore[no-any-return]  # pyspf ships no types


_READINGS: OrderedDict[tuple[str, str], Reading] = OrderedDict()
_MECHANISMS: OrderedDict[tuple[str, str], Mechanism] = OrderedDict()
