"""Every kind of mail in a real browser, light and dark, wide and narrow: nothing overflows, all of it can be read."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.sample_mails import mails

WIDTHS = {"wide": 700, "narrow": 375}
LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3

# For each element with text of its own: the contrast of its colour with what is painted behind it (WCAG 2.2, "contrast
# ratio").
CONTRASTS = f"""
() => {{
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {{
    for (let at = element; at; at = at.parentElement) {{
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }}
    return [255, 255, 255];
  }};
  const poor = [];
  for (const element of document.body.querySelectorAll("*")) {{
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.tagName === "STYLE") continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < {LEAST_CONTRAST}) poor.push(`${{element.tagName}} ${{ratio.toFixed(2)}}: ${{element.textContent.trim().slice(0, 40)}}`);
  }}
  return poor;
}}
"""


@pytest.fixture(scope="module")
def composed():
    return {name: mail.get_body(("html",)).get_content() for name, mail in mails().items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_each_mail_reads_well(chromium, composed, scheme, width):
    context = chromium.new_context(
        viewport={"width": WIDTHS[width], "height": 800}, color_scheme=scheme, java_script_enabled=True
    )
    asked = []
    for name, html in composed.items():
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.set_content(html)
        if folder := os.environ.get("STAYSUB_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{name} is {over} pixels too wide"
        assert page.evaluate(CONTRASTS) == [], name
        expect(page.locator("h1"), name).to_have_count(1)
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(247, 246, 242)"
        assert dark is (scheme == "dark")
        page.close()
    context.close()
    assert asked == [], "a mail that loads something from elsewhere tells that it was opened"
