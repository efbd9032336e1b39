"""What the mail server's log adds to the verdict: what was taken, what waits in the queue, exact numbers."""

from datetime import timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.evidence.entry import Entry, Reply
from monitor.evidence.replies.counted import Waiting
from monitor.evidence.sketch import digest
from monitor.model.evidence import AdmissionAction
from monitor.model.risk import Hit, RiskLevel
from monitor.risk.facts import RiskFacts
from monitor.risk.receiver_forecasts import receiver_forecasts
from monitor.risk.seen_findings import seen_findings
from monitor.wording.receiver import seen_words
from tests.builders import NOW, a_ledger, a_refusal

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACCEPT, DEFER = AdmissionAction.ACCEPT, AdmissionAction.DEFER
SPF_RULE = next(each.id for each in load_rules().rules if each.receiver == "gmail" and each.about == "list")
AUTHOR_RULE = next(each.id for each in load_rules().rules if each.receiver == "gmail" and each.about == "author")


def taken(*posts, at, receiver="gmail", family=4):
    """A line of the log a post: it was taken."""
    replies = [
        Reply(at=at, receiver=receiver, family=family, action=ACCEPT, post=digest(post), members=()) for post in posts
    ]
    return Entry(source="log", at=at, replies=tuple(replies))


def refused(*members, at, post, **differs):
    return a_refusal(*members, at=at, post=post, source="log", **differs)


def some(number):
    return [f"m{n}" for n in range(number)]


def put_off(**differs):
    usual = {
        "receiver": "gmail",
        "family": 6,
        "kind": "policy",
        "rule": SPF_RULE,
        "posts": 2,
        "members": 312,
        "queued_at": NOW - 20 * MINUTE,
        "since": NOW - 20 * MINUTE,
        "last": NOW - MINUTE,
        "sample": "450 4.7.26 This mail is unauthenticated",
        "domains": ("gmail.com",),
    }
    return Waiting(**{**usual, **differs})


def told(entries=(), *, there=400, now=NOW, per_day=4.0, **differs):
    """(Gmail's forecast, the list's level)."""
    facts = {
        "manager": "mailman3",
        "mta": "postfix",
        "messages_per_day": per_day,
        "subscribers": {"gmail.com": there} if there else {},
        "ledger": a_ledger(*sorted(entries, key=lambda each: each.at)),
    }
    forecasts, level = receiver_forecasts(RiskFacts(**{**facts, **differs}), now=now)
    return next((each for each in forecasts if each.receiver == "gmail"), None), level


def sentence_of(forecast, now=NOW):
    (found,) = seen_findings([forecast], load_rules(), manager="GNU Mailman 3", now=now)
    return found.message


def test_refusals_are_held_to_what_was_taken():
    """Three posts were refused, seventeen taken after the first of them: some posts, not all."""
    fault = NOW - 2 * DAY
    entries = [
        *(refused(*some(40), at=fault + n * HOUR, post=f"r{n}") for n in range(3)),
        *(taken(f"t{n}", at=fault + n * 2 * HOUR) for n in range(1, 18)),
    ]
    found, _ = told(entries)
    assert (found.seen.posts, found.seen.sent, found.seen.hit) == (3, 20.0, Hit.POSTS)


def test_a_busy_list_is_held_to_all_its_posts():
    """A hundred posts refused of some thousand: an estimate by then, and never of those alone that are kept."""
    fault = NOW - 2 * DAY
    entries = [
        each
        for n in range(1000)
        for each in (
            taken(f"p{n}", at=fault + n * 2 * MINUTE),
            *([refused(*some(3), at=fault + n * 2 * MINUTE, post=f"p{n}")] if n % 10 == 0 else []),
        )
    ]
    found, _ = told(entries, per_day=500.0)
    assert 60 <= found.seen.posts <= 150
    assert 600 <= found.seen.sent <= 1600


def test_what_was_taken_before_the_first_refusal_says_nothing_of_it():
    """Twenty posts in the morning, a fault at noon: all posts since are refused."""
    noon = NOW - 3 * HOUR
    entries = [
        *(taken(f"t{n}", at=noon - 4 * HOUR + n * MINUTE) for n in range(20)),
        *(refused(*some(390), at=noon + n * HOUR, post=f"r{n}") for n in range(3)),
    ]
    found, level = told(entries)
    assert (found.seen.posts, found.seen.sent, found.seen.hit) == (3, 3.0, Hit.ALL)
    assert level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}


def test_what_was_taken_takes_no_words_from_a_refusal():
    """A reply without a rule is quoted also after a post was taken there."""
    at = NOW - HOUR
    both = [refused(*some(40), at=at, post="p"), taken("q", at=at + MINUTE, family=6)]
    found, _ = told(both)
    assert found.seen.reply == "550 5.7.1 no"


def test_a_run_is_over_when_enough_posts_were_taken_after_it():
    """Nobody has to wait for days: the log says that what was refused is taken."""
    fault = NOW - 5 * HOUR
    entries = [
        *(refused(*some(390), at=fault + n * 10 * MINUTE, post=f"r{n}") for n in range(3)),
        *(taken(f"t{n}", at=fault + 2 * HOUR + n * 10 * MINUTE) for n in range(4)),
    ]
    found, _ = told(entries)
    assert found.seen.over_since == fault + 20 * MINUTE
    without, _ = told(entries[:3])
    assert without.seen.over_since is None


def test_a_post_refused_for_some_and_taken_for_others_is_no_post_that_was_taken():
    """Copies of one post go over both families by chance: it is refused."""
    at = NOW - 3 * HOUR
    entries = [
        each
        for n in range(3)
        for each in (refused(*some(60), at=at + n * HOUR, post=f"p{n}"), taken(f"p{n}", at=at + n * HOUR + MINUTE))
    ]
    found, _ = told(entries)
    assert (found.seen.posts, found.seen.sent, found.seen.over_since) == (3, 3.0, None)


@pytest.mark.parametrize(
    ("counted", "number", "exact"),
    [
        pytest.param(347, 347, True, id="counted one by one"),
        pytest.param(12, None, False, id="a log that saw few of them"),
        pytest.param(None, None, False, id="no log"),
    ],
)
def test_the_exact_number_is_told_where_it_is_known(counted, number, exact):
    """Beyond what a day's sketch holds the number is an estimate, but for the log's count."""
    at = NOW - 3 * HOUR
    members = {} if counted is None else {("gmail", at.date()): counted}
    found, _ = told([refused(*some(347), at=at + n * HOUR, post=f"p{n}") for n in range(2)], members=members)
    assert found.seen.exact is exact
    assert (found.seen.subscribers == 347) is exact
    if number is None:
        assert "about" in sentence_of(found) or "nearly all" in sentence_of(found)
    else:
        assert f"{number} of 400 subscribers" in sentence_of(found)


def test_one_post_refused_by_a_rule_about_the_set_up_is_a_flood():
    """What the reply is about, every post meets: nobody needs a second one to see it."""
    once, level = told([refused(*some(300), at=NOW - MINUTE, post="p", rule=SPF_RULE)], of_set_up=frozenset({SPF_RULE}))
    assert once.seen.hit is Hit.ALL
    assert level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    other, level = told([refused(*some(300), at=NOW - MINUTE, post="p", rule=AUTHOR_RULE)])
    assert (other.seen.hit, level) == (Hit.ONCE, RiskLevel.WATCH)


def test_two_addresses_are_no_flood_whatever_their_reply_says():
    """A filter of a person's own may quote any rule."""
    found, level = told([refused("a", "b", at=NOW - MINUTE, post="p", rule=SPF_RULE)], of_set_up=frozenset({SPF_RULE}))
    assert (found.seen.hit, level) == (Hit.ONCE, RiskLevel.OK)


def test_a_post_that_others_took_is_about_the_post():
    """One author's DMARC or an attachment: told apart from how the list's mail is sent."""
    at = NOW - HOUR
    entries = [
        refused(*some(40), at=at, post="p", rule=AUTHOR_RULE),
        *(taken("p", at=at, receiver=each) for each in ("yahoo", "gmx")),
        taken("q", at=at + MINUTE, receiver="apple"),
    ]
    found, _ = told(entries)
    assert found.seen.taken_by == 2
    assert "2 other receivers took what was refused: it is about these posts" in sentence_of(found)
    of_set_up, _ = told([refused(*some(40), at=at, post="p", rule=SPF_RULE), *entries[1:]])
    assert "other receivers" not in sentence_of(of_set_up)


def test_what_is_put_off_is_told_at_once_with_its_end():
    """A 4yz that every post meets: nobody is lost yet, and it is known when they will be."""
    found, level = told(waiting=(put_off(),), of_set_up=frozenset({SPF_RULE}))
    assert (found.seen.action, found.seen.hit, found.seen.subscribers, found.seen.exact) == (DEFER, Hit.ALL, 312, True)
    assert abs(found.seen.gives_up_at - (NOW - 20 * MINUTE + 5 * DAY)) < HOUR, "Postfix's queue lifetime"
    assert found.seen.disabled == 0
    assert found.disabled_on - NOW >= 5 * DAY, "nothing bounces before the queue gives it up"
    assert level is RiskLevel.AT_RISK
    said = sentence_of(found)
    assert (
        said.startswith("Gmail puts the list's mail off since 28 November 2026") or "puts the list's mail off" in said
    )
    assert "312 of 400 subscribers there" in said
    words = seen_words(found.seen, 400)
    assert words.startswith(
        "puts off 2 of about 2 posts since 23 November 2026, for 312 of 400 subscribers there over IPv6"
    )
    assert words.endswith(": they bounce from 28 November 2026 on")


@pytest.mark.parametrize(
    ("entries", "waiting", "sentence", "words"),
    [
        pytest.param(
            [refused(*some(300), at=NOW - MINUTE, post="p", rule=SPF_RULE)],
            (),
            "Gmail has refused the only post since",
            "refused the only post since",
            id="refused",
        ),
        pytest.param(
            [],
            (put_off(posts=1),),
            "Gmail puts off the only post since",
            "puts off the only post since",
            id="put off",
        ),
    ],
)
def test_one_post_is_the_only_one_and_not_one_of_about_one(entries, waiting, sentence, words):
    found, _ = told(entries, waiting=waiting, of_set_up=frozenset({SPF_RULE}))
    assert sentence_of(found).startswith(sentence)
    assert seen_words(found.seen, 400).startswith(words)


def test_greylisting_and_a_busy_receiver_are_no_danger_for_a_day():
    """What is put off for another reason than how mail is sent mostly arrives."""
    young, level = told(waiting=(put_off(kind="transient", rule=""),))
    assert (young, level) == (None, RiskLevel.UNKNOWN)
    old, level = told(waiting=(put_off(kind="transient", rule="", since=NOW - 2 * DAY, queued_at=NOW - 2 * DAY),))
    assert old.seen.action is DEFER
    assert level is RiskLevel.AT_RISK


def test_what_was_put_off_and_taken_meanwhile_is_over():
    """Posts are taken after the last one that was put off."""
    later = [taken(f"t{n}", at=NOW - 9 * MINUTE + n * MINUTE) for n in range(8)]
    found, _ = told(later, waiting=(put_off(last=NOW - 10 * MINUTE),))
    assert found.seen.over_since == NOW - 10 * MINUTE


@pytest.mark.parametrize(
    "ago",
    [
        pytest.param(30 * HOUR, id="a day"),
        pytest.param(6 * DAY, id="given up by now"),
        pytest.param(20 * DAY, id="of old"),
    ],
)
@pytest.mark.parametrize("kind", ["policy", "transient"])
def test_what_a_log_left_waiting_long_ago_waits_no_more(ago, kind):
    """A log that was imported, or is followed no more: every mail server tries again within hours."""
    found, level = told(waiting=(put_off(kind=kind, since=NOW - ago - DAY, queued_at=NOW - ago - DAY, last=NOW - ago),))
    assert (found, level) == (None, RiskLevel.UNKNOWN)


@pytest.mark.parametrize("kind", ["mailbox", "address"])
def test_full_mailboxes_are_their_owners_affair_however_long(kind):
    found, _ = told(waiting=(put_off(kind=kind, rule="", members=25, since=NOW - 3 * DAY, queued_at=NOW - 3 * DAY),))
    assert found is None


def test_what_comes_and_goes_is_no_flood():
    """One try in ten is put off over IPv6 and taken at the next: who takes mail all the while does not refuse all."""
    now_and_then = put_off(since=NOW - 5 * MINUTE, queued_at=NOW - 5 * MINUTE, last=NOW - 5 * MINUTE, posts=1)
    differs = {"waiting": (now_and_then,), "of_set_up": frozenset({SPF_RULE})}
    assert told(taken_at={("gmail", 6): NOW - 4 * MINUTE}, **differs) == (None, RiskLevel.UNKNOWN)
    for taken_at in ({}, {("gmail", 6): NOW - HOUR}, {("gmail", 4): NOW - MINUTE}):
        found, level = told(taken_at=taken_at, **differs)
        assert (found.seen.hit, level) == (Hit.ALL, RiskLevel.AT_RISK)


def test_a_flood_that_began_in_the_midst_of_a_post_is_told_soon():
    """Some copies were taken after the first was put off; none since for a quarter of an hour."""
    began = NOW - 40 * MINUTE
    waits = put_off(since=began, queued_at=began, last=NOW - 10 * MINUTE)
    found, _ = told(waiting=(waits,), taken_at={("gmail", 6): began + MINUTE}, of_set_up=frozenset({SPF_RULE}))
    assert found.seen.hit is Hit.ALL


def test_a_clock_that_ran_ahead_dates_nothing_in_years_to_come():
    ahead = NOW + 900 * DAY
    found, _ = told(waiting=(put_off(since=ahead, queued_at=ahead, last=ahead),))
    assert found.seen.gives_up_at <= NOW + 6 * DAY


def test_small_servers_that_are_busy_each_by_itself_are_no_danger():
    """Three dead domains of two hundred: others that are nobody in particular take the same posts."""
    waits = put_off(receiver="generic", kind="transient", rule="", since=NOW - 2 * DAY, queued_at=NOW - 2 * DAY)
    _, level = told(waiting=(waits,), taken_at={("generic", 4): NOW - HOUR})
    assert level is RiskLevel.UNKNOWN
    _, level = told(waiting=(waits,))
    assert level is RiskLevel.AT_RISK, "the only one there"


def test_one_member_counted_in_two_logs_is_not_told_as_exact():
    found, _ = told(waiting=(put_off(members=100), put_off(members=100)), of_set_up=frozenset({SPF_RULE}))
    assert not found.seen.exact


def test_refusals_of_a_log_that_ended_are_over_after_a_pause():
    """Nothing at all was seen to go out since, though the list sends four posts a day: nobody looks any more."""
    fault = NOW - 12 * DAY
    entries = [
        taken("before", at=fault - DAY),
        *(refused(*some(300), at=fault + n * HOUR, post=f"r{n}") for n in range(3)),
    ]
    found, _ = told(entries)
    assert found.seen.over_since == fault + 2 * HOUR
    goes_on, _ = told([*entries, taken("elsewhere", at=NOW - HOUR, receiver="gmx")])
    assert goes_on.seen.over_since is None, "the log goes on"
    quiet, _ = told(entries, per_day=0.01)
    assert quiet.seen.over_since is None, "no post was to be expected"


def test_who_was_given_up_days_after_the_post_is_counted_exactly():
    """The post is of one day, its bounce of another."""
    at = NOW - 5 * DAY
    entries = [refused(*some(300), at=at, post="p", action=DEFER)]
    found, _ = told(entries, members={("gmail", NOW.date()): 300})
    assert (found.seen.subscribers, found.seen.exact) == (300, True)
    assert sentence_of(found).startswith("Gmail put off one post of")
    assert seen_words(found.seen, 400).startswith("put off one post of")


def test_three_addresses_of_one_stranger_are_no_flood():
    """Whoever runs a server may subscribe there and have it say anything; counts are not known, but the log is."""
    evil = [
        refused(*some(3), at=NOW - HOUR + n * MINUTE, post=f"p{n}", receiver="generic", rule="generic.x725.5xx")
        for n in range(2)
    ]
    differs = {"there": 0, "of_set_up": frozenset({"generic.x725.5xx"})}
    _, level = told(evil[:1], **differs)
    assert level is RiskLevel.WATCH
    _, level = told(evil, tried={"generic": 33}, **differs)
    assert level is RiskLevel.WATCH


def test_one_address_of_which_alone_anything_is_known_stays_one():
    """Behind a server that one subscriber is tried at, one is not all."""
    refusals = [refused("a", at=NOW - DAY + n * HOUR, post=f"p{n}", receiver="generic") for n in range(4)]
    _, level = told(refusals, there=0, tried={"generic": 1})
    assert level is RiskLevel.WATCH
