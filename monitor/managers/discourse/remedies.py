"""What Discourse is told so that receivers take its mail.

Read in lib/email/message_builder.rb: From is the site setting `notification_email`, or what the category says.
"""

from monitor.managers.remedies import Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "From: is the forum's own: give the site setting `notification_email` an address at a domain whose DKIM "
        "key or SPF record the forum's mail server uses."
    ),
    restore=say(
        "Reset the bounce score of those users on their admin pages; otherwise mail begins again by itself "
        "`reset_bounce_score_after_days` after the last bounce."
    ),
)
