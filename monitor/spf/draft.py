"""What an owner's SPF records were meant to say, as one record to begin with, before DNS is asked about it. Pure.

Faults that can be told from the text alone are mended here: terms that cannot be read, several records, a `redirect`
beside an `all`, terms behind an `all`, what is said twice, `ptr`, addresses that are not public, `+all`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from monitor.model.special_addresses import can_be_named
from monitor.spf.misspelt import as_meant
from monitor.spf.record import VERSION, Term, parse

UNDECIDED: Final = "~all"  # how a record ends where its owner's records end differently, or somebody cannot be named


class Drafts(NamedTuple):
    """Records to begin with, the one nearest to what was meant first."""

    texts: tuple[str, ...]
    moved: frozenset[str]  # mechanisms that count only if they name somebody: from behind an `all`, where they are
    # never looked at (RFC 7208 section 5.1), and hosts that are guessed from a bare name


def drafts(records: Sequence[str]) -> Drafts:
    """The drafts made of these records: the same whatever order DNS gave them in."""
    read = [_as_meant(record) for record in sorted(records)]
    terms = read[0] if len(read) == 1 else _merged(read)
    texts = dict.fromkeys(joined(VERSION, *(term.text for term in each)) for each in _untangled(terms))
    published = {term.text for record in records for term in parse(record).terms}
    guessed = (term.text for each in read for term in each if term.name == "a" and term.text not in published)
    moved = (term.text for each in read for term in each[_end(each) :] if not term.modifier and term.name != "all")
    return Drafts(tuple(texts), frozenset((*moved, *guessed)))


def tidy(text: str) -> str:
    """The record without what no record should say; what remains is as its owner wrote it.

    Nothing stands twice, no `ptr` (RFC 7208 section 5.5), no address that is not public, nobody let in by `+all`.
    """
    kept: dict[str, str] = {}
    for term in parse(text).terms:
        if term.error is None and term.name != "ptr" and (term.network is None or can_be_named(term.network)):
            once = "all" if term.name == "all" else term.text.lower().removeprefix("+")
            kept.setdefault(once, "-all" if term.name == "all" and term.qualifier == "+" else term.text)
    return joined(VERSION, *kept.values())


def closed(text: str) -> str:
    """The record ended by `-all` where nothing ends it, so that it says something of everybody else."""
    record = parse(text)
    return text if record.all is not None or record.redirect is not None else f"{text} -all"


def strict(text: str) -> str:
    """The record with its `?all` made `-all`."""
    ending = parse(text).all
    if ending is None or ending.qualifier != "?":
        return text
    return f"{text[: ending.position]}-all{text[ending.position + len(ending.text) :]}"


def in_front(text: str, mechanisms: Iterable[str]) -> str:
    """The record with these mechanisms first; whatever it said of the same addresses alone goes."""
    wanted = list(dict.fromkeys(mechanisms))
    named = {term.network for term in parse(joined(VERSION, *wanted)).terms}
    rest = (term.text for term in parse(text).terms if term.network is None or term.network not in named)
    return joined(VERSION, *wanted, *rest)


def joined(*words: str) -> str:
    """The words with a space between them."""
    return " ".join(words)


def _as_meant(text: str) -> list[Term]:
    """The terms of a record as they were meant, without those of which nobody can tell."""
    return [term for term in parse(as_meant(parse(text))).terms if term.error is None]


def _merged(records: Sequence[Sequence[Term]]) -> list[Term]:
    """The terms of several records as one: the mechanisms of all, their common ending, a `redirect` as an `include`.

    An `include` says the same as a `redirect` of whoever passes (RFC 7208 section 5.2).
    """
    endings = {term.text.lower() for terms in records for term in terms if term.name == "all"}
    ending = () if not endings else (endings.pop() if len(endings) == 1 else UNDECIDED,)
    rest: list[str] = []
    for terms in records:
        counting = (*terms[: _end(terms)], *(each for each in terms[_end(terms) :] if each.modifier))
        rest += [f"include:{term.value}" if term.name == "redirect" else term.text for term in counting]
    once = dict.fromkeys((*rest, *ending))
    seen: set[str] = set()
    merged = []
    for term in parse(joined(VERSION, *once)).terms:
        if term.error is None and not (term.name == "exp" and "exp" in seen):
            merged.append(term)
            seen.add(term.name)
    return merged


def _end(terms: Sequence[Term]) -> int:
    """The place of the `all`; behind the last term where there is none."""
    return next((place for place, term in enumerate(terms) if term.name == "all"), len(terms))


def _untangled(terms: Sequence[Term]) -> Iterator[list[Term]]:
    """The terms with an `all` at the end of the mechanisms, and none beside a `redirect`.

    With a `redirect` the `all` goes first: it alone keeps the redirect from being followed (section 6.1). What follows
    an `all` is never looked at (section 5.1): it is moved in front, or else left out.
    """
    ending = next((term for term in terms if term.name == "all"), None)
    if ending is None:
        yield list(terms)
        return
    if any(term.name == "redirect" for term in terms):
        yield [term for term in terms if term.name != "all"]
    place = terms.index(ending)
    front, after = (
        [term for term in part if term.name not in {"all", "redirect"}] for part in (terms[:place], terms[place:])
    )
    modifiers = [term for term in after if term.modifier]
    behind = [term for term in after if not term.modifier and term.qualifier == "+"]
    yield [*front, *behind, ending, *modifiers]
    yield [*front, ending, *modifiers]
