"""pyspf, unmodified, as a second opinion: what the verifier of very many Postfix hosts says on the same answers.

It is fed from the answers that an outcome recorded, and asks nobody. This file alone imports it, and late, as that
takes long.
"""

import logging
import threading
import time
from functools import cache
from types import ModuleType
from typing import Any, Final, NamedTuple

from monitor.dns.answer import Resolver, Unanswered
from monitor.dns.memory import Replay
from monitor.dns.name import escape
from monitor.model.dns import SpfOutcome, SpfResult
from monitor.spf.check_host import mailbox

LONGEST_TERM: Final = 256  # characters: some of its expressions take the square of a term's length
LONGEST_BYTES: Final = 16384  # of all TXT answers together, likewise the square of their number
LONGEST_PATH: Final = 512  # characters of an identity, likewise; SMTP allows 256 (RFC 5321 section 4.5.3.1.3)
TIME_LIMIT_S: Final = 0.5  # of the thread's own computing: it waits for nobody; looked at whenever it asks something

_log = logging.getLogger(__name__)
_at_work = threading.local()  # `resolver` and `until` of the evaluation of this thread
_importing = threading.Lock()


class Opinion(NamedTuple):
    """What pyspf said, and why it ended in an error, in its own words."""

    result: SpfResult
    problem: str = ""


class _NotKnown(Exception):
    """It asked something that was not recorded, or takes too long."""


def second_opinion(outcome: SpfOutcome) -> Opinion | None:
    """What pyspf says of the same client on the recorded answers; None where that cannot be known. Raises nothing."""
    local, domain = mailbox(outcome.reverse_path, outcome.helo, outcome.identity)
    texts = [text.replace('" "', "") for line in outcome.trace if line.rrtype == "TXT" for text in line.answers]
    if not outcome.trace or len(local) + len(domain) + len(outcome.helo) > LONGEST_PATH:
        return None  # without a question there was no domain to evaluate (section 4.3)
    if sum(map(len, texts)) > LONGEST_BYTES or any(
        len(term) > LONGEST_TERM for text in texts for term in text.split(" ")
    ):
        return None
    return ask_pyspf(Replay(outcome.trace), str(outcome.client_ip), f"{local}@{outcome.domain}", outcome.helo)


def ask_pyspf(resolver: Resolver, client_ip: str, sender: str, helo: str) -> Opinion | None:
    """What pyspf says over a resolver that does not wait. None where it fails, or the resolver's server is `trace`."""
    try:
        spf = _pyspf()  # the first time it is imported, which is not its own time
        _at_work.resolver, _at_work.until = resolver, time.thread_time() + TIME_LIMIT_S
        query = spf.query(i=client_ip, s=sender, h=helo)
        if "@" in query.o:
            return None  # it takes the first @ of a quoted local-part for the one before the domain
        result = SpfResult(query.check()[0])
        return Opinion(result, str(getattr(query, "prob", "")))
    except _NotKnown:
        return None
    except Exception as error:  # noqa: BLE001 - whatever escapes from it is no opinion
        _log.info("verifier_failed", extra={"error": type(error).__name__})
        return None
    finally:
        _at_work.resolver = None


@cache
def _pyspf() -> ModuleType:
    """The module, its one seam fed from what this thread works on; threads without any of it get the original."""
    with _importing:
        import spf

        original = spf.DNSLookup

        def lookup(name: str, rrtype: str, *others: Any) -> Any:
            resolver = getattr(_at_work, "resolver", None)
            if resolver is None:
                return original(name, rrtype, *others)
            return [((name, rrtype), value) for value in _values(spf, resolver, name, rrtype)]

        spf.DNSLookup = lookup
        return spf  # type: ignore[no-any-return]  # pyspf ships no types


def _values(spf: ModuleType, resolver: Resolver, name: str, rrtype: str) -> tuple[Any, ...]:
    """The records of one question as pyspf has them, TXT as octets. Raises its TempError where DNS failed."""
    if time.thread_time() > _at_work.until:
        raise _NotKnown
    try:
        answer = resolver.lookup(escape(name), rrtype)
    except Unanswered as error:
        if error.question.server == "trace":
            raise _NotKnown from error
        raise spf.TempError(f"DNS {error}") from error
    if rrtype == "TXT":
        return answer.txt
    return answer.exchanges if rrtype == "MX" else answer.strings
