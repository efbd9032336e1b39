"""What the receiver answers in words of its own, and whether somebody quotes them: then the refusal is ours. Pure."""

from typing import Final

RECORDED: Final = "250 2.0.0 Recorded; thank you."
UNKNOWN: Final = "550 5.1.1 There is no such address here."
NO_RELAY: Final = "550 5.7.1 This server takes no mail for that domain."
ONLY_DSN: Final = "550 5.7.1 Only delivery status notifications are taken here."  # RFC 5321 section 4.5.5
GUESSING: Final = "421 4.7.0 Too many unknown addresses."
TOO_MANY: Final = "452 4.5.3 Too many recipients for one message; send the rest again."
BUSY: Final = "451 4.3.2 Busy; please try again in a minute."
NOT_KEPT: Final = "451 4.3.0 The message cannot be recorded now; please try again later."
IN_DOUBT: Final = "451 4.3.0 Whose address this is cannot be told now; please try again later."
TROUBLE: Final = "451 4.3.0 Trouble on our side; please try again later."
CROWDED: Final = "421 4.7.0 Too many connections from your network."

# Without the codes, which a mail server that quotes us may set elsewhere or leave out.
_OURS: Final = tuple(
    " ".join(each.split()[2:]).lower()
    for each in (UNKNOWN, NO_RELAY, ONLY_DSN, GUESSING, TOO_MANY, BUSY, NOT_KEPT, IN_DOUBT, TROUBLE, CROWDED)
)


def quotes_us(text: str) -> bool:
    """Whether a reply or a diagnostic about a probe quotes a refusal of our receiver, wherever its lines are broken."""
    said = " ".join(text.lower().split())
    return any(each in said for each in _OURS)
