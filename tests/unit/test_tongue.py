"""Which language a reader gets, and how the catalogues are held to the program."""

import re

import pytest
from babel.messages.pofile import read_po

from monitor.config.settings import Settings
from monitor.notify.preferences import language_of
from monitor.phrase.phrase import joined, percent, plural, say
from monitor.tongue.catalogue import DOMAINS, catalogue
from monitor.tongue.languages import ENGLISH, LANGUAGES, language_named, language_wanted
from monitor.tongue.messages import CATALOGUES, messages, renewed, untranslated, written
from monitor.tongue.voice import Voice

OTHERS = sorted(set(LANGUAGES) - {ENGLISH})
EACH = [(language, domain) for language in OTHERS for domain in DOMAINS]
PLACE = re.compile(r"\{\w+\}|%\(\w+\)s")
CODE = re.compile(r"`[^`]*`|<[^>]+>")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,en;q=0.8", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("pt-BR,pt;q=0.9,es;q=0.5,en;q=0.4", "es"),
        ("ja;q=0.1, fr;q=0.9", "fr"),
        ("fr;q=0, ja", "ja"),
        ("*", "en"),
        ("xx, ;q=1, de;q=high, fr;q=0.1", "fr"),
        (",".join(["xx"] * 5000) + ",de", "en"),
    ],
)
def test_the_first_language_of_ours_that_a_browser_asks_for(accepted, language):
    assert language_wanted(accepted) == language


def test_a_tag_may_have_a_region_and_any_case():
    assert [language_named(tag) for tag in ("DE", "fr_CA", " es-419 ", "", None, "klingon", "english")] == [
        "de",
        "fr",
        "es",
        None,
        None,
        None,
        None,
    ]


def test_japanese_is_closed_up_where_it_meets_and_not_within_what_is_quoted(monkeypatch):
    monkeypatch.setattr(Voice, "message", lambda _self, _message, _context: "「{reply}」と {a} {b} は {reply}")
    told = Voice("ja")(say("", reply="受信 拒否 です", a="東京", b="Gmail"))
    assert told == "「受信 拒否 です」と東京 Gmail は受信 拒否 です"


def test_an_owner_has_a_language_of_her_own():
    settings = Settings.model_validate(
        {"notices": {"language": "fr-CH"}, "owner": [{"address": "a@example.org", "language": "ja"}]}
    )
    assert [language_of(each, settings) for each in ("a@example.org", "b@example.org")] == ["ja", "fr"]


def test_a_language_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r'must be one of "en" \(English\), "de" \(Deutsch\), .* not \'tlh\''):
        Settings.model_validate({"notices": {"language": "tlh"}})


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_a_catalogue_has_what_the_program_says_and_nothing_else(language, domain):
    """`make catalogues` brings it up to date."""
    place = CATALOGUES / language / f"{domain}.po"
    assert place.read_bytes() == written(renewed(language, domain)), "run `make catalogues`"
    assert untranslated(renewed(language, domain)) == []


@pytest.mark.parametrize(("language", "domain"), EACH)
def test_places_and_code_stand_in_every_translation(language, domain):
    with (CATALOGUES / language / f"{domain}.po").open("rb") as file:
        catalog = read_po(file, locale=language, domain=domain)
    for each in catalog:
        for english, said in _forms(each):
            assert set(PLACE.findall(said)) == set(PLACE.findall(english)), (english, said)
            assert sorted(CODE.findall(said)) == sorted(CODE.findall(english)), (english, said)
            assert (english[:1].isspace(), english[-1:].isspace()) == (said[:1].isspace(), said[-1:].isspace()), said


def _forms(message):
    """Each form of a translation with the English that it stands for."""
    if not message.id or not message.string or not all(message.string):
        return
    if not isinstance(message.id, tuple):
        yield message.id, message.string
        return
    one, several = message.id
    forms = message.string
    yield from ((several, each) for each in forms[1:] or forms)
    if len(forms) > 1 and set(PLACE.findall(one)) == set(PLACE.findall(several)):
        yield one, forms[0]


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_is_one_that_a_translator_can_use(domain):
    """Places have names, no sentence is glued from halves with spaces at its ends."""
    for each in messages(domain):
        for text in each.id if isinstance(each.id, tuple) else (each.id,):
            assert not re.search(r"\{\}|\{\d+\}|%s", text), text
            assert text == text.strip() or text == " and ", repr(text)  # which stands between two standards


@pytest.mark.parametrize("language", OTHERS)
def test_plurals_follow_the_language(language):
    said = [Voice(language)(plural("{n} subscriber", "{n} subscribers", n)) for n in (1, 2)]
    assert (said[0].replace("1", "2") == said[1]) is (language == "ja")
    assert catalogue(language).info()["language"] == language


def test_what_no_catalogue_has_is_said_in_english():
    assert {Voice(language)(say("Nobody ever says this.")) for language in LANGUAGES} == {"Nobody ever says this."}


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ("Orange", "le postmaster d’Orange"),
        ("iCloud", "le postmaster d’iCloud"),
        ("Gmail", "le postmaster de Gmail"),
        ("Yahoo", "le postmaster de Yahoo"),
    ],
)
def test_french_elides_before_what_stands_at_a_place(receiver, said):
    assert Voice("fr")(say("the postmaster of {receiver}", receiver=receiver)) == said


def test_french_sets_its_double_marks_apart():
    assert Voice("fr")(joined("; ", (joined(": ", ("a", "b")), "c"))) == "a\xa0: b\u202f; c"
    assert Voice("fr")(percent(0.00001)) == "<\u202f0,1\xa0%"
