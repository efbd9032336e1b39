"""Counting different ones in little room: exact below k, honest beyond, and the same however they come."""

import math
import random

import pytest

from monitor.evidence.sketch import OCTETS, SPACE, Sketch, digest


def drawn(number, seed):
    """Different digests, as those of addresses are."""
    return random.Random(seed).sample(range(SPACE), number)


def of(k, digests):
    return Sketch(k).add(digests)


@pytest.mark.parametrize("number", [0, 1, 2, 31, 63])
def test_below_k_the_number_is_exact(number):
    found = of(64, drawn(number, seed=number))
    assert (found.number, found.is_full) == (number, False)


@pytest.mark.parametrize(("number", "seeds"), [(64, 20), (65, 100), (200, 300), (600, 200), (10_000, 40)])
def test_beyond_k_the_error_is_what_theory_says(number, seeds):
    """Without bias, its standard error 1/√(k - 2) at most: mean and deviation over so many seeds."""
    k = 64
    errors = [of(k, drawn(number, seed)).number / number - 1 for seed in range(seeds)]
    error = 1 / math.sqrt(k - 2)
    assert abs(sum(errors) / seeds) < 4 * error / math.sqrt(seeds)
    assert math.sqrt(sum(each**2 for each in errors) / seeds) < error * (1 + 3 / math.sqrt(2 * seeds))


def test_digests_of_addresses_are_spread_evenly():
    """Names that differ in one digit are as good as drawn by chance."""
    assert of(128, (digest(f"member-{n}@example.edu") for n in range(10_000))).number == pytest.approx(10_000, rel=0.25)
    assert all(0 <= digest(text) < SPACE for text in ("", "é", "\udc80", "x" * 9999))


@pytest.mark.parametrize(("kept", "number"), [((1, SPACE // 4 - 1), 4), ((1, 2, SPACE // 50 - 1), 100)])
def test_the_estimate_is_k_less_one_over_the_largest(kept, number):
    """The k-th smallest of n even draws from [0, 1) is k/(n + 1) on average, and (k - 1)/it is n."""
    assert of(len(kept), kept).number == number


def test_a_number_is_never_below_those_that_are_kept():
    """The largest digest there is leaves the estimate at k - 1."""
    assert of(2, [1, SPACE - 1]).number == 2


def test_order_and_repetition_do_not_matter():
    many = drawn(500, seed=3)
    shuffled = random.Random(4).sample(many, len(many))
    assert of(64, many) == of(64, shuffled) == of(64, [*many, *shuffled]) == of(64, many[:250]).add(many[200:])


def test_adding_what_is_there_gives_the_very_same():
    known = of(8, range(8))
    assert known.add([3, 5]) is known
    assert known.add([100]) is known


@pytest.mark.parametrize(("here", "there"), [(10, 20), (100, 20), (20, 100), (300, 200), (64, 32)])
def test_a_union_is_that_of_all_who_were_seen(here, there):
    """Half of the smaller side was seen by both."""
    one, other = drawn(here, seed=1), drawn(there, seed=2)
    other[: min(here, there) // 2] = one[: min(here, there) // 2]
    every = of(64, [*one, *other])
    assert of(64, one).union(of(64, other)) == every == of(64, other).union(of(64, one))


@pytest.mark.parametrize("fine", [of(128, drawn(1000, seed=1)), of(128, drawn(100, seed=1))], ids=["full", "exact"])
def test_a_union_is_as_coarse_as_the_coarser_where_that_is_full(fine):
    """What the coarser one would not have kept of the other's must not count: it would be counted on one side only."""
    coarse = of(32, drawn(1000, seed=2))
    found = fine.union(coarse)
    assert found == coarse.union(fine)
    assert max(found.kept) <= coarse.kept[-1]


def test_unions_of_different_k_count_right():
    """A post's sketch of 128 and one of 32, each of 1000 different ones: 2000, by what the coarser tells."""
    seeds, numbers = 50, []
    for seed in range(seeds):
        every = drawn(2000, seed)
        found = of(128, every[:1000]).union(of(32, every[1000:]))
        assert found.is_full
        numbers.append(found.number)
    assert sum(numbers) / seeds == pytest.approx(2000, rel=4 / math.sqrt(30) / math.sqrt(seeds))


def test_unions_of_three_do_not_depend_on_their_order():
    one, two, three = (of(64, drawn(300, seed)) for seed in range(3))
    assert one.union(two).union(three) == three.union(one).union(two) == two.union(three.union(one))


@pytest.mark.parametrize("digests", [[], [0], [SPACE - 1], drawn(64, 1), drawn(1000, 1)])
def test_what_is_written_is_read_again(digests):
    found = of(64, digests)
    written = found.written()
    assert Sketch.read(64, written) == found
    assert len(written) == 4 * math.ceil(OCTETS * len(found.kept) / 3)


@pytest.mark.parametrize("text", ["x", "\N{BULLET}", "AAAAA"])
def test_garbage_is_a_value_error(text):
    """As whoever reads a ledger expects, who takes such a day for empty."""
    with pytest.raises(ValueError, match=r".+"):
        Sketch.read(64, text)
