"""What listmonk is told so that receivers take its campaigns.

Read in internal/manager/manager.go, cmd/init.go and i18n/en.json: `privacy.unsubscribe_header`; From is the campaign's.
"""

from monitor.managers.remedies import Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "From: is what the campaign says (“From address”, `from_email`): give it an address at a domain of your "
        "own, whose DKIM key or SPF record your mail server uses."
    ),
    one_click=say(
        "Under Settings, Privacy, turn on “Include `List-Unsubscribe` header” (`privacy.unsubscribe_header`), give "
        "listmonk an https root URL, and let the mail server's signature cover both fields."
    ),
    restore=say(
        "Take those subscribers off the blocklist, and delete their bounces under Subscribers, Bounces: they stay "
        "stored, and the next one would count with them."
    ),
)
