"""What is wrong, how bad it is, and the exact fix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.phrase.phrase import Phrase, say
from monitor.phrase.stored import Words

JsonScalar = str | int | float | bool | None


Evidence = Mapping[str, JsonScalar | list[str]]


class Severity(StrEnum):
    """How bad a finding is. UNKNOWN says that we could not find out, and is none of the others."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class CheckStatus(StrEnum):
    """A check's answer as a whole, in the words of the Nagios plugin interface."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


class FixAction(StrEnum):
    """What the owner is to do."""

    PUBLISH = "publish"
    REMOVE = "remove"
    CHANGE = "change"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """The exact change that ends a finding."""

    action: FixAction
    name: Words  # owner name of the DNS record, or whom to ask
    type: str  # RR type, or "" where nothing is to be published
    value: Words  # of that record, as it can be pasted; without a type a sentence

    @property
    def words(self) -> Phrase:
        """What is to be done with the value."""
        return what_to_do(self.action, self.name, self.type)

    @property
    def sentence(self) -> Phrase:
        """The whole in one line."""
        return say("{what}: {value}", what=self.words, value=self.value)


def is_spf_record(rrtype: str, value: str) -> bool:
    """Whether a fix's value is the domain's SPF record, of which there is one for all findings."""
    return rrtype == "TXT" and value.startswith("v=spf1")


def what_to_do(action: str, name: str, rrtype: str) -> Phrase:
    """The words in front of a fix's value: `Publish this AAAA record at mail.example.org`, `Ask who publishes …`."""
    if not rrtype:
        return _of_no_record(action, name)
    parts = {"type": rrtype, "name": name}
    if action == FixAction.ASK:
        return say("Ask {name} for this {type} record", **parts)
    if rrtype == "TXT" and "._domainkey." not in name:
        return say("Publish this as the only SPF record (TXT) at {name}", **parts)
    if action == FixAction.PUBLISH:
        return say("Publish this {type} record at {name}", **parts)
    if action == FixAction.REMOVE:
        return say("Remove this {type} record at {name}", **parts)
    return say("Change this {type} record at {name}", **parts)


def _of_no_record(action: str, name: str) -> Phrase:
    if action == FixAction.ASK:
        # To translators: {who} is a message of its own: "who publishes …", "whoever runs …", "postmaster of …".
        return say("Ask {who}", who=name)
    if action == FixAction.PUBLISH:
        return say("Publish {what}", what=name)
    if action == FixAction.REMOVE:
        return say("Remove {what}", what=name)
    return say("Change {what}", what=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or that we could not find out. The code is stable; the sentence is for people."""

    code: str
    severity: Severity
    message: Words
    evidence: Evidence = field(default_factory=dict)
    fix: Fix | None = None
    reference: str = ""  # "RFC 7208 section 5.6"


def place_of(record: str | None, findings: Iterable[Finding], otherwise: str) -> str:
    """The name at which a suggested record is to be published: its finding's alias leads there, or it is the domain."""
    aliases = (one.evidence.get("alias_of") for one in findings if one.fix is not None and one.fix.value == record)
    return next((str(name) for name in aliases if name), otherwise)


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding as every JSON document says it."""
    fix = finding.fix
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "evidence": dict(finding.evidence),
        "fix": None
        if fix is None
        else {"action": fix.action.value, "name": fix.name, "type": fix.type, "value": fix.value},
        "reference": finding.reference,
    }
