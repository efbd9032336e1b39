"""What a check says to programs: the JSON document `staysub.check/1`, and one line for Nagios."""

from typing import TYPE_CHECKING, Any

from monitor.cli.check.batch import result
from monitor.cli.output import nagios_line
from monitor.cli.status import said_of_one
from monitor.model.dns import Identity, SpfOutcome, SpfResult
from monitor.model.evidence import Admission, CheckOutcome
from monitor.model.findings import finding_document
from monitor.spf.fix import strings

if TYPE_CHECKING:  # imported where used: a domain needs no store
    from monitor.cli.check.standing import Standing


def document(outcome: CheckOutcome, stands: "Standing | None" = None, *, trace: bool) -> dict[str, Any]:
    """The JSON of a check: schema staysub.check/1."""
    return {
        "domain": outcome.domain,
        "list": outcome.list_id,
        "evaluated_at": outcome.evaluated_at,
        "status": outcome.status,
        "level": None if stands is None else stands.said.level,
        "reason": None if stands is None else stands.said.reason,
        "act_by": None if stands is None else stands.said.act_by,
        "assessed_at": None if stands is None else stands.said.assessed_at,
        "with_this_check": None
        if stands is None
        else {"level": stands.here.level, "reason": stands.here.reason, "act_by": stands.here.act_by},
        "record": outcome.record,
        "cost": {
            "lookups": outcome.cost.lookups,
            "lookup_limit": outcome.cost.lookup_limit,
            "void": outcome.cost.void,
            "void_limit": outcome.cost.void_limit,
        },
        "results": [_result(each, trace=trace) for each in outcome.results],
        "ptr": [
            {
                "client_ip": each.client_ip,
                "result": each.result,
                "names": each.names,
                "confirmed": each.confirmed,
                "problem": each.problem,
            }
            for each in outcome.ptrs
        ],
        "dkim": [
            {
                "domain": None if each.key is None else each.key.domain,
                "selector": None if each.key is None else each.key.selector,
                "known_by": each.known_by,
                "seen_at": each.seen_at,
                "aligned": each.aligned,
                "key": next((key.state for key in outcome.keys if key.key == each.key), None),
            }
            for each in outcome.signed
        ],
        "findings": [finding_document(each) for each in outcome.findings],
        "admission": [_admission(each) for each in outcome.admission],
        "suggested_record": outcome.suggested_record,
        "suggested_strings": None if outcome.suggested_record is None else strings(outcome.suggested_record),
    }


def _result(each: SpfOutcome, *, trace: bool) -> dict[str, Any]:
    return {**result(each), "trace": each.trace} if trace else result(each)


def _admission(each: Admission) -> dict[str, Any]:
    return {
        "receiver": each.receiver,
        "client_ip": each.client_ip,
        "action": each.action,
        "reply": each.reply,
        "rule": each.rule,
        "because": each.because,
        "undecided": each.undecided,
    }


def plugin_line(outcome: CheckOutcome, stands: "Standing | None" = None) -> str:
    """`STAYSUB CRITICAL - example.org: … | lookups=3;;10 void=0;;2 passing=2`; of a list as `status` says it."""
    words = outcome.findings[0].message if outcome.findings else "SPF and reverse DNS are in order."
    said = f"{outcome.list_id or outcome.domain}: {words}" if stands is None else said_of_one(stands.said)
    passing = sum(each.result is SpfResult.PASS for each in outcome.results if each.identity is Identity.MAILFROM)
    cost = outcome.cost
    data = f"lookups={cost.lookups};;{cost.lookup_limit} void={cost.void};;{cost.void_limit} passing={passing}"
    return nagios_line(outcome.status, said, data)
