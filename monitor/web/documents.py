"""The documents of the API: what `/api/v1` answers, as its OpenAPI document describes it. They grow only by addition."""

from datetime import datetime

from pydantic import BaseModel

from monitor.model import (
    Arrival,
    Assessment,
    CheckOutcome,
    Incident,
    IpAddress,
    Notice,
    Probe,
    ReceiverForecast,
    RiskLevel,
)


class ListSummary(BaseModel):
    """One list as the overview shows it."""

    id: str
    address: str
    level: RiskLevel
    reason: str
    act_by: datetime | None
    subscribers_at_risk: int | None
    assessed_at: datetime | None
    blind: tuple[str, ...]


class Lists(BaseModel):
    """A page of lists, the most urgent first."""

    lists: list[ListSummary]
    total: int
    offset: int
    limit: int
    counts: dict[RiskLevel, int]


class ListDetail(ListSummary):
    """One list with its set-up and all that we think of it."""

    reverse_path: str
    helo: str
    outbound: tuple[IpAddress, ...]
    author_domains: tuple[str, ...]
    manager: str
    mta: str
    messages_per_day: float
    subscribers: dict[str, int]
    assessment: Assessment | None
    incident: Incident | None


class Checks(BaseModel):
    """A list's checks, newest first."""

    checks: tuple[CheckOutcome, ...]


class Probes(BaseModel):
    """A list's probes and what the receiver saw, newest first."""

    probes: tuple[Probe, ...]
    arrivals: tuple[Arrival, ...]


class Forecast(BaseModel):
    """What will become of the subscribers behind each receiver."""

    list: str
    assessed_at: datetime | None
    receivers: tuple[ReceiverForecast, ...]


class Incidents(BaseModel):
    """Incidents, newest first."""

    incidents: tuple[Incident, ...]
    next_offset: int | None


class Notices(BaseModel):
    """Notices, newest first."""

    notices: tuple[Notice, ...]
    next_offset: int | None
