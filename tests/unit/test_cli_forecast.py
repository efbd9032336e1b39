"""`staysub forecast` from options and from replay files: the JSON contract, exit codes, wrong input."""

import io
import json

import pytest
from click.testing import CliRunner

from monitor.cli.forecast.command import forecast_command
from monitor.cli.main import Cli, main


def run(*args, text=None):
    return CliRunner().invoke(
        forecast_command, list(args), obj=Cli(config_path=None, debug=False), input=text, catch_exceptions=False
    )


def asked(*args):
    return json.loads(run(*args, "--json").stdout)


def test_json_has_what_the_contract_names():
    found = asked("--failure-rate", "0.5", "--messages-per-day", "1")
    (receiver,) = found["receivers"]
    assert (found["schema"], found["list"], receiver["receiver"]) == ("staysub.forecast/1", None, None)
    assert receiver["failure_rate"]["mean"] == receiver["post_bounces"] == 0.5
    assert receiver["disabled"]["mean_days"] == pytest.approx(10.24, abs=0.01)
    assert set(receiver["disabled"]) == {"mean_days", "median_days", "p10_days", "p90_days", "within"}
    assert set(receiver["disabled"]["within"]) == {"7d", "30d", "90d"}
    assert set(receiver["removed"]) == set(receiver["disabled"])
    assert (receiver["subscribers"], receiver["level"]) == (None, "at-risk")


@pytest.mark.parametrize(
    ("args", "bounces", "disabled", "removed"),
    [
        pytest.param([], 1, 5, 26, id="everything rejected"),
        pytest.param(["--reply", "defer"], 1, 10, 31, id="everything deferred, Postfix"),
        pytest.param(["--reply", "defer", "--mta", "exim"], 1, 9, 30, id="deferred, Exim"),
        pytest.param(["--reply", "defer", "--mta", "exchange"], 1, 7, 28, id="deferred, Exchange"),
        pytest.param(["--reply", "defer", "--ipv4-alternative", "yes"], 0, None, None, id="deferred, then IPv4"),
        pytest.param(["--ipv4-alternative", "yes"], 0.5, 9, 30, id="rejected, IPv6 by chance"),
        pytest.param(["--ipv4-alternative", "yes", "--mta", "exim"], 1, 5, 26, id="rejected, IPv6 first"),
        pytest.param(["--ipv4-alternative", "yes", "--mta", "qmail"], 0, None, None, id="IPv4 only"),
        pytest.param(["--reply", "defer", "--ipv4-alternative", "yes", "--mta", "sendmail"], 1, 10, 31, id="Sendmail"),
        pytest.param(["--set", "bounce_score_threshold=2"], 1, 2, 23, id="an override"),
        pytest.param(["--set", "mta.queue_lifetime=1d", "--reply", "defer"], 1, 6, 27, id="a queue of a day"),
        pytest.param(["--failure-rate", "0"], 0, None, None, id="nothing refused"),
        pytest.param(["--horizon", "3d"], 1, None, None, id="beyond the horizon"),
    ],
)
def test_days_follow_from_the_numbers(args, bounces, disabled, removed):
    (receiver,) = asked(*args)["receivers"]
    found = (receiver["post_bounces"], receiver["disabled"]["median_days"], receiver["removed"]["median_days"])
    assert found == (bounces, disabled, removed)


@pytest.mark.parametrize(("word", "bounces"), [("--persisting", 0.3), ("--independent", 0.3**108)])
def test_deferrals_bounce_only_where_they_persist(word, bounces):
    (receiver,) = asked("--failure-rate", "0.3", "--reply", "defer", word)["receivers"]
    assert receiver["post_bounces"] == pytest.approx(bounces)


def test_the_change_of_2015_is_told_in_numbers():
    rows = asked("--messages-per-day", "3")["compared"]
    told = [(row["reply"], row["ipv4_alternative"], row["disabled"]["median_days"]) for row in rows]
    assert told == [("reject", False, 5), ("reject", True, 5), ("defer", False, 10), ("defer", True, None)]


def test_people_get_a_table():
    assert "disabled" in run("--failure-rate", "0.2").stdout


@pytest.mark.parametrize(("rate", "days", "brackets"), [("0", False, False), ("1", True, True)])
def test_a_table_is_explained_as_far_as_it_needs_it(rate, days, brackets):
    """A sentence below it speaks of what is there: no days are counted of what never happens."""
    said = run("--failure-rate", rate, "--messages-per-day", "5", "--reply", "reject").stdout
    rows = said[: said.index("Risk level")]
    assert ("day 1" in said, "In brackets" in said) == (days, brackets)
    assert ("(" in rows) is brackets


CASE = {"manager": "mailman3", "events": [{"t": 86400 * d, "kind": "bounce"} for d in range(5)], "until": 86400 * 30}


def test_replay_answers_a_case_as_a_case_and_an_array_as_an_array(tmp_path):
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE))
    one = json.loads(run("--replay", str(file), "--json").stdout)
    assert one == {
        "disabled": [345600],
        "warnings": [345600, 950400, 1555200],
        "removed": [2160000],
        "probes": [],
        "score": None,
    }
    file.write_text(json.dumps([CASE, CASE]))
    assert json.loads(run("--replay", str(file), "--json").stdout) == [one, one]
    assert "d4 00:00" in run("--replay", str(file)).stdout


def test_replay_reads_standard_input():
    assert json.loads(run("--replay", "-", "--json", text=json.dumps([])).stdout) == []


@pytest.mark.parametrize(
    ("args", "text", "words"),
    [
        (["--replay", "-"], "{", "no JSON"),
        (["--replay", "-"], '{"manager": "x"}', "not known"),
        (["--failure-rate", "2"], "", "range"),
        (["--horizon", "soon"], "", "30d"),
        (["--set", "threshold"], "", "NAME=VALUE"),
        (["--set", "x=1"], "", "x"),
    ],
)
def test_wrong_use_is_one_sentence(args, text, words, capsys, monkeypatch):
    """Usage errors end with 64 (78 where a setting is wrong), without a traceback."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    with pytest.raises(SystemExit) as ended:
        main(["forecast", *args])
    assert ended.value.code in {64, 78}
    assert words in capsys.readouterr().err
