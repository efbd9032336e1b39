"""One list as pages, API and live updates show it: read once for a request, each view made at first need."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from fastapi import HTTPException
from markupsafe import Markup

from monitor.admission.rules import RuleSet
from monitor.config.settings import Settings
from monitor.evidence.arrivals.source import ARRIVALS
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.dmarc_reports.source import DMARC_REPORTS
from monitor.evidence.genuine import networks
from monitor.evidence.probes.source import PROBES
from monitor.evidence.seen_mail import mail_of
from monitor.evidence.source import ListEvidence
from monitor.evidence.tls_reports.source import TLS_REPORTS
from monitor.model.evidence import Arrival, CheckOutcome, Probe
from monitor.model.incidents import Notice
from monitor.model.level_run import LevelRun
from monitor.model.lists import MailingList
from monitor.model.risk import Assessment, RiskLevel
from monitor.operations.reassess import WEIGHED, evidence_in
from monitor.overview.rows import Row, row
from monitor.overview.summary import UNREADABLE, summary_of
from monitor.store.list_record import Depth, ListRecord
from monitor.tongue.voice import Voice
from monitor.web.page_services import PageServices
from monitor.web.pages.events import LOOK
from monitor.web.views.addresses import Address, addresses
from monitor.web.views.bounced import bounced
from monitor.web.views.glance import Glance, glance, lead_of
from monitor.web.views.history import ONE_BY_ONE, WINDOWS, YOUNG, History
from monitor.web.views.outlook import Outlook, outlook
from monitor.web.views.reported import Reported, reported
from monitor.web.views.timeline_chart import timeline
from monitor.web.views.wording import check_key
from monitor.wording.once import Told, told_once

LEVEL: Final = Depth(assessment=True)
NOW: Final = LEVEL | Depth(current=True, due=True)
EVERY_CHECK: Final = Depth(evidence={CHECKS: 1000})  # more than are kept
# How much of the past each window of the timeline reads: a check every 15 minutes, a probe an hour.
DRAWN: Final = {"1h": 600, "24h": 150, "7d": 1000, "90d": 2000}
CHECKS_DRAWN: Final = 100
REPORTS: Final = Depth(evidence={DMARC_REPORTS: 200, TLS_REPORTS: 100, ARRIVALS: ARRIVALS.read})  # all that are kept


def page_depth(window: str) -> Depth:
    """All that the page of a list shows, with that window of its past."""
    drawn = CHECKS_DRAWN if window in ONE_BY_ONE else 0
    history = Depth(evidence={PROBES: DRAWN[window]}, drawn=drawn, history=DRAWN[window], incidents=10, tallies=True)
    return WEIGHED | NOW | LOOK | history


@dataclass(frozen=True, kw_only=True)
class ListView:
    """One list at one moment. What was not read is not there: see the depth that it was read to."""

    listed: MailingList
    record: ListRecord
    settings: Settings
    rules: RuleSet
    now: datetime

    @property
    def assessment(self) -> Assessment | None:
        """What we think of it; None before the first check."""
        return self.record.assessment

    @property
    def level(self) -> RiskLevel:
        """Its level; unknown before the first check."""
        return RiskLevel.UNKNOWN if self.assessment is None else self.assessment.level

    @property
    def checks(self) -> tuple[CheckOutcome, ...]:
        """Its checks, newest first."""
        return self.record.of(CHECKS)

    @property
    def probes(self) -> tuple[Probe, ...]:
        """Its probes, newest first."""
        return self.record.of(PROBES)

    @property
    def mail(self) -> tuple[Arrival, ...]:
        """What arrived of it and shows how its mail travels, newest first."""
        return mail_of(self.evidence)

    @property
    def newest(self) -> CheckOutcome | None:
        """The newest check."""
        return next(iter(self.checks), None)

    def check(self, key: str) -> CheckOutcome | None:
        """The check of that name."""
        return next((each for each in self.record.of(CHECKS) if str(check_key(each)) == key), None)

    @cached_property
    def row(self) -> Row:
        """As in the overview."""
        return row(self.listed, UNREADABLE if self.record.unreadable else summary_of(self.assessment))

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """Its findings, each thing of them said once."""
        found = () if self.assessment is None else self.assessment.findings
        replies = () if self.assessment is None else (one.seen.reply for one in self.assessment.forecasts if one.seen)
        return told_once(found, (*replies, *(() if self.newest is None else texts_of(self.newest))))

    @property
    def suggested(self) -> str:
        """The record that would be better though no finding says so; "" where there is none."""
        record = "" if self.assessment is None else self.assessment.suggested_record or ""
        said = {each.finding.fix.value for each in self.told if each.finding.fix is not None}
        return "" if record in said or (self.assessment and record == self.assessment.record) else record

    @property
    def lead(self) -> str:
        """What is at stake in one line; before the first check, why that is not known."""
        if self.assessment is None:
            return self.row.summary.reason
        return lead_of(self.assessment, self.rules, now=self.now)

    def glance(self, outlook: Outlook | None) -> Glance | None:
        """The top of its page; None before the first check."""
        if self.assessment is None or outlook is None:
            return None
        return glance(self.assessment, self.record.history, outlook.there)

    def notices(self, owner: bool) -> tuple[Notice, ...]:  # noqa: FBT001 - as templates call it
        """What was sent of it; an owner sees what went to owners, not where the host's programs listen."""
        return tuple(each for each in self.record.notices if not owner or each.channel == "mail")

    @cached_property
    def evidence(self) -> ListEvidence:
        """What still weighs something."""
        return evidence_in(self.record, self.listed, self.settings, self.rules, now=self.now)

    @property
    def reported(self) -> Reported:
        """What receivers report of it, read as deep as REPORTS."""
        record = self.record
        known = networks(record.of(ARRIVALS), self.listed)
        return reported(record.of(DMARC_REPORTS), record.of(TLS_REPORTS), self.listed, known)

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Its addresses: declared, observed, authorised."""
        return addresses(self.listed.outbound, self.mail, self.newest)

    def outlook(self, word: str) -> Outlook | None:
        """What is to come, after the change of that word if there is one; None before the first check."""
        if self.assessment is None:
            return None
        return outlook(self.evidence, self.assessment, self.settings, word=word)

    def levels_of(self, window: str) -> list[LevelRun]:
        """Its levels within that time, newest first."""
        return [each for each in self.record.history if each.assessed_at >= self.now - WINDOWS[window]]

    @property
    def window(self) -> str:
        """How much of its past is drawn where nobody asks for another window: the last hour, of a list that is new."""
        levels = self.levels_of("24h")
        young = levels and self.record.tallies and levels[-1].since > self.now - YOUNG
        return "1h" if young else "24h"

    def timeline(self, window: str, voice: Voice) -> Markup:
        """The picture of its past."""
        history = History(
            levels=self.levels_of(window),
            checks=self.record.drawn,
            probes=self.probes,
            arrivals=self.mail,
            bounces=bounced(self.record.ledger, self.rules, list_id=self.listed.id),
            incidents=self.record.incidents,
            tallies=self.record.tallies,
        )
        return timeline(
            history, window=window, now=self.now, check_every=self.settings.schedule.check_every, voice=voice
        )


def texts_of(check: CheckOutcome) -> tuple[str, ...]:
    """What of a check is shown as such, and need be no evidence too: the record and the faults of its terms."""
    return (check.record or "", *(each.fault for each in check.tree if each.fault))


def watched(
    services: PageServices, list_id: str | None, depth: Depth, *, missing: str, says_why: bool = True
) -> ListView:
    """A list under watch, read so deep; 404 with that sentence where it is not watched. Raises StoreUnavailable.

    Of one whose stored settings cannot be used it says instead why they cannot, unless strangers read it.
    """
    listed = None if list_id is None else services.watched(list_id)
    if listed is None:
        unusable = services.store.lists.unreadable.get(list_id or "") if says_why else None
        raise HTTPException(404, unusable or missing)
    return view_of(services, listed, depth)


def view_of(services: PageServices, listed: MailingList, depth: Depth) -> ListView:
    """A list with these settings, read so deep. Raises StoreUnavailable."""
    record = services.store.list_record(listed.id, depth)
    return ListView(
        listed=listed, record=record, settings=services.settings(), rules=services.rules, now=services.now()
    )
