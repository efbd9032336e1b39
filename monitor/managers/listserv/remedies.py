"""What LISTSERV is told so that receivers take its posts.

Read in L-Soft's manuals of 17.0 and 17.5: Advanced Topics 13.3 (DMARC), site configuration variable DMARC_NO_REWRITE.
"""

from monitor.managers.remedies import Remedies
from monitor.phrase.phrase import say

REMEDIES = Remedies(
    rewrite_from=say(
        "LISTSERV replaces From: by itself for authors whose domain asks for p=reject or p=quarantine, except on "
        "z/VM, where it asks no DNS. See that the author's domain is not among `DMARC_NO_REWRITE` in the site configuration, "
        "that LISTSERV's host gets answers from DNS, and that its version is one that does so."
    ),
    restore=say(
        "LISTSERV deletes without disabling before: add again who was lost, with ADD. Errors of the others are "
        "forgotten by themselves after some days without any."
    ),
)
