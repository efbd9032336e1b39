"""The README's steps as a newcomer takes them: a machine without IPv6, a list whose SPF record lacks an address.

In a network namespace with a loopback and nothing else: NSD, a mail catcher (aiosmtpd), a terminal of 80 columns,
Chromium. Everything is at its default. The walk is recorded where `STAYSUB_WALK` names a folder: the terminal as an
asciicast, the pages and the mail as pictures.
"""

import json
import mailbox
import os
import re
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from ipaddress import ip_address
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import CHROMIUM, OPTIONS
from tests.browser.test_accessibility import violations
from tests.harness import TOP, greeted, started, wait_for
from tests.integration.netns import network, require
from tests.servers import needs_nsd, nsd, zone_text
from tests.terminal import COLUMNS, Cast, Terminal

pytestmark = [pytest.mark.timeout(600), needs_nsd]

FIVE_MINUTES_S = 300.0
PAGES = "http://127.0.0.1:8025"
IPV4, IPV6 = "194.109.6.92", "2001:888:0:18::92"  # public, and never spoken to: nothing leads out of the namespace
DOMAIN, HOST = "lists.chorverein.example", "mail.chorverein.example"
RECORD = f"v=spf1 ip6:{IPV6} ip4:{IPV4} -all"
ZONE = zone_text(
    {
        DOMAIN: {"MX": [(10, HOST)], "TXT": [f"v=spf1 ip4:{IPV4} -all"]},
        HOST: {"A": [IPV4], "AAAA": [IPV6], "TXT": [RECORD]},
        ip_address(IPV4).reverse_pointer: {"PTR": [HOST]},
        ip_address(IPV6).reverse_pointer: {"PTR": [HOST]},
        "gmail.com": {"MX": [(5, "gmail-smtp-in.l.google.com")]},
        "gmail-smtp-in.l.google.com": {"A": ["142.250.102.26"], "AAAA": ["2a00:1450:4025:c01::1a"]},
        "gmx.de": {"MX": [(10, "mx00.emig.gmx.net")]},
        "mx00.emig.gmx.net": {"A": ["212.227.15.9"], "AAAA": ["2001:8d8:fe:53::d9a0:5a01"]},
    }
)
ASKED_FIRST = "Posting address of your list"
ASKED_NEXT = (
    "List manager",
    "Addresses that its mail leaves from",
    "Name that its mail server says in EHLO",
    "Address that its mail bounces to",
    "Who is told by mail",
    "Whom notices are from",
    "Server that takes the notices",
)
READING = ("status choir", "status choir --nagios", "check choir", "forecast choir")
SIZES = {
    "desk": {"width": 1280, "height": 850},
    "tablet": {"width": 768, "height": 1024},
    "phone": {"width": 390, "height": 850},
}


@dataclass(frozen=True)
class Case:
    """Who subscribes, and what has to come of it."""

    subscribers: str
    level: str
    code: int  # of the commands that read, as monitoring plugins have it
    subject: str


CASES = {
    # Gmail takes mail that is signed, whatever SPF says; DNS does not tell whether this list's is.
    "not known": Case('{"gmail.com" = 48}', "watch", 1, r"\[choir\] something to mend"),
    "known": Case(
        '{"gmx.de" = 12, "gmail.com" = 48}',
        "at-risk",
        2,
        r"\[choir\] at least 12 subscribers at GMX.* at risk, from .+",
    ),
}


@dataclass(frozen=True)
class Walked:
    """What each command said, its code, and how long it took from `init` to the mail."""

    said: dict[str, str]
    codes: dict[str, int]
    took_s: float


class Ground:
    """The newcomer's machine: a folder to work in, what was caught there, where the walk is recorded."""

    def __init__(self, host, folder, record):
        self.here, self.caught, self.record = folder / "here", folder / "caught", record
        self.here.mkdir()
        self.record.mkdir(parents=True, exist_ok=True)
        self._within, self._cast = host.command(), Cast(record / "walk.cast")

    def types(self, words):
        """The terminal in which `staysub` was typed with these words."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("STAYSUB", "PYTEST"))}
        environ |= {"PYTHONPATH": str(TOP), "TERM": "xterm-256color"}
        environ.pop("NO_COLOR", None)
        return Terminal(self.here, environ, *words.split(), within=self._within, shows=self._cast.shows)

    def mails(self):
        """What the mail catcher has got."""
        if not self.caught.is_dir():
            return []
        return [message_from_bytes(bytes(mail), policy=policy.default) for mail in mailbox.Maildir(self.caught)]


@pytest.fixture(scope="module", params=CASES.values(), ids=CASES)
def case(request):
    """Who subscribes, and what has to come of it."""
    return request.param


@pytest.fixture(scope="module")
def ground(case, tmp_path_factory):
    """The machine with its name server and its mail server at their usual ports."""
    require("nsd")
    folder = tmp_path_factory.mktemp("walk")
    record = Path(os.environ.get("STAYSUB_WALK") or folder / "record") / case.level
    with ExitStack() as stack:
        host = stack.enter_context(network({"new": []}, nameserver="127.0.0.1"))["new"]
        host.run("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
        stack.enter_context(host.entered())
        stack.enter_context(nsd(folder / "nsd", {"": ZONE}, 53))
        catcher = [sys.executable, "-m", "aiosmtpd", "-n", "-l", "127.0.0.1:25", "-c", "aiosmtpd.handlers.Mailbox"]
        stack.enter_context(started([*catcher, folder / "caught"], ready=lambda: greeted("127.0.0.1", 25)))
        yield Ground(host, folder, record)


@pytest.fixture(scope="module")
def walked(case, ground):
    """The README's steps, from `init` to the first mail; gives what each said, while `staysub run` goes on."""
    began = time.monotonic()
    said, codes = {}, {}

    def ends(words):
        codes[words], said[words] = ground.types(words).ended(60)

    begins = ground.types("init")
    begins.until(f"{ASKED_FIRST}: ")
    begins.types(f"choir@{DOMAIN}\n")
    for question in ASKED_NEXT:
        begins.until(question)
        begins.until("]: ")
        begins.types("\n")
    codes["init"], said["init"] = begins.ended(60)
    with (ground.here / "staysub.toml").open("a") as file:
        file.write(f"subscribers = {case.subscribers}\n")  # what an owner knows, and DNS does not
    ends("config check")
    runs = ground.types("run")
    try:
        runs.until(PAGES, 60)
        get("/")  # its address is printed once it can be opened
        wait_for(ground.mails, "mail to the owner", within_s=FIVE_MINUTES_S, every_s=0.5)
        took = time.monotonic() - began
        for words in READING:
            ends(words)
        yield Walked(said=said, codes=codes, took_s=took)
    finally:
        runs.types("\x03")
        code, rest = runs.ended(60)
    assert code == 0, rest
    assert "Traceback" not in rest


@pytest.fixture(scope="module")
def mail(ground, walked):
    """The one mail that came."""
    (one,) = ground.mails()
    return one


@pytest.fixture(scope="module")
def browser(ground):
    """Chromium on that machine, as everything that this thread starts: it ends before the machine does."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield launched
        launched.close()


def get(path):
    with urllib.request.urlopen(f"{PAGES}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_the_mail_is_there_within_five_minutes_of_init(walked, mail):
    assert walked.took_s < FIVE_MINUTES_S
    assert mail["To"] == f"choir-owner@{DOMAIN}"


def test_command_plugin_api_and_mail_say_one_thing(case, walked, mail):
    """One verdict in one vocabulary: the level, who is at risk from when, and what to publish."""
    assert json.loads(get("/api/v1/lists/choir"))["level"] == case.level
    assert walked.codes["init"] == walked.codes["config check"] == 0
    assert [walked.codes[words] for words in READING[:3]] == [case.code] * 3
    word = case.level.replace("-", " ")
    for words in READING:
        assert word in walked.said[words], f"{words}: {walked.said[words]}"
    assert re.fullmatch(case.subject, mail["Subject"]), mail["Subject"]
    text = mail.get_body(("plain",)).get_content()
    assert RECORD in walked.said["check choir"]
    assert 1 <= text.count(RECORD) <= 2, "once to read, and once in the passage to forward"
    for place, told in {**walked.said, "mail": text}.items():
        assert "Nobody is" not in told, place
        assert "no reason to refuse" not in told, place


def test_the_pages_say_it_too_at_every_width_by_day_and_by_night(ground, walked, mail, browser):
    stake = mail["Subject"].partition("] ")[2]
    for scheme, (name, viewport) in product(("light", "dark"), SIZES.items()):
        context = browser.new_context(base_url=PAGES, color_scheme=scheme, viewport=viewport)
        page = context.new_page()
        for path, called in (("/", "overview"), ("/lists/choir", "list")):
            page.goto(path)
            assert violations(page) == [], f"{path} at {name}, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], f"{path} at {name}"
            seen = page.locator("main").inner_text()
            page.screenshot(path=ground.record / f"{called}-{name}-{scheme}.png", full_page=True)
            assert "Nobody is" not in seen
            assert stake.lower() in seen.lower(), f"{path} does not say {stake!r}:\n{seen}"
        expect(page.locator("main")).to_contain_text(RECORD)
        page.goto("about:blank")  # whose policy lets a mail bring its style along, as mail programs do
        page.set_content(mail.get_body(("html",)).get_content())
        page.screenshot(path=ground.record / f"mail-{name}-{scheme}.png", full_page=True)
        context.close()


def test_nothing_that_the_terminal_showed_is_broken(walked):
    for words in ("status choir", "check choir", "forecast choir"):  # the rest names files and commands by their paths
        assert [line for line in walked.said[words].splitlines() if len(line) > COLUMNS] == [], words
    for whole in (IPV6, DOMAIN, "spf.ipv6-not-covered"):
        assert whole in walked.said["check choir"]
