"""Findings about a zone's name servers. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from monitor.dns.report import FAILED, ServerAnswer, ServerState, ZoneReport
from monitor.dns.text import quote
from monitor.model.findings import Finding, Fix, FixAction, Severity

SLOW_MS = 1000.0  # a resolver's usual patience before it asks the next server is about a second

_WORDS = {
    ServerState.TIMEOUT: "does not answer",
    ServerState.UNREACHABLE: "cannot be reached",
    ServerState.LAME: "answers, but not for this zone",
    ServerState.MALFORMED: "answers nonsense",
    ServerState.TCP_REFUSED: "cuts its answer off and refuses TCP",
}


def zone_findings(report: ZoneReport) -> tuple[Finding, ...]:
    """What is wrong with the servers of a zone, worst first; nothing where nothing is known to be."""
    if report.unknown is not None:
        return (_unknown(report, report.unknown),)
    asked = [answer for answer in report.answers if answer.state is not ServerState.NOT_ASKED]
    if not asked:
        return ()  # our own lack: it says nothing about the zone
    failed = [answer for answer in asked if answer.state in FAILED]
    if len(failed) == len(asked):
        return (_unknown(report, f"None of the {len(asked)} server addresses of {report.zone} gave an answer."),)
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
        message=f"The name servers of {report.name} could not be examined: {why}",
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
        message=(
            f"The name servers of {report.zone} do not agree about {report.name}: {_list(odd)} "
            f"{'gives' if len(odd) == 1 else 'give'} another answer than the rest. "
            f"About {len(odd) / len(answered):.0%} of questions get it, so that the same mail passes SPF here and fails there."
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
            f"Bring {_list(odd)} up to date: compare the SOA serial on each server and let the zone be transferred again.",
        ),
        reference="RFC 1034 section 4.3.5",
    )


def _unreachable(report: ZoneReport, failed: Sequence[ServerAnswer], asked: Sequence[ServerAnswer]) -> Finding | None:
    if not failed and not report.without_address:
        return None
    shares = failure_share(asked)
    parts = [
        f"{_place(one)} {_WORDS[one.state]}{f' ({one.why})' if one.why and one.why != one.state else ''}"
        for one in failed
    ]
    parts += [f"{name} has no address" for name in report.without_address]
    families = ", ".join(f"{name} {part:.0%}" for name, part in shares.items() if part and name != "all")
    whole = f"About {shares['all'] or 0:.0%} of first questions fail{f' ({families})' if families else ''}; "
    return Finding(
        code="dns.server-unreachable",
        severity=Severity.WARNING,
        message=(
            f"Of the name servers of {report.zone}, {'; '.join(parts)}. {whole}"
            "a receiver that does not ask another server in time sees a temporary SPF failure."
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
            f"Let {_list(failed) or ', '.join(report.without_address)} answer for {report.zone}, or take it out of the zone's NS records.",
        ),
        reference="RFC 2182 section 3",
    )


def _tcp_refused(report: ZoneReport, refused: Sequence[ServerAnswer], asked: Sequence[ServerAnswer]) -> Finding | None:
    if not refused:
        return None
    return Finding(
        code="dns.tcp-refused",
        severity=Severity.WARNING,
        message=(
            f"The answer for {report.name} does not fit a UDP message, and {_list(refused)} "
            f"{'does' if len(refused) == 1 else 'do'} not answer over TCP. "
            f"About {len(refused) / len(asked):.0%} of questions get no answer."
        ),
        evidence={
            "zone": report.zone,
            "servers": [_place(one) for one in refused],
            "share": round(len(refused) / len(asked), 3),
        },
        fix=_ask(
            report, f"Open TCP port 53 on {_list(refused)}, or make the TXT records at {report.name} fewer or shorter."
        ),
        reference="RFC 7766 section 5",
    )


def _no_ipv6(report: ZoneReport) -> Finding | None:
    if any(one.family == 6 for one in report.answers) or report.unresolved or not report.without_ipv6:
        return None
    return Finding(
        code="dns.no-ipv6-server",
        severity=Severity.INFO,
        message=(
            f"No name server of {report.zone} has an IPv6 address. "
            "A receiver whose resolver has IPv6 only cannot look up anything there."
        ),
        evidence={"zone": report.zone, "servers": list(report.without_ipv6)},
        fix=_ask(report, f"Give at least one of {', '.join(report.without_ipv6)} an IPv6 address."),
        reference="RFC 3901",
    )


def _slow(report: ZoneReport, asked: Sequence[ServerAnswer]) -> Finding | None:
    slow = [one for one in asked if (one.took_ms or 0) > SLOW_MS]
    if not slow:
        return None
    return Finding(
        code="dns.server-slow",
        severity=Severity.INFO,
        message=f"Of the name servers of {report.zone}, {_list(slow)} took longer than a second to answer; resolvers may give up.",
        evidence={"zone": report.zone, "servers": [f"{_place(one)}: {one.took_ms:.0f} ms" for one in slow]},
        reference="RFC 7208 section 4.6.4",
    )


def _ask(report: ZoneReport, value: str) -> Fix:
    return Fix(action=FixAction.ASK, name=f"who runs the name servers of {report.zone}", type="", value=value)


def _place(one: ServerAnswer) -> str:
    return f"{one.server_name} ({one.address})"


def _list(servers: Sequence[ServerAnswer]) -> str:
    return ", ".join(map(_place, servers))
