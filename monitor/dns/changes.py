"""What changed in DNS between two checks, beside SPF: reverse names, keys, DMARC, mail hosts, addresses. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from monitor.model.dns import About, DnsFact
from monitor.model.findings import Finding, Severity

# What changes a third time within a day goes to and fro: two name servers that differ, or a name that is balanced by
# DNS. Its first change and the way back are told, no more until it has been the same for a day.
SETTLES_WITHIN: Final = timedelta(days=1)
CHANGES_TOLD: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    code: str
    called: str  # with the name put in
    reference: str


_KINDS: Final = {
    About.PTR: _Kind(code="ptr.changed", called="The reverse name of {name}", reference="RFC 1035 section 3.5"),
    About.DKIM: _Kind(code="dkim.key-changed", called="The DKIM key at {name}", reference="RFC 6376 section 3.6.1"),
    About.DMARC: _Kind(
        code="dmarc.changed", called="The DMARC record that holds for {name}", reference="RFC 9989 section 4.10"
    ),
    About.MX: _Kind(code="dns.mx-changed", called="The mail hosts (MX) of {name}", reference="RFC 5321 section 5.1"),
    About.ADDRESS: _Kind(
        code="dns.address-changed", called="The {rrtype} records of {name}", reference="RFC 5321 section 4.1.1.1"
    ),
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
    kind = _KINDS[new.about]
    called = kind.called.format(name=new.name, rrtype=new.rrtype)
    gone = [each for each in old.answers if each not in new.answers]
    added = [each for each in new.answers if each not in old.answers]
    return Finding(
        code=kind.code,
        severity=Severity.INFO,
        message=f"{called} {_did(old, new)} between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} UTC"
        f"{_from_to(gone, added) if new.about in _SHORT else ''}.",
        evidence={
            "name": new.name,
            "type": new.rrtype,
            "old": " | ".join(old.answers) or None,
            "new": " | ".join(new.answers) or None,
            "since": since.isoformat(),
            "until": until.isoformat(),
        },
        reference=kind.reference,
    )


_SHORT: Final = frozenset({About.PTR, About.MX, About.ADDRESS})  # whose answers fit a sentence
_SAID_MOST: Final = 3


def _from_to(gone: Sequence[str], added: Sequence[str]) -> str:
    parts = [
        f"{', '.join(each[:_SAID_MOST])}{' …' * (len(each) > _SAID_MOST)} {did}"
        for each, did in ((gone, "went"), (added, "came"))
        if each
    ]
    return f": {', '.join(parts)}"


def _did(old: DnsFact, new: DnsFact) -> str:
    several = new.about in {About.MX, About.ADDRESS}
    if not old.answers:
        return "were published" if several else "was published"
    if not new.answers:
        return "have gone" if several else "has gone"
    if new.about is About.DKIM:
        return _of_key(old.answers, new.answers)
    return "were changed" if several else "was changed"


def _of_key(old: Sequence[str], new: Sequence[str]) -> str:
    """What became of a key whose record is another one."""
    before, now = (_tags(each) for each in (old, new))
    if before.get("p") != now.get("p"):
        return "was revoked" if not now.get("p") else "was published again" if not before.get("p") else "was replaced"
    was, tests = ("y" in each.get("t", "").split(":") for each in (before, now))
    if was != tests:
        return "was put into testing mode (t=y)" if tests else "left testing mode (t=y)"
    return "was changed, the key itself not,"


def _tags(records: Sequence[str]) -> dict[str, str]:
    pairs = (part.partition("=") for part in "; ".join(records).split(";"))
    return {name.strip(): "".join(said.split()) for name, equals, said in pairs if equals}
