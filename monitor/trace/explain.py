"""One message or bounce explained: its way, who checked what where, and what a bounce means."""

from codecs import BOM_UTF8
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from monitor.admission.data import RuleSet
from monitor.errors import Unparsable
from monitor.model.findings import CheckStatus, Finding, finding_document
from monitor.model.order import status_of, worst_first
from monitor.phrase.phrase import say
from monitor.trace.authentication import AuthenticationResult, newest_writer
from monitor.trace.bounce import read_bounce
from monitor.trace.bounce_findings import bounce_findings
from monitor.trace.boundary import Path, PlacedHop, trace_path
from monitor.trace.diagnosis import Diagnosis, diagnoses_of
from monitor.trace.forwarding import who_is_between
from monitor.trace.header import read_header, values, with_line_feeds
from monitor.trace.hop_findings import hop_findings
from monitor.trace.mailbox import MESSAGE_OCTETS_MAX, first_message
from monitor.trace.placing import read_authentication
from monitor.trace.received import read_hops
from monitor.trace.recipients import unnamed_receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What can be read out of one message."""

    kind: Literal["message", "bounce"]
    path: Path
    authentication: tuple[AuthenticationResult, ...]
    bounces: tuple[Diagnosis, ...]  # one a recipient; empty for a message
    findings: tuple[Finding, ...]  # worst first

    @property
    def status(self) -> CheckStatus:
        """The worst finding in the words of the Nagios plugin interface."""
        return status_of(self.findings)


def explain(octets: bytes, rules: RuleSet, *, now: datetime) -> Explanation:
    """A message in any state explained; of a mailbox file, its first.

    Nothing is kept. `now` dates a bounce without a date.

    Raises Unparsable where the octets begin with no header field at all.
    """
    octets = octets[:MESSAGE_OCTETS_MAX].removeprefix(BOM_UTF8)  # some editors save one in front
    octets = first_message(with_line_feeds(octets).lstrip(b"\r\n"))
    header = read_header(octets)
    if not header:
        raise Unparsable(say("This is no message: it does not begin with a header field."))
    diagnoses = diagnoses_of(read_bounce(octets), rules, now=now)
    hops = read_hops(values(header, "received"))
    path = trace_path(hops, written_by=unnamed_receiver(header, hops) or newest_writer(header))
    results = read_authentication(header, path)
    found = bounce_findings(diagnoses) if diagnoses else hop_findings(path, results, who_is_between(path, header))
    return Explanation(
        kind="bounce" if diagnoses else "message",
        path=path,
        authentication=results,
        bounces=diagnoses,
        findings=worst_first(found),
    )


def as_document(explanation: Explanation) -> dict[str, Any]:
    """The explanation as the command, the page and the API give it (schema `staysub.explain/1`)."""
    bounces = [_bounce(each) for each in explanation.bounces]
    return {
        "kind": explanation.kind,
        "status": explanation.status.value,
        "hops": [_hop(each) for each in explanation.path.hops],
        "authentication": [_result(each) for each in explanation.authentication],
        "bounce": bounces[0] if bounces else None,
        "bounces": bounces,
        "findings": [finding_document(each) for each in explanation.findings],
    }


def _hop(placed: PlacedHop) -> dict[str, Any]:
    hop = placed.hop
    return {
        "n": hop.n,
        "from": hop.from_host or None,
        "by": hop.by_host or None,
        "client_ip": str(hop.client_ip) if hop.client_ip is not None else None,
        "family": hop.client_ip.version if hop.client_ip is not None else None,
        "with": hop.with_protocol or None,
        "tls": hop.tls,
        "at": hop.at.isoformat().replace("+00:00", "Z") if hop.at is not None else None,
        "delay_s": hop.delay.total_seconds() if hop.delay is not None else None,
        "admd": placed.admd or None,
        "boundary": placed.boundary,
    }


def _result(result: AuthenticationResult) -> dict[str, Any]:
    return {
        "authserv_id": result.authserv_id,
        "method": result.method,
        "result": result.result,
        "client_ip": str(result.client_ip) if result.client_ip is not None else None,
        "hop": result.hop,
        "where": result.where,
        "trusted": result.trusted,
        "field": result.field,
        "domain": result.domain,
        "arc_instance": result.arc_instance,
    }


def _bounce(diagnosis: Diagnosis) -> dict[str, Any]:
    failure = diagnosis.failure
    return {
        "final_recipient": failure.final_recipient or None,
        "action": failure.action,
        "status_code": failure.status_code,
        "diagnostic_code": failure.diagnostic_code,
        "remote_mta": failure.remote_mta,
        "remote_address": str(failure.remote_address) if failure.remote_address is not None else None,
        "family": diagnosis.family,
        "stage": failure.stage,
        "receiver": diagnosis.receiver,
        "rule": diagnosis.rule.id if diagnosis.rule is not None else None,
        "class": diagnosis.kind,
        "counted_wrongly": diagnosis.counted_wrongly,
        "standard": failure.standard,
    }
