"""What a record to publish does without, of several records, of one that is none, or of a redirect not followed."""

from collections.abc import Iterator, Sequence
from typing import Final

from monitor.dns.answer import Resolver
from monitor.dns.memory import Overlay
from monitor.phrase.phrase import Phrase, joined, say
from monitor.spf.draft import joined as record_of
from monitor.spf.fix import breaks
from monitor.spf.misspelt import as_meant, faults
from monitor.spf.record import VERSION, parse
from monitor.spf.tree import Branch, build_tree

_NAMED: Final = 5  # of what is left out; more would hide the rest of the sentence


def unreadable(published: Sequence[str], record: str) -> Phrase:
    """Sentences about terms of which nobody can tell what they were meant to be; "" where there are none."""
    found = dict.fromkeys(
        fault.text for text in published for fault in faults(parse(text)) if fault.guess is None and fault.text
    )
    lost = [text for text in found if text not in record.split(" ")][:_NAMED]
    return joined(
        " ",
        (
            say("Find out what `{term}` was meant to be: the record to publish leaves it out.", term=text)
            for text in lost
        ),
    )


def unusable(resolver: Resolver, domain: str, published: Sequence[str], record: str) -> Phrase:
    """Sentences about an `include` or `redirect` whose record breaks every check; "" where there are none.

    Also of a `redirect` that is not followed now, for an `all` stands beside it (RFC 7208 section 6.1).
    """
    kept = {term.value.lower() for term in parse(record).terms if term.name in {"include", "redirect"}}
    terms = dict.fromkeys(
        (term.value, term.text)
        for text in published
        for term in parse(as_meant(parse(text))).terms
        if term.name in {"include", "redirect"} and term.error is None and term.value.lower() not in kept
    )
    texts = dict(reversed(terms))  # by domain, the first way it is written
    asked = record_of(VERSION, *(f"include:{name}" for name in texts))
    tree = build_tree(Overlay(resolver, {(domain, "TXT"): [asked]}), domain)
    lost = [branch for branch in tree.branches if breaks(branch)][:_NAMED]
    return joined(" ", (each for branch in lost for each in _sentence(branch, texts[branch.term.value])))


def _sentence(branch: Branch, text: str) -> Iterator[Phrase]:
    node = branch.node
    if node is None:
        return
    if node.loop:
        yield say("`{term}` leads back to the record itself: the record to publish leaves it out.", term=text)
    elif node.records == ():
        yield say(
            "Find out whom `{term}` was to name, for {domain} has no SPF record: the record to publish leaves it out.",
            term=text,
            domain=node.domain,
        )
    else:
        yield say(
            "Ask who publishes {domain} to mend the SPF record that `{term}` leads to: until then, the record to publish "
            "leaves it out.",
            term=text,
            domain=node.domain,
        )
