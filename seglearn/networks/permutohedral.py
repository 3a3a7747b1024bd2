"""The permutohedral lattice: a Gaussian filter over points in five dimensions, at a cost that grows as their number.

Every point gives its values to the d + 1 corners of the simplex that it lies in, the corners are blurred along the
lattice's d + 1 axes, and every point reads its result back from the same corners.
"""

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from seglearn import checks


@dataclass(frozen=True)
class Lattice:
    """The corners around a set of points, and how they lie to each other."""

    corners: np.ndarray  # (N, d + 1) int32, the corners of each point's simplex
    weights: np.ndarray  # (N, d + 1) float32, its barycentric coordinates, of sum 1
    neighbours: np.ndarray  # (d + 1, M, 2) int32, along each axis the corner before and behind; M where none is


def lattice(features) -> Lattice:
    """Return the permutohedral lattice around some points, on which `gaussian_filter` runs.

    Parameters
    ----------
    features : (N, d) float, the points in units of the Gaussian's standard deviation, each coordinate of its own.

    Returns
    -------
    Lattice with M corners, at most N (d + 1).

    Raises
    ------
    ValueError, TypeError : no (N, d), NaN, a coordinate beyond +-1e6 standard deviations.

    Source: A. Adams, J. Baek and M. A. Davis, "Fast High-Dimensional Filtering Using the Permutohedral Lattice",
    Computer Graphics Forum 29 (2010) 753-762, section 3. Lecture 4.6.2.
    """
    features = checks.points(features, "features")
    if np.abs(features).max() > 1e6:
        checks.fail("features", "coordinates from -1e6 to 1e6", float(np.abs(features).max()))
    n, d = features.shape
    # Splat and slice each blur by the lattice's own cell: the cell is sized so that all together have variance 1.
    scale = np.sqrt(2 / 3) * (d + 1) / np.sqrt(np.arange(1, d + 1) * np.arange(2, d + 2))
    corners, weights = np.empty((n, d + 1), np.int32), np.empty((n, d + 1), np.float32)
    keys = np.empty((n * (d + 1), d), np.int32)
    n_corners, table = _splat_plan(features * scale, corners, weights, keys)
    neighbours = np.empty((d + 1, n_corners, 2), np.int32)
    _find_neighbours(keys, n_corners, table, neighbours)
    return Lattice(corners, weights, neighbours)


def gaussian_filter(lattice, values, *, reverse=False, onto=None, room=None) -> np.ndarray:
    """Return the Gaussian sum over all points, at every point.

    u_i  =  sum_j exp(-|f_i - f_j|^2 / 2) v_j,  to the lattice's accuracy

    Parameters
    ----------
    lattice : Lattice of the N points.
    values : (N, C) float.
    reverse : blur along the axes in the opposite order: the transpose of the same linear map.
    onto : None, or (N, C) float32 to which the sums are added, in place.
    room : None, or the (2, M + 1, C) float32 of `working_room`, which spares who filters often its making.

    Returns
    -------
    (N, C) float32. The sums are right in their proportions; as a whole they carry a constant factor.
    """
    corners, weights, neighbours = lattice.corners, lattice.weights, lattice.neighbours
    d = len(neighbours) - 1
    values = np.ascontiguousarray(values, np.float32)
    sums, blurred = working_room(lattice, values.shape[1]) if room is None else room
    sums[:] = 0
    _splat(corners, weights, values, sums)
    for axis in range(d, -1, -1) if reverse else range(d + 1):
        _blur(neighbours[axis], sums, blurred)
        sums, blurred = blurred, sums
    result = np.zeros_like(values) if onto is None else onto
    _slice(corners, weights, sums, np.float32(1 / (1 + 2.0**-d)), result)
    return result


def working_room(lattice, n_channels):
    """Return zeros (2, M + 1, C) float32: what the corners hold, before and after a blur; the last row lies outside."""
    return np.zeros((2, lattice.neighbours.shape[1] + 1, n_channels), np.float32)


def normalized(grid, weight) -> Lattice:
    """Return the lattice whose filter is w D^(-1/2) K D^(-1/2), D = diag(K 1), where that of `grid` is K."""
    sums = gaussian_filter(grid, np.ones((len(grid.corners), 1)))
    return replace(grid, weights=(np.sqrt(weight / sums) * grid.weights).astype(np.float32))


@njit(cache=True)
def _splat_plan(features, corners, weights, keys):
    """Find each point's simplex; number the corners as they are met; return how many they are and the table of them."""
    n, d = features.shape
    width = d + 1
    x, nearest, bary, rank = np.empty(width), np.empty(width), np.empty(width + 1), np.empty(width, np.int64)
    key = np.empty(d, np.int32)
    last = np.full((2, width), np.nan)  # place and order of the simplex before: neighbours often share theirs
    n_corners, table = 0, np.full(1024, np.int32(-1))
    for i in range(n):
        if 2 * (n_corners + width) > len(table):
            table = np.full(4 * len(table), np.int32(-1))
            for k in range(n_corners):
                table[_place(keys[k], keys, table)] = k
        ahead, total = 0.0, 0
        for j in range(d, 0, -1):  # the point in the plane x_0 + ... + x_d = 0
            x[j] = ahead - j * features[i, j - 1]
            ahead += features[i, j - 1]
        x[0] = ahead
        for j in range(width):  # the nearest point whose coordinates are all multiples of d + 1
            cell = np.floor(x[j] / width + 0.5)
            nearest[j] = cell * width
            total += int(cell)
        for j in range(width):
            rank[j] = total
            bary[j] = 0
        bary[width] = 0
        for j in range(width):  # the order of the differences tells the simplex around it
            for k in range(j + 1, width):
                below = x[j] - nearest[j] < x[k] - nearest[k]
                rank[j] += below
                rank[k] += not below
        for j in range(width):  # which may lie one step off, where the coordinates don't sum to 0
            if rank[j] < 0:
                rank[j] += width
                nearest[j] += width
            elif rank[j] > d:
                rank[j] -= width
                nearest[j] -= width
        for j in range(width):
            step = (x[j] - nearest[j]) / width
            bary[d - rank[j]] += step
            bary[d - rank[j] + 1] -= step
        bary[0] += 1 + bary[width]
        for corner in range(width):
            weights[i, corner] = bary[corner]
        known = True
        for j in range(width):
            known &= last[0, j] == nearest[j] and last[1, j] == rank[j]
            last[0, j], last[1, j] = nearest[j], rank[j]
        if known:
            for corner in range(width):
                corners[i, corner] = corners[i - 1, corner]
            continue
        for corner in range(width):
            for j in range(d):
                key[j] = int(nearest[j]) + (corner if rank[j] <= d - corner else corner - width)
            place = _place(key, keys, table)
            if table[place] < 0:
                for j in range(d):
                    keys[n_corners, j] = key[j]
                table[place] = n_corners
                n_corners += 1
            corners[i, corner] = table[place]
    return n_corners, table


@njit(cache=True)
def _find_neighbours(keys, n_corners, table, neighbours):
    width = len(neighbours)
    d = width - 1
    key = np.empty(d, np.int32)
    for i in range(n_corners):
        for axis in range(width):
            for side in range(2):
                sign = 1 - 2 * side
                for j in range(d):
                    key[j] = keys[i, j] + sign * (d if j == axis else -1)
                found = table[_place(key, keys, table)]
                neighbours[axis, i, side] = found if found >= 0 else n_corners


@njit(cache=True)
def _place(key, keys, table):
    """Return where a corner stands in the table, or the empty place where it would."""
    mixed, factor = np.uint64(0), np.uint64(1)
    for j in range(len(key)):  # what goes beyond 64 bits is let go
        factor *= np.uint64(0x9E3779B97F4A7C15)
        mixed += factor * np.uint64(key[j])
    place = np.int64(mixed >> np.uint64(32)) & (len(table) - 1)
    while table[place] >= 0:
        at, j = table[place], 0
        while j < len(key) and keys[at, j] == key[j]:
            j += 1
        if j == len(key):
            break
        place = (place + 1) & (len(table) - 1)
    return place


@njit(cache=True)
def _splat(corners, weights, values, sums):
    n_channels = values.shape[1]
    for i in range(len(corners)):
        for corner in range(corners.shape[1]):
            at, weight = corners[i, corner], weights[i, corner]
            for c in range(n_channels):
                sums[at, c] += weight * values[i, c]


@njit(cache=True)
def _blur(neighbours, sums, blurred):
    """Weigh 1/2, 1, 1/2 along one axis."""
    n_channels = sums.shape[1]
    half = np.float32(0.5)
    for i in range(len(neighbours)):
        before, behind = neighbours[i]
        for c in range(n_channels):
            blurred[i, c] = sums[i, c] + half * (sums[before, c] + sums[behind, c])


@njit(cache=True)
def _slice(corners, weights, sums, scale, result):
    n_channels = result.shape[1]
    for i in range(len(corners)):
        for corner in range(corners.shape[1]):
            at, weight = corners[i, corner], scale * weights[i, corner]
            for c in range(n_channels):
                result[i, c] += weight * sums[at, c]
