"""From the text of an SMTP reply to the dated rule that it follows."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from monitor.admission.data import Rule, RuleSet

TEXT_CHARS_MAX: Final = 2048  # four reply lines of 512 octets (RFC 5321 section 4.5.3.1.5): what matters is in front

# One reply is several lines "550-5.7.26 …", "550 5.7.26 …" (RFC 5321 section 4.2.1), which MTAs join in their own ways.
_START: Final = re.compile(
    r"^(?:smtp ?; ?)?(?P<code>[245]\d\d(?=[ -]|[:,;](?!\S)|$))?[ :,;-]? ?(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}(?=[ :]|$))?",
    re.IGNORECASE,
)
_REPEATED: Final = re.compile(r"(?<!\S)(?P<code>[245]\d\d)(?:[ -][245]\.\d{1,3}\.\d{1,3}(?=\s|$)|-(?=[^\s\d]))")
_LAST_PLAIN: Final = re.compile(r"(?<!\S)(?P<code>[245]\d\d) (?=\S)")
# What MTAs put before the reply proper: Postfix "host mx[addr] said: ", Exim "SMTP error from remote mail server after
# …: ".
_SAID: Final = re.compile(
    r"^.*?(?:\bsaid:|\brefused to talk to me:|\bSMTP error from remote (?:mail )?server\b(?:.*?:)?|"
    r"\bremote host said:|\bresponded:|\bresponse:)\s*(?=[245]\d\d[ -])",
    re.IGNORECASE,
)
_BEGINS_WITH_CODE: Final = re.compile(r"(?:smtp ?; ?)?[245]\d\d(?:[ -]|[:,;](?!\S)|$)", re.IGNORECASE)
# What another host said to the one that replies, as it quotes that: a probe of the address, a gateway's next hop.
_QUOTED: Final = re.compile(
    r"[ (:-]{0,4}(?:\b(?:remote |mail )?(?:host|server) [^\s()]{1,255} ?(?:\[[^\s\]]{1,64}\](?::\d{1,5})? ?)?|"
    r"\b(?:the )?(?:remote |mail )?(?:host|server) )?"
    r"(?:\bsaid|\brefused to talk to me|\bresponded|\bresponse|\banswered|\breplied|"
    r"\bSMTP error from remote (?:mail )?server\b[^:]{0,100}(?::<[^>\s]{0,320}>[^:]{0,80})?):\s?"
    r"['\"(]?(?P<code>[245]\d\d)[ -]",
    re.IGNORECASE,
)
# Cisco's word for the enhanced code, before the reply that it got: "5.1.0 - Unknown address error 550-'…'",
# "5.3.0 - Other mail system problem ('550', ["…"])".
_GUESSED: Final = re.compile(r"^[245]\.\d\.\d - [A-Za-z ]{3,60}\(?'?(?P<code>[245]\d\d)[-',\[ ]{1,4}[\"']?")
# A session that is refused after its greeting: "220-mx.example.net ESMTP … 421 too busy" (RFC 5321 section 4.2.1).
_GREETED: Final = re.compile(r"^220[ -].*?(?<![\w.:\[-])(?=[45]\d\d[ -]\S)")
_TRANSCRIPT: Final = re.compile(r"^(?:<<<|>>>)\s?", re.MULTILINE)  # Sendmail's human-readable part


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An SMTP reply as one line."""

    code: int | None  # RFC 5321 section 4.2; None where the text has none
    enhanced: str | None  # RFC 3463; that of the first line
    text: str  # code and enhanced code once, in front; then the text of all lines
    own: str  # the same without what another host said to the one that replies, where it quotes that


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyMatch:
    """What a reply is recognised as."""

    rule: Rule
    reply: str  # as one line
    permanence: Literal["hard", "soft"]  # the reply's own digit where it has one, else as the rule is documented
    receiver: str | None  # id of the provider; None where only the software, or nobody, is known
    in_force: bool  # whether the rule is known to hold on that day


def read_reply(text: str) -> Reply:
    """A reply in whatever form an MTA quotes it: with what the MTA put before it, over several lines, or folded."""
    joined = " ".join(_TRANSCRIPT.sub("", text[:TEXT_CHARS_MAX]).split())
    if not _BEGINS_WITH_CODE.match(joined):  # else it quotes another host's reply, as an address verification does
        joined = _SAID.sub("", joined, count=1)
    joined = _GREETED.sub("", _GUESSED.sub(r"\g<code> ", joined))
    start = _START.match(joined)
    code, enhanced = (start["code"], start["enhanced"]) if start else (None, None)
    if start is None or not (code or enhanced):
        return Reply(code=None, enhanced=None, text=joined, own=joined)
    rest = joined[start.end() :]
    head = " ".join(part for part in (code, enhanced) if part)
    text, own = (
        f"{head} {(_without_repeats(each, code) if code else each).lstrip(' :')}".strip()
        for each in (rest, _without_quotation(rest, code))
    )
    return Reply(code=int(code) if code else None, enhanced=enhanced, text=text, own=own)


@lru_cache(maxsize=8)  # a list of recipients that share a reply has it looked up once
def match(rules: RuleSet, reply: str, *, on: date | None = None, remote_host: str | None = None) -> ReplyMatch | None:
    """The rule that a reply follows; None where no rule knows it.

    Rules are tried in the order of the data, those in force on the day first: replies outlive their documentation, so
    that a rule of other days is better than none. What a reply quotes of another host's is no reply to the client. A
    rule whose words others use too is tried only where the remote host is its receiver's. `remote_host` is the MX
    host's name as the client knows it. Nothing here is about a mailbox: a reply that is, such as 5.1.1, matches no
    rule.
    """
    read = read_reply(reply)
    host = rules.receiver_of_host(remote_host) if remote_host else None
    classed = _as_classed(read)
    folded, folded_classed = read.own.casefold(), classed.casefold()
    fitting = [
        rule
        for rule in rules.rules
        if (rule.fits(classed, folded_classed) if rule.code.endswith("xx") else rule.fits(read.own, folded))
        and (not rule.hosts_required or (host is not None and host.id == rule.receiver))
    ]
    if not fitting:
        return None
    current = [rule for rule in fitting if on is None or on in rule.guess]
    rule = (current or fitting)[0]
    said = read.code // 100 if read.code else None
    return ReplyMatch(
        rule=rule,
        reply=read.text,
        permanence=rule.permanence if said is None else "soft" if said == 4 else "hard",
        receiver=host.id if host is not None else _provider(rules, rule),
        in_force=bool(current),
    )


def _without_quotation(rest: str, code: str | None) -> str:
    """Without a reply that is quoted, up to the next line of the reply's own; whole where nothing else is said."""
    found = _QUOTED.search(rest)
    if found is None or not any(map(str.isalpha, rest[: found.start()])):
        return rest
    after = re.search(rf"(?<!\S){code}[ -]", rest[found.end() :]) if code and found["code"] != code else None
    return rest[: found.start()] + (" " + rest[found.end() + after.start() :] if after else "")


def _without_repeats(rest: str, code: str) -> str:
    """The text without the code that begins each further line of the same reply."""

    def drop(found: re.Match[str]) -> str:
        return "" if found["code"] == code else found[0]

    rest = _REPEATED.sub(drop, rest)
    return " ".join(_LAST_PLAIN.sub(drop, rest).split())


def _as_classed(reply: Reply) -> str:
    """The text for rules that go by the enhanced code.

    Where its class contradicts the reply's digit, the digit wins.
    """
    if reply.code is None or reply.enhanced is None:
        return reply.own
    return reply.own.replace(reply.enhanced, f"{reply.code // 100}{reply.enhanced[1:]}", 1)


def _provider(rules: RuleSet, rule: Rule) -> str | None:
    receiver = next((each for each in rules.receivers if each.id == rule.receiver), None)
    return None if receiver is None or receiver.software else receiver.id
