"""A list's page: what matters in the first screen, the rest folded and found all the same, nothing said twice."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests import seed
from tests.browser.conftest import said_twice

FIRST_SCREEN, PHONE = {"width": 1100, "height": 800}, {"width": 390, "height": 800}
FOLDS = ("reach", "past", "addresses", "tree", "checks", "probes", "incidents", "notices", "share")


@pytest.mark.parametrize(
    ("viewport", "screens"), [(FIRST_SCREEN, 1), (PHONE, 2)], ids=["desk", "telephone, two screens"]
)
def test_who_how_many_until_when_and_what_to_publish_stand_on_top(page, viewport, screens):
    page.set_viewport_size(viewport)
    page.goto("/lists/ipv6-ops")
    expect(page.locator(".lead")).to_have_text("420 subscribers at Gmail and Microsoft 365 at risk, from 29 November")
    record = page.locator(".finding .record").first
    expect(record.locator(".copy")).to_be_visible()
    for what in (page.locator(".lead"), page.locator(".facts .big"), record, page.locator(".receiver").first):
        box = what.bounding_box()
        assert box["y"] + box["height"] <= viewport["height"] * screens


def test_all_but_findings_and_receivers_is_folded(page):
    page.goto("/lists/ipv6-ops")
    assert page.locator("main details[open]").count() == 0
    for fold in FOLDS:
        expect(page.locator(f"#{fold}"), fold).not_to_be_visible()
    for line in page.locator(".receiver > summary").all():
        assert line.bounding_box()["height"] < 80, line.inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("fold", FOLDS)
def test_a_link_to_a_part_opens_it_and_goes_there(chromium, site, fold, scripts):
    context = chromium.new_context(base_url=site, java_script_enabled=scripts, viewport=FIRST_SCREEN)
    page = context.new_page()
    page.goto(f"/lists/ipv6-ops#{fold}")
    expect(page.locator(f"#{fold}")).to_be_visible()
    expect(page.locator(f"#{fold}")).to_be_in_viewport()
    assert page.locator("details.fold[open]").count() == 1
    context.close()


def test_the_keyboard_opens_a_fold(page):
    page.goto("/lists/ipv6-ops")
    page.locator("[data-fold=past] > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pastframe")).to_be_visible()


def test_print_shows_what_is_folded(page):
    page.goto("/lists/ipv6-ops")
    page.emulate_media(media="print")
    for what in (".timeline", ".tree", ".strip", "svg.fan >> nth=0", "#addresses table"):
        expect(page.locator(what), what).to_be_visible()


def test_live_updates_close_nothing_and_take_up_what_is_new(page, store):
    """What a reader opened stays open though its part is exchanged; the focus stays where it is."""
    page.goto("/lists/ipv6-ops")
    page.evaluate("window.sameDocument = true")
    opened = ("[data-fold=past]", "[data-fold=receiver-gmail]", "[data-fold=notices]", "[data-fold^=evidence] >> nth=0")
    for fold in opened:
        page.locator(fold).locator("summary").first.click()
    page.locator("[data-fold=past] > summary").focus()
    before = store.outcomes.assessment("ipv6-ops")
    try:
        worse = replace(before, forecasts=tuple(replace(one, subscribers=977) for one in before.forecasts))
        store.outcomes.record_assessment(replace(worse, findings=(*before.findings, *other_findings())), cause="live:7")
        expect(page.locator(".receiver").first).to_contain_text("977 subscribers", timeout=60_000)
        expect(page.locator(".finding")).to_have_count(2)
        for fold in opened:
            assert page.locator(fold).evaluate("fold => fold.open"), fold
        assert page.locator("main details[open]").count() == len(opened)
        assert page.evaluate("document.activeElement.parentElement.dataset.fold") == "past"
        assert page.evaluate("window.sameDocument") is True
    finally:
        store.outcomes.record_assessment(before, cause="live:8")


def other_findings():
    return tuple(one for one in seed._findings("no-ptr", seed.LEVELS["no-ptr"], ""))


@pytest.mark.parametrize("name", ["ipv6-ops", "no-ptr", "flaky-dns", "gardening", "hostile"])
def test_nothing_is_said_twice(page, name):
    page.goto(f"/lists/{name}")
    assert said_twice(page) == {}


@pytest.mark.parametrize("name", seed.LEVELS)
def test_every_tile_says_something(page, name):
    page.goto(f"/lists/{name}")
    tiles = page.locator(".facts > div").all_inner_texts()
    assert len(tiles) >= 2
    nothing = re.compile(r"no date|none|no incident|not yet|not counted|next just now", re.IGNORECASE)
    assert [one for one in tiles if nothing.search(one)] == []


def test_what_is_said_twice_would_be_found(page):
    """The test above could fail."""
    page.goto("/lists/gardening")
    page.evaluate(
        "for (const n of [1, 2]) document.querySelector('main').insertAdjacentHTML('beforeend',"
        " '<p>These eight words stand twice on this page.</p>')"
    )
    assert said_twice(page) == Counter({"These eight words stand twice on this page.": 2})
