"""Findings about a zone's name servers. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from monitor.dns.report import FAILED, ServerAnswer, ServerState, ZoneReport
from monitor.dns.text import quote
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import Phrase, joined, listed, percent, plural, say

SLOW_MS = 1000.0  # a resolver's usual patience before it asks the next server is about a second

_OVER = {"over IPv4": say("over IPv4"), "over IPv6": say("over IPv6")}


def zone_findings(report: ZoneReport) -> tuple[Finding, ...]:
    """What is wrong with the servers of a zone, worst first; nothing where nothing is known to be."""
    if report.unknown is not None:
        return (_unknown(report, report.unknown),)
    asked = [answer for answer in report.answers if answer.state is not ServerState.NOT_ASKED]
    if not asked:
        return ()  # our own lack: it says nothing about the zone
    failed = [answer for answer in asked if answer.state in FAILED]
    if len(failed) == len(asked):
        none = say("None of the {n} server addresses of {zone} gave an answer.", n=len(asked), zone=report.zone)
        return (_unknown(report, none),)
    found = [
        _disagree(report, [answer for answer in asked if answer.state is ServerState.ANSWERED]),
        _unreachable(report, [one for one in failed if one.state is not ServerState.TCP_REFUSED], asked),
        _tcp_refused(report, [one for one in failed if one.state is ServerState.TCP_REFUSED], asked),
        _no_ipv6(report),
        _slow(report, asked),
    ]
    return tuple(one for one in found if one is not None)


def failure_share(answers: Sequence[ServerAnswer]) -> dict[str, float | None]:
    """Share of first questions that fail, 0 to 1: on both families, and over each alone (None: no server).

    A resolver picks among the addresses about evenly (RFC 1035 section 7.2).
    """

    def share(of: Sequence[ServerAnswer]) -> float | None:
        return round(sum(one.state in FAILED for one in of) / len(of), 3) if of else None

    asked = [answer for answer in answers if answer.state is not ServerState.NOT_ASKED]
    return {
        "all": share(asked),
        "over IPv4": share([one for one in asked if one.family == 4]),
        "over IPv6": share([one for one in asked if one.family == 6]),
    }


def _unknown(report: ZoneReport, why: str) -> Finding:
    return Finding(
        code="dns.temperror",
        severity=Severity.UNKNOWN,
        message=say("The name servers of {name} could not be examined: {why}", name=report.name, why=why),
        evidence={"name": report.name, "zone": report.zone, "servers": [_place(one) for one in report.answers]},
        reference="RFC 7208 section 4.4",
    )


def _disagree(report: ZoneReport, answered: Sequence[ServerAnswer]) -> Finding | None:
    by_answer: dict[tuple[str, tuple[bytes, ...]], list[ServerAnswer]] = defaultdict(list)
    for one in answered:
        by_answer[(one.rcode, one.texts)].append(one)
    if len(by_answer) < 2:
        return None
    spf = {tuple(text for text in texts if text.lower().startswith(b"v=spf1")) for _, texts in by_answer}
    common = max(by_answer.values(), key=len)
    odd = [one for group in by_answer.values() if group is not common for one in group]
    return Finding(
        code="dns.servers-disagree",
        severity=Severity.CRITICAL if len(spf) > 1 else Severity.WARNING,
        message=plural(
            "The name servers of {zone} do not agree about {name}: {servers} gives another answer than the rest. "
            "About {share} of questions get it, so that the same mail passes SPF here and fails there.",
            "The name servers of {zone} do not agree about {name}: {servers} give another answer than the rest. "
            "About {share} of questions get it, so that the same mail passes SPF here and fails there.",
            len(odd),
            zone=report.zone,
            name=report.name,
            servers=_list(odd),
            share=_share(len(odd) / len(answered)),
        ),
        evidence={
            "zone": report.zone,
            "share": round(len(odd) / len(answered), 3),
            **{
                f"answer_{number}": [
                    f"{rcode} {' | '.join(map(quote, texts))}".strip(),
                    *(_place(one) for one in group),
                ]
                for number, ((rcode, texts), group) in enumerate(by_answer.items(), 1)
            },
        },
        fix=_ask(
            report,
            say(
                "Bring {servers} up to date: compare the SOA serial on each server and let the zone be transferred again.",
                servers=_list(odd),
            ),
        ),
        reference="RFC 1034 section 4.3.5",
    )


def _unreachable(report: ZoneReport, failed: Sequence[ServerAnswer], asked: Sequence[ServerAnswer]) -> Finding | None:
    if not failed and not report.without_address:
        return None
    shares = failure_share(asked)
    faults = [_fault(one) for one in failed]
    faults += [say("{name} has no address", name=name) for name in report.without_address]
    return Finding(
        code="dns.server-unreachable",
        severity=Severity.WARNING,
        message=joined(
            " ",
            (
                say("Of the name servers of {zone}, {faults}.", zone=report.zone, faults=joined("; ", faults)),
                _failing(shares),
            ),
        ),
        evidence={
            "zone": report.zone,
            "servers": [f"{_place(one)}: {one.state}" for one in failed],
            "without_address": list(report.without_address),
            "share": shares["all"],
            "share_ipv4": shares["over IPv4"],
            "share_ipv6": shares["over IPv6"],
        },
        fix=_ask(
            report,
            say(
                "Let {servers} answer for {zone}, or take it out of the zone's NS records.",
                servers=_list(failed) or listed(report.without_address, "comma"),
                zone=report.zone,
            ),
        ),
        reference="RFC 2182 section 3",
    )


def _fault(one: ServerAnswer) -> Phrase:
    """What the server does in place of answering, and why, where more is known of that."""
    state, server = one.state, _place(one)
    if state is ServerState.TIMEOUT:
        did = say("{server} does not answer", server=server)
    elif state is ServerState.UNREACHABLE:
        did = say("{server} cannot be reached", server=server)
    elif state is ServerState.LAME:
        did = say("{server} answers, but not for this zone", server=server)
    elif state is ServerState.TCP_REFUSED:
        did = say("{server} cuts its answer off and refuses TCP", server=server)
    else:
        did = say("{server} answers nonsense", server=server)
    return say("{fault} ({reason})", fault=did, reason=one.why) if one.why and one.why != state else did


def _failing(shares: Mapping[str, float | None]) -> Phrase:
    """How many questions fail, and over which family."""
    parts = {
        "share": _share(shares["all"] or 0),
        "families": listed(
            (joined(" ", (_OVER[name], _share(part))) for name, part in shares.items() if part and name != "all"),
            "comma",
        ),
    }
    if not parts["families"]:
        return say(
            "About {share} of first questions fail; a receiver that does not ask another server in time sees a temporary "
            "SPF failure.",
            **parts,
        )
    return say(
        "About {share} of first questions fail ({families}); a receiver that does not ask another server in time sees a "
        "temporary SPF failure.",
        **parts,
    )


def _tcp_refused(report: ZoneReport, refused: Sequence[ServerAnswer], asked: Sequence[ServerAnswer]) -> Finding | None:
    if not refused:
        return None
    return Finding(
        code="dns.tcp-refused",
        severity=Severity.WARNING,
        message=plural(
            "The answer for {name} does not fit a UDP message, and {servers} does not answer over TCP. "
            "About {share} of questions get no answer.",
            "The answer for {name} does not fit a UDP message, and {servers} do not answer over TCP. "
            "About {share} of questions get no answer.",
            len(refused),
            name=report.name,
            servers=_list(refused),
            share=_share(len(refused) / len(asked)),
        ),
        evidence={
            "zone": report.zone,
            "servers": [_place(one) for one in refused],
            "share": round(len(refused) / len(asked), 3),
        },
        fix=_ask(
            report,
            say(
                "Open TCP port 53 on {servers}, or make the TXT records at {name} fewer or shorter.",
                servers=_list(refused),
                name=report.name,
            ),
        ),
        reference="RFC 7766 section 5",
    )


def _no_ipv6(report: ZoneReport) -> Finding | None:
    if any(one.family == 6 for one in report.answers) or report.unresolved or not report.without_ipv6:
        return None
    return Finding(
        code="dns.no-ipv6-server",
        severity=Severity.INFO,
        message=say(
            "No name server of {zone} has an IPv6 address. "
            "A receiver whose resolver has IPv6 only cannot look up anything there.",
            zone=report.zone,
        ),
        evidence={"zone": report.zone, "servers": list(report.without_ipv6)},
        fix=_ask(
            report,
            say("Give at least one of {servers} an IPv6 address.", servers=listed(report.without_ipv6, "comma")),
        ),
        reference="RFC 3901",
    )


def _slow(report: ZoneReport, asked: Sequence[ServerAnswer]) -> Finding | None:
    slow = [one for one in asked if (one.took_ms or 0) > SLOW_MS]
    if not slow:
        return None
    return Finding(
        code="dns.server-slow",
        severity=Severity.INFO,
        message=say(
            "Of the name servers of {zone}, {servers} took longer than a second to answer; resolvers may give up.",
            zone=report.zone,
            servers=_list(slow),
        ),
        evidence={"zone": report.zone, "servers": [f"{_place(one)}: {one.took_ms:.0f} ms" for one in slow]},
        reference="RFC 7208 section 4.6.4",
    )


def _ask(report: ZoneReport, value: str) -> Fix:
    name = say("who runs the name servers of {zone}", zone=report.zone)
    return Fix(action=FixAction.ASK, name=name, type="", value=value)


def _share(share: float) -> Phrase:
    """In whole per cent: it is a share of two or three servers."""
    return percent(round(share, 2))


def _place(one: ServerAnswer) -> str:
    return f"{one.server_name} ({one.address})"


def _list(servers: Sequence[ServerAnswer]) -> Phrase:
    return listed(map(_place, servers), "comma")
