"""Redis by URL on real servers: verified TLS, passwords, database numbers, and the broker where the store is."""

import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import trustme
import yaml
from kombu import Connection
from kombu.exceptions import OperationalError

from monitor import clock
from monitor.config.url import parse_redis_url
from monitor.errors import StoreUnavailable
from monitor.store import open_store
from tasks.app import broker_url
from tasks.in_hand import DatedQoS
from tests.harness import free_port, started, wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def own_clock(monkeypatch):
    """Without a configuration there is no store to ask what time it is."""
    monkeypatch.setattr(DatedQoS, "now", staticmethod(clock.now))


PASSWORD = "pass/word"
ESCAPED = "pass%2Fword"


@contextmanager
def server(folder, *options, settings=None):
    """Debian's redis-server with that password; on those settings, or without persistence."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed (apt install redis-server)")
    read = [] if settings is None else [str(settings)]
    command = [binary, *read, "--requirepass", PASSWORD, "--save", "", "--dir", str(folder), *map(str, options)]
    with started(command, stop=subprocess.Popen.kill) as process:
        yield process


def answers(url):
    try:
        open_store(url).ping()
    except StoreUnavailable as error:
        if error.reason != "connection" or "certificate" in str(error):
            raise
        return False
    return True


def hand_on(url):
    """A message through the broker, as Celery connects to it."""
    with Connection(broker_url(url), connect_timeout=5) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)
        queue = connection.SimpleQueue("staysub-test")
        queue.put({"list": "ops"})
        message = queue.get(timeout=10)
        message.ack()
        return message.payload


def store_and_broker_share(url, number):
    """What the store writes, and the broker's own keys, stand in that database."""
    parse_redis_url(url)
    wait_for(lambda: answers(url), "answer of the server")
    open_store(url).signing_key()
    assert hand_on(url) == {"list": "ops"}
    client = open_store(url).client
    assert client.connection_pool.connection_kwargs["db"] == number
    keys = {key.decode() for key in client.scan_iter()}
    assert {"staysub:key", "_kombu.binding.staysub-test"} <= keys


def test_a_password_and_a_database_number_hold_for_store_and_broker(tmp_path):
    port = free_port()
    with server(tmp_path, "--port", port, "--bind", "127.0.0.1"):
        store_and_broker_share(f"redis://:{ESCAPED}@127.0.0.1:{port}/3", 3)
        store_and_broker_share(f"redis://:{ESCAPED}@127.0.0.1:{port}?db=4", 4)
        with pytest.raises(StoreUnavailable, match="refused our password"):
            open_store(f"redis://:wrong@127.0.0.1:{port}/3").ping()
        with pytest.raises(StoreUnavailable, match=r"refused our password .* Mend it in redis\.url\."):
            open_store(f"redis://127.0.0.1:{port}/3").ping()


def test_redis_takes_the_settings_of_deploy(tmp_path):
    path, settings = tmp_path / "s", Path(__file__).parents[2] / "deploy" / "redis.conf"
    with server(tmp_path, "--port", 0, "--unixsocket", path, settings=settings):
        url = f"unix://:{ESCAPED}@{path}"
        wait_for(lambda: answers(url), "answer of the server")
        found = open_store(url).client.config_get("maxmemory-policy", "appendonly", "appendfsync")
        assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes", "appendfsync": "always"}
        assert open_store(url).client.config_get("bind", "protected-mode") == {
            "bind": "127.0.0.1 -::1",
            "protected-mode": "yes",
        }


def test_redis_takes_what_compose_starts_it_with(tmp_path):
    """Its own program, run on this machine: whoever has not the password of the file of secrets is not let in."""
    top, binary = Path(__file__).parents[2], shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed (apt install redis-server)")
    shell, option, program = yaml.safe_load((top / "deploy" / "compose.yaml").read_text())["services"]["redis"][
        "command"
    ]
    path, secret = tmp_path / "s", tmp_path / "redis-url"
    secret.write_text("redis://:drawn4random@redis:6379/0\n")
    for there, here in (
        ("/etc/redis.conf", top / "deploy" / "redis.conf"),
        ("/run/secrets/redis-url", secret),
        ("valkey-server", binary),
    ):
        assert there in program
        program = program.replace(there, str(here))
    program = program.replace("$$", "$")  # as Compose does
    program = program.replace(" - ", f" - --port 0 --unixsocket {path} --dir {tmp_path} ", 1)
    with started([shell, option, program]) as process:
        url = f"unix://:drawn4random@{path}"
        wait_for(lambda: answers(url), "answer of the server")
        found = open_store(url).client.config_get("bind", "protected-mode")
        assert found == {"bind": "* -::*", "protected-mode": "yes"}
        with pytest.raises(StoreUnavailable, match="refused our password"):
            open_store(f"unix://{path}").ping()
        process.send_signal(signal.SIGTERM)  # as `docker stop` does to the first process of a container
        assert process.wait(10) == 0
    assert not path.exists()


def test_a_socket_takes_them_too(tmp_path):
    path = tmp_path / "s"
    with server(tmp_path, "--port", 0, "--unixsocket", path):
        store_and_broker_share(f"unix://:{ESCAPED}@{path}?db=5", 5)


def test_tls_is_verified_by_store_and_broker_alike(tmp_path):
    """A server whose certificate is by nobody we trust is not spoken to: neither would give it the password."""
    authority, port = trustme.CA(), free_port()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    files = ("--tls-cert-file", tmp_path / "cert.pem", "--tls-key-file", tmp_path / "key.pem")
    options = (*files, "--tls-ca-cert-file", tmp_path / "ca.pem", "--tls-auth-clients", "no", "--bind", "127.0.0.1")
    with server(tmp_path, "--port", 0, "--tls-port", port, *options):
        url = f"rediss://:{ESCAPED}@localhost:{port}/6"
        store_and_broker_share(f"{url}?ssl_ca_certs={tmp_path}/ca.pem", 6)
        with pytest.raises(StoreUnavailable, match="certificate"):
            open_store(url).ping()
        with pytest.raises((OperationalError, redis.ConnectionError), match="CERTIFICATE_VERIFY_FAILED"):
            hand_on(url)
