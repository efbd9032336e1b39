"""GNU Mailman 3 behind Postfix, refused over IPv6: what it does to its members is what Staysub says that it does.

Six days, a post a day to each list, by Mailman's own code with its defaults; its clock is shifted, and that of Postfix
and Staysub with it. The bounces are the DSNs of this Postfix, copied to Staysub as documented.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from monitor.managers.calendar import Calendar
from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.trace.bounce import read_bounce
from tests.integration.mailman import mailman_environment
from tests.integration.mailman_world import DOMAIN, mailman_world
from tests.integration.netns import require
from tests.integration.shifted_clock import library

pytestmark = [pytest.mark.integration, pytest.mark.netns, pytest.mark.timeout(600)]

DAYS, MENDED_AFTER = 6, 3
SAID = (1, 2, 4, 6)  # the days on whose evenings Staysub is asked
FORECASTS = ("all", "deferred")  # and for whole forecasts of these
UNAUTHENTICATED = (
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.\r\n"
    "550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n"
    f"550 5.7.26  SPF [{DOMAIN}] with ip: [2001:db8:25::25] = did not pass"
)
OVER_IPV6 = (
    "450 4.7.26 Service unavailable, message sent over IPv6 [2001:db8:25::25] must pass either SPF or DKIM validation"
)
BLOCKED = "550 5.7.1 Message rejected because of the reputation of the sending domain"


def members(domain, count):
    return [f"reader{number}@{domain}" for number in range(count)]


TAKEN = members("example.net", 3)
LISTS = {
    "all": members("gmail.com", 22) + TAKEN,  # more than Mailman puts into one message: ten
    "verp": members("gmail.com", 6) + TAKEN,
    "mended": members("gmail.com", 12) + TAKEN,
    "one": members("gmail.com", 30) + TAKEN,
    "deferred": members("microsoft.com", 12) + TAKEN,
}
ALONE = "reader7@gmail.com"
# Whom Mailman disables, and on which day; a deferred post bounces a day later, when Postfix gives it up.
DISABLED = {
    "all": (set(members("gmail.com", 22)), 5),
    "verp": (set(members("gmail.com", 6)), 5),
    "mended": (set(), None),
    "one": ({ALONE}, 5),
    "deferred": (set(members("microsoft.com", 12)), 6),
}


AT = {name: "microsoft-365" if name == "deferred" else "gmail" for name in LISTS}  # who refuses them


@pytest.fixture(scope="module")
def world():
    require("ip", "nsd", "postfix")
    if mailman_environment() is None:
        pytest.skip("$STAYSUB_MAILMAN names no environment that has Mailman 3 (see .ci/run)")
    if library() is None:
        pytest.skip("libfaketime is not installed (apt install faketime)")
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    with mailman_world(LISTS, tomorrow, {"verp": {"personalize": "individual"}}) as made:
        made.receivers.refused = {
            ("all", "gmail.com"): UNAUTHENTICATED,
            ("verp", "gmail.com"): UNAUTHENTICATED,
            ("mended", "gmail.com"): UNAUTHENTICATED,
            ("deferred", "microsoft.com"): OVER_IPV6,
        }
        made.receivers.refused_addresses = {("one", ALONE): BLOCKED}
        for day in range(1, DAYS + 1):
            made.live_a_day(says=day in SAID, forecasts=FORECASTS if day in SAID else ())
            if day == MENDED_AFTER:
                del made.receivers.refused["mended", "gmail.com"]
        yield made


def day_of(world, moment):
    """Which day that is; the first post is of day 1."""
    return (moment.date() - world.begin.date()).days + 1


@pytest.mark.parametrize("name", LISTS)
def test_mailman_disables_whom_the_rules_say_on_that_very_day(world, name):
    """The truth that all else is held against, as Mailman's own interface tells it each evening."""
    who, on = DISABLED[name]
    found = [evening.disabled(name) for evening in world.evenings]
    assert found == [who if on is not None and day >= on else set() for day in range(1, DAYS + 1)]


def dsns(world, name):
    """What Postfix sent to the list's bounce address, as it was copied to a mailbox."""
    to = f"{name}@archive.example.org"
    return [content for _, recipient, content in world.receivers.taken if recipient == to]


@pytest.mark.parametrize("name", LISTS)
def test_what_is_read_in_its_bounces_is_what_mailman_registered(world, name):
    """The same recipients on the same dates; with VERP a bounce each, else one for ten."""
    read = sorted(
        (failure.final_recipient, day_of(world, bounce.dated))
        for bounce in map(read_bounce, dsns(world, name))
        for failure in bounce.failures
        if failure.action == "failed"
    )
    registered = sorted(
        (event.email, day_of(world, event.at)) for event in world.manager.bounce_events(f"{name}@{DOMAIN}")
    )
    assert read == registered
    assert read


def replayed(world, events):
    """A member under the product's machine, with Mailman's own defaults, after those bounces."""
    replay = Replay(policy_for("mailman3", {}, version="3.3.10", calendar=Calendar(start=world.begin)))
    replay.add(Event(at=(at - world.begin).total_seconds(), kind=EventKind.BOUNCE) for at in events)
    replay.run((world.evenings[-1].at - world.begin).total_seconds())
    return replay


@pytest.mark.parametrize("name", LISTS)
def test_the_machine_says_of_each_member_what_mailman_did(world, name):
    """From the very bounces that Mailman registered: day of disabling, score, and what staleness counts from."""
    events = {}
    for event in world.manager.bounce_events(f"{name}@{DOMAIN}"):
        events.setdefault(event.email, []).append(event.at)
    evenings = [evening.members[name] for evening in world.evenings]
    for email in LISTS[name]:
        replay = replayed(world, events.get(email, ()))
        on = [day_of(world, world.begin + timedelta(seconds=at)) for at in replay.effects[Effect.DISABLED]]
        after = [number for number, members in enumerate(evenings, 1) if members[email].disabled]
        last = None if replay.state.last is None else world.begin + timedelta(seconds=replay.state.last)
        theirs = evenings[-1][email]
        assert (on, replay.score, replay.state.disabled) == (after[:1], theirs.score, theirs.disabled), email
        assert (last is None) == (theirs.last_bounce_at is None), email
        assert last is None or abs(last - theirs.last_bounce_at) < timedelta(milliseconds=1), email


@pytest.mark.parametrize("name", LISTS)
def test_a_roster_of_the_real_mailman_is_counted_and_understood(world, name):
    (before, after) = (evening.rosters[name] for evening in (world.evenings[0], world.evenings[-1]))
    counted = {domain: sum(each.endswith(f"@{domain}") for each in LISTS[name]) for domain in after["subscribers"]}
    assert after["subscribers"] == counted
    assert sum(counted.values()) == len(LISTS[name])
    assert (before["disabled"], after["disabled"]) == (0, len(DISABLED[name][0]))
    assert after["messages_per_day"] == pytest.approx(1.0, rel=0.01)
    assert after["settings"] == {
        "process_bounces": True,
        "bounce_score_threshold": 5,
        "bounce_info_stale_after": "7d",
        "bounce_you_are_disabled_warnings": 3,
        "bounce_you_are_disabled_warnings_interval": "7d",
        "verp_probes": False,
        "version": "3.3.10",
    }


def test_copies_and_a_mailbox_of_the_same_bounces_are_one_evidence(world, tmp_path):
    """What the receiver took as it came is not counted again from the mailbox; what is no bounce of a post, not at all.

    Mailman writes to whom it disables, and that is refused as well; where it is put off, a day later.
    """
    every = [content for name in LISTS for content in dsns(world, name)]
    mbox = tmp_path / "bounces.mbox"
    lines = [re.sub(rb"(?m)^(>*From )", rb">\1", content.replace(b"\r\n", b"\n")) for content in every]
    mbox.write_bytes(b"".join(b"From x Sat Nov 28 10:00:00 2026\n" + content + b"\n" for content in lines))
    found = world.staysub("watch", "import", "mbox", str(mbox))
    of_notices = sum(len(who) for who, on in DISABLED.values() if on is not None and on < DAYS)
    assert (found["messages"], found["bounces"]) == (len(every), len(every) - of_notices)
    assert (found["of_no_list"], found["kept"]) == (0, 0)


def said_of(world, name, day):
    """What `staysub status` said that evening of the list, and of the receiver that refuses it."""
    row = world.evenings[day - 1].status[name]
    found = next((each for each in row["forecasts"] if each["receiver"] == AT[name]), None)
    return row["level"], found


def date_of_day(world, day):
    return str((world.begin + timedelta(days=day - 1)).date())


@pytest.mark.parametrize("name", ["all", "verp", "deferred"])
@pytest.mark.parametrize("day", SAID)
def test_the_day_that_is_told_is_the_day_on_which_mailman_disables(world, name, day):
    """From the first refused post on, whose reply is about how mail is sent, and never another.

    A deferred post is seen when it comes back, a day later.
    """
    who, on = DISABLED[name]
    level, found = said_of(world, name, day)
    seen, refused = found["seen"], min(day, 5) - (name == "deferred" and day <= 5)
    if refused == 0:
        assert (level, seen) == ("ok", None)
        return
    assert (seen["subscribers"], found["subscribers"]) == (len(who), len(who))
    assert (level, seen["hit"], found["disabled_on"][:10]) == ("critical", "all", date_of_day(world, on))
    assert seen["at_next_post"] is (refused == 4)
    told = (seen["disabled"], seen["disabled_at"] and seen["disabled_at"][:10])
    assert told == ((len(who), date_of_day(world, on)) if day >= on else (0, None))


@pytest.mark.parametrize("name", FORECASTS)
@pytest.mark.parametrize("day", SAID)
def test_a_forecast_says_what_the_status_does(world, name, day):
    level, found = said_of(world, name, day)
    forecast = world.evenings[day - 1].forecasts[name]
    told = next(each for each in forecast["receivers"] if each["receiver"] == AT[name])
    assert (forecast["level"], told["level"], told["disabled_on"]) == (level, found["level"], found["disabled_on"])


@pytest.mark.parametrize("day", SAID)
def test_one_who_is_refused_is_that_one_alone(world, day):
    """A member of thirty, refused daily: Mailman disables that one, and nobody else is in danger."""
    level, found = said_of(world, "one", day)
    seen = found["seen"]
    assert (level, found["level"], found["disabled_on"]) == ("ok", "ok", None)
    assert (seen["subscribers"], found["subscribers"], seen["hit"]) == (1, 30, "once" if day == 1 else "addresses")
    told = (seen["disabled"], seen["disabled_at"] and seen["disabled_at"][:10])
    assert told == ((1, date_of_day(world, 5)) if day >= 5 else (0, None))


def test_a_receiver_that_mended_it_is_over_and_nobody_was_disabled(world):
    """What is not refused is not seen: two days without a bounce, where one was to be expected daily."""
    levels = [said_of(world, "mended", day)[0] for day in SAID]
    assert levels == ["critical", "critical", "critical", "ok"]
    found = said_of(world, "mended", SAID[-1])[1]
    assert (found["seen"]["over_since"][:10], found["seen"]["disabled"]) == (date_of_day(world, MENDED_AFTER), 0)
    assert found["disabled_on"] is None
