"""The kinds of trouble to write to somebody about: who can mend it, what it is in plain words, what can be cited."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.admission.data import Rule, RuleSet
from monitor.letters import standards
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import say


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


_REFUSAL = ("RFC 7372 section 3", "RFC 7372 section 4", "RFC 5321 section 4.2.1")

SPF_ADDRESS = Topic(
    reader=Reader.SENDER,
    title=say("SPF does not cover an address that list mail leaves from"),
    plain=say(
        "List mail leaves from an address that the SPF record of its reverse-path does not name. Receivers that ask for "
        "SPF refuse it; many ask for it only over IPv6. The list's software counts their refusals as bounces of the "
        "subscribers there, and drops them one day."
    ),
    clauses=("RFC 7208 section 2.5", "RFC 7208 section 8.4", "RFC 7208 section 8.5", *_REFUSAL),
    no_standard=(standards.NO_STANDARD_IPV6, standards.NO_STANDARD_REMOVAL),
)
SPF_RECORD = Topic(
    reader=Reader.SENDER,
    title=say("the SPF record cannot be used as it stands"),
    plain=say(
        "The SPF record of the list's reverse-path is missing, wrong, or costs more DNS lookups than receivers spend on it. "
        "They cannot tell list mail from forged mail, and refuse it."
    ),
    clauses=("RFC 7208 section 4.6.4", "RFC 7208 section 8.7", *_REFUSAL),
    no_standard=(standards.NO_STANDARD_ADMISSION, standards.NO_STANDARD_REMOVAL),
)
PTR = Topic(
    reader=Reader.SENDER,
    title=say("an address that list mail leaves from has no matching PTR record"),
    plain=say(
        "Reverse DNS of the address is missing, or its name does not lead back to the address. Big receivers refuse mail "
        "from such addresses, over IPv6 nearly all of them."
    ),
    clauses=("RFC 8601 section 2.7.3", "RFC 1912 section 2.1", "RFC 7372 section 3", "RFC 7372 section 4"),
    no_standard=(standards.NO_STANDARD_PTR,),
)
DNS = Topic(
    reader=Reader.SENDER,
    title=say("name servers of the list's domain fail from time to time"),
    plain=say(
        "A receiver that asks for the SPF record and gets no answer must take that for a temporary error. Some of them "
        "defer the message, and where that goes on for days it bounces."
    ),
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
    title=say("name servers that SPF of the list's domain depends on give no answer"),
    plain=say(
        "A receiver that asks for the SPF record, or for what it includes, gets no usable answer and must take that for a "
        "temporary error. Some of them defer every message of the list. What has waited for too long bounces."
    ),
)
INSIDE = Topic(
    reader=Reader.RECEIVER,
    title=say("SPF is checked again inside your network"),
    plain=say(
        "The message was accepted by your border server. Inside your network SPF was evaluated again, against the address "
        "of one of your own servers, and of course it does not pass there. A message refused at that point comes back to the "
        "list as a bounce of your user, who is then dropped from the list, and neither of them can do anything about it."
    ),
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
    title=say("your mail server does not see where mail comes from"),
    plain=say(
        "Your mail server takes connections from outside through a gateway of your own network (address translation, a "
        "container's network, a proxy), and sees the gateway's address instead of the client's. SPF, reverse DNS and block lists "
        "are then asked about your own address: good mail fails, and mailing lists count the refusals as bounces of your users."
    ),
    clauses=("RFC 7208 section 2.5", "RFC 7208 appendix F", "RFC 7372 section 4"),
)
FORWARDER = Topic(
    reader=Reader.RECEIVER,
    title=say("mail that you forward fails SPF at the next receiver"),
    plain=say(
        "You forward list mail for a user, with the reverse-path that it came with. The next receiver checks SPF for the list's "
        "domain and finds your address, which the list cannot authorise. Refusals go to the list, which drops your user."
    ),
    clauses=("RFC 7208 appendix D", "RFC 7208 section 2.5", "RFC 7372 section 4"),
)
POLICY = Topic(
    reader=Reader.RECEIVER,
    title=say("list mail is refused by policy, and your users are dropped for it"),
    plain=say(
        "Your server refused a message of a mailing list that your user has subscribed to. The refusal speaks of policy, "
        "not of the mailbox, but list software counts a bounce, and drops the subscriber after some of them. If the cause can "
        "pass, or another of your addresses would take the message, a 4yz reply lets it be delivered after all."
    ),
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
    title=say("your server refuses list mail that your users have asked for"),
    plain=say(
        "Your server has refused posts of a mailing list for users of yours who have subscribed to it: not for one mailbox, but "
        "for one after the other. To list software each refusal is a bounce, and after a few it stops their mail. What we know of "
        "it is below: please take the block away, or say what it asks of the list."
    ),
    clauses=POLICY.clauses,
    no_standard=POLICY.no_standard,
)
REFUSED = Topic(
    reader=Reader.SENDER,
    title=say("a receiver refuses list mail for how it is sent"),
    plain=say(
        "A receiver refused list mail: not for the subscriber's mailbox, but for how the mail was sent. Its reply says what it "
        "asks for. Until that is mended the list's software counts the refusals as bounces of the subscribers there, and drops "
        "them one day."
    ),
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
    title=say("your domain's DMARC policy makes lists lose subscribers"),
    plain=say(
        "Your domain asks receivers to reject mail that does not align with it. A mailing list resends your people's posts "
        "from its own host, with a subject or a footer changed; receivers that follow your policy to the letter refuse these "
        "posts, and the list drops the subscribers who never got them."
    ),
    clauses=("RFC 9989 section 7.4", "RFC 9990", "RFC 9991", "RFC 7372 section 4"),
    no_standard=(standards.NO_STANDARD_REMOVAL,),
)
# A receiver that follows an author's p=reject to the letter is told what the standard says to receivers.
_OF_DMARC = ("RFC 9989 section 7.4", "RFC 9989 section 5.4", "RFC 9989 section 7.2", "RFC 9990")
POLICY_OF_DMARC = replace(POLICY, clauses=(*_OF_DMARC, *POLICY.clauses))
REPLIES_OF_DMARC = replace(REPLIES, clauses=(*_OF_DMARC, *REPLIES.clauses))

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
    "dmarc.author-": DMARC,
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
# What the owner of the refused domain can end; all else that a rule says about an author's mail is in the list's hands.
_AUTHORS_OWN = frozenset({"dmarc"})
_NOBODYS = frozenset({"content"})  # no set-up of anybody's
_TO_RECEIVERS = {POLICY: POLICY_OF_DMARC, REPLIES: REPLIES_OF_DMARC}


def topic_of(code: str) -> Topic | None:
    """What a finding code is about; None where there is nothing to write to anybody."""
    if code in UNCITED:
        return None
    return next((TOPICS[key] for key in sorted(TOPICS, key=len, reverse=True) if code.startswith(key)), None)


def topics_of(finding: Finding, rules: RuleSet) -> tuple[Topic, ...]:
    """All that is to be written about one finding, to different readers: of what is not known, nothing.

    A refusal is written about to who refused; besides, by whose set-up the refusing rule is about, to who can mend
    that.
    """
    topic = None if finding.severity is Severity.UNKNOWN else topic_of(finding.code)
    if topic not in _TO_RECEIVERS:
        return () if topic is None else (topic,)
    about, rule = finding.evidence.get("about"), rules.rule(str(finding.evidence.get("rule")))
    if about == "author" and (rule is None or rule.topic.id in _AUTHORS_OWN):
        return (_TO_RECEIVERS[topic], DMARC)
    return (topic, REFUSED) if about in {"list", "author"} and not _is_nobodys(rule) else (topic,)


def _is_nobodys(rule: Rule | None) -> bool:
    return rule is not None and rule.topic.id in _NOBODYS
