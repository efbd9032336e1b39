"""Whatever happens to a list, its readers hear of it once, in order, and never of what we could not see."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.incident.decision import IncidentPolicy, decide
from monitor.incident.entries import acknowledge
from monitor.incident.lifecycle import LifePolicy
from monitor.incident.notify_reason import SILENT_REASONS, NotifyPolicy, NotifyReason
from monitor.incident.silence import make
from monitor.model.incidents import ChangeKind, IncidentState
from monitor.model.risk import RiskLevel
from tests.sample_notices import NO_PTR, NOT_COVERED, NOW, assessment

CHECKS = st.lists(
    st.tuples(
        st.sampled_from(RiskLevel),
        st.sampled_from([(NO_PTR,), (NOT_COVERED, NO_PTR)]),
        st.sampled_from([timedelta(minutes=15), timedelta(hours=7), timedelta(days=3)]),
        st.sampled_from(["", "", "", "acknowledge", "silence"]),
    ),
    max_size=25,
)
POLICIES = st.builds(
    lambda least, remind, escalate: IncidentPolicy(
        life=LifePolicy(), notify=lambda: NotifyPolicy(tell_from=least, remind_every=remind, escalate_after=escalate)
    ),
    st.sampled_from([RiskLevel.WATCH, RiskLevel.AT_RISK, RiskLevel.CRITICAL]),
    st.sampled_from([None, timedelta(days=1)]),
    st.sampled_from([None, timedelta(hours=12)]),
)


@given(CHECKS, POLICIES)
@settings(deadline=None)
def test_what_is_told_of_a_list_is_told_once_and_in_order(checks, policy):
    current, levels, silences, ended, now, known = None, [], [], [], NOW, RiskLevel.OK
    for level, findings, later, deed in checks:
        now += later
        if deed == "silence":
            facts = {"list_id": None, "receiver": None, "finding": None}
            silences = [make(by="ann", reason="", now=now, until=now + timedelta(days=1), **facts)]
        elif deed and current is not None and current.state is not IncidentState.PENDING:
            current, _ = acknowledge(current, by="ann", reason="", now=now, until=now + timedelta(days=2))
        levels.insert(0, level)
        facts = (levels, assessment(level, *findings, at=now), policy)
        more = {"now": now, "silences": silences, "recent": ended}
        decided = decide(current, *facts, **more)
        kept, heard = decided.incident, decided.heard
        assert (heard is None) is (decided.reason in SILENT_REASONS)
        if level is RiskLevel.UNKNOWN:
            assert (kept, heard) == (current, None), "what we could not see changed something"
        if heard is not None:
            assert not any(each.until > now for each in silences), "told in silence"
            before = {RiskLevel.OK, RiskLevel.UNKNOWN} if known is RiskLevel.OK else {known}
            assert heard.previous_level in before, "against something else than what they knew"
            assert (known is RiskLevel.OK) is (heard.kind is ChangeKind.RAISED), "its beginning is told first, and once"
            known = heard.level
        if kept is not None:
            revisions = [each.revision for each in kept.history]
            assert revisions == sorted(set(revisions))
            assert kept.revision == revisions[-1]
        if kept is None or kept.state is IncidentState.RESOLVED:
            ended = [*([kept] if kept else []), *ended]
            current, known = None, RiskLevel.OK
        else:
            again = decide(kept, *facts, **more)
            # What the owners hear and that the administrators have to hear may fall due at once: one after the other.
            assert again.heard is None or decided.reason is not again.reason is NotifyReason.ESCALATION, "told twice"
            current = again.incident
            assert decide(current, *facts, **more).heard is None, "the same facts were told twice"
