"""What changed in DNS between two checks, beside SPF: reverse names, keys, DMARC, mail hosts, addresses. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from monitor.dns.change_told import change_told
from monitor.model.dns import About, DnsFact
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import Phrase, When, joined, listed, say, sentence

# What changes a third time within a day goes to and fro: two name servers that differ, or a name that is balanced by
# DNS. Its first change and the way back are told, no more until it has been the same for a day.
SETTLES_WITHIN: Final = timedelta(days=1)
CHANGES_TOLD: Final = 2


_CODES: Final = {
    About.PTR: "ptr.changed",
    About.DKIM: "dkim.key-changed",
    About.DMARC: "dmarc.changed",
    About.MX: "dns.mx-changed",
    About.ADDRESS: "dns.address-changed",
}
_REFERENCES: Final = {
    About.PTR: "RFC 1035 section 3.5",
    About.DKIM: "RFC 6376 section 3.6.1",
    About.DMARC: "RFC 9989 section 4.10",
    About.MX: "RFC 5321 section 5.1",
    About.ADDRESS: "RFC 5321 section 4.1.1.1",
}


def compared(
    before: Sequence[DnsFact],
    seen: Iterable[DnsFact],
    asked: Iterable[tuple[str, str]],
    *,
    since: datetime,
    at: datetime,
) -> tuple[tuple[DnsFact, ...], tuple[Finding, ...]]:
    """What is to be kept of the check at `at`, and a finding for each change since the one at `since`.

    `seen` is what DNS answered, `asked` every (name, type) that it was asked for. Trouble is no change: a fact that
    nobody answered now is kept as it was, so that the next answer is compared with the last.
    """
    kept: list[DnsFact] = []
    found: list[Finding] = []
    known = {(each.about, each.name, each.rrtype): each for each in before}
    for each in seen:
        old = known.pop((each.about, each.name, each.rrtype), None)
        if old is None or old.answers == each.answers:
            kept.append(each if old is None else replace(each, changed_at=_recent(old, at)))
            continue
        recent = _recent(old, at)
        kept.append(replace(each, changed_at=(at, *recent)[:CHANGES_TOLD]))
        if len(recent) < CHANGES_TOLD:
            found.append(_finding(old, each, since=old.seen_at or since, until=at))
    wanted = frozenset(asked)
    kept += [
        replace(each, seen_at=each.seen_at or since) for each in known.values() if (each.name, each.rrtype) in wanted
    ]
    return tuple(kept), tuple(found)


def _recent(fact: DnsFact, at: datetime) -> tuple[datetime, ...]:
    """Its changes within a day before that time; one of a time to come was noted by a clock that ran ahead."""
    return tuple(each for each in fact.changed_at if timedelta(0) <= at - each < SETTLES_WITHIN)


def _finding(old: DnsFact, new: DnsFact, *, since: datetime, until: datetime) -> Finding:
    changed = change_told(old, new, name=new.name, since=When(since, "moment"), until=When(until, "moment"))
    return Finding(
        code=_CODES[new.about],
        severity=Severity.INFO,
        message=sentence(joined(": ", (changed, _from_to(old, new) if new.about in _SHORT else ""))),
        evidence={
            "name": new.name,
            "type": new.rrtype,
            "old": " | ".join(old.answers) or None,
            "new": " | ".join(new.answers) or None,
            "since": since.isoformat(),
            "until": until.isoformat(),
        },
        reference=_REFERENCES[new.about],
    )


_SHORT: Final = frozenset({About.PTR, About.MX, About.ADDRESS})  # whose answers fit a sentence
_SAID_MOST: Final = 3


def _from_to(old: DnsFact, new: DnsFact) -> Phrase:
    """What went and what came."""
    gone = [each for each in old.answers if each not in new.answers]
    added = [each for each in new.answers if each not in old.answers]
    went = say("{answers} went", answers=_some(gone)) if gone else ""
    came = say("{answers} came", answers=_some(added)) if added else ""
    return joined(", ", (went, came))


def _some(answers: Sequence[str]) -> Phrase:
    several = listed(answers[:_SAID_MOST], "comma")
    return joined(" ", (several, "…")) if len(answers) > _SAID_MOST else several
