"""What a notice says, as data: the `data` of a webhook body and all that the mail templates need.

It is JSON-safe and bounded: a body stays below 20 kB. What does not fit is left out, and `omitted` says so; a DNS
record is never cut short, because a cut record published is worse than none.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from monitor.admission.rules import RuleSet
from monitor.incident.condition import Condition
from monitor.managers.catalogue import kind_named
from monitor.model.evidence import REFUSING
from monitor.model.findings import Finding, finding_document, place_of
from monitor.model.incidents import ChangeKind, Incident, IncidentChange
from monitor.model.lists import MailingList
from monitor.model.order import ACTIONS_WORST_FIRST, LEVELS_URGENT_FIRST, worst_first
from monitor.model.risk import Assessment, ReceiverForecast, SeenRefusals
from monitor.mtas.parties import parties
from monitor.notify.notice import SUBSCRIBERS_BEFORE, encode
from monitor.phrase.phrase import Phrase, plural, say
from monitor.risk.no_way import no_way
from monitor.risk.relief import Relief
from monitor.risk.seen_findings import named
from monitor.wording.days import Days
from monitor.wording.incident import headline, tonight
from monitor.wording.past import past
from monitor.wording.receiver import concerned, words_of
from monitor.wording.stake import stake_of
from monitor.wording.vocabulary import in_danger

_LONE: Final = re.compile("[\ud800-\udfff]")  # half a pair: no UTF-8 has it
PAYLOAD_LIMIT_BYTES: Final = 18_000  # Standard Webhooks 1.0 recommends bodies below 20 kB; the envelope needs its share
TEXT_LIMIT: Final = 600  # characters of one sentence or reply
RECORD_LIMIT: Final = 4_000  # characters of one record; the longest that DNS over TCP can carry is of no use to anybody
FINDINGS_LIMIT: Final = 20
RECEIVERS_LIMIT: Final = 20
EVIDENCE_LIMIT: Final = 8
SOURCES_LIMIT: Final = 2  # of a rule
_TOO_LONG: Final = {
    "record": say("record: too long, see the link"),
    "suggested_record": say("suggested record: too long, see the link"),
    "findings": say("findings: too long, see the link"),
}
LISTS_TOLD: Final = 100  # of those that share a cause; the page has them all


def payload(
    incident: Incident,
    change: IncidentChange,
    assessment: Assessment,
    listed: MailingList,
    rules: RuleSet,
    *,
    link: str | None = None,
    relief: Relief | None = None,
    zone: tzinfo = UTC,
    subscribers_before: int | None = None,
) -> dict[str, Any]:
    """The `data` of a notice about this change. Times are RFC 3339 in UTC; null is unknown, never none.

    `zone` is where its reader is: days within sentences are told as they are there. `relief` is the change at the list
    manager that gains the most time. `subscribers_before` is how many were told to be in danger, where it is told that
    they are more.
    """
    findings, days = worst_first(assessment.findings), Days(zone, change.at)
    forecasts = sorted(assessment.forecasts, key=_urgency)
    data: dict[str, Any] = {
        "incident_id": incident.id,
        "revision": change.revision,
        "change": change.kind.value,
        "list": listed.id,
        "list_address": listed.address,
        "level": change.level.value,
        "previous_level": change.previous_level.value,
        "cause": _short(change.cause),
        "reason": _short(assessment.reason),
        "opened_at": _time(incident.opened_at),
        "changed_at": _time(change.at),
        "resolved_at": _time(incident.resolved_at),
        "act_by": _time(assessment.act_by) if change.kind is not ChangeKind.RESOLVED else None,
        "manager": listed.manager,
        "findings": [finding_of(finding) for finding in findings[:FINDINGS_LIMIT]],
        "at_stake": _at_stake(assessment, rules),
        "forecast": [_forecast(each, assessment, listed, rules) for each in forecasts[:RECEIVERS_LIMIT]],
        "receivers": _receivers(assessment, rules)[:RECEIVERS_LIMIT],
        "subscribers_affected": _subscribers(assessment.forecasts),
        "headline": _short(headline(assessment.forecasts, rules, findings)),
        "tonight": [_short(each) for each in _tonight(assessment, listed, rules, relief, days)],
        "relief": None if relief is None else relief.document(),
        "past": _past(incident, assessment, listed, rules, days) if change.kind is ChangeKind.RESOLVED else None,
        "record": _record(assessment.record),
        "suggested_record": _record(assessment.suggested_record),
        "record_name": place_of(assessment.suggested_record, findings, listed.reverse_path.rpartition("@")[2]),
        "link": link,
        "omitted": [],
    }
    if subscribers_before is not None:
        data[SUBSCRIBERS_BEFORE] = subscribers_before
    over = len(findings) - FINDINGS_LIMIT
    if over > 0:
        data["omitted"].append(_more(over, "finding"))
    if assessment.record is not None and data["record"] is None:
        data["omitted"].append(say("record: longer than {limit} characters, see the link", limit=RECORD_LIMIT))
    if assessment.suggested_record is not None and data["suggested_record"] is None:
        data["omitted"].append(
            say("suggested record: longer than {limit} characters, see the link", limit=RECORD_LIMIT)
        )
    return _bounded(data)


def installation_payload(
    incident: Incident, heard: IncidentChange, condition: Condition, *, link: str | None
) -> dict[str, Any]:
    """The `data` of a notice about a condition of the installation."""
    return {
        "incident_id": incident.id,
        "revision": incident.revision,
        "change": heard.kind.value,
        "title": condition.title or say("Over: {condition}", condition=condition.subject.name.replace(":", " ", 1)),
        "level": condition.level.value,
        "previous_level": heard.previous_level.value,
        "reason": condition.reason,
        "findings": [finding_of(each) for each in condition.findings],
        "lists": list(condition.lists[:LISTS_TOLD]),
        "lists_more": max(0, len(condition.lists) - LISTS_TOLD),
        "link": link,
        "omitted": [],
    }


def size_bytes(data: Mapping[str, Any]) -> int:
    """How long the payload is as UTF-8."""
    return len(encode(data).encode("utf-8", "replace"))


def _bounded(data: dict[str, Any]) -> dict[str, Any]:
    """The payload below its limit: the least urgent entries go first, then what only explains."""
    dropped: dict[str, int] = {"finding": 0, "forecast": 0, "receiver": 0}
    rooms = {"finding": "findings", "forecast": "forecast", "receiver": "receivers"}
    said = list(data["omitted"])
    while size_bytes(data) > PAYLOAD_LIMIT_BYTES:
        longest = max(rooms, key=lambda word: len(encode({"": data[rooms[word]]})))
        if len(data[rooms[longest]]) <= 1:
            for key in ("record", "suggested_record", "findings"):
                data[key] = [] if key == "findings" else None
                said.append(_TOO_LONG[key])
                if size_bytes(data) <= PAYLOAD_LIMIT_BYTES:
                    break
            data["omitted"] = said
            return data
        data[rooms[longest]].pop()
        dropped[longest] += 1
        data["omitted"] = said + [_more(count, word) for word, count in dropped.items() if count]
    return data


def finding_of(finding: Finding) -> dict[str, Any]:
    """A finding as notices say it."""
    said = finding_document(finding)
    fix = said["fix"]
    value = None if fix is None else _record(fix["value"]) if fix["type"] else _short(fix["value"], RECORD_LIMIT)
    return said | {
        "code": _short(finding.code, 80),
        "message": _short(finding.message),
        "evidence": {_short(key, 60): _evidence(item) for key, item in list(finding.evidence.items())[:EVIDENCE_LIMIT]},
        "fix": None
        if value is None
        else fix | {"name": _short(fix["name"], 255), "type": _short(fix["type"], 20), "value": value},
        "reference": _short(finding.reference, 120),
    }


def _evidence(item: object) -> Any:
    match item:
        case str():
            return _short(item, 200)
        case list():
            return [_short(str(entry), 100) for entry in item[:EVIDENCE_LIMIT]]
        case float() if not math.isfinite(item):
            return None  # JSON has no word for it
        case bool() | int() | float() | None:
            return item
        case _:
            return _short(str(item), 200)


def _at_stake(assessment: Assessment, rules: RuleSet) -> dict[str, Any]:
    document = stake_of(assessment, name=rules.receiver_name).document()
    return document | {"receivers": [_short(each) for each in document["receivers"]]}


def _tonight(
    assessment: Assessment, listed: MailingList, rules: RuleSet, relief: Relief | None, days: Days
) -> tuple[str, ...]:
    machine, _ = parties(listed.manager, listed.mta, listed.bounce_policy)
    return tonight(
        assessment.forecasts,
        rules,
        kind=kind_named(listed.manager),
        machine=machine,
        outbound=listed.outbound,
        days=days,
        findings=assessment.findings,
        relief=relief,
    )


def _past(
    incident: Incident, assessment: Assessment, listed: MailingList, rules: RuleSet, days: Days
) -> dict[str, str]:
    said = past(incident, assessment.forecasts, rules, kind=kind_named(listed.manager), days=days)
    return {name: _short(each) for name, each in said.items()}


def _seen(seen: SeenRefusals, rules: RuleSet) -> dict[str, Any]:
    """What was seen, with the rule that the reply follows."""
    rule = rules.rule(seen.rule)
    return {
        "first": _time(seen.first),
        "last": _time(seen.last),
        "posts": seen.posts,
        "posts_sent": round(seen.sent, 1),
        "recipients": seen.recipients,
        "subscribers": seen.subscribers,
        "share": seen.share,
        "hit": seen.hit.value,
        "action": seen.action.value,
        "families": list(seen.families),
        "rule": seen.rule,
        "rule_about": None if rule is None else _short(rule.topic.about),
        "rule_sources": [] if rule is None else [_short(each, 200) for each in rule.sources[:SOURCES_LIMIT]],
        "reply": _short(seen.reply),
        "domains": [_short(each, 255) for each in seen.domains],
        "disabled": seen.disabled,
        "disabled_at": _time(seen.disabled_at),
        "removed_on": _time(seen.removed_on),
        "at_next_post": seen.at_next_post,
        "over_since": _time(seen.over_since),
        "contradicts": seen.contradicts,
        "exact": seen.exact,
        "taken_by_others": seen.taken_by,
        "gives_up_at": _time(seen.gives_up_at),
    }


def _forecast(
    forecast: ReceiverForecast, assessment: Assessment, listed: MailingList, rules: RuleSet
) -> dict[str, Any]:
    machine, mta = parties(listed.manager, listed.mta, {**assessment.mta_seen, **listed.bounce_policy})
    now = assessment.assessed_at
    rate, words = forecast.failure_rate, words_of(forecast, machine=machine, mta=mta, now=now).document()
    return {
        "receiver": forecast.receiver,
        "receiver_name": _short(named(forecast, rules.receiver_name)) if forecast.receiver else None,
        "action": forecast.action.value,
        "actions": {family: action.value for family, action in forecast.actions.items()},
        "level": forecast.level.value,
        "subscribers": forecast.subscribers,
        "failure_rate": None if rate is None else {"mean": rate.mean, "low": rate.low, "high": rate.high},
        "post_bounces": forecast.post_bounces,
        "disabled_on": _time(forecast.disabled_on),
        "removed_on": _time(forecast.removed_on),
        "seen": None if forecast.seen is None else _seen(forecast.seen, rules),
        "words": words | {"reply": _short(words["reply"])},
    }


def _receivers(assessment: Assessment, rules: RuleSet) -> list[dict[str, Any]]:
    """The receivers that would not take the list's mail: each once, at its worst, with its reply."""
    counts = {forecast.receiver: forecast.subscribers for forecast in assessment.forecasts}
    wayless = no_way(assessment.admission, assessment.forecasts)
    worst: dict[str, dict[str, Any]] = {}
    for admission in sorted(assessment.admission, key=lambda entry: ACTIONS_WORST_FIRST.index(entry.action)):
        if admission.action in REFUSING and (admission.receiver, admission.client_ip) not in wayless:
            entry = worst.setdefault(
                admission.receiver,
                {
                    "receiver": admission.receiver,
                    "receiver_name": rules.receiver_name(admission.receiver),
                    "action": admission.action.value,
                    "subscribers": counts.get(admission.receiver),
                    "client_ips": [],
                    "reply": None if admission.reply is None else _short(admission.reply),
                },
            )
            address = str(admission.client_ip)
            if address not in entry["client_ips"] and len(entry["client_ips"]) < EVIDENCE_LIMIT:
                entry["client_ips"].append(address)
    return list(worst.values())


def _subscribers(forecasts: Sequence[ReceiverForecast]) -> int | None:
    """How many subscribers are hit at receivers in danger; None where no count is known."""
    counts = [hit for f in forecasts if in_danger(f.level) and (hit := concerned(f)) is not None]
    return sum(counts) if counts else None


def _urgency(forecast: ReceiverForecast) -> tuple[int, float, int]:
    """Sorts the worst level first, then the nearest date, then the most subscribers."""
    date = forecast.disabled_on.timestamp() if forecast.disabled_on else float("inf")
    return LEVELS_URGENT_FIRST.index(forecast.level), date, -(forecast.subscribers or 0)


def _short(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text, encodable as UTF-8; a longer one is cut and says so, and is no phrase any more."""
    if isinstance(text, Phrase) and len(text) <= limit and not _LONE.search(text):
        return text
    clean = text.encode("utf-8", "replace").decode()
    return clean if len(clean) <= limit else f"{clean[: limit - 8]}… (cut)"


def _record(value: str | None) -> str | None:
    """A record whole, or not at all."""
    if value is None or len(value) > RECORD_LIMIT:
        return None
    return value.encode("utf-8", "replace").decode()


def _more(count: int, word: str) -> Phrase:
    if word == "finding":
        return plural("{n} more finding, see the link", "{n} more findings, see the link", count)
    if word == "forecast":
        return plural("{n} more forecast, see the link", "{n} more forecasts, see the link", count)
    return plural("{n} more receiver, see the link", "{n} more receivers, see the link", count)


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
