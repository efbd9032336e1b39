"""What is wrong on a message's way, each with what to do."""

from collections.abc import Iterator, Sequence

from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import say
from monitor.trace.authentication import AuthenticationResult
from monitor.trace.boundary import Path, PlacedHop, admd_name
from monitor.trace.forwarding import Between
from monitor.trace.hop_spf_findings import evidence_of, is_believed, recipients_name, spf_findings


def hop_findings(
    path: Path, results: Sequence[AuthenticationResult], between: Between | None = None
) -> Iterator[Finding]:
    """What the way of a message shows.

    Only what the recipient's domain wrote itself is believed (RFC 8601 section 1.2).
    """
    yield from spf_findings(path, results, between)
    yield from _ipv4_to_ipv6_inside(path)
    yield from _other_methods(results)
    yield from _strangers(path, results)


def _ipv4_to_ipv6_inside(path: Path) -> Iterator[Finding]:
    """Of every domain on the way that took the mail over IPv4 and handed it on over IPv6 within itself."""
    told = set()
    for visit in path.visits:
        entry = next((each.hop for each in visit if each.crossing and each.hop.client_ip is not None), None)
        if entry is None or entry.client_ip is None or entry.client_ip.version != 4 or visit[0].admd in told:
            continue
        inside = next((each.hop for each in visit if each.hop.n > entry.n and _is_over_ipv6(each)), None)
        if inside is None:
            continue
        told.add(visit[0].admd)
        yield Finding(
            code="hop.ipv4-to-ipv6-inside",
            severity=Severity.INFO,
            message=say(
                "The mail entered {domain} over IPv4 and went on over IPv6 between its own hosts. "
                "A check made there would see an inside address: only what was written at the border counts.",
                domain=admd_name(visit[0].admd),
            ),
            evidence={
                "domain": admd_name(visit[0].admd),
                "entered_from": str(entry.client_ip),
                "entered_hop": entry.n,
                "inside_address": str(inside.client_ip),
                "inside_hop": inside.n,
            },
            reference="RFC 7208 appendix F",
        )


def _is_over_ipv6(placed: PlacedHop) -> bool:
    """Whether it went from one host to another: within one host there is loopback."""
    address = placed.hop.client_ip
    return not placed.crossing and address is not None and address.version == 6 and not address.is_loopback


def _other_methods(results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    seen = set()
    for each in results:
        if not is_believed(each) or each.field.startswith("arc-") or each.method not in {"dkim", "dmarc", "iprev"}:
            continue
        if each.result in {"pass", "none", "bestguesspass", "neutral", "unknown"} or each.method in seen:
            continue
        if each.method == "iprev" and each.where == "inside":
            continue  # of a gateway, or of a host of its own
        good = {other.method for other in results if is_believed(other) and other.result == "pass"}
        if each.method in good:
            continue  # one passing signature is enough (RFC 6376 section 6.1)
        seen.add(each.method)
        unknown = each.result in {"temperror", "error"}
        yield Finding(
            code=f"hop.{each.method}-{'temperror' if unknown else 'fail'}",
            severity=Severity.UNKNOWN if unknown else Severity.WARNING,
            message=say("The receiver's {method} check gave {result}.", method=each.method.upper(), result=each.result),
            evidence=evidence_of(each),
            reference={
                "dkim": "RFC 6376 section 6.1",
                "dmarc": "RFC 9989 section 5",
                "iprev": "RFC 8601 section 2.7.3",
            }[each.method],
        )


def _strangers(path: Path, results: Sequence[AuthenticationResult]) -> Iterator[Finding]:
    forged = [each for each in results if each.forged]
    if forged:
        yield Finding(
            code="hop.authentication-forged",
            severity=Severity.WARNING,
            message=say(
                "The message already carried authentication results in the name of {domain} when it came in. "
                "They are left over or forged, and are not believed.",
                domain=recipients_name(path),
            ),
            evidence={"authserv_id": forged[0].authserv_id, "results": len(forged)},
            reference="RFC 8601 sections 5 and 7.1",
        )

    unproven = [each for each in results if each.unproven]
    if unproven:
        yield Finding(
            code="hop.authentication-unproven",
            severity=Severity.INFO,
            message=say(
                "Results in the name of {domain} stand directly below Received fields. Filters at Postfix write there, but "
                "a sender can too. They are true if that server deletes such fields from outside.",
                domain=unproven[0].authserv_id or recipients_name(path),
            ),
            evidence={"authserv_id": unproven[0].authserv_id, "results": len(unproven)},
            reference="RFC 8601 section 5",
        )
