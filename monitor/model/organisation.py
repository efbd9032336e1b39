"""Which organisation a host's name belongs to, by rule of thumb."""

from typing import Final

# Second-level labels under which a country's registry sells names: example.co.uk is an organisation, co.uk is none.
_REGISTRY_LABELS: Final = frozenset({"ac", "co", "com", "edu", "gov", "go", "mil", "ne", "net", "or", "org"})


def organisation(host: str) -> str:
    """The part of a host's name that an organisation registers; "" for an address or a bare word.

    Two labels, or three under a country's registry. No list of public suffixes is asked: the answer only joins hosts of
    one organisation, and decides nothing about mail.
    """
    labels = host.strip(".").lower().split(".")
    if len(labels) < 2 or labels[-1].isdigit() or ":" in host:
        return ""
    size = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _REGISTRY_LABELS else 2
    return ".".join(labels[-size:])
