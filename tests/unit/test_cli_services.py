"""The parts as commands: what they become, and one sentence where they cannot."""

import os
import sys

import pytest
from click.testing import CliRunner

from monitor.cli.main import cli
from monitor.config.example import example
from monitor.errors import ConfigError, StoreUnavailable, UsageError

ALONE = ("--without-gossip", "--without-mingle")
RECEIVER = '[receiver]\ndomain = "v6.probe.example.org"\nhostname = "mx.v6.probe.example.org"\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "staysub.toml"
    path.write_text(example())
    return path


@pytest.fixture
def became(monkeypatch):
    """What a command would have replaced itself by."""
    calls = []
    monkeypatch.setattr(os, "execv", lambda binary, argv: calls.append((binary, argv)))
    monkeypatch.delenv("STAYSUB_SUPERVISOR", raising=False)
    monkeypatch.setenv("STAYSUB_CONFIG", "")  # set by the command itself; restored afterwards
    return calls


def staysub(path, *args):
    return CliRunner().invoke(cli, ["--config", str(path), *args], standalone_mode=False)


@pytest.mark.parametrize(
    ("args", "celery"),
    [
        pytest.param(
            ["worker", "--queues", "dns,probe,notify,webhook,upkeep"],
            ["worker", "--queues", "dns,probe,notify,webhook,upkeep", "--loglevel", "info", *ALONE],
            id="one worker for all",
        ),
        pytest.param(
            ["worker", "--queues", "probe, dns", "--concurrency", "8"],
            ["worker", "--queues", "probe,dns", "--loglevel", "info", *ALONE, "--concurrency", "8"],
            id="worker for two queues",
        ),
        pytest.param(["beat"], ["beat", "--loglevel", "info", "--pidfile", ""], id="beat"),
    ],
)
def test_worker_and_beat_become_celery_with_the_configuration_named(path, became, args, celery):
    ended = staysub(path, *args)
    assert ended.exception is None
    assert became == [(sys.executable, [sys.executable, "-m", "celery", "-A", "tasks", *celery])]
    assert os.environ["STAYSUB_CONFIG"] == str(path)


@pytest.mark.parametrize(
    ("args", "given"),
    [
        pytest.param([], [], id="as it comes"),
        pytest.param(["--concurrency", "4", "--probes", "40"], ["--concurrency", "4", "--probes", "40"], id="counted"),
    ],
)
def test_a_worker_without_queues_is_one_for_each_kind_of_work(path, became, args, given):
    assert staysub(path, "worker", *args).exception is None
    assert became == [(sys.executable, [sys.executable, "-m", "tasks.workers", "--loglevel", "info", *given])]


def test_probes_are_counted_where_they_have_a_worker_of_their_own(path, became):
    ended = staysub(path, "worker", "--queues", "probe", "--probes", "4")
    assert "give --concurrency" in str(ended.exception)
    assert became == []


def test_an_unknown_queue_is_told(path, became):
    ended = staysub(path, "worker", "--queues", "dns,mail")
    assert "the queues are dns, probe, notify, webhook, upkeep" in str(ended.exception)
    assert became == []


@pytest.mark.parametrize("part", ["worker", "beat", "receiver", "web"])
def test_no_part_starts_on_a_wrong_configuration(path, became, part):
    path.write_text("[web]\nlisten = 1\n")
    ended = staysub(path, part)
    assert isinstance(ended.exception, ConfigError)
    assert became == []


def test_a_receiver_needs_its_table(path):
    ended = staysub(path, "receiver")
    assert isinstance(ended.exception, UsageError)
    assert "There is no [receiver]" in str(ended.exception)


def test_the_receiver_prints_its_zone_without_a_store(path):
    path.write_text(RECEIVER)
    ended = staysub(path, "receiver", "--dns")
    assert ended.exception is None
    assert "v6.probe.example.org. 3600 IN MX 10 mx.v6.probe.example.org." in ended.output


def test_the_pages_without_a_store_are_one_sentence(path, monkeypatch):
    monkeypatch.setattr("monitor.processes.ports.see_that_it_is_free", lambda *_, **__: None)
    ended = staysub(path, "web")
    assert isinstance(ended.exception, StoreUnavailable)
    assert "No Redis is configured" in str(ended.exception)
