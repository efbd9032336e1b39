"""What a list's owner changes at the list manager so that receivers take the list's posts: in its own words. Pure.

Each name of a setting stands in the manager's documentation or source, which its folder's file cites. What a manager
has no setting for is said so, and nothing is invented. ARC is no remedy: few receivers went by it, and it moves to
Historic (draft-ietf-dmarc-arc-to-historic, 2026).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from monitor.phrase.phrase import Phrase, say

UNCHANGED: Final = say(
    "or pass posts on without any change (no subject prefix, no footer), so that the author's DKIM signature stays valid"
)


def by_mail_server(domain: str) -> Phrase:
    """How the list's mail server is to sign."""
    return say(
        "Let the list's mail server sign what it sends, with a key of {domain} (d={domain}), after the list manager has "
        "changed the post: a signature that was made before breaks.",
        domain=domain,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """One sentence or two for each kind of refusal, for whoever runs the list.

    `signing` tells how mail of a domain gets a signature that receivers count for it.
    `restore` is for afterwards: how those who were disabled for it get mail again, and their bounces are forgotten.
    """

    rewrite_from: Phrase = say(
        "Let the list replace From: with its own address for authors whose domain asks for p=reject or p=quarantine, "
        "{unchanged}.",
        unchanged=UNCHANGED,
    )
    one_click: Phrase = say(
        "Add List-Unsubscribe with an https link of each subscriber's own, and List-Unsubscribe-Post: "
        "List-Unsubscribe=One-Click, before the mail server signs; let the signature cover both."
    )
    signing: Callable[[str], Phrase] = by_mail_server
    restore: str = say("Enable again whom the list manager has disabled, and set the bounce counts of the others back.")


GENERAL: Final = Remedies()  # of a manager of which nothing more is known
