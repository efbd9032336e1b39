"""What receivers look at in a message's header besides its signatures: the form of From, unsubscribing by one click."""

from enum import StrEnum
from typing import Final

UNSUBSCRIBE: Final = "list-unsubscribe"  # RFC 2369 section 3.2
UNSUBSCRIBE_POST: Final = "list-unsubscribe-post"  # RFC 8058 section 3.1
COVERABLE: Final = (UNSUBSCRIBE, UNSUBSCRIBE_POST)  # what a signature has to cover besides From, RFC 8058 section 4


class FromForm(StrEnum):
    """What a message has for From (RFC 5322 section 3.6.2); DMARC speaks of ONE alone (RFC 9989 section 11.5)."""

    ONE = "one"  # one field with one mailbox
    MISSING = "missing"  # no field
    SEVERAL_FIELDS = "several-fields"
    SEVERAL_AUTHORS = "several-authors"  # one field with several mailboxes: allowed, yet refused by many
    UNREADABLE = "unreadable"  # one field without a mailbox that can be read


class OneClick(StrEnum):
    """Whether a receiver may offer to unsubscribe by one click (RFC 8058)."""

    COVERED = "covered"  # both fields, as they are to be, under a valid signature: it may
    UNCOVERED = "uncovered"  # both fields, but no valid signature covers both: it should not (section 4)
    MALFORMED = "malformed"  # List-Unsubscribe-Post is there, but it, or List-Unsubscribe, is not as section 3.1 has it
    ABSENT = "absent"  # without List-Unsubscribe-Post
