"""One receiver or several: as they are configured, take turns, and show that they live."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.config.show import show
from monitor.errors import ConfigError
from monitor.incident.condition import condition_blind
from monitor.incident.signs_of_life import SILENT_AFTER, command_of, living, worker_of
from monitor.model.vantage import ONLY, next_in_turn, vantage_of
from monitor.operations.queues import QUEUES
from monitor.operations.silent_parts import parts_shown, silent_parts
from tests.builders import a_vantage

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
AMS, FRA, OSL = (a_vantage(id=name, domain=f"{name}.probe.example.org") for name in ("ams1", "fra1", "osl1"))


def one(name, table="[[receiver]]", **more):
    keys = {"id": name, "domain": f"{name}.probe.example.org", "hostname": f"mx.{name}.example.org"} | more
    return "\n".join([table, *(f'{key} = "{value}"' for key, value in keys.items() if value is not None)]) + "\n"


def settings(text):
    return parse(text.encode(), Sources(), name="staysub.toml")


def test_the_table_alone_is_one_receiver_and_stays_what_it_was():
    read = settings(one(None, "[receiver]", domain="v6.example.org"))
    assert [(each.id, each.part, each.listen) for each in read.receivers] == [(ONLY, "receiver", "[::]:25")]
    assert "[receiver]\ndomain =" in show(read), "shown as it was written, without an id"
    assert settings(show(read)) == read
    assert settings("").receivers == ()
    assert "receiver" not in show(settings(""))


def test_several_tables_are_several_vantages_in_their_order():
    read = settings(one("ams1") + one("receiver"))
    assert [(each.id, each.part) for each in read.receivers] == [("ams1", "receiver:ams1"), ("receiver", "receiver")]
    assert settings(show(read)) == read


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        pytest.param(one(None), "receiver[0].id", "is missing: give each [[receiver]] a short name", id="no id"),
        pytest.param(
            one("a b", domain="a.example", hostname="b.example"),
            "receiver[0].id",
            "must be 1 to 63 letters",
            id="no name",
        ),
        pytest.param(
            one("a") + one("a", domain="b.example"),
            "receiver[1].id",
            "'a' is already the id of receiver 1 of the file",
            id="id twice",
        ),
        pytest.param(
            one("a") + one("b", domain="A.probe.example.org"),
            "receiver[1].domain",
            "is that of receiver 'a', which would get the mail; give each its own",
            id="one domain",
        ),
        pytest.param(
            one("a") + one("b", hostname=None), "receiver[1].hostname", "is missing", id="second one's hostname"
        ),
        pytest.param(
            one("a") + one("b", tls_key="k"), "receiver[1].tls_certificate", "tls_key needs it", id="half a pair"
        ),
        pytest.param(one("a") + one("b", listn="[::]:25"), "receiver[1].listn", "did you mean listen", id="misspelt"),
        pytest.param("receiver = 5", "receiver", "must be a table: [receiver]", id="no table"),
        pytest.param("receiver = [5]", "receiver[0]", "must be a table", id="an array of no tables"),
    ],
)
def test_each_fault_is_one_sentence_at_its_place(text, place, says):
    with pytest.raises(ConfigError) as caught:
        settings(text)
    ((where, sentence),) = caught.value.faults
    assert where == place
    assert says in sentence


@pytest.mark.parametrize(
    ("there", "last", "then"),
    [
        pytest.param((), "ams1", None, id="nobody lives"),
        pytest.param((AMS,), "ams1", AMS, id="one, always"),
        pytest.param((AMS, FRA, OSL), None, AMS, id="the first probe"),
        pytest.param((AMS, FRA, OSL), "ams1", FRA, id="the next"),
        pytest.param((AMS, FRA, OSL), "osl1", AMS, id="round"),
        pytest.param((AMS, OSL), "ams1", OSL, id="one that is silent is passed over"),
        pytest.param((AMS, OSL), "fra1", AMS, id="the last one has gone silent since"),
    ],
)
def test_those_that_live_take_turns(there, last, then):
    assert next_in_turn(there, last) == then


def test_each_shows_its_own_life():
    seen = {
        "receiver:ams1": NOW - SILENT_AFTER,
        "receiver:fra1": NOW - SILENT_AFTER - timedelta(seconds=1),
        "receiver": NOW,
    }
    assert living((AMS, FRA, OSL), seen, NOW) == (AMS,)
    assert living((a_vantage(),), seen, NOW) == (a_vantage(),)
    assert vantage_of((AMS, FRA), "fra1") is FRA
    assert vantage_of((AMS, FRA), ONLY) is None
    commands = ["staysub worker", "staysub worker --queues dns", "staysub receiver --id ams1"]
    assert [command_of(part) for part in ("worker", worker_of("dns"), AMS.part)] == commands


@pytest.mark.parametrize(
    ("heard", "silent", "sentence", "rest"),
    [
        pytest.param(("ams1", "fra1"), [], "", "", id="all live"),
        pytest.param(
            ("ams1",),
            [("receiver:fra1", True)],
            "One IPv6-only receiver is silent, so we see from fewer places how mail arrives. "
            "Start it: staysub receiver --id fra1.",
            "UTC.",
            id="one of two is silent: not blind",
        ),
        pytest.param(
            (),
            [("receiver:ams1", False), ("receiver:fra1", False)],
            "The IPv6-only receiver is silent, so we cannot see how mail arrives. Start it: staysub receiver --id ams1.",
            "Of the lists nothing is raised meanwhile.",
            id="none lives: blind",
        ),
    ],
)
def test_one_silent_receiver_of_several_is_told_and_blinds_nobody(heard, silent, sentence, rest):
    read = Settings(receiver=(AMS, FRA))
    seen = dict.fromkeys(("worker", "beat", "resolver", *(f"receiver:{name}" for name in heard)), NOW)
    gone = {f"receiver:{name}": NOW - timedelta(hours=1) for name in ("ams1", "fra1") if name not in heard}
    found = silent_parts(seen | gone, read, watching=True, now=NOW)
    assert [(one.part, one.partly) for one in found] == silent
    assert [one.sentence for one in found][:1] == [sentence][: len(found)]
    assert all(condition_blind(one).reason.endswith(rest) for one in found)
    by_queue = [f"worker:{queue}" for queue in QUEUES]
    assert parts_shown(read) == ("worker", "beat", "receiver:ams1", "receiver:fra1", "resolver", "web", *by_queue)
    by_queue.remove("worker:probe")
    assert parts_shown(Settings()) == ("worker", "beat", "receiver", "resolver", "web", *by_queue)
