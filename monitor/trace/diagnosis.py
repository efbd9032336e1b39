"""What a failure means: whose fault it is, by the dated rules first, then by codes, then by words."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from monitor.admission.data import Rule, RuleSet
from monitor.admission.replies import match, read_reply
from monitor.trace.bounce import Bounce
from monitor.trace.failures import Failure

BounceClass = Literal["policy", "address", "mailbox", "transient", "other"]

# RFC 3463 sections 3.2 to 3.8. Codes about the *sender's* address stand among those about addresses.
_POLICY: Final = frozenset({"1.7", "1.8"})
_MAILBOX: Final = frozenset({"7.13"})  # RFC 5248's registry: user account disabled
_ADDRESS: Final = frozenset(
    {"1.1", "1.2", "1.3", "1.4", "1.6", "1.10", "4.4"}
)  # 4.4: no route, the domain is not there
_SAYS_LITTLE: Final = frozenset({"7.0", "7.1"})  # "not authorised": words of an unknown user speak louder
_NAMED: Final = re.compile(r"<?[^\s<>@]{1,64}@[\w.-]{1,255}>?")  # an address may be called anything, such as spam@
_OF_ADDRESSES: Final = re.compile(r"recipient|user|mailbox|account|no such|unknown|not (?:exist|found)", re.IGNORECASE)
_SAYS_NOTHING: Final = re.compile(r"[245]\.[0-6]\.0$")  # other or undefined; Exim's 5.0.0 stands for every failure

# A client without IPv6 in front of a receiver with nothing else (Postfix: 5.4.4 at once): our own network, no dead
# domain.
_NO_COMMON_FAMILY: Final = re.compile(r"no data record of requested type|address family not supported", re.IGNORECASE)

# Postfix writes this before every reason, good or bad.
_BOILERPLATE: Final = re.compile(r"\brecipient address rejected:(?=\s*\S)", re.IGNORECASE)

# Words, most telling first; only where no code decides.
_WORDS: Final[tuple[tuple[BounceClass, re.Pattern[str]], ...]] = (
    ("transient", re.compile(r"not found, try again", re.IGNORECASE)),
    (
        "mailbox",
        re.compile(
            r"(?:mailbox|mail ?folder|inbox|quota|storage|over).{0,20}(?:full|exceed|over ?quota|limit)|\bover quota|insufficient (?:system )?storage|"
            r"(?:mailbox|account|user)\b.{0,40}\b(?:disabled|frozen|suspended|locked|inactive|deactivated|blocked)",
            re.IGNORECASE,
        ),
    ),
    (
        "policy",
        re.compile(
            r"\bSPF\b|\bDKIM\b|\bDMARC\b|reverse (?:DNS|hostname)|\bPTR\b|\brDNS\b|\bspam|block(?:ed)? ?list|black ?list|\bRBL\b|\bDNSBL\b|"
            r"reputation|\bpolic(?:y|ies)\b|banned|unauthenticated|sender (?:address )?(?:rejected|denied|not allowed|verif\w+ failed)|"
            r"unrout(?:e)?able sender|has sent to too many recipients",
            re.IGNORECASE,
        ),
    ),
    (
        "address",
        re.compile(
            r"(?:user|address|recipient|mailbox|account|alias|domain|host)\b.{0,60}(?:unknown|not (?:found|exist|known|valid|listed|recognized)|is possibly incorrect|"
            r"n['o]t (?:exist|listed)|invalid|unavailable|no longer)|recipient (?:address )?rejected|could(?:n't| not) be found|"
            r"(?:no such|unknown|invalid|bad|non-?existent) (?:user|address|recipient|mailbox|account|local|host|domain)|doesn't have an? |address rejected|does not exist|no mx record|"
            r"not a (?:registered|valid|known)|unrouteable|no (?:mailbox|account) here|doesn't receive email|null MX|no SMTP service|"
            r"no relevant answers|recipient not found|name is not recognized",
            re.IGNORECASE,
        ),
    ),
    (
        "transient",
        re.compile(
            r"gr[ae]y-?list|try again|temporar|timed? ?out|connection (?:refused|reset|closed)|unreachable|no route to host|retry timeout|"
            r"too many|rate limit|throttl|expired|delayed|in the queue too long|unable to contact|could not connect|requests to connect|could not deliver for the last|giving up|network error|not reachable|will be retried|"
            r"currently unavailable|not accepting connections|have been failing for a long time|try later",
            re.IGNORECASE,
        ),
    ),
    (
        "policy",
        re.compile(
            r"access denied|not allowed|blocked|unverif|for sending mail|mismatches client ip|frequency limited|virus|content rejected|relay(?:ing)? (?:denied|not permitted)|"
            r"smtp server of your isp|open relay|(?:message|mail) (?:rejected|refused)|not permitted to\s+(?:\d{3}\s+)?relay|relay quota",
            re.IGNORECASE,
        ),
    ),
)


def is_lack_of_ipv6(text: str) -> bool:
    """Whether the mail server says that it and the receiver have no address family in common."""
    return bool(_NO_COMMON_FAMILY.search(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One failure with its meaning."""

    failure: Failure
    kind: BounceClass
    receiver: str | None  # id of the provider that refused, where it is known
    rule: Rule | None  # the dated rule that the reply follows
    reply: str | None  # as one line
    soft: bool | None  # the reply's own digit: 4yz; None where there is no reply and no status
    counted_wrongly: bool  # list software counts it against a subscriber who cannot help it (RFC 7372 section 4)


def diagnoses_of(bounce: Bounce, rules: RuleSet, *, now: datetime) -> tuple[Diagnosis, ...]:
    """What a bounce says of each recipient, failures first, by the rules of its day, which may not lie ahead of now."""
    on = min(bounce.dated or now, now).date()
    found = [diagnose(each, rules, on=on) for each in bounce.failures]
    order = {"failed": 0, "delayed": 1}
    return tuple(sorted(found, key=lambda each: order.get(each.failure.action, 2)))


def diagnose(failure: Failure, rules: RuleSet, *, on: date) -> Diagnosis:
    """The meaning of one failure.

    Rules speak first: many receivers send policy refusals under the codes of mailboxes.
    """
    said = failure.diagnostic_code or ""
    found = match(rules, said, on=on, remote_host=failure.remote_mta) if said else None
    read = read_reply(said)
    digit = read.code // 100 if read.code is not None else None
    enhanced = read.enhanced or failure.status_code
    soft = digit == 4 if digit is not None else enhanced[0] == "4" if enhanced else None
    host = rules.receiver_of_host(failure.remote_mta) if failure.remote_mta else None
    kind: BounceClass
    if found is not None:
        kind = "transient" if found.rule.topic.kind == "transient" and found.permanence == "soft" else "policy"
    else:
        kind = _kind_of(enhanced, failure.status_code, said, soft=bool(soft))
    if failure.action in {"delivered", "relayed", "expanded"}:
        kind = "other"
    return Diagnosis(
        failure=failure,
        kind=kind,
        receiver=(found.receiver if found is not None else None) or (host.id if host is not None else None),
        rule=None if found is None else found.rule,
        reply=(found.reply if found is not None else read.text) or None,
        soft=soft,
        counted_wrongly=failure.action == "failed" and (kind == "policy" or found is not None),
    )


def _kind_of(enhanced: str | None, status: str | None, text: str, *, soft: bool) -> BounceClass:
    """By the reply's enhanced code, else the status, else the words."""
    if is_lack_of_ipv6(text):
        return "policy"
    words = _NAMED.sub(" ", text[:2048])
    said = _kind_of_words(_BOILERPLATE.sub(" ", words))
    for code in (enhanced, status):
        if code is None or _SAYS_NOTHING.search(code):
            continue
        if code[2:] in _SAYS_LITTLE and said in {"address", "mailbox"}:
            return said
        kind = _kind_of_code(code, soft=soft)
        if kind == "address" and said == "policy" and not _OF_ADDRESSES.search(words):
            return said  # block lists and filters under the code of unknown addresses
        if kind == "mailbox" and said == "transient" and soft:
            return said
        if kind is not None:
            return kind
    return said or ("transient" if soft else "other")


def _kind_of_words(text: str) -> BounceClass | None:
    return next((kind for kind, pattern in _WORDS if pattern.search(text)), None)


def _kind_of_code(code: str, *, soft: bool) -> BounceClass | None:
    """RFC 3463: subject and detail tell what it is about; 5.4.1 is Microsoft's word for an unknown recipient."""
    subject, _, detail = code[2:].partition(".")
    key = f"{subject}.{detail}"
    if key in _MAILBOX:
        return "mailbox"
    if subject == "7" or key in _POLICY:
        return "policy"
    if key in _ADDRESS:
        return "transient" if soft else "address"
    if subject == "2":
        return "mailbox"
    if key == "4.1" and not soft:
        return "address"
    if key == "4.6":
        return "other"  # a routing loop
    if subject == "4" or soft:
        return "transient"
    return None
