"""What DNS says at names that a list depends on, beside SPF: asked with each check, compared with the one before."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from monitor.dns.answer import Resolver
from monitor.dns.name import normal
from monitor.dns.ptr import MAX_NAMES
from monitor.errors import DnsUnavailable
from monitor.model.dns import About, DnsFact, PtrOutcome

ANSWERS_MAX: Final = 20  # that are kept of one name: real ones have a few
ANSWER_CHARS_MAX: Final = 4097  # of one answer: a key's record that is longer cannot be used


class Watched(NamedTuple):
    """One question to ask with each check."""

    about: About
    name: str
    rrtype: str


def facts(resolver: Resolver, watched: Iterable[Watched]) -> Iterator[DnsFact]:
    """What DNS says to each question, once each; one that nobody answered is left out."""
    for about, name, rrtype in dict.fromkeys(watched):
        try:
            answer = resolver.lookup(name, rrtype)
        except DnsUnavailable:
            continue
        if rrtype == "TXT":
            said = [text.decode("latin-1") for text in answer.texts]
        elif rrtype == "MX":
            said = [f"{preference} {normal(host)}" for preference, host in answer.exchanges]
        else:
            said = [normal(each) for each in answer.strings]
        yield DnsFact(about=about, name=normal(name), rrtype=rrtype, answers=bounded(said))


def bounded(answers: Iterable[str]) -> tuple[str, ...]:
    """As many and as much of them as are kept, in order."""
    return tuple(sorted(each[:ANSWER_CHARS_MAX] for each in answers)[:ANSWERS_MAX])


def ptr_facts(ptrs: Iterable[PtrOutcome]) -> Iterator[DnsFact]:
    """The reverse names that a check has seen; of more than are looked at, which ones is chance."""
    for ptr in ptrs:
        if len(ptr.names) < MAX_NAMES and (ptr.names or ptr.problem is None):
            yield DnsFact(about=About.PTR, name=str(ptr.client_ip), rrtype="PTR", answers=tuple(sorted(ptr.names)))
