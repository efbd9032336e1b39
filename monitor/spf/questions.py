"""What one evaluation asks DNS, and what counts against its limits (RFC 7208 section 4.6.4).

A limit that is exceeded is noted, not raised: what was known then is the strict verdict (permerror), what follows is
the lenient one, of a verifier that does not enforce it.
"""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from monitor.dns.answer import Answer, Record, Resolver, Unanswered
from monitor.dns.name import escape, is_valid, normal
from monitor.model.dns import DnsQuestion, IpAddress, SpfLimit, SpfResult
from monitor.phrase.phrase import Phrase, say
from monitor.spf.limits import LENIENT_FACTOR, LOOKUP_LIMIT, NAME_LIMIT, TIME_LIMIT_S, VOID_LIMIT
from monitor.spf.plan import Plan
from monitor.spf.record import is_spf

_NO_QUESTION: Final = DnsQuestion(name="", rrtype="TXT", rcode="NOERROR")


class Ended(Exception):
    """What ends an evaluation before its time: a sentence for people, without its full stop."""

    result: SpfResult

    def __init__(self, sentence: Phrase) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TempError(Ended):
    """DNS gave no usable answer (section 2.6.6)."""

    result = SpfResult.TEMPERROR


class PermError(Ended):
    """A record that cannot be used (section 2.6.7)."""

    result = SpfResult.PERMERROR


class Questions:
    """The questions of one evaluation. Used once, by one thread."""

    def __init__(self, resolver: Resolver, client_ip: IpAddress, waited_s: float) -> None:
        self.rrtype = "A" if client_ip.version == 4 else "AAAA"  # section 5: addresses of the client's kind
        self.trace: dict[tuple[str, str], DnsQuestion] = {}
        self.lookups = self.void = 0
        self.limit_broken: Phrase | None = None  # the first limit that was exceeded, in a sentence
        self.limit: SpfLimit | None = None  # which it was
        self.domain, self.term = "", ""  # whose record is evaluated now, and the term whose turn it is
        self._reverse = client_ip
        self._resolver = resolver
        # A batch's resolver wants to know which questions will probably follow.
        self.prepare: Callable[[Plan, int, str, str, int], None] | None = getattr(resolver, "prepare", None)
        self._prepare_mx: Callable[[str, str, Sequence[str]], None] | None = getattr(resolver, "prepare_mx", None)
        self._deadline = time.monotonic() + TIME_LIMIT_S - waited_s
        # What was answered already; a batch's resolver shares its own over the addresses of a domain.
        shared = getattr(resolver, "answers", None)
        self._answers: dict[tuple[str, str], Answer | Unanswered] = {} if shared is None else shared

    def failed(self, sentence: Phrase) -> PermError:
        """A permanent error in the record that is evaluated now."""
        return PermError(_in_record(sentence, self.domain))

    def count_lookup(self) -> None:
        """One more term that costs a lookup. Raises PermError where even a lenient verifier stops."""
        self.lookups += 1
        if self.lookups > LOOKUP_LIMIT and self.limit_broken is None:
            self._break(
                SpfLimit.LOOKUPS,
                say(
                    "More than {limit} terms need a DNS lookup; {term} is one too many",
                    limit=LOOKUP_LIMIT,
                    term=self.term,
                ),
            )
        if self.lookups > LOOKUP_LIMIT * LENIENT_FACTOR:
            raise self.failed(say("More than {limit} terms need a DNS lookup", limit=LOOKUP_LIMIT * LENIENT_FACTOR))

    def record(self, domain: str, *, first: bool = False) -> str | None:
        """The one SPF record of a domain, None without (sections 4.4, 4.5). The `first` is no term's and never void."""
        key = _txt_key(domain)
        if key is None:
            return None
        answer = self._answer(key)
        if not answer.records and not first:
            self._count_void(*key)
        records = _spf_records(answer.records)
        if not records:
            return None
        if len(records) > 1:  # section 4.5
            raise PermError(_in_record(say("Two or more SPF records: {domain}", domain=domain), domain))
        if records[0] is None:
            raise PermError(_in_record(say("The record holds characters that are not ASCII"), domain))
        return records[0]

    def addresses(self, name: str, rrtype: str) -> tuple[str, ...]:
        """Addresses at a name that a term leads to; none, and nothing counted, for one that cannot be in DNS."""
        answer = self._counted(escape(name), rrtype)
        return answer.strings if answer is not None else ()

    def mx_addresses(self, domain: str) -> list[str]:
        """Addresses of all mail exchangers (section 5.4). All are looked up before any is compared."""
        answer = self._counted(escape(domain), "MX")
        exchanges = sorted(answer.exchanges) if answer is not None else []
        if len(exchanges) > NAME_LIMIT and self.limit_broken is None:
            problem = say("More than {limit} MX records at {domain}", limit=NAME_LIMIT, domain=domain)
            self._break(SpfLimit.NAMES, problem)
        names = [exchange for _, exchange in exchanges[: NAME_LIMIT * LENIENT_FACTOR] if exchange]
        if self._prepare_mx is not None:
            self._prepare_mx(domain, self.rrtype, names)
        found: list[str] = []
        for name in names:  # DNS itself gave them: in presentation format already
            answer = self._counted(name, self.rrtype)
            if answer is not None:
                found += answer.strings
        return found

    def validated_names(self, is_client: Callable[[Sequence[str]], bool]) -> list[str]:
        """Names of the client that lead back to it (section 5.5): none where DNS fails for the PTR.

        One that DNS fails for is skipped.
        """
        validated = []
        try:
            answer = self._counted(self._reverse.reverse_pointer, "PTR")
        except TempError:
            return []
        for name in answer.strings[:NAME_LIMIT] if answer is not None else ():
            try:
                found = self._counted(name, self.rrtype)
            except TempError:
                continue
            if found is not None and is_client(found.strings):
                validated.append(name.removesuffix("."))
        return validated

    def _counted(self, name: str, rrtype: str) -> Answer | None:
        """The answer to one question, counted if void; None for a name that cannot be in DNS. Raises TempError."""
        if not is_valid(name):
            return None
        answer = self._answer((normal(name), rrtype))
        if not answer.records:
            self._count_void(name, rrtype)
        return answer

    def _count_void(self, name: str, rrtype: str) -> None:
        self.void += 1
        if self.void > VOID_LIMIT and self.limit_broken is None:
            parts = {"limit": VOID_LIMIT, "question": f"{rrtype} {name}", "term": self.term}
            self._break(
                SpfLimit.VOID,
                say("More than {limit} DNS lookups found nothing; {question} is one too many, for {term}", **parts)
                if self.term
                else say("More than {limit} DNS lookups found nothing; {question} is one too many", **parts),
            )

    def _break(self, limit: SpfLimit, problem: Phrase) -> None:
        """The first limit that is exceeded."""
        self.limit = limit
        self.limit_broken = _in_record(problem, self.domain)

    def _answer(self, key: tuple[str, str]) -> Answer:
        """The answer to one question, its name in normal form; asked once an evaluation. Raises TempError."""
        known = self._answers.get(key)
        if known is None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TempError(say("The evaluation took longer than {limit} seconds", limit=round(TIME_LIMIT_S)))
            try:
                known = self._resolver.lookup(*key, timeout_s=left)
            except Unanswered as error:
                known = error
            self._answers[key] = known
        self.trace[key] = known.question
        if isinstance(known, Unanswered):
            raise TempError(known.sentence)
        return known


def _in_record(problem: Phrase, domain: str) -> Phrase:
    return say("{problem} (in the record of {domain})", problem=problem, domain=domain)


@lru_cache(maxsize=16384)
def _txt_key(domain: str) -> tuple[str, str] | None:
    """The question for a domain's record; None for a name that cannot be in DNS."""
    name = escape(domain)
    return (normal(name), "TXT") if is_valid(name) else None


@lru_cache(maxsize=8192)
def _spf_records(records: tuple[Record, ...]) -> tuple[str | None, ...]:
    """The SPF records among TXT records; None for one that is not ASCII."""
    texts = Answer(rcode="NOERROR", records=records, question=_NO_QUESTION).texts
    return tuple(text.decode("ascii") if text.isascii() else None for text in texts if is_spf(text))
