"""`staysub import mailman3` against a service like that of Mailman 3.3.10: counts are kept, addresses are not."""

import base64
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor.cli.importing.bounces import import_command
from tests.configured import invoke

pytestmark = pytest.mark.integration

CONFIGURATION = """
data_dir = "{folder}"
[redis]
url = "{redis}"
[[list]]
id = "ops"
address = "ops@example.com"
reverse_path = "ops-bounces@example.com"
helo = "mail.example.com"
outbound = ["192.0.2.25", "2001:db8:25::25"]
[[list]]
id = "other"
address = "other@example.com"
reverse_path = "other-bounces@example.com"
helo = "mail.example.com"
outbound = ["192.0.2.25"]
manager = "sympa"
"""
MEMBERS = [f"u{n}@{('microsoft.com', 'gmail.com', 'Example.edu')[n % 3]}" for n in range(1203)] + ["no address"]
AUTHORISATION = "Basic " + base64.b64encode(b"restadmin:restpass").decode()


class Rest(BaseHTTPRequestHandler):
    """The five resources that are asked for, in the shape that core 3.3.10 gives them."""

    post_id = 420

    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if self.headers["Authorization"] != AUTHORISATION:
            return self.answer(401, {"title": "401 Unauthorized", "description": "REST API authorization failed"})
        path = url.path.removeprefix("/3.1/")
        if path == "lists/ops@example.com/config":
            return self.answer(
                200,
                {
                    "process_bounces": True,
                    "bounce_score_threshold": 7,
                    "bounce_info_stale_after": "1w2d",
                    "bounce_you_are_disabled_warnings": 3,
                    "bounce_you_are_disabled_warnings_interval": "7d",
                    "post_id": type(self).post_id,
                    "owner": "secret",
                },
            )
        if path == "lists/ops@example.com":
            return self.answer(200, {"list_id": "ops.example.com", "fqdn_listname": "ops@example.com"})
        if path == "lists/ops@example.com/roster/member":
            count, page = int(query["count"]), int(query["page"])
            part = MEMBERS[count * (page - 1) : count * page]
            shown = {"entries": [{"email": address} for address in part]} if part else {}
            return self.answer(200, {"start": count * (page - 1), "total_size": len(MEMBERS), **shown})
        if path == "members/find" and query["delivery_status"] == "by_bounces":
            return self.answer(200, {"start": 0, "total_size": 3})
        if path == "system/configuration/mta":
            return self.answer(200, {"verp_probes": "yes", "smtp_pass": "hunter2"})
        if path == "system/versions":
            return self.answer(200, {"mailman_version": "GNU Mailman 3.3.10 (Tom Sawyer)"})
        return self.answer(404, {"title": "404 Not Found"})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        del arguments


@contextmanager
def serving(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/3.1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def run(configure, store):
    configuration = configure(CONFIGURATION)

    def call(*arguments, password="restpass"):
        return invoke(import_command, configuration, "mailman3", *arguments, env={"MAILMAN_REST_PASSWORD": password})

    return call


def test_counts_settings_and_traffic_are_kept_and_no_address(run, store):
    with serving(Rest) as url:
        first = run("--url", url, "--json")
        Rest.post_id = 480
        second = run("--url", url, "--json")
    (told,) = json.loads(first.stdout)["lists"]
    assert (told["list"], told["disabled"], told["messages_per_day"]) == ("ops", 3, None)
    assert told["subscribers"] == {"microsoft.com": 401, "gmail.com": 401, "example.edu": 401}
    kept = store.rosters.of_list("ops")
    assert (kept.earlier_posts, kept.posts) == (420, 480)
    assert kept.settings == {
        "process_bounces": True,
        "bounce_score_threshold": 7,
        "bounce_info_stale_after": "1w2d",
        "bounce_you_are_disabled_warnings": 3,
        "bounce_you_are_disabled_warnings_interval": "7d",
        "verp_probes": True,
        "version": "3.3.10",
    }
    assert store.rosters.of_list("other") is None
    everything = b"".join(store.client.dump(key) or b"" for key in store.client.keys("*"))
    for secret in (b"u1@", b"hunter2", b"restpass", b"secret"):
        assert secret not in everything
        assert secret.decode() not in first.output + second.output


def test_a_dry_run_keeps_nothing(run, store):
    with serving(Rest) as url:
        found = run("ops", "--url", url, "--dry-run")
    assert "1203" in found.stdout
    assert "Nothing was kept." in found.stdout
    assert store.rosters.of_list("ops") is None


def test_a_setting_that_is_not_understood_is_left_out(run, store):
    class Odd(Rest):
        def answer(self, status, document):
            changed = {"bounce_score_threshold": -1} if "bounce_score_threshold" in document else {}
            super().answer(status, {**document, **changed})

    with serving(Odd) as url:
        assert run("--url", url).exit_code == 0
    kept = store.rosters.of_list("ops")
    assert "bounce_score_threshold" not in kept.settings
    assert kept.settings["process_bounces"] is True


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        ((), "wrong", "does not take that user and password"),
        (("other",), "restpass", "knows no lists/other@example.com/config"),
        (("nobody",), "restpass", "no list 'nobody'"),
        ((), "", "--password-file"),
    ],
)
def test_troubles_are_one_sentence(run, arguments, password, words):
    with serving(Rest) as url:
        found = run(*arguments, "--url", url, password=password)
    assert found.exit_code != 0
    assert words in str(found.exception)
    assert str(found.exception).count("\n") == 0


def test_a_service_that_is_not_there_or_speaks_otherwise(run):
    class Html(Rest):
        def answer(self, status, document):
            del document
            super().answer(status, "<html>")

    with serving(Html) as url:
        assert "answers 200 when asked for" in str(run("--url", url).exception)
    assert "does not answer" in str(run("--url", url).exception)
