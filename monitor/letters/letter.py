"""A letter to a postmaster: what goes wrong, what to change, which standard says so, and what no standard says.

It answers the question of April 2015: is there an RFC that we can point other providers to?
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from textwrap import fill

from monitor.inert import inert
from monitor.letters import standards
from monitor.letters.standards import CLAUSES
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.order import ALARMING
from monitor.model.risk import ReceiverForecast
from monitor.risk.seen_findings import AGAINST_RULES as AGAINST
from monitor.risk.seen_findings import named

WIDTH = 76
SENTENCES = ""  # the findings' own words among the evidence
POSTMASTER = "the postmaster of "  # begins whom an owner is to ask: the letter is that question
LONGEST = 400  # characters of a piece of evidence that are shown


class Reader(StrEnum):
    """Who can mend it."""

    SENDER = "sender"  # the postmaster of the host that the list's mail leaves from
    RECEIVER = "receiver"  # the postmaster of the provider that refuses it
    AUTHOR = "author"  # the postmaster of a domain whose people post to the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One kind of trouble: who can mend it, what it is in plain words, and what can be cited."""

    reader: Reader
    title: str
    plain: str
    clauses: tuple[str, ...]
    no_standard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The letter."""

    reader: Reader
    subject: str
    text: str


_REFUSAL = ("RFC 7372 section 3", "RFC 7372 section 4", "RFC 5321 section 4.2.1")

SPF_ADDRESS = Topic(
    reader=Reader.SENDER,
    title="SPF does not cover an address that list mail leaves from",
    plain="List mail leaves from an address that the SPF record of its reverse-path does not name. Receivers that ask for "
    "SPF refuse it; many ask for it only over IPv6. The list's software counts their refusals as bounces of the "
    "subscribers there, and drops them one day.",
    clauses=("RFC 7208 section 2.5", "RFC 7208 section 8.4", "RFC 7208 section 8.5", *_REFUSAL),
    no_standard=(standards.NO_STANDARD_IPV6, standards.NO_STANDARD_REMOVAL),
)
SPF_RECORD = Topic(
    reader=Reader.SENDER,
    title="the SPF record cannot be used as it stands",
    plain="The SPF record of the list's reverse-path is missing, wrong, or costs more DNS lookups than receivers spend on it. "
    "They cannot tell list mail from forged mail, and refuse it.",
    clauses=("RFC 7208 section 4.6.4", "RFC 7208 section 8.7", *_REFUSAL),
    no_standard=(standards.NO_STANDARD_ADMISSION, standards.NO_STANDARD_REMOVAL),
)
PTR = Topic(
    reader=Reader.SENDER,
    title="an address that list mail leaves from has no matching PTR record",
    plain="Reverse DNS of the address is missing, or its name does not lead back to the address. Big receivers refuse mail "
    "from such addresses, over IPv6 nearly all of them.",
    clauses=("RFC 8601 section 2.7.3", "RFC 1912 section 2.1", "RFC 7372 section 3", "RFC 7372 section 4"),
    no_standard=(standards.NO_STANDARD_PTR,),
)
DNS = Topic(
    reader=Reader.SENDER,
    title="name servers of the list's domain fail from time to time",
    plain="A receiver that asks for the SPF record and gets no answer must take that for a temporary error. Some of them "
    "defer the message, and where that goes on for days it bounces.",
    clauses=(
        "RFC 7208 section 8.6",
        "RFC 7208 appendix G.4",
        "RFC 5321 section 4.2.1",
        "RFC 5321 section 4.5.4.1",
        "RFC 7372 section 4",
    ),
    no_standard=(standards.NO_STANDARD_REMOVAL,),
)
DNS_LASTING = replace(
    DNS,
    title="name servers that SPF of the list's domain depends on give no answer",
    plain="A receiver that asks for the SPF record, or for what it includes, gets no usable answer and must take that for a "
    "temporary error. Some of them defer every message of the list. What has waited for too long bounces.",
)
INSIDE = Topic(
    reader=Reader.RECEIVER,
    title="SPF is checked again inside your network",
    plain="The message was accepted by your border server. Inside your network SPF was evaluated again, against the address "
    "of one of your own servers, and of course it does not pass there. A message refused at that point comes back to the "
    "list as a bounce of your user, who is then dropped from the list, and neither of them can do anything about it.",
    clauses=(
        "RFC 7208 section 2.5",
        "RFC 7208 appendix F",
        "RFC 7208 appendix G.4",
        "RFC 5321 section 6.1",
        "RFC 7372 section 4",
    ),
    no_standard=(standards.NO_STANDARD_IPV6,),
)
GATEWAY = Topic(
    reader=Reader.RECEIVER,
    title="your mail server does not see where mail comes from",
    plain="Your mail server takes connections from outside through a gateway of your own network (address translation, a "
    "container's network, a proxy), and sees the gateway's address instead of the client's. SPF, reverse DNS and block lists "
    "are then asked about your own address: good mail fails, and mailing lists count the refusals as bounces of your users.",
    clauses=("RFC 7208 section 2.5", "RFC 7208 appendix F", "RFC 7372 section 4"),
)
FORWARDER = Topic(
    reader=Reader.RECEIVER,
    title="mail that you forward fails SPF at the next receiver",
    plain="You forward list mail for a user, with the reverse-path that it came with. The next receiver checks SPF for the list's "
    "domain and finds your address, which the list cannot authorise. Refusals go to the list, which drops your user.",
    clauses=("RFC 7208 appendix D", "RFC 7208 section 2.5", "RFC 7372 section 4"),
)
POLICY = Topic(
    reader=Reader.RECEIVER,
    title="list mail is refused by policy, and your users are dropped for it",
    plain="Your server refused a message of a mailing list that your user has subscribed to. The refusal speaks of policy, "
    "not of the mailbox, but list software counts a bounce, and drops the subscriber after some of them. If the cause can "
    "pass, or another of your addresses would take the message, a 4yz reply lets it be delivered after all.",
    clauses=(
        "RFC 5321 section 4.2.1",
        "RFC 5321 section 4.5.4.1",
        "RFC 5321 section 5.1",
        "RFC 5321 section 7.9",
        "RFC 7208 section 8.4",
        "RFC 7208 section 8.6",
        "RFC 7372 section 3",
        "RFC 7372 section 4",
        "RFC 3463 section 3.8",
    ),
    no_standard=(standards.NO_STANDARD_IPV6, standards.NO_STANDARD_ADMISSION),
)
REPLIES = Topic(
    reader=Reader.RECEIVER,
    title="your server refuses list mail that your users have asked for",
    plain="Your server has refused posts of a mailing list for users of yours who have subscribed to it: not for one mailbox, but "
    "for one after the other. To list software each refusal is a bounce, and after a few it stops their mail. What we know of "
    "it is below: please take the block away, or say what it asks of the list.",
    clauses=POLICY.clauses,
    no_standard=POLICY.no_standard,
)
REFUSED = Topic(
    reader=Reader.SENDER,
    title="a receiver refuses list mail for how it is sent",
    plain="A receiver refused list mail: not for the subscriber's mailbox, but for how the mail was sent. Its reply says what it "
    "asks for. Until that is mended the list's software counts the refusals as bounces of the subscribers there, and drops "
    "them one day.",
    clauses=(
        "RFC 7208 section 2.5",
        "RFC 7208 section 8.4",
        "RFC 8601 section 2.7.3",
        "RFC 7372 section 3",
        "RFC 7372 section 4",
        "RFC 5321 section 4.2.1",
        "RFC 3463 section 3.8",
    ),
    no_standard=(standards.NO_STANDARD_ADMISSION, standards.NO_STANDARD_REMOVAL),
)
DMARC = Topic(
    reader=Reader.AUTHOR,
    title="your domain's DMARC policy makes lists lose subscribers",
    plain="Your domain asks receivers to reject mail that does not align with it. A mailing list resends your people's posts "
    "from its own host, with a subject or a footer changed; receivers that follow your policy to the letter refuse these "
    "posts, and the list drops the subscribers who never got them.",
    clauses=("RFC 9989 section 7.4", "RFC 7372 section 4"),
    no_standard=(standards.NO_STANDARD_REMOVAL,),
)

OWN = frozenset({SPF_ADDRESS, SPF_RECORD, PTR, DNS_LASTING})  # why receivers may rightly refuse

# Finding code, or the beginning of one up to a dot, → what it is about. The longest match counts.
TOPICS: Mapping[str, Topic] = {
    "spf.": SPF_RECORD,
    "spf.address-not-authorised": SPF_ADDRESS,
    "spf.ipv6-not-covered": SPF_ADDRESS,
    "spf.family-divergence": SPF_ADDRESS,
    "helo.": SPF_ADDRESS,
    "outbound.": SPF_ADDRESS,
    "ptr.": PTR,
    "dns.": DNS,
    "dns.failing": DNS_LASTING,
    "hop.spf-inside-boundary": INSIDE,
    "hop.ipv4-to-ipv6-inside": INSIDE,
    "hop.client-hidden": GATEWAY,
    "hop.forwarded": FORWARDER,
    "hop.spf-fail": SPF_ADDRESS,
    "hop.spf-between-customers": SPF_ADDRESS,
    "bounce.": POLICY,
    "replies.": REPLIES,
    "dmarc.": DMARC,
}
# True bounces, where nobody's policy is at fault; and what only the list's owner can see to.
UNCITED = frozenset(
    {
        "bounce.address",
        "bounce.mailbox",
        "bounce.counted-against-subscriber",
        "replies.addresses",
        "replies.one-post",
        "dns.no-such-domain",
        "dns.name-denied",  # a fault of its own kind, in whose words the fix asks already
    }
)
# A refusal is written about to who refused; besides, by whose set-up the refusing rule is about, to who can mend that.
ALSO: Mapping[object, Topic] = {"list": REFUSED, "author": DMARC}
# Evidence in words; other names are told as they are.
WORDS: Mapping[str, str] = {
    "client_ip": "client address",
    "status_code": "enhanced status code",
    "remote_mta": "remote MTA",
    "domains": "recipients' domains",
    "rule": "our name for the rule behind the reply",
    "about": "whose set-up that rule is about",
    "posts_sent": "posts sent in that time",
    "subscribers": "different subscribers refused",
    "subscribers_there": "subscribers there",
    "disabled": "of whom the list has stopped mail to",
}


def topic_of(code: str) -> Topic | None:
    """What a finding code is about; None where there is nothing to write to anybody."""
    if code in UNCITED:
        return None
    return next((TOPICS[key] for key in sorted(TOPICS, key=len, reverse=True) if code.startswith(key)), None)


def topics_of(finding: Finding) -> tuple[Topic, ...]:
    """All that is to be written about one finding, to different readers: of what is not known, nothing."""
    topic = None if finding.severity is Severity.UNKNOWN else topic_of(finding.code)
    also = ALSO.get(finding.evidence.get("about")) if topic in {POLICY, REPLIES} else None
    return tuple(each for each in (topic, also) if each is not None)


def letters_on(
    findings: Sequence[Finding],
    *,
    forecasts: Sequence[ReceiverForecast] = (),
    name: Callable[[str | None], str | None] = str,
) -> tuple[Letter, ...]:
    """One letter for each reader who can mend something, the sender's postmaster first.

    Who refuses what is at fault is not asked to take it. `name` gives a receiver's name by its id.
    """
    found = []
    own = any(f.severity in ALARMING and topic_of(f.code) in OWN for f in findings)
    about = {id(f): [t for t in topics_of(f) if not (own and t is REPLIES and f.code != AGAINST)] for f in findings}
    for reader in Reader:
        topics = {topic: f for f in findings for topic in about[id(f)] if topic.reader is reader}
        theirs = [f for f in findings if any(topic.reader is reader for topic in about[id(f)])]
        if not topics:
            continue
        merged: dict[str, object] = {SENTENCES: list(dict.fromkeys(finding.message for finding in theirs))}
        for finding in theirs:
            merged |= {key: value for key, value in finding.evidence.items() if value is not None}
        fixes = [each.fix for each in theirs if each.fix is not None and _is_for(reader, each, each.fix)]
        dates = [said for one in forecasts if (said := _forecast(one, name))] if reader is Reader.SENDER else []
        text = _letter(topics, merged, list(dict.fromkeys(fixes)), dates)
        found.append(Letter(reader=reader, subject=f"Mailing list mail: {next(iter(topics)).title}", text=text))
    return tuple(found)


def _is_for(reader: Reader, finding: Finding, fix: Fix) -> bool:
    """Whether the reader can do it: who refuses is only ever asked, all else is for others to change."""
    if reader is Reader.RECEIVER and topic_of(finding.code) is REPLIES:
        return False  # the letter asks what there is to ask
    return reader is not Reader.RECEIVER or (fix.action is FixAction.ASK and not fix.name.startswith(POSTMASTER))


def _letter(topics: Iterable[Topic], evidence: Mapping[str, object], fixes: Sequence[Fix], dates: Sequence[str]) -> str:
    return "\n\n".join(_part(topic, evidence, fixes, dates) for topic in topics)


def as_mail(letter: Letter, *, now: datetime) -> bytes:
    """The letter as a message to forward (RFC 5322), without addresses: opened, it is a draft."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["X-Unsent"] = "1"
    message.set_content(letter.text)
    return message.as_bytes()


def _part(topic: Topic, evidence: Mapping[str, object], fixes: Sequence[Fix], dates: Sequence[str]) -> str:
    parts = [_heading(topic.title[0].upper() + topic.title[1:]), fill(topic.plain, WIDTH)]
    if evidence:
        parts += [_heading("What was seen"), "\n".join(_told(name, value) for name, value in evidence.items())]
    if fixes:
        parts += [_heading("What ends it"), "\n".join(_fix(fix) for fix in fixes)]
    if dates:
        parts += [_heading("Until when"), "\n".join(dates)]
    parts += [_heading("What the standards say")]
    parts += [fill(f"{section}: {CLAUSES[section]}", WIDTH, subsequent_indent="  ") for section in topic.clauses]
    if topic.no_standard:
        parts += [_heading("What no standard says"), *(fill(each, WIDTH) for each in topic.no_standard)]
    return "\n\n".join(parts)


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _told(name: str, value: object) -> str:
    """One piece of evidence, unbroken so that it can be copied. It may come from strangers: it is made inert."""
    if name == SENTENCES:
        sentences = (fill(_cut(each), WIDTH, break_long_words=False, break_on_hyphens=False) for each in _list(value))
        return "\n\n".join(sentences) + "\n"
    name = WORDS.get(name, name.replace("_", " "))
    return "\n".join(f"{_cut(name)}: {_cut(each)}" for each in _list(value))


def _fix(fix: Fix) -> str:
    """What to do. A record is never cut or folded: it is there to be copied."""
    if fix.type and fix.action is not FixAction.ASK:
        return f"{fix.action.value}: {_cut(fix.name)} {fix.type} {inert(fix.value)}"
    if fix.type:
        return f"{_cut(fix.words)}:\n{inert(fix.value)}"
    return fill(f"{_cut(fix.words)}: {_cut(fix.value)}", WIDTH, break_long_words=False, break_on_hyphens=False)


def _forecast(one: ReceiverForecast, name: Callable[[str | None], str | None]) -> str:
    """When subscribers at a receiver are dropped; "" where no date is known, or nobody is there."""
    seen = one.seen if one.seen is not None and one.seen.over_since is None else None
    if one.disabled_on is None or (one.subscribers == 0 and seen is None):
        return ""
    number = one.subscribers or (0 if seen is None else seen.subscribers)
    count = f"{number or ''} subscriber{'' if number == 1 else 's'}".strip()
    at = named(one, name) if one.receiver else "the receiver"
    if seen is not None and seen.disabled and seen.disabled_at is not None:
        were = "was" if seen.disabled == 1 else "were"
        return _filled(
            f"{seen.disabled} of the subscribers at {at} {were} dropped on {seen.disabled_at:%Y-%m-%d} already."
        )
    are = "is" if number == 1 else "are"
    return _filled(f"{count} at {at} {are} expected to be dropped from {one.disabled_on:%Y-%m-%d} on.")


def _filled(sentence: str) -> str:
    return fill(inert(sentence), WIDTH, break_long_words=False, break_on_hyphens=False)


def _cut(value: object) -> str:
    """A value as one line of visible characters, not too long."""
    text = inert(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def _list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
