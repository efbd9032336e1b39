"""What receivers refuse a list's mail for because it is bulk, as one finding with what to do. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.model.evidence import REFUSING, Admission, AdmissionAction
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import Phrase, joined, listed, plural, say

AS_BULK: Final = "bulk=yes"
NO_SPF: Final = say("SPF does not pass")
NO_DKIM: Final = say("the DKIM signature does not pass")
# What is missing, by an admission's reason, and the topic of receivers.toml that says what to do.
MISSING: Final[Mapping[str, tuple[Phrase, str]]] = {
    "spf=fail": (NO_SPF, "spf"),
    "spf=softfail": (NO_SPF, "spf"),
    "spf=neutral": (NO_SPF, "spf"),
    "spf=none": (NO_SPF, "spf"),
    "spf=permerror": (NO_SPF, "spf"),
    "dkim=none": (say("posts are not signed with DKIM"), "dkim"),
    "dkim=fail": (NO_DKIM, "dkim"),
    "dkim=neutral": (NO_DKIM, "dkim"),
    "dkim=permerror": (NO_DKIM, "dkim"),
    "dmarc=none": (say("the domain in From has no DMARC record"), "dmarc-record"),
    "dmarc=fail": (say("DMARC fails"), "alignment"),
    "tls=missing": (say("connections are not encrypted"), "tls"),
}


def bulk_findings(admission: Iterable[Admission], rules: RuleSet) -> Iterator[Finding]:
    """One for all receivers that refuse the mail by what they ask of bulk alone; none where there is none."""
    refused = [each for each in admission if each.action in REFUSING and AS_BULK in each.because]
    asked = {demand.rule.id for each in rules.receivers for demand in each.demands if demand.bulk} if refused else set()
    refused = [each for each in refused if each.rule in asked]
    missing = dict.fromkeys(MISSING[reason] for each in refused for reason in each.because if reason in MISSING)
    if not missing:
        return  # nobody is refused, or for something else, such as the PTR, of which its own finding tells
    remedies = {rule.topic.id: rule.topic.remedy for rule in rules.rules}
    receivers = list(dict.fromkeys(each.receiver for each in refused))
    names = [rules.receiver_name(each) or each for each in receivers]
    what = listed(dict.fromkeys(words for words, _ in missing))
    do = dict.fromkeys(remedies[topic] for _, topic in missing)
    put_off = all(each.action is AdmissionAction.DEFER for each in refused)
    yield Finding(
        code="bulk.refused",
        severity=Severity.WARNING if put_off else Severity.CRITICAL,
        message=joined(" ", (_sentence(names, what, put_off=put_off), *do)),
        evidence={"receivers": receivers, "rules": list(dict.fromkeys(str(each.rule) for each in refused))},
        reference="RFC 6376, RFC 9989",
    )


def _sentence(names: Sequence[str], what: Phrase, *, put_off: bool) -> Phrase:
    who = listed(names)
    if put_off:
        return plural(
            "This list's mail is bulk to {who}, which asks more of it and puts it off: {what}.",
            "This list's mail is bulk to {who}, which ask more of it and put it off: {what}.",
            len(names),
            who=who,
            what=what,
        )
    return plural(
        "This list's mail is bulk to {who}, which asks more of it and refuses it: {what}.",
        "This list's mail is bulk to {who}, which ask more of it and refuse it: {what}.",
        len(names),
        who=who,
        what=what,
    )
