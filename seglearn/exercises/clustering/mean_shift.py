"""Exercises on mean shift: one step uphill, with a flat and with a Gaussian kernel."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def shift(points, position, bandwidth):
    """The mean of the points within `bandwidth` of `position`; without any, the position stays."""
    return _inside(_squares(points, position) <= bandwidth**2, points, position)


def gaussian_shift(points, position, bandwidth):
    """The mean of all points, weighted by exp(-d^2 / (2 h^2))."""
    return _weighted(np.exp(-_squares(points, position) / (2 * bandwidth**2)), points)


def _squares(points, position):
    return ((points - position) ** 2).sum(axis=1)


def _inside(inside, points, position):
    return points[inside].mean(axis=0) if inside.any() else position


def _weighted(weights, points):
    return weights @ points / weights.sum()


def _gauss(points, position, bandwidth):
    return np.exp(-_squares(points, position) / (2 * bandwidth**2))


def _window(rng, size):
    """Points on a coarse grid, so that some lie exactly on the border of the window."""
    n_dims = rng.integers(2, 4)
    points, position = rng.integers(0, 7, (size, n_dims)), rng.integers(1, 6, n_dims)
    return points.astype(float), position.astype(float), float(rng.integers(1, 4))


_CROSS = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 3.0], [2.0, 2.0]])

EXERCISES = (
    Exercise(
        "4.2-meanshift-step",
        shift,
        _window,
        special=((_CROSS, np.array([0.0, 0.0]), 2.0), (_CROSS, np.array([9.0, 9.0]), 1.0)),
        slips=(
            Slip(
                lambda points, position, bandwidth: _inside(
                    _squares(points, position) < bandwidth**2, points, position
                ),
                mark("A point exactly on the border belongs to the window: <=, not <."),
            ),
            Slip(
                lambda points, position, bandwidth: shift(points, position, bandwidth / 2),
                mark("The bandwidth is the radius of the window, not its diameter."),
            ),
            Slip(
                lambda points, position, bandwidth: _inside(_squares(points, position) <= bandwidth, points, position),
                mark("Squared distances are compared with the bandwidth; square the bandwidth, or take the root."),
            ),
            Slip(
                lambda points, position, bandwidth: shift(points, position, bandwidth) - position,
                mark("This is the mean shift vector; asked is where it leads: the mean itself."),
            ),
            Slip(
                lambda points, position, bandwidth: _inside(
                    np.abs(points - position).max(axis=1) <= bandwidth, points, position
                ),
                mark("This window is a square; take the points within a distance, in a circle."),
            ),
            Slip(
                lambda points, position, bandwidth: points[_squares(points, position) <= bandwidth**2].mean(axis=0),
                mark("An empty window has no mean (0 / 0 is NaN): the position stays."),
            ),
            Slip(
                lambda points, position, bandwidth: points[_squares(points, position) <= bandwidth**2].sum(axis=0),
                mark("This is the sum of the points in the window; divide it by their number."),
            ),
            Slip(
                lambda points, position, bandwidth: (
                    np.median(points[_squares(points, position) <= bandwidth**2], axis=0)
                    if (_squares(points, position) <= bandwidth**2).any()
                    else position
                ),
                mark("This is the median of the points in the window; take their mean."),
            ),
            Slip(
                lambda points, position, bandwidth: points.mean(axis=0),
                mark("All points count here; only those in the window do."),
            ),
        ),
    ),
    Exercise(
        "4.2-meanshift-gaussian",
        gaussian_shift,
        _window,
        special=((_CROSS, np.array([0.0, 0.0]), 1.0), (_CROSS, np.array([2.0, 1.0]), 2.0)),
        slips=(
            Slip(
                lambda points, position, bandwidth: _gauss(points, position, bandwidth) @ points,
                mark("Divide by the sum of the weights."),
            ),
            Slip(
                lambda points, position, bandwidth: _gauss(points, position, bandwidth) @ points / len(points),
                mark("Divide by the sum of the weights, not by the number of points."),
            ),
            Slip(
                lambda points, position, bandwidth: _weighted(
                    np.exp(-np.sqrt(_squares(points, position)) / (2 * bandwidth**2)), points
                ),
                mark("The distance goes squared into the exponent: take no square root."),
            ),
            Slip(
                lambda points, position, bandwidth: _weighted(
                    np.exp(-_squares(points, position) / bandwidth**2), points
                ),
                mark("The exponent is divided by 2 h^2; the 2 is missing."),
            ),
            Slip(
                lambda points, position, bandwidth: _weighted(
                    np.exp(-_squares(points, position) / (2 * bandwidth)), points
                ),
                mark("Square the bandwidth: the exponent is divided by 2 h^2."),
            ),
            Slip(
                lambda points, position, bandwidth: _weighted(
                    np.exp(_squares(points, position) / (2 * bandwidth**2)), points
                ),
                mark("The minus sign is missing: far points weigh less, not more."),
            ),
            Slip(
                lambda points, position, bandwidth: gaussian_shift(points, position, bandwidth) - position,
                mark("This is the mean shift vector; asked is where it leads: the mean itself."),
            ),
            Slip(
                lambda points, position, bandwidth: points.mean(axis=0),
                mark("All points weigh the same here; near ones should weigh more."),
            ),
            Slip(
                shift,
                mark("This is the flat kernel: the Gaussian one weighs all points, near ones more."),
            ),
        ),
    ),
)
