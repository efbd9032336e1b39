"""A list under watch as the configuration describes it, with its endpoints and what its owners want to hear."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from monitor.config.field_types import (
    Count,
    DigestTime,
    Domain,
    HttpUrl,
    Language,
    ListId,
    MailAddress,
    Outbound,
    Pause,
    PerDay,
    PolicyValue,
    Quiet,
    Secrets,
    Selector,
    SmtpUrl,
    TimeZone,
    signing_secret_fault,
)
from monitor.config.section import (
    NOTICE_LEVELS,
    WEBHOOK_EVENTS,
    WEBHOOK_FORMATS,
    ManagerName,
    MtaName,
    NoticeLevel,
    ReadBy,
    Section,
    WebhookEvent,
    WebhookFormat,
)
from monitor.managers.catalogue import DEFAULT_MANAGER, MANAGERS
from monitor.model.dns import IpAddress
from monitor.model.lists import USUAL_TRAFFIC, MailingList, OwnerPreferences, Webhook
from monitor.model.risk import RiskLevel
from monitor.model.secret import Secret
from monitor.model.signing import DkimKey
from monitor.mtas.catalogue import DEFAULT_MTA, MTAS
from monitor.tongue.languages import LANGUAGES


class WebhookSettings(Section):
    """An endpoint that is told about a list."""

    makes = Webhook

    url: HttpUrl = Field(description="Where to post to.", examples=["https://hooks.example.org/staysub"])
    format: WebhookFormat = Field(
        default="standard", description=f"One of {', '.join(WEBHOOK_FORMATS)}.", examples=["standard"]
    )
    events: tuple[WebhookEvent, ...] = Field(
        default=("raised", "changed", "resolved", "failed"),
        description=f"What the endpoint is told of: {', '.join(WEBHOOK_EVENTS)}.",
        examples=[["raised", "changed", "resolved", "failed"]],
    )
    secret: Secrets = Field(
        default=(),
        description='Signs the calls (Standard Webhooks 1.0); demanded for format "standard". An array while it is '
        "rotated: the first signs first.",
        examples=[{"env": "STAYSUB_WEBHOOK_SECRET"}],
    )

    @field_validator("secret", mode="after")
    @classmethod
    def _fit_for_signing(cls, secrets: tuple[Secret, ...], info: ValidationInfo) -> tuple[Secret, ...]:
        """Standard Webhooks demands keys of a certain size; the other formats sign nothing."""
        if info.data.get("format") == "standard":
            for fault in filter(None, (signing_secret_fault(secret.reveal()) for secret in secrets)):
                raise ValueError(fault)
        return secrets


Webhooks = tuple[Annotated[Webhook, ReadBy(WebhookSettings)], ...]


class OwnerSettings(Section):
    """What one owner wants to hear of all lists of hers or his, where that differs. Repeat the table for each."""

    makes = OwnerPreferences

    address: MailAddress = Field(description="As it stands among a list's owners.", examples=["owner@example.org"])
    mail: bool = Field(
        default=True, description="Whether mail is sent; webhooks below are called anyhow.", examples=[True]
    )
    tell_from: NoticeLevel | None = Field(
        default=None,
        description=f"The level from which on to tell: {', '.join(NOTICE_LEVELS)}. Otherwise the list's.",
        examples=["at-risk"],
    )
    timezone: TimeZone | None = Field(
        default=None,
        description="In which days and times in mails to this owner are told, by its IANA name. In place of "
        "notices.timezone.",
        examples=["Europe/Berlin"],
    )
    language: Language | None = Field(
        default=None,
        description=f"In which language mails to this owner are, and the pages that they lead to: {', '.join(LANGUAGES)}. "
        "In place of notices.language.",
        examples=["de"],
    )
    quiet_hours: Quiet | None = Field(
        default=None,
        description="When mail waits, unless the danger is critical. Otherwise the list's.",
        examples=["22:00-07:00 Europe/Berlin"],
    )
    remind_every: Pause | None = Field(default=None, description="In place of the list's. 0s: never.", examples=["7d"])
    digest: DigestTime | None = Field(
        default=None,
        description='In place of notices.digest: when, or "never".',
        examples=["mon 08:00 Europe/Berlin"],
    )
    webhooks: Webhooks = Field(
        default=(), alias="webhook", description="Endpoints that are told of every list of this owner."
    )


class DkimSettings(Section):
    """Which key signs the list's mail (RFC 6376 section 3.6.2.1)."""

    makes = DkimKey

    domain: Domain = Field(description="d= of its DKIM-Signature.", examples=["lists.example.org"])
    selector: Selector = Field(description="s= of it.", examples=["s1"])


class ListSettings(Section):
    """A mailing list under watch. Repeat the table for each list."""

    makes = MailingList

    id: ListId = Field(description="Short name for URLs, commands and notices.", examples=["ipv6-ops"])
    address: MailAddress = Field(description="The posting address.", examples=["ipv6-ops@lists.example.org"])
    reverse_path: MailAddress = Field(
        description="The address that the list's mail bounces to (envelope sender).",
        examples=["ipv6-ops-bounces@lists.example.org"],
    )
    helo: Domain = Field(description="What its MTA says in EHLO.", examples=["mail.lists.example.org"])
    outbound: tuple[Outbound, ...] = Field(
        description="Every address that the list's mail leaves from, IPv4 and IPv6, as receivers see it: a private, loopback or "
        "link-local address is refused.",
        examples=[["192.0.2.25", "2001:db8:25::25"]],
    )

    author_domains: tuple[Domain, ...] = Field(
        default=(), description="Whose posts the list carries, for DMARC.", examples=[["example.net"]]
    )
    dkim: Annotated[DkimKey, ReadBy(DkimSettings)] | None = Field(
        default=None,
        description="Which key signs the list's mail: d= and s= of the DKIM-Signature in its posts. Holds until a message that "
        "arrived, or a post given to `staysub learn`, shows what is true; its record is looked at with each check.",
        examples=[{"domain": "lists.example.org", "selector": "s1"}],
    )
    submission: SmtpUrl | None = Field(
        default=None,
        description="The MTA that list mail goes through; probes enter here. Without it the list is not probed.",
        examples=["smtp://mail.lists.example.org:587"],
    )
    direct: bool = Field(
        default=False,
        description="Where a worker runs on the list's host: also probe straight from each of its IPv6 addresses, around the "
        "MTA, to tell trouble of the MTA from trouble of the network.",
        examples=[True],
    )
    owners: tuple[MailAddress, ...] = Field(
        default=(), description="Who is told by mail.", examples=[["owner@example.org"]]
    )
    tell_from: NoticeLevel = Field(
        default=RiskLevel.WATCH,
        description=f"The level from which on anybody is told: {', '.join(NOTICE_LEVELS)}.",
        examples=["watch"],
    )
    quiet_hours: Quiet | None = Field(
        default=None,
        description="When mail waits, unless the danger is critical.",
        examples=["22:00-07:00 Europe/Berlin"],
    )
    remind_every: Pause | None = Field(
        default=None,
        description="In place of incidents.remind_every, for this list. 0s: never.",
        examples=["7d"],
    )
    digest: bool = Field(default=True, description="Whether weekly digests speak of this list.", examples=[True])
    manager: ManagerName = Field(
        default=DEFAULT_MANAGER,
        description=f"Whose bounce arithmetic counts: {', '.join(MANAGERS)}.",
        examples=[DEFAULT_MANAGER],
    )
    bounce_policy: dict[str, PolicyValue] = Field(
        default_factory=dict,
        description="Where the list differs from its manager's defaults, in that manager's own words.",
        examples=[{"bounce_score_threshold": 5}],
    )
    mta: MtaName = Field(
        default=DEFAULT_MTA,
        description=f"Whose retries count when a receiver defers: {', '.join(MTAS)}.",
        examples=[DEFAULT_MTA],
    )
    messages_per_day: PerDay = Field(
        default=USUAL_TRAFFIC,
        description="Posts a day, on average. With the subscribers it tells whether the list's mail is bulk to receivers, which ask more of bulk.",
        examples=[12.0],
    )
    subscribers: dict[Domain, Count] = Field(
        default_factory=dict,
        description="How many subscribers each domain has. Counts only: addresses are no business of Staysub's.",
        examples=[{"outlook.com": 120, "example.edu": 4}],
    )
    webhooks: Webhooks = Field(default=(), alias="webhook", description="Endpoints that are told.")

    @field_validator("outbound", mode="after")
    @classmethod
    def _not_empty(cls, outbound: tuple[IpAddress, ...]) -> tuple[IpAddress, ...]:
        """Without an address there is nothing to evaluate."""
        if not outbound:
            raise ValueError("must not be empty: name every address that the list's mail leaves from")
        return outbound

    def value(self) -> MailingList:
        """The list. Traffic that is not stated is learned from what was counted."""
        stated = self.messages_per_day if "messages_per_day" in self.model_fields_set else None
        return MailingList(**{**dict(self), "messages_per_day": stated})


Listed = Annotated[MailingList, ReadBy(ListSettings)]
Owner = Annotated[OwnerPreferences, ReadBy(OwnerSettings)]
