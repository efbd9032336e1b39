"""Each machine against what the programs themselves did: their own code, run over random histories under a faked clock.

`golden/bounces/` holds one history and its outcome a line. Mailman 2.1 is Bouncer.py, the token store of Pending.py and
cron/disabled, in time zones with daylight saving; Mailman 3 is the bounce runner fed with notifications; mlmmj is its
programs mlmmj-bounce and mlmmj-maintd; ezmlm-idx is ezmlm-return and ezmlm-warn; listmonk is its query in PostgreSQL;
Sympa is _get_score.
"""

import json
from pathlib import Path

import pytest

from monitor.managers.cases import answer

RECORDED = sorted((Path(__file__).parents[1] / "golden" / "bounces").glob("*.jsonl"))
LINES = [
    pytest.param(json.loads(line), id=f"{file.stem} {number}")
    for file in RECORDED
    for number, line in enumerate(file.read_text().splitlines(), start=1)
]


@pytest.mark.parametrize("recorded", LINES)
def test_what_the_program_did(recorded):
    """To the second: when the member was disabled, warned, probed and removed, and the score that was left."""
    assert answer(recorded["case"]) == recorded["answer"]


def test_recordings_tell_something():
    """Every program is there, and its recordings reach what they are to show."""
    assert {file.stem for file in RECORDED} == {
        "ezmlm-idx-7.2",
        "listmonk-6",
        "mailman-2.1",
        "mailman-3.3.10",
        "mailman-3.3.8",
        "mlmmj-1.3",
        "sympa-6.2.80-scores",
    }
    answers = [param.values[0]["answer"] for param in LINES]
    for what in ("disabled", "warnings", "removed", "probes"):
        assert sum(1 for found in answers if found.get(what)) >= 20
