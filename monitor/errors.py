"""What keeps us from working. What we learn about the world is never an exception: it is a value.

StaysubError            one sentence for people, no traceback
├── ConfigError         the configuration is wrong: every fault at once
├── UsageError          a command was called wrongly
├── Unavailable         something we need did not answer; trying again may help; `reason` is stable
│   ├── DnsUnavailable      no name server gave a usable answer
│   ├── StoreUnavailable    Redis is away
│   └── RelayUnavailable    an SMTP server did not take a message now
├── OutOfFiles          this process or machine may open no more files; nobody else has to do with it
├── Refused             the other side said no for good; trying again will not help
├── InvalidToken        a token is forged, foreign or expired
└── Unparsable          bytes from outside that are not what they claim to be
"""

from collections.abc import Callable


class StaysubError(Exception):
    """Base of all. `str()` is one sentence that says what to do."""

    @property
    def sentence(self) -> str:
        """The same as a phrase, where it was made of one, for pages: `str()` gives its English."""
        said: str = self.args[0] if self.args else ""
        return said


class ConfigError(StaysubError):
    """The configuration cannot be used.

    `faults` holds (place, sentence) pairs: the place is a key path such as `list[0].outbound[1]`, or `line 7`;
    the sentence says what would be right. `told` has the same with each place as people find it, in the words that
    `places` gives for it: `list "ipv6-ops", line 41, outbound[1]`.
    """

    def __init__(
        self, source: str, faults: list[tuple[str, str]], places: Callable[[str], str] = lambda place: place
    ) -> None:
        self.source = source
        self.faults = faults
        self.told = [(places(place), sentence) for place, sentence in faults]
        self.lines = [
            f"{source}: {place}: {sentence}" if place else f"{source}: {sentence}" for place, sentence in self.told
        ]
        super().__init__("\n".join(self.lines))


class UsageError(StaysubError):
    """A command was called wrongly; the command line exits with 64 (sysexits.h EX_USAGE)."""


class Unavailable(StaysubError):
    """Something we need did not answer. `reason` is a stable word fit for a metric label."""

    def __init__(self, message: str, *, reason: str) -> None:
        self.reason = reason
        super().__init__(message)


class DnsUnavailable(Unavailable):
    """No name server gave a usable answer: timeout, SERVFAIL, REFUSED, no network. Never "no record"."""


class StoreUnavailable(Unavailable):
    """Redis cannot be reached or cannot take writes."""


class RelayUnavailable(Unavailable):
    """An SMTP server could not be reached or answered 4yz (RFC 5321 section 4.2.1)."""


class OutOfFiles(StaysubError):
    """No more files may be opened, and each connection is one. Nothing was learnt about whoever was to be spoken to."""

    def __init__(self) -> None:
        super().__init__("Staysub may open no more files; raise the limit (LimitNOFILE= of the unit, ulimit -n).")


class Refused(StaysubError):
    """The other side refused for good, such as SMTP 5yz (RFC 5321 section 4.2.1). `reply` is its text."""

    def __init__(self, message: str, *, reply: str = "") -> None:
        self.reply = reply
        super().__init__(message)


class InvalidToken(StaysubError):
    """A token is forged, foreign or expired. `reason` is one of `malformed`, `forged`, `expired`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The token is {reason}.")


class Unparsable(StaysubError):
    """Bytes from outside that are not what they claim to be."""
