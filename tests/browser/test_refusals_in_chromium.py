"""The page of a list that one receiver refuses though DNS is sound: who refuses whom is seen at a glance."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from monitor.config.settings import Settings
from monitor.evidence.bounces.source import BOUNCES
from monitor.evidence.checks.source import CHECKS
from monitor.evidence.sketch import digest
from monitor.model.evidence import AdmissionAction, BounceReport
from monitor.operations.reassess import evidence_of
from monitor.risk.judge import judge
from monitor.store import open_store
from tests.browser.conftest import served
from tests.builders import a_check
from tests.integration.redis_server import redis_server
from tests.pages import pages_of
from tests.refusals import BEGUN, REPLY, SOUND, refused


@pytest.fixture(scope="module")
def refusing():
    """The address of the pages: 22 subscribers at Gmail were refused for six days."""
    story = refused(subscribers=22, there=22)
    listed, now = story.listed, story.now
    settings = Settings(file_lists=(listed,))
    with redis_server() as url:
        store = open_store(url)
        for part in ("worker", "beat", "receiver", "resolver", "web", "check"):
            store.heartbeats.beat(part, now)
        for slot in range(4):
            at = now - timedelta(minutes=15 * (3 - slot))
            store.evidence.record(CHECKS, replace(a_check(SOUND, at=at, slot=slot), list_id=listed.id))
        for day in range(6):
            at = BEGUN.replace(day=BEGUN.day + day)
            for member in range(22):
                report = BounceReport(
                    list_id=listed.id,
                    id=f"{day}:{member}",
                    at=at,
                    kind="policy",
                    receiver="gmail",
                    rule=None,
                    about=None,
                    action=AdmissionAction.REJECT,
                    family=6,
                    recipients=1,
                    domains=("gmail.com",),
                    post=digest(f"post {day}"),
                    members=(digest(f"member {member}"),),
                    text=REPLY,
                )
                store.evidence.record(BOUNCES, report)
        found = judge(evidence_of(store, listed, settings, story.rules, now=now))
        store.outcomes.record_assessment(found, cause="bounce")
        with served(pages_of(lambda: settings, store, lambda: now, demo_url="")) as address:
            yield address


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)], ids=["light desk", "dark phone"])
def test_who_refuses_whom_is_seen_at_a_glance(chromium, refusing, scheme, width):
    """The reply is quoted, what was seen stands apart from what is reckoned, what has happened is told as such."""
    context = chromium.new_context(base_url=refusing, color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto("/lists/ipv6-ops")
    if folder := os.environ.get("STAYSUB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"list-refused-{width}.png", full_page=True)
    expect(page.locator(".headline .lead")).to_contain_text("22 subscribers at Gmail disabled")
    expect(page.locator(".finding").first).to_contain_text("Gmail refuses what its rules would take")
    gmail = page.locator(".receiver", has_text="Gmail").first
    gmail.locator("summary").first.click()
    said = " ".join(gmail.inner_text().split())
    assert "refused 6 of about 6 posts since" in said
    assert "for all 22 subscribers there over IPv6" in said
    assert "Our system has detected" in said
    assert "Reckoned its rules would take the mail" in said
    assert "disabled since" in said
    expect(page.locator(".elsewhere")).to_contain_text("41 subscribers are at domains whose mail servers are not known")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    context.close()
