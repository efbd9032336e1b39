"""A letter to a postmaster: what goes wrong, what to change, which standard says so, and what no standard says.

It answers the question of April 2015: is there an RFC that we can point other providers to?
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from monitor.admission.data import RuleSet
from monitor.letters.pages import pages_of
from monitor.letters.text import Writing, dates
from monitor.letters.topics import OWN, REPLIES, REPLIES_OF_DMARC, Reader, Topic, topic_of, topics_of
from monitor.model.findings import Finding, Fix, FixAction
from monitor.model.order import ALARMING
from monitor.model.risk import ReceiverForecast
from monitor.phrase.phrase import say
from monitor.risk.seen_findings import AGAINST_RULES
from monitor.tongue.languages import ENGLISH as LANGUAGE
from monitor.tongue.voice import Voice

ENGLISH: Final = Voice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The letter, in one language."""

    reader: Reader
    subject: str
    text: str
    language: str = LANGUAGE


def letters_on(
    findings: Sequence[Finding], rules: RuleSet, *, forecasts: Sequence[ReceiverForecast] = (), voice: Voice = ENGLISH
) -> tuple[Letter, ...]:
    """One letter for each reader who can mend something, the sender's postmaster first, as `voice` says it.

    Who refuses what is at fault is not asked to take it. Of receivers only those are named at which the list is known
    to have subscribers, or which were seen to refuse.
    """
    own = any(each.severity in ALARMING and topic_of(each.code) in OWN for each in findings)
    about = [(finding, topic) for finding in findings for topic in topics_of(finding, rules)]
    asked = [(finding, topic) for finding, topic in about if not (own and _asks_to_take(finding, topic))]
    return tuple(
        _letter(reader, theirs, rules, forecasts, voice=voice)
        for reader in Reader
        if (theirs := [(finding, topic) for finding, topic in asked if topic.reader is reader])
    )


def as_mail(letter: Letter, *, now: datetime) -> bytes:
    """The letter as a message to forward (RFC 5322), without addresses: opened, it is a draft."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"
    message.set_content(letter.text)
    if letter.language != LANGUAGE:
        message["Content-Language"] = letter.language  # RFC 3282; behind the content, which takes such fields away
    return message.as_bytes()


def _asks_to_take(finding: Finding, topic: Topic) -> bool:
    """Whether it asks a receiver to take what it refuses, though it refuses against none of its rules."""
    return topic in {REPLIES, REPLIES_OF_DMARC} and finding.code != AGAINST_RULES


def _letter(
    reader: Reader,
    about: Sequence[tuple[Finding, Topic]],
    rules: RuleSet,
    forecasts: Sequence[ReceiverForecast],
    *,
    voice: Voice,
) -> Letter:
    """Its parts, one a topic, each with the evidence and the fixes of its own findings."""
    parts, text = [], Writing(voice)
    for topic in dict.fromkeys(topic for _, topic in about):
        findings = [finding for finding, each in about if each is topic]
        fixes = dict.fromkeys(each.fix for each in findings if each.fix is not None and _is_for(reader, each, each.fix))
        parts.append(text.part(topic, findings, fixes=tuple(fixes)))
    if reader is Reader.SENDER:
        pages = pages_of([finding for finding, _ in about], forecasts)
        parts.append(text.closing(dates(forecasts, rules.receiver_name), pages))
    subject = voice(say("Mailing list mail: {title}", title=about[0][1].title))
    return Letter(reader=reader, subject=subject, text="\n\n".join(filter(None, parts)), language=voice.language)


def _is_for(reader: Reader, finding: Finding, fix: Fix) -> bool:
    """Whether the reader can do it: who refuses is only ever asked, all else is for others to change."""
    if reader is Reader.RECEIVER and topic_of(finding.code) is REPLIES:
        return False  # the letter asks what there is to ask
    return reader is not Reader.RECEIVER or fix.action is FixAction.ASK
