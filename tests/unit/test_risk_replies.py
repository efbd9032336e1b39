"""What a receiver was seen to refuse: runs and pauses, whom it hit, of how many posts; also in floods."""

from datetime import timedelta

import pytest

from monitor.evidence.entry import Entry
from monitor.evidence.sketch import digest
from monitor.model.evidence import AdmissionAction
from monitor.risk.replies import FOLLOWED_MOST, SPEAKS_FOR, TIMES_MOST, posts_a_day, replies_of
from tests.builders import NOW, a_ledger, a_look, a_refusal

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REJECT, DEFER = AdmissionAction.REJECT, AdmissionAction.DEFER
MINUTE, QUEUE = timedelta(minutes=1), 5 * DAY
LATENCY = {REJECT: MINUTE, DEFER: QUEUE}


def seen(*entries, per_day=1.0, now=NOW, receiver="gmail"):
    """What Gmail is seen to refuse, by all of these."""
    ordered = sorted(entries, key=lambda each: each.at)
    runs = replies_of(a_ledger(*ordered), latency=LATENCY, per_day=per_day, now=now).get(receiver, (None,))
    return runs[0]


def refused(days_ago, *members, **differs):
    return a_refusal(*members, at=NOW - HOUR - days_ago * DAY, **differs)


def test_a_run_has_posts_recipients_and_subscribers():
    """Three days, for the same two and one more on the last."""
    found = seen(refused(2, "a", "b"), refused(1, "a", "b"), refused(0, "a", "b", "c"))
    assert (found.posts, found.recipients, found.subscribers, found.days) == (3, 7, 3, 3)
    assert (found.first, found.last) == (NOW - 2 * DAY - HOUR, NOW - HOUR)
    assert (found.often, found.families, found.action) == (1.0, (6,), REJECT)


@pytest.mark.parametrize(
    ("per_day", "days_ago", "begins"),
    [
        pytest.param(1, [0, 1, 2, 3], 3, id="each day"),
        pytest.param(1, [0, 1, 4, 5], 5, id="a long weekend belongs to it"),
        pytest.param(1, [0, 1, 2, 3, 4, 5, 20, 21, 22], 5, id="two weeks without any begin a new run"),
        pytest.param(1, [0, 1, 9, 10], 10, id="of few days it is not known how often they come"),
        pytest.param(1 / 7, [0, 7, 14, 21], 21, id="a weekly list is refused weekly"),
        pytest.param(1 / 7, [0, 7, 21, 28], 28, id="also where a week was left out"),
        pytest.param(1 / 7, [0, 1, 15, 16], 16, id="two posts on two days, then a week without any"),
        pytest.param(1 / 7, [0, 30], 30, id="a weekly list may be silent for a month"),
        pytest.param(1, [0], 0, id="one day alone"),
        pytest.param(200, [0, 1, 2, 3], 3, id="a busy list"),
    ],
)
def test_a_run_goes_back_to_the_last_pause_in_which_others_were_to_be_expected(per_day, days_ago, begins):
    found = seen(*(refused(n) for n in days_ago), per_day=per_day)
    assert found.first == NOW - HOUR - begins * DAY
    assert found.days == sum(n <= begins for n in days_ago)


@pytest.mark.parametrize(
    ("days_ago", "allowed"),
    [
        pytest.param([0, 1, 2, 3], 3 * DAY, id="each day: three are expected and do not come"),
        pytest.param([0, 2, 4, 6], 4.6 * 7 / 4 * DAY, id="every other day: one may be by chance"),
        pytest.param([0, 7, 14, 21], 4.6 * 7 * DAY, id="weekly: no more often than there are posts"),
    ],
)
def test_a_pause_is_allowed_by_how_often_refusals_came(days_ago, allowed):
    found = seen(*(refused(n) for n in days_ago), per_day=1 / 7 if 7 in days_ago else 1.0)
    assert abs(found.pause_allowed - found.late - allowed) < MINUTE


def test_what_is_long_past_says_nothing_of_today():
    days = SPEAKS_FOR // DAY
    assert seen(refused(days - 1)) is not None
    assert seen(refused(days + 1)) is None
    assert seen(*(refused(n) for n in range(days + 3))).first == NOW - HOUR - (days + 2) * DAY, "unless it goes on"


def test_receivers_are_told_apart():
    both = [refused(0, "a"), refused(0, "b", receiver="yahoo"), refused(1, "b", receiver="yahoo")]
    assert (seen(*both).posts, seen(*both, receiver="yahoo").posts) == (1, 2)
    assert seen(*both, receiver="nobody") is None


def test_what_is_accepted_or_not_known_is_no_refusal():
    assert seen(refused(0, action=AdmissionAction.ACCEPT), refused(1, action=AdmissionAction.UNKNOWN)) is None


def test_only_where_every_refusal_was_a_post_that_the_queue_gave_up_is_it_a_deferral():
    late = refused(6, action=DEFER)
    assert (seen(late).action, seen(late).latency) == (DEFER, QUEUE)
    assert (seen(late, refused(6, "x")).action, seen(late, refused(6, "x")).latency) == (REJECT, MINUTE)


def test_the_newest_reply_is_quoted_with_its_rule():
    found = seen(
        refused(1, text="old", rule="old.rule", domains=("a.example",)),
        refused(0, text="new", rule="new.rule", family=4, domains=("b.example",)),
        refused(0, receiver="yahoo", text="another's"),
    )
    assert (found.text, found.rule, found.domains, found.families) == ("new", "new.rule", ("b.example",), (4, 6))


def test_one_post_over_two_families_is_one_post():
    """Some recipients' refusals came over IPv4, others' over IPv6."""
    found = seen(refused(0, "a", post="p"), refused(0, "b", post="p", family=4), refused(0, "c", post="p", family=None))
    assert (found.posts, found.subscribers, found.recipients, found.families) == (1, 3, 3, (4, 6))


def test_of_posts_sent_the_traffic_tells_or_what_was_seen():
    assert seen(refused(4), per_day=3.0).sent == pytest.approx(3 * (4 + 1 / 24), abs=0.01)
    assert seen(*(refused(n) for n in range(5)), per_day=0.1).sent == 5, "at least those that were refused"
    posts = [Entry(source="canary", at=NOW - n * HOUR, posts=((NOW - n * HOUR, digest(f"p{n}")),)) for n in range(48)]
    assert seen(refused(1), *posts, per_day=0.1).sent == pytest.approx(37, abs=1), "those seen to go out since its day"


def test_posts_that_are_still_in_the_queue_are_not_expected_back():
    """Of the posts put off since a week ago, only those of the first two days have bounced."""
    found = seen(refused(7, action=DEFER, told_at=NOW - 2 * DAY), per_day=1.0)
    assert found.sent == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(
    ("days", "told"),
    [
        pytest.param({"a": [3, 2, 1, 0], "b": [3, 2, 1, 0]}, [(1.0, 4, 1.0)], id="all alike are one"),
        pytest.param({"a": [1, 0], "b": [0]}, [(0.5, 1, 0.5), (0.5, 2, 1.0)], id="one of them since yesterday"),
        pytest.param({"a": [3, 1], "b": [2, 0]}, [(0.5, 2, 0.5), (0.5, 2, 0.5)], id="by turns"),
    ],
)
def test_recipients_are_followed_one_by_one(days, told):
    """(share of all, bounces, share of the days)."""
    found = seen(*(refused(n, member) for member, each in days.items() for n in each))
    assert sorted((f.share, len(f.bounces), f.often) for f in found.followed) == told


def test_a_followed_recipients_bounces_come_when_the_mail_server_gives_up():
    """Also those of before this run: the list manager may not have forgotten them."""
    (only,) = seen(refused(20, action=DEFER), refused(8, action=DEFER)).followed
    assert only.bounces == (NOW - HOUR - 20 * DAY + QUEUE, NOW - HOUR - 8 * DAY + QUEUE)


def test_how_often_a_recipient_is_refused_is_told_of_this_run_alone():
    """The bounce of before it counts for the list manager, who may not have forgotten it."""
    found = seen(*(refused(n) for n in (0, 1, 2, 3, 4, 29)))
    (only,) = found.followed
    assert (found.days, len(only.bounces), only.often) == (5, 6, 1.0)


def test_several_posts_of_a_day_are_several_bounces_between_the_first_and_the_last():
    """Two members; ten posts an hour apart, each refused for both."""
    start = NOW - 11 * HOUR
    (only,) = seen(*(a_refusal("a", "b", at=start + n * HOUR) for n in range(10)), per_day=10).followed
    assert only.bounces == tuple(start + n * HOUR + MINUTE for n in range(10))


def test_of_a_day_with_very_many_posts_enough_bounces_are_followed():
    start = NOW - 11 * HOUR
    (only,) = seen(*(a_refusal("a", at=start + n * MINUTE, post=str(n)) for n in range(200)), per_day=200).followed
    assert len(only.bounces) == TIMES_MOST


@pytest.mark.parametrize("number", [1, 22, 100, 600, 10_000])
def test_a_flood_of_everybody_is_everybody(number):
    """Three days, all of them each day: all fare alike, and their number is right within the sketch's error."""
    members = [f"m{n}" for n in range(number)]
    found = seen(*(refused(n, *members) for n in range(3)))
    assert found.subscribers == pytest.approx(number, rel=0 if number < 128 else 0.25)
    assert found.recipients == pytest.approx(3 * number, rel=0 if number < 64 else 0.3)
    assert found.posts == 3
    (only,) = found.followed
    assert (only.share, len(only.bounces), only.often) == (1.0, 3, 1.0)


@pytest.mark.parametrize(("number", "part"), [(10_000, 0.5), (10_000, 0.1), (600, 0.25)])
def test_in_a_flood_the_share_of_those_who_are_refused_again_is_right(number, part):
    """All on one day; a part of them on the next as well."""
    members = [f"m{n}" for n in range(number)]
    again = members[: round(number * part)]
    found = seen(refused(1, *members), refused(0, *again))
    twice = sum(each.share for each in found.followed if len(each.bounces) == 2)
    assert twice == pytest.approx(part, abs=3 * (part * (1 - part) / FOLLOWED_MOST) ** 0.5)
    assert found.subscribers == pytest.approx(number, rel=0.25)


def test_a_flood_that_comes_in_pieces_is_the_same_flood():
    """VERP: ten thousand bounces, one each."""
    members = [f"m{n}" for n in range(2_000)]
    apart = [refused(0, each, post="p") for each in members]
    assert seen(*apart) == seen(refused(0, *members, post="p"))


def test_posts_after_the_last_refusal_are_known_where_our_own_subscription_sees_them():
    refusals = [refused(n, post=f"p{n}") for n in range(12, 16)]
    assert seen(*refusals).sent_since is None
    assert not seen(*refusals).is_silent
    posts = [
        Entry(source="canary", at=NOW - n * DAY, posts=((NOW - n * DAY, digest(f"p{n}")),), facts=a_look(at=NOW).facts)
        for n in range(16)
    ]
    none, many = seen(*refusals, *posts[12:]), seen(*refusals, *posts)
    assert (none.sent_since, none.is_silent) == (0.0, False)
    assert many.sent_since == 12.0


def test_posts_a_day_counts_those_that_were_seen_since_the_first():
    posts = [
        Entry(source="canary", at=NOW - n * DAY, posts=((NOW - n * DAY, digest(f"{n}.{k}")),))
        for n in range(40)
        for k in range(2)
    ]
    assert posts_a_day(a_ledger(*reversed(posts)), days=28, now=NOW) == (56, 28)
    assert posts_a_day(a_ledger(*posts[:4]), days=28, now=NOW) == (4, 2)
    assert posts_a_day(a_ledger(), days=28, now=NOW) == (0, 0)
