"""The settings as the configuration file gives them: frozen, every key known, every value checked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr

from monitor.model import IpAddress


class Section(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RedisSettings(Section):
    """`[redis]`: where outcomes are kept."""

    url: SecretStr | None = None


class DnsSettings(Section):
    """`[dns]`: whom to ask."""

    nameservers: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=5)


class ReceiverSettings(Section):
    """`[receiver]`: the IPv6-only SMTP server that probes are sent to."""

    domain: str
    hostname: str
    listen: str = "[::]:25"
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    proxies: tuple[IPvAnyNetwork, ...] = ()  # who may say, by the PROXY protocol, whom they speak for


class WebSettings(Section):
    """`[web]`: pages and API."""

    listen: str = "127.0.0.1:8025"
    token: SecretStr | None = None
    url: str | None = None  # how owners reach the pages; used for links in notices


class NoticeSettings(Section):
    """`[notices]`: how owners are told."""

    sender: str | None = Field(default=None, alias="from")
    relay: SecretStr | None = None
    allow_networks: tuple[IPvAnyNetwork, ...] = ()  # webhook targets that are not public but meant


class ScheduleSettings(Section):
    """`[schedule]`: how often."""

    check_every: timedelta = timedelta(minutes=15)
    probe_every: timedelta = timedelta(hours=1)


class IncidentSettings(Section):
    """`[incidents]`: an incident is raised, or ended, when so many of the last so many assessments say so."""

    raise_after: tuple[int, int] = (2, 3)
    resolve_after: tuple[int, int] = (2, 3)


class WebhookSettings(Section):
    """`[[list.webhook]]`: an endpoint that is told about a list."""

    url: str
    secret: tuple[SecretStr, ...]  # the first signs first; several while a secret is rotated
    format: str = "standard"


class MailingList(Section):
    """`[[list]]`: a mailing list under watch."""

    id: str
    address: str
    reverse_path: str
    helo: str
    outbound: tuple[IpAddress, ...]
    author_domains: tuple[str, ...] = ()
    submission: SecretStr | None = None
    owners: tuple[str, ...] = ()
    manager: str = "mailman3"
    bounce_policy: dict[str, Any] = Field(default_factory=dict)
    mta: str = "postfix"
    messages_per_day: float = 1.0
    subscribers: dict[str, int] = Field(default_factory=dict)
    webhooks: tuple[WebhookSettings, ...] = Field(default=(), alias="webhook")


class Settings(Section):
    """The whole file."""

    data_dir: Path = Path("staysub-data")
    redis: RedisSettings = RedisSettings()
    dns: DnsSettings = DnsSettings()
    receiver: ReceiverSettings | None = None
    web: WebSettings = WebSettings()
    notices: NoticeSettings = NoticeSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    incidents: IncidentSettings = IncidentSettings()
    lists: tuple[MailingList, ...] = Field(default=(), alias="list")
