"""A list's two programs, its list manager and its MTA, with what its `bounce_policy` says of each."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from monitor.managers.catalogue import policy_for
from monitor.managers.machine import AnyMachine
from monitor.managers.policy import flat
from monitor.mtas.catalogue import mta_named
from monitor.mtas.kind import MtaKind

OPTION_PREFIX = "mta."  # {"mta.queue_lifetime": "2d"}


def parties(manager: str, mta: str, bounce_policy: Mapping[str, Any]) -> tuple[AnyMachine, MtaKind]:
    """The list manager's machine and the MTA, with a list's overrides: `mta.…` are the MTA's. Raises ConfigError."""
    return _parties(manager, mta, tuple(sorted(flat(bounce_policy).items())))


def mta_of(mta: str, bounce_policy: Mapping[str, Any]) -> MtaKind:
    """The MTA alone, with a list's overrides. Raises ConfigError."""
    return mta_named(mta, _of_mta(flat(bounce_policy)))


@lru_cache(maxsize=1024)
def _parties(manager: str, mta: str, overrides: tuple[tuple[str, Any], ...]) -> tuple[AnyMachine, MtaKind]:
    of_manager = {key: value for key, value in overrides if not key.startswith(OPTION_PREFIX)}
    return policy_for(manager, of_manager), mta_named(mta, _of_mta(dict(overrides)))


def _of_mta(overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(OPTION_PREFIX): value for key, value in overrides.items() if key.startswith(OPTION_PREFIX)}
