"""Domain names: the form they are compared in, what can be in DNS at all, and internationalised ones as A-labels."""

import re
from functools import lru_cache

from monitor.errors import Unparsable

MAX_LABEL_BYTES = 63  # RFC 1035 section 2.3.4
MAX_NAME_BYTES = 255  # likewise, with the length octets and the root
_PLAIN = re.compile(r"[A-Za-z0-9_.-]*\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?\Z")
_PLAIN_OCTETS = re.compile(rb"[A-Za-z0-9_.-]*\Z")
_PLAIN_LABEL = re.compile(r"[A-Za-z0-9_-]*\Z")
_HOSTNAME_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\Z")


class InvalidName(Unparsable):
    """Text that is no domain name."""


@lru_cache(maxsize=16384)
def normal(name: str) -> str:
    """The form to compare by: ASCII lower case (RFC 4343), without trailing dot, escaped as little as can be.

    A name that cannot be in DNS is only lowered and left without trailing dot.
    """
    if _PLAIN.match(name):
        return name.removesuffix(".").lower()
    labels = labels_of(name)
    return name.removesuffix(".").lower() if labels is None else from_labels(labels)


@lru_cache(maxsize=16384)
def is_valid(name: str) -> bool:
    """Whether the name can be in DNS: no empty label, none over 63 octets, no more than 255 in all."""
    if len(name) < MAX_NAME_BYTES - 1 and _PLAIN_NAME.match(name):
        return True  # the usual case, without taking it apart
    return labels_of(name) is not None


def labels_of(name: str) -> tuple[bytes, ...] | None:
    r"""The labels as octets, `\.` and `\DDD` undone (RFC 1035 section 5.1); None where it can be no name in DNS."""
    if "\\" in name or not name.isascii():
        try:
            labels = _escaped(name.removesuffix(".") if not name.endswith("\\.") else name)
        except ValueError:
            return None
    else:
        labels = tuple(name.removesuffix(".").encode("ascii").split(b"."))
    size = 1
    for label in labels:
        if not 0 < len(label) <= MAX_LABEL_BYTES:
            return None
        size += len(label) + 1
    return labels if size <= MAX_NAME_BYTES else None


def from_labels(labels: tuple[bytes, ...]) -> str:
    """The name in presentation format, lower case; octets that are not plain are escaped."""
    whole = b".".join(labels)
    if whole.count(b".") == len(labels) - 1 and _PLAIN_OCTETS.match(whole):
        return whole.decode("ascii").lower()
    return ".".join(map(_label_text, labels))


def escape(name: str) -> str:
    """A name that is not in presentation format, such as an expanded SPF macro, made so: a backslash is literal."""
    return name.replace("\\", "\\\\")


@lru_cache(maxsize=8192)
def a_label(domain: str) -> str:
    """A host's or mail domain's name with A-labels (RFC 5890), lower case, without trailing dot.

    IDNA 2008 with UTS 46 mapping, as mail software does. Raises InvalidName, also for an address literal.
    """
    text = domain.strip().removesuffix(".")
    text = (text if text.isascii() else _encoded(text)).lower()
    if labels_of(text) is None or not all(map(_HOSTNAME_LABEL.match, text.split("."))):
        raise InvalidName(f"{domain[:80]!r} is no domain name.")
    return text


def a_label_if_any(domain: str) -> str:
    """The domain in A-labels, as it is where it cannot be one: the next hop will say so."""
    if domain.isascii():
        return domain
    try:
        return a_label(domain)
    except InvalidName:
        return domain


def a_label_address(address: str) -> str:
    """The address with its domain in A-labels; the local part is the domain's own (RFC 5321 section 2.3.11)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{a_label_if_any(domain)}"


def _encoded(text: str) -> str:
    """A-labels for a name beyond ASCII. Raises InvalidName."""
    import dns.exception
    import dns.name

    try:
        return dns.name.from_unicode(text, origin=None, idna_codec=dns.name.IDNA_2008_Practical).to_text()
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        raise InvalidName(f"{text[:80]!r} is no domain name.") from error


def _escaped(name: str) -> tuple[bytes, ...]:
    """Labels of a name with escapes or octets beyond ASCII (as UTF-8). Raises ValueError."""
    labels, label = [], bytearray()
    octets = name.encode("utf-8", "surrogateescape")
    at = 0
    while at < len(octets):
        octet = octets[at]
        if octet == ord("."):
            labels.append(bytes(label))
            label.clear()
        elif octet == ord("\\"):
            if octets[at + 1 : at + 2].isdigit():
                digits = octets[at + 1 : at + 4]
                if len(digits) < 3 or not digits.isdigit():
                    raise ValueError("a \\DDD escape has three digits")
                label.append(int(digits))  # raises ValueError above 255
                at += 3
            else:
                label += octets[at + 1 : at + 2]
                at += 1
        else:
            label.append(octet)
        at += 1
    return (*labels, bytes(label))


def _label_text(label: bytes) -> str:
    text = label.decode("latin-1")
    if _PLAIN_LABEL.match(text):
        return text.lower()
    return "".join(f"\\{c}" if c in '.\\";()@$' else c.lower() if "!" <= c <= "~" else f"\\{ord(c):03d}" for c in text)
