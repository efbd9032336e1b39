"""Each list manager's machine against worked examples: recorded runs of the programs, or days worked out by hand."""

import pytest

from monitor.errors import UsageError
from monitor.managers.cases import answer

DAY, HOUR, MINUTE = 86400, 3600, 60


def at(day, clock="00:00"):
    """Seconds after the start: `at(4, "10:00")`."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return day * DAY + parts[0] * HOUR + parts[1] * MINUTE + parts[2]


def bounces(times, klass="hard", status=None):
    return [{"t": t, "kind": "bounce", "class": klass, "status_code": status} for t in times]


def daily(clock="10:00", days=range(40)):
    return bounces([at(d, clock) for d in days])


def run(manager, events, **case):
    return answer({"manager": manager, "events": events, "until": at(150), **case})


def event(kind, t, **more):
    return {"t": t, "kind": kind, **more}


TICK = {"periodic_tick": 3600}

MAILMAN3 = [
    pytest.param(daily(), {}, [at(4, "10:00")], [at(d, "10:00") for d in (4, 11, 18)], [at(25, "10:00")], id="1 daily"),
    pytest.param(
        daily(days=range(5)),
        {},
        [at(4, "10:00")],
        [at(d, "10:00") for d in (4, 11, 18)],
        [at(25, "10:00")],
        id="2 five in all",
    ),
    pytest.param(
        bounces([at(d, f"{h:02}:00") for d in range(30) for h in range(1, 21, 2)]),
        {},
        [at(4, "01:00")],
        [at(d, "01:00") for d in (4, 11, 18)],
        [at(25, "01:00")],
        id="3 ten a day",
    ),
    pytest.param(
        bounces([at(7 * w + d, "09:00") for w in range(8) for d in (0, 2, 4)]),
        {},
        [at(9, "09:00")],
        [at(d, "09:00") for d in (9, 16, 23)],
        [at(30, "09:00")],
        id="4 Mon Wed Fri",
    ),
    pytest.param(
        bounces([at(7 * w, "10:00") for w in range(10)]),
        {},
        [at(28, "10:00")],
        [at(d, "10:00") for d in (28, 35, 42)],
        [at(49, "10:00")],
        id="5 exactly weekly",
    ),
    pytest.param(
        bounces([at(d, "10:00") for d in (21, 22, 23, 24)]),
        {},
        [],
        [],
        [],
        id="four in a row are not five",
    ),
    pytest.param(
        bounces([at(d, "10:00") for d in (0, 1, 2, 3, 10)]),
        {},
        [at(10, "10:00")],
        [at(d, "10:00") for d in (10, 17, 24)],
        [at(31, "10:00")],
        id="7 fifth exactly 7 d later",
    ),
    pytest.param(
        bounces([at(0, "23:59:59"), *(at(d, "00:00:05") for d in range(1, 5))]),
        {},
        [at(4, "00:00:05")],
        [at(4, "00:00:05"), at(11, "01:00"), at(18, "01:00")],
        [at(25, "01:00")],
        id="11 around midnight",
    ),
    pytest.param(
        daily(),
        {
            "bounce_score_threshold": 3,
            "bounce_you_are_disabled_warnings": 2,
            "bounce_you_are_disabled_warnings_interval": "3d",
        },
        [at(2, "10:00")],
        [at(2, "10:00"), at(5, "10:00")],
        [at(8, "10:00")],
        id="12 T=3 W=2 I=3d",
    ),
    pytest.param(daily(), {"bounce_you_are_disabled_warnings": 0}, [at(4, "10:00")], [], [at(4, "10:00")], id="13 W=0"),
    pytest.param(
        daily(),
        {"bounce_you_are_disabled_warnings": 1, "bounce_you_are_disabled_warnings_interval": 0},
        [at(4, "10:00")],
        [at(4, "10:00")],
        [at(4, "10:00")],
        id="W=1 I=0 in one pass",
    ),
    pytest.param(bounces([at(14 * w, "10:00") for w in range(10)]), {}, [], [], [], id="14 fortnightly"),
    pytest.param(
        bounces([at(14 * w, "10:00") for w in range(10)]),
        {"bounce_info_stale_after": "30d"},
        [at(56, "10:00")],
        [at(d, "10:00") for d in (56, 63, 70)],
        [at(77, "10:00")],
        id="14 fortnightly, stale 30 d",
    ),
    pytest.param(
        [*daily(), event("enable", at(6, "12:00"))],
        {},
        [at(4, "10:00"), at(11, "10:00")],
        [at(d, "10:00") for d in (4, 11, 18, 25)],
        [at(32, "10:00")],
        id="15 re-enabled",
    ),
    pytest.param(
        [*daily(days=range(5)), event("enable", at(4, "12:00")), *bounces([at(4, "20:00")]), *daily(days=range(5, 20))],
        {},
        [at(4, "10:00"), at(9, "10:00")],
        [at(d, "10:00") for d in (4, 9, 16, 23)],
        [at(30, "10:00")],
        id="16 re-enabled the same day",
    ),
    pytest.param(
        [*daily(days=range(4)), event("set-policy", at(4), policy={"bounce_score_threshold": 3}), *daily(days=[6])],
        {},
        [at(6, "10:00")],
        [at(d, "10:00") for d in (6, 13, 20)],
        [at(27, "10:00")],
        id="17 threshold lowered, no sweep",
    ),
    pytest.param(
        bounces([at(d + 5, "12:10") for d in range(20)]),
        {},
        [at(9, "12:10")],
        [at(9, "12:10"), at(16, "12:10"), at(23, "12:10")],  # a pass follows each bounce, the residual ones too
        [at(30, "13:00")],
        id="20 DSN after 5 d 10 min",
    ),
    pytest.param(
        [event("disable-by-user", at(0)), *daily()],
        {},
        [at(4, "10:00")],
        [at(d, "10:00") for d in (4, 11, 18)],
        [at(25, "10:00")],
        id="by user is overridden",
    ),
    pytest.param(
        [*daily(), event("set-policy", at(5), policy={"process_bounces": False})],
        {},
        [at(4, "10:00")],
        [at(4, "10:00")],
        [],
        id="switched off freezes",
    ),
]


@pytest.mark.parametrize(("events", "policy", "disabled", "warnings", "removed"), MAILMAN3)
def test_mailman3(events, policy, disabled, warnings, removed):
    """Warnings and removals fall on a pass of the bounce runner, here hourly."""
    found = run("mailman3", events, policy=TICK | policy)
    assert (found["disabled"], found["warnings"], found["removed"]) == (disabled, warnings, removed)


@pytest.mark.parametrize(
    ("times", "score"),
    [
        pytest.param([at(7 * w) + w for w in range(20)], 1, id="6 weekly and a second"),
        pytest.param([*(at(d, "10:00") for d in range(4)), at(10, "10:00:01"), at(11), at(12), at(13)], 4, id="8"),
        pytest.param([at(0, "00:01"), at(0, "23:59"), at(7, "23:58")], 2, id="9 a second bounce on the date moves it"),
        pytest.param([at(0, "00:01"), at(7, "23:58")], 1, id="10"),
    ],
)
def test_mailman3_scores(times, score):
    found = run("mailman3", bounces(times))
    assert (found["disabled"], found["score"]) == ([], score)


def test_mailman3_probes_that_bounce_disable():
    """18: five daily, the probe bounces five days later."""
    events = [*daily(days=range(5)), event("probe-bounce", at(9, "10:01"))]
    found = run("mailman3", events, policy=TICK | {"verp_probes": True})
    assert (found["probes"], found["disabled"]) == ([at(4, "10:00")], [at(9, "10:01")])
    assert found["removed"] == [at(30, "11:00")]


def test_mailman3_probes_that_arrive_save():
    """19: the score begins anew with each probe."""
    found = run("mailman3", daily(days=range(22)), policy={"verp_probes": True})
    assert (found["probes"], found["disabled"]) == ([at(d, "10:00") for d in (4, 9, 14, 19)], [])


def test_mailman3_probe_tokens_live_ten_days():
    events = daily(days=range(5))
    case = {"policy": {"verp_probes": True}}
    assert run("mailman3", events, probe_bounces_after=10 * DAY, **case)["disabled"] == [at(14, "10:00")]
    assert run("mailman3", events, probe_bounces_after=10 * DAY + 1, **case)["disabled"] == []


@pytest.mark.parametrize(("version", "second"), [("3.3.10", 11), ("3.3.9", 11), ("3.3.8", 7), ("3.3.0", 7)])
def test_mailman3_before_339_falls_again_at_once(version, second):
    """The score was not cleared on disabling, so that the next date's bounce disabled a re-enabled member again."""
    found = run("mailman3", [*daily(), event("enable", at(6, "12:00"))], version=version)
    assert found["disabled"] == [at(4, "10:00"), at(second, "10:00")]


def test_mailman3_explicit_probe_bounces_know_their_probe():
    """A probe of day 4 that comes back on day 15 is no longer known."""
    events = [*daily(days=range(5)), event("probe-bounce", at(15))]
    assert run("mailman3", events, policy={"verp_probes": True})["disabled"] == []


def test_mailman3_disabled_by_user_is_warned_no_more_and_counts_again():
    events = [*daily(days=range(5)), event("disable-by-user", at(5)), *daily(days=range(6, 11))]
    found = run("mailman3", events, policy=TICK)
    assert found["disabled"] == [at(4, "10:00"), at(10, "10:00")]
    assert found["warnings"] == [at(d, "10:00") for d in (4, 10, 17, 24)]


def test_settings_without_effect_are_no_fault():
    policy = {"bounce_notify_owner_on_disable": False, "bounce_info_stale_after_s": 86400}
    found = run("mailman3", bounces([at(2 * d) for d in range(9)]), policy=policy)
    assert (found["disabled"], found["score"]) == ([], 1)


def test_mailman3_passes_every_two_minutes_by_default():
    found = run("mailman3", bounces([at(d, "12:01") for d in range(5)]))
    assert found["disabled"] == [at(4, "12:01")]
    assert found["warnings"] == [at(4, "12:01"), at(11, "12:02"), at(18, "12:02")]
    assert found["removed"] == [at(25, "12:02")]


NINE = "09:00"
MAILMAN2 = [
    pytest.param(
        daily(), {}, [at(4, "10:00")], [at(4, "10:00"), at(11, NINE), at(18, NINE)], [at(25, NINE)], id="daily 10:00"
    ),
    pytest.param(
        daily("08:00"),
        {},
        [at(4, "08:00")],
        [at(4, "08:00"), at(11, NINE), at(18, NINE)],
        [at(25, NINE)],
        id="daily 08:00",
    ),
    pytest.param(
        bounces([at(7 * w, "01:00" if w % 2 == 0 else "23:00") for w in range(9)]),
        {},
        [at(28, "01:00")],
        [at(28, "01:00"), at(35, NINE), at(42, NINE)],
        [at(49, NINE)],
        id="weekly, dates compared",
    ),
    pytest.param(bounces([at(8 * w, "10:00") for w in range(15)]), {}, [], [], [], id="every 8th day"),
    pytest.param(daily(days=[*range(4), *range(12, 16)]), {}, [], [], [], id="4 daily, a gap, 4 daily"),
    pytest.param(
        daily(),
        {"bounce_score_threshold": 2.5},
        [at(2, "10:00")],
        [at(2, "10:00"), at(9, NINE), at(16, NINE)],
        [at(23, NINE)],
        id="threshold 2.5",
    ),
    pytest.param(
        daily(), {"bounce_you_are_disabled_warnings": 0}, [at(4, "10:00")], [], [at(4, "10:00")], id="no warnings"
    ),
    pytest.param(
        daily(),
        {"bounce_you_are_disabled_warnings_interval": 0},
        [at(4, "10:00")],
        [at(4, "10:00"), at(5, NINE), at(6, NINE)],
        [at(7, NINE)],
        id="interval 0",
    ),
    pytest.param(
        [*daily(days=range(4)), event("set-policy", at(4), policy={"bounce_score_threshold": 3})],
        {},
        [at(4, NINE)],
        [at(4, NINE), at(11, NINE), at(18, NINE)],
        [at(25, NINE)],
        id="threshold lowered, swept",
    ),
    pytest.param(
        [*daily(), event("enable", at(6, "12:00"))],
        {},
        [at(4, "10:00"), at(11, "10:00")],
        [at(4, "10:00"), at(11, "10:00"), at(18, NINE), at(25, NINE)],
        [at(32, NINE)],
        id="re-enabled",
    ),
    pytest.param([event("disable-by-user", at(0)), *daily()], {}, [], [], [], id="by user first"),
]


@pytest.mark.parametrize(("events", "policy", "disabled", "warnings", "removed"), MAILMAN2)
def test_mailman2(events, policy, disabled, warnings, removed):
    found = run("mailman2", events, policy=policy)
    assert (found["disabled"], found["warnings"], found["removed"]) == (disabled, warnings, removed)


def test_mailman2_by_user_scores_once():
    assert run("mailman2", [event("disable-by-user", at(0)), *daily()])["score"] == 1


def test_mailman2_probes():
    bounced = run("mailman2", daily(), policy={"VERP_PROBES": True}, probe_bounces_after=60)
    assert (bounced["disabled"], bounced["removed"]) == ([at(4, "10:01")], [at(25, NINE)])
    arrived = run("mailman2", daily(days=range(15)), policy={"verp_probes": True})
    assert (arrived["disabled"], arrived["probes"]) == ([], [at(d, "10:00") for d in (4, 9, 14)])


def test_mailman2_counts_local_dates():
    """23:30 and 00:30 in Berlin are two dates; in UTC, an hour earlier in winter, they are one."""
    times = bounces([at(0, "22:30"), at(0, "23:30"), at(1, "22:30"), at(2, "22:30"), at(3, "22:30"), at(3, "23:30")])
    assert run("mailman2", times, timezone="Europe/Berlin")["disabled"] == [at(3, "23:30")]
    assert run("mailman2", times, timezone="UTC")["disabled"] == []


def test_mailman2_cron_runs_at_local_nine():
    found = run("mailman2", daily(), timezone="America/New_York")
    assert found["removed"] == [at(25, "14:00")]


def test_mailman2_autumn_adds_an_hour_to_a_week():
    """Over the end of summer time two midnights are 7 days and an hour apart: stale, by the strict comparison."""
    weekly = bounces([at(7 * w, "12:00") for w in range(5)])
    over = {"start": "2026-10-05T00:00:00Z", "timezone": "Europe/Berlin"}
    assert run("mailman2", weekly, **over)["disabled"] == []
    assert run("mailman2", weekly, start="2026-10-05T00:00:00Z")["disabled"] == [at(28, "12:00")]


def test_mailman2_spring_takes_no_day_from_a_notice():
    """cron/disabled reckons its midnights in standard time: a week is a week, though one of its days has 23 hours."""
    case = {"start": "2026-03-20T00:00:00Z", "timezone": "Europe/Berlin"}
    found = run("mailman2", daily(days=range(5)), **case)
    nine = "07:00"  # in summer time
    assert found["warnings"] == [at(4, "10:00"), at(11, nine), at(18, nine)]
    assert found["removed"] == [at(25, nine)]


def test_mailman2_forgets_the_token_of_a_probe_that_is_answered_late():
    """Three days, and the next probe sweeps it out: the late answer is then one more bounce of an ordinary kind."""
    events = daily(days=range(12))
    policy = {"verp_probes": True}
    assert run("mailman2", events, policy=policy, probe_bounces_after=3 * DAY)["disabled"] == [at(7, "10:00")]
    late = run("mailman2", events, policy=policy, probe_bounces_after=5 * DAY + 60)
    assert (late["probes"], late["disabled"]) == ([at(4, "10:00"), at(9, "10:00")], [at(14, "10:01")])
    lone = run("mailman2", daily(days=range(5)), policy=policy, probe_bounces_after=20 * DAY)
    assert lone["disabled"] == [at(24, "10:00")]  # nothing else was pended, so that nobody swept


def test_mailman3_looks_who_is_due_after_a_residual_bounce():
    """The runner makes a pass after each queue file, whatever was in it."""
    events = [*daily(days=range(5)), *bounces([at(11, "10:00:30")])]
    assert run("mailman3", events, policy={"periodic_tick": DAY})["warnings"] == [
        at(4, "10:00"),
        at(11, "10:00:30"),
        at(19),
    ]


@pytest.mark.parametrize(
    ("count", "per_day", "days", "status", "score"),
    [
        pytest.param(10, 1, 10, "5.1.1", 0, id="9 days apart are too few"),
        pytest.param(11, 1, 11, "5.1.1", 11, id="1 a day"),
        pytest.param(21, 1, 21, "5.1.1", 21, id="1 a day, 20 days"),
        pytest.param(110, 10, 11, "5.1.1", 110, id="10 a day"),
        pytest.param(110, 10, 11, "4.4.1", 55, id="10 a day, last status 4"),
        pytest.param(62, 10, 31, "5.7.26", 12, id="10 a day, a fifth bounces"),
        pytest.param(110, 100, 11, "5.7.26", 11, id="100 a day, a tenth bounces"),
        pytest.param(9, 1, 20, "5.1.1", 0, id="9 bounces are too few"),
        pytest.param(100, 20, 9, "5.1.1", 0, id="9 days are too short"),
        pytest.param(42, 1, 21, "4.4.7", 42, id="two notifications a post"),
        pytest.param(22, 2, 11, "5.1.1", 22, id="2 a day"),
        pytest.param(42, 2, 21, "5.1.1", 42, id="2 a day, 20 days"),
        pytest.param(55, 5, 11, "5.1.1", 55, id="5 a day"),
        pytest.param(105, 5, 21, "5.1.1", 105, id="5 a day, 20 days"),
        pytest.param(210, 10, 21, "5.1.1", 210, id="10 a day, 20 days"),
        pytest.param(55, 10, 11, "5.7.26", 28, id="10 a day, half of them bounce"),
        pytest.param(155, 10, 31, "5.7.26", 78, id="10 a day, half of them bounce, 30 days"),
        pytest.param(22, 10, 11, "5.7.26", 4, id="10 a day, a fifth of them bounces"),
        pytest.param(310, 100, 31, "5.7.26", 31, id="100 a day, a tenth of them bounces, 30 days"),
        pytest.param(11, 1, 11, "4.4.1", 6, id="1 a day, last status 4"),
        pytest.param(21, 1, 21, "4.4.1", 11, id="1 a day, last status 4, 20 days"),
        pytest.param(45, 1, 45, "5.1.1", 45, id="1 a day until the notice"),
        pytest.param(75, 1, 75, "5.1.1", 75, id="1 a day until removal"),
    ],
)
def test_sympa_scores(count, per_day, days, status, score):
    first = 20_000 * DAY
    case = {
        "manager": "sympa",
        "bounce": {"first": first, "last": first + (days - 1) * DAY, "count": count, "status_code": status},
        "traffic": {str(20_000 + d): per_day for d in range(days)},
    }
    assert answer(case) == {"score": score}


def test_sympa_score_where_the_traffic_file_starts_midway():
    first = 20_000 * DAY
    case = {
        "manager": "sympa",
        "bounce": {"first": first, "last": first + 20 * DAY, "count": 20, "status_code": "5.1.1"},
        "traffic": {str(20_010 + d): 1 for d in range(11)},
    }
    assert answer(case) == {"score": 18}


def test_sympa_ignores_what_tells_of_no_failure():
    posts = [at(d) for d in range(30)]
    events = bounces([t + 60 for t in posts], status="2.0.0")
    assert run("sympa", events, posts=posts)["score"] == 0


def test_sympa_keeps_the_score_of_an_expired_record():
    """do_expire_bounce clears the record alone; process_bouncers looks at nobody without one, until the next bounce."""
    posts = [at(d) for d in range(60)]
    found = run("sympa", bounces([t + 60 for t in posts[:12]], status="5.1.1"), posts=posts, until=at(50))
    assert (found["removed"], found["score"]) == ([], 12)


def spread(per_day, days):
    """Posts spread over 08:00 to 20:00."""
    return [at(d, "08:00") + round(12 * HOUR * (i + 0.5) / per_day) for d in range(days) for i in range(per_day)]


@pytest.mark.parametrize(
    ("per_day", "status", "delay", "notice", "removed"),
    [
        pytest.param(1, "5.7.1", 60, 51, 79, id="1 a day, rejected"),
        pytest.param(2, "5.7.1", 60, 23, 44, id="2 a day, rejected"),
        pytest.param(5, "5.7.1", 60, None, 16, id="5 a day, rejected"),
        pytest.param(10, "5.7.1", 60, None, 16, id="10 a day, rejected"),
        pytest.param(1, "4.4.1", 433_200, 100, 156, id="1 a day, deferred"),
        pytest.param(10, "4.4.1", 433_200, 16, 23, id="10 a day, deferred by Postfix"),
    ],
)
def test_sympa_timelines(per_day, status, delay, notice, removed):
    """Evaluated daily at 01:00, processed weekly from the second day at 02:00."""
    posts = spread(per_day, 170)
    found = run("sympa", bounces([t + delay for t in posts], status=status), posts=posts, until=at(180))
    assert found["removed"] == [at(removed, "02:00")]
    assert found["warnings"][:1] == ([] if notice is None else [at(notice, "02:00")])


@pytest.mark.parametrize(
    ("per_day", "each", "notice", "removed"),
    [
        pytest.param(10, 2, 23, 30, id="10 a day, every second bounces"),
        pytest.param(100, 10, 51, 79, id="100 a day, every tenth bounces"),
        pytest.param(10, 5, 114, None, id="10 a day, every fifth bounces"),
    ],
)
def test_sympa_timelines_where_some_bounce(per_day, each, notice, removed):
    posts = spread(per_day, 150)
    found = run("sympa", bounces([t + 60 for t in posts[::each]], status="5.7.1"), posts=posts, until=at(150))
    assert found["warnings"][:1] == [at(notice, "02:00")]
    assert found["removed"] == ([] if removed is None else [at(removed, "02:00")])


@pytest.mark.parametrize(
    ("events", "after", "policy", "removed", "probes"),
    [
        pytest.param(daily(days=[0]), 60, {}, at(5, "22:00"), 66, id="one bounce, probes bounce"),
        pytest.param(daily(), None, {}, None, None, id="probes delivered"),
        pytest.param(daily(), 5 * DAY, {}, None, None, id="probes deferred"),
        pytest.param(daily(days=[0]), 11 * HOUR, {}, at(5, "22:00"), None, id="after 11 h"),
        pytest.param(daily(days=[0]), 12 * HOUR, {}, at(5, "22:00"), None, id="after 12 h"),
        pytest.param(daily(days=[0]), 13 * HOUR, {}, at(6, "06:00"), None, id="after 13 h"),
        pytest.param(daily(days=[0]), 15 * HOUR, {}, None, None, id="after 15 h"),
        pytest.param(daily(days=[0]), 60, {"bouncelife": 86400}, at(1, "22:00"), None, id="bouncelife a day"),
        pytest.param(
            daily(days=[0]),
            60,
            {"maintd_interval": DAY, "maintd_offset": 3 * HOUR},
            at(6, "03:00"),
            None,
            id="maintd at 03:00",
        ),
    ],
)
def test_mlmmj(events, after, policy, removed, probes):
    found = run("mlmmj", events, probe_bounces_after=after, policy=policy)
    assert found["removed"] == ([] if removed is None else [removed])
    if probes:
        assert len(found["probes"]) == probes


def test_mlmmj_one_delivered_probe_clears_the_record():
    """All probes bounce within a minute but the 21st; the next bounce begins again."""
    events = daily()
    sent = [at(0, "10:00") + 2 * HOUR * n for n in range(20)]
    events += [event("probe-bounce", t + 60) for t in sent]
    again = at(3, "10:00")
    events += [event("probe-bounce", again + 2 * HOUR * n + 60) for n in range(90)]
    assert run("mlmmj", events)["removed"] == [at(8, "22:00")]


def posts_and(delay, step=1, days=60):
    posts = [at(d, "12:00") for d in range(0, days, step)]
    return posts, bounces([t + delay for t in posts])


@pytest.mark.parametrize(
    ("delay", "policy", "version", "step", "warning", "probe", "removed"),
    [
        pytest.param(60, {}, None, 1, at(11, "12:00"), at(22, "12:00"), 1_944_060, id="rejected"),
        pytest.param(60, {"timeout": 1_000_000}, None, 1, at(12, "12:00"), at(24, "12:00"), 2_116_860, id="1000000 s"),
        pytest.param(60, {}, "0.444", 1, at(12, "12:00"), at(24, "12:00"), 2_116_860, id="old version"),
        pytest.param(608_402, {}, None, 1, at(18, "12:00"), at(36, "12:00"), 3_762_002, id="deferred, qmail"),
        pytest.param(433_200, {}, None, 1, at(16, "12:00"), at(32, "12:00"), 3_241_200, id="deferred, Postfix"),
        pytest.param(60, {}, None, 7, at(14, "12:00"), at(28, "12:00"), at(28, "12:01"), id="weekly list"),
    ],
)
def test_ezmlm(*, delay, policy, version, step, warning, probe, removed):
    posts, events = posts_and(delay, step)
    found = run("ezmlm", events, posts=posts, probe_bounces_after=delay, policy=policy, version=version)
    assert (found["warnings"][0], found["probes"][0], found["removed"]) == (warning, probe, [removed])


def test_ezmlm_one_bounce_and_two_more_rejections():
    posts, _ = posts_and(60)
    found = run("ezmlm", bounces([at(0, "12:01")]), posts=posts, probe_bounces_after=60)
    assert (found["warnings"], found["probes"], found["removed"]) == (
        [at(11, "12:00")],
        [at(22, "12:00")],
        [at(22, "12:01")],
    )


def test_ezmlm_warnings_that_arrive_save():
    posts, events = posts_and(60)
    found = run("ezmlm", events, posts=posts)
    assert (found["warnings"][:2], found["probes"], found["removed"]) == ([at(11, "12:00"), at(22, "12:00")], [], [])


LISTMONK_BLOCK = {"bounce": {"actions": {"soft": {"count": 2, "action": "blocklist"}}}}


@pytest.mark.parametrize(
    ("events", "policy", "version", "disabled", "removed"),
    [
        pytest.param(bounces([0]), {}, None, [0], [], id="hard once"),
        pytest.param(bounces(range(0, 9000, 9), "soft"), {}, None, [], [], id="soft, ever"),
        pytest.param(bounces([0, DAY], "soft"), LISTMONK_BLOCK, None, [DAY], [], id="soft twice, blocklist"),
        pytest.param(bounces([0, DAY]), {"hard": {"count": 2}}, None, [DAY], [], id="hard twice"),
        pytest.param(bounces([0]), {"hard.action": "delete"}, None, [], [0], id="hard, delete"),
        pytest.param(bounces([0], status="4.4.7"), {}, None, [], [], id="the code decides"),
        pytest.param(bounces([0, DAY]), {}, "2.5.1", [DAY], [], id="version 2.5 counts hard ones to two"),
        pytest.param(bounces(range(0, 9 * DAY, DAY), "soft"), {}, "2.5.1", [], [], id="version 2.5 and soft ones"),
        pytest.param([*bounces([0]), *bounces([DAY], "soft")], {}, "2.4.0", [DAY], [], id="before, any two"),
        pytest.param(bounces([0, DAY, 2 * DAY]), {"bounce.count": 3}, "2.4.0", [2 * DAY], [], id="before, three"),
        pytest.param(
            [*bounces([0]), *bounces([DAY], "soft")],
            {"soft": {"count": 1, "action": "delete"}},
            None,
            [0],
            [DAY],
            id="the blocklisted are deleted too",
        ),
        pytest.param(bounces([0]), {"enabled": False}, None, [], [], id="switched off"),
    ],
)
def test_listmonk(events, policy, version, disabled, removed):
    found = run("listmonk", events, policy=policy, version=version)
    assert (found["disabled"], found["removed"]) == (disabled, removed)


@pytest.mark.parametrize(
    ("every", "klass", "cut"),
    [
        pytest.param(1, "hard", 2 * HOUR + 60, id="hard each"),
        pytest.param(1, "soft", 4 * HOUR + 60, id="soft each"),
        pytest.param(2, "hard", 4 * HOUR + 60, id="hard every 2nd"),
        pytest.param(10, "hard", 20 * HOUR + 60, id="hard every 10th"),
        pytest.param(20, "hard", None, id="hard every 20th"),
        pytest.param(10, "soft", None, id="soft every 10th"),
    ],
)
def test_discourse(every, klass, cut):
    """An hourly mail, the bounce a minute later."""
    posts = [h * HOUR for h in range(24 * 20)]
    found = run("discourse", bounces([t + 60 for t in posts[::every]], klass), posts=posts, until=at(20))
    assert found["disabled"][:1] == ([] if cut is None else [cut])


def test_discourse_score_by_hand():
    posts = [0, HOUR, 2 * HOUR]
    scores = [
        run("discourse", bounces([t + 60 for t in posts[:n]]), posts=posts[:n], until=at(1))["score"] for n in (1, 2, 3)
    ]
    assert scores == [2, 3.9, 5.8]


@pytest.mark.parametrize(
    ("version", "score"), [pytest.param("3.4", 0.5, id="before the ledger"), pytest.param(None, 0, id="since")]
)
def test_discourse_wears_a_score_down(version, score):
    """Jobs::UserEmail left a score that was not above the setting; the ledger goes to nothing."""
    policy = {"bounce_score_erode_on_send": 0.5, "soft_bounce_score": 2}
    posts = [0, *(HOUR * h for h in range(1, 10))]
    found = run("discourse", bounces([60], "soft"), posts=posts, policy=policy, version=version, until=at(1))
    assert found["score"] == score


def test_discourse_resumes_thirty_days_after_the_last_bounce():
    found = run("discourse", bounces([60, 120]), posts=[0], until=at(40))
    assert (found["disabled"], found["score"]) == ([120], 0)


@pytest.mark.parametrize(
    ("times", "case", "removed"),
    [
        pytest.param([at(d, "10:00") for d in range(9)], {}, [at(4, "10:00")], id="daily"),
        pytest.param([at(d, "10:00") for d in range(4)], {}, [], id="four dates only"),
        pytest.param([600 * n for n in range(150)], {"policy": {"delay": 9}}, [600 * 100], id="the 101st"),
        pytest.param([at(6 * n) for n in range(20)], {}, [], id="six days apart"),
        pytest.param([at(5 * n) for n in range(20)], {}, [at(5)], id="five days apart"),
        pytest.param([7], {"version": "lite"}, [7], id="Lite"),
        pytest.param([7], {"policy": {"Auto-Delete": "Yes,Semi-Auto,Delay(0),Max(1)"}}, [7], id="as the keyword says"),
        pytest.param([at(d) for d in range(9)], {"policy": {"Auto-Delete": "Yes,Manual,Delay(4)"}}, [], id="Manual"),
        pytest.param([at(d) for d in range(9)], {"policy": {"Auto-Delete": "No"}}, [], id="No"),
        pytest.param([7], {"policy": {"hard_at_once": True}}, [7], id="permanent errors at once"),
    ],
)
def test_listserv(times, case, removed):
    assert run("listserv", bounces(times), **case)["removed"] == removed


def test_custom_and_none():
    policy = {"threshold": 2, "points_per_day": 0, "warnings": 0, "stale_after": "1d"}
    assert run("custom", bounces([0, 60]), policy=policy)["removed"] == [60]
    assert run("none", daily()) == {"disabled": [], "warnings": [], "removed": [], "probes": [], "score": 0}


def test_an_array_of_cases_is_answered_in_order():
    cases = [{"manager": m, "events": bounces([0]), "until": 10} for m in ("listmonk", "none")]
    assert [found["disabled"] for found in answer(cases)] == [[0], []]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (7, "object"),
        ({"manager": "mailman3", "event": []}, "event is not known"),
        ({"manager": "mailmen"}, "mailmen"),
        ({"manager": "mailman3", "events": [{"t": -1, "kind": "bounce"}]}, r"events\[0\].t"),
        ({"manager": "mailman3", "events": [{"t": 0, "kind": "bounced"}]}, "must be one of"),
        ({"manager": "mailman3", "start": "yesterday"}, "start"),
        ({"manager": "mailman2", "timezone": "Mars/Olympus"}, "time zone"),
        ({"manager": "mailman3", "policy": {"bounce_score_threshold": "five"}}, "bounce_score_threshold"),
        ({"manager": "mailman3", "events": [{"t": 0, "kind": "set-policy", "policy": {"x": 1}}]}, "x"),
        ({"manager": "mlmmj", "bounce": {}}, "sympa"),
        (
            {"manager": "mailman3", "policy": {"a": 1, "verp_probes": "perhaps"}},
            "a is not a setting.*; verp_probes: must",
        ),
    ],
)
def test_wrong_cases_are_named(case, words):
    with pytest.raises(UsageError, match=words) as caught:
        answer(case)
    assert "\n" not in str(caught.value)
