"""The overview of a host with many lists in a real browser: at three widths, light and dark, by keyboard, and live."""

from itertools import product

import pytest
from playwright.sync_api import expect

from monitor.config.settings import Settings
from monitor.model.findings import Fix, FixAction, Severity
from monitor.model.incidents import IncidentSubject
from monitor.model.risk import RiskLevel
from monitor.store import open_store
from tests import seed
from tests.browser.conftest import served
from tests.browser.test_accessibility import violations
from tests.builders import a_finding, a_list, an_assessment, an_incident
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

V6 = "2001:db8:25::25"
PTR = Fix(
    action=FixAction.PUBLISH,
    name="5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.2.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
    type="PTR",
    value="mail.lists.example.org.",
)
TXT = Fix(
    action=FixAction.PUBLISH,
    name="clubs.example.net",
    type="TXT",
    value="v=spf1 ip4:192.0.2.25 ip6:2001:db8:77::5 include:_spf.example.net include:spf.protection.example.com -all",
)
CAUSES = {  # level, findings, how many lists, subscribers of each
    "dept": (RiskLevel.CRITICAL, [("ptr.missing", Severity.CRITICAL, {"client_ip": V6}, PTR)], 40, 120),
    "club": (RiskLevel.AT_RISK, [("spf.ipv6-not-covered", Severity.CRITICAL, {"sender": TXT.name}, TXT)], 9, None),
    "watch": (RiskLevel.WATCH, [("dmarc.author-reject", Severity.WARNING, {}, None)], 3, 5),
    "lost": (
        RiskLevel.UNKNOWN,
        [("dns.temperror", Severity.UNKNOWN, {"domain": "xn--bcher-kva.example"}, None)],
        4,
        None,
    ),
    "fine": (RiskLevel.OK, [], 20, 5),
}
GROUP = f"/?by=cause&group=ptr.missing+{V6}"
PATHS = ("/", "/?by=domain", "/?by=host", "/?by=manager", GROUP, "/?by=list", "/?q=dept-01", "/?by=cause&level=watch")
KINDS = list(product((390, 768, 1280), ("light", "dark")))


def thought(list_id, kind):
    level, found, _, subscribers = CAUSES[kind]
    findings = tuple(a_finding(code, severity, evidence=about, fix=fix) for code, severity, about, fix in found)
    forecasts = (
        () if level is RiskLevel.UNKNOWN else (seed.forecast("gmail", level, seed.NOW, subscribers=subscribers),)
    )
    bad = level in {RiskLevel.CRITICAL, RiskLevel.AT_RISK}
    return an_assessment(
        level,
        list_id=list_id,
        reason=findings[0].message if findings else "All is well.",
        assessed_at=seed.NOW,
        act_by=forecasts[0].disabled_on if bad else None,
        findings=findings,
        forecasts=forecasts,
    )


@pytest.fixture(scope="module")
def host():
    """(address, store) of the pages of a host whose lists share few causes."""
    with redis_server() as url:
        store = open_store(url)
        ids = {f"{kind}-{n:02}": kind for kind, (_, _, number, _) in CAUSES.items() for n in range(number)}
        for list_id, kind in ids.items():
            store.outcomes.record_assessment(thought(list_id, kind), cause="check:1")
        of_host = IncidentSubject.condition("ptr.missing", V6).text
        incident = an_incident(id="of-the-host", list_id=of_host, opened_at=seed.NOW)
        assert store.incidents.commit(incident, [], expected_revision=0)
        lists = tuple(
            a_list(id=each, address=f"{each}@{'xn--bcher-kva.example' if kind == 'lost' else 'lists.example.org'}")
            for each, kind in ids.items()
        )
        settings = Settings(file_lists=lists)
        with served(pages_of(lambda: settings, store, lambda: seed.NOW)) as address:
            yield address, store


@pytest.mark.parametrize(("width", "scheme"), KINDS, ids=[f"{width} {scheme}" for width, scheme in KINDS])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(chromium, host, width, scheme):
    """Folded and unfolded, however lists stand together."""
    address, _ = host
    context = chromium.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 850}, reduced_motion="reduce"
    )
    page, found = context.new_page(), {}
    for path in PATHS:
        page.goto(path)
        if path == "/":
            found[path, "folded"] = violations(page)
        for summary in page.locator("main details > summary").all():
            summary.click()
        found[path, "unfolded"] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
    assert {where: some for where, some in found.items() if some} == {}


def test_what_hurts_most_lists_is_seen_first_and_unfolds_by_keyboard(chromium, host):
    address, _ = host
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 850})
    page = context.new_page()
    page.goto("/")
    sizes = [int(each.inner_text()) for each in page.locator(".g-size b").all()]
    assert sizes == [40, 9, 3, 4, 20]
    bars = [each.bounding_box()["width"] for each in page.locator(".g-share .part").all()]
    assert [each / bars[0] for each in bars] == pytest.approx([each / 40 for each in sizes[:4]], rel=0.02)
    first = page.locator("details.group").first
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(first.get_by_text("Publish this PTR record at").last).to_be_visible()
    expect(first.get_by_role("link", name="dept-00")).to_be_visible()
    expect(first.get_by_role("link", name="Incident of the host")).to_be_visible()
    first.get_by_role("link", name="All 40 lists").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(f"mail.lists.example.org ({V6}) has no PTR record")
    assert page.locator(".lists .name").count() == 40
    page.get_by_role("link", name="All causes").click()
    assert page.locator("details.group").count() == len(CAUSES)
    context.close()


def test_a_group_that_is_open_stays_open_while_its_number_changes(chromium, host):
    address, store = host
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.goto("/")
    group = page.locator("details.group", has_text="no PTR record")
    group.locator("summary").click()
    expect(group.locator(".g-size b")).to_have_text("40")
    store.outcomes.record_assessment(thought("dept-39", "fine"), cause="check:2")
    expect(group.locator(".g-size b")).to_have_text("39", timeout=20_000)
    assert group.evaluate("group => group.open")
    store.outcomes.record_assessment(thought("dept-39", "dept"), cause="check:3")
    context.close()


def test_the_strip_of_a_lists_time_needs_no_legend(chromium, host):
    """What is drawn is told on the drawing, and the words stay within it."""
    address, _ = host
    context = chromium.new_context(base_url=address, viewport={"width": 1280, "height": 850})
    page = context.new_page()
    page.goto("/?by=list&level=critical")
    strip = page.locator(".c-runway .bars").nth(1)
    words = strip.locator("text").all()
    assert [each.text_content() for each in words] == ["half disabled in 4 days", "half removed in 32 days"]
    frame = page.locator("td.c-runway").first.bounding_box()
    for each in words:
        box = each.bounding_box()
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
    context.close()
