"""A change in DNS in words: of what, what became of it, and between when and when. Pure.

A sentence for each of both, since languages put them together in ways of their own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from monitor.model.dns import About, DnsFact
from monitor.phrase.phrase import Phrase, When, say


def change_told(old: DnsFact, new: DnsFact, *, name: str, since: When, until: When) -> Phrase:
    """The change as a sentence without its full stop."""
    parts = {"name": name, "since": since, "until": until}
    if new.about is About.DKIM:
        return _of_key(old.answers, new.answers, parts)
    did = 0 if not old.answers else 1 if not new.answers else 2
    return _TOLD[new.about](parts | {"type": new.rrtype})[did]


# Published, gone, changed.
_TOLD: Final[Mapping[About, Callable[[Mapping[str, str]], tuple[Phrase, Phrase, Phrase]]]] = {
    About.PTR: lambda parts: (
        say("The reverse name of {name} was published between {since} and {until}", **parts),
        say("The reverse name of {name} has gone between {since} and {until}", **parts),
        say("The reverse name of {name} was changed between {since} and {until}", **parts),
    ),
    About.DMARC: lambda parts: (
        say("The DMARC record that holds for {name} was published between {since} and {until}", **parts),
        say("The DMARC record that holds for {name} has gone between {since} and {until}", **parts),
        say("The DMARC record that holds for {name} was changed between {since} and {until}", **parts),
    ),
    About.MX: lambda parts: (
        say("The mail hosts (MX) of {name} were published between {since} and {until}", **parts),
        say("The mail hosts (MX) of {name} have gone between {since} and {until}", **parts),
        say("The mail hosts (MX) of {name} were changed between {since} and {until}", **parts),
    ),
    About.ADDRESS: lambda parts: (
        say("The {type} records of {name} were published between {since} and {until}", **parts),
        say("The {type} records of {name} have gone between {since} and {until}", **parts),
        say("The {type} records of {name} were changed between {since} and {until}", **parts),
    ),
}


def _of_key(old: Sequence[str], new: Sequence[str], parts: Mapping[str, str]) -> Phrase:
    """What became of a key whose record is another one."""
    if not old:
        return say("The DKIM key at {name} was published between {since} and {until}", **parts)
    if not new:
        return say("The DKIM key at {name} has gone between {since} and {until}", **parts)
    before, now = (_tags(each) for each in (old, new))
    if before.get("p") != now.get("p"):
        if not now.get("p"):
            return say("The DKIM key at {name} was revoked between {since} and {until}", **parts)
        if not before.get("p"):
            return say("The DKIM key at {name} was published again between {since} and {until}", **parts)
        return say("The DKIM key at {name} was replaced between {since} and {until}", **parts)
    was, tests = ("y" in each.get("t", "").split(":") for each in (before, now))
    if tests and not was:
        return say("The DKIM key at {name} was put into testing mode (t=y) between {since} and {until}", **parts)
    if was and not tests:
        return say("The DKIM key at {name} left testing mode (t=y) between {since} and {until}", **parts)
    return say("The DKIM key at {name} was changed, the key itself not, between {since} and {until}", **parts)


def _tags(records: Sequence[str]) -> dict[str, str]:
    pairs = (part.partition("=") for part in "; ".join(records).split(";"))
    return {name.strip(): "".join(said.split()) for name, equals, said in pairs if equals}
