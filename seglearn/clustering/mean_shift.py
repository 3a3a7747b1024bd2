"""Mean shift: every point climbs to the nearest peak of the density, by the mean of its window again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gamma, pi

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.clustering.distinct import distinct_points

KERNELS = ("flat", "gaussian")
REACH = 4  # bandwidths at which the normal kernel is cut off; the flat one ends at 1 by its nature
STILL = 1e-3  # bandwidths: a shorter shift is the last one of a point


@dataclass(frozen=True)
class MeanShiftState:
    """Mean shift after one shift of every window that still moves."""

    iteration: int  # from 1
    positions: np.ndarray  # (N, D), where the window that started at each point is now
    shifts: np.ndarray  # (N,), how far each went in this iteration; 0 once it stands still
    n_moving: int  # points whose window goes on
    modes: np.ndarray  # (M, D), the positions with those nearer than a bandwidth made one, the fullest window first
    labels: np.ndarray  # (N,) int32, the mode that each point's position belongs to


def mean_shift(points, bandwidth, *, kernel="flat", max_iter=300) -> MeanShiftState:
    """Divide points into the basins of the peaks of their density, and return the last state.

    y <- sum_i x_i g(|y - x_i|^2 / h^2) / sum_i g(|y - x_i|^2 / h^2),  from y = x_1, ..., x_N,
    with g(u) = 1 for u <= 1, else 0 ("flat")  or  g(u) = exp(-u / 2) for u <= 16, else 0 ("gaussian")

    Parameters
    ----------
    points : (N, D) array of float or uint8, used as they come (no scaling). Colours: `image.reshape(-1, 3)`.
    bandwidth : float above 0, the lecture's radius r, the paper's h, in the units of `points`.
    kernel : "flat", the mean of the points within one bandwidth, or "gaussian", cut off at 4 bandwidths.
    max_iter : int of at least 1; a window stops earlier, after a shift of at most 0.001 bandwidth.

    Returns
    -------
    MeanShiftState with `modes` (M, D) and `labels` (N,) int32. Windows that ended within one bandwidth of each
    other count as one mode, the one with the largest sum of g (equal sums: the larger first coordinate).

    A point exactly one bandwidth away is inside a flat window. So points in a row, one bandwidth apart, hold
    each other: all but the two outer ones stay where they are, though no peak is there.

    Raises
    ------
    ValueError, TypeError : wrong rank, no points, NaN, a bandwidth not above 0, another kernel.

    Source: D. Comaniciu and P. Meer, "Mean shift: a robust approach toward feature space analysis", IEEE PAMI 24
    (2002) 603-619, equation 20 and section 2.3; K. Fukunaga and L. Hostetler, IEEE Trans. Information Theory 21
    (1975) 32-40. Lecture 4.2.3, figure 4-3.
    """
    problem = _prepare(points, bandwidth, kernel, max_iter)
    for state in _climb(*problem.start):  # noqa: B007  run to the end; the last state is the answer
        pass
    return problem.expand(state)


def mean_shift_steps(points, bandwidth, *, kernel="flat", max_iter=300) -> Iterator[MeanShiftState]:
    """Yield a `MeanShiftState` after every shift of all windows; arguments as in `mean_shift`."""
    problem = _prepare(points, bandwidth, kernel, max_iter)
    return (problem.expand(state) for state in _climb(*problem.start))


def mean_shift_path(points, start, bandwidth, *, kernel="flat", max_iter=300) -> np.ndarray:
    """Return the way of one window from `start`, (D,): an array (T, D) whose row t is its centre after t shifts.

    The arguments, the source and the rule are those of `mean_shift`; `start` may be any place. A window without
    points stays where it is. `kernel_density` never falls along the path (Comaniciu and Meer, theorem 1).
    """
    problem = _prepare(points, bandwidth, kernel, max_iter)
    start = problem.places([start], "start")
    path = [start, *(positions.copy() for _, positions, *_ in _climb(problem.start[0], start, *problem.start[2:]))]
    return np.concatenate(path)[:, : problem.n_dims]


def kernel_density(points, at, bandwidth, *, kernel="flat") -> np.ndarray:
    """Return the density (Q,) at the places `at`, (Q, D), whose gradient mean shift with this kernel follows.

    f(y) = c / (N h^D) sum_i k(|y - x_i|^2 / h^2),  k' = -g up to a factor:
    k(u) = max(1 - u, 0) for "flat" (Epanechnikov)  or  max(exp(-u / 2) - exp(-8), 0) for "gaussian" (normal)

    The arguments and what raises are those of `mean_shift`; `at` counts in the same units. The normal kernel is
    lowered by exp(-8) so that it ends at 4 bandwidths without a step: so f never falls along a path.

    Source: Comaniciu and Meer (2002), equations 4 to 10 and section 2.1. Lecture 4.2.3, figure 4-3.
    """
    problem = _prepare(points, bandwidth, kernel, max_iter=1)
    heights = problem.start[0].windows(problem.places(at, "at"))[2]
    d = problem.n_dims
    scale = (2 * pi) ** (-d / 2) if kernel == "gaussian" else (d + 2) * gamma(d / 2 + 1) / (2 * pi ** (d / 2))
    return scale * heights / (len(problem.inverse) * bandwidth**d)


@dataclass(frozen=True)
class _Cloud:
    """Distinct points with counts, in rows along the first axis, so that a window meets few points outside it."""

    points: np.ndarray  # (P, max(D, 3)), row by row; zeros fill up what is missing to three dimensions
    rows: tuple  # what _windows has to know beside: counts, where the rows are, the kernel
    bandwidth: float

    def windows(self, positions):
        """Return the mean (Q, D), the sum of g (Q,) and the sum of k (Q,) of the windows around `positions`."""
        means, weights, heights = np.empty_like(positions), np.empty(len(positions)), np.empty(len(positions))
        _windows(self.points, *self.rows, positions, means, weights, heights)
        return means, weights, heights


@dataclass(frozen=True)
class _Problem:
    start: tuple  # the arguments of _climb
    inverse: np.ndarray  # (N,) which of the distinct points each point is
    n_dims: int

    def places(self, value, name):
        """Check places of the reader's and give them the dimensions of the cloud."""
        value = checks.points(value, name)
        if value.shape[1] != self.n_dims:
            checks.fail(name, f"{self.n_dims} coordinates, as the points have", value.shape[1])
        return _fill_up(value)

    def expand(self, state):
        """From distinct points, in arrays that the loop goes on using, to a state that the reader may keep."""
        iteration, positions, shifts, weights, moving = state
        positions = positions[:, : self.n_dims]
        modes, labels = _join_ends(positions, weights, self.start[0].bandwidth)
        i = self.inverse
        return MeanShiftState(iteration, positions[i], shifts[i], int(moving[i].sum()), modes, labels[i])


def _prepare(points, bandwidth, kernel, max_iter):
    """Check, keep each distinct point once with its count, and lay the points out in rows."""
    points = checks.points(points)
    bandwidth = checks.number(bandwidth, "bandwidth", high=1e100, above=0)
    checks.choice(kernel, "kernel", KERNELS)
    max_iter = checks.integer(max_iter, "max_iter", 1)

    first, inverse, counts = distinct_points(points)
    distinct = _fill_up(points[first])
    reach = bandwidth * (REACH if kernel == "gaussian" else 1)
    # Rows stand a bandwidth apart in the second and third dimension: a window meets nine or less.
    low, spread = distinct.min(axis=0), np.ptp(distinct, axis=0)
    step = np.maximum(reach, spread / 500)  # no more rows than a small table holds
    shape = (spread / step).astype(np.int64) + 1
    cells = ((distinct - low) / step).astype(np.int64)
    row = cells[:, 1] * shape[2] + cells[:, 2]
    order = np.lexsort((distinct[:, 0], row))
    begins = np.searchsorted(row[order], np.arange(shape[1] * shape[2] + 1))
    rows = counts[order].astype(float), begins, low, step, shape, bandwidth, reach, kernel == "gaussian"
    return _Problem((_Cloud(distinct[order], rows, bandwidth), distinct, max_iter), inverse, points.shape[1])


def _fill_up(points):
    """Add coordinates of 0 to points of one or two dimensions: no distance changes, and one loop serves all."""
    return np.pad(points, ((0, 0), (0, max(0, 3 - points.shape[1]))))


def _climb(cloud, starts, max_iter):
    """The loop of the lecture: a window at every start, each moved to the mean of its points until it is still."""
    positions, weights = starts.copy(), np.zeros(len(starts))
    moving = np.arange(len(starts))
    for iteration in range(1, max_iter + 1):
        # Windows that have met go the same way from there on: each distinct one is moved once.
        first, same, _ = distinct_points(positions[moving])
        before = positions[moving[first]]
        means, inside, _ = cloud.windows(before)
        shifts, goes_on = np.zeros(len(starts)), np.zeros(len(starts), dtype=bool)
        shifts[moving] = np.sqrt(((means - before) ** 2).sum(axis=1))[same]
        positions[moving], weights[moving] = means[same], inside[same]
        moving = moving[shifts[moving] > STILL * cloud.bandwidth]
        goes_on[moving] = True
        yield iteration, positions, shifts, weights, goes_on
        if len(moving) == 0:
            return


def _join_ends(positions, weights, bandwidth):
    """The fullest window is a mode and takes all within one bandwidth; so does the fullest of the rest, and so on."""
    left = np.lexsort((*positions.T[::-1], weights))[::-1]
    modes, labels = [], np.empty(len(positions), dtype=np.int32)
    while len(left):
        mode = positions[left[0]]
        near = ((positions[left] - mode) ** 2).sum(axis=1) <= bandwidth**2
        labels[left[near]] = len(modes)
        modes.append(mode)
        left = left[~near]
    return np.array(modes), labels


@njit(cache=True)
def _windows(points, counts, begins, low, step, shape, bandwidth, reach, gaussian, positions, means, weights, heights):
    """Find mean, sum of g and sum of k in each window. Points come in one order, so equal windows give equal bits."""
    n_dims = points.shape[1]
    square, scale = reach * reach, max(bandwidth * bandwidth, 1e-300)  # no division by a square that fell to 0
    margin = reach * (1 + 1e-9)  # the search may meet too many points, never too few
    tail = np.exp(-square / scale / 2)
    for p in range(len(positions)):
        x, y, z = positions[p, 0], positions[p, 1], positions[p, 2]
        sum_x = sum_y = sum_z = weight = height = 0.0
        means[p] = 0
        first_y = int(min(max((y - margin - low[1]) / step[1], 0), shape[1] - 1))
        last_y = int(min(max((y + margin - low[1]) / step[1], 0), shape[1] - 1))
        first_z = int(min(max((z - margin - low[2]) / step[2], 0), shape[2] - 1))
        last_z = int(min(max((z + margin - low[2]) / step[2], 0), shape[2] - 1))
        for i in range(first_y, last_y + 1):
            gap_y = max(low[1] + i * step[1] - y, y - low[1] - (i + 1) * step[1], 0.0)
            for j in range(first_z, last_z + 1):
                gap_z = max(low[2] + j * step[2] - z, z - low[2] - (j + 1) * step[2], 0.0)
                half = margin * margin - gap_y * gap_y - gap_z * gap_z
                if half < 0:
                    continue
                half = np.sqrt(half)
                k, end = begins[i * shape[2] + j], begins[i * shape[2] + j + 1]
                stop = end
                while k < stop:  # halve the row until k is its first point not left of the window
                    middle = (k + stop) // 2
                    if points[middle, 0] < x - half:
                        k = middle + 1
                    else:
                        stop = middle
                while k < end and points[k, 0] <= x + half:
                    distance = (points[k, 0] - x) ** 2 + (points[k, 1] - y) ** 2 + (points[k, 2] - z) ** 2
                    for d in range(3, n_dims):
                        distance += (points[k, d] - positions[p, d]) ** 2
                    if distance <= square:
                        g = counts[k]
                        if gaussian:
                            bell = np.exp(-distance / scale / 2)
                            height += g * (bell - tail)
                            g *= bell
                        else:
                            height += g * (1 - distance / scale)
                        weight += g
                        sum_x += g * points[k, 0]
                        sum_y += g * points[k, 1]
                        sum_z += g * points[k, 2]
                        for d in range(3, n_dims):
                            means[p, d] += g * points[k, d]
                    k += 1
        weights[p], heights[p] = weight, height
        if weight > 0:
            means[p, 0], means[p, 1], means[p, 2] = sum_x, sum_y, sum_z
            means[p] /= weight
        else:
            means[p] = positions[p]
