"""What is wrong with a term by the grammar, in words. Pure.

The sentence is made where somebody reads it: a hostile record holds thousands of such terms, and one is told.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, NamedTuple

from monitor.phrase.phrase import Phrase, say

_SHOWN: Final = 140  # characters of a term in a sentence

Kind = Literal[
    "twice",
    "no mechanism",
    "unknown mechanism",
    "a value",
    "no domain",
    "no address",
    "no IPv4",
    "no IPv6",
    "lengths",
    "a length",
    "long prefix",
    "no domain name",
    "invisible",
    "no macro",
]


class Wrong(NamedTuple):
    """What is wrong, and with what."""

    kind: Kind
    what: str = ""

    @property
    def sentence(self) -> Phrase:
        """In a sentence without its full stop."""
        return _SENTENCES[self.kind](self.what[:_SHOWN])


_SENTENCES: Final[Mapping[Kind, Callable[[str], Phrase]]] = {
    "twice": lambda name: say("`{name}=` may stand only once", name=name),
    "no mechanism": lambda term: say("`{term}` is no mechanism", term=term),
    "unknown mechanism": lambda name: say("There is no mechanism `{name}`", name=name),
    "a value": lambda name: say("`{name}` takes no value", name=name),
    "no domain": lambda term: say("`{term}` names no domain", term=term),
    "no address": lambda name: say("`{name}` needs an address after a colon", name=name),
    "no IPv4": lambda value: say("`{value}` is no IPv4 address or network", value=value),
    "no IPv6": lambda value: say("`{value}` is no IPv6 address or network", value=value),
    "lengths": lambda name: say("`{name}` takes prefix lengths as `/24` or `/24//64`", name=name),
    "a length": lambda name: say("`{name}` takes no prefix length", name=name),
    "long prefix": lambda _: say("A prefix length goes up to 32 for IPv4 and 128 for IPv6"),
    "no domain name": lambda text: say("`{text}` is no domain name", text=text),
    "invisible": lambda _: say("Only visible ASCII characters may stand here"),
    "no macro": lambda text: say("`{text}` is no macro", text=text),
}
