"""A language that nobody speaks: each letter of a message is a wide one. Plain letters on a page came by no catalogue.

`python -m tests.pseudo [WORD]` prints what bypasses the catalogues today, source by source, those whose name has WORD.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from html.parser import HTMLParser
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

import monitor.tongue.voice
from monitor.letters.pages import PAGES
from monitor.model.incidents import Notice
from monitor.notify.digest import gather
from monitor.notify.mail import compose
from monitor.notify.weekly import Week, digest
from monitor.web.incident_view import letters_about
from monitor.wording.plain import subjects
from tests.lists_of_every_kind import OWNER, UNREADABLE, WANTED, World, every_kind
from tests.pages import pages_of
from tests.sample_mails import single

SPOKEN: Final = "de"  # whose numbers and days it has
# What no language translates: places, markup, code.
_KEPT: Final = re.compile(r"\{\w*\}|%\(\w+\)s|<[^>]*>|`[^`]*`|&\w+;|https?://\S+")
_UNSEEN: Final = {"style", "script", "code", "pre", "samp", "kbd", "textarea"}
_TOLD: Final = ("title", "aria-label", "alt", "placeholder", "data-words", "content")
# Names, and words that every language has from the standards.
NAMES: Final = frozenset(
    [
        "Staysub",
        "Gmail",
        "Microsoft",
        "Yahoo",
        "AOL",
        "iCloud",
        "Apple",
        "Proton",
        "Mail",
        "GMX",
        "Orange",
        "Free",
        "Comcast",
        "Verizon",
        "Zoho",
        "Fastmail",
        "Exchange",
        "Online",
        "Outlook",
        "Mailman",
        "Sympa",
        "Mlmmj",
        "Listmonk",
        "ezmlm",
        "mlmmj",
        "listmonk",
        "LISTSERV",
        "Discourse",
        "Postfix",
        "Exim",
        "Sendmail",
        "qmail",
        "OpenSMTPD",
        "Debian",
        "Python",
        "Slack",
        "SPF",
        "DKIM",
        "DMARC",
        "PTR",
        "MX",
        "DNS",
        "DNSSEC",
        "TLS",
        "SMTP",
        "EHLO",
        "HELO",
        "RFC",
        "TXT",
        "CNAME",
        "AAAA",
        "TCP",
        "UDP",
        "VERP",
        "SRS",
        "ARC",
        "BIMI",
        "NOERROR",
        "NXDOMAIN",
        "SERVFAIL",
        "TTL",
        "UTC",
        "GMT",
        "CET",
        "API",
        "JSON",
        "URL",
        "HTML",
        "EDNS",
        "pass",
        "fail",
        "softfail",
        "neutral",
        "none",
        "permerror",
        "temperror",
        "MAIL",
        "FROM",
        "From",
        "Reply",
        "STARTTLS",
        "Mozilla",
        "freenet",
        "Spectrum",
        "Cox",
        "Linked",  # and In
        "Poste",
        "Tencent",
        "IONOS",
        "bouncelife",
        "servfail",
    ]
)
DAYS: Final = frozenset(
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
        "Jan",
        "Feb",
        "Apr",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Sept",
        "Okt",
        "Nov",
        "Dez",
        "Mo",
        "Di",
        "Mi",
        "Do",
        "Fr",
        "Sa",
        "So",
        "und",
        "oder",
    ]
)
_WORD: Final = re.compile(r"(?<![\w./@:=%?&#+-])[A-Za-z][a-z]{2,}(?![\w./@:=%-]*[.@/:=_\d-]\w)")


class Pseudo(NullTranslations):
    """Every message with wide letters."""

    def gettext(self, message: str) -> str:
        return wide(message)

    def pgettext(self, context: str, message: str) -> str:
        del context
        return wide(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return wide(msgid1 if n == 1 else msgid2)


# Notices that the world does not bring about.
OF_SAMPLES: Final = frozenset(
    {"reminder", "escalated", "resolved", "refused-over", "test", "failed", "host-shared", "host-blind"}
)


def wide(message: str) -> str:
    """The message in that language; what is kept stays."""
    said, done = "", 0
    for kept in _KEPT.finditer(message):
        said += _wide(message[done : kept.start()]) + kept[0]
        done = kept.end()
    return said + _wide(message[done:])


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalpha() else char for char in text)


class Shown(HTMLParser):
    """The pieces of text that a person reads of a page or of a mail's HTML, also of attributes; without code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._unseen, self.pieces = [], []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in _UNSEEN or dict(attrs).get("class", "") == "unprintable" or "data-outside" in dict(attrs):
            self._unseen.append(tag)
        if not self._unseen or tag == "textarea":
            told = [(name, value) for name, value in attrs if name in _TOLD and value and tag != "meta"]
            for name, value in told:
                several = json.loads(value).values() if name == "data-words" else [value]
                self.pieces += [" ".join(each.split()) for each in several]

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen and data.strip():
            self.pieces.append(" ".join(data.split()))


@dataclass(frozen=True)
class Source:
    """What is shown somewhere, as pieces of text."""

    name: str
    pieces: tuple[str, ...]
    data: frozenset[str] = frozenset()  # words of what is quoted there

    def bypassing(self, data: frozenset[str]) -> list[str]:
        """The pieces with words that came by no catalogue; `data` are words of the lists themselves."""
        known = NAMES | DAYS | data | self.data
        return [each for each in self.pieces if any(word not in known for word in _WORD.findall(_plain(each)))]


def _plain(text: str) -> str:
    return re.sub(r"`[^`]*`|staysub(?: [\w-]+)+|\{\w+\}|https?://\S+|\S+@\S+|“[^”]*”|\(cut\)", " ", text)


def sources(world: World, language: str) -> Iterator[Source]:
    """Every page and mail of the world in that language; help is written in each by itself."""
    now = datetime.now(world.now.tzinfo)
    app = pages_of(lambda: world.settings, world.store, lambda: now)
    client = TestClient(app, base_url="http://127.0.0.1:8025", headers={"accept-language": language})

    def page(path: str, **asked: Any) -> Source:
        return Source(f"page {path}", tuple(Shown(client.get(path, **asked).text).pieces))

    yield page("/")
    for by in ("list", "cause", "domain", "host", "manager"):
        yield page(f"/?by={by}")
    for path in ("/incidents", "/notices", "/explain", "/login", "/findings", "/own", "/nowhere"):
        yield page(path)
    for subject in subjects():
        for one in subject.findings:
            yield page(f"/findings/{one.code}")
    yield page("/findings/nonsense")
    for list_id in WANTED:
        yield page(f"/lists/{list_id}")
        if list_id == UNREADABLE:
            continue
        yield page(f"/lists/{list_id}?window=90d&whatif=rest")
        yield page(f"/lists/{list_id}/reports")
        checks = client.get(f"/api/v1/lists/{list_id}/checks").json().get("checks", [])
        for one in checks[:1]:
            yield page(f"/lists/{list_id}/checks/{int(datetime.fromisoformat(one['evaluated_at']).timestamp() * 1000)}")
        current = world.store.incidents.current(list_id)
        if current is not None:
            yield page(f"/incidents/{current.id}")
            yield from _letters(world, list_id, language)
        yield from _mails(world, list_id, now, language)
    yield _explained(client)
    for name, notice in single().items():
        if name in OF_SAMPLES:
            yield from _parts(f"mail {name}", notice, now, language)


def _explained(client: TestClient) -> Source:
    token = re.search(r'name="csrf" value="([^"]*)"', client.get("/explain").text)
    asked = {"pasted": MESSAGE, "csrf": token[1] if token else ""}
    return Source("page /explain, explained", tuple(Shown(client.post("/explain", data=asked).text).pieces))


MESSAGE: Final = """\
Received: from mail.lists.example.org (mail.lists.example.org [2001:db8::25]) by mx.example.net with ESMTPS id 1;
 Thu, 26 Nov 2026 12:00:05 +0000
Authentication-Results: mx.example.net; spf=fail smtp.mailfrom=ops-bounces@lists.example.org; dkim=pass header.d=lists.example.org;
 dmarc=pass header.from=lists.example.org
From: Ann <ann@lists.example.org>
To: ops@lists.example.org
Subject: hello
Date: Thu, 26 Nov 2026 12:00:00 +0000
Message-ID: <1@lists.example.org>
List-Id: <ops.lists.example.org>

Hello.
"""


def _mails(world: World, list_id: str, now: datetime, language: str) -> Iterator[Source]:
    notices = [each for each in world.store.notices.of_list(list_id) if each.channel == "mail"]
    made = [(each.type, each, ()) for each in notices]
    if notices:
        gathered, members = gather(notices[:1], now=now, due_at=now)
        made.append(("digest", gathered, members))
    thought = world.store.outcomes.assessment(list_id)
    if thought is not None:
        listed = next(each for each in world.settings.file_lists if each.id == list_id)
        weekly = digest(OWNER, [Week(listed=listed, then=thought.level, now=thought)], at=now, now=now)
        if weekly is not None:
            made.append(("weekly", weekly, ()))
    for kind, notice, members in made:
        yield from _parts(f"mail {kind} of {list_id}", notice, now, language, members=members)


def _parts(
    name: str, notice: Notice, now: datetime, language: str, *, members: Sequence[Notice] = ()
) -> Iterator[Source]:
    message = compose(notice, sender="staysub@example.org", now=now, members=members, language=language)
    text, html = message.iter_parts()
    yield Source(f"{name}, subject", (str(message["Subject"]),))
    yield Source(f"{name}, text", tuple(_paragraphs(text.get_content())))
    yield Source(f"{name}, HTML", tuple(Shown(html.get_content()).pieces))


def _letters(world: World, list_id: str, language: str) -> Iterator[Source]:
    thought = world.store.outcomes.assessment(list_id)
    if thought is None:
        return
    evidence = (str(dict(each.evidence)) for each in thought.findings)
    quoted = frozenset(re.findall(r"[A-Za-z]+", " ".join((*evidence, *(each.title for each in PAGES)))))
    for one in letters_about(thought, world.rules, language):
        yield Source(f"letter to {one.reader} of {list_id}", (one.subject, *_paragraphs(one.text)), quoted)


def _paragraphs(text: str) -> Iterator[str]:
    """Pieces of a text; without what is quoted further in, such as replies and records."""
    lines = [line for line in text.split("\n") if not line.startswith("    ")]
    yield from (" ".join(each.split()) for each in "\n".join(lines).split("\n\n") if each.strip())


def data_of(world: World) -> frozenset[str]:
    """Words of the lists themselves."""
    said = " ".join([*WANTED, *(each.address for each in world.settings.file_lists)])
    called = " ".join(world.rules.receiver_name(each.id) or "" for each in world.rules.receivers)
    return frozenset(re.findall(r"[A-Za-z]+", f"{said} {called}")) | {"ann", "known", "memory", "GNU"}


def main(wanted: str = "") -> None:
    """Print what bypasses."""
    with every_kind() as world, pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor.tongue.voice, "catalogue", lambda _language: Pseudo())
        told: set[str] = set()
        for source in sources(world, SPOKEN):
            if wanted not in source.name:
                continue
            found = [each for each in source.bypassing(data_of(world)) if each not in told]
            told.update(found)
            for each in found:
                sys.stdout.write(f"{source.name}: {each[:200]}\n")
        sys.stdout.write(f"{len(told)} pieces bypass the catalogues\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
