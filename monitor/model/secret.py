"""A text that is used and never shown: a password, a token, a URL that holds one."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """Neither `repr` nor `str` tells it, so that no log, message or traceback does."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """The text itself, for whoever is about to use it."""
        return self._text

    def __str__(self) -> str:
        """The mask."""
        return "***"

    def __len__(self) -> int:
        """How many characters it has."""
        return len(self._text)
