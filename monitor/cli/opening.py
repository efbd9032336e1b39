"""What commands open: the configuration, the store that it names, the rules of receivers.

Each import stands where it is used: --help needs none.
"""

from typing import TYPE_CHECKING

from monitor.cli.main import Cli

if TYPE_CHECKING:
    from monitor.admission.rules import RuleSet
    from monitor.config.settings import Settings
    from monitor.store import Store


def settings_of(cli: Cli) -> "Settings":
    """The configuration as the options name it. Raises ConfigError with all faults."""
    from monitor.config.load import load

    return load(cli.config_path)


def store_of(settings: "Settings", *, hurried: bool = False) -> "Store":
    """The store that the settings name; `hurried` for what can do without an answer. Nothing is sent yet."""
    from monitor.store import configured

    return configured.store_of(settings, hurried=hurried)


def receiver_rules() -> "RuleSet":
    """What receivers demand."""
    from monitor.admission.data import load_rules

    return load_rules()
