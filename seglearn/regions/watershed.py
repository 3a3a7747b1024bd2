"""Watershed: water rises in a relief from its minima, or from markers, and where two waters would meet stands a dam."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks

N_STATES = 256  # at most so many are yielded, however many levels there are
FRAME, QUEUED, DAM = -1, -2, -3  # what a pixel may be beside a label, or 0: dry


@dataclass(frozen=True)
class WatershedState:
    """The relief when the water has risen to a level."""

    level: float  # how high the water stands, in the units of the elevation
    labels: np.ndarray  # (H, W) int32: whose water stands there, 0 where it is dry
    dams: np.ndarray  # (H, W) bool, with `lines` the dams that stand so far


def watershed(elevation, markers=None, *, lines=False) -> np.ndarray:
    """Return for every pixel from which source the water comes that floods it.

    h = min f, ..., max f:  a dry pixel of f <= h beside the water of k joins k;  beside two waters it becomes a dam

    Parameters
    ----------
    elevation : (H, W) numbers of any sign: a gradient, a picture, or minus a distance transform.
    markers : (H, W) integers, above 0 at the sources, 0 elsewhere; None takes every regional minimum, a piece of equal
        height without a lower neighbour, numbered from 1 in reading order.
    lines : True to build the dams, one pixel wide; without, a pixel joins the water that reaches it first.

    Returns
    -------
    labels (H, W) int32: the numbers of the markers; 0 on dams, and behind them if no water comes there.

    Neighbours are those by the sides. At equal height water goes on in the order in which it came (a queue a level). A
    basin without a marker stays dry until water runs over into it, and is then filled at that level. Without dams, and
    where all heights differ, the labels are scikit-image's. Its dams are other ones, ties or not:
    of the gradient of `camera` a tenth of the labels differ.

    Raises
    ------
    ValueError, TypeError : no numbers (H, W), NaN, markers of another shape, negative, or all 0.

    >>> watershed(np.array([[1, 2, 4, 3, 0]])).tolist()
    [[1, 1, 1, 2, 2]]

    Source: L. Vincent and P. Soille, "Watersheds in digital spaces", IEEE Trans. PAMI 13 (1991) 583-598; with markers
    and a queue a level, F. Meyer, "Un algorithme optimal de ligne de partage des eaux", 8e congres RFIA (1991) 847-857.
    Lecture 4.4.4, figure 4-8.
    """
    flood = _prepare(elevation, markers, lines)
    flood.rise(len(flood.heights))
    return flood.water(len(flood.heights))


def watershed_steps(elevation, markers=None, *, lines=False) -> Iterator[WatershedState]:
    """Yield a `WatershedState` for every level, or for the 256 parts of the levels if there are more.

    Arguments as in `watershed`.
    """
    return _rising(_prepare(elevation, markers, lines))


def regional_minima(elevation) -> np.ndarray:
    """Return the pieces of equal height that have no lower neighbour, the sources of the water.

    M = {p in plateau P : f(q) > f(p) for all q beside P}

    Parameters
    ----------
    elevation : (H, W) numbers of any sign.

    Returns
    -------
    (H, W) int32: 0, or from 1 the number of the minimum, in reading order.

    Raises
    ------
    ValueError, TypeError : no numbers (H, W), NaN.

    >>> regional_minima(np.array([[1, 1, 4, 3, 0]])).tolist()
    [[1, 1, 0, 0, 2]]

    Source: L. Vincent and P. Soille (see `watershed`), section II, definition 3. Lecture 4.4.4, figure 4-8.
    """
    return _inside(_minima(_ranks(elevation)[0])).copy()


def _rising(flood):
    n_levels = len(flood.heights)
    ends = np.unique(np.linspace(0, n_levels, min(n_levels, N_STATES) + 1).astype(int)[1:])
    for before, end in zip([0, *ends], ends):
        flood.rise(end - before)
        yield WatershedState(flood.heights[end - 1].item(), flood.water(end), _inside(flood.labels) == DAM)


def _prepare(elevation, markers, lines):
    ranks, heights = _ranks(elevation)
    if not isinstance(lines, (bool, np.bool_)):
        checks.fail("lines", "True or False", repr(lines), TypeError)
    if markers is None:
        return _Flood(ranks, heights, _minima(ranks), lines)
    markers = checks.labels(markers, "markers")
    if markers.shape != np.shape(elevation):
        checks.fail("markers", f"the elevation's shape {np.shape(elevation)}", f"shape {markers.shape}")
    if not markers.any():
        checks.fail("markers", "at least one above 0", "0 everywhere")
    return _Flood(ranks, heights, np.pad(markers, 1, constant_values=FRAME), lines)


def _ranks(elevation):
    """Return the level of each pixel, int32 from 0, in a frame of the highest level, and the heights of the levels."""
    values = checks.field(elevation, "elevation")
    array = np.asarray(elevation)
    if array.dtype.kind in "bu" and array.dtype.itemsize == 1:  # so few whole numbers need not be sorted
        return np.pad(array.astype(np.int32), 1, constant_values=array.max()), np.arange(array.max() + 1.0)
    ranks, first = np.empty(values.shape, np.int32), np.zeros(values.size, np.bool_)
    order = np.argsort(values, axis=None)
    _rank(values.ravel(), order, ranks.ravel(), first)
    return np.pad(ranks, 1, constant_values=ranks.max()), values.ravel()[order[first]]


def _minima(ranks):
    """Number the minima of a framed relief."""
    markers, queue = np.full(ranks.shape, FRAME, np.int32), np.empty(ranks.size, np.int32)
    _inside(markers)[:] = QUEUED
    _number_minima(ranks.ravel(), ranks.shape[1], markers.ravel(), queue)
    return markers


def _inside(framed):
    return framed[1:-1, 1:-1]


class _Flood:
    """A framed relief under rising water. A pixel waits in the queue of its level, or, if that is flooded, in a wave.

    All queues lie one after the other in one array, each as long as its level has pixels.
    """

    def __init__(self, ranks, heights, labels, lines):
        self.ranks, self.heights, self.labels, self.lines, self.level = ranks, heights, labels, lines, 0
        self.queue, self.wave = np.empty((2, ranks.size), np.int32)
        counts = np.bincount(ranks.ravel(), minlength=len(heights))  # the frame's too, which nobody needs
        self.starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.ends = self.starts.copy()
        _spring(ranks.ravel(), labels.ravel(), self.queue, self.ends)

    def rise(self, n_levels):
        _rise(
            self.ranks.ravel(), self.ranks.shape[1], self.labels.ravel(), self.queue, self.starts, self.ends, self.wave,
            self.level, n_levels, self.lines,
        )  # fmt: skip
        self.level += n_levels

    def water(self, n_levels):
        """Return whose water stands where, if so many levels are under it."""
        water = np.maximum(_inside(self.labels), 0)
        if n_levels < len(self.heights):
            water[_inside(self.ranks) >= n_levels] = 0
        return water


@njit(cache=True)
def _rank(values, order, ranks, first):
    """Give the values in rising order the ranks 0, 1, ..., equal values the same, and mark the first of each rank."""
    rank = -1
    for i in range(len(order)):
        if i == 0 or values[order[i]] != values[order[i - 1]]:
            rank += 1
            first[i] = True
        ranks[order[i]] = rank


@njit(cache=True)
def _number_minima(ranks, width, markers, queue):
    """Go along every piece of equal rank, and number it if no neighbour is lower."""
    n_minima = 0
    for start in range(len(ranks)):
        if markers[start] != QUEUED:
            continue
        markers[start], queue[0], end, lowest = 0, start, 1, True
        head = 0
        while head < end:
            p = queue[head]
            head += 1
            for q in (p - width, p - 1, p + 1, p + width):
                lowest &= ranks[q] >= ranks[p]
                if markers[q] == QUEUED and ranks[q] == ranks[p]:
                    markers[q], queue[end] = 0, q
                    end += 1
        if lowest:
            n_minima += 1
            for i in range(end):
                markers[queue[i]] = n_minima


@njit(cache=True)
def _spring(ranks, labels, queue, ends):
    """Let every source wait in the queue of its level."""
    for p in range(len(labels)):
        if labels[p] > 0:
            queue[ends[ranks[p]]] = p
            ends[ranks[p]] += 1


@njit(cache=True)
def _rise(ranks, width, labels, queue, starts, ends, wave, level, n_levels, lines):
    """Flood so many levels: every pixel in a level's queue, then in its wave, hands its water on to dry neighbours."""
    for h in range(level, level + n_levels):
        n_waiting, n_reached, turn = ends[h] - starts[h], 0, 0
        while turn < n_waiting + n_reached:
            p = queue[starts[h] + turn] if turn < n_waiting else wave[turn - n_waiting]
            turn += 1
            neighbours = (p - width, p - 1, p + 1, p + width)
            if labels[p] == QUEUED:
                for q in neighbours:
                    if labels[q] > 0:
                        labels[p] = labels[q] if labels[p] == QUEUED or labels[p] == labels[q] else DAM
                if labels[p] == DAM:
                    continue
            for q in neighbours:
                if labels[q] == 0:
                    labels[q] = QUEUED if lines else labels[p]
                    if ranks[q] <= h:
                        wave[n_reached] = q
                        n_reached += 1
                    else:
                        queue[ends[ranks[q]]] = q
                        ends[ranks[q]] += 1
