"""What people read of states, kinds and results: a word for each, and whatever is none of ours as it stands."""

import pytest

from monitor.model.dns import PtrResult
from monitor.model.evidence import AdmissionAction, ProbeState
from monitor.model.incidents import ChangeKind, IncidentState, NoticeState
from monitor.phrase.phrase import Phrase
from monitor.wording import states


@pytest.mark.parametrize(
    ("word_of", "values"),
    [
        (states.incident_state_word, IncidentState),
        (states.change_word, ChangeKind),
        (states.probe_state_word, ProbeState),
        (states.notice_state_word, NoticeState),
        (states.action_word, AdmissionAction),
        (states.channel_word, ("mail", "webhook")),
        (states.bounce_word, ("policy", "address", "mailbox", "transient", "other")),
        (states.notice_kind_word, [f"list.risk.{each}" for each in ChangeKind]),
        (states.notice_kind_word, ("endpoint.test", "channel.failed", "digest", "weekly")),
    ],
)
def test_each_has_a_word_that_every_language_can_say(word_of, values):
    said = [word_of(each) for each in values]
    assert all(isinstance(each, Phrase) for each in said)
    assert said == [str(each).rpartition(".")[2] for each in values], "in English the word of the document"


def test_results_are_called_as_the_standards_call_them():
    said = {each: states.result_word(each) for each in PtrResult}
    assert [each for each, word in said.items() if isinstance(word, Phrase)] == [PtrResult.MISSING, PtrResult.MISMATCH]
    assert states.result_word("softfail") == "softfail"


def test_what_a_newer_version_stored_is_shown_as_it_stands():
    assert states.notice_kind_word("list.risk.unheard") == "unheard"
    assert states.channel_word("pigeon") == "pigeon"
