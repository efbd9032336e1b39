"""The plain words of each finding: whole, short, and free of what only those know who run DNS or mail."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.wording.plain import (
    PEOPLE,
    SUBJECTS,
    explained,
    nearest,
    page_path,
    plain_sentence,
    subject_of,
    subjects,
)

WORDS_MOST = 26  # in a plain sentence: what is read in one breath
TITLE_MOST = 9
# What nobody knows who does not run DNS or mail; IPv4 and IPv6 only beside "older" and "newer".
JARGON = re.compile(
    r"\b(SPF|DKIM|DMARC|PTR|HELO|EHLO|MX|A{4}|TXT|CNAME|DNS|DNS64|MTA|TLS|TCP|UDP|DSN|SMTP|NXDOMAIN|lookups?|mechanism|"
    r"modifier|resolver|records?|include|canary|probe|reverse-path|envelope|zone|name servers?|RFC|header|queue|VERP)\b"
)
FOLDER = Path(__file__).parents[2] / "monitor" / "wording" / "findings"
EVERY = [one for subject in subjects() for one in subject.findings]
by_code = pytest.mark.parametrize("one", EVERY, ids=[one.code for one in EVERY])


@by_code
def test_the_sentence_is_one_and_short(one):
    assert len(one.sentence.split()) <= WORDS_MOST
    assert one.sentence.endswith(".")
    assert ". " not in one.sentence


@by_code
def test_the_sentence_and_the_title_need_no_knowledge_of_dns(one):
    assert JARGON.findall(one.sentence) + JARGON.findall(one.title) == []
    if re.search(r"IPv[46]", one.sentence):
        assert "newer" in one.sentence or "newer kind" in one.sentence


@by_code
def test_every_word_of_those_who_know_is_explained_below(one):
    said = re.sub(r"`[^`]*`", "", " ".join((one.means, one.otherwise, *one.people, one.do, one.see)))
    used = set(re.findall(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z0-9]*\b|\bIPv[46]\b", said))
    assert used - {word for word, _ in one.words} == set()


@by_code
def test_it_tells_everything(one):
    for text in (one.title, one.means, one.otherwise, one.do, one.see, one.exact, one.remedy, one.standard):
        assert text.strip() == text != ""
    for text in (one.means, one.otherwise, one.do, one.see, one.exact, one.remedy):
        assert text.endswith("."), text
        assert text.count("`") % 2 == 0, text
    assert not one.title.endswith(".")
    assert len(one.title.split()) <= TITLE_MOST
    assert one.who
    assert set(one.who) <= set(PEOPLE)
    assert re.match(r"RFC \d{4}", one.standard)


@by_code
def test_where_it_may_be_of_several_severities_it_says_when(one):
    assert len(one.severities) == 1 or all(one.severities.values())
    assert len(set(one.severities)) == len(one.severities)


def test_no_two_findings_have_the_same_title_or_sentence():
    for texts in ([one.title for one in EVERY], [one.sentence for one in EVERY]):
        assert sorted(texts) == sorted(set(texts))


def test_every_file_of_words_is_a_subject():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*SUBJECTS, "words"}


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_file_has_a_key_that_nobody_reads(name):
    written = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    assert set(written) <= {"subject", "about", "see", "finding"}
    known = {"severity", "title", "sentence", "means", "otherwise", "who", "do", "see", "exact", "remedy", "standard"}
    for code, of in written["finding"].items():
        assert set(of) <= known, code


def test_a_page_for_each_code_and_the_index_for_one_that_is_not_known():
    assert page_path("spf.ipv6-not-covered") == "/findings/spf.ipv6-not-covered"
    assert page_path("spf.of-another-version") == "/findings"
    assert plain_sentence("spf.of-another-version") == ""
    assert explained("spf.of-another-version") is None
    assert subject_of("spf.of-another-version") is None
    assert subject_of("bounce.policy").id == "messages"


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("spf.ipv6-notcovered", "spf.ipv6-not-covered"),
        ("SPF.NONE ", "spf.none"),
        ("key-missing", "dkim.key-missing"),
        ("ptr.mising", "ptr.missing"),
        ("spf.ipv6", "spf.ipv6-not-covered"),
    ],
)
def test_the_nearest_codes_are_offered(asked, first):
    assert nearest(asked)[0].code == first


@pytest.mark.parametrize("asked", ["<script>", "nonsense", "hello world", "", "s"])
def test_nothing_is_offered_for_what_resembles_nothing(asked):
    assert nearest(asked) == ()
