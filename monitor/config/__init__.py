"""The configuration: one TOML file, validated whole."""

from monitor.config.load import find, load
from monitor.config.reload import SettingsSource
from monitor.config.settings import MailingList, Settings, WebhookSettings

__all__ = ["MailingList", "Settings", "SettingsSource", "WebhookSettings", "find", "load"]
