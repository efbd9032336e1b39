"""What the list's MTA makes of a refusal: retries, the other family, a bounce; tables from sources and sightings."""

import re
from importlib import import_module

import pytest

from monitor.errors import ConfigError
from monitor.managers.catalogue import policy_for
from monitor.managers.machine import Effect
from monitor.managers.replay import Event, EventKind, Replay
from monitor.model.evidence import AdmissionAction
from monitor.mtas.catalogue import MTAS, mta_named
from monitor.risk.forecast import forecast
from monitor.risk.retry import persisting, seen_by, sporadic

ACCEPT, DEFER, REJECT = AdmissionAction.ACCEPT, AdmissionAction.DEFER, AdmissionAction.REJECT


@pytest.mark.parametrize(
    ("mta", "six", "four", "bounces", "expired"),
    [
        ("postfix", REJECT, None, 1, False),
        ("postfix", REJECT, ACCEPT, 0.5, False),
        ("postfix", DEFER, None, 1, True),
        ("postfix", DEFER, ACCEPT, 0, False),
        ("postfix", DEFER, REJECT, 1, False),
        ("postfix", DEFER, DEFER, 1, True),
        ("postfix", ACCEPT, REJECT, 0.5, False),
        ("exim", REJECT, ACCEPT, 1, False),
        ("exim", DEFER, ACCEPT, 0, False),
        ("exim", ACCEPT, REJECT, 0, False),
        ("sendmail", REJECT, ACCEPT, 1, False),
        ("sendmail", DEFER, ACCEPT, 1, True),
        ("qmail", REJECT, ACCEPT, 0, False),
        ("qmail", ACCEPT, REJECT, 1, False),
        ("qmail", DEFER, None, 1, True),
        ("opensmtpd", DEFER, ACCEPT, 1, True),
        ("exchange", DEFER, None, 1, True),
        ("postfix", ACCEPT, ACCEPT, 0, False),
    ],
)
def test_persisting_refusals(mta, six, four, bounces, expired):
    found = persisting(mta_named(mta), six, four)
    assert (found.bounces, found.expired) == (pytest.approx(bounces, abs=1e-9), expired)


def test_sporadic_refusals():
    postfix, sendmail = mta_named("postfix"), mta_named("sendmail")
    assert sporadic(postfix, 0.2, REJECT, share=0.5, alternative=True).bounces == pytest.approx(0.1)
    assert sporadic(postfix, 0.2, DEFER, share=1, alternative=False).bounces < 1e-70
    assert sporadic(postfix, 0.999, DEFER, share=1, alternative=True).bounces == 0
    assert sporadic(sendmail, 0.999, DEFER, share=1, alternative=True).bounces == pytest.approx(0.999**242)


@pytest.mark.parametrize(
    ("mta", "attempts", "expires_s", "first"),
    [
        ("postfix", 108, 433_200, [0, 300, 600, 1200, 2400, 4800, 9000, 13200]),
        ("exim", 25, 361_800, [h * 3600 for h in (0, 0.5, 1, 1.5, 2, 2.5, 3.5, 5, 7.5, 11, 16.5, 22.5, 28.5)]),
        ("sendmail", 242, 433_800, [0, 1800, 3600]),
        ("qmail", 40, 608_400, [0, 400, 1600, 3600]),
        ("opensmtpd", 30, 345_600, [0, 400, 1600, 3600]),
        ("exchange", 193, 172_800, [0, 900, 1800]),
    ],
)
def test_schedules(mta, attempts, expires_s, first):
    found = mta_named(mta)
    assert (found.attempts, found.expires_s) == (attempts, expires_s)
    assert list(found.schedule(found.queue_lifetime_s)[: len(first)]) == first


def test_lifetime_can_be_changed():
    assert mta_named("postfix", {"queue_lifetime": "1d"}).expires_s == pytest.approx(86_400, abs=4300)
    with pytest.raises(ConfigError, match="lifetime"):
        mta_named("postfix", {"lifetime": "1d"})
    with pytest.raises(ConfigError, match="sendmial"):
        mta_named("sendmial")


@pytest.mark.parametrize(
    ("manager", "mta", "bounces", "permanent"),
    [
        ("mailman3", "postfix", 1, False),
        ("sympa", "exim", 1, True),
        ("sympa", "qmail", 0, True),
        ("sympa", "opensmtpd", 0, True),
        ("listmonk", "sendmail", 1, False),
        ("listmonk", "exim", 1, True),
    ],
)
def test_what_a_manager_reads_in_an_expired_message(manager, mta, bounces, permanent):
    expired = persisting(mta_named(mta), DEFER, None)
    found = seen_by(policy_for(manager), mta_named(mta), expired)
    assert (found.bounces, found.bounce.permanent) == (bounces, permanent)


def test_notices_of_delay_come_early_to_those_who_count_them():
    expired = persisting(mta_named("opensmtpd"), DEFER, None)
    assert seen_by(policy_for("mlmmj"), mta_named("opensmtpd"), expired).latency_s == 4 * 3600
    assert seen_by(policy_for("mailman3"), mta_named("opensmtpd"), expired).latency_s == 345_600


def outage(days, *, mta):
    """When posts at noon bounce, where all is refused for so many days from midnight on and then taken."""
    end = days * 86_400
    for day in range(days):
        noon = day * 86_400 + 43_200
        if mta is None:
            yield noon + 60
        elif (
            mta.id == "exim"
        ):  # its clock is the address's: after the cutoff what waits bounces, and each new message at once
            cutoff = 43_200 + mta.expires_s
            if max(noon, cutoff) < end:
                yield max(noon + 60, cutoff)
        elif noon + mta.expires_s < end:
            yield noon + mta.expires_s


@pytest.mark.parametrize(
    ("mta", "days"), [pytest.param(None, 5, id="rejected"), pytest.param("postfix", 10), pytest.param("exim", 9)]
)
def test_the_shortest_outage_that_disables_on_a_daily_list(mta, days):
    """Mailman 3: five days of rejection; where mail is put off, that on top of the time that the queue holds it."""

    def disabled(length):
        life = Replay(policy_for("mailman3"))
        times = outage(length, mta=None if mta is None else mta_named(mta))
        life.add(Event(at=at, kind=EventKind.BOUNCE) for at in times)
        life.run(60 * 86_400)
        return bool(life.effects[Effect.DISABLED])

    assert [disabled(length) for length in (days - 1, days)] == [False, True]


def test_sympa_reads_the_notice_of_delay_and_that_of_failure():
    """Two a post count fourfold: the forecast is within the week of the machine's own life."""
    exchange, sympa = mta_named("exchange"), policy_for("sympa")
    seen = seen_by(sympa, exchange, persisting(exchange, DEFER, None))
    assert seen.notices == 2
    curve = forecast(
        sympa,
        post_bounces=1.0,
        messages_per_day=1.0,
        latency_s=seen.latency_s,
        bounce=seen.bounce,
        notices=seen.notices,
    ).removed
    life = Replay(sympa)
    for day in range(120):
        noon = day * 86_400 + 43_200
        life.add([Event(at=noon, kind=EventKind.POST)])
        for after in (4 * 3600, exchange.expires_s):
            life.add([Event(at=noon + after, kind=EventKind.BOUNCE, bounce=seen.bounce)])
    life.run(120 * 86_400)
    (removed,) = life.effects[Effect.REMOVED]
    assert curve.by(int(removed // 86_400) + 1 + 7) == 1
    assert curve.by(int(removed // 86_400) - 7) == 0


@pytest.mark.parametrize(("mta", "folder"), MTAS.items())
def test_every_mta_is_one_folder_that_says_where_it_was_read(mta, folder):
    assert mta_named(mta).id == mta
    assert re.search("Read in|documentation", import_module(mta_named(mta).schedule.__module__).__doc__)
    assert mta_named(mta) is import_module(folder).KIND
