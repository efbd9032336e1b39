"""Whose arithmetic a list's forecast follows: its list manager's and its MTA's, with the list's own settings of both."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from monitor.errors import ConfigError
from monitor.managers import Machine, policy_for
from monitor.managers.policy import flat
from monitor.risk.retry import OPTION_PREFIX, Mta, mta_named

DEFAULT_MTA = "postfix"  # whose settings are read alike for every MTA


def parties(manager: str, mta: str, bounce_policy: Mapping[str, Any]) -> tuple[Machine[Any], Mta]:
    """The list manager's machine and the MTA, with a list's overrides: `mta.…` are the MTA's. Raises ConfigError."""
    return _parties(manager, mta, tuple(sorted(flat(bounce_policy).items())))


@lru_cache(maxsize=1024)
def _parties(manager: str, mta: str, overrides: tuple[tuple[str, Any], ...]) -> tuple[Machine[Any], Mta]:
    settings = dict(overrides)
    of_mta = {key: settings.pop(key) for key in list(settings) if key.startswith(OPTION_PREFIX)}
    return policy_for(manager, settings), mta_named(
        mta, {key.removeprefix(OPTION_PREFIX): of_mta[key] for key in of_mta}
    )


def policy_faults(manager: str, overrides: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with a list's bounce policy: (key, sentence), none where it is good. For `load` and `SettingsSource`."""
    try:
        parties(manager, DEFAULT_MTA, overrides)
    except ConfigError as error:
        return error.faults
    return []
