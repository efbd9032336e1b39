"""What GNU Mailman 3 is told so that receivers take its posts.

Read in core 3.3.10: interfaces/mailinglist.py (DMARCMitigateAction), rules/dmarc.py, handlers/rfc_2369.py; and in
Postorius 1.3.13: forms/list_forms.py (DMARCMitigationsForm).
"""

from monitor.managers.remedies import UNCHANGED, Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "In Postorius, Settings, DMARC Mitigations, set “DMARC mitigation action” to “Replace From: with list "
        "address” (`dmarc_mitigate_action` = `munge_from` in the REST API). It is for authors whose domain asks for p=reject "
        "or p=quarantine; “DMARC Mitigate unconditionally” (`dmarc_mitigate_unconditionally`) makes it for all; {unchanged}.",
        unchanged=UNCHANGED,
    ),
    one_click=say(
        "Mailman core (3.3.10) has no setting for it: its List-Unsubscribe has a mailto: link alone. A milter of "
        "the list's mail server can add both fields, with an https link of each subscriber's own, before it signs."
    ),
    restore=say(
        "In Postorius, on the list's page of its members, open the options of each who was disabled, and set “Delivery "
        "status” to “Enabled” (in the REST API it is `delivery_status`, and `by_bounces` now). The bounces of the others "
        "are forgotten by themselves, some days after the last one (`bounce_info_stale_after`). Before core 3.3.9 raise "
        "the bounce score threshold until then (`bounce_score_threshold`), or whoever is enabled again falls at the next "
        "bounce."
    ),
)
