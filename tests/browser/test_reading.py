"""What findings mean, and help: readable at three widths, light and dark, and on two printed pages."""

import re

import pytest

from monitor.wording.plain import subjects
from tests.browser.test_accessibility import violations

WIDTHS = (1280, 820, 390)
LINE_MOST = 90  # characters in a line of prose: beyond, the eye does not find back
PATHS = ("/findings", "/findings/ptr.missing", "/findings/spf.nown", "/help/critical")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_fit_and_axe_finds_nothing(chromium, site, scheme, width):
    context = chromium.new_context(base_url=site, color_scheme=scheme, viewport={"width": width, "height": 850})
    page = context.new_page()
    for path in PATHS:
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_every_findings_page_fits_a_telephone(chromium, site):
    context = chromium.new_context(base_url=site, viewport={"width": 360, "height": 800})
    page = context.new_page()
    for one in (one for subject in subjects() for one in subject.findings):
        page.goto(f"/findings/{one.code}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, one.code
    context.close()


def test_lines_are_no_longer_than_the_eye_bears(page):
    page.set_viewport_size({"width": 1600, "height": 900})
    for path, prose in (
        ("/findings/ptr.missing", ".steps p"),
        ("/help/critical", ".prose p"),
        ("/findings", ".known p"),
    ):
        page.goto(path)
        measured = page.evaluate(
            """(which) => {
                const paper = document.createElement("canvas").getContext("2d");
                return [...document.querySelectorAll(which)].map((each) => {
                    const style = getComputedStyle(each);
                    paper.font = `${style.fontSize} ${style.fontFamily}`;
                    return each.clientWidth / (paper.measureText("the quick brown fox jumps over a lazy dog").width / 41);
                });
            }""",
            prose,
        )
        assert measured
        assert max(measured) <= LINE_MOST


def test_help_for_a_critical_list_is_two_printed_pages(page):
    page.goto("/help/critical")
    printed = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "18mm"))
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2


def test_a_code_on_a_lists_page_leads_to_its_page_and_on_to_help(page):
    page.goto("/lists/ipv6-ops")
    page.locator("#findings ~ * .to-page, .finding .to-page").first.click()
    page.get_by_role("heading", level=1, name="The IPv6 address is not on the sender note").wait_for()
    page.get_by_role("link", name="My list is told critical: what now?").click()
    page.get_by_role("heading", level=1, name="My list is told critical: what now?").wait_for()
