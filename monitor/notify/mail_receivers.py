"""What happens to whom and when: the receivers that a mail tells of, each once. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from monitor.model.order import ABOVE_OK
from monitor.model.risk import Hit
from monitor.phrase.phrase import joined, listed, say, sentence
from monitor.wording.days import Days
from monitor.wording.receiver import NOT_COUNTED
from monitor.wording.sentence import subscribers
from monitor.wording.vocabulary import in_danger

TOLD_MOST: Final = 6  # receivers of one mail; the page has them all
REPLIES_MOST: Final = 2  # of the rules' replies, which are long: where subscribers are in danger
DOMAINS_MOST: Final = 4


def receivers_told(data: Mapping[str, Any], days: Days) -> list[dict[str, Any]]:
    """The receivers that are not ok and where the list has subscribers, those that were seen to refuse first.

    Each has `name`, `whom`, `level`, `does`, `asks` and `reply` (what it said, or would say), `dates` as pairs of a
    word and what is expected, and `seen`.
    """
    forecasts = [each for each in data.get("forecast", ()) if each.get("level") in ABOVE_OK]
    there = sorted(_with_subscribers(forecasts), key=lambda each: not _goes_on(each))
    answers = {each.get("receiver"): each for each in data.get("receivers", ())}
    found = [_told(each, answers.get(each.get("receiver")), days) for each in there[:TOLD_MOST]]
    if not found:
        found = [_answer(each) for each in _with_subscribers(data.get("receivers", ()))[:TOLD_MOST]]
    endangered = [each for each in found if in_danger(each["level"])] or found
    quoted = [each for each in endangered if not each["seen"]][:REPLIES_MOST]
    for each in found:
        if not each["seen"] and each not in quoted:
            each["reply"] = ""
    return found


def _goes_on(forecast: Mapping[str, Any]) -> bool:
    """Whether the receiver was seen to refuse more than single addresses, and goes on."""
    seen = forecast.get("seen") or {}
    return bool(seen) and not seen.get("over_since") and seen.get("hit") != Hit.ADDRESSES


def _with_subscribers(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The receivers that the list has subscribers at, as far as is known; all, where it has them at none of these."""
    return [one for one in entries if one.get("subscribers") != 0] or list(entries)


def _told(forecast: Mapping[str, Any], answer: Mapping[str, Any] | None, days: Days) -> dict[str, Any]:
    words, seen = forecast.get("words") or {}, _goes_on(forecast)
    told = forecast.get("seen") if seen else None
    asks, reply = (
        (say("It said"), (told or {}).get("reply") or say("(nothing that was copied)")) if seen else _asked(answer)
    )
    does = [words.get("seen" if seen else "reckoned") or _of_action(forecast)]
    if told and told.get("contradicts"):
        does.append(words.get("reckoned", ""))
    counted = forecast.get("subscribers") != 0
    return {
        "name": forecast.get("receiver_name") or forecast.get("receiver") or say("Other receivers"),
        "whom": words.get("whom") or _whom(forecast.get("subscribers")),
        "level": forecast["level"],
        "does": [sentence(each) for each in does if each],
        "asks": asks,
        "reply": reply,
        "dates": [pair for pair in _dates(forecast, words, days) if pair[1] and counted],
        "domains": ", ".join(((told or {}).get("domains") or ())[:DOMAINS_MOST]),
        "rule": _rule(told),
        "seen": seen,
    }


def _answer(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One of which only the answer is known."""
    asks, reply = _asked(entry)
    return {
        "name": entry.get("receiver_name") or entry.get("receiver") or say("Other receivers"),
        "whom": _whom(entry.get("subscribers")),
        "level": "unknown",
        "does": [sentence(_of_action(entry))],
        "asks": asks,
        "reply": reply,
        "dates": [],
        "domains": "",
        "rule": "",
        "seen": False,
    }


def _asked(answer: Mapping[str, Any] | None) -> tuple[str, str]:
    """What its rules would say to mail from which addresses."""
    if answer is None or not answer.get("reply"):
        return "", ""
    addresses = listed(answer.get("client_ips", ()), "comma")
    return say("It would say to mail from {addresses}", addresses=addresses), str(answer["reply"])


def _dates(forecast: Mapping[str, Any], words: Mapping[str, Any], days: Days) -> list[tuple[str, str]]:
    """When they are disabled, and removed."""
    return [
        (say("Disabled"), words.get("disabled") or _expected(forecast.get("disabled_on"), days)),
        (say("Removed"), words.get("removed") or _expected(forecast.get("removed_on"), days)),
    ]


def _expected(at: str | None, days: Days) -> str:
    return "" if at is None else say("expected on {day}", day=days.day(datetime.fromisoformat(at)))


def _whom(number: int | None) -> str:
    return NOT_COUNTED if number is None else subscribers(number)


def _of_action(entry: Mapping[str, Any]) -> str:
    does = {"reject": say("would reject the mail"), "defer": say("would put the mail off")}
    return does.get(str(entry.get("action")), "")


def _rule(seen: Mapping[str, Any] | None) -> str:
    """The rule that a reply follows, with the newest source."""
    if seen is None or not seen.get("rule"):
        return ""
    source = next(iter(seen.get("rule_sources") or ()), "")
    about = seen.get("rule_about") or ""
    return joined(" ", (joined(": ", (seen["rule"], about)) if about else f"{seen['rule']}:", source))
