"""Many lists stand in one order, whether a page, a command or a program asks."""

import json
import random
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from monitor.cli.status import status_command
from monitor.config.load import load
from monitor.model.risk import RiskLevel
from monitor.overview.rows import urgency
from monitor.overview.summary import NOT_ASSESSED, summary_of
from tests import seed
from tests.builders import an_assessment
from tests.configured import STORE, invoke
from tests.pages import pages_of

LISTS = 130
CHANCE = 20261128  # the seed: the same lists each time
A_LIST = """
[[list]]
id = "{id}"
address = "{id}@lists.example.org"
reverse_path = "{id}-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25"]
"""


def an_assessment_by_chance(chance: random.Random, list_id: str):
    """Any level; few days to act on, at any hour of them; few numbers of subscribers: much is equal."""
    level = chance.choice(list(RiskLevel))
    bad = level in {RiskLevel.AT_RISK, RiskLevel.CRITICAL}
    act_by = seed.NOW + timedelta(days=chance.randrange(3), minutes=chance.randrange(600)) if bad else None
    hit = seed.forecast("gmail", level, seed.NOW, subscribers=chance.choice([None, 3, 40, 500]))
    return an_assessment(level, list_id=list_id, act_by=act_by, forecasts=(hit,))


@pytest.fixture
def world(configure, store):
    """The configuration's path, the pages over it, the order of its lists; one of them was never looked at."""
    chance = random.Random(CHANCE)
    ids = [f"list-{number:03}" for number in range(LISTS)]
    chance.shuffle(ids)
    path = configure(STORE + "".join(A_LIST.format(id=each) for each in ids))
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
