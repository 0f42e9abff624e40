"""Distances of hashes against a slow search."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from xaibrain.audit import hashing
from xaibrain.audit.hashing import distance_histogram, near_pairs

HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=9) | st.lists(st.integers(0, 255), max_size=9)


@given(HASHES, st.integers(0, 64), st.sampled_from([1, 2, 1024]))
def test_near_pairs_are_those_of_a_slow_search(hashes, bits, rows):
    kept, hashing._ROWS = hashing._ROWS, rows
    try:
        found = [tuple(pair) for pair in near_pairs(hashes, bits).tolist()]
    finally:
        hashing._ROWS = kept
    assert found == [
        (i, j) for i, j in combinations(range(len(hashes)), 2) if (hashes[i] ^ hashes[j]).bit_count() <= bits
    ]


@given(HASHES)
def test_the_histogram_counts_each_pair_once(hashes):
    distances = [(one ^ other).bit_count() for one, other in combinations(hashes, 2)]
    assert distance_histogram(hashes).tolist() == [distances.count(bits) for bits in range(65)]
