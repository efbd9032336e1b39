"""What a list's owner is to do about a rule's refusals, at the list manager that the list has. Pure."""

from typing import Final

from monitor.admission.data import Rule
from monitor.managers.remedies import Remedies

OF_AUTHORS: Final = "dmarc"  # the topic of posts that fail DMARC of their authors' domains


def remedy_of(rule: Rule, remedies: Remedies) -> str:
    """The remedy of the rule's topic; for posts that fail DMARC of their authors the manager's own setting."""
    return remedies.rewrite_from if rule.topic.id == OF_AUTHORS else rule.topic.remedy
