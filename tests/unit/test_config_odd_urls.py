"""Endpoints' URLs that could be read in two ways are refused with one sentence each, here and where they are called."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from monitor.cli.main import cli
from monitor.config.list_document import parse_list
from monitor.config.load import parse
from monitor.config.secret import Sources
from monitor.config.settings import Settings
from monitor.config.url import parse_http_url
from monitor.errors import ConfigError
from monitor.http.endpoint import call

ODD = [
    ("https:///path", "no host"),
    ("https://", "no host"),
    ("https://:443/x", "no host"),
    ("https://user:pw@h.example/x", "user or password"),
    ("https://pw@h.example/x", "user or password"),
    ("https://@h.example/x", "user or password"),
    ("https://h.example/x#part", "behind #"),
    ("https://h.example/x#", "behind #"),
    ("https://h.example:0/", "port 0"),
    ("https://h.example:65536/", "ports are 1 to 65535"),
    ("https://h.example:-1/", "ports are 1 to 65535"),
    ("https://h.example:x/", "ports are 1 to 65535"),
    ("https://h.example\\@evil.example/", "backslash"),
    ("https:\\\\h.example/", "backslash"),
    ("https://h.example/a b", "spaces or control"),
    ("https://h.example/\x00", "spaces or control"),
    ("https://h.example/\r\nX-Header:", "spaces or control"),
    ("https://h.exa\u200bmple/", "spaces or control"),
    ("https://h.example/\u202e", "spaces or control"),
    (" https://h.example/", "spaces or control"),
    ("https://[fe80::1%25eth0]/", "zone"),
    ("https://[fe80::1%eth0]/", "zone"),
    ("https://[2001:db8::1/", "no URL"),
    ("https://[v1.x]/", "brackets"),
    ("https://h.example./", "dot at its end"),
    ("https://127.0.0.1./", "dot at its end"),
    ("https://h..example/", "no name in DNS"),
    ("https://.example/", "no name in DNS"),
    (f"https://{'a' * 64}.example/", "no name in DNS"),
    ("https://h%2eexample/", "no name in DNS"),
    ("https://h,example/", "no name in DNS"),
    ("http://2130706433/", "number for its host"),
    ("http://0x7f.1/", "number for its host"),
    ("http://0x7f000001/", "number for its host"),
    ("http://0177.0.0.1/", "number for its host"),
    ("http://127.1/", "number for its host"),
    ("http://127.0.0.1.1/", "number for its host"),
    ("http://1.2.3.256/", "number for its host"),
    ("ftp://h.example/", "must begin with"),
    ("//h.example/", "must begin with"),
    ("h.example", "must begin with"),
    ("javascript:alert(1)", "must begin with"),
]


@pytest.mark.parametrize(("url", "says"), ODD)
def test_an_odd_url_is_refused_with_a_sentence_that_does_not_repeat_it(url, says):
    with pytest.raises(ValueError, match=says) as refused:
        parse_http_url(url)
    assert "pw" not in str(refused.value)
    assert call("POST", url, now=datetime(2026, 11, 27, tzinfo=UTC)).outcome == "refused-url"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://\uff12\uff11\uff13\uff10\uff17\uff10\uff16\uff14\uff13\uff13/", "number for its host"),  # wide digits
        ("https://xn--\u00fc.example/", "no name in DNS"),
        ("https://\u00ad/", "control"),
        ("https://\u2488example/", "no"),
    ],
)
def test_a_name_in_other_letters_is_judged_as_dns_has_it(url, says):
    with pytest.raises(ValueError, match=says):
        parse_http_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T0/B0/x",
        "http://hook:8080/",
        "https://h.example",
        "https://h.example/a?b=c%20d",
        "https://\u00fc.example/",
        "https://my_host.example/",
        "https://203.0.113.7/x",
        "https://[2001:db8::1]:8443/x",
        "https://H.Example/x",
        "https://3com.example/",
        "https://1.2.3.4.example/",
    ],
)
def test_what_has_one_reading_is_taken_unchanged(url):
    assert parse_http_url(url) == url


TARGETS = [
    ("http://127.0.0.1/x", "loopback"),
    ("http://[::1]/x", "loopback"),
    ("http://[::ffff:127.0.0.1]/x", "loopback"),
    ("http://10.1.2.3/x", "private"),
    ("http://169.254.169.254/latest", "metadata"),
    ("https://8.8.8.8:6379/", "port"),
]


def text(url, *, allowed="[]"):
    return f"""
[notices]
allow_networks = {allowed}
[[list]]
id = "ops"
address = "ops@lists.example.org"
reverse_path = "ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["2001:db8:25::25"]
[[list.webhook]]
url = "{url}"
format = "slack"
"""


@pytest.mark.parametrize(("url", "reason"), TARGETS)
def test_config_check_refuses_an_address_where_nothing_is_sent(tmp_path, url, reason):
    path = tmp_path / "staysub.toml"
    path.write_text(text(url))
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", "check"], standalone_mode=False)
    assert isinstance(ended.exception, ConfigError)
    ((place, sentence),) = ended.exception.faults
    assert place == "list[0].webhook[0].url"
    assert f"({reason})" in sentence
    assert "notices.allow_networks" in sentence
    parse(text(url).encode(), Sources(), name="x")  # parts that run with it go on, and tell that it fails


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "https://h.example/", "https://8.8.8.8/"])
def test_config_check_takes_what_is_allowed_and_leaves_names_to_the_moment_of_connecting(tmp_path, url):
    path = tmp_path / "staysub.toml"
    path.write_text(text(url, allowed='["127.0.0.0/8"]'))
    ended = CliRunner().invoke(cli, ["--config", str(path), "config", "check"], standalone_mode=False)
    assert ended.return_value == 0, ended.exception


def test_a_list_that_a_program_adds_is_held_to_the_same():
    document = {
        "address": "x@lists.example.org",
        "reverse_path": "x-bounces@lists.example.org",
        "helo": "mail.lists.example.org",
        "outbound": ["2001:db8::1"],
        "webhook": [{"url": "http://127.0.0.1/x", "format": "slack"}],
    }
    with pytest.raises(ConfigError) as refused:
        parse_list("x", document, settings=Settings())
    assert [place for place, _ in refused.value.faults] == ["webhook[0].url"]
