"""What mlmmj is told so that receivers take its posts; it has no setting that rewrites From for some authors.

Read in TUNABLES of 1.3.0: `prefix`, `footer`, `customheaders`, `delheaders`.
"""

from monitor.managers.remedies import Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "mlmmj has no setting that replaces From: for such authors. Pass posts on without any change (no "
        "`prefix`, no `footer`), so that the author's DKIM signature stays valid, or let a milter of the list's mail server "
        "replace From:. `delheaders` with From: and `customheaders` with the list's own would do it for all posts, and take "
        "every author's name away."
    ),
    one_click=say(
        "mlmmj has no setting for it: `customheaders` gives every subscriber the same link. A milter of the list's "
        "mail server can add both fields, with an https link of each subscriber's own, before it signs."
    ),
    restore=say(
        "mlmmj unsubscribes without disabling before: subscribe again who was lost, with mlmmj-sub. Whom it was "
        "still probing it forgives by itself as soon as a probe is not returned."
    ),
)
