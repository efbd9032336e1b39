"""The settings as the configuration file gives them: frozen, every key known, every value checked.

Each key's description and example are those of `staysub.example.toml`, which is generated from here.
"""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from monitor.config.field_types import (
    DigestTime,
    During,
    FilePath,
    HeaderName,
    HttpUrl,
    Interval,
    Language,
    Listen,
    ListId,
    MailAddress,
    Nameserver,
    Network,
    NOfM,
    Number,
    Outbound,
    Pause,
    RedisUrl,
    SecretHttpUrl,
    Share,
    SmtpUrl,
    Timeout,
    TimeZone,
    Token,
)
from monitor.config.lists import Listed, Owner
from monitor.config.mta_logs import MtaLogSettings
from monitor.config.receivers import Receivers
from monitor.config.section import ReadBy, Section
from monitor.model.dns import IpAddress
from monitor.model.incidents import Maintenance
from monitor.model.mta_log import MtaLog
from monitor.model.risk import Thresholds
from monitor.tongue.languages import LANGUAGES

_THRESHOLDS = Thresholds()


class RedisSettings(Section):
    """Where outcomes, schedules and notices are kept."""

    url: RedisUrl | None = Field(
        default=None,
        description="redis://, rediss:// (TLS; ?ssl_ca_certs= names a CA of your own) or unix://, with password and database "
        "number where needed. Without it, Staysub runs a server of its own with an append-only file in data_dir.",
        examples=["redis://localhost:6379/0"],
    )


class DnsSettings(Section):
    """Whom to ask."""

    nameservers: tuple[Nameserver, ...] = Field(
        default=(),
        description="Resolvers by address, tried in order. Without it, those of /etc/resolv.conf.",
        examples=[["192.0.2.53", "[2001:db8::53]:5353"]],
    )
    timeout: Timeout = Field(
        default=timedelta(seconds=5), description="How long to wait for an answer.", examples=["5s"]
    )


class WebSettings(Section):
    """Pages and API."""

    listen: Listen = Field(
        default="127.0.0.1:8025", description="Address and port to listen on.", examples=["127.0.0.1:8025"]
    )
    token: Token | None = Field(
        default=None,
        description="Token that opens pages and API. Demanded unless listen is a loopback address, or a proxy asks who it is.",
        examples=[{"file": "/etc/staysub/token"}],
    )
    url: HttpUrl | None = Field(
        default=None,
        description="How owners reach the pages; links in notices begin with it.",
        examples=["https://staysub.example.org"],
    )
    proxies: tuple[Network, ...] = Field(
        default=(),
        description="Networks of reverse proxies whose headers are believed: X-Forwarded-For, and user_header.",
        examples=[["127.0.0.1", "::1"]],
    )
    user_header: HeaderName | None = Field(
        default=None,
        description="Header in which such a proxy names who has logged in there: that opens pages and API, as the token does. "
        "The proxy must take the header away from what strangers send.",
        examples=["X-Remote-User"],
    )


class NoticeSettings(Section):
    """How owners are told. Use a relay that does not share the fate of the lists."""

    sender: MailAddress | None = Field(
        default=None,
        alias="from",
        description="Whom notices are from, and where their bounces go.",
        examples=["staysub@example.org"],
    )
    relay: SmtpUrl | None = Field(
        default=None,
        description="SMTP server that takes the notices: smtp://, smtp+starttls:// or smtps://, with user and "
        "password where needed.",
        examples=["smtp://localhost:25"],
    )
    relay_outbound: tuple[Outbound, ...] = Field(
        default=(),
        description="Addresses that the relay's mail leaves from. With them Staysub knows when a notice would be refused by "
        "the very fault that it reports, and `staysub doctor` checks them.",
        examples=[["192.0.2.26", "2001:db8:26::26"]],
    )
    other_relay: SmtpUrl | None = Field(
        default=None,
        description="Another SMTP server: tried first where the relay shares the fault that is told, else where the relay fails.",
        examples=["smtp+starttls://smtp.example.net:587"],
    )
    administrators: tuple[MailAddress, ...] = Field(
        default=(),
        description="Who is told of what concerns the whole host: a cause that many lists share, our own blindness, ways to "
        "owners that fail, and incidents that no owner has acknowledged in time.",
        examples=[["postmaster@example.org"]],
    )
    bounces: Literal["auto", "from", "receiver"] = Field(
        default="auto",
        description='Where bounces of notices go. "auto": to the receiver, where its domain\'s SPF record lets every address '
        "in relay_outbound send, one of them is IPv6, and DMARC of notices.from stays in order; otherwise to notices.from. "
        '"from": there in any case. "receiver": to the first receiver in any case.',
        examples=["auto"],
    )
    digest: DigestTime = Field(
        default="never",
        description='When owners get a weekly digest of what improved and what got worse, such as "mon 08:00 Europe/Berlin"; '
        '"never": none. A week without news and without danger has none.',
        examples=["never"],
    )
    timezone: TimeZone = Field(
        default="UTC",
        description="In which days and times in mails are told, by its IANA name; an owner may have another one. Webhooks "
        "and the API always tell UTC. The machine's own zone plays no part.",
        examples=["UTC"],
    )
    language: Language = Field(
        default="en",
        description="In which language mails are, and pages for readers whose browser asks for none of ours: "
        f"{', '.join(LANGUAGES)}. An owner may have another one. Commands, webhooks and the API are in English.",
        examples=["en"],
    )
    allow_networks: tuple[Network, ...] = Field(
        default=(),
        description="Webhook targets that are not public addresses and yet are meant. All others of that kind are refused.",
        examples=[["10.0.0.0/8"]],
    )

    @property
    def senders(self) -> tuple[IpAddress, ...]:
        """The addresses that may send in the name of the receiver's domain: those from which notices leave."""
        return () if self.bounces == "from" else self.relay_outbound


class HeartbeatSettings(Section):
    """A dead-man's switch elsewhere, like healthchecks or Cronitor: it raises the alarm when Staysub falls silent."""

    url: SecretHttpUrl | None = Field(
        default=None,
        description="Called by GET while the whole loop turns: beat, workers, checks, and the receiver where there is one. "
        "Like webhooks it must be at a public address, unless notices.allow_networks allows another one.",
        examples=["https://switch.example.org/6f1c-sesame"],
    )
    every: Interval = Field(
        default=timedelta(minutes=1), description="How often. Let the switch wait for some of them.", examples=["1m"]
    )


class ScheduleSettings(Section):
    """How often."""

    check_every: Interval = Field(
        default=timedelta(minutes=15), description="DNS facts of each list are evaluated.", examples=["15m"]
    )
    probe_every: Interval = Field(
        default=timedelta(hours=1),
        description="One probe is sent for each list, unless the last one is still open.",
        examples=["1h"],
    )


class IncidentSettings(Section):
    """When the owners are told. [n, m]: when n of the last m assessments say so."""

    raise_after: NOfM = Field(default=(2, 3), description="A danger is told.", examples=[[2, 3]])
    resolve_after: NOfM = Field(default=(2, 3), description="Its end is told.", examples=[[2, 3]])
    remind_every: Pause = Field(
        default=timedelta(days=3),
        description="Owners are reminded of an incident that nobody has acknowledged. 0s: never.",
        examples=["3d"],
    )
    escalate_after: Pause = Field(
        default=timedelta(days=1),
        description="The administrators are told of an incident that nobody has acknowledged. 0s: never.",
        examples=["1d"],
    )
    shared_from: Number = Field(
        default=5,
        description="A cause that so many lists share is also one incident of the host, told to the administrators. 0: never.",
        examples=[5],
    )
    blind_after: Pause = Field(
        default=timedelta(minutes=30),
        description="The administrators are told when Staysub itself has not been able to see for so long. 0s: never.",
        examples=["30m"],
    )


class RiskSettings(Section):
    """From which chance on, counted from today, a list is in which danger.

    A level is left below four fifths of that.
    """

    makes = Thresholds

    critical: Share = Field(
        default=_THRESHOLDS.critical,
        description="That a subscriber somewhere is disabled within 7 days.",
        examples=[0.5],
    )
    at_risk: Share = Field(
        default=_THRESHOLDS.at_risk, description="That one is disabled within 30 days.", examples=[0.25]
    )
    lost: Share = Field(
        default=_THRESHOLDS.lost,
        description="Also at-risk: that a post does not arrive, whoever is disabled for it.",
        examples=[0.4],
    )
    watch: Share = Field(default=_THRESHOLDS.watch, description="That one is disabled within 90 days.", examples=[0.05])


class MaintenanceSettings(Section):
    """A time in which lists are measured and nobody is told.

    What goes on after it is told then. Repeat the table for each.
    """

    makes = Maintenance

    during: During = Field(
        description='Once ("2026-12-01 22:00/2026-12-02 02:00 Europe/Berlin"), weekly ("sat 02:00-04:00 Europe/Berlin") or '
        'daily ("02:00-04:00 UTC").',
        examples=["sat 02:00-04:00 Europe/Berlin"],
    )
    lists: tuple[ListId, ...] = Field(
        default=(), description="Of these lists; absent: of all.", examples=[["ipv6-ops"]]
    )
    reason: str = Field(default="", description="What is being done.", examples=["new mail server"])


class Settings(Section):
    """The whole file."""

    data_dir: FilePath = Field(
        default=Path("staysub-data"),
        validate_default=True,
        description="Directory of Staysub's own data. Relative paths start from this file's directory.",
        examples=["staysub-data"],
    )
    redis: RedisSettings = RedisSettings()
    dns: DnsSettings = DnsSettings()
    receivers: Receivers = Field(default=(), alias="receiver", description="Where probes go to.")
    web: WebSettings = WebSettings()
    notices: NoticeSettings = NoticeSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    incidents: IncidentSettings = IncidentSettings()
    risk: Annotated[Thresholds, ReadBy(RiskSettings)] = _THRESHOLDS
    maintenance: tuple[Annotated[Maintenance, ReadBy(MaintenanceSettings)], ...] = Field(
        default=(), description="When nobody is told."
    )
    owners: tuple[Owner, ...] = Field(default=(), alias="owner", description="What owners want to hear.")
    mta_logs: tuple[Annotated[MtaLog, ReadBy(MtaLogSettings)], ...] = Field(
        default=(), alias="mta_log", description="Logs of the mail servers that send the lists' mail."
    )
    # Others are added at run time: what is under watch, `watched_lists` and `Services.lists` say.
    file_lists: tuple[Listed, ...] = Field(default=(), alias="list", description="The lists under watch.")
