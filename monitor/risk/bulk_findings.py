"""What receivers refuse a list's mail for because it is bulk, as one finding with what to do. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from monitor.admission.rules import RuleSet
from monitor.model.evidence import REFUSING, Admission, AdmissionAction
from monitor.model.findings import Finding, Severity

AS_BULK: Final = "bulk=yes"
# What is missing, by an admission's reason, and the topic of receivers.toml that says what to do.
MISSING: Final[Mapping[str, tuple[str, str]]] = {
    "spf=fail": ("SPF does not pass", "spf"),
    "spf=softfail": ("SPF does not pass", "spf"),
    "spf=neutral": ("SPF does not pass", "spf"),
    "spf=none": ("SPF does not pass", "spf"),
    "spf=permerror": ("SPF does not pass", "spf"),
    "dkim=none": ("posts are not signed with DKIM", "dkim"),
    "dkim=fail": ("the DKIM signature does not pass", "dkim"),
    "dkim=neutral": ("the DKIM signature does not pass", "dkim"),
    "dkim=permerror": ("the DKIM signature does not pass", "dkim"),
    "dmarc=none": ("the domain in From has no DMARC record", "dmarc-record"),
    "dmarc=fail": ("DMARC fails", "alignment"),
    "tls=missing": ("connections are not encrypted", "tls"),
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
    who = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    what = " and ".join(dict.fromkeys(words for words, _ in missing))
    do = " ".join(dict.fromkeys(remedies[topic] for _, topic in missing))
    put_off = all(each.action is AdmissionAction.DEFER for each in refused)
    several = len(names) > 1
    does = ("put it off" if several else "puts it off") if put_off else ("refuse it" if several else "refuses it")
    yield Finding(
        code="bulk.refused",
        severity=Severity.WARNING if put_off else Severity.CRITICAL,
        message=f"This list's mail is bulk to {who}, which {'ask' if several else 'asks'} more of it and {does}: {what}. {do}",
        evidence={"receivers": receivers, "rules": list(dict.fromkeys(str(each.rule) for each in refused))},
        reference="RFC 6376, RFC 9989",
    )
