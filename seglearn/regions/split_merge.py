"""Split and merge: quarter what is uneven until every block is even, then join neighbours that are even together."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.regions.histogram import own_values

CRITERIA = ("range", "deviation")
TENTH = 0.1  # of the regions: so many are merged between two states


@dataclass(frozen=True)
class SplitMergeState:
    """The regions after one level of splitting, or after some merging."""

    iteration: int  # from 0, the whole picture
    phase: str  # "split" or "merge"
    labels: np.ndarray  # (H, W) int32 from 0, in reading order of the regions
    n_regions: int
    blocks: np.ndarray  # (B, 4) int64: top, left, bottom, right of the quadtree's blocks, in reading order


def split_and_merge(image, tolerance, *, min_size=2, criterion="range") -> np.ndarray:
    """Divide a picture into regions by quartering uneven blocks and then merging neighbours that are even together.

    split B while H(B) > tolerance;  merge R, S side by side while H(R + S) <= tolerance;  H = max f - min f, or std f

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; of any size.
    tolerance : a number of at least 0 in the units of `image` (0 to 255 for 8 bits).
    min_size : int of at least 1, pixels: a block that is no higher and no wider than this stays as it is.
    criterion : "range", the largest minus the smallest value, or "deviation", the standard deviation.

    Returns
    -------
    labels (H, W) int32 from 0, in reading order. Each is connected by its sides, and even unless it is one block of the
    smallest size; no two that share a side are even together.

    Sides longer than `min_size` are halved, the first half with the odd pixel. The most similar neighbours are merged
    first, by the H of both blocks together, of equals the upper left ones; for the deviation, which a third region can
    lower, again and again until no pair is left.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, a negative tolerance, min_size below 1, another criterion.

    >>> split_and_merge(np.array([[1, 1, 9, 9], [1, 2, 9, 8]], np.uint8), 1).tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1]]

    Source: S. L. Horowitz and T. Pavlidis, "Picture segmentation by a tree traversal algorithm", J. ACM 23 (1976)
    368-388. Lecture 4.4.3, figure 4.4-b.
    """
    for _phase, blocks, roots in _run(*_prepare(image, tolerance, min_size, criterion), 1.0):  # noqa: B007
        pass
    return _drawn(np.shape(image), blocks, roots)


def split_and_merge_steps(image, tolerance, *, min_size=2, criterion="range") -> Iterator[SplitMergeState]:
    """Yield a `SplitMergeState` for every level of the quadtree, and then for every tenth of the regions merged away.

    Arguments as in `split_and_merge`.
    """
    return _watched(*_prepare(image, tolerance, min_size, criterion))


def _watched(values, by_range, tolerance, min_size):
    for iteration, (phase, blocks, roots) in enumerate(_run(values, by_range, tolerance, min_size, TENTH)):
        labels = _drawn(values.shape, blocks, roots)
        yield SplitMergeState(iteration, phase, labels, int(labels.max()) + 1, blocks)


def _prepare(image, tolerance, min_size, criterion):
    values = own_values(image)
    tolerance = checks.number(tolerance, "tolerance", 0)
    min_size = checks.integer(min_size, "min_size", 1)
    return values, checks.choice(criterion, "criterion", CRITERIA) == "range", tolerance, min_size


def _run(values, by_range, tolerance, min_size, share):
    """The lecture's steps: yield (phase, blocks, the first block of each block's region), blocks in reading order."""
    blocks, even = np.array([[0, 0, *values.shape]]), []
    while len(blocks):
        measures, children = np.empty((len(blocks), 5)), np.empty((4 * len(blocks), 4), np.int64)
        split = np.zeros(len(blocks), np.bool_)
        children = children[: _quarter(values, blocks, by_range, tolerance, min_size, measures, split, children)]
        now = _in_reading_order(np.concatenate([done[:, :4] for done in even] + [blocks]).astype(np.int64))
        yield "split", now, np.arange(len(now))
        even.append(np.hstack([blocks, measures])[~split])
        blocks = children

    leaves = _in_reading_order(np.concatenate(even))
    blocks, measures, roots = (
        leaves[:, :4].astype(np.int32),
        leaves[:, 4:].copy(),
        np.arange(len(leaves), dtype=np.int32),
    )
    pairs, n_regions, merged = _neighbours(_drawn(values.shape, blocks, roots)), len(leaves), True
    while merged:
        costs, merged, at = np.empty(len(pairs)), False, 0
        _compare(pairs, by_range, measures, roots, costs)
        similar = np.flatnonzero(costs <= tolerance)
        order = similar[np.argsort(costs[similar], kind="stable")]
        while at < len(order):
            at, n = _merge(pairs, order, at, by_range, tolerance, max(1, int(share * n_regions)), measures, roots)
            n_regions, merged = n_regions - n, merged or n > 0
            if n:
                yield "merge", blocks, roots


def _in_reading_order(blocks):
    """Sort by top, then by left: the first pixels of the blocks, row by row."""
    return blocks[np.lexsort((blocks[:, 1], blocks[:, 0]))]


def _drawn(shape, blocks, roots):
    """Return the label map; a region has its place in reading order from its first block."""
    labels, numbers = np.empty(shape, np.int32), np.cumsum(roots == np.arange(len(roots)), dtype=np.int32) - 1
    _paint(blocks, numbers[roots], labels)
    return labels


def _neighbours(labels):
    """Return the pairs of blocks that share a side, (E, 2), the smaller number first, in order, each once."""
    pairs = []
    for flipped in (labels, labels.T):
        first, second = flipped[:, :-1], flipped[:, 1:]
        begins = first != second
        begins[1:] &= (first[1:] != first[:-1]) | (second[1:] != second[:-1])  # a border of blocks is one stretch
        pairs += [np.column_stack([first[begins], second[begins]])]
    pairs = np.sort(np.concatenate(pairs), axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


@njit(cache=True)
def _quarter(values, blocks, by_range, tolerance, min_size, measures, split, children):
    """Measure the blocks: pixels, least, largest, sum, sum of squares; halve the sides of the uneven ones."""
    n = 0
    for k in range(len(blocks)):
        top, left, bottom, right = blocks[k]
        low = high = float(values[top, left])
        total = squares = 0.0
        for r in range(top, bottom):
            row = values[r]
            for c in range(left, right):
                value = float(row[c])
                low, high = min(low, value), max(high, value)
                total += value
                squares += value * value
        measure = measures[k]
        measure[0], measure[1], measure[2] = (bottom - top) * (right - left), low, high
        measure[3], measure[4] = total, squares
        height, width = bottom - top, right - left
        if max(height, width) <= min_size or _unevenness(measure, measure, by_range) <= tolerance:
            continue
        split[k] = True
        middle = top + (height + 1) // 2 if height > min_size else bottom
        centre = left + (width + 1) // 2 if width > min_size else right
        for r, end in ((top, middle), (middle, bottom)):
            for c, stop in ((left, centre), (centre, right)):
                if r < end and c < stop:
                    children[n, 0], children[n, 1], children[n, 2], children[n, 3] = r, c, end, stop
                    n += 1
    return n


@njit(cache=True)
def _unevenness(a, b, by_range):
    """Return the H of two regions together."""
    low, high = min(a[1], b[1]), max(a[2], b[2])
    if by_range or low == high:
        return high - low
    n = a[0] + b[0]
    mean = (a[3] + b[3]) / n
    return np.sqrt(max((a[4] + b[4]) / n - mean * mean, 0.0))


@njit(cache=True)
def _root(roots, k):
    """Return the first block of the region that block k is in, and shorten the way for the next who asks."""
    while roots[k] != k:
        roots[k] = roots[roots[k]]
        k = roots[k]
    return k


@njit(cache=True)
def _compare(pairs, by_range, measures, roots, costs):
    """Give each pair of blocks the H of their regions together, infinity where it is one region."""
    for i in range(len(pairs)):
        a, b = _root(roots, pairs[i, 0]), _root(roots, pairs[i, 1])
        costs[i] = np.inf if a == b else _unevenness(measures[a], measures[b], by_range)


@njit(cache=True)
def _merge(pairs, order, at, by_range, tolerance, budget, measures, roots):
    """Merge the pairs that are even together, from `at` in this order on, at most so many; return where it ended.

    The region of both has the smaller number and its measures; in the end all blocks know their region's first.
    """
    n = 0
    while at < len(order) and n < budget:
        a, b = _root(roots, pairs[order[at], 0]), _root(roots, pairs[order[at], 1])
        at += 1
        if a == b or _unevenness(measures[a], measures[b], by_range) > tolerance:
            continue
        a, b = min(a, b), max(a, b)
        first, second = measures[a], measures[b]
        first[1], first[2] = min(first[1], second[1]), max(first[2], second[2])
        for i in (0, 3, 4):
            first[i] += second[i]
        roots[b] = a
        n += 1
    for k in range(len(roots)):
        roots[k] = roots[roots[k]]
    return at, n


@njit(cache=True)
def _paint(blocks, values, labels):
    """Give the pixels of each block its value."""
    for k in range(len(blocks)):
        top, left, bottom, right = blocks[k]
        for r in range(top, bottom):
            for c in range(left, right):
                labels[r, c] = values[k]
