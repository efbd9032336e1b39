"""What big receivers ask for on their own pages, by the day of the copy that was read; in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from monitor.model.findings import Finding
from monitor.model.risk import ReceiverForecast
from monitor.phrase.phrase import say


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One receiver's page for senders. A page changes: `as_of` is the day of what is told of it."""

    receiver: str  # id
    title: str
    as_of: date
    url: str
    says: str


PAGES: Final = (
    Page(
        receiver="microsoft-365",
        title="Microsoft, Support for anonymous inbound email over IPv6 in Microsoft 365",
        as_of=date(2022, 12, 2),
        url="https://learn.microsoft.com/en-us/microsoft-365/security/office-365-security/mail-flow-inbound-ipv6-support-about",
        says=say(
            "Over IPv6 the sending address must have a PTR record and the message must pass SPF or DKIM; else it is put off "
            "with 450 and 4.7.25 or 4.7.26."
        ),
    ),
    Page(
        receiver="outlook",
        title="Microsoft, Outlook.com Postmaster: policies, practices and guidelines",
        as_of=date(2026, 6, 15),
        url="https://sendersupport.olc.protection.outlook.com/pm/policies.aspx",
        says=say(
            "Mail servers must have valid reverse DNS. Since 5 May 2025 mail of domains that send more than 5,000 messages a "
            "day must pass SPF, DKIM and DMARC, with a policy of at least p=none; else it may be refused with 550 5.7.515."
        ),
    ),
    Page(
        receiver="gmail",
        title="Google, Email sender guidelines",
        as_of=date(2026, 3, 21),
        url="https://support.google.com/mail/answer/81126",
        says=say(
            "Everybody: SPF or DKIM, a PTR record whose name leads back, TLS, and a From field of the standard's form. Who "
            "sends more than 5,000 messages a day: SPF and DKIM, a DMARC record, a From field aligned with one of them, and "
            "unsubscribing by one click."
        ),
    ),
    Page(
        receiver="yahoo",
        title="Yahoo, Sender requirements and recommendations",
        as_of=date(2025, 4, 10),
        url="https://senders.yahooinc.com/best-practices/",
        says=say(
            "Everybody: SPF or DKIM, and valid forward and reverse DNS. Senders of bulk: both, a DMARC policy of at least "
            "p=none that passes with From aligned, and an easy way to unsubscribe."
        ),
    ),
)


def has_subscribers(forecast: ReceiverForecast) -> bool:
    """Whether the list is known to have subscribers there."""
    return bool(forecast.subscribers)


def is_refusing(forecast: ReceiverForecast) -> bool:
    """Whether the receiver was seen to refuse the list's mail, and goes on."""
    return forecast.seen is not None and forecast.seen.over_since is None


def pages_of(findings: Sequence[Finding], forecasts: Sequence[ReceiverForecast]) -> tuple[Page, ...]:
    """The pages of receivers that the list has subscribers at, or that were seen to refuse."""
    concerned = {each.receiver for each in forecasts if has_subscribers(each) or is_refusing(each)}
    concerned |= {str(finding.evidence.get("receiver")) for finding in findings}
    return tuple(page for page in PAGES if page.receiver in concerned)
