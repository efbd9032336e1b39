"""What the pages say, and what they decide before they say it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from monitor.admission.rules import load_rules
from monitor.config.settings import Settings, WebSettings
from monitor.incident.blindness import WATCH_BEGAN
from monitor.model.evidence import Admission, AdmissionAction
from monitor.model.risk import RiskLevel
from monitor.model.vantage import Vantage
from monitor.operations.queues import QUEUES
from monitor.operations.silent_parts import silent_parts
from monitor.overview import rows as overview_rows
from monitor.overview.summary import NOT_ASSESSED, summary_of
from monitor.phrase.phrase import When, say
from monitor.risk.judge import judge
from monitor.tongue.voice import Voice
from monitor.web.access import policy
from monitor.web.pages.spoken import inert
from monitor.web.pages.templating import environment
from monitor.web.views import wording
from monitor.web.views.admission_matrix import matrix
from monitor.web.views.overview_chart import day_position
from tests import seed
from tests.builders import an_assessment
from tests.refusals import refused

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
OK, WATCH, CRITICAL, UNKNOWN = RiskLevel.OK, RiskLevel.WATCH, RiskLevel.CRITICAL, RiskLevel.UNKNOWN


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        pytest.param({}, "No list is watched yet.", id="none"),
        pytest.param({OK: 6}, "All six lists are well.", id="all well"),
        pytest.param({OK: 1}, "Your list is well.", id="one list"),
        pytest.param({CRITICAL: 1, OK: 5}, "One of six lists is about to lose subscribers.", id="danger"),
        pytest.param({CRITICAL: 1}, "Your list is about to lose subscribers.", id="one list in danger"),
        pytest.param({WATCH: 1, OK: 1}, "Nobody is about to be dropped; one list to keep an eye on.", id="watch"),
        pytest.param({UNKNOWN: 2}, "Nothing is known yet.", id="all unknown"),
        pytest.param(
            {UNKNOWN: 1, OK: 3}, "One of four lists cannot be judged now; the others are well.", id="one unknown"
        ),
        pytest.param({OK: 9999, CRITICAL: 13}, "13 of 10\u202f012 lists are about to lose subscribers.", id="many"),
    ],
)
def test_the_headline_says_the_worst_first(counts, said):
    assert wording.headline(counts, calm=counts.get(OK, 0) + counts.get(WATCH, 0)) == said


@pytest.mark.parametrize(
    ("counts", "calm", "said"),
    [
        pytest.param({WATCH: 1}, 0, "Your list is not known to be in danger, but it needs a look.", id="one list"),
        pytest.param({OK: 1}, 0, "Your list is not known to be in danger, but it needs a look.", id="one list ok"),
        pytest.param({OK: 6}, 5, "No list is known to be in danger; one of six needs a look.", id="ok, not all known"),
        pytest.param({WATCH: 3, OK: 2}, 3, "No list is known to be in danger; two of five need a look.", id="watch"),
        pytest.param(
            {WATCH: 1, UNKNOWN: 1, OK: 2},
            3,
            "No list is known to be in danger; one of four needs a look.",
            id="unknown",
        ),
        pytest.param({CRITICAL: 1, WATCH: 1}, 0, "One of two lists is about to lose subscribers.", id="danger"),
    ],
)
def test_the_headline_says_that_nobody_is_in_danger_only_where_it_is_known(counts, calm, said):
    """Else a list with a receiver of which nothing is known would read as one that is well."""
    assert wording.headline(counts, calm=calm) == said


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=5, seconds=59), "5 minutes"),
        (timedelta(hours=26), "26 hours"),
        (timedelta(days=5, hours=3), "5 days"),
        (timedelta(hours=-3), "3 hours"),
    ],
)
def test_a_span_is_told_in_its_largest_sensible_unit(length, said):
    assert wording.span(length) == said


@pytest.mark.parametrize(
    ("days", "said"), [(0, "today"), (1, "tomorrow"), (5, "in 5 days"), (-1, "yesterday"), (-3, "3 days ago")]
)
def test_dates_are_counted_in_days(days, said):
    assert wording.days_until(NOW + timedelta(days=days), NOW) == said


def test_rows_are_sorted_by_level_then_date_then_name():
    lists = [seed.mailing_list(name) for name in ("b", "a", "late", "soon", "fine", "new")]
    assessments = {
        name: an_assessment(level, list_id=name, act_by=act_by)
        for name, level, act_by in (
            ("a", WATCH, None),
            ("b", WATCH, None),
            ("late", CRITICAL, NOW + timedelta(days=9)),
            ("soon", CRITICAL, NOW + timedelta(days=2)),
            ("fine", OK, None),
        )
    }
    rows = overview_rows.rows_of(lists, {name: summary_of(one) for name, one in assessments.items()})
    assert [row.id for row in rows] == ["soon", "late", "a", "b", "new", "fine"]
    assert rows[4].level is UNKNOWN


def a_row(name, level=OK, reason=""):
    return overview_rows.row(seed.mailing_list(name), replace(NOT_ASSESSED, level=level, reason=reason))


@pytest.mark.parametrize(
    ("offset", "ids", "before", "after"),
    [(0, [0, 1, 2], None, 3), (3, [3, 4, 5], 0, 6), (6, [6], 3, None), (99, [6], 3, None), (-5, [0, 1, 2], None, 3)],
)
def test_pages_are_turned_without_falling_off_the_end(offset, ids, before, after):
    rows = [a_row(str(n)) for n in range(7)]
    page = overview_rows.page(rows, offset=offset, limit=3)
    assert [int(row.id) for row in page.rows] == ids
    assert (page.previous_offset, page.next_offset) == (before, after)


def test_finding_needs_every_word():
    rows = [a_row("ops", reason="PTR missing"), a_row("b", level=WATCH)]
    assert [row.id for row in overview_rows.find(rows, words="ptr OPS")] == ["ops"]
    assert overview_rows.find(rows, words="ptr b") == ()
    assert [row.id for row in overview_rows.find(rows, levels=frozenset({WATCH}))] == ["b"]


def test_a_reason_is_found_in_its_readers_language_though_an_older_version_wrote_the_same_in_english():
    reason = say("subscribers in danger")
    word = next(each for each in Voice("de")(reason).split() if each not in reason)
    rows = [a_row("old", reason=str(reason)), a_row("new", reason=reason)]
    assert [row.id for row in overview_rows.find(rows, words=word, language="de")] == ["new"]


ALL = dict.fromkeys(("worker", "beat", "receiver", "resolver"), 0)
BY_QUEUE_BUT_DNS = ("probe", "notify", "webhook", "upkeep")
BY_QUEUE = {f"worker:{queue}": 0 for queue in ("dns", *BY_QUEUE_BUT_DNS)}


@pytest.mark.parametrize(
    ("beats", "silent"),
    [
        pytest.param({"worker": 0, "beat": 0, "receiver": 0, "resolver": 0}, [], id="all well"),
        pytest.param(
            {"worker": 90, "beat": 0, "receiver": 0, "resolver": 0}, ["worker"], id="a worker is missed after a minute"
        ),
        pytest.param({"worker": 0, "beat": 0, "receiver": 90, "resolver": 0}, ["receiver"], id="receiver"),
        pytest.param(
            {"worker": 0, "beat": 0, "receiver": 0, "resolver": 1800}, [], id="DNS is asked only every 15 minutes"
        ),
        pytest.param(
            {"worker": 0, "beat": 0, "receiver": 0, "resolver": 3000}, ["resolver"], id="three intervals are too long"
        ),
        pytest.param({"receiver": 0}, ["worker", "beat"], id="without a worker the resolver is not to blame"),
        pytest.param(ALL | BY_QUEUE, [], id="each kind of work has a worker"),
        pytest.param(ALL | BY_QUEUE | {"worker:probe": 90}, ["worker:probe"], id="nobody takes on probes"),
        pytest.param(ALL | {"worker:dns": 0}, [f"worker:{each}" for each in BY_QUEUE_BUT_DNS], id="never heard"),
        pytest.param(ALL | {"worker:dns": 90}, [], id="a worker of a version that does not tell its queues"),
        pytest.param(
            ALL | BY_QUEUE | {"beat": 90, "worker:upkeep": 90}, ["worker:upkeep"], id="ticks are sent, nobody runs them"
        ),
        pytest.param(ALL | BY_QUEUE | {"resolver": 9000, "worker:dns": 90}, ["worker:dns"], id="nobody asks DNS"),
        pytest.param(
            dict.fromkeys(ALL | BY_QUEUE, 90) | {"receiver": 0}, ["worker", "beat"], id="no worker at all is one word"
        ),
    ],
)
def test_what_is_silent_is_named(beats, silent):
    settings = seed.settings(receiver=Vantage(domain="p.example.net", hostname="mx.p.example.net"))
    seen = {part: NOW - timedelta(seconds=age) for part, age in beats.items()}
    assert [one.part for one in silent_parts(seen, settings, watching=True, now=NOW)] == silent


@pytest.mark.parametrize("queue", QUEUES)
def test_a_kind_of_work_that_nobody_takes_on_is_told_with_what_starts_it(queue):
    seen = {part: NOW - timedelta(seconds=age) for part, age in (ALL | BY_QUEUE | {f"worker:{queue}": 90}).items()}
    settings = seed.settings(receiver=Vantage(domain="p.example.net", hostname="mx.p.example.net"))
    (one,) = silent_parts(seen, settings, watching=True, now=NOW)
    assert one.sentence.endswith(f"Start one: staysub worker --queues {queue}.")
    assert not one.partly, "the other workers do other things"


def test_probes_need_nobody_where_there_is_no_receiver():
    seen = {part: NOW for part in ALL | BY_QUEUE if part != "worker:probe"}
    assert silent_parts(seen, seed.settings(), watching=True, now=NOW) == ()


def test_nobody_is_missed_in_the_first_minute_or_without_lists():
    assert silent_parts({}, seed.settings(), watching=True, now=NOW, started_at=NOW - timedelta(seconds=20)) == ()
    assert silent_parts({}, Settings(), watching=False, now=NOW) == ()
    long_ago = NOW - timedelta(days=1)
    emptied = {WATCH_BEGAN: NOW - timedelta(seconds=20), "beat": NOW}  # the tick says since when the store is there
    assert silent_parts(emptied, seed.settings(), watching=True, now=NOW, started_at=long_ago) == ()
    later = {**emptied, WATCH_BEGAN: NOW - timedelta(minutes=2)}
    assert silent_parts(later, seed.settings(), watching=True, now=NOW, started_at=long_ago)


def test_a_receiver_that_is_not_configured_is_not_missed():
    seen = dict.fromkeys(("worker", "beat", "resolver"), NOW)
    assert silent_parts(seen, seed.settings(), watching=True, now=NOW) == ()


def test_the_matrix_puts_refusals_and_ipv6_first():
    four, six = ip_address("192.0.2.1"), ip_address("2001:db8::1")
    said = [
        Admission(receiver="kind", client_ip=four, action=AdmissionAction.ACCEPT),
        Admission(receiver="strict", client_ip=four, action=AdmissionAction.ACCEPT),
        Admission(receiver="strict", client_ip=six, action=AdmissionAction.REJECT),
    ]
    made = matrix(said)
    assert made.addresses == (six, four)
    assert [(line.receiver, line.worst) for line in made.lines] == [("strict", "reject"), ("kind", "accept")]
    assert made.lines[1].cells == (None, said[0])
    assert matrix(()).lines == ()


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("<b>", "&lt;b&gt;"),
        ("a\x1b[31m", 'a<span class="unprintable">\\x1b</span>[31m'),
        ("\u202egnp.exe", '<span class="unprintable">\\u202e</span>gnp.exe'),
        ("one\ntwo", 'one<span class="unprintable">\\x0a</span>two'),
        ("naïve", "naïve"),
    ],
)
def test_text_from_outside_is_inert(outside, shown):
    assert str(inert(outside)) == shown


def test_a_record_with_a_line_break_is_shown_with_it_and_cannot_be_copied():
    """A letter of ours keeps its lines, and can be."""
    page = environment(load_rules()).from_string(
        '{% import "macros.html" as m with context %}{{ m.copyable(text, "it", keep) }}'
    )
    record = page.render(voice=Voice(), text="v=spf1\n-all", keep="")
    assert "\\x0a" in record
    assert "<button" not in record
    letter = page.render(voice=Voice(), text="Dear\npostmaster", keep="\n")
    assert "Dear\npostmaster" in letter
    assert "<button" in letter


def test_what_stands_between_grave_accents_in_a_sentence_is_code_and_stays_inert():
    page = environment(load_rules()).from_string("{{ text | ticked }}")
    said = page.render(voice=Voice(), text=say("Set `{name}` on {day}.", name="a<b", day=When(NOW)))
    assert (
        said
        == 'Set `a&lt;b` on <time datetime="2026-11-24T09:30:00Z" data-as="day">24 November 2026</time>.'.replace(
            "`a&lt;b`", "<code>a&lt;b</code>"
        )
    )
    assert "\u202e" not in page.render(voice=Voice(), text="a `b\u202e` c")


def test_days_stand_in_order_within_the_picture():
    places = [day_position(day) for day in (0, 1, 2, 30, 90, 500)]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 100)


LOCKED = WebSettings(token="a-long-and-secret-token")


@pytest.mark.parametrize(
    ("web", "host", "authorization", "verdict"),
    [
        pytest.param(WebSettings(), "127.0.0.1:8025", "", "allowed", id="loopback"),
        pytest.param(WebSettings(), "[::1]:8025", "", "allowed", id="loopback v6"),
        pytest.param(WebSettings(), "localhost", "", "allowed", id="localhost"),
        pytest.param(WebSettings(), "evil.example", "", "wrong-host", id="rebound name"),
        pytest.param(WebSettings(), "", "", "wrong-host", id="no host"),
        pytest.param(WebSettings(), "[", "", "wrong-host", id="garbage host"),
        pytest.param(LOCKED, "127.0.0.1", "", "login-needed", id="a proxy on this machine forwards strangers"),
        pytest.param(LOCKED, "x.example", "Bearer a-long-and-secret-token", "allowed", id="bearer"),
        pytest.param(LOCKED, "x.example", "bearer a-long-and-secret-token", "allowed", id="RFC 7235 §2.1 any case"),
        pytest.param(LOCKED, "x.example", "Bearer wrong", "login-needed", id="wrong token"),
        pytest.param(LOCKED, "x.example", "Basic a-long-and-secret-token", "login-needed", id="another scheme"),
    ],
)
def test_who_may_look(web, host, authorization, verdict):
    shown = policy.shown(web, authorization=authorization, cookie="", now=NOW)
    assert policy.decide(web, path="/", host=host, shown=bool(shown), user="") == verdict


@pytest.mark.parametrize(
    ("url", "host", "verdict"),
    [
        pytest.param("https://staysub.example.org", "staysub.example.org", "allowed", id="our name"),
        pytest.param("https://staysub.example.org", "STAYSUB.example.org:443", "allowed", id="our name with a port"),
        pytest.param("https://staysub.example.org", "127.0.0.1:8025", "allowed", id="the proxy asks an address"),
        pytest.param("https://staysub.example.org", "10.1.2.3:8025", "allowed", id="an address cannot be rebound"),
        pytest.param(None, "[2001:db8::8]", "allowed", id="an IPv6 address"),
        pytest.param("https://staysub.example.org", "evil.example", "wrong-host", id="rebound name"),
        pytest.param(None, "staysub.example.org", "wrong-host", id="url is not set"),
        pytest.param(None, "", "wrong-host", id="no host"),
    ],
)
def test_a_proxys_word_counts_under_our_name_only(url, host, verdict):
    """A page under a rebound name sends us whatever header it likes, from the proxy's own machine for instance."""
    web = WebSettings(proxies=("127.0.0.1",), user_header="X-Remote-User", url=url)
    assert policy.decide(web, path="/", host=host, shown=False, user="ada") == verdict
    assert policy.decide(web, path="/healthz", host=host, shown=False, user="") == "allowed"


def test_a_cookie_holds_for_a_week_and_for_its_token_only():
    cookie = policy.new_cookie("secret", now=NOW)
    assert policy.cookie_holds("secret", cookie, now=NOW + timedelta(days=6))
    assert not policy.cookie_holds("secret", cookie, now=NOW + timedelta(days=8))
    assert not policy.cookie_holds("changed", cookie, now=NOW)
    assert not policy.cookie_holds("secret", cookie.replace("1", "2", 1), now=NOW)
    assert not policy.cookie_holds("secret", "", now=NOW)
    assert not policy.cookie_holds("secret", "\udcff.é", now=NOW)


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/lists/a?b=c", "/lists/a?b=c"),
        ("//evil.example", "/"),
        ("//[", "/"),
        ("/a", "/a"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_a_login_never_leads_to_another_site(target, goes_to):
    assert policy.safe_target(target) == goes_to


@pytest.mark.parametrize(
    ("story", "said"),
    [
        pytest.param({"subscribers": 60, "there": 80}, 60, id="those who are hit, not all who are there"),
        pytest.param({"subscribers": 22, "there": 0}, 22, id="counts know of nobody"),
        pytest.param(
            {"subscribers": 22, "there": 22, "days": 1}, 0, id="to watch: nobody is in danger, and that is known"
        ),
    ],
)
def test_the_overview_counts_those_who_are_hit(story, said):
    assert summary_of(judge(refused(**story))).subscribers == said
