"""Texts of ours on pages: code between grave accents, standards as links; help from one source."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.phrase.phrase import When, say
from monitor.tongue.languages import LANGUAGES
from monitor.tongue.voice import Voice
from monitor.web.pages.spoken import ticked
from monitor.web.views.help import ADDRESSES, HELP, help_page
from monitor.web.views.reading import standards
from monitor.wording.plain import subjects

TOP = Path(__file__).parents[2]
PRINTED_WORDS = 1000  # on two pages of A4, with headings and lists
RFC = "https://www.rfc-editor.org/rfc/"


DAY = '<time datetime="2026-11-28T00:00:00Z" data-as="day">28 November 2026</time>'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`a <b>` & `c`, <i>d", "<code>a &lt;b&gt;</code> &amp; <code>c</code>, &lt;i&gt;d"),
        ("one ` alone <b>", "one ` alone &lt;b&gt;"),
        (say("`{term}` <5 %", term="p\u202e"), '<code>p<span class="unprintable">\\u202e</span></code> &lt;5\u202f%'),
        (say("`a` since {day}", day=When(datetime(2026, 11, 28, tzinfo=UTC))), f"<code>a</code> since {DAY}"),
    ],
)
def test_what_stands_between_grave_accents_is_code_and_nothing_is_markup(text, shown):
    assert ticked({"voice": Voice()}, text) == shown


@pytest.mark.parametrize(
    ("said", "links"),
    [
        ("RFC 7208 section 5.6", ["rfc7208#section-5.6"]),
        ("RFC 7208 section 8.6, appendix G.4", ["rfc7208#section-8.6", "", "rfc7208#appendix-G.4"]),
        ("RFC 6376, RFC 9989", ["rfc6376", "", "rfc9989"]),
        ("RFC 7208 section 4.6.4, or that of the difference", ["rfc7208#section-4.6.4", ""]),
        ("RFC 7208 appendix D", ["rfc7208#appendix-D"]),
        ("elsewhere", [""]),
    ],
)
def test_a_standard_is_linked_to_its_section(said, links):
    found = list(standards(said))
    assert "".join(text for text, _ in found) == said
    assert [link.removeprefix(RFC) for _, link in found] == links


def test_every_standard_that_is_cited_has_a_link():
    for subject in subjects():
        for one in subject.findings:
            assert any(link for _, link in standards(one.standard)), one.code


@pytest.mark.parametrize(("name", "file"), HELP.items())
def test_the_document_is_the_page(name, file):
    """Renew it with `cp monitor/wording/help/*.md docs/`."""
    source = (TOP / "monitor" / "wording" / "help" / file).read_text(encoding="utf-8")
    assert (TOP / "docs" / file).read_text(encoding="utf-8") == source
    page = help_page(name)
    assert page.title in source.splitlines()[0]
    targets = re.findall(r"\]\(([^)]+)\)", source)
    assert targets
    for target in targets:
        assert (TOP / "docs" / target).exists()
        assert f'href="{ADDRESSES[target]}"' in page.body


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
@pytest.mark.parametrize(("name", "file"), HELP.items())
def test_help_is_in_every_language_with_the_same_links(name, file, language):
    page, english = help_page(name, language), help_page(name)
    written = (TOP / "monitor" / "wording" / "help" / language / file).read_text(encoding="utf-8")
    assert written.startswith(f"# {page.title}\n")
    assert page.title != english.title
    assert re.findall(r'href="[^"]*"', page.body) == re.findall(r'href="[^"]*"', english.body)
    assert page.body.count("<h2>") == english.body.count("<h2>")
    assert page.body.count("<pre>") == english.body.count("<pre>")


def test_help_in_a_language_that_nobody_wrote_is_english():
    assert help_page("critical", "eo") == help_page("critical")


def test_help_for_a_list_that_is_critical_fits_two_pages():
    source = (TOP / "docs" / HELP["critical"]).read_text(encoding="utf-8")
    assert len(source.split()) <= PRINTED_WORDS


def test_help_names_settings_by_their_own_names():
    """Those of the list managers' machines, which are read in their source."""
    from monitor.managers.catalogue import kind_named

    source = (TOP / "docs" / HELP["critical"]).read_text(encoding="utf-8")
    assert {"bounce_processing", "bounce_score_threshold"} <= kind_named("mailman2").machine.keys.keys()
    assert "bouncelife" in kind_named("mlmmj").machine.keys
    for setting in ("`bounce_processing`", "`bounce_score_threshold`", "`control/bouncelife`", "`none`"):
        assert setting in source
