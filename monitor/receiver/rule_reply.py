"""Answering as a provider would: the reply of a dated receiver rule, in the form that one SMTP reply line can have."""

import re
from datetime import date
from difflib import get_close_matches
from typing import Final

from monitor.admission.data import Rule, RuleSet
from monitor.admission.shown import filled
from monitor.errors import UsageError
from monitor.model.dns import IpAddress
from monitor.receiver.limits import REPLY_OCTETS_MAX

_CODE: Final = re.compile(r"([45][0-9]{2})[ -]+")
_ENHANCED: Final = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}\b")
_NEXT_LINE: Final = re.compile(r"\s+[45][0-9]{2}[ -]+[45]\.[0-9]{1,3}\.[0-9]{1,3}\s+")  # of a reply with several lines


def refusal(rule: Rule, client_ip: IpAddress, *, domain: str = "", helo: str = "") -> str:
    """The rule's documented reply as this client would get it: code, enhanced code, text; one line of ASCII.

    Where the documentation leaves the code away, that of the rule is put in front (RFC 5321 section 4.2; RFC 3463).
    """
    example = filled(rule.example, client_ip, domain=domain, helo=helo)
    text = _NEXT_LINE.sub(" ", " ".join(example.split()))
    found = _CODE.match(text)
    code = found[1] if found else _first(rule.code, r"[45][0-9]{2}", "450" if rule.permanence == "soft" else "550")
    said = text[found.end() :] if found else text
    if not _ENHANCED.match(said):
        said = f"{_first(rule.enhanced, _ENHANCED.pattern, f'{code[0]}.7.1')} {said}"
    line = f"{code} {said}".encode("ascii", "replace").decode("ascii")
    return "".join(c if c.isprintable() else "?" for c in line)[:REPLY_OCTETS_MAX].rstrip()


def find_rule(rules: RuleSet, name: str, *, on: date) -> Rule:
    """The rule behind a rule's id, or behind a receiver's: what that receiver answers on that day over IPv6.

    Of a receiver's demands the one about authentication is taken, the story of this program, else its first.
    Raises UsageError, with the nearest names.
    """
    by_id = {rule.id: rule for rule in rules.rules}
    if name in by_id:
        return by_id[name]
    receivers = {receiver.id: receiver for receiver in rules.receivers}
    if name not in receivers:
        near = get_close_matches(name, [*receivers, *by_id], n=3) or list(receivers)
        raise UsageError(f"There is no receiver or rule {name!r}; try {', '.join(near)}.")
    asked = [each for each in receivers[name].demands if on in each.span and 6 in each.family]
    if not asked:
        raise UsageError(f"{receivers[name].name} asks for nothing special over IPv6 on {on}; name one of its rules.")
    return next((each for each in asked if "spf" in each.needs), asked[0]).rule


def _first(alternatives: str, pattern: str, otherwise: str) -> str:
    """The first of `550|554` that is a whole code; classes such as `5xx` are none."""
    return next((each for each in alternatives.split("|") if re.fullmatch(pattern, each)), otherwise)
