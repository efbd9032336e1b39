"""Phrases: English as strings, what they were made of besides, and any language from that."""

import copy
import json
import pickle
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.errors import Unparsable
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.phrase.document import phrases_in, with_phrases
from monitor.phrase.names import several_in
from monitor.phrase.phrase import (
    ENGLISH,
    Phrase,
    When,
    capital,
    figure,
    joined,
    keep,
    kept,
    listed,
    percent,
    plural,
    say,
    sentence,
    word,
)
from monitor.store.codec import decode, encode
from monitor.tongue.voice import Voice

AT = datetime(2026, 12, 1, 13, 5, tzinfo=UTC)
MANY = [
    say("Mail from {address} is refused.", address="2001:db8::25"),
    say("{a} and {a}", a=say("once")),
    say("braces {{stay}} {x}", x=1),
    plural("{n} subscriber", "{n} subscribers", 1),
    plural("{n} subscriber", "{n} subscribers", 12345),
    plural("{count} one", "{count} several", 7, count=say("about {n}", n=7)),
    percent(0.345),
    figure(12345),
    listed(["Gmail", "GMX", "Yahoo"]),
    listed(["Gmail", "GMX"], "or"),
    listed([]),
    joined(" ", ["One.", "", say("Two.")]),
    capital(say("takes the mail")),
    sentence(say("takes the mail")),
    word("level", "watch"),
    When(AT, "moment"),
    say("since {day}", day=When(AT)),
    say("a") + " " + say("b"),
]


@pytest.mark.parametrize("one", MANY, ids=str)
def test_what_it_was_made_of_outlives_copies_processes_and_the_store(one):
    voice = Voice("de", ZoneInfo("Europe/Berlin"), AT)
    for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one)), kept(json.loads(json.dumps(keep(one))))):  # noqa: S301 - ours
        assert again == one
        assert voice(again) == voice(one)


@pytest.mark.parametrize(
    "one",
    [*MANY, say("a single } stays"), say("{a} is no more than {b}.", a=None, b=1), say("{x} and {y}", x=0.5, y=True)],
    ids=str,
)
def test_the_quick_way_to_english_says_what_the_long_one_says(one):
    pieces = [one] if isinstance(one, When) else one.pieces(ENGLISH)
    assert "".join(map(str, pieces)) == one


def test_english_is_the_string():
    assert [str(each) for each in MANY] == [
        "Mail from 2001:db8::25 is refused.",
        "once and once",
        "braces {stay} 1",
        "1 subscriber",
        "12345 subscribers",
        "about 7 several",
        "34 %",
        "12\u202f345",
        "Gmail, GMX and Yahoo",
        "Gmail or GMX",
        "",
        "One. Two.",
        "Takes the mail",
        "Takes the mail.",
        "watch",
        "1 December 2026, 13:05 UTC",
        "since 1 December 2026",
        "a b",
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 December, 14:05 CET; 12345; 3.4 %; A, B and C; Tue 1 December"),
        ("de", "1.\xa0Dezember, 14:05 CET; 12.345; 3,4\xa0%; A, B und C; Di., 1. Dez."),
        ("fr", "1er\xa0décembre, 14:05 CET; 12\u202f345; 3,4\xa0%; A, B et C; mar. 1er déc."),
        ("es", "1\xa0de diciembre, 14:05 CET; 12.345; 3,4\xa0%; A, B y C; mar, 1 dic"),
        ("ja", "12月1日 14:05 CET; 12,345; 3.4%; A、B、C; 12月1日(火)"),
    ],
)
def test_each_language_has_its_own_days_numbers_and_lists(language, said):
    told = say(
        "{when}; {count}; {share}; {names}; {day}",
        when=When(AT, "moment"),
        count=12345,
        share=percent(0.034),
        names=listed(["A", "B", "C"]),
        day=When(AT, "weekday"),
    )
    assert Voice(language, ZoneInfo("Europe/Berlin"), AT)(told) == said


@pytest.mark.parametrize(
    ("names", "kind", "said"),
    [
        (["IPv4", "IPv6"], "and", "IPv4 e IPv6"),
        (["A", "hielo.example"], "and", "A y hielo.example"),
        (["Gmail", "Yahoo", "Outlook.com"], "or", "Gmail, Yahoo u Outlook.com"),
        (["Gmail", say("other receivers")], "or", "Gmail u otros receptores"),
    ],
)
def test_spanish_keeps_two_like_vowels_apart(names, kind, said):
    assert Voice("es", UTC, AT)(listed(names, kind)) == said


def test_a_day_is_the_readers_and_has_its_year_where_that_is_another():
    late = say("until {day}", day=When(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)))
    assert late == "until 31 December 2026"
    assert Voice(zone=ZoneInfo("Europe/Berlin"), now=AT)(late) == "until 1 January 2027"
    assert Voice(now=AT)(late) == "until 31 December"


def test_a_missing_word_falls_back_to_english_with_its_parts():
    assert Voice("de", UTC, AT)(say("No catalogue has {this}.", this=2000)) == "No catalogue has 2.000."


def test_the_store_keeps_it_and_reads_what_older_versions_wrote():
    fix = Fix(action=FixAction.ASK, name=say("whoever runs {host}", host="ns1.example.net"), type="", value=say("Ask."))
    one = Finding(code="dns.x", severity=Severity.INFO, message=say("{n} of 3", n=2), fix=fix)
    again = decode(Finding, encode(one))
    assert again == one
    assert isinstance(again.message, Phrase)
    assert again.message.parts == {"n": 2}
    old = b'{"code": "dns.x", "severity": "info", "message": "2 of 3"}'
    assert decode(Finding, old).message == "2 of 3"


def test_a_document_has_english_and_its_table_what_that_is_made_of():
    data = {"findings": [{"message": say("{n} of 3", n=2), "code": "a/b"}], "a/b~": say("x"), "n": None}
    table = json.loads(json.dumps(phrases_in(data)))
    read = with_phrases(json.loads(json.dumps(data)), table)
    assert read == data
    assert isinstance(read["findings"][0]["message"], Phrase)
    assert isinstance(read["a/b~"], Phrase)
    assert not isinstance(read["findings"][0]["code"], Phrase)


def test_a_name_that_is_several_has_each_language_s_own_and():
    assert (several_in("Yahoo and AOL"), Voice("de")(several_in("Yahoo and AOL"))) == ("Yahoo and AOL", "Yahoo und AOL")
    assert Voice("fr")(several_in("GMX, web.de and IONOS")) == "GMX, web.de et IONOS"
    assert several_in("Orange") == "Orange"


@pytest.mark.parametrize(
    "broken",
    [
        [],
        ["say"],
        ["say", ["x"], []],
        ["say", [5], {}],
        ["say", ["of a {place} that is missing"], {}],
        ["of another version", [], {}],
        ["listed", ["and"], 5],
        ["figure", [], {"n": "x"}],
        ["when", "day"],
        ["when", "day", "0001-01-01T00:00:00+14:00"],
        ["say", ["{a}"], {"a": []}],
    ],
    ids=str,
)
def test_what_is_no_sentence_is_told_so_and_leaves_a_documents_english(broken):
    with pytest.raises(ValueError):
        kept(broken)
    if broken[:1] != ["of another version"]:
        with pytest.raises(Unparsable):
            decode(Finding, json.dumps({"code": "dns.x", "severity": "info", "message": broken}).encode())
    table = {"/a": broken, "/b": keep(say("two")), "/c": keep(say("no text")), "/d": 5}
    read = with_phrases({"a": "one", "b": "two", "c": ["x"], "d": "four"}, table)
    assert read == {"a": "one", "b": "two", "c": ["x"], "d": "four"}
    assert isinstance(read["b"], Phrase)


def test_a_moment_of_a_kind_that_only_a_later_version_has_is_told_as_a_day():
    at = kept(["when", "hour", "2026-12-01T13:05:00+00:00"])
    assert [Voice(each, now=AT)(at) for each in ("en", "de")] == ["1 December", "1.\xa0Dezember"]


def test_a_form_that_only_a_later_version_has_is_left_out_and_loses_no_record():
    later = ["range", [], {"from": 1, "to": 2}]
    message = json.dumps(["say", ["{n} are lost: {names}"], {"n": later, "names": "Gmail"}])
    document = f'{{"code":"dns.x","severity":"info","message":{message},'
    document += f'"fix":{{"action":"ask","name":{json.dumps(later)},"type":"","value":"x"}}}}'
    read = decode(Finding, document.encode())
    assert (read.message, read.fix.name) == ("… are lost: Gmail", "…")
