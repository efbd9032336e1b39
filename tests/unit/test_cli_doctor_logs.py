"""What the doctor says of MTAs' logs."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.admission.rules import load_rules
from monitor.cli.doctor.mta_logs import mta_logs, readable, smarthost, told_of
from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.follow.permission import why_unreadable
from monitor.model.log_place import LogPlace
from monitor.model.mta_log import MtaLog
from tests.builders import a_list

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LOG = MtaLog(id="postfix", kind="postfix", path=Path("/var/log/mail.log"))
LATELY = NOW - timedelta(minutes=5)
WELL = LogPlace(
    log="postfix", lines=1000, attempts=100, read_at=NOW, last_line_at=LATELY, list_mail_at=LATELY, sample="<odd>"
)
LISTS = (a_list(),)


@pytest.mark.parametrize(
    ("differs", "says"),
    [
        pytest.param({}, None, id="all is well"),
        pytest.param({"read_at": None, "last_line_at": None}, None, id="never read"),
        pytest.param(
            {"last_line_at": NOW - timedelta(days=2)}, "no line of postfix about a message since 2026", id="silent"
        ),
        pytest.param({"last_line_at": None}, "in it so far", id="silent from the beginning"),
        pytest.param({"list_mail_at": None}, "none of late is about mail of a list", id="another MTA's"),
        pytest.param({"list_mail_at": NOW - timedelta(days=8)}, "none of late", id="another MTA's since last week"),
        pytest.param({"unread": 30}, "30 of 1000 lines are of a form that is not known, such as: <odd>", id="unread"),
        pytest.param({"unread": 30, "lines": 10_000}, None, id="a few unread"),
    ],
)
def test_what_is_strange_in_a_log_is_told(differs, says):
    """In one sentence, with what to do."""
    found = list(told_of(LOG, replace(WELL, **differs), LISTS, NOW))
    assert [says in one.sentence for one in found] == [True] * len(found)
    assert bool(found) is (says is not None)
    assert all(one.advice for one in found)


def test_lists_without_traffic_leave_a_log_silent():
    """Nothing is to be told of that."""
    rests = (a_list(messages_per_day=0.1),)
    assert list(told_of(LOG, replace(WELL, last_line_at=None, list_mail_at=None), rests, NOW)) == []


@pytest.mark.parametrize(
    ("relays", "host"),
    [
        pytest.param({"relay.example.net": 100, "mx.example.org": 2}, "relay.example.net", id="nearly all"),
        pytest.param({"relay.example.net": 15}, None, id="too few to tell"),
        pytest.param({"relay.example.net": 90, "mx.example.org": 10}, None, id="some go elsewhere"),
        pytest.param({"gmail-smtp-in.l.google.com": 100}, None, id="a receiver that is known by name"),
        pytest.param({"mx.isp.example": 100}, None, id="an exchanger of subscribers"),
        pytest.param({}, None, id="none"),
    ],
)
def test_a_smarthost_takes_all_and_is_nobody_with_subscribers(relays, host):
    """Its log is the one to read."""
    place = replace(WELL, relays=relays)
    assert smarthost(place, load_rules(), {"mx.isp.example"}) == host
    found = list(told_of(LOG, place, LISTS, NOW, host))
    assert [f"hands everything to {host}" in one.sentence for one in found] == ([True] if host else [])


def test_a_log_that_cannot_be_read_is_told_with_who_may(tmp_path, monkeypatch):
    """The group that would help, where there is one."""
    (missing,) = readable("follow:postfix", tmp_path / "none")
    assert (missing.status, missing.sentence) == ("critical", f"There is no {tmp_path / 'none'}.")
    path = tmp_path / "mail.log"
    path.touch(0o640)
    (fine,) = readable("follow:postfix", path)
    assert fine.status == "ok"
    monkeypatch.setattr(os, "access", lambda *_, **__: True)
    path.chmod(0o640)
    group = "adm"
    monkeypatch.setattr("monitor.follow.permission._group", lambda _: group)
    monkeypatch.setattr("monitor.follow.permission._user", lambda _: "staysub")
    real = Path.stat

    def stat(self, **options):
        found = real(self, **options)
        return os.stat_result((found.st_mode, *found[1:4], 0, 4, *found[6:])) if self == path else found

    monkeypatch.setattr(Path, "stat", stat)
    said = why_unreadable(path, PermissionError(13, "Permission denied"))
    assert said == (
        f"{path} cannot be read by staysub: it may be read by group adm; run `usermod -aG adm staysub` and start again."
    )
    path.chmod(0o600)
    assert "by staysub alone" in why_unreadable(path, PermissionError(13, "Permission denied"))


def a_store(place, seen):
    """What the doctor asks of one."""
    return SimpleNamespace(
        heartbeats=SimpleNamespace(all=lambda: seen),
        followed=SimpleNamespace(place=lambda _: place),
        mail_routes=SimpleNamespace(of=lambda _: {}),
    )


def test_a_follower_that_lives_says_why_it_cannot_read():
    """Not that all is well, nor what follows from it; whether the doctor itself could read is nothing to it."""
    why = "/var/log/mail.log cannot be read by staysub: it may be read by root alone; give a group the right."
    store = a_store(replace(WELL, problem=why, last_line_at=None), {LOG.part: NOW})
    found = list(mta_logs(Settings(mta_logs=(LOG,)), LISTS, load_rules(), lambda: store, NOW))
    assert [(one.status, one.sentence) for one in found][1:] == [("critical", why)]


def test_a_log_that_is_missing_is_not_called_silent_as_well(tmp_path):
    """Nobody follows it, and the old trouble of one who did is of no account."""
    log = replace(LOG, path=tmp_path / "none")
    store = a_store(replace(WELL, problem="old", last_line_at=NOW - timedelta(days=3)), {})
    found = list(mta_logs(Settings(mta_logs=(log,)), LISTS, load_rules(), lambda: store, NOW))
    assert [one.sentence for one in found][1:] == [f"There is no {tmp_path / 'none'}."]


def test_without_logs_or_without_a_store_nothing_is_said():
    """That the store is away is told elsewhere."""

    def away():
        raise StoreUnavailable("Redis could not be reached.", reason="connection")

    assert list(mta_logs(Settings(), LISTS, load_rules(), away, NOW)) == []
    assert list(mta_logs(Settings(mta_logs=(LOG,)), LISTS, load_rules(), away, NOW)) == []
