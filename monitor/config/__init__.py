"""The configuration: one TOML file, validated whole."""

from monitor.config.lists import MailingList, WebhookSettings
from monitor.config.load import find, load
from monitor.config.reload import SettingsSource
from monitor.config.settings import Settings

__all__ = ["MailingList", "Settings", "SettingsSource", "WebhookSettings", "find", "load"]
