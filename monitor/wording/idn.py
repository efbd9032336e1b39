"""Names of domains beyond ASCII, as people read them. Pure."""

from typing import Final

_ACE: Final = "xn--"  # RFC 5890 section 2.3.2.5


def u_labels(domain: str) -> str:
    """The name with its A-labels decoded (RFC 3492), as it stands where one cannot be, or has no letters to show."""
    return ".".join(map(_decoded, domain.split(".")))


def readable(domain: str) -> str:
    """The name as it is spoken, with what stands in DNS beside it: letters of several scripts look alike."""
    spoken = u_labels(domain)
    return domain if spoken == domain else f"{spoken} ({domain})"


def _decoded(label: str) -> str:
    if not label.startswith(_ACE):
        return label
    try:
        said = label.removeprefix(_ACE).encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label
    return said if said.isprintable() and not said.isascii() and not any(map(str.isspace, said)) else label
