"""Lines of a bounded width: words stay whole, wide letters are two columns, no line begins with a comma."""

from textwrap import wrap

from hypothesis import given
from hypothesis import strategies as st

from monitor.tongue.lines import columns, wrapped

JAPANESE = "受信者がメールを拒否しています。リストの SPF レコードは、2001:db8:25::25 からのメールを許可していません（RFC 7208）。"


def test_what_has_no_spaces_is_broken_between_letters_and_addresses_stay_whole():
    lines = wrapped(JAPANESE, 24, first="* ", rest="  ")
    assert max(map(columns, lines)) <= 24
    assert [line[:2] for line in lines] == ["* ", *["  "] * (len(lines) - 1)]
    assert not [line for line in lines if line[2] in "。、）"], "a mark that ends a clause begins a line"
    assert [line for line in lines if "2001:db8:25::25" in line]
    assert "".join(line[2:] for line in lines).replace(" ", "") == JAPANESE.replace(" ", "")


def test_other_languages_are_wrapped_as_ever():
    text = "Mail from 2001:db8::25 is refused, since the record does not name it. " * 3
    assert wrapped(text, 40, first="  ", rest="    ") == wrap(
        text, 40, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


@given(st.text(alphabet="あ漢字。、（）ab 1", max_size=80))
def test_nothing_is_lost(text):
    assert "".join(wrapped(text, 20)).replace(" ", "") == text.replace(" ", "")
