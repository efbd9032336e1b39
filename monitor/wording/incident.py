"""A danger in words: the headline of what was seen, and what to do tonight. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from monitor.admission.remedy import remedy_of
from monitor.admission.rules import RuleSet
from monitor.managers.kind import ManagerKind
from monitor.managers.machine import AnyMachine
from monitor.model.dns import IpAddress
from monitor.model.findings import Finding, FixAction
from monitor.model.order import ABOVE_OK, ALARMING, worst_first
from monitor.model.risk import Hit, ReceiverForecast, SeenRefusals
from monitor.risk.relief import Relief
from monitor.risk.seen_findings import counted, named, whom
from monitor.wording.days import Days
from monitor.wording.hold import gain_time
from monitor.wording.sentence import subscribers

NAMED: Final = 2  # receivers in a headline
# What is at fault on the list's own side, by the beginning of a finding's code.
OWN_FAULTS: Final[Mapping[str, str]] = {
    "spf.": "SPF is at fault",
    "ptr.": "reverse DNS is at fault",
    "helo.": "SPF of the name in EHLO is at fault",
    "dns.": "name servers fail",
}
THERE: Final = " there"


def refusing(forecasts: Sequence[ReceiverForecast]) -> tuple[ReceiverForecast, ...]:
    """The receivers that were seen to refuse more than single addresses and go on, most subscribers first."""
    found = [
        each
        for each in forecasts
        if each.seen is not None
        and each.seen.over_since is None
        and each.seen.hit is not Hit.ADDRESSES
        and each.level in ABOVE_OK
    ]
    return tuple(sorted(found, key=lambda each: -(each.seen.subscribers if each.seen else 0)))


def own_fault(forecasts: Sequence[ReceiverForecast], findings: Sequence[Finding]) -> Finding | None:
    """The worst fault of the list's own that refusals may come from; None where receivers refuse without one."""
    if all(each.seen is None or each.seen.contradicts for each in refusing(forecasts)):
        return None
    return next((each for each in worst_first(findings) if each.severity in ALARMING and _own(each)), None)


def headline(forecasts: Sequence[ReceiverForecast], rules: RuleSet, findings: Sequence[Finding] = ()) -> str:
    """Which receiver refuses whom: "Gmail refuses all 600 subscribers"; "" where nobody was seen to refuse.

    A fault of the list's own comes first.
    """
    refused, own = _refused(forecasts, rules), own_fault(forecasts, findings)
    return f"{_own(own)}, and {refused}" if refused and own is not None else refused


def _own(finding: Finding) -> str:
    """What is at fault on the list's own side; "" where it is nothing there."""
    return next((said for code, said in OWN_FAULTS.items() if finding.code.startswith(code)), "")


def _refused(forecasts: Sequence[ReceiverForecast], rules: RuleSet) -> str:
    found = [(_name(each, rules), each, each.seen) for each in refusing(forecasts) if each.seen is not None]
    if not found:
        return ""
    if len(found) == 1:
        name, one, seen = found[0]
        those = whom(seen, one.subscribers or None).removesuffix(THERE)
        if seen.hit is Hit.ONCE:
            return f"{name} refused a post, for {those}"
        if seen.hit is Hit.POSTS:
            return f"{name} refuses some posts, {seen.posts} of about {max(round(seen.sent), seen.posts)}"
        return f"{name} refuses {those}"
    names = [name for name, _, _ in found]
    more = len(names) - NAMED
    listed = (
        " and ".join(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more} other{'s' if more > 1 else ''}"
    )
    return f"{listed} refuse {subscribers(sum(seen.subscribers for _, _, seen in found))}"


def tonight(
    forecasts: Sequence[ReceiverForecast],
    rules: RuleSet,
    *,
    kind: ManagerKind,
    machine: AnyMachine,
    outbound: Sequence[IpAddress],
    days: Days,
    findings: Sequence[Finding] = (),
    relief: Relief | None = None,
) -> tuple[str, ...]:
    """What to do first about what was seen or is reckoned: sentences, in order; none where nobody is in danger.

    What is the list's own to mend comes first, unless it is all: then it stands with the record to publish. `relief` is
    the change at the list manager that gains the most time.
    """
    found = [(each, each.seen) for each in refusing(forecasts) if each.seen is not None]
    own = own_fault(forecasts, findings)
    steps: list[str] = []
    if own is not None:
        steps.append(f"Mend first what is the list's own: {own.message}{_mending(own)}")
    of_authors = [(seen, _of_authors(seen, rules, kind)) for _, seen in found]
    steps.extend(dict.fromkeys(step for _, step in of_authors if step))
    if relief is not None or any(seen.hit is not Hit.ONCE for _, seen in found):
        steps.append(gain_time(relief, kind, machine, days=days))
    for (one, seen), (_, step) in zip(found, of_authors, strict=True):
        steps.extend(
            _about(
                one,
                seen,
                rules,
                outbound,
                kind=kind,
                days=days,
                after=own is not None or bool(step),
                own=own is not None,
            )
        )
    lost = sum(seen.disabled for _, seen in found)
    if lost:
        domains = list(dict.fromkeys(domain for _, seen in found for domain in seen.domains))
        at = f" at {', '.join(domains)}" if domains else ""
        steps.append(f"Once it is over, enable again those who were disabled: {counted(lost)}{at}.")
    return tuple(steps)


def _mending(own: Finding) -> str:
    fix = own.fix
    if fix is None:
        return ""
    if fix.type and fix.action is not FixAction.ASK:  # too long for a step, and never cut: it stands with its finding
        return f" Publish the {fix.type} record that is suggested for {fix.name}."
    return f" {fix.sentence.rstrip('.')}."


def _of_authors(seen: SeenRefusals, rules: RuleSet, kind: ManagerKind) -> str:
    """The list's setting that ends refusals of posts for their authors' DMARC; "" where they are not for that."""
    rule = rules.rule(seen.rule)
    told = rule is not None and rule.about == "author" and not seen.contradicts
    return remedy_of(rule, kind.remedies) if rule is not None and told else ""


def _about(
    one: ReceiverForecast,
    seen: SeenRefusals,
    rules: RuleSet,
    outbound: Sequence[IpAddress],
    *,
    kind: ManagerKind,
    days: Days,
    after: bool,
    own: bool,
) -> Iterator[str]:
    """What to see to oneself, and whom to write to with what: `after` that was mended which came first.

    Where that is the list's `own` fault, no letter is offered.
    """
    rule = rules.rule(seen.rule)
    if seen.hit is Hit.POSTS:
        yield "Look at what the refused posts have in common: their authors' domains (DMARC), attachments, links."
    if rule is not None and not _of_authors(seen, rules, kind) and (not seen.contradicts or seen.hit is Hit.POSTS):
        yield f"{_name(one, rules)}'s reply asks for this: {remedy_of(rule, kind.remedies)}"
    addresses = [str(each) for each in outbound if not seen.families or each.version in seen.families]
    sent = f", the addresses that the mail left from ({', '.join(addresses)})" if addresses else ""
    name = _name(one, rules)
    write = (
        f"If {name} goes on refusing after that, write to its postmaster"
        if after
        else f"Write to the postmaster of {name}"
    )
    letter = "" if own and not seen.contradicts else " A letter that says so stands on the incident's page."
    yield (f"{write}: quote the reply{sent} and the time of the last refusal, {days.moment(seen.last)}.{letter}")


def _name(one: ReceiverForecast, rules: RuleSet) -> str:
    return named(one, rules.receiver_name)
