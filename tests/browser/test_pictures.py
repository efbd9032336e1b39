"""The pictures in the documents show what is: a page that looks otherwise makes its picture stale.

`make screenshots` renews them from the running demonstration: it runs these tests with STAYSUB_RENEW_PICTURES set.
"""

import os
import re
import urllib.request

import pytest

from tests.browser import pictures
from tests.browser.pictures import PICTURES, difference, opened, outline_of, show, take
from tests.harness import wait_for
from tests.sample_mails import mails

RENEW = bool(os.environ.get("STAYSUB_RENEW_PICTURES"))
TOLD_S = 240  # until the demonstration's owners have been told
STALE = "docs/{}.png shows the page as it was. Renew it with `make screenshots`, and look at it.\n{}"
every_picture = pytest.mark.parametrize("picture", PICTURES, ids=[each.name for each in PICTURES])


@pytest.fixture(scope="module")
def mail():
    return mails()["raised"].get_body(("html",)).get_content()


@every_picture
def test_the_picture_shows_the_page_as_it_is(chromium, site, mail, picture):
    context = opened(chromium, picture, base_url=site)
    page = context.new_page()
    show(page, picture, mail)
    now = outline_of(page, picture)
    context.close()
    if RENEW:
        picture.outline.write_text(now, encoding="utf-8")
    changed = difference(picture, now)
    assert not changed, STALE.format(picture.name, changed)


def test_a_page_that_looks_otherwise_is_seen(chromium, site):
    """The test above could fail: for a colour, a word, a thing more; and not for other data."""
    picture = PICTURES[0]
    context = opened(chromium, picture, base_url=site)
    page = context.new_page()
    show(page, picture, "")
    before = outline_of(page, picture)
    for change in (
        "document.querySelector('h1').style.color = 'rgb(1, 2, 3)'",
        "document.querySelector('nav a').textContent = 'Mailing lists'",
        "document.querySelector('main').append(document.createElement('aside'))",
    ):
        show(page, picture, "")
        assert outline_of(page, picture) == before
        page.evaluate(change)
        assert outline_of(page, picture) != before, change
    show(page, picture, "")
    page.evaluate("document.querySelector('.lists .reason').textContent = 'Something else is wrong.'")
    assert outline_of(page, picture) == before
    context.close()


if RENEW:  # no test otherwise, and nothing that could be skipped

    @pytest.mark.timeout(600)
    def test_the_pictures_are_renewed(chromium, request):
        assert pictures.can_be_shrunk(), "pngquant makes them small: apt install pngquant"
        pages, workshop = request.getfixturevalue("demo")
        told = told_mail(chromium, workshop)
        for picture in PICTURES:
            context = opened(chromium, picture, base_url=pages)
            page = context.new_page()
            show(page, picture, told)
            take(page, picture)
            context.close()
            assert picture.file.stat().st_size <= pictures.BYTES_MOST, picture.name


def told_mail(chromium, workshop):
    """The mail that told the owner of ipv6-ops what is at stake, as HTML, from the demonstration's catcher."""
    subject = re.compile(r"\[ipv6-ops\][^<]* at risk")

    def caught():
        with urllib.request.urlopen(workshop, timeout=5) as answer:
            return subject.search(answer.read().decode())

    wait_for(caught, "the mail about ipv6-ops", within_s=TOLD_S)
    page = chromium.new_page()
    page.goto(workshop)
    page.get_by_role("link", name=subject).first.click()
    html = page.locator("iframe").get_attribute("srcdoc")
    page.close()
    return html
