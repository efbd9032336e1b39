"""What our own name servers made up by DNS64 and a check left out, as a finding about our own network. Pure."""

from collections.abc import Mapping, Sequence

from monitor.dns.answer import Answer
from monitor.model.findings import Finding, Severity

NAMES_TOLD = 3  # in the sentence; the evidence has them all
NAMES_KEPT = 20


def left_out_findings(heard: Mapping[tuple[str, str], Answer]) -> tuple[Finding, ...]:
    """That something was left out, if it was: nothing is wrong with the list, and nothing is unknown for it."""
    lines = [each.question for each in heard.values() if each.question.synthesised]
    if not lines:
        return ()
    names = sorted({line.name for line in lines if line.rrtype == "AAAA"} or {line.name for line in lines})
    servers = sorted({line.server for line in lines if line.server})
    more = f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else ""
    return (
        Finding(
            code="resolver.dns64",
            severity=Severity.INFO,
            message=f"{made_up(servers)} Here that was so for {', '.join(names[:NAMES_TOLD])}{more}. It is a matter of "
            "Staysub's own network, not of the list: name servers without DNS64 can be named in [dns] nameservers.",
            evidence={
                "names": names[:NAMES_KEPT],
                "addresses": sorted({text for line in lines for text in line.synthesised})[:NAMES_KEPT],
                "nameservers": servers,
            },
            reference="RFC 6147 section 5.1",
        ),
    )


def made_up(servers: Sequence[str]) -> str:
    """What these name servers of ours do, and what becomes of it."""
    who = f"The name server that we ask, {servers[0]}, makes" if len(servers) == 1 else "Name servers that we ask make"
    return f"{who} up IPv6 addresses for hosts that have none (DNS64). Receivers do not see them, so they are left out."
