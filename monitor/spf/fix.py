"""The record to publish: proposals from the smallest change to the largest. Pure; the gate tries them one by one.

What the owner wrote is kept as far as it can be. Addresses are put first: terms are read from left to right (RFC 7208
section 4.6.2), so that they match before any other term costs a lookup or breaks a limit.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, islice
from typing import Final

from monitor.model.dns import IpAddress, IpNetwork
from monitor.model.special_addresses import can_be_named
from monitor.spf.draft import UNDECIDED, in_front, joined
from monitor.spf.limits import LOOKUP_LIMIT, NAME_LIMIT
from monitor.spf.record import VERSION
from monitor.spf.tree import Branch, Node

STRING_OCTETS_MAX: Final = 255  # a character-string's longest, RFC 1035 section 3.3
_VOIDED: Final = {"a", "mx"}  # mechanisms whose lookups can be void over one family alone
NETWORKS_MAX: Final = 30  # networks that one term is replaced by; more would make the record unreadable
LOOKED_AT_MAX: Final = 1000  # ways of replacing includes that are looked at
TRIED_MAX: Final = 64  # ways of replacing includes that are tried: a record with more includes is its owner's to part


def proposals(tree: Node, refused: Sequence[IpAddress], moved: Collection[str] = ()) -> Iterator[str]:
    """Records to try, the smallest change first: as drafted, with void hosts spelt out, with includes spelt out.

    `tree` is that of a draft; `refused` are the addresses that do not pass as things are; `moved` are terms that the
    draft has from behind its `all`, and which are kept only if they name somebody.
    """
    kept = [
        branch
        for branch in tree.branches
        if not (_dead(branch) or _names_hidden(branch) or (branch.term.text in moved and not _names(branch)))
    ]
    # What is broken further down is not the owner's to mend: only leaving it out is.
    whole = [branch for branch in kept if branch.node is None or not _broken(branch.node)]
    ended = any(branch.term.name in {"all", "redirect"} for branch in whole)
    ending = [] if ended or len(whole) == len(kept) else [UNDECIDED]  # whom it named sends still, and is not known
    kept = whole
    as_drafted = [branch.term.text for branch in kept]
    without_void = [
        text for branch in kept for text in _spelt_out(branch, _VOIDED if _costs_too_much(branch) else set())
    ]
    own_hosts = [text for branch in kept for text in _spelt_out(branch, _VOIDED)]
    yield from _distinct([[*texts, *ending] for texts in (as_drafted, without_void, own_hosts)])
    wanted = [mechanism(address) for address in refused]
    yield from dict.fromkeys(in_front(joined(VERSION, *texts, *ending), wanted) for texts in _fewer_includes(kept))


def _fewer_includes(kept: Sequence[Branch]) -> Iterator[list[str]]:
    """The terms with ever more includes spelt out: one, two, at last all; of equals what adds least text first.

    What would still cost more lookups than are allowed is not worth trying (RFC 7208 section 4.6.4).
    """
    spelt = {place: _spelt_out(branch, {"a", "mx", "include"}) for place, branch in enumerate(kept)}
    includes = [
        place
        for place, branch in enumerate(kept)
        if branch.term.name == "include" and spelt[place] != [branch.term.text]
    ]
    includes.sort(key=lambda place: sum(map(len, spelt[place])))
    too_many = sum(branch.lookups for branch in kept) - _of_hosts(kept) - LOOKUP_LIMIT
    saved = sorted((kept[place].lookups for place in includes), reverse=True)
    fewest = next((size for size in range(1, len(saved)) if sum(saved[:size]) >= too_many), len(saved))
    chosen = (each for size in range(fewest, len(saved) + 1) for each in combinations(includes, size))
    enough = (each for each in islice(chosen, LOOKED_AT_MAX) if sum(kept[at].lookups for at in each) >= too_many)
    for some in (*islice(enough, TRIED_MAX), tuple(includes)):
        for hosts_too in (False, True):
            yield [
                text
                for place, branch in enumerate(kept)
                for text in (
                    spelt[place]
                    if place in some or (hosts_too and branch.term.name != "include")
                    else [branch.term.text]
                )
            ]


def _of_hosts(kept: Sequence[Branch]) -> int:
    """How many lookups their hosts cost, which may be spelt out as well."""
    return sum(branch.lookups for branch in kept if branch.term.name in _VOIDED)


def _distinct(proposed: Sequence[Sequence[str]]) -> Iterator[str]:
    yield from dict.fromkeys(joined(VERSION, *terms) for terms in proposed)


def leads_nowhere(tree: Node) -> bool:
    """Whether the record has a `redirect` that only breaks it."""
    return any(branch.term.name == "redirect" and breaks(branch) for branch in tree.branches)


def breaks(branch: Branch) -> bool:
    """Whether the term breaks the record by what is behind it, or is not."""
    return _dead(branch) or (branch.node is not None and _broken(branch.node))


def _dead(branch: Branch) -> bool:
    """Whether the term only breaks the record: it leads nowhere or in a circle."""
    node = branch.node
    return node is not None and node.trouble is None and (node.loop or node.records == ())


def _names_hidden(branch: Branch) -> bool:
    """Whether the hosts of an `a` or `mx` have only addresses, or lie in networks, that no record may name."""
    return bool(branch.networks) and not any(map(can_be_named, branch.networks))


def _names(branch: Branch) -> bool:
    """Whether the term lets anybody pass, as far as that can be told."""
    if branch.node is not None:
        return any(branch.node.authorised())
    return bool(branch.networks) or branch.term.name not in _VOIDED or "%" in branch.term.text


def _broken(node: Node) -> bool:
    """Whether a record further down ends every check that reaches its fault in a permanent error."""
    return node.trouble is None and (
        node.loop
        or node.record is None
        or any(
            branch.term.error is not None or (branch.node is not None and _broken(branch.node))
            for branch in node.branches
        )
    )


def _costs_too_much(branch: Branch) -> bool:
    """Whether the term's lookups find nothing, or are more than one term may cost (RFC 7208 section 4.6.4)."""
    return branch.void4 > 0 or branch.void6 > 0 or branch.exchanges > NAME_LIMIT


def _spelt_out(branch: Branch, kinds: set[str]) -> list[str]:
    """The networks behind a term instead of it, where they are known and few; else the term."""
    if branch.term.name not in kinds or branch.term.qualifier != "+":
        return [branch.term.text]
    if branch.node is None:
        networks = branch.networks
    elif not _can_be_spelt_out(branch.node):
        return [branch.term.text]
    else:
        networks = (*branch.node.authorised()[0], *branch.node.authorised()[1])
    if branch.trouble is not None or len(networks) > NETWORKS_MAX:
        return [branch.term.text]
    return [network_term(network) for network in sorted(networks, key=_order) if can_be_named(network)]


def _order(network: IpNetwork) -> tuple[int, int, int]:
    """Sorts IPv4 first, then by number: the order of DNS answers says nothing."""
    return network.version, int(network.network_address), network.prefixlen


def _can_be_spelt_out(node: Node) -> bool:
    """Whether the networks behind an include say all that it says: nothing depends on the mail or is taken back."""
    return (
        node.record is not None
        and not node.loop
        and all(
            branch.trouble is None
            and branch.term.error is None
            and (
                (branch.term.qualifier != "+")
                if branch.term.name == "all"
                else branch.term.qualifier == "+"
                and branch.term.name not in {"ptr", "exists"}
                and "%" not in branch.term.text
            )
            and (branch.node is None or _can_be_spelt_out(branch.node))
            for branch in node.branches
        )
    )


def mechanism(address: IpAddress) -> str:
    """`ip4:` or `ip6:` for one address (RFC 7208 section 5.6)."""
    return f"ip{address.version}:{address}"


def network_term(network: IpNetwork) -> str:
    """The same for a network."""
    whole = network.prefixlen == network.max_prefixlen
    return mechanism(network.network_address) if whole else f"ip{network.version}:{network}"


def strings(value: str) -> tuple[str, ...]:
    """The value as the character-strings of a TXT record, which receivers join again without spaces (section 3.3)."""
    return tuple(value[i : i + STRING_OCTETS_MAX] for i in range(0, len(value), STRING_OCTETS_MAX))


def as_zone_file(value: str) -> str:
    """The value as a zone file has it: each string in quotes."""
    return " ".join('"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"' for part in strings(value))
