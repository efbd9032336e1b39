"""What GNU Mailman 2.1 is told so that receivers take its posts.

Told in NEWS: `from_is_list` since 2.1.16, for every owner since 2.1.18; `dmarc_moderation_action`
and its like since 2.1.18.
"""

from monitor.managers.remedies import UNCHANGED, Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "In the list's administration, Privacy options, Sender filters, set `dmarc_moderation_action` to “Munge "
        "From” and leave `dmarc_quarantine_moderation_action` at Yes; `from_is_list` under General Options does it for all "
        "posts; {unchanged}.",
        unchanged=UNCHANGED,
    ),
    one_click=say(
        "Mailman 2.1 has no setting for it: what its List-Unsubscribe links to asks the subscriber to confirm. A "
        "milter of the list's mail server can add both fields, with an https link of each subscriber's own, before it signs."
    ),
    restore=say(
        "In the list's administration, Membership Management, clear “nomail” of whom it marks with [B]: that "
        "deletes the bounce score as well. The score of the others is forgotten by itself `bounce_info_stale_after` after "
        "their last bounce."
    ),
)
