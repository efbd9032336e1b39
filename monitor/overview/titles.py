"""What a group of lists is called. Pure."""

from collections.abc import Callable
from typing import Final

from monitor.errors import ConfigError
from monitor.managers.catalogue import kind_named
from monitor.overview.groups import NOT_KNOWN, By, Group
from monitor.phrase.phrase import capital, say
from monitor.wording.causes import cause_line
from monitor.wording.idn import readable

NOT_USABLE: Final = say("Settings that cannot be used")


def title_of(group: Group, *, receiver_name: Callable[[str | None], str | None]) -> str:
    """The group's line, without a full stop."""
    if group.cause is not None:
        return cause_line(group.cause, receiver_name=receiver_name, host=group.host)
    if group.key == NOT_KNOWN:
        return NOT_USABLE
    if group.by is By.MANAGER:
        return _manager(group.key)
    return readable(group.key)


def cause_lines(group: Group, *, receiver_name: Callable[[str | None], str | None]) -> tuple[tuple[str, int], ...]:
    """What is wrong with its lists that are not well, and with how many, what most have first."""
    host = "" if group.by is By.HOST else group.host  # which stands above them
    return tuple(
        (cause_line(cause, receiver_name=receiver_name, host=host), number) for cause, number in group.causes.items()
    )


def _manager(name: str) -> str:
    """The list manager as people call it; by its id where this version does not know it."""
    try:
        title = kind_named(name).machine.title
    except ConfigError:
        return name
    return capital(title)
