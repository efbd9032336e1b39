"""All stories, by what they are about."""

from collections.abc import Mapping
from typing import Final

from tests.histories import dns, late, mended, partial, receivers, settings, whole
from tests.histories.story import Story

STORIES: Final[tuple[Story, ...]] = (
    *whole.STORIES,
    *partial.STORIES,
    *mended.STORIES,
    *receivers.STORIES,
    *settings.STORIES,
    *dns.STORIES,
    *late.STORIES,
)
NAMED: Final[Mapping[str, Story]] = {each.name: each for each in STORIES}
