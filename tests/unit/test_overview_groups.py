"""Lists that share a cause stand together: each under one cause, and the counts add up."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.admission.rules import load_rules
from monitor.model.findings import Finding, Fix, FixAction, Severity
from monitor.model.risk import FailureRate, ReceiverForecast, RiskLevel
from monitor.overview.groups import FEW, NOT_KNOWN, By, folds, places
from monitor.overview.rows import find, rows_of
from monitor.overview.standing import standings_of
from monitor.overview.summary import summary_of
from monitor.overview.titles import title_of
from monitor.phrase.phrase import listed, say
from monitor.wording.causes import OF_FINDINGS
from monitor.wording.idn import readable, u_labels
from monitor.wording.plain import subjects
from tests import seed
from tests.builders import a_list, an_assessment

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
OK, WATCH, AT_RISK, CRITICAL, UNKNOWN = (
    RiskLevel.OK,
    RiskLevel.WATCH,
    RiskLevel.AT_RISK,
    RiskLevel.CRITICAL,
    RiskLevel.UNKNOWN,
)
V6 = "2001:db8:25::25"
PTR = Fix(action=FixAction.PUBLISH, name="5.2.ip6.arpa", type="PTR", value="mail.lists.example.org.")
NO_PTR = Finding(
    code="ptr.missing", severity=Severity.CRITICAL, message="It has none.", evidence={"client_ip": V6}, fix=PTR
)
NO_SPF = Finding(
    code="spf.none", severity=Severity.CRITICAL, message="It has none.", evidence={"domain": "lists.example.org"}
)
UNTOLD = Finding(code="canary.silent", severity=Severity.WARNING, message="No post came.")
NO_ANSWER = Finding(
    code="dns.temperror", severity=Severity.UNKNOWN, message="No answer.", evidence={"domain": "lists.example.org"}
)
LOST = {"lost": "Its settings cannot be used."}
TOWARDS = load_rules().receiver_name


def rows(assessed, unread=None, **settings):
    """Rows of lists by id, each with an assessment or None."""
    lists = [a_list(id=each, **settings.get(each, {})) for each in assessed]
    thought = {each: summary_of(one) for each, one in assessed.items() if one is not None}
    return rows_of(lists, thought, unread)


def thought(level, *findings, **more):
    return an_assessment(level, findings=findings, **more)


def groups(found, by=By.CAUSE):
    return places(found, by).group(found)


def titles(found, by=By.CAUSE):
    return [(title_of(each, receiver_name=TOWARDS), each.size) for each in groups(found, by)]


def test_lists_that_share_a_cause_stand_together_as_one_line():
    found = rows(
        {
            "a": thought(CRITICAL, NO_PTR, act_by=NOW + timedelta(days=4)),
            "b": thought(AT_RISK, replace(NO_PTR, message="In other words."), act_by=NOW + timedelta(days=2)),
            "c": thought(WATCH, UNTOLD),
            "d": thought(OK),
        }
    )
    first, second, last = groups(found)
    assert title_of(first, receiver_name=TOWARDS) == f"mail.lists.example.org ({V6}) has no PTR record"
    assert [each.id for each in first.rows] == ["a", "b"]
    assert (first.level, first.act_by, first.fix) == (CRITICAL, NOW + timedelta(days=2), PTR)
    assert (title_of(second, receiver_name=TOWARDS), second.fix) == ("No post has come for longer than usual", None)
    assert (title_of(last, receiver_name=TOWARDS), last.level) == ("Nothing is known to be wrong", OK)


def test_a_list_with_several_causes_stands_once_under_the_worst_that_most_lists_have():
    both = (NO_SPF, NO_PTR)  # as bad as each other; SPF was found first
    found = rows(
        {
            "one": thought(CRITICAL, *both),
            "two": thought(CRITICAL, NO_PTR),
            "three": thought(CRITICAL, replace(NO_PTR, severity=Severity.WARNING)),
            "four": thought(CRITICAL, NO_SPF, replace(NO_PTR, severity=Severity.WARNING)),
        }
    )
    ptr, spf = groups(found)
    assert {each.id for each in ptr.rows} == {"one", "two", "three"}
    assert ptr.also == 1, "the fourth has it as well, beside something worse"
    assert ([each.id for each in spf.rows], spf.also) == (["four"], 1)


def test_the_fix_is_named_only_where_it_ends_the_cause_for_all():
    other = replace(NO_PTR, fix=replace(PTR, value="another.example.org."))
    assert groups(rows({"a": thought(CRITICAL, NO_PTR), "b": thought(CRITICAL, other)}))[0].fix is None
    assert (
        groups(rows({"a": thought(CRITICAL, NO_PTR), "b": thought(CRITICAL, replace(NO_PTR, fix=None))}))[0].fix is None
    )
    (host,) = groups(rows({"a": thought(CRITICAL, NO_PTR), "well": thought(OK)}), By.HOST)
    assert host.fix == PTR, "what is well needs none"


def test_subscribers_are_added_up_and_lists_that_nobody_counted_are_named():
    def hit(number):
        return (seed.forecast("gmail", CRITICAL, NOW, subscribers=number),)

    found = rows(
        {
            "a": thought(CRITICAL, NO_PTR, forecasts=hit(300)),
            "b": thought(CRITICAL, NO_PTR, forecasts=hit(12)),
            "c": thought(CRITICAL, NO_PTR, forecasts=hit(None)),
            "d": thought(WATCH, NO_PTR),
        }
    )
    (one,) = groups(found)
    assert (one.subscribers, one.uncounted, one.in_danger, one.size) == (312, 1, 3, 4)


def test_what_hurts_most_lists_comes_first_among_those_as_bad():
    few = {f"few-{n}": thought(CRITICAL, NO_SPF, act_by=NOW) for n in range(2)}
    many = {f"many-{n}": thought(CRITICAL, NO_PTR, act_by=NOW + timedelta(days=9)) for n in range(3)}
    watched = {f"watched-{n}": thought(WATCH, UNTOLD) for n in range(9)}
    assert [each.size for each in groups(rows(few | watched | many))] == [3, 2, 9]


def test_lists_of_which_nothing_is_known_stand_under_why():
    blind = {f"blind-{n}": thought(UNKNOWN, NO_ANSWER, blind=("resolver",)) for n in range(4)}
    found = rows(
        blind
        | {
            "asked": thought(UNKNOWN, NO_ANSWER),
            "from-one-place": thought(UNKNOWN, blind=("receiver",)),
            "nothing": thought(UNKNOWN),
            "new": None,
        },
        unread=LOST,
    )
    assert titles(found) == [
        ("Our own name server does not answer, so nothing is known of any record", 4),
        ("Our receiver is down, so nothing is known of how mail arrives", 1),
        ("DNS gives no usable answer for lists.example.org", 1),
        ("There is no evidence yet", 1),
        ("Not checked yet: the first answer comes within a minute", 1),
        ("The settings, which came over the API, cannot be used", 1),
    ]


def test_a_list_that_only_a_forecast_speaks_against_stands_under_the_receiver():
    rate = FailureRate(mean=0.3, low=0.2, high=0.4)
    gmail = ReceiverForecast(
        receiver="gmail", failure_rate=rate, post_bounces=0.3, disabled=None, removed=None, level=WATCH
    )
    assert titles(rows({"a": thought(WATCH, forecasts=(gmail,))})) == [
        ("Gmail would refuse a part of the posts, by what was seen of late", 1)
    ]
    seen = Finding(code="replies.refused", severity=Severity.CRITICAL, message="", evidence={"receiver": "gmail"})
    assert titles(rows({"a": thought(CRITICAL, seen)})) == [("Gmail refuses posts", 1)]


def test_by_domain_host_and_manager():
    found = rows(
        {"a": thought(OK), "b": thought(WATCH, UNTOLD), "c": thought(OK)},
        unread=LOST,
        a={"address": "a@bücher.example", "helo": "mx1.example.org", "manager": "sympa"},
        b={"address": "b@xn--bcher-kva.example", "helo": "MX2.example.org", "manager": "mailman3"},
        c={"helo": "mx2.example.org", "manager": "none"},
    )
    lost = ("Settings that cannot be used", 1)
    assert titles(found, By.DOMAIN) == [
        ("bücher.example (xn--bcher-kva.example)", 2),
        lost,
        ("lists.example.org", 1),
    ]
    assert titles(found, By.HOST) == [("mx2.example.org", 2), lost, ("mx1.example.org", 1)]
    assert titles(found, By.MANAGER) == [("GNU Mailman 3", 1), lost, ("No bounce processing", 1), ("Sympa", 1)]
    assert places(found, By.HOST).keys["lost"] == NOT_KNOWN
    assert [each.id for each in find(found, words="BÜCHER")] == ["b", "a"], "a name is found as it is spoken"


def test_a_reason_is_found_in_the_words_that_its_reader_sees():
    reason = say("Refused at {names}.", names=listed(("Gmail", "GMX")))
    found = rows({"a": replace(thought(WATCH, UNTOLD), reason=reason), "b": thought(OK)})
    assert [each.id for each in find(found, words="gmail UND", language="de")] == ["a"]
    assert [each.id for each in find(found, words="gmail and", language="de")] == ["a"], "English always helps"
    assert find(found, words="gmail und") == ()


def by_chance(chance):
    causes = [NO_PTR, NO_SPF, UNTOLD, NO_ANSWER, replace(NO_PTR, severity=Severity.WARNING)]
    for number in range(chance.randrange(1, 60)):
        level = chance.choice(list(RiskLevel))
        yield f"list-{number}", thought(level, *chance.sample(causes, chance.randrange(4)))


@pytest.mark.parametrize("by", By)
def test_the_counts_of_the_groups_add_up_and_a_search_moves_no_list(by):
    """However causes are spread: every list stands in one group, also where only some are looked at."""
    for number in range(60):
        chance = random.Random(number)
        found = rows(dict(by_chance(chance)), unread=LOST if chance.randrange(2) else {})
        stand = places(found, by)
        made = stand.group(found)
        assert sum(each.size for each in made) == len(found)
        assert sorted(each.id for one in made for each in one.rows) == sorted(each.id for each in found)
        some = [each for each in found if chance.random() < 0.5]
        narrowed = {each.key: {row.id for row in each.rows} for each in stand.group(some)}
        whole = {each.key: {row.id for row in each.rows} for each in made}
        wanted = {each.id for each in some}
        assert narrowed == {key: ids & wanted for key, ids in whole.items() if ids & wanted}
        for each in made:
            assert each.rows == stand.of(each.key, found)
            assert each.also >= 0


def test_many_lists_with_one_cause_are_folded_and_few_are_not():
    shared = {f"list-{n}": thought(WATCH, NO_PTR) for n in range(5)}
    well = {f"well-{n}": thought(OK) for n in range(FEW)}
    assert folds(rows(shared | well), least=5)
    assert not folds(rows(shared | well), least=6)
    assert not folds(rows(shared | well), least=0), "nobody wants shared causes told"
    assert not folds(rows(shared), least=5), "five lists are looked through at a glance"
    assert not folds(rows(well | {"well-too": thought(OK)}), least=5), "that all are well is no cause"


def test_every_finding_that_may_alarm_has_a_line():
    """A cause without a line would be shown by its code."""
    of_lists = [one for subject in subjects() if subject.id != "messages" for one in subject.findings]
    assert {one.code for one in of_lists if set(one.severities) - {Severity.INFO}} == set(OF_FINDINGS)


@pytest.mark.parametrize(
    ("domain", "spoken"),
    [
        ("example.org", "example.org"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("lists.xn--wgv71a119e.example", "lists.日本語.example"),
        ("xn--0.example", "xn--0.example"),
        ("xn--\x00.example", "xn--\x00.example"),
        ("xn--99999999999.example", "xn--99999999999.example"),
        ("", ""),
    ],
)
def test_a_domain_is_told_as_it_is_spoken(domain, spoken):
    assert u_labels(domain) == spoken
    assert readable(domain) == (domain if domain == spoken else f"{spoken} ({domain})")


def test_a_list_has_its_cause_once():
    twice = standings_of(thought(CRITICAL, NO_PTR, replace(NO_PTR, message="Again.")))
    assert len(twice.worst) == 1
