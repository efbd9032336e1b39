"""Refusals out of the ledger as the API's `bounces` and the picture of a list's past show them."""

from datetime import UTC, datetime

from monitor.web.views.bounced import bounced
from tests.refusals import REPLY, refused


def test_a_row_a_day_receiver_family_and_rule_the_newest_first():
    story = refused(subscribers=22, there=22, days=3, families=(4, 6), rule="goog.dmarc.5726")
    rows = bounced(story.ledger, story.rules, list_id="ipv6-ops")
    assert [(each.at, each.family) for each in rows] == [
        (datetime(2026, 11, day, 8, tzinfo=UTC), family) for day in (23, 22, 21) for family in (6, 4)
    ]
    assert len({each.id for each in rows}) == 6
    one = rows[0]
    assert (one.list_id, one.kind, one.receiver, one.rule, one.about) == (
        "ipv6-ops",
        "policy",
        "gmail",
        "goog.dmarc.5726",
        "author",
    )
    assert (one.action, one.recipients, one.domains, one.text) == ("reject", 11, ("gmail.com",), REPLY)
    assert one.members == (), "digests of subscribers are nobody's to see"


def test_a_receiver_that_nobody_knows_has_no_name():
    story = refused(subscribers=2, days=1, receiver="generic")
    (row,) = bounced(story.ledger, story.rules, list_id="ipv6-ops")
    assert (row.receiver, row.rule, row.about) == (None, None, None)
