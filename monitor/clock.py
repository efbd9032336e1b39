"""The clock. Decisions get the moment as an argument; only edges ask here."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment: aware, UTC."""
    return datetime.now(UTC)
