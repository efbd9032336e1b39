"""What is counted, for `/metrics`: names, labels with every value that they may have, bounds of histograms. Pure.

Counts are kept in Redis, so that every process adds to the same ones and none is lost with its process.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from monitor.model.dns import SpfResult
from monitor.model.evidence import AdmissionAction, ProbeState
from monitor.model.findings import CheckStatus
from monitor.model.incidents import ChangeKind, NoticeState

Counts = Mapping[str, float]  # fields of the hash of counts, and what to add to each
OTHER: Final = "other"  # the label of what has no label of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A number that only grows. `labels` are (name, every value it may have)."""

    name: str  # without `_total`
    help_text: str
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def series(self) -> tuple[tuple[str, ...], ...]:
        """Every combination of label values."""
        return tuple(product(*(values for _, values in self.labels)))

    def field(self, *values: str) -> str:
        """Where the series of these label values is kept; a value that is not among those named counts as `other`.

        Raises ValueError where there is no `other` either: a mistake of ours.
        """
        kept = []
        for (label, known), value in zip(self.labels, values, strict=True):
            if value not in known and OTHER not in known:
                raise ValueError(f"{self.name} has no {label} {value!r}")
            kept.append(value if value in known else OTHER)
        return " ".join((self.name, *kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How often something took how long. `bounds` are upper ones, in seconds, the last being infinite."""

    name: str
    help_text: str
    bounds: tuple[float, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """Where the buckets are kept: not cumulative, one more than there are bounds."""
        return tuple(f"{self.name} {number}" for number in range(len(self.bounds) + 1))

    @property
    def sum_field(self) -> str:
        """Where the sum is kept."""
        return f"{self.name} sum"

    def one(self, seconds: float) -> dict[str, float]:
        """One observation, as counts to add."""
        return {self.fields[bisect_left(self.bounds, seconds)]: 1, self.sum_field: seconds}


CHECKS: Final = Counter(
    name="staysub_checks", help_text="Checks of lists by their status.", labels=(("status", tuple(CheckStatus)),)
)
CHECK_DURATION: Final = Histogram(
    name="staysub_check_duration_seconds",
    help_text="How long a check took, DNS included.",
    bounds=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0),
)
SPF_RESULTS: Final = Counter(
    name="staysub_spf_results",
    help_text="Results of check_host() for lists' reverse-paths, by address family (RFC 7208 section 2.6).",
    labels=(("family", ("4", "6")), ("result", tuple(SpfResult))),
)
SECOND_OPINIONS: Final = Counter(
    name="staysub_spf_second_opinions",
    help_text="What pyspf said of results whose answers had changed: the same, another by a known difference, another, or unknown.",
    labels=(("said", ("same", "known", "differs", "unknown")),),
)
PROBES: Final = Counter(
    name="staysub_probes",
    help_text="Probes that came to an end, by it. One that was given up and arrives later comes to two.",
    labels=(("state", (ProbeState.ARRIVED, ProbeState.REJECTED, ProbeState.BOUNCED, ProbeState.LOST)),),
)
PROBES_BEGUN: Final = Counter(name="staysub_probes_begun", help_text="Probes that were begun.")
PROBE_DELAY: Final = Histogram(
    name="staysub_probe_delay_seconds",
    help_text="How long probes were under way, from submission to arrival.",
    bounds=(0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0),
)
INCIDENT_CHANGES: Final = Counter(
    name="staysub_incident_changes", help_text="What happened to incidents.", labels=(("kind", tuple(ChangeKind)),)
)
NOTICES: Final = Counter(
    name="staysub_notices",
    help_text="Notices that came to an end: delivered, given up as dead letters, or not wanted by their reader.",
    labels=(
        ("channel", ("mail", "webhook")),
        ("state", (NoticeState.DELIVERED, NoticeState.DEAD, NoticeState.WITHHELD)),
    ),
)
OUTCOMES: Final = (
    "delivered",
    "timeout",
    "connect",
    "resolve",
    "tls",
    "closed",
    "http-3xx",
    "http-4xx",
    "http-5xx",
    "smtp-4yz",
    "smtp-5yz",
    "auth",
    "refused-address",
    OTHER,
)
NOTICE_ATTEMPTS: Final = Counter(
    name="staysub_notice_attempts",
    help_text="Tries to deliver a notice, by what came of them.",
    labels=(("channel", ("mail", "webhook")), ("outcome", OUTCOMES)),
)
CACHE_REQUESTS: Final = Counter(
    name="staysub_resolver_cache_requests",
    help_text="Questions of the workers' resolvers, by whether the cache knew the answer.",
    labels=(("result", ("hit", "miss")),),
)
HEARTBEATS: Final = Counter(
    name="staysub_heartbeat_calls",
    help_text="Calls of the dead-man's switch, by what came of them.",
    labels=(("outcome", tuple(each for each in OUTCOMES if not each.startswith(("smtp", "auth")))),),
)
CLOCK_JUMPS: Final = Counter(
    name="staysub_clock_jumps",
    help_text="Jumps of the clocks of our machines and of the store, of ten seconds or more, by where to.",
    labels=(("direction", ("forward", "back")),),
)

LOG_LINES: Final = Counter(name="staysub_log_lines", help_text="Lines of mail servers' logs that were read.")
LOG_UNREAD: Final = Counter(
    name="staysub_log_unread_lines", help_text="Lines of mail servers' logs that are of no known form."
)
REPLIES: Final = Counter(
    name="staysub_replies",
    help_text="Tries to hand lists' mail to receivers, by what was answered and over which address family, as logs tell.",
    labels=(
        ("action", (AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT)),
        ("family", ("4", "6", OTHER)),
    ),
)
UNREADABLE: Final = Counter(
    name="staysub_store_unreadable", help_text="What was met in the store and could not be read: left out, and logged."
)

COUNTERS: Final[Sequence[Counter]] = (
    CHECKS,
    SPF_RESULTS,
    SECOND_OPINIONS,
    PROBES_BEGUN,
    PROBES,
    INCIDENT_CHANGES,
    NOTICES,
    NOTICE_ATTEMPTS,
    CACHE_REQUESTS,
    HEARTBEATS,
    CLOCK_JUMPS,
    LOG_LINES,
    LOG_UNREAD,
    REPLIES,
    UNREADABLE,
)
HISTOGRAMS: Final[Sequence[Histogram]] = (CHECK_DURATION, PROBE_DELAY)


def outcome_label(outcome: str) -> str:
    """The label of a delivery's outcome: `http-503` is `http-5xx`, `smtp-450` is `smtp-4yz`, `relay-tls` is `tls`."""
    word = outcome.removeprefix("relay-")
    kind, _, digits = word.partition("-")
    if kind == "http" and digits[:1] in {"3", "4", "5"}:
        return f"http-{digits[0]}xx"
    if kind == "smtp" and digits[:1] in {"4", "5"}:
        return f"smtp-{digits[0]}yz"
    return word if word in OUTCOMES else OTHER
