"""For one answer the store is asked for each thing once, as Redis itself tells."""

import pytest
from starlette.testclient import TestClient

from monitor.store import keys, open_store
from tests import seed
from tests.integration.commands import commands_of
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

LIST = "/api/v1/lists/ipv6-ops"
PATHS = (
    "/",
    "/?level=critical",
    "/?by=cause",
    "/?by=cause&group=ptr.missing+2001:db8:25::25",
    "/lists/ipv6-ops",
    "/lists/ipv6-ops?window=90d&whatif=rest",
    "/lists/gardening",
    "/incidents",
    "/incidents/inc-ipv6-ops",
    "/notices",
    LIST,
    *(
        f"{LIST}/{name}"
        for name in ("checks", "probes", "bounces", "history", "addresses", "tallies", "reach", "forecast")
    ),
    *(f"{LIST}/{name}" for name in ("forecast?whatif=rest", "incidents", "notices", "links")),
    "/api/v1/lists",
    "/api/v1/overview?by=host",
    "/api/v1/parts",
    "/api/v1/incidents/inc-ipv6-ops",
    "/api/v1/incidents/inc-ipv6-ops/letters",
    "/api/v1/incidents/inc-ipv6-ops/evidence",
)


@pytest.fixture(scope="module")
def client():
    """Pages over a server of their own: what other tests' threads ask theirs is not heard here."""
    with redis_server() as url:
        store = open_store(url)
        seed.fill(store)
        client = TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
        client.get("/lists/ipv6-ops")  # the signing key is read once for all
        yield client, store


@pytest.mark.parametrize("path", PATHS)
def test_no_key_is_read_twice_for_one_answer(client, path):
    """Each stream, index, document and field at most once, however many parts of the page show something of it."""
    pages, store = client
    with commands_of(store) as seen:
        assert pages.get(path).status_code == 200
    now_and_then = {keys.SIGNING_KEY, keys.FORMER_KEYS}  # read anew now and then, by a script that may put them back
    twice = {key for key in seen.keys if seen.keys.count(key) > 1} - now_and_then
    assert seen.keys, "nothing was heard"
    assert not twice, seen.commands


def test_the_page_of_a_list_asks_three_times(client, monkeypatch):
    """Which lists there are, all that stands under the list's name, and the documents that this names."""
    pages, store = client
    pages.get("/lists/ipv6-ops")  # its connection stands
    asked = []
    connection = store.client.connection_pool.connection_class
    send = connection.send_packed_command

    def count(self, packed, **more):
        if b"PING" not in b"".join(packed):
            asked.append(packed)
        send(self, packed, **more)

    monkeypatch.setattr(connection, "send_packed_command", count)
    assert pages.get("/lists/ipv6-ops").status_code == 200
    assert len(asked) == 3, asked
