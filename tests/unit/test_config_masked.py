"""What may be a password in a URL is shown nowhere: `config show`, messages, logs, records of tries."""

import json
import logging
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from monitor.cli.main import cli
from monitor.config.list_document import read_list
from monitor.config.url import mask_url
from monitor.errors import ConfigError, StoreUnavailable
from monitor.http.endpoint import call, without_path
from monitor.journal import EventFormatter
from monitor.store import lists
from monitor.store.client import connect

SESAME = "T0SESAME0/B0SESAME0/sesame0sesame0sesame"
CONFIGURATION = f"""
[redis]
url = "redis://ops:sesame@redis.example.org:6379/0"
[notices]
from = "staysub@example.org"
relay = "smtps://staysub:sesame@relay.example.org"
other_relay = "smtp+starttls://sesame@other.example.org"
[heartbeat]
url = "https://switch.example.org/{SESAME}?sesame=1"
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
submission = "smtp://list:sesame@mail.lists.example.org:587"
owners = ["owner@example.org"]
[[list.webhook]]
url = "https://hooks.slack.com/services/{SESAME}"
format = "slack"
[[owner]]
address = "owner@example.org"
[[owner.webhook]]
url = "https://hooks.slack.com/services/{SESAME}"
format = "slack"
"""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:sesame@h:6379/0", "redis://:***@h:6379/0"),
        ("redis://user:sesame@h/0", "redis://user:***@h/0"),
        ("redis://sesame@h/0", "redis://***@h/0"),
        ("rediss://h/0?password=sesame&db=1", "rediss://h/0?password=***&db=1"),
        ("smtp+starttls://user:ses@ame@h:587", "smtp+starttls://user:***@h:587"),
        ("https://hooks.slack.com/services/T0/B0/sesame?sesame#sesame", "https://hooks.slack.com/***"),
        ("https://h.example/?sesame", "https://h.example/***"),
        ("https://user:sesame@h.example/", "https://user:***@h.example/"),
        ("https://sesame@h.example", "https://***@h.example"),
        ("https://h.example:8443", "https://h.example:8443"),
        ("http://[sesame", "***"),
    ],
)
def test_a_url_is_shown_without_what_may_be_a_password(url, shown):
    assert mask_url(url) == shown


@pytest.mark.parametrize("words", [["config", "show"], ["config", "show", "--json"]])
def test_the_configuration_in_effect_is_shown_without_any(tmp_path, words):
    path = tmp_path / "staysub.toml"
    path.write_text(CONFIGURATION)
    ended = CliRunner().invoke(cli, ["--config", str(path), *words], standalone_mode=False)
    assert ended.exception is None
    assert "sesame" not in ended.output.lower()
    assert ended.output.count("https://hooks.slack.com/***") == 2
    assert "https://switch.example.org/***" in ended.output


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"Max retries exceeded with url: /services/{SESAME}", "Max retries exceeded with url: /…"),
        (f"HTTP 404: no such hook: services/{SESAME}", "HTTP 404: no such hook: …"),
        ("HTTP 500: our services are down", "HTTP 500: our services are down"),
    ],
)
def test_what_an_endpoint_answers_is_kept_without_the_path_that_it_repeats(said, kept):
    assert without_path(said, f"https://hooks.slack.com/services/{SESAME}") == kept


def test_no_library_tells_the_url_that_it_stumbles_over():
    """The words of requests repeat the whole URL in its message about one that it cannot prepare."""
    url = "https://" + "\u00fc" * 70 + f".example/services/{SESAME}"
    tried = call("POST", url, now=datetime(2026, 11, 27, tzinfo=UTC))
    assert tried.outcome == "refused-url"
    assert "sesame" not in tried.detail.lower()


def test_nor_does_the_client_of_redis():
    with pytest.raises(StoreUnavailable) as refused:
        connect("redis://user:se/same@h:6379/0")
    assert "se" not in str(refused.value).partition("It looks like")[0].split()
    assert refused.value.__suppress_context__, "a traceback would repeat the client's words"


def test_a_list_that_cannot_be_read_is_logged_without_its_passwords(caplog):
    document = {"id": "ops", "submission": "smtp://u:sesame@h/x", "webhook": [{"url": "https://h/sesame", "format": 1}]}
    with pytest.raises(ConfigError) as refused:
        read_list(document)
    assert "sesame" not in str(refused.value)
    with caplog.at_level(logging.DEBUG):
        assert lists._made(json.dumps(document).encode()) == "address: is missing. The posting address"
    assert caplog.records
    assert "sesame" not in "".join(map(EventFormatter().format, caplog.records))
