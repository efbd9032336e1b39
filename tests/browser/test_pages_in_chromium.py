"""The pages in a real browser: from overview to incident, hostile text, dark and narrow screens, keyboard only."""

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from monitor.config.settings import WebSettings
from monitor.model.risk import RiskLevel
from monitor.notify.share_keys import key_for
from tests import seed
from tests.browser.conftest import open_all, served
from tests.pages import pages_of

PATHS = (
    "/",
    "/lists/ipv6-ops",
    "/lists/hostile",
    "/incidents",
    "/incidents/inc-ipv6-ops",
    "/notices",
    "/start",
    "/explain",
)


def test_from_the_overview_to_the_list_to_the_incident(page):
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Two of six lists are about to lose subscribers.")
    page.locator("table.lists tbody tr").first.locator("a.name").click()
    page.wait_for_url("**/lists/ipv6-ops")
    expect(page.locator(".finding pre").first).to_contain_text("ip6:2001:db8:25::25")
    page.locator(".facts a[href^='/incidents/']").click()
    expect(page.locator(".history li")).to_have_count(2)
    expect(page.get_by_role("cell", name="https://hooks.example.org/…")).to_be_visible()
    assert "hooks.example.org/lists" not in page.content(), "the path may be a password"


def test_an_incident_is_acknowledged(page, store):
    page.goto("/incidents/inc-dns-void")
    form = page.locator("form[action$=acknowledge]")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_label("What you do about it").fill("naming the addresses")
    form.get_by_role("button", name="Acknowledge").click()
    page.wait_for_url("**/incidents/inc-dns-void")
    expect(page.get_by_text("Acknowledged by Ada: naming the addresses")).to_be_visible()
    assert store.incidents.get("inc-dns-void").state == "acknowledged"


def test_a_message_is_explained(page):
    page.goto("/explain")
    page.locator("#pasted").fill(
        "Authentication-Results: mx.example.edu; spf=<img/src=x/onerror=window.owned=1> smtp.mailfrom=x\n"
        "Received: from <script>window.owned=2</script> \u202e<b>evil</b> ([192.0.2.7]) by mx.example.edu with ESMTP;"
        " Tue, 24 Nov 2026 09:00:00 +0000\n\n"
    )
    page.get_by_role("button", name="Explain").click()
    page.locator(".way").wait_for()
    expect(page.locator(".way .hop")).to_have_count(1)
    expect(page.locator(".way b, .way img, .way script")).to_have_count(0)
    assert page.evaluate("window.owned") is None


def test_hostile_text_stays_text(page):
    page.goto("/lists/hostile")
    check = page.locator(".strip a").first.get_attribute("href")
    for path in ("/", "/?q=script", check, "/incidents", "/notices", "/lists/hostile"):
        page.goto(path)
        open_all(page)
        assert page.evaluate("window.owned") is None, path
        expect(page.locator("main img:not([src*='/badge/'])"), path).to_have_count(0)  # the list's own badge alone
        expect(page.locator("main script"), path).to_have_count(0)
    expect(page.locator(".finding p:not(.plainly)").first).to_contain_text("<script>window.owned=1</script>")
    expect(page.locator(".finding .unprintable").first).to_have_text("\\u202e")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_runs_over_the_edge(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dates_are_the_readers_own(page):
    page.goto("/incidents/inc-ipv6-ops")
    expect(page.locator("[data-zone]")).to_have_text("Times are in your zone, America/New_York.")
    began = page.locator(".facts > div", has_text="Began").locator("time")
    expect(began).to_have_text("23 November, 02:30")  # 07:30 UTC
    assert began.get_attribute("title") == "2026-11-23 07:30:00 UTC"


def test_the_record_can_be_copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/lists/ipv6-ops")
    page.locator(".finding .copy").first.click()
    page.locator(".finding .copy", has_text="Copied").first.wait_for()  # the clipboard answers in its own time
    assert page.evaluate("navigator.clipboard.readText()").startswith("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8:25::25")


def test_lists_are_found_and_filtered(page):
    page.goto("/")
    page.get_by_role("searchbox", name="Find a list").fill("PTR record")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**/?q=PTR+record")
    assert page.locator("a.name").all_inner_texts() == ["no-ptr"]
    page.goto("/")
    page.get_by_role("navigation", name="Filter by level").get_by_role("link", name="At risk").click()
    page.wait_for_url("**/?level=at-risk")
    assert page.locator("a.name").all_inner_texts() == ["dns-void"]


def test_a_list_is_silenced_and_the_silence_ended(page, store):
    page.goto("/incidents/inc-ipv6-ops")
    form = page.locator("form[action$='/silence']")
    form.get_by_label("Your name").fill("Ada")
    form.get_by_label("Why").fill("moving hosts")
    form.get_by_role("button", name="Silence").click()
    end = page.get_by_role("button", name="End this silence")
    end.wait_for()
    assert store.incidents.get("inc-ipv6-ops").state == "silenced"
    end.click()
    end.wait_for(state="detached")
    assert store.silences.all() == ()


def test_an_owner_comes_by_a_signed_link(chromium, site, store):
    """Behind a token the link opens its list and nothing else."""
    settings = seed.settings(web=WebSettings(token="a-long-and-secret-token"))
    with served(pages_of(lambda: settings, store, lambda: seed.NOW)) as locked:
        context = chromium.new_context(base_url=locked)
        page = context.new_page()
        page.goto(f"/own/{key_for(store.signing_key(), 'owner', 'gardening')}")
        expect(page.locator("h1")).to_have_text("gardening")
        expect(page.get_by_role("navigation", name="Main")).to_have_count(0)
        page.goto("/lists/ipv6-ops")
        expect(page.locator("h1")).to_have_text("Log in")
        page.get_by_label("Token").fill("a-long-and-secret-token")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/lists/ipv6-ops")
        expect(page.get_by_role("navigation", name="Main")).to_have_count(1)
        context.close()


def test_what_if_is_answered_on_the_same_page(page):
    """The reader stays where they are; going by the address alone gives the same."""
    page.goto("/lists/ipv6-ops#forecast")
    page.evaluate("window.sameDocument = true")
    page.get_by_text("What if you changed something").click()
    page.get_by_role("link", name="publish the suggested record").click()
    verdict = page.get_by_text("If you publish the suggested record: nobody is expected to be disabled")
    verdict.wait_for()
    assert page.evaluate("window.sameDocument") is True
    assert "whatif=publish" in page.url
    expect(page.locator(".whatif [aria-current]")).to_have_text("publish the suggested record")
    page.get_by_role("heading", name="What happened").click()
    page.get_by_role("link", name="90 days").click()
    page.locator(".pastframe svg[aria-label^='The last 90 days']").wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.reload()
    expect(verdict).to_be_visible()
    expect(page.locator(".pastframe svg[aria-label^='The last 90 days']")).to_have_count(1)


def test_the_forecast_is_drawn(page):
    page.goto("/lists/ipv6-ops")
    page.locator(".receiver > summary").first.click()
    chart = page.locator("svg.fan").first
    assert chart.get_attribute("aria-label").startswith("Share of subscribers disabled: ")
    box = chart.locator("polyline.disabled").bounding_box()
    assert box["width"] > 200
    assert box["height"] > 80


def test_print_shows_everything_that_is_read_and_nothing_to_press(page):
    page.goto("/lists/ipv6-ops")
    page.emulate_media(media="print")
    expect(page.locator(".finding pre").first).to_be_visible()
    expect(page.locator("svg.fan").first).to_be_visible()
    for hidden in ("nav[aria-label=Main]", ".copy >> nth=0", ".whatif", ".share"):
        expect(page.locator(hidden), hidden).not_to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_everything_can_be_read_without_script(chromium, site):
    context = chromium.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/lists/ipv6-ops")
    expect(page.locator(".receiver .fate time").first).to_have_text("29 November")
    expect(page.locator(".finding .copy").first).not_to_be_visible()
    expect(page.locator(".finding pre").first).to_contain_text("ip6:2001:db8:25::25")
    page.get_by_text("What if you changed something").click()
    page.get_by_role("link", name="turn off bounce processing for a week").click()
    expect(page.get_by_text("If you turn off bounce processing for a week")).to_be_visible()
    page.goto("/explain")
    page.locator("#pasted").fill(
        "Received: from a.example ([192.0.2.7]) by b.example.org; Tue, 24 Nov 2026 09:00:00 +0000\n"
    )
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".way .hop")).to_have_count(1)
    context.close()


def test_the_keyboard_is_enough(page):
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "name":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/lists/ipv6-ops")


def test_dark_follows_the_reader(chromium, site):
    grounds = []
    for scheme in ("light", "dark"):
        context = chromium.new_context(base_url=site, color_scheme=scheme)
        page = context.new_page()
        page.goto("/")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert grounds[0] == "rgb(247, 246, 242)"
    assert grounds[1] == "rgb(20, 23, 27)"


CONTRAST = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const rgba = text => { const m = text.match(/[\\d.]+/g).map(Number); return [...m.slice(0, 3), m[3] ?? 1]; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest('.sr, .skip') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    if (!style.color.startsWith('rgb')) continue;
    const [a, b] = [light(rgba(style.color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.className || element.tagName} ${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/lists/ipv6-ops", "/lists/hostile", "/incidents/inc-ipv6-ops", "/notices"])
def test_text_has_contrast(chromium, site, scheme, path):
    """WCAG 2.2 success criterion 1.4.3: at least 4.5 to 1."""
    context = chromium.new_context(base_url=site, color_scheme=scheme)
    page = context.new_page()
    page.goto(path)
    open_all(page)
    assert page.evaluate(CONTRAST) == []
    context.close()


def test_every_page_has_one_heading_landmarks_and_names(page):
    for path in ("/", "/lists/ipv6-ops", "/incidents", "/incidents/inc-ipv6-ops", "/notices", "/start"):
        page.goto(path)
        expect(page.locator("h1"), path).to_have_count(1)
        expect(page.locator("main")).to_have_count(1)
        assert page.locator("html").get_attribute("lang") == "en"
        unnamed = page.evaluate(
            "[...document.querySelectorAll('a, button, input:not([type=hidden])')]"
            ".filter(e => e.checkVisibility() && !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length))"
            ".map(e => e.outerHTML)"
        )
        assert unnamed == [], path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(ids) == len(set(ids)), path


def test_an_open_page_follows_what_happens(page, store):
    """The list's level changes in the store; the open overview shows it without being loaded again."""
    page.goto("/")
    page.evaluate("window.sameDocument = true")
    before = store.outcomes.assessment("gardening")
    try:
        worse = replace(before, level=RiskLevel.AT_RISK, reason="Its record was broken just now.")
        store.outcomes.record_assessment(worse, cause="live:1")
        page.get_by_text("Its record was broken just now.").wait_for(timeout=60_000)
        expect(page.locator("h1")).to_have_text("Three of six lists are about to lose subscribers.")
        assert "fresh" in page.locator("[data-key=row-gardening]").get_attribute("class")
        assert page.evaluate("window.sameDocument") is True
    finally:
        store.outcomes.record_assessment(before, cause="live:2")
