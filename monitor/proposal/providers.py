"""Mail servers whose owner sends from other addresses than those that it receives at. Pure.

Those that have subscribers' mailboxes are known from the receivers' rules; the rest filter or forward for others.
"""

import re
from typing import Final

from monitor.admission.data import RuleSet

# Names of MX hosts, as these services tell their customers to publish them (their set-up pages, 2026-11). Some hire
# machines out under the same domain, whose mail servers are their customers' own: of those only the service's names.
_GATEWAYS: Final = {
    r"inbound-smtp\.[a-z0-9-]+\.amazonaws\.com": "Amazon SES",
    r".+\.antispamcloud\.com": "SpamExperts",
    r".+\.barracudanetworks\.com": "Barracuda",
    r".+\.forwardemail\.net": "Forward Email",
    r".+\.hornetsecurity\.com": "Hornetsecurity",
    r".+\.improvmx\.com": "ImprovMX",
    r".+\.iphmx\.com": "Cisco Secure Email",
    r".+\.mailgun\.org": "Mailgun",
    r".+\.messagelabs\.com": "Symantec Email Security",
    r".+\.messagingengine\.com": "Fastmail",
    r".+\.migadu\.com": "Migadu",
    r".+\.mx\.cloudflare\.net": "Cloudflare Email Routing",
    r"(mx[0-9]+(\.mail)?|redirect)\.ovh\.net": "OVHcloud",
    r".+\.registrar-servers\.com": "Namecheap",
    r".+\.sendgrid\.net": "SendGrid",
    r".+\.trendmicro\.(com|eu)": "Trend Micro",
}
_SUITES: Final = {"gmail": "Google", "microsoft-365": "Exchange Online"}  # a mailbox's name is not that of its hosting


def provider_of(host: str, rules: RuleSet) -> str | None:
    """Whose MX host that is, by its name; None of one that may belong to the list's own people."""
    receiver = rules.receiver_of_host(host)
    if receiver is not None:
        return _SUITES.get(receiver.id, receiver.name)
    name = host.rstrip(".").lower()
    return next((title for names, title in _GATEWAYS.items() if re.fullmatch(names, name)), None)
