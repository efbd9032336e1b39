"""The picture of a forecast: what it says in words, how far it looks, and that nothing in it is inline style."""

from datetime import UTC, datetime

from monitor.risk.fan import DAYS, Band, Fan
from monitor.tongue.voice import Voice
from monitor.web.views.forecast_chart import HORIZONS, TICKS, fan_chart
from monitor.web.views.outlook import _horizon

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def on_day(day, share=1.0):
    line = tuple(share if at >= day else 0.0 for at in range(DAYS + 1))
    return Band(low=line, mean=line, high=line)


def test_the_picture_says_in_words_what_it_shows():
    drawn = fan_chart(Fan(disabled=on_day(5), removed=on_day(26)), None, horizon=30, now=NOW, voice=Voice(now=NOW))
    assert (
        'aria-label="Share of subscribers disabled: 100 % within 7 days (between 100 % and 100 %), 100 % within 30 days '
        "(between 100 % and 100 %); removed: 0 % within 7 days" in drawn
    )
    assert "before" not in drawn
    assert "style=" not in drawn


def test_its_days_are_those_of_the_reader():
    def drawn(language):
        fan = Fan(disabled=on_day(5), removed=on_day(26))
        return fan_chart(fan, None, horizon=14, now=NOW, voice=Voice(language, now=NOW))

    assert ">1 Dec<" in drawn("en")
    assert ">1. Dez.<" in drawn("de")
    assert ">12月1日<" in drawn("ja")


def test_what_would_happen_without_the_change_is_drawn_beside_it():
    drawn = fan_chart(
        Fan(disabled=on_day(12), removed=on_day(33)),
        Fan(disabled=on_day(5), removed=on_day(26)),
        horizon=45,
        now=NOW,
        voice=Voice(now=NOW),
    )
    assert 'class="line before" points="0,100.0' in drawn
    assert drawn.count("<polyline") == 3


def test_it_looks_as_far_as_something_happens():
    assert _horizon([Fan(disabled=on_day(3), removed=on_day(10))]) == 14
    assert _horizon([Fan(disabled=on_day(3), removed=on_day(26))]) == 30
    assert _horizon([Fan(disabled=on_day(12), removed=on_day(33))]) == 45
    assert _horizon([Fan(disabled=on_day(60), removed=on_day(DAYS + 1))]) == 90
    assert _horizon([]) == 90
    assert set(TICKS) == set(HORIZONS)
