"""Names whose servers deny them for one type of record and not for another, as findings. Pure."""

from collections.abc import Mapping
from typing import Final

from monitor.dns.answer import Answer
from monitor.dns.heard import Denied, denied_names
from monitor.model.findings import Finding, Fix, FixAction, Severity

SHOWN: Final = 5  # names; the same servers deny all of theirs


def denied_findings(heard: Mapping[tuple[str, str], Answer]) -> tuple[Finding, ...]:
    """One finding a name that exists and was denied."""
    return tuple(_finding(each) for each in denied_names(heard)[:SHOWN])


def _finding(denied: Denied) -> Finding:
    types = " and ".join(denied.asked)
    below = denied.there.endswith(denied.name)
    there = f"{denied.there} below it does" if below else f"it has a record of type {denied.there}"
    return Finding(
        code="dns.name-denied",
        severity=Severity.WARNING,
        message=f"Asked for {types} of {denied.name}, its name server says that there is no such name (NXDOMAIN), though "
        f"{there}. Resolvers remember that the name does not exist, and then find nothing else there either.",
        evidence={"name": denied.name, "denied": list(denied.asked), "there": denied.there},
        fix=Fix(
            action=FixAction.ASK,
            name=f"whoever runs the name servers of {denied.name}",
            type="",
            value=f"answer a question for {types} of {denied.name} with NOERROR and no record, not with NXDOMAIN",
        ),
        reference="RFC 8020 section 2" if below else "RFC 4074 section 4.2",
    )
