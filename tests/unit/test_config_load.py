"""The configuration is read whole: every fault at once, each with its place and what would be right."""

from ipaddress import ip_address

import pytest

from monitor.config.load import parse, read
from monitor.config.secret import Sources
from monitor.errors import ConfigError
from monitor.managers.catalogue import MANAGERS

LIST = """
[notices]
from = "staysub@example.org"
relay = "smtp://localhost"
[[list]]
id = "ipv6-ops"
address = "ipv6-ops@lists.example.org"
reverse_path = "ipv6-ops-bounces@lists.example.org"
helo = "mail.lists.example.org"
outbound = ["192.0.2.25", "2001:db8:25::25"]
owners = ["owner@example.org"]
"""
RECEIVER = "[receiver]\ndomain = 'v.example.org'\nhostname = 'm.example.org'\nlisten = '[::]:80'"


def faults(text, **environ):
    """The faults of a text as a mapping from place to sentence."""
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), Sources(environ=environ), name="staysub.toml")
    return dict(caught.value.faults)


def settings(text, **environ):
    return parse(text.encode(), Sources(environ=environ), name="staysub.toml")


@pytest.mark.parametrize("pages", ["127.0.0.1:80", "0.0.0.0:80", "[::1]:81"])
def test_pages_and_receiver_that_do_not_meet_are_no_fault(pages):
    """The receiver shuts IPv4 out (IPV6_V6ONLY): there the port is free."""
    token = "[web]\ntoken = '0123456789abcdef'\n"
    assert settings(f"{token}listen = '{pages}'\n{RECEIVER}").web.listen == pages


def with_list(line):
    """The good list with one key more, or one key replaced."""
    key = line.partition("=")[0].strip()
    return "\n".join([one for one in LIST.splitlines() if not one.startswith(f"{key} =")] + [line])


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        pytest.param('id = "a b"', "list[0].id", "1 to 63 letters", id="id with a space"),
        pytest.param('id = "../x"', "list[0].id", "beginning with a letter", id="id that climbs"),
        pytest.param('address = "ipv6-ops"', "list[0].address", "must be a mail address", id="address without @"),
        pytest.param('reverse_path = "a b@example.org"', "list[0].reverse_path", "RFC 5321", id="reverse-path"),
        pytest.param('helo = "192.0.2.1"', "list[0].helo", "must be a domain, not the IP address", id="helo address"),
        pytest.param('helo = "bad_name.example"', "list[0].helo", "is no domain", id="helo underscore"),
        pytest.param("outbound = []", "list[0].outbound", "must not be empty", id="no outbound"),
        pytest.param('outbound = "192.0.2.1"', "list[0].outbound", "must be an array", id="outbound no array"),
        pytest.param('outbound = ["192.0.2.1", "x"]', "list[0].outbound[1]", "is no IP address", id="no address"),
        pytest.param('outbound = ["192.0.2.0/24"]', "list[0].outbound[0]", "not a network", id="network"),
        pytest.param('outbound = ["::ffff:192.0.2.1"]', "list[0].outbound[0]", 'write "192.0.2.1"', id="mapped"),
        pytest.param('outbound = ["fe80::1%eth0"]', "list[0].outbound[0]", "link-local address", id="zone"),
        pytest.param('outbound = ["::"]', "list[0].outbound[0]", "mail can leave from", id="unspecified"),
        pytest.param(
            'outbound = ["2001:db8::1", "2001:DB8:0::1"]', "list[0].outbound[1]", "there twice", id="one address twice"
        ),
        pytest.param('manager = "mailman"', "list[0].manager", "must be one of mailman2, mailman3", id="manager"),
        pytest.param('mta = "postfx"', "list[0].mta", "must be one of postfix", id="mta"),
        pytest.param("messages_per_day = -1", "list[0].messages_per_day", "0 or more", id="negative traffic"),
        pytest.param("messages_per_day = nan", "list[0].messages_per_day", "0 or more", id="traffic not a number"),
        pytest.param(
            'subscribers = {"outlook.com" = "many"}', 'list[0].subscribers."outlook.com"', "count", id="count"
        ),
        pytest.param(
            'subscribers = {"BÜCHER.example" = 1, "xn--bcher-kva.example" = 2}',
            'list[0].subscribers."xn--bcher-kva.example"',
            "the same domain as 'BÜCHER.example'",
            id="one domain in two spellings",
        ),
        pytest.param(
            'submission = "mail.example.org"', "list[0].submission", "must begin with smtp://", id="no scheme"
        ),
        pytest.param('submission = "smtp://h:99999"', "list[0].submission", "is no URL", id="port"),
        pytest.param('submission = "smtp://h/x"', "list[0].submission", "nothing may follow", id="path"),
        pytest.param('owner = ["a@example.org"]', "list[0].owner", "did you mean owners?", id="near miss"),
        pytest.param("colour = 1", "list[0].colour", "the keys are id, address", id="far miss"),
        pytest.param('lists = "x"', "list[0].lists", "is not a key here", id="a name of the inside is no key"),
        pytest.param("bounce_policy = {x = [1]}", "list[0].bounce_policy.x", "must be a number", id="policy value"),
        pytest.param('webhook = "x"', "list[0].webhook", "[[list.webhook]]", id="webhook no table"),
        pytest.param('webhook = [{url = "https://h"}]', "list[0].webhook[0].secret", "is missing", id="no secret"),
        pytest.param(
            'webhook = [{url = "https://h", secret = "short"}]', "list[0].webhook[0].secret", "24 to 64", id="secret"
        ),
        pytest.param(
            'webhook = [{url = "https://h", secret = {env = "NO"}}]',
            "list[0].webhook[0].secret",
            "environment variable NO, which is not set",
            id="secret from nowhere",
        ),
        pytest.param(
            'webhook = [{url = "ftp://h", format = "slack"}]', "list[0].webhook[0].url", "https://", id="webhook url"
        ),
        pytest.param(
            'webhook = [{url = "https://u:p@h", format = "slack"}]', "list[0].webhook[0].url", "user", id="url user"
        ),
    ],
)
def test_each_key_of_a_list_is_checked(line, place, says):
    found = faults(with_list(line))
    assert list(found) == [place]
    assert says in found[place]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        pytest.param("[web]\nlisten = '0.0.0.0:80'", "web.token", "is missing", id="token off loopback"),
        pytest.param("[web]\nuser_header = 'X-User'", "web.proxies", "is missing", id="a user header of anybody"),
        pytest.param("[web]\nuser_header = 'X User'", "web.user_header", "header field", id="header name"),
        pytest.param("[web]\ntoken = 'short'", "web.token", "too short", id="token short"),
        pytest.param("[web]\nlisten = '::1:80'", "web.listen", "in brackets", id="listen without brackets"),
        pytest.param("[web]\nlisten = '127.0.0.1'", "web.listen", "lacks its port", id="listen without port"),
        pytest.param(f"[web]\nlisten = '[::1]:80'\n{RECEIVER}", "receiver.listen", "is port 80", id="one port, all"),
        pytest.param(f"[web]\nlisten = 'localhost:80'\n{RECEIVER}", "receiver.listen", "is port 80", id="localhost's"),
        pytest.param(
            f"[web]\nlisten = '[::1]:80'\n[{RECEIVER.replace(']', ']]', 1)}\nid = 'a'",
            "receiver[0].listen",
            "where the pages listen",
            id="one port of one of one",
        ),
        pytest.param("[[mta_log]]\nkind = 'postfix'", "mta_log[0].path", "is missing", id="a log nowhere"),
        pytest.param("[[mta_log]]\nkind = 'qmail'\npath = '/x'", "mta_log[0].kind", "no log that", id="a log unread"),
        pytest.param("[[mta_log]]\npath = '/x'", "mta_log[0].kind", "is missing", id="a log of nobody"),
        pytest.param(
            "[[mta_log]]\nkind = 'postfix'\npath = '/x'\njournal = ['a.service']",
            "mta_log[0].journal",
            "either a file or a journal",
            id="a log at two places",
        ),
        pytest.param(
            "[[mta_log]]\nkind = 'postfix'\npath = '/x'\n[[mta_log]]\nkind = 'postfix'\npath = '/y'",
            "mta_log[1].id",
            "each needs its own",
            id="logs of one kind without ids",
        ),
        pytest.param(
            "[[mta_log]]\nkind = 'postfix'\npath = '/x'\n[[mta_log]]\nid = 'b'\nkind = 'exim'\npath = '/x'",
            "mta_log[1].path",
            "count twice",
            id="one log twice",
        ),
        pytest.param(
            "[[mta_log]]\nkind = 'postfix'\njournal = ['--flush']", "mta_log[0].journal[0]", "systemd unit", id="unit"
        ),
        pytest.param("[dns]\nnameservers = ['ns.example']", "dns.nameservers[0]", "by its address", id="nameserver"),
        pytest.param("[dns]\ntimeout = 5", "dns.timeout", "must be a duration", id="duration number"),
        pytest.param("[dns]\ntimeout = '5 s'", "dns.timeout", "must be a duration", id="duration space"),
        pytest.param("[dns]\ntimeout = '2h'", "dns.timeout", "between 1s and 30s", id="duration too long"),
        pytest.param("[schedule]\ncheck_every = '1s'", "schedule.check_every", "between 5s and 7d", id="interval"),
        pytest.param("[receiver]\ndomain = 'v6.example'", "receiver.hostname", "is missing", id="hostname"),
        pytest.param(
            "[receiver]\ndomain='v.example.org'\nhostname='m.example.org'\nlisten='0.0.0.0:25'",
            "receiver.listen",
            "IPv6 only",
            id="receiver on IPv4",
        ),
        pytest.param(
            "[receiver]\ndomain='v.example.org'\nhostname='m.example.org'\ntls_key='k'",
            "receiver.tls_certificate",
            "tls_key needs it",
            id="key alone",
        ),
        pytest.param("[redis]\nurl = 'http://h'", "redis.url", "redis://", id="redis scheme"),
        pytest.param("[redis]\nurl = 'redis://h/x'", "redis.url", "database number", id="redis database"),
        pytest.param("[incidents]\nraise_after = [3, 2]", "incidents.raise_after", "1 ≤ n ≤ m", id="n of m"),
        pytest.param("redis = 'x'", "redis", "must be a table: [redis]", id="no table"),
        pytest.param("[list]\nid = 'x'", "list", "write [[list]]", id="list no array"),
        pytest.param("lists = []", "lists", "did you mean list?", id="near miss at the top"),
        pytest.param("a = 1\nb = = 2", "line 2", "is no TOML", id="syntax"),
        pytest.param("a = 'x", "line 1", "is no TOML", id="end of file"),
    ],
)
def test_each_table_is_checked(text, place, says):
    found = faults(text)
    assert says in found[place]


def test_the_owners_of_a_list_can_be_told():
    """Owners without a relay would be told nothing, in silence."""
    found = faults(LIST.replace("[notices]", "[schedule]").replace("from =", "#").replace("relay =", "#"))
    assert set(found) == {"notices.from", "notices.relay"}
    assert "the owners of ipv6-ops" in found["notices.relay"]


def test_two_lists_have_two_ids():
    body = LIST[LIST.index("[[list]]") :]
    assert "already the id of list 1 of the file" in faults(LIST + body)["list[1].id"]


def test_all_faults_are_told_at_once_in_the_order_of_the_file():
    text = "[dns]\ntimeout = 1\n[web]\nlisten = '[::]:80'\n[[list]]\nid = ''\n[[list]]\nhelo = 'x'"
    found = list(faults(text))
    assert found[:2] == ["dns.timeout", "web.token"]
    assert "list[0].id" in found
    assert "list[1].helo" in found
    assert found.index("list[0].outbound") < found.index("list[1].helo")


def test_values_come_out_in_their_one_form():
    good = settings(
        with_list('helo = "MAIL.Bücher.example."')
        + '\nsubscribers = {"BÜCHER.example" = 3}\nsubmission = {env = "SUB"}\nmessages_per_day = 2',
        SUB="smtp+starttls://u:p@h:587",
    )
    one = good.file_lists[0]
    assert one.helo == "mail.xn--bcher-kva.example"
    assert dict(one.subscribers) == {"xn--bcher-kva.example": 3}
    assert one.outbound == (ip_address("192.0.2.25"), ip_address("2001:db8:25::25"))
    assert one.submission.reveal() == "smtp+starttls://u:p@h:587"
    assert one.messages_per_day == 2.0
    assert "u:p" not in repr(good)


def test_relative_paths_and_secret_files_start_from_the_files_directory(tmp_path):
    (tmp_path / "token").write_text("0123456789abcdef-token\n")
    path = tmp_path / "staysub.toml"
    path.write_text('data_dir = "data"\n[web]\ntoken = {file = "token"}')
    loaded = read(path, environ={})
    assert loaded.settings.data_dir == tmp_path / "data"
    assert loaded.settings.web.token.reveal() == "0123456789abcdef-token"
    assert loaded.files == (path, tmp_path / "token")


def test_a_fault_never_repeats_a_secret():
    found = faults(
        '[web]\ntoken = "hunter2"\n[redis]\nurl = "http://user:hunter2@h"\n[notices]\nrelay="smtp://a:hunter2@h:0"'
    )
    assert len(found) == 3
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("raw", [b"\xff", b"[" * 5000, b"\xef\xbb\xbfdata_dir = 3"])
def test_bytes_that_are_no_configuration_are_a_fault(raw):
    with pytest.raises(ConfigError):
        parse(raw, Sources(), name="staysub.toml")


@pytest.mark.parametrize("name", ["", "missing.toml"])
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("policy", "place", "says"),
    [
        pytest.param(
            "{bounce_score_threshhold = 5}", "bounce_score_threshhold", "is not a setting of GNU Mailman 3", id="key"
        ),
        pytest.param('{bounce_score_threshold = "x"}', "bounce_score_threshold", "must be a whole number", id="value"),
        pytest.param("{bounce_score_threshold = [5]}", "bounce_score_threshold", "must be a number", id="shape"),
    ],
)
def test_a_bounce_policy_is_checked_by_the_list_manager_itself(policy, place, says):
    """Each fault stands at its key, in the manager's own words."""
    with pytest.raises(ConfigError) as caught:
        parse(with_list(f"bounce_policy = {policy}").encode(), Sources(), name="x")
    assert [where for where, _ in caught.value.faults] == [f"list[0].bounce_policy.{place}"]
    assert says in caught.value.faults[0][1]


@pytest.mark.parametrize("manager", MANAGERS)
def test_every_manager_judges_its_own_settings(manager):
    """Whichever is named: what it does not know is a fault, and what is the MTA's is not its business."""
    with pytest.raises(ConfigError) as caught:
        parse(
            with_list(f'manager = "{manager}"\nbounce_policy = {{no-such-setting = 1}}').encode(), Sources(), name="x"
        )
    assert [where for where, _ in caught.value.faults] == ["list[0].bounce_policy.no-such-setting"]
    of_mta = 'bounce_policy = {"mta.queue_lifetime" = "1d"}'
    assert (
        parse(with_list(f'manager = "{manager}"\n{of_mta}').encode(), Sources(), name="x").file_lists[0].manager
        == manager
    )
