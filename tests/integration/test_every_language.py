"""Nothing that people read comes past the catalogues, and every page and mail can be said in every language."""

import re
from functools import cache

import pytest

import monitor.tongue.voice
from monitor.tongue.languages import ENGLISH, LANGUAGES
from tests import pseudo
from tests.lists_of_every_kind import every_kind

pytestmark = pytest.mark.integration

INVENTED = tuple(f"mail {name}," for name in pseudo.OF_SAMPLES)  # whose findings are a test's own words
OTHERS = sorted(set(LANGUAGES) - {ENGLISH})
UNFILLED = re.compile(
    r"(?<!\{)\{(?!zone\})[a-z_]+\}(?!\})|%\([a-z_]+\)s|Phrase\(|None\b"
)  # the script fills in the zone


@pytest.fixture(scope="module")
def world():
    with every_kind() as made:
        yield made


@pytest.fixture(scope="module")
def told(world):
    """What every page, mail and letter says in a language, each asked once."""
    return cache(lambda language: list(pseudo.sources(world, language)))


def test_no_words_bypass_the_catalogues(world):
    """In a language whose letters nobody uses, plain letters are what no translator can reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor.tongue.voice, "catalogue", lambda _language: pseudo.Pseudo())
        told = list(pseudo.sources(world, pseudo.SPOKEN))
    assert len(told) > 300
    assert sum(any("ａ" <= char <= "ｚ" for char in piece) for one in told for piece in one.pieces) > 5000, (
        "it is spoken"
    )
    data = pseudo.data_of(world)
    assert [(one.name, piece) for one in told for piece in one.bypassing(data)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_page_and_mail_is_whole_in_each_language(told, language):
    """Each place is filled; and it is no page of excuses."""
    assert [(one.name, piece) for one in told(language) for piece in one.pieces if UNFILLED.search(piece)] == []
    assert min(len(one.pieces) for one in told(language)) > 0


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_english_in_no_language_is_english_nowhere(world, told, language):
    """A sentence that is said in English on a page in another language has no translation, or lost it on the way."""
    english = {piece for one in told(ENGLISH) for piece in one.pieces if len(piece.split()) > 4}
    data = pseudo.data_of(world) | {"section", "sections"}  # which French has, too
    same = [
        (one.name, piece)
        for one in told(language)
        for piece in one.pieces
        if piece in english and not one.name.startswith(INVENTED)
    ]
    assert [each for each in same if pseudo.Source(each[0], (each[1],)).bypassing(data)] == []
