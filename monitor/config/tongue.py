"""The language in which somebody is told, as the configuration names it."""

from monitor.tongue.languages import LANGUAGES, language_named


def parse_language(value: object) -> str:
    """The tag of a language of ours; a region is left out. Raises ValueError with those that there are."""
    found = language_named(value) if isinstance(value, str) else None
    if found is None:
        those = ", ".join(f'"{tag}" ({name})' for tag, name in LANGUAGES.items())
        raise ValueError(f"must be one of {those}, not {value!r}")
    return found
