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
from monitor.phrase.phrase import Phrase, joined, listed, plural, say, sentence
from monitor.risk.relief import Relief
from monitor.risk.seen_findings import COUNTED_MOST, ERROR, counted, counted_of, named
from monitor.wording.days import Days
from monitor.wording.hold import gain_time
from monitor.wording.sentence import subscribers

NAMED: Final = 2  # receivers in a headline
# What is at fault on the list's own side, by the beginning of a finding's code.
OWN_FAULTS: Final[Mapping[str, str]] = {
    "spf.": say("SPF is at fault"),
    "ptr.": say("reverse DNS is at fault"),
    "helo.": say("SPF of the name in EHLO is at fault"),
    "dns.": say("name servers fail"),
}


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
    return say("{fault}, and {refused}", fault=_own(own), refused=refused) if refused and own is not None else refused


def _own(finding: Finding) -> str:
    """What is at fault on the list's own side; "" where it is nothing there."""
    return next((said for code, said in OWN_FAULTS.items() if finding.code.startswith(code)), "")


def _refused(forecasts: Sequence[ReceiverForecast], rules: RuleSet) -> str:
    found = [(_name(each, rules), each, each.seen) for each in refusing(forecasts) if each.seen is not None]
    if not found:
        return ""
    if len(found) == 1:
        name, one, seen = found[0]
        those = _those(seen, one.subscribers)
        if seen.hit is Hit.ONCE:
            return say("{receiver} refused a post, for {subscribers}", receiver=name, subscribers=those)
        if seen.hit is Hit.POSTS:
            of = max(round(seen.sent), seen.posts)
            return say("{receiver} refuses some posts, {posts} of about {of}", receiver=name, posts=seen.posts, of=of)
        return say("{receiver} refuses {subscribers}", receiver=name, subscribers=those)
    names = [name for name, _, _ in found]
    more = len(names) - NAMED
    receivers = listed(names)
    if more > 0:
        receivers = plural(
            "{names} and {n} other", "{names} and {n} others", more, names=listed(names[:NAMED], "comma")
        )
    number = sum(seen.subscribers for _, _, seen in found)
    return say("{receivers} refuse {subscribers}", receivers=receivers, subscribers=subscribers(number))


def _those(seen: SeenRefusals, there: int | None) -> Phrase:
    """Whom a receiver refuses, of those who are there."""
    number = seen.subscribers
    if not there:
        return plural("{count} subscriber", "{count} subscribers", number, count=counted_of(seen, number))
    if number >= there:
        return plural("the one subscriber", "all {n} subscribers", there)
    if number > COUNTED_MOST and not seen.exact and number >= there * (1.0 - 2.0 * ERROR):
        return say("all or nearly all {number} subscribers", number=there)
    return say("{count} of {number} subscribers", count=counted_of(seen, number), number=there)


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
        steps.append(joined(" ", (say("Mend first what is the list's own: {fault}", fault=own.message), _mending(own))))
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
        steps.append(_enable_again(lost, list(dict.fromkeys(domain for _, seen in found for domain in seen.domains))))
    return tuple(steps)


def _enable_again(lost: int, domains: Sequence[str]) -> Phrase:
    count = counted(lost)
    if not domains:
        return say("Once it is over, enable again those who were disabled: {count}.", count=count)
    return say(
        "Once it is over, enable again those who were disabled: {count} at {domains}.",
        count=count,
        domains=listed(domains, "comma"),
    )


def _mending(own: Finding) -> str:
    fix = own.fix
    if fix is None:
        return ""
    if fix.type and fix.action is not FixAction.ASK:  # too long for a step, and never cut: it stands with its finding
        return say("Publish the {type} record that is suggested for {name}.", type=fix.type, name=fix.name)
    return sentence(fix.sentence)


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
    rule, name = rules.rule(seen.rule), _name(one, rules)
    if seen.hit is Hit.POSTS:
        yield say("Look at what the refused posts have in common: their authors' domains (DMARC), attachments, links.")
    if rule is not None and not _of_authors(seen, rules, kind) and (not seen.contradicts or seen.hit is Hit.POSTS):
        remedy = remedy_of(rule, kind.remedies)
        yield say("{receiver}'s reply asks for this: {remedy}", receiver=name, remedy=remedy)
    addresses = [str(each) for each in outbound if not seen.families or each.version in seen.families]
    write = _write(name, addresses, days.moment(seen.last), after=after)
    letter = "" if own and not seen.contradicts else say("A letter that says so stands on the incident's page.")
    yield joined(" ", (write, letter))


def _write(name: str, addresses: Sequence[str], last: str, *, after: bool) -> Phrase:
    """Whom to write to, with what; `after` something else was mended."""
    parts = {"receiver": name, "addresses": listed(addresses, "comma"), "moment": last}
    if after and addresses:
        return say(
            "If {receiver} goes on refusing after that, write to its postmaster: quote the reply, the addresses that the "
            "mail left from ({addresses}) and the time of the last refusal, {moment}.",
            **parts,
        )
    if after:
        return say(
            "If {receiver} goes on refusing after that, write to its postmaster: quote the reply and the time of the last "
            "refusal, {moment}.",
            **parts,
        )
    if addresses:
        return say(
            "Write to the postmaster of {receiver}: quote the reply, the addresses that the mail left from ({addresses}) "
            "and the time of the last refusal, {moment}.",
            **parts,
        )
    return say(
        "Write to the postmaster of {receiver}: quote the reply and the time of the last refusal, {moment}.", **parts
    )


def _name(one: ReceiverForecast, rules: RuleSet) -> str:
    return named(one, rules.receiver_name)
