"""What a check says to people: what is wrong first, then the evidence."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from monitor.admission.rules import UNDECIDED
from monitor.cli.folding import columns_of
from monitor.cli.layout import GAP, Rows
from monitor.cli.opening import receiver_rules
from monitor.cli.output import LEVEL_COLOURS, inert, print_finding, print_paragraph, table
from monitor.model.dns import DnsQuestion, Identity, SpfOutcome, SpfResult, TermLine
from monitor.model.evidence import AdmissionAction, CheckOutcome
from monitor.model.findings import Finding, FixAction, is_spf_record, place_of
from monitor.model.risk import Assessment
from monitor.risk.no_way import no_way
from monitor.spf.fix import as_zone_file, strings
from monitor.spf.tree import Node, outline
from monitor.wording.receiver import speaks
from monitor.wording.signing import signing_words
from monitor.wording.vocabulary import calm, level_word

if TYPE_CHECKING:  # imported where used: a domain needs no store
    from monitor.cli.check.standing import Standing

RESULT_COLOURS = {
    SpfResult.PASS: "green",
    SpfResult.FAIL: "red",
    SpfResult.SOFTFAIL: "red",
    SpfResult.PERMERROR: "red",
    SpfResult.NONE: "yellow",
    SpfResult.NEUTRAL: "yellow",
    SpfResult.TEMPERROR: "magenta",
}
ACTION_COLOURS = {
    AdmissionAction.ACCEPT: "green",
    AdmissionAction.DEFER: "yellow",
    AdmissionAction.REJECT: "red",
    AdmissionAction.UNKNOWN: "magenta",
}


# Of a domain that no list of the configuration is in, the same in other words.
OF_NO_LIST = {
    "bulk": "it asks this of bulk alone: say how many subscribers each domain has and how many posts a day go to them, "
    "in a configuration with the list (some receivers name no number: there it stays unknown)"
}


def show(
    out: Console, outcome: CheckOutcome, stands: "Standing | None" = None, *, trace: bool, everybody: bool = False
) -> None:
    """The check for a person: how its list stands, if it is of one; what is wrong; then the evidence.

    `everybody` shows also receivers that do not concern the list.
    """
    if stands is not None and not everybody:
        outcome = replace(outcome, admission=stands.concerning(outcome.admission))
    name = outcome.domain if outcome.list_id is None else f"{outcome.list_id} ({outcome.domain})"
    if stands is not None and not outcome.domain:
        _show_standing(out, stands, at=outcome.evaluated_at, told=())
        return
    print_paragraph(out, Text.assemble((name, "bold"), f"  {_local(outcome.evaluated_at)}"))
    if stands is not None:
        _show_standing(out, stands, at=outcome.evaluated_at, told={each.message for each in outcome.findings})
    record = inert(outcome.record) if outcome.record else Text(_without_record(outcome), "dim")
    print_paragraph(out, Text("record: ").append(record))
    out.print()
    if not outcome.findings:
        if stands is not None:
            in_order = calm(stands.here) and calm(stands.said)
        else:
            in_order = bool(outcome.admission) and all(
                each.action is AdmissionAction.ACCEPT for each in outcome.admission
            )
        well = "Nothing is wrong: receivers have no reason to refuse this mail."
        print_paragraph(out, Text(well if in_order else "Nothing is known to be wrong.", "green"))
    place, to_publish = _record_to_publish(outcome)
    for finding in outcome.findings:
        fix = finding.fix
        if fix is not None and fix.value == to_publish and (fix.action is FixAction.ASK or fix.name == place):
            fix = None  # it stands below
        print_finding(out, finding, None if fix is None else fix.sentence)
    if to_publish is not None:
        print_paragraph(out, Text(f"Publish this TXT record at {place}{_instead(outcome)}:", "bold"))
        # In one line without a frame, however long: it is there to be copied.
        out.print(Text("  ").append(inert(to_publish)), soft_wrap=True)
        if len(strings(to_publish)) > 1:
            out.print(Text("  In a zone file: ").append(inert(as_zone_file(to_publish))), soft_wrap=True)
        out.print()
    if outcome.findings:
        said = f"`staysub findings {outcome.findings[0].code}` says in plain words what that means and who can mend it."
        print_paragraph(out, inert(said), style="dim")
        out.print()
    if outcome.results:
        out.print(_results_table(outcome))
        if outcome.admission:
            out.print()
            _print_admission(out, outcome, stands)
        unknown = (each for each in outcome.admission if each.action is AdmissionAction.UNKNOWN)
        hanging = {fact for each in unknown for fact in each.undecided}
        for fact, why in UNDECIDED.items():
            if fact in hanging:
                because = OF_NO_LIST.get(fact, why) if outcome.list_id is None else why
                print_paragraph(out, Text(f"unknown: {because}.", "dim"))
        for words in signing_words(outcome):
            print_paragraph(out, inert(words))
    elif not any(each.code == "dns.temperror" for each in outcome.findings):
        print_paragraph(out, "No mail server of its own is known, so no address was checked. Name one with --ip.")
    if trace:
        for result in outcome.results:
            _show_trace(out, result)


def _show_standing(out: Console, stands: "Standing", *, at: datetime, told: Collection[str]) -> None:
    """The level and why, as `staysub status` has them; and what this check would make of them, where that differs.

    A reason that is `told` below, as a finding, is not said twice.
    """
    said, here = stands.said, stands.here
    print_paragraph(out, _level_and_reason(said, told))
    if not stands.recorded:
        print_paragraph(out, Text("By this check alone: what `staysub run` records of the list is not at hand.", "dim"))
    elif stands.changes:
        print_paragraph(out, Text("By what DNS says now: ").append(_level_and_reason(here, told)))
        print_paragraph(out, Text(f"This check is not recorded; the next one that is {_due(stands, at)}.", "dim"))
    out.print()


def _level_and_reason(one: Assessment, told: Collection[str]) -> Text:
    level = Text(level_word(one.level), LEVEL_COLOURS[one.level])
    return level if one.reason in told else level.append(": ", "default").append(inert(one.reason))


def _due(stands: "Standing", at: datetime) -> str:
    if stands.next_check is None:
        return "waits for the workers"
    return "is due now" if stands.next_check <= at else f"is due at {_local(stands.next_check)}"


def _record_to_publish(outcome: CheckOutcome) -> tuple[str, str | None]:
    """Where, and the one record: that which mail needs, else the first that a finding would have."""
    fixes = (finding.fix for finding in outcome.findings if finding.fix is not None)
    first = next((fix for fix in fixes if is_spf_record(fix.type, fix.value) and fix.action is not FixAction.ASK), None)
    if outcome.suggested_record is not None or first is None:
        return place_of(outcome.suggested_record, outcome.findings, outcome.domain), outcome.suggested_record
    return first.name, first.value


def _instead(outcome: CheckOutcome) -> str:
    """What the record takes the place of."""
    several = next((one.evidence["records"] for one in outcome.findings if _is_of_several_there(one)), None)
    if isinstance(several, list):
        return f" instead of {'both' if len(several) == 2 else f'all {len(several)}'} SPF records there"
    near_miss = any("near_miss" in finding.evidence for finding in outcome.findings if finding.code == "spf.none")
    return " instead" if near_miss or outcome.record is not None else ""


def _is_of_several_there(finding: Finding) -> bool:
    """Whether it is about several records where its own is to be published, and not further down."""
    if finding.code != "spf.multiple" or finding.fix is None:
        return False
    return bool(finding.fix.name == finding.evidence.get("alias_of", finding.evidence["domain"]))


def _without_record(outcome: CheckOutcome) -> str:
    """What stands in a record's place: unknown is not absent."""
    if any(finding.code == "dns.no-such-domain" for finding in outcome.findings):
        return "none: the domain does not exist"
    # The finding about the record itself; name servers, DMARC and reverse DNS have their own trouble.
    return "not known: DNS does not answer" if any(map(_is_of_record, outcome.findings)) else "none that can be used"


def _is_of_record(finding: Finding) -> bool:
    """Whether it says that the domain's own record could not be asked for."""
    if finding.code == "dns.failing":
        return finding.evidence["domain"] == finding.evidence["sender"]
    return finding.code == "dns.temperror" and "trouble" in finding.evidence


def _results_table(outcome: CheckOutcome) -> Rows:
    differ = any(each.lenient_result is not each.result for each in outcome.results)
    more = ["without limits"] if differ else []
    rows = table("address", "identity", "result", *more, "because of", "PTR", title="SPF by address")
    ptr_of = {ptr.client_ip: ptr.result for ptr in outcome.ptrs}
    for each in outcome.results:
        rows.add_row(
            str(each.client_ip),
            each.identity,
            Text(each.result, RESULT_COLOURS[each.result]),
            *([Text(each.lenient_result, RESULT_COLOURS[each.lenient_result])] if differ else []),
            each.mechanism or each.problem or "",
            ptr_of.get(each.client_ip, "") if each.identity is Identity.MAILFROM else "",
        )
    return rows


def _print_admission(out: Console, outcome: CheckOutcome, stands: "Standing | None") -> None:
    """Receivers down, addresses across; of a list a dash where no mail goes from that address to that receiver.

    Addresses that have no room side by side go by number.
    """
    wayless = no_way(outcome.admission, () if stands is None else stands.here.forecasts)
    rules = receiver_rules()
    receivers = {each.receiver: rules.receiver_name(each.receiver) or each.receiver for each in outcome.admission}
    clients = list(dict.fromkeys(each.client_ip for each in outcome.admission))
    heads, title = [str(client) for client in clients], "What receivers would answer"
    widest = max(map(columns_of, receivers.values()), default=0) + sum(GAP + len(head) for head in heads)
    if widest > out.width and not out.soft_wrap:
        print_paragraph(out, Text(f"{title} to mail from", "italic"))
        for n, head in enumerate(heads, start=1):
            out.print(Text(f"  ({n}) {head}"))
        heads, title = [f"({n})" for n in range(1, len(heads) + 1)], ""
    rows = table("receiver", *heads, title=title)
    for receiver, name in receivers.items():
        said = {each.client_ip: each for each in outcome.admission if each.receiver == receiver}
        cells = (
            Text("–", "dim")
            if (receiver, client) in wayless
            else Text(said[client].action, ACTION_COLOURS[said[client].action])
            for client in clients
        )
        rows.add_row(name, *cells)
    out.print(rows)
    if wayless:
        print_paragraph(out, Text("–: from there no mail goes to that receiver.", "dim"))
    for each in () if stands is None else stands.here.forecasts:
        if each.receiver in receivers and speaks(each):
            print_paragraph(
                out, f"{receivers[each.receiver]} was seen to refuse, whatever its rules say.", style="yellow"
            )


def show_tree(out: Console, tree: Node) -> None:
    """The record with all that it includes: what each term costs, what it authorises, where it is at fault."""
    out.print()
    label = Text.assemble(
        (tree.domain, "bold"), f"  {tree.lookups} of 10 lookups, void {tree.void4} over IPv4, {tree.void6} over IPv6"
    )
    above = [Tree(label)]  # the branch that each depth grows from
    for line in outline(tree):
        del above[line.depth + 1 :]
        above.append(above[-1].add(_label(line)))
    out.print(above[0])
    four, six = tree.authorised()
    addresses = sum(network.num_addresses for network in four)
    networks = ", ".join(str(network) for network in six[:5]) + (" …" if len(six) > 5 else "")
    count = f"{addresses:,} IPv4 address{'' if addresses == 1 else 'es'}"
    print_paragraph(out, f"It authorises {count}, and over IPv6 {networks or 'nothing'}.")


def _label(line: TermLine) -> Text:
    label = inert(line.text)
    costs = [f"{line.lookups} lookups" if line.lookups > 1 else "1 lookup"] if line.lookups else []
    costs += [f"void over IPv{family}" for family, void in ((4, line.void4), (6, line.void6)) if void]
    if costs:
        label.append(f"  {', '.join(costs)}", "dim")
    if line.fault is not None:
        label.append("  ✗ ", "bold red").append(inert(line.fault))
    if line.trouble is not None:
        label.append("  ? ", "magenta").append(inert(line.trouble))
    return label


def _show_trace(out: Console, result: SpfOutcome) -> None:
    out.print()
    print_paragraph(out, Text(f"{result.identity} from {result.client_ip}: {result.result}", "bold"))
    for question in result.trace:
        print_paragraph(out, Text("  ").append(inert(_line(question))))


def _line(question: DnsQuestion) -> str:
    answers = ", ".join(question.answers) or "nothing"
    if question.synthesised:
        answers += f", without {', '.join(question.synthesised)}, made up by the name server (DNS64)"
    source = "cache" if question.cached else f"{question.server} in {question.took_ms:.1f} ms"
    ttl = "" if question.ttl_s is None else f" ttl {question.ttl_s}"
    return f"{question.name} {question.rrtype} {question.rcode}{ttl}: {answers} ({source})"


def _local(at: datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
