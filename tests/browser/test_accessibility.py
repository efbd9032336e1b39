"""axe-core finds nothing on any page: light and dark, at a desk and on a phone, empty, refused and explained."""

from datetime import timedelta
from importlib.resources import files

import pytest

from monitor.notify import links
from monitor.notify.share_keys import key_for
from tests import seed
from tests.browser.conftest import open_all

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
BOUNCE = """\
Received: from mail.lists.example.org (mail.lists.example.org [IPv6:2001:db8:25::25])
 by mx.example.edu (Postfix) with ESMTPS id 4XyZ; Tue, 24 Nov 2026 09:00:05 +0000
Authentication-Results: mx.example.edu; spf=fail smtp.mailfrom=lists.example.org
Received: from author.example.net (author.example.net [192.0.2.7])
 by mail.lists.example.org (Postfix) with ESMTP id 3AbC; Tue, 24 Nov 2026 09:00:00 +0000

"""
LIGHT_DESK, DARK_PHONE = ("light", 1280), ("dark", 390)
PATHS = (
    "/",
    "/?q=nothing+like+it",
    "/lists/ipv6-ops",
    "/lists/ipv6-ops?whatif=publish&window=90d",
    "/lists/hostile",
    "/lists/flaky-dns",
    "/lists/nothing",
    "/incidents",
    "/incidents/inc-ipv6-ops",
    "/notices",
    "/explain",
    "/start",
    "/login",
    "/findings",
    "/findings/spf.ipv6-not-covered",
    "/findings/spf.nown",
    "/help/critical",
)


@pytest.fixture(params=[LIGHT_DESK, DARK_PHONE], ids=["light desk", "dark phone"])
def seen(request, chromium, site):
    scheme, width = request.param
    viewport = {"width": width, "height": 850}
    context = chromium.new_context(base_url=site, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def violations(page):
    """What axe-core finds on the page as it is, its style sheets loaded: rule, how bad, where."""
    page.wait_for_load_state("load")
    page.evaluate(AXE)
    return [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"][:3]]) for each in page.evaluate(RUN)
    ]


def test_axe_finds_nothing(seen):
    found = {}
    for path in PATHS:
        seen.goto(path)
        closed = violations(seen)
        open_all(seen)
        found[path] = closed + violations(seen)
    assert {path: some for path, some in found.items() if some} == {}


def test_axe_finds_nothing_in_an_explanation_and_a_check(seen):
    seen.goto("/explain")
    seen.locator("#pasted").fill(BOUNCE)
    seen.get_by_role("button", name="Explain").click()
    seen.locator(".way").first.wait_for()
    assert violations(seen) == []
    seen.goto("/lists/ipv6-ops#checks")
    seen.locator(".strip a").first.click()
    seen.get_by_role("heading", name="Check of ipv6-ops").wait_for()
    assert violations(seen) == []


def test_axe_finds_nothing_where_a_link_in_a_mail_leads(seen, site, store):
    notice = store.notices.get("inc-ipv6-ops-mail")
    link = links.token_of(notice.id, seed.NOW + timedelta(days=1), key=store.signing_key())
    seen.goto(f"{links.PREFIX}{link}")
    seen.get_by_role("heading", name="Incident of ipv6-ops").wait_for()
    assert violations(seen) == []
    assert seen.evaluate("document.documentElement.scrollWidth") <= seen.viewport_size["width"]


@pytest.mark.parametrize("width", [390, 768, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_pages_of_one_list(chromium, site, store, scheme, width):
    """Of administrators and of owners, folded and open; nor does anything run over the edge."""
    own = f"/own/{key_for(store.signing_key(), 'owner', 'ipv6-ops')}"
    viewport = {"width": width, "height": 850}
    context = chromium.new_context(base_url=site, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    page, found = context.new_page(), {}
    for path in ("/lists/ipv6-ops", own, "/own", f"{own}/incidents/inc-ipv6-ops", f"{own}/explain", "/own/of-old"):
        page.goto(path)
        closed = violations(page)
        open_all(page)
        found[path] = closed + violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
    assert {path: some for path, some in found.items() if some} == {}


def test_axe_finds_what_is_wrong(seen):
    """The test above could fail."""
    seen.goto("/start")
    seen.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/static/mark.svg\">')")
    assert [rule for rule, _, _ in violations(seen)] == ["image-alt"]
