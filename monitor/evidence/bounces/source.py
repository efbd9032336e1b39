"""Bounces of the list's posts as evidence: what receivers did refuse."""

from operator import attrgetter
from typing import Final

from monitor.evidence.entry import NOBODY_IN_PARTICULAR, Entry, Reply, digest_of_post
from monitor.evidence.sketch import SPACE, digest
from monitor.evidence.source import EvidenceSource, Stream
from monitor.model.evidence import BounceReport
from monitor.phrase.phrase import say


def _entry(report: BounceReport) -> Entry | None:
    """Every refusal by policy. A report of an older version names neither post nor recipients: they are its own."""
    if report.kind != "policy":
        return None
    members = report.members or tuple(digest(f"{report.id} {n}") for n in range(report.recipients))
    reply = Reply(
        at=report.at,
        told_at=report.told_at,
        receiver=report.receiver or NOBODY_IN_PARTICULAR,
        family=report.family,
        action=report.action,
        rule=report.rule,
        post=digest_of_post(None, dated=report.at, at=report.at) if report.post is None else report.post % SPACE,
        members=tuple(each % SPACE for each in members),
        text=_characters(report.text),
        domains=tuple(map(_characters, report.domains)),
    )
    return Entry(source=BOUNCES.name, at=report.at, replies=(reply,))


def _characters(text: str) -> str:
    """Half a surrogate pair, which no octets stand for, becomes a question mark."""
    return text.encode(errors="replace").decode()


BOUNCES: Final = EvidenceSource(
    name="bounce",
    told=lambda **parts: say("{failed} of {total} bounces, {share} %", **parts),
    report=BounceReport,
    stream=Stream(name="bounces", kept=0, ident=lambda each: f"{each.list_id}:{each.id}"),
    at=attrgetter("at"),
    read=0,
    entry=_entry,
)
