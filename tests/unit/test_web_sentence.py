"""Sentences on pages: dates are moments that the script tells in the reader's zone, all else is inert."""

from datetime import UTC, datetime, timedelta

from monitor.web.pages.templating import sentence
from monitor.wording.sentence import capital, percent, plain

AT = datetime(2026, 11, 26, 23, 30, tzinfo=UTC)


def test_dates_are_moments_and_narrow_spaces_stand():
    said = sentence({"now": AT}, ("22 were disabled on ", AT, f"; {percent(0.5)} <b>\x1b"))
    assert '<time datetime="2026-11-26T23:30:00Z" data-as="day">26 November</time>' in said
    assert ">26 November 2026<" in sentence({"now": AT + timedelta(days=90)}, (AT,))
    assert "50\u202f%" in said
    assert "&lt;b&gt;" in said
    assert "\x1b" not in said


def test_plain_text_has_the_same_words_with_usual_spaces():
    assert plain(("22 were disabled on ", AT, f"; {percent(0.5)}")) == "22 were disabled on 26 November 2026; 50 %"
    assert plain(capital(("takes the mail",))) == "Takes the mail."
    assert capital(()) == ()
