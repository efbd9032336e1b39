"""The heartbeat to a dead-man's switch: sent while the loop turns and at no other time, by the rules of webhooks."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network

import pytest

from monitor.config.settings import HeartbeatSettings, NoticeSettings
from monitor.metrics import HEARTBEATS
from monitor.model.vantage import Vantage
from monitor.operations.heartbeat import send_heartbeat
from monitor.operations.services import Services
from monitor.operations.tick import tick
from tests import seed


class Switch(HTTPServer):
    """Keeps the request lines that came."""

    def __init__(self):
        self.seen, self.status = [], 200
        switch = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                switch.seen.append((self.requestline, self.headers.get("content-length")))
                self.send_response(switch.status)
                self.end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def switch():
    server = Switch()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Clock:
    def __init__(self):
        self.at = seed.NOW

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def made(store, switch, clock):
    """Services with a switch; more settings where they are asked for."""

    def make(*, allowed=("127.0.0.0/8",), **more):
        url = f"http://127.0.0.1:{switch.server_port}/6f1c-sesame"
        settings = seed.settings(
            heartbeat=HeartbeatSettings(url=url),
            notices=NoticeSettings(allow_networks=tuple(str(ip_network(each)) for each in allowed)),
            **more,
        )
        return Services(
            settings=lambda: settings,
            store=store,
            resolver=lambda: None,
            authorities=lambda: None,
            rules=None,
            now=clock,
        )

    return make


def turned(services):
    tick(services)
    services.store.heartbeats.beat("check", services.now())


def calls(services, outcome):
    return services.store.metric_totals.all().get(HEARTBEATS.field(outcome), 0)


def test_it_is_sent_once_an_interval_while_the_loop_turns(made, switch):
    services = made()
    turned(services)
    send_heartbeat(services)
    send_heartbeat(services)
    assert switch.seen == [("GET /6f1c-sesame HTTP/1.1", None)]
    assert calls(services, "delivered") == 1


def test_nothing_is_sent_before_the_loop_has_turned(made, switch):
    services = made()
    send_heartbeat(services)
    tick(services)
    send_heartbeat(services)
    assert switch.seen == [], "the clock ticks, but no list has been checked yet"


@pytest.mark.parametrize("silent", ["beat", "check", "receiver"])
def test_nothing_is_sent_while_a_part_of_the_loop_stands_still(made, switch, clock, silent):
    receiver = Vantage(domain="v6.probe.example.net", hostname="mx.probe.example.net")
    services = made(receiver=receiver)
    turned(services)
    services.store.heartbeats.beat("receiver", clock())
    clock.at += timedelta(hours=1)
    for part in {"beat", "check", "receiver"} - {silent}:
        services.store.heartbeats.beat(part, clock())
    send_heartbeat(services)
    assert switch.seen == []
    services.store.heartbeats.beat(silent, clock())
    send_heartbeat(services)
    assert len(switch.seen) == 1


def test_a_switch_inside_a_private_network_is_not_called_unless_allowed(made, switch):
    services = made(allowed=())
    turned(services)
    send_heartbeat(services)
    assert switch.seen == []
    assert calls(services, "refused-address") == 1


def test_a_switch_that_refuses_is_counted_and_keeps_nothing_from_working(made, switch):
    services = made()
    switch.status = 503
    turned(services)
    send_heartbeat(services)
    assert calls(services, "http-5xx") == 1
    assert calls(services, "delivered") == 0


def test_without_a_switch_nothing_is_called(store, clock):
    settings = seed.settings()
    services = Services(settings=lambda: settings, store=store, resolver=None, authorities=None, rules=None, now=clock)
    turned(services)
    send_heartbeat(services)
    assert store.metric_totals.all() == {}
