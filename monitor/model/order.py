"""Orders of levels, severities and actions: each once. Pure."""

from collections.abc import Iterable
from typing import Final

from monitor.model.evidence import AdmissionAction
from monitor.model.findings import CheckStatus, Finding, Severity
from monitor.model.risk import RiskLevel

# How dangerous each level is. UNKNOWN is none of the four and stands nowhere among them.
RANK: Final = {RiskLevel.OK: 0, RiskLevel.WATCH: 1, RiskLevel.AT_RISK: 2, RiskLevel.CRITICAL: 3}

ABOVE_OK: Final = (RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL)  # where something is to be mended
IN_DANGER: Final = (RiskLevel.AT_RISK, RiskLevel.CRITICAL)  # where subscribers are

# What a person looks at first: an unknown list before one that is known to be well.
LEVELS_URGENT_FIRST: Final = (
    RiskLevel.CRITICAL,
    RiskLevel.AT_RISK,
    RiskLevel.WATCH,
    RiskLevel.UNKNOWN,
    RiskLevel.OK,
)

# What is known to be wrong comes before what is not known.
ALARMING: Final = (Severity.WARNING, Severity.CRITICAL)  # what is a reason for danger; what we do not know is none
SEVERITIES_WORST_FIRST: Final = (Severity.CRITICAL, Severity.WARNING, Severity.UNKNOWN, Severity.INFO)
STATUS_OF: Final = {
    Severity.CRITICAL: CheckStatus.CRITICAL,
    Severity.WARNING: CheckStatus.WARNING,
    Severity.UNKNOWN: CheckStatus.UNKNOWN,
    Severity.INFO: CheckStatus.OK,
}
# Of a list: in danger it is critical, to be watched a warning; what is not known is unknown, whatever else there is.
STATUS_OF_LEVEL: Final = {
    RiskLevel.OK: CheckStatus.OK,
    RiskLevel.WATCH: CheckStatus.WARNING,
    RiskLevel.AT_RISK: CheckStatus.CRITICAL,
    RiskLevel.CRITICAL: CheckStatus.CRITICAL,
    RiskLevel.UNKNOWN: CheckStatus.UNKNOWN,
}
STATUSES_WORST_FIRST: Final = tuple(STATUS_OF[severity] for severity in SEVERITIES_WORST_FIRST)

ACTIONS_WORST_FIRST: Final = (
    AdmissionAction.REJECT,
    AdmissionAction.DEFER,
    AdmissionAction.UNKNOWN,
    AdmissionAction.ACCEPT,
)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst finding first; equals keep their order."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES_WORST_FIRST.index(finding.severity)))


def status_of(findings: Iterable[Finding]) -> CheckStatus:
    """The status of the worst finding; OK where there is none."""
    return worst_status(STATUS_OF[finding.severity] for finding in findings)


def worst_status(statuses: Iterable[CheckStatus]) -> CheckStatus:
    """The worst; OK where there is none."""
    return min(statuses, key=STATUSES_WORST_FIRST.index, default=CheckStatus.OK)
