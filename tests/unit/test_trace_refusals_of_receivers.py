"""Replies as receivers, filters and gateways print them, each with its class, in `tests/golden/replies.tsv`.

Class, tabulator, reply. The wording is what their users see; names and addresses are those of documentation.
"""

from pathlib import Path

import pytest

from monitor.trace.stage import stage_told
from monitor.trace.wording.complaints import COMPLAINTS, WHOLE
from monitor.trace.wording.subjects import SUBJECTS
from tests.unit.test_trace_diagnosis import diagnosed

ROWS = [
    line.split("\t") for line in (Path(__file__).parents[1] / "golden" / "replies.tsv").read_text("utf-8").splitlines()
]
ENTRIES = [
    entry for table in (SUBJECTS, COMPLAINTS, WHOLE) for entries in table.values() for entry in entries.split("|")
]


@pytest.mark.parametrize(("kind", "reply"), ROWS, ids=[reply[:60] for _, reply in ROWS])
def test_a_reply_has_its_class(kind, reply):
    assert diagnosed(reply, stage=stage_told(reply)).kind == kind


def test_every_phrase_stands_in_one_table_alone():
    """What a phrase means must not hang on the order of the tables; none is empty, all are lower case."""
    assert sorted(ENTRIES) == sorted(set(ENTRIES))
    assert all(entry and entry == " ".join(entry.split()).lower() for entry in ENTRIES)


def test_a_gap_stands_between_words():
    assert not [entry for entry in ENTRIES if entry.startswith("…") or entry.endswith("…")]
