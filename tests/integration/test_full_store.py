"""A store that takes nothing any more is named as what it is: its memory or disk is full, or it is a replica."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from starlette.testclient import TestClient

from monitor.cli.doctor import examinations as examine
from monitor.config.settings import Settings
from monitor.model.findings import CheckStatus
from monitor.store import open_store
from tests import seed
from tests.harness import TOP, wait_for
from tests.integration.redis_server import redis_server
from tests.pages import pages_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def fill_memory(url):
    client = redis.Redis.from_url(url)
    client.set("ballast", bytes(10 << 20))
    client.config_set("maxmemory", 5 << 20)


def become_a_replica(url):
    client = redis.Redis.from_url(url)
    client.replicaof("127.0.0.1", "1")  # nobody is there: the data stand, and are no longer written


def lose_the_disk(url):
    """Redis does not write once a snapshot has failed (stop-writes-on-bgsave-error), as on a full disk."""
    client = redis.Redis.from_url(url)
    client.config_set("save", "3600 1")
    where = client.config_get("dir")["dir"]
    Path(where, "dump.rdb").mkdir()  # a name that no snapshot can take
    client.set("x", "y")
    client.bgsave()
    wait_for(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "snapshot that fails")


@pytest.fixture(
    params=[
        pytest.param((fill_memory, "its memory is full. Raise maxmemory"), id="full memory"),
        pytest.param((become_a_replica, "it is a replica"), id="replica"),
        pytest.param((lose_the_disk, "it cannot write to its disk"), id="full disk"),
    ]
)
def trouble(request):
    """A store with lists in it that takes no more, and the words for it."""
    befall, words = request.param
    with redis_server() as url:
        store = open_store(url)
        seed.fill(store)
        for part in ("worker", "beat", "web", "resolver", "check"):
            store.heartbeats.beat(part, seed.NOW)
        store.signing_key()
        assert store.writable.refusal() == ""
        befall(url)
        yield store, words


def test_it_is_named_by_readyz_the_pages_and_doctor(trouble):
    store, words = trouble
    client = TestClient(pages_of(seed.settings, store, lambda: seed.NOW), base_url="http://127.0.0.1:8025")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert words in answer.json()["detail"]
    for path in ("/", "/lists/ipv6-ops"):
        page = client.get(path)
        assert page.status_code == 200, "what is known is shown"
        assert "Nothing new can be written down." in page.text
        assert words in page.text
    found = list(examine.redis(lambda: store, seed.NOW, receivers=()))
    assert (found[0].subject, found[0].status) == ("redis", CheckStatus.CRITICAL)
    assert words in found[0].sentence


def test_a_change_over_the_api_or_a_form_is_answered_with_the_same_sentence(trouble):
    store, words = trouble
    client = TestClient(
        pages_of(seed.settings, store, lambda: seed.NOW),
        base_url="http://127.0.0.1:8025",
        raise_server_exceptions=False,
        headers={"origin": "http://127.0.0.1:8025"},
    )
    answer = client.post("/api/v1/incidents/inc-ipv6-ops/acknowledge", json={"by": "me"})
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_where_it_takes_all_nothing_is_told():
    with redis_server() as url:
        fresh = open_store(url)
        client = TestClient(pages_of(Settings, fresh, lambda: NOW), base_url="http://127.0.0.1:8025")
        assert client.get("/readyz").json() == {"ready": True, "silent": [], "clock": []}
        assert "Nothing new can be written" not in client.get("/").text


CONFIG = """
data_dir = "{data}"
[web]
listen = "127.0.0.1:{port}"
"""


def in_small(directory, options, program):
    """A shell program in a mount namespace of its own, where the directory is a file system of that size."""
    mounted = f"mount -t tmpfs -o {options} tmpfs {directory} && {program}"
    command = ["unshare", "--mount", "sh", "-c", mounted]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, "PYTHONPATH": str(TOP)}
    )


@pytest.fixture
def small(tmp_path):
    """A directory that can be mounted upon, where this machine lets us."""
    probe = in_small(tmp_path, "size=64k", "true")
    if probe.returncode:
        pytest.skip(f"no mount namespace of our own: {probe.stderr}")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "fill", "words"),
    [
        ("size=2m", "head -c 1900000 /dev/zero > {0}/ballast", "is full. Free some of it"),
        ("size=64m,nr_inodes=8", "true", "has no inodes left. Delete files there"),
        ("size=50m", "true", "has only 50 MiB left"),
    ],
)
def test_doctor_names_a_full_disk_and_one_without_inodes(small, options, fill, words):
    asked = (
        "from pathlib import Path; from monitor.config.settings import Settings; "
        "from monitor.cli.doctor.examinations import data_dir; "
        f"print([*data_dir(Settings(data_dir=Path('{small}')))])"
    )
    said = in_small(small, options, f'{fill.format(small)}; chmod 700 {small}; {sys.executable} -c "{asked}"')
    assert words in said.stdout, said


@pytest.mark.parametrize(
    ("options", "fill", "words"),
    [
        ("size=256k", "head -c 300000 /dev/zero > {0}/ballast", "is full. Free some of it"),
        ("size=64m,nr_inodes=3", "true", "has no inodes left. Delete files there"),
    ],
)
def test_run_on_a_full_disk_says_so_in_one_sentence(small, options, fill, words):
    path = small.parent / f"{small.name}.toml"
    path.write_text(CONFIG.format(data=small / "data", port=1))
    program = f"{fill.format(small)} 2>/dev/null; exec timeout 40 {sys.executable} -m monitor --config {path} run"
    said = in_small(small, options, program)
    assert words in said.stdout + said.stderr, said
    assert "Traceback" not in said.stdout + said.stderr
    assert said.returncode == 69
