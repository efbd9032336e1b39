"""The text of a bounce taken apart by the recipients that it speaks of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.trace.addresses import FAULT, Mention
from monitor.trace.quoted import first_reply
from monitor.trace.reasons import TEXT_CHARS_MAX, has_words, reason_in, tells_why


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """What the text says of one recipient."""

    recipient: str
    own: tuple[str, ...]  # from each place where it begins to speak of this one to where it speaks of another
    shared: str = ""  # what follows a list of several recipients that stand together
    before: str = ""  # what stands in front, since the recipient before


def passages_of(text: str, mentions: Sequence[Mention]) -> Iterator[Passage]:
    """One a recipient, of all its mentions."""
    mentions = [each for at, each in enumerate(mentions) if not at or not _same(each, mentions[at - 1])]
    starts = [each.start for each in mentions] + [len(text)]
    tails = [text[each.end : max(starts[at + 1], each.end)] for at, each in enumerate(mentions)]
    fronts = [
        text[mentions[at - 1].end if at else 0 : each.start][-TEXT_CHARS_MAX:] for at, each in enumerate(mentions)
    ]
    # A list of names shares what stands in front of its first one, and what follows its last one.
    before = _carried(fronts)
    shared = _carried([tail[:TEXT_CHARS_MAX] for tail in reversed(tails)])[::-1]
    gathered: dict[str, Passage] = {}
    for at, each in enumerate(mentions):
        key, said = each.address.lower(), _own(text, each, tails[at])
        known = gathered.get(key, Passage(recipient=each.address, own=(), shared=shared[at], before=before[at]))
        gathered[key] = replace(known, own=(*known.own, said))
    for passage in gathered.values():
        yield replace(passage, shared="") if any(map(has_words, passage.own)) else passage


def _carried(texts: Sequence[str]) -> list[str]:
    """The texts, each that says nothing replaced by the one before it."""
    found: list[str] = []
    for text in texts:
        found.append(text if not found or has_words(text) else found[-1])
    return found


def _same(mention: Mention, before: Mention) -> bool:
    return mention.address.lower() == before.address.lower()


def _own(text: str, mention: Mention, tail: str) -> str:
    """What follows the name; the whole of its line where something is said in front of it."""
    head = text[mention.start : mention.end]
    if mention.leading or (has_words(tail) and not FAULT.search(head.replace(mention.address, ""))):
        return tail
    return head + tail


def are_reasons_first(text: str, mentions: Sequence[Mention]) -> bool:
    """Whether the reason stands in front of the first recipient's name, and behind the last one's none."""
    front, behind = text[: mentions[0].start], text[mentions[-1].end :]
    if any(first_reply(text[each.start : each.end]) for each in mentions):
        return False
    if first_reply(behind):
        return False
    if first_reply(front):
        return True
    said = reason_in(behind, last=False)
    return said is None or (not tells_why(said) and tells_why(reason_in(front, last=True) or ""))
