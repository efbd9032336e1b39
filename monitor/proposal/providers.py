"""Mail servers whose owner sends from other addresses than those that it receives at. Pure.

Those that have subscribers' mailboxes are known from the receivers' rules; the rest filter or forward for others.
"""

from typing import Final

from monitor.admission.data import RuleSet

# Ends of names of MX hosts, as these services tell their customers to publish them (their set-up pages, 2026-11).
_GATEWAYS: Final = {
    ".amazonaws.com": "Amazon SES",
    ".antispamcloud.com": "SpamExperts",
    ".barracudanetworks.com": "Barracuda",
    ".forwardemail.net": "Forward Email",
    ".hornetsecurity.com": "Hornetsecurity",
    ".improvmx.com": "ImprovMX",
    ".iphmx.com": "Cisco Secure Email",
    ".mailgun.org": "Mailgun",
    ".messagelabs.com": "Symantec Email Security",
    ".messagingengine.com": "Fastmail",
    ".migadu.com": "Migadu",
    ".mx.cloudflare.net": "Cloudflare Email Routing",
    ".ovh.net": "OVHcloud",
    ".registrar-servers.com": "Namecheap",
    ".sendgrid.net": "SendGrid",
    ".trendmicro.com": "Trend Micro",
    ".trendmicro.eu": "Trend Micro",
}
_SUITES: Final = {"gmail": "Google", "microsoft-365": "Exchange Online"}  # a mailbox's name is not that of its hosting


def provider_of(host: str, rules: RuleSet) -> str | None:
    """Whose MX host that is, by its name; None of one that may belong to the list's own people."""
    receiver = rules.receiver_of_host(host)
    if receiver is not None:
        return _SUITES.get(receiver.id, receiver.name)
    name = f".{host.rstrip('.').lower()}"
    return next((title for end, title in _GATEWAYS.items() if name.endswith(end)), None)
