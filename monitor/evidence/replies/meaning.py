"""What a receiver's answer to one try means: who said it, what about, under which rule. Pure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from monitor.admission.replies import Reply, read_reply
from monitor.admission.rules import RuleSet
from monitor.evidence.bounces.read import ADDRESS_TAKEN_OUT, TEXT_CHARS_MAX, sample
from monitor.evidence.entry import NOBODY_IN_PARTICULAR
from monitor.evidence.replies.counted import OF_PERSONS
from monitor.model.dns import read_address
from monitor.mtas.log import Became, Tried
from monitor.mtas.names import names_of, without_names
from monitor.trace.diagnosis import diagnose
from monitor.trace.failures import Failure
from monitor.trace.stage import stage_told

KNOWN_MOST: Final = 4096  # different answers, hosts
CHARS_MAX: Final = 4096  # of an answer that are looked at
DAY_S: Final = 86_400

# What differs from one answer to the next where they mean the same: addresses, ids of queues and sessions, times. IP
# addresses stay: over which family a reply was given may follow from them.
_WORD: Final = re.compile(r"\S*@\S*|\S{10,}")
_ID: Final = re.compile(
    r"\W{0,2}(?:[0-9A-Fa-f]{10,}|(?=[a-zA-Z_.:-]*\d)(?=[\da-fA-F.:]*[g-zG-Z_-])[\w.:-]{10,})\W{0,2}"
)
_TAKEN: Final = re.compile(r"(?<![\w.])2\d\d[ -](2\.\d{1,3}\.\d{1,3})(?![\w.])")
_TO_COMMAND: Final = re.compile(r"\s*\(in reply to [A-Za-z ]{1,40}\)?$")  # Postfix's own word behind the reply
_MARKED: Final = re.compile(r"#([45]\.\d{1,3}\.\d{1,3})(?![\d.])")  # as qmail and Cisco write it, at the end


class Meaning(NamedTuple):
    """Of an answer that is no acceptance."""

    receiver: str  # id, or NOBODY_IN_PARTICULAR
    family: int  # 0 where nothing tells
    kind: str  # a BounceClass
    rule: str  # "" for none
    code: str  # enhanced, "" for none
    sample: str


class Meanings:
    """Finds out what answers mean, each only once; they are the same few again and again."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._refusals: dict[tuple[object, ...], Meaning] = {}
        self._hosts: dict[tuple[str, str], tuple[str, int]] = {}

    def place(self, host: str, address: str) -> tuple[str, int]:
        """(receiver by the name of its host, family)."""
        known = self._hosts.get((host, address))
        if known is None:
            if len(self._hosts) >= KNOWN_MOST:
                self._hosts.clear()
            found = self._rules.receiver_of_host(host) if host else None
            receiver = NOBODY_IN_PARTICULAR if found is None or found.software else found.id
            known = self._hosts[host, address] = receiver, family_of(address)
        return known

    def of(self, tried: Tried) -> Meaning:
        """What a refusal means, by the rules of its day."""
        receiver, family = self.place(tried.host, tried.address)
        day = int(tried.at // DAY_S)
        text = tried.text[:CHARS_MAX]
        key = (tried.host, family, tried.code, day, _WORD.sub(_without_id, text))
        known = self._refusals.get(key)
        if known is None:
            if len(self._refusals) >= KNOWN_MOST:
                self._refusals.clear()
            known = self._refusals[key] = self._diagnosed(tried, text, receiver, day)
        nameless = without_recipients(known.sample, tried.recipients)
        if nameless != known.sample:  # the reply was to somebody else before, and names this one
            known = self._refusals[key] = known._replace(sample=nameless)
        return known

    def _diagnosed(self, tried: Tried, text: str, receiver: str, day: int) -> Meaning:
        reply = reply_in(text, tried.code)
        failure = Failure(
            final_recipient=tried.recipients[0] if tried.recipients else "",
            action="failed",
            status_code=None,
            diagnostic_code=reply.text,
            remote_mta=tried.host or None,
            standard=True,
            stage=stage_told(text),
            remote_address=read_address(tried.address),
        )
        on = datetime.fromtimestamp(day * DAY_S, UTC).date()
        found = diagnose(failure, self._rules, on=on)
        # On the way to another server the log does not say yet whom the reply is about: it may name the person plainly.
        nameless = tried.became is Became.NEXT and found.kind in OF_PERSONS
        return Meaning(
            receiver=receiver,
            family=found.family or 0,
            kind=found.kind,
            rule="" if found.rule is None else found.rule.id,
            code=_enhanced(reply),
            sample=f"{tried.code} {_enhanced(reply)}".strip()
            if nameless
            else shown(text, tried.code, tried.recipients),
        )


def family_of(address: str) -> int:
    """Of an address as it is written; 0 of none."""
    return (6 if ":" in address else 4) if address else 0


def code_of_taken(text: str) -> str:
    """The enhanced code of a reply that took the mail, "" where it has none."""
    found = _TAKEN.search(text, 0, CHARS_MAX)
    return found[1] if found else ""


def reply_in(text: str, code: int) -> Reply:
    """The reply with that code, without what the mail server put before it."""
    read = read_reply(text)
    if read.code != code:
        found = re.search(rf"(?<![\w.]){code}(?=[ -]|$)", text)
        read = read_reply(text[found.start() :] if found else f"{code} {text}")
    return read


def shown(text: str, code: int, recipients: Iterable[str] = ()) -> str:
    """The reply as it may be kept and shown: one line, from its code on, without any address."""
    reply = _TO_COMMAND.sub("", reply_in(text[:CHARS_MAX], code).text)
    head, _, said = reply.partition(" ")
    return f"{head} {sample(said, names_of(recipients))}".strip()[:TEXT_CHARS_MAX]


def without_recipients(shown_reply: str, recipients: Iterable[str]) -> str:
    """What `shown` gave, without the names of these as well."""
    head, _, said = shown_reply.partition(" ")
    return f"{head} {without_names(said, names_of(recipients), ADDRESS_TAKEN_OUT)}".strip()[:TEXT_CHARS_MAX]


def _without_id(found: re.Match[str]) -> str:
    word = found[0]
    return "*" if "@" in word or _ID.fullmatch(word) else word


def _enhanced(reply: Reply) -> str:
    if reply.enhanced:
        return reply.enhanced
    found = _MARKED.search(reply.own)
    return found[1] if found and reply.code is not None and found[1][0] == str(reply.code)[0] else ""
