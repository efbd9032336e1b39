"""Sentences on pages: dates are moments that the script tells in the reader's zone, all else is inert."""

from datetime import UTC, datetime, timedelta

from monitor.phrase.phrase import When, capital, percent, say
from monitor.tongue.voice import Voice
from monitor.web.pages.spoken import spoken, ticked

AT = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)


def test_dates_are_moments_and_narrow_spaces_stand():
    told = say("22 were disabled on {day}; {share} {outside}", day=When(AT), share=percent(0.5), outside="<b>\x1b")
    said = spoken(Voice(now=AT), told)
    assert '<time datetime="2026-11-26T23:30:00Z" data-as="day">26 November</time>' in said
    assert ">26 November 2026<" in spoken(Voice(now=AT + timedelta(days=90)), When(AT))
    assert "50\u202f%" in said
    assert "&lt;b&gt;" in said
    assert "\x1b" not in said


def test_plain_text_has_the_same_words_with_usual_spaces():
    told = say("22 were disabled on {day}; {share}", day=When(AT), share=percent(0.5))
    assert told == "22 were disabled on 26 November 2026; 50 %"
    assert capital(say("takes the mail")) + "." == "Takes the mail."
    assert capital(say("")) == ""


def test_a_link_to_another_document_is_read_as_its_words():
    """The words of findings are those of docs/findings.md, too, and a page showed the brackets."""
    said = ticked({"voice": Voice()}, say("receivers ask more of [bulk](receivers.md#bulk), by `p=none`"))
    assert said == "receivers ask more of bulk, by <code>p=none</code>"
