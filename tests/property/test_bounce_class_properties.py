"""The class of any refusal: total, linear, and never against what the first digit and the stage say."""

import time
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.admission.data import load_rules
from monitor.trace.diagnosis import diagnose
from monitor.trace.failures import Failure
from monitor.trace.remote_address import address_in_field, address_told
from monitor.trace.stage import stage_told
from monitor.trace.wording.complaints import COMPLAINTS, WHOLE
from monitor.trace.wording.phrases import words_in
from monitor.trace.wording.sentences import said_in
from monitor.trace.wording.subjects import SUBJECTS

RULES = load_rules()
CLASSES = {"policy", "address", "mailbox", "transient", "other"}
KNOWN = sorted(
    entry.replace("*", "ing").replace("…", "of the")
    for table in (SUBJECTS, COMPLAINTS, WHOLE)
    for entries in table.values()
    for entry in entries.split("|")
)
WORDS = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(["<a@example.net>", "192.0.2.1", "[2001:db8::1]", "mx.example.net", ":", ".", "-", ";", "5.1.1", "to", "from", "(in"]),
    st.text(max_size=8),
)  # fmt: skip
SENTENCES = st.lists(WORDS, max_size=14).map(" ".join)
CODES = st.sampled_from(
    ["5.1.1", "5.1.2", "5.2.1", "5.2.2", "5.4.4", "5.7.1", "4.1.1", "4.2.2", "4.4.1", "4.7.1", "4.0.0", ""]
)
SOFT = st.sampled_from(["421", "450", "451", "452"])
STAGES = st.sampled_from([None, "greeting", "helo", "session", "mail", "rcpt", "data"])


def kind(reply, *, status=None, stage=None, remote_mta=None):
    failure = Failure(
        final_recipient="a@example.net",
        action="failed",
        status_code=status or None,
        diagnostic_code=reply,
        remote_mta=remote_mta,
        standard=True,
        stage=stage,
    )
    return diagnose(failure, RULES, on=date(2026, 11, 24)).kind


@given(st.text(max_size=3000), CODES, STAGES)
def test_any_text_has_a_class(text, status, stage):
    assert kind(text, status=status, stage=stage) in CLASSES
    stage_told(text)
    address_told(text)
    address_in_field(text)


@given(SOFT, CODES, SENTENCES, CODES, STAGES)
def test_a_4yz_reply_never_means_that_an_address_does_not_exist(code, enhanced, sentence, status, stage):
    """RFC 5321 section 4.2.1."""
    assert kind(f"{code} {enhanced} {sentence}", status=status, stage=stage) != "address"


@given(
    st.sampled_from(["421", "450", "550", "553", "554"]),
    CODES,
    SENTENCES,
    st.sampled_from(["greeting", "helo", "mail"]),
)
def test_before_rcpt_nothing_is_said_of_a_recipient(code, enhanced, sentence, stage):
    """RFC 5321 section 3.3: the recipient has not been named yet."""
    assert kind(f"{code} {enhanced} {sentence}", stage=stage) not in {"address", "mailbox"}


@given(SENTENCES)
def test_a_sender_that_is_rejected_is_never_the_subscribers_fault(reason):
    assert kind(f"550 5.1.1 <a@example.org>: Sender address rejected: {reason}") == "policy"


@given(st.lists(st.sampled_from([each for each in KNOWN if each.isascii()]), max_size=14).map(" ".join))
def test_capital_letters_say_nothing(sentence):
    assert said_in(sentence.upper()) == said_in(sentence)


@settings(deadline=None, max_examples=25)
@given(st.lists(WORDS, min_size=1, max_size=4).map(" ".join))
def test_reading_is_linear(sentence):
    """Eight times the text takes less than forty times as long."""

    def took(text):
        began = time.process_time()
        said_in(text)
        stage_told(text)
        address_told(text)
        return time.process_time() - began

    short = (sentence + " ") * (4000 // (len(sentence) + 1))
    assert min(took(short * 8) for _ in range(2)) < 40 * max(min(took(short) for _ in range(3)), 1e-3)


@given(st.text(max_size=400))
def test_words_hold_no_space(text):
    assert all(word and not any(letter.isspace() for letter in word) for word in words_in(text))
