"""Many lists stand in one order, whether a page, a command or a program asks."""

import html
import json
import random
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.cli.status import status_command
from monitor.config.load import load
from monitor.model.findings import Severity
from monitor.model.risk import RiskLevel
from monitor.overview.rows import urgency
from monitor.overview.summary import NOT_ASSESSED, summary_of
from tests import seed
from tests.builders import a_finding, an_assessment
from tests.configured import STORE, invoke
from tests.pages import pages_of

LISTS = 130
CHANCE = 20261128  # the seed: the same lists each time
FOUND = (
    a_finding("ptr.missing", Severity.CRITICAL, evidence={"client_ip": "2001:db8:25::25"}),
    a_finding("spf.none", Severity.CRITICAL, evidence={"domain": "<b>lists</b>.example.org"}),
    a_finding("canary.silent"),
    a_finding("dns.temperror", Severity.UNKNOWN, evidence={"domain": "lists.example.org"}),
)
A_LIST = """
[[list]]
id = "{id}"
address = "{id}@{domain}"
reverse_path = "{id}-bounces@lists.example.org"
helo = "{helo}"
manager = "{manager}"
outbound = ["192.0.2.25"]
"""


def an_assessment_by_chance(chance: random.Random, list_id: str):
    """Any level; few days to act on, at any hour of them; few numbers of subscribers: much is equal."""
    level = chance.choice(list(RiskLevel))
    bad = level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    act_by = seed.NOW + timedelta(days=chance.randrange(3), minutes=chance.randrange(600)) if bad else None
    hit = seed.forecast("gmail", level, seed.NOW, subscribers=chance.choice([None, 3, 40, 500]))
    found = tuple(chance.sample(FOUND, chance.randrange(3)))
    return an_assessment(level, list_id=list_id, act_by=act_by, forecasts=(hit,), findings=found)


def a_list_by_chance(chance: random.Random, list_id: str) -> str:
    """Its table in the configuration: one of few domains, hosts and managers."""
    return A_LIST.format(
        id=list_id,
        domain=chance.choice(["lists.example.org", "bücher.example"]),
        helo=chance.choice(["mail.example.org", "mx2.example.org", "mx3.example.org"]),
        manager=chance.choice(["mailman3", "sympa"]),
    )


@pytest.fixture
def world(configure, store):
    """The configuration's path, the pages over it, the order of its lists; one of them was never looked at."""
    chance = random.Random(CHANCE)
    ids = [f"list-{number:03}" for number in range(LISTS)]
    chance.shuffle(ids)
    path = configure(STORE + "".join(a_list_by_chance(chance, each) for each in ids))
    thought = {each: an_assessment_by_chance(chance, each) for each in ids[:-1]}
    for each in thought.values():
        store.outcomes.record_assessment(each, cause="check:1")
    settings = load(path)
    client = TestClient(pages_of(lambda: settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    order = sorted(ids, key=lambda each: urgency(summary_of(thought[each]) if each in thought else NOT_ASSESSED, each))
    return path, client, order


def on_pages(client) -> list[str]:
    """The lists as the pages show them, from the first to the last."""
    seen, path = [], "/?by=list"
    while path:
        body = client.get(path).text
        seen += re.findall(r'class="name" href="/lists/([^"]+)"', body)
        following = re.search(r'rel="next" href="([^"]+)"', body)
        path = following and following[1].replace("&amp;", "&")
    return seen


def of_programs(client) -> list[str]:
    """The lists as the API tells them."""
    seen, offset = [], 0
    while offset is not None:
        document = client.get("/api/v1/lists", params={"limit": 37, "offset": offset}).json()
        seen += [each["id"] for each in document["lists"]]
        offset = document["next_offset"]
    return seen


def test_page_command_and_api_sort_alike(world):
    path, client, order = world
    assert on_pages(client) == order
    assert of_programs(client) == order
    told = json.loads(invoke(status_command, path, "--json").stdout)
    assert [each["list_id"] for each in told["lists"]] == order
    shown = invoke(status_command, path).stdout.splitlines()
    assert [line.split()[0] for line in shown if line.startswith("list-")] == order


def of_a_page(client, by: str) -> list[tuple[int, str]]:
    """The groups as the page shows them: how many lists, under which line."""
    body = client.get("/", params={"by": by}).text
    pattern = r'<b>([\d\u202f]+)</b> lists?</span>.*?<strong class="g-title">(.*?)</strong>'
    return [
        (int(number.replace("\u202f", "")), html.unescape(title))
        for number, title in re.findall(pattern, body, re.DOTALL)
    ]


@pytest.mark.parametrize("by", ["cause", "domain", "host", "manager"])
def test_page_command_and_api_group_alike(world, by):
    path, client, order = world
    document = client.get("/api/v1/overview", params={"by": by}).json()
    groups = [(each["lists"], each["title"]) for each in document["groups"]]
    assert sum(number for number, _ in groups) == document["lists"] == LISTS
    assert of_a_page(client, by) == groups
    told = json.loads(invoke(status_command, path, "--by", by, "--json").stdout)
    assert [(each["lists"], each["title"]) for each in told["groups"]] == groups
    assert [each["list_id"] for each in told["lists"]] == order
    shown = invoke(status_command, path, "--by", by).stdout.splitlines()
    assert [int(line.split()[0]) for line in shown if re.match(r"\d+ +\S", line)] == [number for number, _ in groups]
    for each, of_command in zip(document["groups"], told["groups"], strict=True):
        assert {**each, "ids": None} == {**of_command, "ids": None, "act_by": each["act_by"]}
        asked = {"by": by, "group": each["key"], "limit": 500}
        ids = [one["id"] for one in client.get("/api/v1/lists", params=asked).json()["lists"]]
        assert ids == of_command["ids"] == [one for one in order if one in set(ids)]
        assert len(ids) == each["lists"]
