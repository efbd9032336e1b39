"""check_host() of RFC 7208, section by section: one domain, one client, both verdicts.

A syntax error anywhere in a record is found before anything of it is evaluated (section 4.6). Macros are expanded when
their term's turn has come. An explanation is never looked up: nobody here refuses mail for SPF (section 6.2).
"""

import logging
from collections.abc import Sequence
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.name import InvalidName, a_label
from monitor.errors import OutOfFiles
from monitor.model.dns import IpAddress, SpfResult
from monitor.phrase.phrase import Phrase, say
from monitor.spf import macro
from monitor.spf.limits import DEPTH_LIMIT, LOOKUP_LIMIT
from monitor.spf.networks import BITS, address
from monitor.spf.plan import Run, Step, plan
from monitor.spf.questions import Ended, Questions, TempError

_SHOWN: Final = 80  # characters of a term in a sentence

_log = logging.getLogger(__name__)


class Evaluation:
    """One evaluation. Used once, by one thread.

    Raises what the resolver raises beyond Unanswered only where that is no `Exception`.
    """

    def __init__(
        self,
        resolver: Resolver,
        client_ip: IpAddress,
        local: str,
        domain: str,
        helo: str,
        *,
        waited_s: float,
    ) -> None:
        self.dns = Questions(resolver, client_ip, waited_s)
        self.mechanism: str | None = None  # the term that decided, as its owner wrote it
        self._client, self._number, self._version = client_ip, int(client_ip), client_ip.version
        self._local, self._sender_domain, self._helo = local, domain, helo

    def result(self) -> tuple[SpfResult, Phrase | None]:
        """The lenient result and, for an error, a sentence."""
        try:
            record = self.dns.record(self._sender_domain, first=True)
            if record is None:  # section 4.5
                return SpfResult.NONE, None
            return self._check(record, self._sender_domain, 0), None
        except Ended as ended:
            result, problem = ended.result, ended.sentence
        except OutOfFiles:
            raise
        except Exception as error:  # noqa: BLE001 - hostile records: unknown, never a verdict, never a crash
            _log.exception("evaluation_failed", extra={"domain": self._sender_domain})
            result = SpfResult.TEMPERROR
            problem = say("The evaluation failed on our side ({error}).", error=type(error).__name__)
        self.mechanism = None
        return result, problem

    def _check(self, record: str, domain: str, depth: int) -> SpfResult:
        """The result of one record, for the domain that it was found at (sections 4.6 and 4.7)."""
        dns = self.dns
        outer = dns.domain
        while True:
            dns.domain, dns.term = domain, ""
            steps = plan(record, self._version)
            if steps.error is not None and steps.error.error is not None:  # section 4.6: whatever else the record says
                raise dns.failed(
                    say("At `{term}`: {fault}", term=steps.error.text[:_SHOWN], fault=steps.error.error.sentence)
                )
            if dns.prepare is not None:
                dns.prepare(steps, self._number, domain, dns.rrtype, LOOKUP_LIMIT - dns.lookups)
            term, result = None, SpfResult.NEUTRAL  # section 4.7, where nothing matches
            for step in steps.steps:  # section 4.6.2: from left to right
                if isinstance(step, Run):  # section 5.6
                    found = step.first(self._number)
                    if found is not None:
                        term, result = found
                        break
                elif step[1] == "all" or self._matches(step, depth):  # section 5.1
                    term, result = step[0], step[4]
                    break
            else:
                if steps.redirect is not None:
                    record, domain = self._redirected(steps.redirect)
                    continue
            if not depth:
                self.mechanism = term
            dns.domain = outer
            return result

    def _redirected(self, spec: str) -> tuple[str, str]:
        """The record that `redirect=` names, and its domain (section 6.1)."""
        dns = self.dns
        dns.term = f"redirect={spec}"
        target = self._target(spec)
        dns.term = f"redirect={target}"
        dns.count_lookup()
        record = dns.record(target)
        if record is None:
            raise dns.failed(say("redirect domain has no SPF record: {domain}", domain=target))
        return record, target

    def _matches(self, step: Step, depth: int) -> bool:
        """Whether a mechanism that asks DNS holds the client."""
        dns = self.dns
        dns.term, kind, target, prefix, _ = step
        if target is None:
            target = dns.domain  # section 4.8
        elif "%" in target:
            if not self._local.isascii() and _names_local_part(target):
                return False  # RFC 8616 section 4: it matches nothing
            target = self._target(target)
        if kind == "include":
            return self._includes(target, depth)
        dns.count_lookup()
        if kind == "a":  # section 5.3
            return self._holds(dns.addresses(target, dns.rrtype), prefix)
        if kind == "mx":  # section 5.4
            return self._holds(dns.mx_addresses(target), prefix)
        if kind == "exists":  # section 5.7: A, whatever the client's family
            return bool(dns.addresses(target, "A"))
        return _within(dns.validated_names(self._is_client), target) is not None  # section 5.5

    def _includes(self, target: str, depth: int) -> bool:
        """Whether the record there gives pass; none there is a permanent error (section 5.2)."""
        dns, term = self.dns, self.dns.term
        if target.lower() == dns.domain.lower():
            raise dns.failed(say("The record includes itself: {term}", term=term))
        dns.count_lookup()
        record = dns.record(target)
        if record is None:
            raise dns.failed(say("No valid SPF record for included domain: {domain}: {term}", domain=target, term=term))
        if depth >= DEPTH_LIMIT:
            raise dns.failed(say("Too many includes within includes"))
        return self._check(record, target, depth + 1) is SpfResult.PASS

    def _holds(self, addresses: Sequence[str], prefix: int) -> bool:
        """Whether the client is within a network of that length around any of the addresses (section 5)."""
        shift = BITS[self._version] - prefix
        wanted = self._number >> shift
        for text in addresses:
            try:
                version, number = address(text)
            except ValueError as error:
                raise TempError(say("DNS gave an address that is none: {address}", address=text[:_SHOWN])) from error
            if version == self._version and number >> shift == wanted:
                return True
        return False

    def _is_client(self, addresses: Sequence[str]) -> bool:
        return self._holds(addresses, BITS[self._version])

    def _target(self, spec: str) -> str:
        """A domain-spec with its macros expanded (section 4.8)."""
        target = macro.as_domain(macro.expand(spec, self._macro))
        if not target:
            raise self.dns.failed(say("The domain is empty once its macros are expanded: {term}", term=self.dns.term))
        return target

    def _macro(self, letter: str) -> str:
        """What a macro letter stands for (section 7.2)."""
        if letter == "p":  # section 7.3: the domain itself, else a name within it, else any
            names = self.dns.validated_names(self._is_client)
            return _within(names, self.dns.domain) or next(iter(names), "unknown")
        if letter == "h":
            try:
                return a_label(self._helo)
            except InvalidName:
                return self._helo or "unknown"
        return {
            "s": f"{self._local}@{self._sender_domain}",
            "l": self._local,
            "o": self._sender_domain,
            "d": self.dns.domain,
            "i": str(self._client) if self._version == 4 else ".".join(f"{self._number:032X}"),
            "v": "in-addr" if self._version == 4 else "ip6",
        }[letter]


def _within(names: Sequence[str], domain: str) -> str | None:
    """The name that is the domain, else the first that ends in it (section 5.5); None where there is none."""
    domain = domain.lower().removesuffix(".")
    within = [name for name in names if f".{name.lower()}".endswith(f".{domain}")]
    return next((name for name in within if len(name) == len(domain)), next(iter(within), None))


def _names_local_part(target: str) -> bool:
    """Whether a domain-spec uses the macros s or l."""
    return any(f"%{{{letter}" in target for letter in "slSL")
