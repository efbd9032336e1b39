"""The documented example, `staysub.example.toml`, generated from the settings so that it can never lag behind them."""

import textwrap
from typing import Any

from pydantic.fields import FieldInfo

from monitor.config.lists import ListSettings, OwnerSettings, WebhookSettings
from monitor.config.mta_logs import MtaLogSettings
from monitor.config.receivers import ReceiverSettings
from monitor.config.section import Section
from monitor.config.settings import (
    DnsSettings,
    HeartbeatSettings,
    IncidentSettings,
    MaintenanceSettings,
    NoticeSettings,
    RedisSettings,
    RiskSettings,
    ScheduleSettings,
    Settings,
    WebSettings,
)
from monitor.config.toml import write_value

HEAD = """\
# Staysub's configuration. Keys that are commented out show their default, or an example where there is none.
# Check it with `staysub config check`; a running system takes a changed file up by itself.
# Durations are written "30s", "15m", "6h", "2d". Secrets, and URLs with a password in them, may also be
# {env = "NAME"} or {file = "path"}; they are never printed.
"""

# Keys that stand uncommented although they could be left out: what one's own list needs from the first day.
_ACTIVE = {
    ListSettings: {"outbound", "submission", "owners", "manager", "mta", "messages_per_day", "subscribers"},
    NoticeSettings: {"from", "relay"},
    Settings: {"data_dir"},
}
# Tables that are commented out whole: they need something prepared outside this file, or are wanted by few.
_DORMANT: set[type[Section]] = {ReceiverSettings, WebhookSettings, MaintenanceSettings, OwnerSettings, MtaLogSettings}
_TABLES: tuple[tuple[str, type[Section]], ...] = (
    ("[redis]", RedisSettings),
    ("[dns]", DnsSettings),
    ("[receiver]", ReceiverSettings),
    ("[web]", WebSettings),
    ("[notices]", NoticeSettings),
    ("[heartbeat]", HeartbeatSettings),
    ("[schedule]", ScheduleSettings),
    ("[incidents]", IncidentSettings),
    ("[risk]", RiskSettings),
    ("[[maintenance]]", MaintenanceSettings),
    ("[[owner]]", OwnerSettings),
    ("[[mta_log]]", MtaLogSettings),
    ("[[list]]", ListSettings),
    ("[[list.webhook]]", WebhookSettings),
)
_WIDTH = 110


def example() -> str:
    """The whole example file."""
    top = _lines(Settings, "data_dir", Settings.model_fields["data_dir"])
    return "\n".join([HEAD, *top, *(line for header, section in _TABLES for line in _table(header, section))]) + "\n"


def _table(header: str, section: type[Section]) -> list[str]:
    """A table: its docstring, its header, its keys."""
    lines = ["", *_comment((section.__doc__ or "").strip())]
    lines.append(f"#{header}" if section in _DORMANT else header)
    for name, field in section.model_fields.items():
        if not _is_table(field):
            lines += _lines(section, field.alias or name, field)
    return lines


def _lines(section: type[Section], key: str, field: FieldInfo) -> list[str]:
    """A key's description and the key with its default or example."""
    active = section not in _DORMANT and (field.is_required() or key in _ACTIVE.get(section, ()))
    value = write_value(_value(field))
    return [*_comment(field.description or ""), f"{'' if active else '#'}{key} = {value}"]


def _value(field: FieldInfo) -> Any:
    """The first example."""
    if field.examples:
        return field.examples[0]
    raise LookupError(f"the setting {field.alias} has no example")


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(" ".join(text.split()), _WIDTH)]


def _is_table(field: FieldInfo) -> bool:
    return not field.examples and field.alias == "webhook"
