"""What kind of address one is that means something else than one host on the internet, as people read it. Pure."""

from typing import Final

from monitor.phrase.phrase import Phrase, say, word

_AN_ADDRESS: Final = {
    "unspecified": say("an unspecified address"),
    "private": say("a private address"),
    "shared": say("a shared address"),
    "loopback": say("a loopback address"),
    "link-local": say("a link-local address"),
    "reserved": say("a reserved address"),
    "documentation": say("a documentation address"),
    "tunnel": say("a tunnel address"),
    "benchmarking": say("a benchmarking address"),
    "multicast": say("a multicast address"),
}
_ALONE: Final = {
    "unspecified": word("kind of an IP address", "unspecified"),
    "private": word("kind of an IP address", "private"),
    "shared": word("kind of an IP address", "shared"),
    "loopback": word("kind of an IP address", "loopback"),
    "link-local": word("kind of an IP address", "link-local"),
    "reserved": word("kind of an IP address", "reserved"),
    "documentation": word("kind of an IP address", "documentation"),
    "tunnel": word("kind of an IP address", "tunnel"),
    "benchmarking": word("kind of an IP address", "benchmarking"),
    "multicast": word("kind of an IP address", "multicast"),
}
_PUBLIC: Final = say("a public address")


def special_address(kind: str | None) -> Phrase:
    """By the stable word for it: `a private address`."""
    return _AN_ADDRESS.get(kind or "", _PUBLIC)


def special_kind(kind: str | None) -> Phrase:
    """The word alone, of an address: `private`."""
    return _ALONE.get(kind or "", _PUBLIC)
