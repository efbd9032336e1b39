"""What a probe says to people and to programs: how it arrived, what was refused before, and when it was tried again."""

from datetime import timedelta

from monitor.cli.output import console
from monitor.model.dns import SpfOutcome
from monitor.model.evidence import Arrival, Probe, ProbeState
from monitor.probe.life import goes_on, retries

GOES_ON = {
    True: "deferred at one of our addresses it went on to the next at once: so it goes over to IPv4 where a receiver has it",
    False: "deferred at one of our addresses it did not go on to the next at once: it waits, and tries IPv4 later if at all",
    None: "not seen: that takes a 4yz, and two IPv6 addresses at the receiver's name",
}


def document(probe: Probe, arrival: Arrival | None) -> dict[str, object]:
    """The JSON document: probe, arrival or null, seconds between attempts, whether it goes on at once."""
    schedule = retries(probe, None if arrival is None else arrival.received_at)
    return {
        "probe": probe,
        "arrival": arrival,
        "client_network": None if arrival is None else arrival.client_network,
        "retries_s": [delay.total_seconds() for delay in schedule],
        "goes_on_at_once": goes_on(probe, arrival),
    }


def show(probe: Probe, arrival: Arrival | None) -> None:
    """How one probe went: what was refused first, and how it arrived or why not."""
    rows = facts(arrival) if arrival is not None else pending(probe)
    schedule = retries(probe, None if arrival is None else arrival.received_at)
    for number, attempt in enumerate(probe.seen, start=1):
        then = f", next try after {_seconds(schedule[number - 1])}" if number <= len(schedule) else ""
        rows.append((f"refused {number}", f"from {attempt.client_ip}: {attempt.reply}{then}"))
    if probe.seen:
        rows.append(("IPv4", GOES_ON[goes_on(probe, arrival)]))
    if probe.dsn:
        rows.append(("DSN", probe.dsn))
    show_table(rows)


def show_table(rows: list[tuple[str, str]]) -> None:
    """Names and values, without lines."""
    from monitor.cli.layout import Facts

    console().print(Facts(rows))


def facts(arrival: Arrival) -> list[tuple[str, str]]:
    """What the receiver saw of it."""
    none = "none" if arrival.tls is False else "none; our receiver offered none, or did not note whether"
    tls = f"{arrival.tls_version}, {arrival.tls_cipher}" if arrival.tls_version else none
    names = ", ".join(arrival.ptr.names)
    rows = [
        ("arrived", f"{arrival.received_at:%Y-%m-%d %H:%M:%S} UTC, after {_seconds(arrival.delay)}"),
        ("from", f"{arrival.client_ip}, which says it is {arrival.helo}"),
        ("network", str(arrival.client_network)),
        ("PTR", f"{arrival.ptr.result}{f' ({names})' if names else ''}"),
    ]
    rows += [(f"SPF {each.identity}", _spf(each)) for each in arrival.spf]
    rows += [(f"DKIM {each.selector}", f"{each.result} for {each.domain}") for each in arrival.dkim] or [
        ("DKIM", "unsigned")
    ]
    if arrival.dmarc is not None:
        rows.append(("DMARC", f"{arrival.dmarc.result}, policy {arrival.dmarc.policy or 'none'}"))
    return [*rows, ("TLS", tls), ("hops", " → ".join(hop.by_host or "?" for hop in arrival.hops))]


def _spf(outcome: SpfOutcome) -> str:
    lenient = outcome.lenient_result
    beside = "" if lenient is outcome.result else f" ({lenient} to a verifier without the void-lookup limit)"
    return f"{outcome.result} for {outcome.domain}{beside}"


def pending(probe: Probe) -> list[tuple[str, str]]:
    """Where a probe stands that has not arrived."""
    rows = [("state", f"{probe.state}, not arrived" + (", by our own doing or fault" if probe.ours else ""))]
    if probe.reply:
        rows.append(("reply", probe.reply))
    if probe.state is ProbeState.REJECTED and probe.as_rule is None:
        rows.append(("to do", "Allow this host to submit mail there; deploy/postfix shows how, for Postfix."))
    return rows


def _seconds(delay: timedelta | None) -> str:
    return "an unknown time" if delay is None else f"{delay.total_seconds():.1f} s"
