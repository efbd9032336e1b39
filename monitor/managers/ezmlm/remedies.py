"""What ezmlm-idx is told so that receivers take its posts.

Read in ezmlm-send(1) and bin/ezmlm-send.c: since 7.2.0 it rewrites From for authors with p=reject by itself, and for
nobody else (bruceg/ezmlm-idx#21) unless the file `rewritefrom` is there.
"""

from monitor.managers.remedies import UNCHANGED, Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "ezmlm-idx from 7.2.0 on replaces From: by itself for authors whose domain asks for p=reject. For "
        "p=quarantine as well, make the file `rewritefrom` in the list's directory, which does it for all posts; before "
        "7.2.0, update; {unchanged}.",
        unchanged=UNCHANGED,
    ),
    one_click=say(
        "ezmlm-idx has no setting for it: `headeradd` gives every subscriber the same link. A milter of the list's "
        "mail server can add both fields, with an https link of each subscriber's own, before it signs."
    ),
    restore=say(
        "ezmlm-idx unsubscribes without disabling before: add again who was lost, with ezmlm-sub. Whom it has "
        "warned stays subscribed, as soon as a warning is not returned."
    ),
)
