"""What a failure means: whose fault it is, by the dated rules first, then as `bounce_class` decides."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from monitor.admission.data import Rule, RuleSet
from monitor.admission.replies import match, read_reply
from monitor.trace.bounce import Bounce
from monitor.trace.bounce_class import BounceClass, Refusal, bounce_class, is_about_recipient
from monitor.trace.failures import Failure
from monitor.trace.family import family_refused
from monitor.trace.wording.sentences import said_in

TEXT_CHARS_MAX: Final = 4096  # of one reply
# Of all the different replies in one bounce, each of which takes two microseconds a character: those to a post to 200
# recipients where the receiver says much. Of each one behind only the beginning is read, as much as is kept of one.
REPLIES_CHARS_MAX: Final = 120_000
BEGINNING_CHARS_MAX: Final = 200

# A client without IPv6 in front of a receiver with nothing else (Postfix: 5.4.4 at once): our own network, no dead
# domain.
_NO_COMMON_FAMILY: Final = re.compile(r"no data record of requested type|address family not supported", re.IGNORECASE)
_ENHANCED: Final = re.compile(
    r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])"
)  # qmail and Cisco write "#5.7.1", in or at the end


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
    family: int | None  # over which the post was refused; None where nothing tells
    counted_wrongly: bool  # list software counts it against a subscriber who cannot help it (RFC 7372 section 4)


def diagnoses_of(bounce: Bounce, rules: RuleSet, *, now: datetime) -> tuple[Diagnosis, ...]:
    """What a bounce says of each recipient, failures first, by the rules of its day, which may not lie ahead of now."""
    on = min(bounce.dated or now, now).date()
    found, read, seen = [], 0, set[str]()
    for each in bounce.failures:
        most = TEXT_CHARS_MAX if read < REPLIES_CHARS_MAX else BEGINNING_CHARS_MAX
        said = (each.diagnostic_code or "")[:most]
        read += 0 if said in seen else len(said)
        seen.add(said)
        found.append(diagnose(each, rules, on=on, chars_max=most))
    order = {"failed": 0, "delayed": 1}
    return tuple(sorted(found, key=lambda each: order.get(each.failure.action, 2)))


def diagnose(failure: Failure, rules: RuleSet, *, on: date, chars_max: int = TEXT_CHARS_MAX) -> Diagnosis:
    """The meaning of one failure, by so much of its reply.

    Rules speak first: many receivers send policy refusals under the codes of mailboxes.
    """
    said = (failure.diagnostic_code or "")[:chars_max]
    found = match(rules, said, on=on, remote_host=failure.remote_mta) if said else None
    read = read_reply(said)
    digit = read.code // 100 if read.code is not None else None
    enhanced = read.enhanced or failure.status_code
    soft = digit == 4 if digit is not None else enhanced[0] == "4" if enhanced else None
    host = rules.receiver_of_host(failure.remote_mta) if failure.remote_mta else None
    kind: BounceClass
    if found is not None and found.rule.code.endswith("xx") and is_about_recipient(said_in(read.own)):
        # Words go before a code alone: "5.7.23 no such user here".
        kind = _kind_of(failure, said, read.own, enhanced, digit=digit)
        found = None if kind != "policy" else found
    if found is not None:
        kind = "transient" if found.rule.topic.kind == "transient" and found.permanence == "soft" else "policy"
    else:
        kind = _kind_of(failure, said, read.own, enhanced, digit=digit)
    if failure.action in {"delivered", "relayed", "expanded"}:
        kind = "other"
    return Diagnosis(
        failure=failure,
        kind=kind,
        receiver=(found.receiver if found is not None else None) or (host.id if host is not None else None),
        rule=None if found is None else found.rule,
        reply=(found.reply if found is not None else read.text) or None,
        soft=soft,
        family=family_refused(failure, found.rule if found is not None else None, said),
        counted_wrongly=failure.action == "failed" and (kind == "policy" or found is not None),
    )


def _kind_of(failure: Failure, said: str, reply: str, enhanced: str | None, *, digit: int | None) -> BounceClass:
    if is_lack_of_ipv6(said):
        return "policy"
    inside = _ENHANCED.search(reply)
    codes = tuple(dict.fromkeys(code for code in (enhanced or (inside and inside[0]), failure.status_code) if code))
    temporary = codes[0][0] == "4" if codes else False
    return bounce_class(
        Refusal(
            stage=failure.stage if digit is not None else None,  # without a reply nobody refused anything
            said=said_in(reply),
            soft=digit == 4 if digit is not None else temporary,
            deferred=digit == 4 if digit is not None else temporary and codes[0] != "4.0.0",
            codes=codes,
        )
    )
