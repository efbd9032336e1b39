"""What the doctor concludes from what it sees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from monitor.cli.doctor.examinations import (
    clocks,
    configuration,
    data_dir,
    part,
    receivers,
    redis,
    resolver,
)
from monitor.config.load import parse, read
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.errors import StoreUnavailable
from monitor.model.clocks import Jump, MachineClock
from monitor.model.findings import CheckStatus
from tests.builders import a_vantage
from tests.fakes import ZoneResolver

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECEIVER = '[receiver]\ndomain = "v6.example.org"\nhostname = "mx.example.org"\nlisten = "[::1]:2525"\n'


SILENT = ZoneResolver({}, errors={"example.org": "timeout"})


def settings(text=""):
    return parse(text.encode(), Sources(), name="x")


def away():
    raise StoreUnavailable("Redis could not be reached.", reason="connection")


@pytest.mark.parametrize(
    ("ago", "status", "says"),
    [
        pytest.param(None, "warning", "never been seen", id="never"),
        pytest.param(timedelta(seconds=15), "ok", "seen 15 s ago", id="lately"),
        pytest.param(timedelta(seconds=-3), "ok", "seen 0 s ago", id="another machine's clock is ahead"),
        pytest.param(timedelta(minutes=3), "critical", "last seen on 2026-01-01 11:57:00", id="silent"),
    ],
)
def test_a_part_is_well_while_it_is_heard(ago, status, says):
    found = part("worker", None if ago is None else NOW - ago, NOW)
    assert found.status == status
    assert says in found.sentence
    assert bool(found.advice) is (status != "ok")


def test_clocks_that_are_away_or_jumped_are_told_and_right_ones_are_well():
    """Here by what the store's clock says now, of the other machines by their last look."""
    right = MachineClock(host="list1", looked_at=NOW, ahead=timedelta(), since=NOW)
    (found,) = clocks([right], None, timedelta(seconds=2), NOW)
    assert found.status is CheckStatus.OK
    there, here = replace(right, ahead=-timedelta(hours=1)), timedelta(days=1)
    jump = Jump(at=NOW - here, by=here, host="list1")
    told = list(clocks([replace(there, looked_at=NOW - here)], jump, here, NOW))
    assert {one.status for one in told} == {CheckStatus.WARNING}
    said = " ".join(one.sentence for one in told)
    assert "this machine is 1 d ahead of" in said
    assert "list1 is 1 h behind" in said
    assert "list1 went forward by 1 d" in said


def test_redis_away_is_one_sentence_and_no_more_is_asked():
    (found,) = redis(away, NOW, receivers=[a_vantage()])
    assert (found.status, found.sentence) == (CheckStatus.CRITICAL, "Redis could not be reached.")


def test_notes_of_the_configuration_are_warnings(tmp_path):
    path = tmp_path / "staysub.toml"
    path.touch()
    found = list(configuration(path, read(path)))
    assert [one.status for one in found] == [CheckStatus.OK, CheckStatus.WARNING]


def test_a_data_dir_that_others_can_enter_is_told(tmp_path):
    tmp_path.chmod(0o755)
    (found,) = data_dir(Settings(data_dir=tmp_path))
    assert found.advice == f"chmod 700 {tmp_path}"


def test_a_resolver_that_does_not_answer_is_ours_to_mend():
    (found,) = resolver(SILENT, ())
    assert found.status is CheckStatus.CRITICAL
    assert "unknown" in found.advice


def test_without_a_receiver_there_is_nothing_to_examine():
    assert list(receivers((), (), SILENT, away, NOW)) == []


def test_a_resolver_that_answers_is_well():
    (found,) = resolver(ZoneResolver({"example.org": {"TXT": ["x"]}}), ())
    assert found.status is CheckStatus.OK


def test_a_receiver_that_nobody_runs_and_a_probe_domain_without_records_are_told_apart(monkeypatch):
    monkeypatch.setattr("monitor.cli.doctor.examinations.bind", lambda _: Socket())
    found = list(receivers(settings(RECEIVER).receivers, (), ZoneResolver({}), away, NOW))
    assert (found[0].subject, found[0].status) == ("receiver", CheckStatus.WARNING)
    assert {one.subject for one in found[1:]} == {"probe domain"}
    assert "has no MX record" in found[1].sentence
    assert "staysub receiver --dns" in found[1].advice


def test_of_several_receivers_one_that_lives_elsewhere_is_only_looked_up(monkeypatch):
    """Nobody listens here for it, and nobody should; where nothing is heard of one, this is told of that one."""
    monkeypatch.setattr("monitor.cli.doctor.examinations.bind", lambda _: Socket())
    both = "".join(
        RECEIVER.replace("[receiver]", f'[[receiver]]\nid = "{name}"').replace("v6.", f"{name}.") for name in "ab"
    )
    heard = SimpleNamespace(heartbeats=SimpleNamespace(all=lambda: {"receiver:a": NOW}))
    found = list(receivers(settings(both).receivers, (), ZoneResolver({}), lambda: heard, NOW))
    assert [one.advice for one in found if one.subject.startswith("receiver")] == ["Start it: staysub receiver --id b"]
    assert {one.sentence.split()[0] for one in found if one.subject == "probe domain"} >= {
        "a.example.org",
        "b.example.org",
    }


class Socket:
    """Stands for a socket."""

    def close(self):
        """Nothing to close."""
