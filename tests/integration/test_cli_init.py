"""`staysub init` as somebody types it: from one question to a configuration that runs, over a real name server."""

import os
import socket
import subprocess
import sys
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.config.load import load
from tests.harness import PATIENCE_S
from tests.servers import needs_nsd, nsd, zone_text
from tests.terminal import Terminal

pytestmark = [pytest.mark.integration, needs_nsd]

TOP = Path(__file__).parents[2]
ADDRESS = "ipv6-ops@lists.example.org"
FOUR, SIX = "9.9.9.9", "2620:fe::9"
ZONES = {
    "lists.example.org": {"MX": [(10, "mail.lists.example.org")], "TXT": [f"v=spf1 ip4:{FOUR} -all"]},
    "mail.lists.example.org": {"A": [FOUR, "10.0.0.4"], "AAAA": [SIX, "2001:db8::5"]},
    ip_address(FOUR).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    ip_address(SIX).reverse_pointer: {"PTR": ["mail.lists.example.org"]},
    "null.example.org": {"MX": [(0, ".")]},
    "suite.example.org": {"MX": [(1, "aspmx.l.google.com")]},
    "xn--bcher-kva.example": {"A": [FOUR]},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with nsd(tmp_path_factory.mktemp("nsd"), {"": zone_text(ZONES)}) as port:
        yield f"127.0.0.1:{port}"


def environ():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STAYSUB")}
    return {**kept, "PYTHONPATH": str(TOP), "COLUMNS": "80", "TERM": "xterm"}


@pytest.fixture
def staysub(tmp_path):
    """A command in a directory of its own, with nobody at a terminal."""

    def call(*words, cwd=tmp_path):
        command = [sys.executable, "-m", "monitor", *words]
        return subprocess.run(
            command, cwd=cwd, env=environ(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    return call


@pytest.fixture
def unasked(staysub, server):
    """`init --yes`."""
    return lambda *words: staysub("init", "--yes", "--nameserver", server, *words)


@pytest.fixture
def terminal(tmp_path):
    """`staysub …` at a terminal, in a directory of its own."""
    opened = []

    def at(*words):
        opened.append(Terminal(tmp_path, environ(), *words))
        return opened[-1]

    yield at
    for each in opened:
        each.close()


def only(folder, *names):
    """Whether these files and no others are there: nothing half written is left."""
    return sorted(each.name for each in folder.iterdir()) == sorted(names)


def test_a_script_gets_a_configuration_that_is_good_as_it_stands(unasked, staysub, server, tmp_path):
    ended = unasked("--address", ADDRESS)
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert only(tmp_path, "staysub.toml")
    path = tmp_path / "staysub.toml"
    settings = load(path)
    (listed,) = settings.file_lists
    assert (listed.id, listed.address, listed.helo) == ("ipv6-ops", ADDRESS, "mail.lists.example.org")
    assert [*map(str, listed.outbound)] == [FOUR, SIX]
    assert (listed.reverse_path, listed.owners) == (
        "ipv6-ops-bounces@lists.example.org",
        ("ipv6-ops-owner@lists.example.org",),
    )
    assert (settings.notices.relay.reveal(), settings.dns.nameservers) == ("smtp://localhost:25", (server,))
    assert len(path.read_text().splitlines()) <= 60
    assert "10.0.0.4" in ended.stdout
    assert "2001:db8::5" in ended.stdout
    for step in ("config check", "check ipv6-ops", "run"):
        assert f"staysub {step}" in ended.stdout
    assert staysub("config", "check").returncode == 0
    checked = staysub("check", "ipv6-ops")
    assert "spf.ipv6-not-covered" in checked.stdout, checked.stderr


def test_what_is_given_is_not_proposed_otherwise(unasked, tmp_path):
    relay = "smtps://user:sesame@relay.example.net"
    ended = unasked(
        "--address",
        "<mailto:DEV@Bücher.example>",
        "--owner",
        "me@example.net",
        "--owner",
        "<you@example.net>",
        "--relay",
        relay,
    )
    assert ended.returncode == 0, ended.stderr
    assert "sesame" not in ended.stdout
    path = tmp_path / "staysub.toml"
    settings = load(path)
    (listed,) = settings.file_lists
    assert (listed.id, listed.address) == ("dev", "DEV@xn--bcher-kva.example")
    assert listed.owners == ("me@example.net", "you@example.net")
    assert settings.notices.relay.reveal() == relay
    assert path.stat().st_mode & 0o777 == 0o600, "others could read the password"


def test_a_configuration_that_is_there_is_kept(unasked, tmp_path):
    path = tmp_path / "staysub.toml"
    path.write_text("# mine\n")
    ended = unasked("--address", ADDRESS)
    assert ended.returncode == 1
    assert (
        ended.stderr
        == "staysub: staysub.toml is there already and was kept. --force writes over it; --config names another file.\n"
    )
    assert path.read_text() == "# mine\n"
    assert unasked("--address", ADDRESS, "--force").returncode == 0
    assert load(path).file_lists
    assert only(tmp_path, "staysub.toml")


def test_another_file_can_be_named(unasked, tmp_path):
    (tmp_path / "etc").mkdir()
    ended = unasked("--address", ADDRESS, "--config", "etc/my lists.toml")
    assert ended.returncode == 0, ended.stderr
    assert load(tmp_path / "etc/my lists.toml").file_lists
    assert only(tmp_path, "etc")
    assert "--config 'etc/my lists.toml' config check" in ended.stdout
    nowhere = unasked("--address", ADDRESS, "--config", "nowhere/x.toml")
    assert (nowhere.returncode, nowhere.stderr) == (
        78,
        "staysub: nowhere/x.toml: cannot be written: No such file or directory.\n",
    )


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("dev@null.example.org", "null.example.org says in DNS that it takes no mail (a null MX, RFC 7505)"),
        ("dev@suite.example.org", "arrives at Google (aspmx.l.google.com), which sends from other addresses"),
        ("dev@nowhere.example.org", "There is no domain nowhere.example.org in DNS."),
    ],
)
def test_what_dns_does_not_tell_is_to_be_filled_in_and_no_script_takes_it_for_done(
    unasked, staysub, tmp_path, address, says
):
    ended = unasked("--address", address)
    assert ended.returncode == 78
    assert ended.stderr.startswith("staysub: staysub.toml: helo and outbound must be filled in before Staysub can run.")
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1
    refused = staysub("config", "check")
    assert refused.returncode == 78
    assert 'list "dev", line ' in refused.stderr
    path = tmp_path / "staysub.toml"
    text = path.read_text().replace('#outbound = ["…", "…"]', f'outbound = ["{FOUR}"]')
    path.write_text(text.replace('#helo = "…"', 'helo = "mail.example.org"'))
    assert staysub("config", "check").returncode == 0


def test_a_resolver_that_does_not_answer_is_no_fault_of_the_list(staysub, tmp_path):
    started = time.monotonic()
    ended = staysub("init", "--yes", "--address", ADDRESS, "--nameserver", "127.0.0.1:1")
    assert ended.returncode == 69
    assert "DNS did not tell where mail for lists.example.org arrives" in ended.stderr
    assert "Nothing was written: try again, or name a resolver with --nameserver." in ended.stderr
    assert only(tmp_path)
    assert time.monotonic() - started < 200


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--address", ADDRESS], "There is no terminal to ask on: in a script give --yes and --address."),
        (["--yes"], "--yes asks nothing: name the list with --address."),
        (["--yes", "--address", "dev"], "must be a mail address"),
        (["--yes", "--address", ADDRESS, "--owner", "me"], "must be a mail address"),
        (["--yes", "--address", ADDRESS, "--relay", "localhost:25"], "must begin with smtp://"),
        (["--yes", "--address", ADDRESS, "--nameserver", "ns.example"], "is no name server"),
    ],
)
def test_a_wrong_call_is_one_sentence(staysub, tmp_path, words, says):
    ended = staysub("init", *words)
    assert ended.returncode == 64
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert only(tmp_path)


def test_somebody_at_a_terminal_is_asked_and_keeps_what_is_proposed(terminal, server, tmp_path):
    at = terminal("init", "--nameserver", server)
    at.until("Posting address of your list: ")
    at.types("dev\n")
    at.until("must be a mail address")
    at.until("Posting address of your list: ")
    at.types(f"{ADDRESS}\n")
    assert f"{FOUR}  PTR mail.lists.example.org; SPF pass" in at.until("List manager")
    for asked in (
        "[mailman3]: ",
        f"[{FOUR}, {SIX}]: ",
        "[mail.lists.example.org]: ",
        "[ipv6-ops-bounces@lists.example.org]: ",
        "[ipv6-ops-owner@lists.example.org]: ",
        "[staysub@lists.example.org]: ",
        "[smtp://localhost:25]: ",
    ):
        at.until(asked)
        at.types("\n")
    code, said = at.ended()
    assert code == 0, said
    assert "Wrote staysub.toml. Next:" in said
    assert len(load(tmp_path / "staysub.toml").file_lists[0].outbound) == 2


def test_every_answer_can_be_changed_and_is_judged_at_once(terminal, server, tmp_path):
    at = terminal(
        "init", "--nameserver", server, "--address", ADDRESS, "--owner", "me@example.net", "--relay", "smtp://r.example"
    )
    for asked, typed, then in (
        ("[mailman3]: ", "majordomo", "must be one of mailman2"),
        ("[mailman3]: ", "Sympa", ""),
        (
            f"[{FOUR}, {SIX}]: ",
            "192.168.0.5",
            "is a private address (RFC 1918), which no receiver on the internet sees",
        ),
        (f"[{FOUR}, {SIX}]: ", "9.9.9.10 2620:fe::10", ""),
        ("[mail.lists.example.org]: ", "out.example.org", ""),
        ("[ipv6-ops-owner@lists.example.org]: ", "", ""),
        ("[staysub@lists.example.org]: ", "watch@example.net", ""),
    ):
        at.until(asked)
        at.types(f"{typed}\n")
        if then:
            at.until("rror: ")
            assert then in " ".join(at.until("]: ").split())
            at.said = asked + at.said
    code, said = at.ended()
    assert code == 0, said
    settings = load(tmp_path / "staysub.toml")
    (listed,) = settings.file_lists
    assert (listed.manager, listed.helo, listed.owners) == ("sympa", "out.example.org", ("me@example.net",))
    assert [*map(str, listed.outbound)] == ["9.9.9.10", "2620:fe::10"]
    assert (settings.notices.sender, settings.notices.relay.reveal()) == ("watch@example.net", "smtp://r.example")


def test_a_domain_that_is_not_there_is_asked_about_again(terminal, server, tmp_path):
    at = terminal("init", "--nameserver", server)
    at.until("Posting address of your list: ")
    at.types("ipv6-ops@list.example.org\n")
    at.until("There is no domain list.example.org in DNS.")
    at.until("[ipv6-ops@list.example.org]: ")
    at.types(f"{ADDRESS}\n")
    assert "list.example.org" not in at.until("DNS tells of lists.example.org:")


def test_what_is_not_known_can_be_typed_or_left_open(terminal, server, tmp_path):
    at = terminal("init", "--nameserver", server, "--address", "dev@suite.example.org")
    assert "arrives at Google" in at.until("[mailman3]: ")
    at.types("\n")
    at.until("leaves from (empty: to be filled in later): ")
    at.types(f"{FOUR}\n")
    at.until("(empty: to be filled in later): ")
    at.types("\n" * 5)
    code, said = at.ended()
    assert code == 78, said
    assert "Fill in helo there, then:" in said
    assert "helo must be filled in before Staysub can run." in said
    assert f'outbound = ["{FOUR}"]' in (tmp_path / "staysub.toml").read_text()


@pytest.mark.parametrize("asked", ["Posting address of your list: ", "[mailman3]: ", "[smtp://localhost:25]: "])
@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_who_leaves_leaves_nothing(terminal, server, tmp_path, asked, key):
    at = terminal("init", "--nameserver", server)
    for each in ("Posting address of your list: ", *["]: "] * 7):
        said = at.until(each) + each
        if asked in said:
            break
        at.types(f"{ADDRESS}\n" if each.startswith("Posting") else "\n")
    at.leaves(key)
    code, said = at.ended()
    assert (code, "Nothing was written." in said) == (130, True), said
    assert "Traceback" not in said
    assert only(tmp_path)


def test_who_leaves_while_dns_is_asked_waits_for_nobody(terminal, tmp_path):
    """The name server is a socket that nobody reads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        at = terminal("init", "--address", ADDRESS, "--nameserver", f"127.0.0.1:{mute.getsockname()[1]}")
        mute.settimeout(PATIENCE_S)
        mute.recvfrom(4096)  # it is asking now
        at.types("\x03")
        code, said = at.ended()
    assert (code, "Nothing was written." in said) == (130, True), said
    assert only(tmp_path)


def test_whoever_has_no_configuration_is_shown_the_way(staysub):
    for words in (["status"], ["config", "check"], ["incidents"], ["doctor"]):
        ended = staysub(*words)
        assert (ended.returncode, ended.stdout) == (78, ""), words
        assert ended.stderr.startswith(
            "staysub: staysub.toml: there is no configuration yet: `staysub init` writes one for your list."
        )
        assert ended.stderr.count("\n") == 1
    bare = staysub()
    assert bare.returncode == 64
    assert "`staysub init` writes one for your list" in bare.stderr
