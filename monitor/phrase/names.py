"""Names that are several, as data files have them: each language puts its own "and" between them."""

from monitor.phrase.phrase import listed


def several_in(name: str) -> str:
    """`Yahoo and AOL` as the list that it is; a single name as it stands."""
    before, comma, last = name.rpartition(" and ")
    return listed((*before.split(", "), last)) if comma else name
