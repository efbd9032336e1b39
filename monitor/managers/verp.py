"""The list's own reverse-path out of one that was seen: each copy's recipient or token (VERP) is taken away. Pure.

What follows a list's name would name a subscriber, so nothing of it is kept. Where a configuration knows the list's
reverse-path that decides; else the forms in which list managers write it do.
"""

import re
from collections.abc import Mapping
from typing import Final

CHARS_MAX: Final = 1000  # of an address that is looked at; RFC 5321 section 4.5.3.1 has 256

_DOMAIN: Final = r"[^=*@]*\.[^=*@]*"  # of a recipient: it has a dot
# Each says what the address becomes. Those that are longer forms of others stand first.
_FORMS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(expression), becomes)
    for expression, becomes in (
        # BATV (draft-levine-smtp-batv section 4.1), put before the list's own: prvs=0123abcdef=dev-bounces@
        (r"prvs=[^=@]*=(?P<list>[^@]+)@(?P<host>.*)", r"\g<list>@\g<host>"),
        # SRS0=hash=day=domain=local@, SRS1=hash=host==…: of one who forwards (SRS, draft-shevek), no list's
        (r"(?P<list>srs[01])[=+-][^@]*@(?P<host>.*)", r"\g<list>@\g<host>"),
        # Sympa: bounce+user==a==domain==dev@, behind it ==w, ==r or a tracking id (ProcessBounce.pm)
        (r"bounce\+[^@]*==a==[^=@]*(?:=[^=@]+)*==(?P<list>[^=@]+)(?:==[^@]*)?@(?P<host>.*)", r"\g<list>-owner@\g<host>"),
        (rf"bounce\+[^=@]*(?:=[^=@]+)*=={_DOMAIN}==(?P<list>[^=@]+)(?:==[^@]*)?@(?P<host>.*)", r"\g<list>-owner@\g<host>"),
        # LISTSERV: owner-dev*user**domain@ ("*" for "@" is doubled), also owner-dev=user=domain@
        (r"(?P<list>owner-[^*=+@]+)\*[^@]*@(?P<host>.*)", r"\g<list>@\g<host>"),
        (rf"(?P<list>owner-[^*=+@]+)=[^=@]*={_DOMAIN}@(?P<host>.*)", r"\g<list>@\g<host>"),
        # ezmlm: dev-return-123-user=domain@, dev-return-warn-time.cookie-…, -probe-…; "-@" before qmail writes it out
        (r"(?P<list>[^@+=]+?-return)-(?:[0-9]|warn-|probe-|[^@]*=|@|[^@]*-@)[^@]*@?(?P<host>[^@]*?)(?:-@\[\])?", r"\g<list>@\g<host>"),
        # mlmmj: dev+bounces-123-user=domain@, +bounces-probe-…; its delimiter is a setting
        (r"(?P<list>[^@]+?[^\w@]bounces)-(?:[0-9]|probe-|[^@]*=)[^@]*@(?P<host>.*)", r"\g<list>@\g<host>"),
        # Mailman 2 and 3: dev-bounces+user=domain@, and of a probe dev-bounces+token@; SendGrid bounces+123-…@
        (r"(?P<list>[^@+]*?bounces?)\+[^@]*@(?P<host>.*)", r"\g<list>@\g<host>"),
        # Discourse: replies+verp-32 digits@
        (r"(?P<list>[^@+]+)\+verp-[0-9a-f]+@(?P<host>.*)", r"\g<list>@\g<host>"),
        # XVERP of Postfix and others: owner-dev+user=domain@, or with "-" (VERP_README, verp_delimiter_filter)
        (rf"(?P<list>[^@+]+)\+[^@]*={_DOMAIN}@(?P<host>.*)", r"\g<list>@\g<host>"),
        (rf"(?P<list>[^@=]+?)-[^@=-]*={_DOMAIN}@(?P<host>.*)", r"\g<list>@\g<host>"),
    )
)  # fmt: skip
_MARKS: Final = re.compile(r"[+=*]|-return-|bounces-|\+")  # without any of these there is nothing to take away
_ENDS: Final = re.compile(r"[+=*]|-(?=[^@]*=)")  # where a recipient may begin behind a name that is known


def without_verp(reverse_path: str) -> str:
    """The address without the recipient or token in it, in lower case; "" of the null one and of one beyond reason."""
    address = reverse_path.strip().strip("<>").lower()
    if len(address) > CHARS_MAX:
        return ""
    if not _MARKS.search(address):
        return address
    for form, becomes in _FORMS:
        found = form.fullmatch(address)
        if found is not None:
            plain = found.expand(becomes)
            return plain if form is not _FORMS[0][0] else without_verp(plain)
    return address


def list_of(reverse_path: str, known: Mapping[str, str]) -> str | None:
    """Of which list mail with that reverse-path is; None where of none of them.

    `known` are lists by their reverse-paths, in lower case. The whole address is looked up first, then the one without
    VERP, then what is in front of each delimiter, from the longest on.
    """
    address = reverse_path.strip().strip("<>").lower()
    if not address or len(address) > CHARS_MAX:
        return None
    found = known.get(address)
    if found is not None or not _MARKS.search(address):
        return found
    found = known.get(without_verp(address))
    if found is not None:
        return found
    local, at, host = address.rpartition("@")
    ends = [each.start() for each in _ENDS.finditer(local)]
    return next((known[name] for end in reversed(ends) if (name := local[:end] + at + host) in known), None)
