"""Names whose servers deny them for one type of record and not for another, as findings. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor.dns.answer import Answer
from monitor.dns.heard import Denied, denied_names
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.phrase import listed, say

SHOWN: Final = 5  # names; the same servers deny all of theirs


def denied_findings(heard: Mapping[tuple[str, str], Answer]) -> tuple[Finding, ...]:
    """One finding a name that exists and was denied."""
    return tuple(_finding(each) for each in denied_names(heard)[:SHOWN])


def _finding(denied: Denied) -> Finding:
    below = denied.there.endswith(denied.name)
    parts = {"types": listed(denied.asked), "name": denied.name, "there": denied.there}
    return Finding(
        code="dns.name-denied",
        severity=Severity.WARNING,
        message=say(
            "Asked for {types} of {name}, its name server says that there is no such name (NXDOMAIN), though {there} below "
            "it does. Resolvers remember that the name does not exist, and then find nothing else there either.",
            **parts,
        )
        if below
        else say(
            "Asked for {types} of {name}, its name server says that there is no such name (NXDOMAIN), though it has a "
            "record of type {there}. Resolvers remember that the name does not exist, and then find nothing else there "
            "either.",
            **parts,
        ),
        evidence={"name": denied.name, "denied": list(denied.asked), "there": denied.there},
        fix=Fix(
            action=FixAction.ASK,
            name=say("whoever runs the name servers of {name}", name=denied.name),
            type="",
            value=say(
                "answer a question for {types} of {name} with NOERROR and no record, not with NXDOMAIN",
                types=parts["types"],
                name=denied.name,
            ),
        ),
        reference="RFC 8020 section 2" if below else "RFC 4074 section 4.2",
    )
