"""A list manager is one folder and one line, and so is an MTA: toys, registered so, work wherever such are named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.managers.catalogue import MANAGERS, all_kinds, kind_named

TOP = Path(__file__).parents[2]
POLICY = '''
"""A toy: so many bounces, ever, and the member is removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from monitor.managers.kind import ManagerKind
from monitor.managers.machine import Bounce, Effect, Machine, Step
from monitor.managers.policy import Key, positive


class Member(NamedTuple):
    bounces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    limit: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy(Machine[Member]):
    title: ClassVar[str] = "the toy"
    keys: ClassVar[Mapping[str, Key]] = {"limit": Key("limit", positive)}
    timeless: ClassVar[bool] = True
    policy: Policy = Policy()

    def start(self) -> Member:
        return Member()

    def bounce(self, state: Member, at: float, bounce: Bounce) -> Step[Member]:
        state = Member(state.bounces + 1)
        return state, (Effect.REMOVED,) if state.bounces >= self.policy.limit else ()

    def rebased(self, state: Member, by: float) -> Member:
        return state


KIND = ManagerKind(id="toy", machine=Toy, aliases=("plaything",), lever="limit")
'''
MTA = '''
"""A toy: tries once, and again when two days are over."""

from monitor.managers.machine import Bounce
from monitor.mtas.kind import DAY_S, FamilyOrder, MtaKind

KIND = MtaKind(
    id="toy-mta",
    title="the toy",
    queue_lifetime_s=2 * DAY_S,
    schedule=lambda lifetime_s: (0.0, lifetime_s),
    order=FamilyOrder.ANY,
    other_family=False,
    expired=Bounce(hard=False, status_code="4.4.7"),
)
'''
NOTICES = """
[[notice]]
id = "toy.bouncing"
kind = "disable-warning"
subject = '^the toy cannot reach you'
source = "this test"
"""
# The lines, then what the house makes of it.
HOUSE = """
import sys
from monitor.managers import catalogue
catalogue.MANAGERS["toy"] = "toy"
from monitor.mtas import catalogue as mtas
mtas.MTAS["toy-mta"] = "toy_mta"

import json
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from click.testing import CliRunner
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.errors import ConfigError

LIST = '[[list]]\\nid = "a"\\naddress = "a@l.example"\\nreverse_path = "b@l.example"\\nhelo = "mx.l.example"\\noutbound = ["192.0.2.1"]\\n'
def configured(more):
    try:
        return parse((LIST + more).encode(), Sources(), name="x").file_lists[0].manager
    except ConfigError as error:
        return error.faults

found = {
    "named": configured('manager = "toy"'),
    "early": [name for name in catalogue.MANAGERS.values() if name in sys.modules and name != "toy"],
    "set": configured('manager = "toy"\\nbounce_policy = {limit = 4}'),
    "wrong": configured('manager = "toy"\\nbounce_policy = {limits = 4}'),
    "misspelt": configured('manager = "toi"')[0][1],
    "mta": configured('manager = "toy"\\nmta = "toy-mta"\\nbounce_policy = {"mta.queue_lifetime" = "3d"}'),
    "alias": catalogue.policy_for("plaything", {"limit": 5}).policy.limit,
}

from monitor.cli.forecast.command import forecast_command
from monitor.cli.main import Cli
from monitor.evidence.canary.read import read_canary
from monitor.model.evidence import Admission, AdmissionAction
from monitor.risk.facts import RiskFacts
from monitor.risk.whatif import what_if

def run(*words, given=None):
    return json.loads(CliRunner().invoke(forecast_command, [*words, "--json"], input=given, obj=Cli(config_path=None, debug=False)).stdout)

events = [{"t": 60 * n, "kind": "bounce"} for n in range(1, 5)]
found["replayed"] = run("--replay", "-", given=json.dumps({"manager": "toy", "events": events}))["removed"]
found["deferred"] = run("--manager", "toy", "--mta", "toy-mta", "--reply", "defer")["receivers"][0]["removed"]["median_days"]
found["forecast"] = run("--manager", "toy")["receivers"][0]["removed"]["median_days"]
admission = Admission(receiver="gmail", client_ip=ip_address("2001:db8::25"), action=AdmissionAction.REJECT, because=("spf=fail",))
facts = RiskFacts(manager="toy", mta="exim", messages_per_day=1.0, subscribers={"gmail.com": 9}, admission=(admission,))
tried = {one.change: one for one in what_if(facts, now=datetime(2026, 11, 23, tzinfo=UTC))}
found["what if"] = [tried["threshold"].title, tried["threshold"].forecasts[0].removed.median_days]
found["notice"] = read_canary(b"Subject: The toy cannot reach you\\r\\n\\r\\nHello\\r\\n").notice
print(json.dumps(found))
"""


def test_a_folder_and_a_line_are_enough(tmp_path):
    """Configuration, its sentences, aliases, replay, forecast, what-if and the canary's notices know it."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "__init__.py").write_text(POLICY)
    (folder / "notices.toml").write_text(NOTICES)
    (tmp_path / "toy_mta.py").write_text(MTA)
    ended = subprocess.run(
        [sys.executable, "-c", HOUSE],
        cwd=TOP,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ended.stdout) == {
        "named": "toy",
        "early": [],  # of the others none was imported
        "set": "toy",
        "wrong": [["list[0].bounce_policy.limits", "is not a setting of the toy; its settings are limit"]],
        "misspelt": f"must be one of {', '.join(MANAGERS)}, toy; not 'toi'",
        "mta": "toy",
        "alias": 5,
        "replayed": [180],
        "forecast": 3,
        "deferred": 5,
        "what if": ["set limit to 6", 6],
        "notice": "toy.bouncing",
    }


@pytest.mark.parametrize("name", MANAGERS)
def test_every_folder_describes_itself(name):
    """Its id is its line's, its aliases are nobody else's, and its lever is a setting of its own."""
    kind = kind_named(name)
    assert kind.id == name
    others = {alias for each in all_kinds() if each.id != name for alias in (each.id, *each.aliases)}
    assert not others & {name, *kind.aliases}
    assert kind.lever is None or kind.machine().setting(kind.lever) > 0
