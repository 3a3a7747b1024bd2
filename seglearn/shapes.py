"""Points in the plane whose groups are known: the shapes that clustering methods are tried on."""

import numpy as np

from seglearn import checks


def moons(n_points=300, *, noise=0.05, rng=None):
    """Return two half circles that reach into each other: neither lies around its mean.

    Parameters
    ----------
    n_points : int of at least 2; the groups are of equal size, the first ones with the points left over.
    noise : standard deviation of the normal noise on both coordinates, 0 or more; the circles have radius 1.
    rng : None, seed or `numpy.random.Generator`.

    Returns
    -------
    points (N, 2) float64 (x, y), group after group, and labels (N,) int32 from 0.

    Raises
    ------
    ValueError, TypeError : fewer points than groups, negative or infinite noise. Lecture 4.2.2, figures 4-2 and 4.2-b.
    """
    first, second = _sizes(n_points, 2)
    upper, lower = np.linspace(0, np.pi, first), np.linspace(0, np.pi, second)
    groups = [_circle(upper, 1.0), (1.0, 0.5) - _circle(lower, 1.0)]
    return _scatter(groups, noise, rng)


def rings(n_points=300, *, noise=0.05, rng=None):
    """Return three rings around one centre, of radius 1, 2 and 3; arguments and results as in `moons`.

    The points stand equally close on all three: one part of `n_points`, two parts, and three.
    """
    n_points = checks.integer(n_points, "n_points", 3)
    sizes = np.diff([0, max(n_points // 6, 1), max(n_points // 2, 2), n_points])
    groups = [_circle(np.arange(size) * 2 * np.pi / size, 1.0 + k) for k, size in enumerate(sizes)]
    return _scatter(groups, noise, rng)


def spirals(n_points=300, *, noise=0.05, rng=None):
    """Return two spiral arms that turn once, from radius 1 to 3; arguments and results as in `moons`."""
    groups = []
    for k, size in enumerate(_sizes(n_points, 2)):
        # An arm that turns evenly grows in length nearly as r^2 does: equal steps of r^2 are equal steps along it.
        radius = np.sqrt(np.linspace(1.0, 9.0, size))
        groups.append(_circle(np.pi * (radius - 1.0 + k), radius))
    return _scatter(groups, noise, rng)


def blobs(n_points=300, *, noise=0.4, rng=None):
    """Return four round clouds around the corners of a square of side 3; arguments and results as in `moons`."""
    corners = 1.5 * np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)])
    groups = [np.repeat(corner[None], size, axis=0) for corner, size in zip(corners, _sizes(n_points, 4))]
    return _scatter(groups, noise, rng)


SHAPES = {"moons": moons, "rings": rings, "spirals": spirals, "blobs": blobs}


def _sizes(n_points, n_groups):
    n_points = checks.integer(n_points, "n_points", n_groups)
    return [(n_points + n_groups - 1 - k) // n_groups for k in range(n_groups)]


def _circle(angle, radius):
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _scatter(groups, noise, rng):
    noise, rng = checks.number(noise, "noise", 0), checks.generator(rng)
    points = np.concatenate(groups)
    labels = np.repeat(np.arange(len(groups), dtype=np.int32), [len(group) for group in groups])
    return points + noise * rng.standard_normal(points.shape), labels
