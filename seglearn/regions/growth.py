"""The growth of regions, ring by ring: who is in, who was refused, and when those who were refused are asked again."""

import numpy as np
from numba import njit

INSIDE = 2  # the state of a pixel in the first region
MARGIN = 1 - 1e-9  # so much earlier a pixel that waits is looked at again, lest a last digit pass it over


class Growth:
    """What growth goes on from: a picture in a frame that belongs to no region, and who is in. Pixels are flat indices.

    `state` is 0 where nobody came, 2 k + 1 where region k was the last to refuse, 2 k + 2 where region k is.
    """

    def __init__(self, values, tolerance, moving, connectivity):
        height, self.width, n_channels = values.shape[0], values.shape[1] + 2, values.shape[2]
        framed = np.zeros((height + 2, self.width, n_channels))
        framed[1:-1, 1:-1] = values
        state = np.full((height + 2, self.width), INSIDE, np.int32)
        state[1:-1, 1:-1] = 0
        row = self.width
        self.steps = np.array([-row, -1, 1, row, -row - 1, 1 - row, row - 1, row + 1][:connectivity])
        self.state = state.ravel()
        self.queue = np.empty(state.size, np.int32)  # the pixels of the region in the order in which they joined
        self.progress = np.zeros(3, np.int64)  # where the last ring begins and ends in it; how many pixels are waiting
        self.mean = np.zeros(n_channels)
        self.turn = np.zeros(2, np.int64)  # of `label`: the next seed, and how many regions there are
        heap = np.empty(state.size, np.int32), np.empty(state.size)  # refused pixels; how far the mean must have gone
        sums, path = np.zeros(n_channels), np.zeros(1)  # of the region; how far its mean has gone
        self.how = framed.reshape(-1, n_channels), self.steps, tolerance, moving
        self.memory = self.state, self.queue, self.progress, *heap, sums, self.mean, path

    def plant(self, seed):
        _plant(self.how[0], (seed[0] + 1) * self.width + seed[1] + 1, 0, *self.memory)

    def grow(self, n_rings):
        _grow(*self.how, 0, n_rings, *self.memory)

    def label(self, seeds, n_regions):
        """Grow so many regions from the next free seeds; return whether there was one."""
        return _label(*self.how, seeds, n_regions, self.turn, *self.memory) > 0

    def labels(self):
        return np.where(self.state % 2 == 0, self.state // 2 - 1, -1).astype(np.int32)

    def picture(self, flat):
        return flat.reshape(-1, self.width)[1:-1, 1:-1].copy()

    def places(self, pixels):
        return np.column_stack(np.divmod(pixels, self.width)) - 1


@njit(cache=True)
def _plant(values, seed, region, state, queue, progress, waiting, keys, sums, mean, path):
    """Begin a region with its seed."""
    state[seed], queue[0] = 2 * region + 2, seed
    progress[:] = 0, 1, 0
    path[0] = 0
    for c in range(len(mean)):
        sums[c] = mean[c] = values[seed, c]


@njit(cache=True)
def _grow(
    values, steps, tolerance, moving, region, n_rings, state, queue, progress, waiting, keys, sums, mean, path
):  # fmt: skip
    """Add at most so many rings: all neighbours that are near enough to the mean, which moves after each.

    A pixel that was refused at a distance waits in a heap until the mean has gone as far as it would have to.
    """
    first, end, n_waiting = progress
    refused, inside = 2 * region + 1, 2 * region + 2
    while first < end and n_rings > 0:
        last, n_before = end, n_waiting
        while n_waiting and keys[0] * MARGIN <= path[0]:
            n_waiting -= 1
            _pop(waiting, keys, n_waiting)  # to the place behind the heap
        for i in range(n_waiting, n_before):  # no push below writes beyond i
            p = waiting[i]
            excess = _excess(values[p], mean, tolerance)
            if excess <= 0:
                state[p], queue[end] = inside, p
                end += 1
            else:
                _push(waiting, keys, n_waiting, p, path[0] + excess)
                n_waiting += 1
        for i in range(first, last):
            for step in steps:
                p = queue[i] + step
                if state[p] == refused or (state[p] != 0 and state[p] % 2 == 0):
                    continue
                excess = _excess(values[p], mean, tolerance)
                if excess <= 0:
                    state[p], queue[end] = inside, p
                    end += 1
                else:
                    state[p] = refused
                    if moving:
                        _push(waiting, keys, n_waiting, p, path[0] + excess)
                        n_waiting += 1
        first, n_rings = last, n_rings - 1
        if moving:
            gone = 0.0
            for c in range(len(mean)):
                for i in range(first, end):
                    sums[c] += values[queue[i], c]
                before, mean[c] = mean[c], sums[c] / end
                gone += (mean[c] - before) ** 2
            path[0] += np.sqrt(gone)
    progress[:] = first, end, n_waiting


@njit(cache=True)
def _label(
    values, steps, tolerance, moving, seeds, n_regions, turn, state, queue, progress, waiting, keys, sums, mean, path
):  # fmt: skip
    """Grow at most so many regions, each from the next seed that is free; return how many it were."""
    n_grown = 0
    while turn[0] < len(seeds) and n_grown < n_regions:
        seed, region = seeds[turn[0]], turn[1]
        turn[0] += 1
        if state[seed] == 0 or state[seed] % 2:
            _plant(values, seed, region, state, queue, progress, waiting, keys, sums, mean, path)
            _grow(
                values,
                steps,
                tolerance,
                moving,
                region,
                len(queue),
                state,
                queue,
                progress,
                waiting,
                keys,
                sums,
                mean,
                path,
            )
            turn[1] += 1
            n_grown += 1
    return n_grown


@njit(cache=True)
def _excess(value, mean, tolerance):
    """Return by how much a value is farther from the mean than the tolerance; at most 0 if it fits."""
    if len(mean) == 1:
        return max(value[0] - (mean[0] + tolerance), (mean[0] - tolerance) - value[0])
    total = 0.0
    for c in range(len(mean)):
        total += (value[c] - mean[c]) ** 2
    return np.sqrt(total) - tolerance


@njit(cache=True)
def _push(waiting, keys, n, pixel, key):
    """Put a pixel into the heap of n pixels, the least key at the top."""
    while n > 0 and keys[(n - 1) // 2] > key:
        waiting[n], keys[n] = waiting[(n - 1) // 2], keys[(n - 1) // 2]
        n = (n - 1) // 2
    waiting[n], keys[n] = pixel, key


@njit(cache=True)
def _pop(waiting, keys, n):
    """Swap the top with the last of n + 1 pixels, and make a heap of the first n again."""
    top, pixel, key = waiting[0], waiting[n], keys[n]
    i = 0
    while 2 * i + 1 < n:
        child = 2 * i + 1
        if child + 1 < n and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        waiting[i], keys[i] = waiting[child], keys[child]
        i = child
    waiting[i], keys[i] = pixel, key
    waiting[n] = top
