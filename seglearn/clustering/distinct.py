"""Which points are the same: a photograph repeats its colours, and each needs to be looked at once."""

import numpy as np
from numba import njit


def distinct_points(points):
    """Return the first index of each distinct point (M,), which of them each point is (N,), and the counts (M,)."""
    points = points + 0.0  # -0.0 becomes 0.0, so that equal numbers have equal bits
    first, inverse = np.empty(len(points), np.int64), np.empty(len(points), np.int32)
    counts = np.empty(len(points), np.int64)
    size = 1 << (2 * len(points) - 1).bit_length()
    n_distinct = _hash(points.view(np.uint64), np.full(size, -1, np.int32), first, inverse, counts)
    return first[:n_distinct], inverse, counts[:n_distinct]


@njit(cache=True)
def _hash(bits, table, first, inverse, counts):
    """Number the distinct rows by first appearance, in a hash table with linear probing."""
    n_points, n_dims = bits.shape
    n_distinct, mask = 0, len(table) - 1
    for i in range(n_points):
        key = np.uint64(0)
        for d in range(n_dims):
            key = (key ^ bits[i, d]) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        slot = np.int64(key >> np.uint64(20)) & mask
        while True:
            found = table[slot]
            if found < 0:
                table[slot] = n_distinct
                first[n_distinct], counts[n_distinct], inverse[i] = i, 1, n_distinct
                n_distinct += 1
                break
            same = True
            for d in range(n_dims):
                if bits[first[found], d] != bits[i, d]:
                    same = False
                    break
            if same:
                counts[found] += 1
                inverse[i] = found
                break
            slot = (slot + 1) & mask
    return n_distinct
