"""The configuration: one TOML file, validated whole."""

from monitor.config.load import find, load
from monitor.config.reload import SettingsSource
from monitor.config.settings import Settings

__all__ = ["Settings", "SettingsSource", "find", "load"]
