"""Names of receivers and the sources of their rules, from the dated data. Pure."""

from functools import cache

from monitor.admission.data import Rule, load_rules


def receiver_name(receiver_id: str | None) -> str:
    """How the receiver calls itself; the id where the data do not know it; anyone for None."""
    return "any receiver" if receiver_id is None else _names().get(receiver_id, receiver_id)


def rule(rule_id: str | None) -> Rule | None:
    """The rule of that id, with its dates and source, or None."""
    return None if rule_id is None else _rules().get(rule_id)


@cache
def _names() -> dict[str, str]:
    return {each.id: each.name for each in load_rules().receivers}


@cache
def _rules() -> dict[str, Rule]:
    return {each.id: each for each in load_rules().rules}
