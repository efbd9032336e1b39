"""Groups of many lists are worked out aside, before somebody asks for them again."""

from monitor.model.lists import MailingList
from monitor.overview.groups import By
from monitor.overview.rows import counts, row
from monitor.overview.summary import NOT_ASSESSED
from monitor.web import overview_cache
from monitor.web.overview_cache import Snapshot
from tests.builders import a_list


def a_snapshot(*names: str) -> Snapshot:
    lists: list[MailingList] = [a_list(id=each) for each in names]
    rows = tuple(row(each, NOT_ASSESSED) for each in lists)
    return Snapshot(rows=rows, counts=counts(rows), calm=0, lists=tuple(lists), taken_at=0.0, cost_s=0.1)


def test_groups_that_were_asked_for_are_ready_in_the_next_snapshot(monkeypatch):
    """And those alone: what nobody looks at any more costs nothing."""
    made = []
    real = overview_cache.places
    monkeypatch.setattr(overview_cache, "places", lambda rows, by: made.append(by) or real(rows, by))
    first = a_snapshot("a")
    assert [one.size for one in first.groups(By.HOST)] == [1]
    assert first.places(By.HOST).keys == {"a": "mail.lists.example.org"}
    second = a_snapshot("a", "b").warmed(first)
    assert made == [By.HOST, By.HOST]
    assert [one.size for one in second.groups(By.HOST)] == [2], "of its own lists"
    assert made == [By.HOST, By.HOST], "it was there already"
    third = a_snapshot("a").warmed(a_snapshot("a").warmed(second))
    assert made == [By.HOST] * 3
    assert third.asked == set()
