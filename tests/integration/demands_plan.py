"""What the matrix of demands is made of: lists by what they do to From, authors by DMARC, ways to send, DNS."""

import base64
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.integration.opendkim import SELECTOR

DOMAIN: Final = "lists.example.org"
HELO: Final = f"mail.{DOMAIN}"
VANTAGE: Final = "v6.probe.example.org"
JUDGE: Final = "judge.example.net"
LIST_HOST, JUDGE_HOST, WATCH_HOST = "2001:db8:25::25", "2001:db8:99::25", "2001:db8:53::53"
UNCOVERED = "2001:db8:25::26"  # of the list's host too, and not in its SPF record
NAMELESS = "2001:db8:25::27"  # likewise, and without a PTR
MAILMAN, SYMPA = "mailman3", "sympa"


class Subject(NamedTuple):
    """A list of the matrix: whose software it is, what that does to From, and whose posts it has."""

    manager: str
    treated: str  # a key of FROM
    author: str  # a key of AUTHORS

    @property
    def name(self) -> str:
        """Its id, and the local part of its address."""
        return f"{self.manager}-{self.treated}-{self.author}"

    @property
    def has_own_from(self) -> bool:
        """Whether its posts leave with the list's address in From, by what the managers' documentation says."""
        return self.treated == "always" or (self.treated == "where-asked" and self.author == "strict")

    @property
    def author_domain(self) -> str:
        """The domain in From as a post leaves the list."""
        return DOMAIN if self.has_own_from else f"{self.author}.example"


# What each list does to From: Mailman's settings (dmarc_mitigate_action, dmarc_mitigate_unconditionally), and Sympa's
# (dmarc_protection.mode).
FROM: Final[Mapping[str, tuple[Mapping[str, object], str]]] = {
    "kept": ({"dmarc_mitigate_action": "no_mitigation"}, "none"),
    "where-asked": ({"dmarc_mitigate_action": "munge_from"}, "dmarc_reject"),
    "always": ({"dmarc_mitigate_action": "munge_from", "dmarc_mitigate_unconditionally": True}, "all"),
}
AUTHORS: Final[Mapping[str, str | None]] = {  # by the name of their domain, its DMARC record
    "silent": None,
    "watching": "v=DMARC1; p=none",
    "strict": "v=DMARC1; p=reject",
}


# Whose posts each manager's lists have: Sympa is here for its signatures and modes alone.
WHOSE: Final = {MAILMAN: tuple(AUTHORS), SYMPA: ("strict",)}


class Way(NamedTuple):
    """How a list's mail is sent."""

    signed: str = (
        "all"  # by OpenDKIM: "no"; "usual", as it does by itself; "all", List-Unsubscribe-Post too. Or "sympa"
    )
    tls: bool = True
    source: str = LIST_HOST  # the address that it is sent from

    @property
    def name(self) -> str:
        """In one word, for Message-IDs."""
        return f"{self.signed}.{'tls' if self.tls else 'plain'}.{self.source.rpartition(':')[2]}"


BY_SYMPA: Final = Way("sympa")
WAYS: Final[Mapping[Way, str]] = {  # with whose lists' mail goes that way
    Way("no"): MAILMAN,
    Way("no", tls=False): MAILMAN,
    Way("usual"): MAILMAN,
    Way("all"): MAILMAN,
    Way("all", tls=False): MAILMAN,
    Way("all", source=UNCOVERED): MAILMAN,
    Way("no", source=UNCOVERED): MAILMAN,
    Way("all", source=NAMELESS): MAILMAN,
    BY_SYMPA: SYMPA,
}


def subjects(*managers: str) -> list[Subject]:
    """All lists of these managers."""
    return [Subject(each, treated, author) for each in managers for treated in FROM for author in WHOSE[each]]


CONFIGURATION: Final = f"""
data_dir = "{{folder}}"
[redis]
url = "{{redis}}"
[dns]
nameservers = ["[{WATCH_HOST}]:53"]
[receiver]
domain = "{VANTAGE}"
hostname = "receiver.example.org"
listen = "[::]:25"
tls_certificate = "{{folder}}/cert.pem"
tls_key = "{{folder}}/key.pem"
[notices]
from = "staysub@example.org"
relay = "smtp://localhost:25"
"""
LIST: Final = f"""
[[list]]
id = "{{name}}"
address = "{{name}}@{DOMAIN}"
reverse_path = "{{name}}-{{bounces}}@{DOMAIN}"
helo = "{HELO}"
outbound = ["{LIST_HOST}"]
owners = ["owner@example.org"]
manager = "{{manager}}"
mta = "postfix"
"""
BOUNCES: Final = {MAILMAN: "bounces", SYMPA: "owner"}
# Posts a day of each list, and its subscribers at each receiver. All lists together are still few anywhere, or each of
# them is much by itself; without counts nobody knows.
COUNTS: Final[Mapping[str, tuple[int, int] | None]] = {"no": (1, 10), "yes": (12, 600), "unknown": None}
AT: Final = ("gmail.com", "outlook.com", "yahoo.com", "microsoft.com")


def configured(lists: Sequence[Subject], *, bulk: str = "unknown") -> str:
    """The lists' part of the configuration, with those of COUNTS."""
    counted = ""
    if (counts := COUNTS[bulk]) is not None:
        each = ", ".join(f'"{domain}" = {counts[1]}' for domain in AT)
        counted = f"messages_per_day = {counts[0]}\nsubscribers = {{{each}}}\n"
    return "".join(
        LIST.format(name=one.name, manager=one.manager, bounces=BOUNCES[one.manager]) + counted for one in lists
    )


def zones(keys: Mapping[str, RSAPrivateKey]) -> Mapping[str, Mapping[str, Sequence[Any]]]:
    """All of DNS; `keys` are those of the list's domain (as "list") and of the authors'."""
    return {
        DOMAIN: {"TXT": [f"v=spf1 ip6:{LIST_HOST} ip6:{NAMELESS} -all"], "MX": [(10, HELO)]},
        HELO: {"AAAA": [LIST_HOST, UNCOVERED], "TXT": ["v=spf1 a -all"]},
        **{ip_address(each).reverse_pointer: {"PTR": [HELO]} for each in (LIST_HOST, UNCOVERED)},
        f"_dmarc.{DOMAIN}": {"TXT": ["v=DMARC1; p=none"]},
        f"{SELECTOR}._domainkey.{DOMAIN}": {"TXT": [_published(keys["list"])]},
        VANTAGE: {"MX": [(10, "receiver.example.org")]},
        "receiver.example.org": {"AAAA": [WATCH_HOST]},
        JUDGE: {"MX": [(10, f"mx.{JUDGE}")]},
        f"mx.{JUDGE}": {"AAAA": [JUDGE_HOST]},
        **{f"_dmarc.{each}.example": {"TXT": [record]} for each, record in AUTHORS.items() if record is not None},
        **{f"author._domainkey.{each}.example": {"TXT": [_published(keys[each])]} for each in AUTHORS},
        **{f"{each}.example": {"MX": [(10, "receiver.example.org")]} for each in AUTHORS},
    }


def private(key: RSAPrivateKey) -> bytes:
    """A key as signers read it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _published(key: RSAPrivateKey) -> str:
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(octets).decode()}"
