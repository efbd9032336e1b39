"""Which MTAs there are. To add one: a folder with a `KIND`, and its line in `MTAS`.

A kind's folder is imported when the kind is asked for, so that naming MTAs costs nothing.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from monitor.errors import ConfigError
from monitor.mtas.kind import MtaKind

MTAS = {  # id → folder
    "postfix": "monitor.mtas.postfix",
    "exim": "monitor.mtas.exim",
    "sendmail": "monitor.mtas.sendmail",
    "opensmtpd": "monitor.mtas.opensmtpd",
    "qmail": "monitor.mtas.qmail",
    "exchange": "monitor.mtas.exchange",
    "exchange-online": "monitor.mtas.exchange_online",
}
DEFAULT_MTA = "postfix"
WITH_LOGS = ("postfix", "exim", "sendmail", "opensmtpd")  # whose log has a reader


def mta_named(name: str, overrides: Mapping[str, Any] | None = None) -> MtaKind:
    """The MTA of that name; `overrides` may change `queue_lifetime` and `order`. Raises ConfigError."""
    if name not in MTAS:
        raise ConfigError("mta", [(name, f"is not known; known are {', '.join(MTAS)}")])
    kind: MtaKind = import_module(MTAS[name]).KIND
    return kind.with_settings(overrides) if overrides else kind
