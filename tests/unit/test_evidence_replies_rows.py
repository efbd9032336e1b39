"""Rows of a day: added up, bounded, and read back whatever became of their document."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.evidence.entry import Reply
from monitor.evidence.replies.counted import OfList, Row, RowKey
from monitor.evidence.replies.entered import entry_of
from monitor.evidence.replies.rows_of_day import (
    DAYS_KEPT,
    ROWS_MOST_OF_ALL,
    added,
    is_kept,
    read_rows,
    write_rows,
)
from monitor.model.evidence import AdmissionAction

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = NOW.date()


def a_key(**differs):
    usual = {
        "receiver": "gmail",
        "family": 6,
        "action": AdmissionAction.REJECT,
        "kind": "policy",
        "rule": "r",
        "code": "",
    }
    return RowKey(**{"day": DAY, **usual, **differs})


def a_reply(at):
    return Reply(at=at, receiver="gmail", family=6, action=AdmissionAction.REJECT, post=7, members=(1,), text="550 no")


def a_row(attempts=1, at=NOW, sample="550 no", delays=None):
    return Row(attempts=attempts, recipients=2 * attempts, first=at, last=at, sample=sample, delays=delays or {})


def test_rows_of_one_key_add_up_and_the_newest_reply_stays():
    """First and last are those of all, delays are counted together."""
    later = NOW + timedelta(minutes=1)
    rows = added({a_key(): a_row(3, delays={1: 2})}, {a_key(): a_row(1, later, "550 never", delays={1: 1, 4: 1})})
    (row,) = rows.values()
    assert (row.attempts, row.recipients, row.first, row.last) == (4, 8, NOW, later)
    assert (row.sample, row.delays) == ("550 never", {1: 3, 4: 1})


def test_what_is_written_is_read_back():
    """To the millisecond."""
    rows = {a_key(): a_row(), a_key(family=4, code="5.7.1"): a_row(7, sample="450 4.2.0 äöü", delays={3: 5})}
    assert read_rows(DAY, write_rows(rows)) == rows


def test_a_day_has_bounded_rows_and_loses_no_count():
    """What has no room is counted under a coarser key."""
    many = {a_key(receiver=f"r{n}", code=f"5.7.{n}"): a_row() for n in range(1000)}
    rows = added({}, many)
    assert len(rows) <= ROWS_MOST_OF_ALL + 3
    assert sum(row.attempts for row in rows.values()) == 1000


@given(st.one_of(st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=20).map(str)))
def test_whatever_is_kept_something_is_read(text):
    """What is no row is left out."""
    assert isinstance(read_rows(DAY, text), dict)


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        (DAY, True),
        (DAY + timedelta(1), True),
        (DAY + timedelta(2), False),
        (DAY - DAYS_KEPT, False),
        (date(1999, 1, 1), False),
    ],
)
def test_a_quarter_is_kept_and_nothing_of_a_time_to_come(day, kept):
    """A day more, as logs may be of another zone."""
    assert is_kept(day, NOW) is kept


def test_replies_and_posts_enter_the_ledger_together():
    """Nothing enters where there are none."""
    assert entry_of(OfList()) is None
    entry = entry_of(OfList(replies=(a_reply(NOW),), posts={7: NOW}))
    assert entry.posts == ((NOW, 7),)
    assert entry.at == NOW
