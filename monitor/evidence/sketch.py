"""How many different ones were seen, and which of two looks saw the same: a bottom-k sketch. Pure.

Of what is seen only digests are looked at, and of these the smallest `k` are kept (Z. Bar-Yossef et al., "Counting
distinct elements in a data stream", RANDOM 2002; E. Cohen and H. Kaplan, "Summarizing data using bottom-k sketches",
PODC 2007). Adding the same again changes nothing, nor does the order. Up to k the number is exact; beyond, its standard
error is 1/√(k - 2). Sketches of the same members on several days keep the same ones of them, so that it is known of
each that is kept on which days it was seen.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import pack, unpack
from typing import Final, Self

OCTETS: Final = 4  # of one digest: of 10,000 two are the same by chance in about one case in a hundred
SPACE: Final = 1 << (8 * OCTETS)


def digest(text: str) -> int:
    """A number that stands for the text, in [0, SPACE)."""
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:OCTETS], "big")


@dataclass(frozen=True, slots=True)
class Sketch:
    """The smallest digests of those seen, ascending, at most `k` of them."""

    k: int
    kept: tuple[int, ...] = ()

    def add(self, digests: Iterable[int]) -> Self:
        """With these as well."""
        merged = sorted({*self.kept, *digests})[: self.k]
        return (
            self if len(merged) == len(self.kept) and tuple(merged) == self.kept else type(self)(self.k, tuple(merged))
        )

    def union(self, other: "Sketch") -> Self:
        """Of all that either saw."""
        return self.of_all((self, other))

    @classmethod
    def of_all(cls, sketches: Sequence["Sketch"]) -> Self:
        """Of all that any of them saw; as coarse as the coarsest of them that is full. At least one is given."""
        most = max(each.k for each in sketches)
        limit = min((each.kept[-1] for each in sketches if each.is_full), default=None)
        merged = sorted({one for each in sketches for one in each.kept})
        if limit is not None:  # beyond it one of them did not keep what it saw
            merged = [each for each in merged if each <= limit]
            most = min(most, len(merged))
        return cls(most, tuple(merged[:most]))

    @property
    def is_full(self) -> bool:
        """Whether there may be more than are kept."""
        return len(self.kept) >= self.k

    @property
    def number(self) -> int:
        """How many different ones were seen: exact below k, else the unbiased estimate (k - 1)/(largest kept)."""
        if not self.is_full:
            return len(self.kept)
        return max(len(self.kept), round((len(self.kept) - 1) * SPACE / (self.kept[-1] + 1)))

    def written(self) -> str:
        """As text for the store."""
        return b64encode(pack(f">{len(self.kept)}I", *self.kept)).decode()

    @classmethod
    def read(cls, k: int, text: str) -> Self:
        """As it was written."""
        octets = b64decode(text) if text else b""
        return cls(k, unpack(f">{len(octets) // OCTETS}I", octets))
