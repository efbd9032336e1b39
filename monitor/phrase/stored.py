"""Which fields of what is stored hold sentences: those keep what a phrase was made of."""

from typing import Annotated, Any, Final

MARK: Final = "phrase"  # in the metadata of a field's schema


class _Kept:
    """What the store's codec finds such a field by."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> dict[str, Any]:
        return {**handler(source), "metadata": {MARK: True}}


Words = Annotated[str, _Kept()]
