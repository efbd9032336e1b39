"""`staysub check --batch`: whatever a line holds, it has one answer, in its place."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.check.batch import WrongLine, answers, numbered, question
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 5, tzinfo=UTC)
RESOLVER = ZoneResolver({"example.org": {"TXT": ["v=spf1 ip4:192.0.2.1 ip6:2001:db8::/32 -all"]}})
GOOD = b'{"mail_from": "a@example.org", "helo": "mx.example.org", "client_ip": ["192.0.2.1", "2001:db8::1"]}\n'


def answered(*lines):
    return list(answers(numbered(lines), RESOLVER, now=NOW))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param(b"no json", "No JSON", id="no JSON"),
        pytest.param(b'{"mail_from": "a@exam', "No JSON", id="cut off"),
        pytest.param(b"\xff\xfe{}", "No JSON", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "No JSON", id="nested without end"),
        pytest.param(b'["a@example.org"]', "A question is an object", id="no object"),
        pytest.param(b'{"helo": "h", "client_ip": ["192.0.2.1"], "ip": 1}', "There is no key 'ip'", id="unknown key"),
        pytest.param(
            b'{"mail_from": 5, "helo": "h", "client_ip": ["192.0.2.1"]}', "mail_from is no text", id="a number"
        ),
        pytest.param(b'{"mail_from": "a@b.example", "client_ip": ["192.0.2.1"]}', "helo is missing", id="no HELO"),
        pytest.param(b'{"helo": "h.example"}', "client_ip is missing", id="no address"),
        pytest.param(b'{"helo": "h.example", "client_ip": []}', "client_ip is no list", id="no addresses"),
        pytest.param(b'{"helo": "h.example", "client_ip": [3232235777]}', "3232235777 is no address", id="number"),
        pytest.param(
            b'{"helo": "h.example", "client_ip": ["192.0.2.1", "::g"]}', "'::g' is no address", id="one wrong"
        ),
    ],
)
def test_a_line_that_is_no_question_is_told_in_one_sentence(line, sentence):
    with pytest.raises(WrongLine, match=sentence.replace("[", r"\[")):
        question(line)
    first, wrong, last = answered(GOOD, line + b"\n", GOOD)
    assert (wrong["line"], wrong["domain"], wrong["results"]) == (2, None, [])
    assert sentence in wrong["error"]
    assert [[each["result"] for each in answer["results"]] for answer in (first, last)] == [["pass", "pass"]] * 2


@pytest.mark.parametrize(
    ("line", "domain", "addresses"),
    [
        pytest.param({"helo": "example.org", "client_ip": "192.0.2.1"}, "example.org", ["192.0.2.1"], id="null path"),
        pytest.param({"mail_from": "<>", "helo": "example.org", "client_ip": ["192.0.2.1"]}, "example.org", ["192.0.2.1"], id="<>"),
        pytest.param({"mail_from": None, "helo": "example.org", "client_ip": ["::ffff:192.0.2.1"]}, "example.org", ["192.0.2.1"], id="mapped"),
        pytest.param({"mail_from": "<a@Example.ORG.>", "helo": "h", "client_ip": ["[2001:DB8::1]"]}, "example.org", ["2001:db8::1"], id="brackets"),
        pytest.param({"mail_from": "ü@münchen.example", "helo": "h", "client_ip": ["192.0.2.1"]}, "xn--mnchen-3ya.example", ["192.0.2.1"], id="beyond ASCII"),
    ],
)  # fmt: skip
def test_what_is_meant_is_understood(line, domain, addresses):
    (answer,) = answered(json.dumps(line, ensure_ascii=False).encode())
    assert answer["domain"] == domain
    assert [each["client_ip"] for each in answer["results"]] == addresses


def test_an_empty_line_is_answered_but_for_those_at_the_end():
    found = answered(b"\n", GOOD, b"  \n", b"\n", b"\xef\xbb\xbf" + GOOD, b"\n", b"")
    assert [answer.get("line") for answer in found] == [1, None, 3, 4, None]


@given(st.lists(st.one_of(st.just(GOOD), st.binary(max_size=60), st.text(max_size=40).map(str.encode)), max_size=12))
def test_any_octets_have_one_answer_a_line(lines):
    """Nothing but a question or WrongLine; good lines among them are answered as ever."""
    kept = [line.replace(b"\n", b"") or b"-" for line in lines]
    kept = [line if line.strip() else b"-" for line in kept]
    found = answered(*kept)
    assert len(found) == len(kept)
    for line, answer in zip(kept, found, strict=True):
        assert ("error" in answer) is (answer["results"] == [])
        assert line != GOOD.strip() or [each["result"] for each in answer["results"]] == ["pass", "pass"]
