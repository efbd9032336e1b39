"""What our own name servers made up by DNS64 and a check left out, as a finding about our own network. Pure."""

from collections.abc import Mapping, Sequence

from monitor.dns.answer import Answer
from monitor.model.findings import Finding, Severity
from monitor.phrase.phrase import Phrase, joined, listed, say

NAMES_TOLD = 3  # in the sentence; the evidence has them all
NAMES_KEPT = 20


def left_out_findings(heard: Mapping[tuple[str, str], Answer]) -> tuple[Finding, ...]:
    """That something was left out, if it was: nothing is wrong with the list, and nothing is unknown for it."""
    lines = [each.question for each in heard.values() if each.question.synthesised]
    if not lines:
        return ()
    names = sorted({line.name for line in lines if line.rrtype == "AAAA"} or {line.name for line in lines})
    servers = sorted({line.server for line in lines if line.server})
    told = listed(names[:NAMES_TOLD], "comma")
    if len(names) > NAMES_TOLD:
        told = say("{names} and {n} more", names=told, n=len(names) - NAMES_TOLD)
    return (
        Finding(
            code="resolver.dns64",
            severity=Severity.INFO,
            message=joined(
                " ",
                (
                    made_up(servers),
                    say(
                        "Here that was so for {names}. It is a matter of Staysub's own network, not of the list: name "
                        "servers without DNS64 can be named in [dns] nameservers.",
                        names=told,
                    ),
                ),
            ),
            evidence={
                "names": names[:NAMES_KEPT],
                "addresses": sorted({text for line in lines for text in line.synthesised})[:NAMES_KEPT],
                "nameservers": servers,
            },
            reference="RFC 6147 section 5.1",
        ),
    )


def made_up(servers: Sequence[str]) -> Phrase:
    """What these name servers of ours do, and what becomes of it."""
    if len(servers) == 1:
        return say(
            "The name server that we ask, {server}, makes up IPv6 addresses for hosts that have none (DNS64). "
            "Receivers do not see them, so they are left out.",
            server=servers[0],
        )
    return say(
        "Name servers that we ask make up IPv6 addresses for hosts that have none (DNS64). "
        "Receivers do not see them, so they are left out."
    )
