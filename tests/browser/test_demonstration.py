"""The running demonstration in a real browser, as an owner meets it: from the overview to the record mended."""

import socket
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import said_twice
from tests.browser.test_accessibility import violations
from tests.harness import TOP

CHANGED_MS = 120_000  # generous: the machine may have other work
DARK_PHONE = {"color_scheme": "dark", "viewport": {"width": 390, "height": 850}}
HOSTILE = '<img src=x onerror=window.owned=1> \u202e"><script>window.owned=2</script>'


def has_ipv6():
    with suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback"),
]


@pytest.fixture
def opened(chromium, demo):
    """Opens a page of the demonstration in a browser of that kind; its errors fail the test."""
    contexts, faults = [], []

    def open_page(**kind):
        contexts.append(chromium.new_context(base_url=demo[0], locale="en-GB", **kind))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def tab_to(page, what):
    """Press Tab until what matches that selector has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", what):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", what
            return
    pytest.fail(f"the keyboard does not reach {what}")


def test_the_overview_says_how_many_lists_are_in_danger(opened):
    """Once the demonstration has run for a while: the last of them when the second copy of its bounces has come."""
    page = opened()
    page.goto("/")
    headline = page.get_by_role("heading", level=1)
    expect(headline).to_have_text("Five of eight lists are about to lose subscribers.", timeout=CHANGED_MS)
    assert page.locator(".lists .name").count() == 8, "few lists stand one by one"


def test_by_keyboard_from_the_overview_to_the_acknowledgement(opened):
    page = opened()
    page.goto("/")
    tab_to(page, "input[type=search]")
    page.keyboard.type("ipv6-ops")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=ipv6-ops*")
    tab_to(page, "a.name[href='/lists/ipv6-ops']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lists/ipv6-ops")
    expect(page.locator(".finding pre").first).to_contain_text("ip6:2001:db8:2::25")
    tab_to(page, ".facts a[href^='/incidents/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*")
    page.get_by_text("Told owner@ipv6-ops.example by mail").first.wait_for()
    tab_to(page, "form[action$=acknowledge] input[name=by]")
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Tab")
    page.keyboard.type("adding the address")
    tab_to(page, "form[action$=acknowledge] button")
    page.keyboard.press("Enter")
    page.get_by_text("adding the address").first.wait_for()
    expect(page.locator(".facts")).to_contain_text("<script>window.owned=2</script>")
    assert page.evaluate("window.owned") is None
    expect(page.locator(".facts dd", has_text="acknowledged")).to_be_visible()


def test_a_bounce_is_explained_by_dropping_it(opened):
    page = opened()
    page.goto("/explain")
    message = (TOP / "tests/golden/explain/01-checked-again-inside.eml").read_text()
    page.evaluate(
        """text => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], "message.eml", {type: "message/rfc822"}));
          document.querySelector("textarea").dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true}));
        }""",
        message,
    )
    page.wait_for_function("document.querySelector('textarea').value.includes('Received:')")
    page.get_by_role("button", name="Explain").click()
    page.locator(".way .entered").wait_for()
    assert page.locator(".crossing").inner_text().startswith("The border")
    expect(page.locator(".way .checked.spf.at-boundary")).to_have_count(1)
    expect(page.locator(".way .checked.spf.at-inside")).to_have_count(1)


def test_every_page_is_fit_for_a_phone_at_night(opened):
    page = opened(**DARK_PHONE)
    page.goto("/")
    incident = page.locator("a[href^='/incidents/']").nth(1).get_attribute("href")
    for path in ("/", "/lists/ipv6-ops", "/lists/choir", incident, "/incidents", "/notices", "/explain", "/start"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)", path
        assert violations(page) == [], path


# Pixels of the pages before they were folded, as measured on 28 November 2026 a minute after the start of the
# demonstration, by list and width of the window.
HEIGHTS_BEFORE = {
    "ipv6-ops": {390: 10_654, 768: 6_905, 1100: 6_111},
    "choir": {390: 10_133, 768: 6_839, 1100: 6_039},
    "radio-hams": {390: 9_811, 768: 7_125, 1100: 5_998},
}


@pytest.mark.parametrize("name", HEIGHTS_BEFORE)
def test_a_lists_page_is_at_most_half_as_high_as_it_was(opened, name):
    """With findings, dates and one line a receiver to be seen, and nothing said twice behind the folds either."""
    for width, before in HEIGHTS_BEFORE[name].items():
        page = opened(viewport={"width": width, "height": 800})
        page.goto(f"/lists/{name}")
        expect(page.locator(".finding").first).to_be_visible()
        expect(page.locator(".receiver").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollHeight") <= before / 2, (name, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
    assert said_twice(page) == {}


def test_the_mended_record_is_seen_on_the_open_page(opened, demo):
    page = opened()
    page.goto("/lists/ipv6-ops#tree")
    page.evaluate("window.sameDocument = true")
    expect(page.locator(".headline .level")).to_have_text("Critical")
    workshop = opened()
    workshop.goto(demo[1])
    workshop.get_by_role("button", name="Add ip6:2001:db8:2::25 to the SPF record").click()
    page.locator(".tree code", has_text="ip6:2001:db8:2::25").wait_for(timeout=CHANGED_MS)
    page.locator(".finding-critical").first.wait_for(state="detached", timeout=CHANGED_MS)
    assert page.evaluate("window.sameDocument") is True
