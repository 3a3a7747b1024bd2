"""Exercises on SLIC: the interval of the grid, the search window, the distance in five dimensions, the loose pieces."""

import numpy as np
from scipy import ndimage

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def interval(shape, n_segments):
    """S = sqrt(N / K) for N pixels, whether the image has channels or not."""
    return np.sqrt(shape[0] * shape[1] / n_segments)


def window(row, col, interval, shape):
    """The 2S x 2S window around a centre, clipped to the image: (top, left, bottom, right), the last two exclusive."""
    return max(row - interval, 0), max(col - interval, 0), min(row + interval, shape[0]), min(col + interval, shape[1])


def distance(color_1, position_1, color_2, position_2, interval, compactness):
    """D' = sqrt((d_c / m)^2 + (d_s / S)^2) (Achanta et al., 2012, equation 3)."""
    return np.hypot(_far(color_1, color_2) / compactness, _far(position_1, position_2) / interval)


def n_pieces(labels):
    """The number of connected pieces of equal label, neighbours sharing an edge."""
    return _pieces(labels, _EDGES)


_EDGES = ((0, 1, 0), (1, 1, 1), (0, 1, 0))
_CORNERS = ((1, 1, 1), (1, 1, 1), (1, 1, 1))
_ROWS = ((0, 0, 0), (1, 1, 1), (0, 0, 0))
_COLUMNS = ((0, 1, 0), (0, 1, 0), (0, 1, 0))


def _pieces(labels, neighbours):
    return sum(ndimage.label(labels == label, neighbours)[1] for label in np.unique(labels))


def _one_pass(labels):
    """A pixel begins a piece if neither the one above nor the one to the left is like it."""
    up, left = np.ones(labels.shape, bool), np.ones(labels.shape, bool)
    up[1:], left[:, 1:] = labels[1:] != labels[:-1], labels[:, 1:] != labels[:, :-1]
    return int((up & left).sum())


def _far(a, b):
    return np.sqrt(((a - b) ** 2).sum())


def _sizes(rng, size):
    shape = tuple(int(side) for side in rng.integers(size, 12 * size, 2))
    return shape + (3,) * int(rng.integers(2)), int(rng.integers(1, 5 * size))


def _place(rng, size):
    height, width, interval = (int(side) for side in rng.integers(1, 3 + 2 * size, 3))
    return int(rng.integers(height)), int(rng.integers(width)), interval, (height, width)


def _pair(rng, size):
    colors, positions = rng.integers(0, 20, (2, 3)).astype(float), rng.integers(0, 20, (2, 2)).astype(float)
    return colors[0], positions[0], colors[1], positions[1], float(rng.integers(2, 12)), float(rng.integers(2, 21))


def _map(rng, size):
    return (rng.integers(0, 3, rng.integers(1, 2 + size // 3, 2)),)


_POINTS = np.array([50.0, 0.0, 0.0]), np.array([1.0, 2.0]), np.array([53.0, 4.0, 0.0]), np.array([7.0, 10.0])

EXERCISES = (
    Exercise(
        "4.2-slic-interval",
        interval,
        _sizes,
        special=(((10, 10, 3), 4), ((10, 12), 7)),
        slips=(
            Slip(
                lambda shape, n_segments: shape[0] * shape[1] / n_segments,
                mark("N / K is the area of a superpixel; its side is the square root."),
            ),
            Slip(
                lambda shape, n_segments: np.sqrt(np.prod(shape) / n_segments),
                mark("The channels are no pixels: N is height times width, whatever follows."),
            ),
            Slip(
                lambda shape, n_segments: np.sqrt(n_segments / (shape[0] * shape[1])),
                mark("The fraction is upside down: N / K, pixels per superpixel."),
            ),
            Slip(
                lambda shape, n_segments: np.sqrt(shape[0] * shape[1]) / n_segments,
                mark("K belongs under the root: sqrt(N / K)."),
            ),
            Slip(
                lambda shape, n_segments: int(interval(shape, n_segments)),
                mark("The decimals are cut off; return the root as it is."),
            ),
            Slip(
                lambda shape, n_segments: np.sqrt(shape[0] * shape[1] // n_segments),
                mark("// cuts the decimals off; divide with /."),
            ),
            Slip(
                lambda shape, n_segments: np.sqrt((shape[0] + shape[1]) / n_segments),
                mark("The number of pixels is height times width, not their sum."),
            ),
        ),
    ),
    Exercise(
        "4.2-slic-window",
        window,
        _place,
        special=((10, 20, 5, (40, 50)), (0, 0, 3, (2, 9)), (6, 1, 3, (8, 4))),
        slips=(
            Slip(
                lambda row, col, interval, shape: (row - interval, col - interval, row + interval, col + interval),
                mark("The window leaves the image: clip it to 0 and to height and width."),
            ),
            Slip(
                lambda row, col, interval, shape: (
                    max(row - interval, 0),
                    max(col - interval, 0),
                    row + interval,
                    col + interval,
                ),
                mark("The window ends beyond the image: clip bottom and right to height and width."),
            ),
            Slip(
                lambda row, col, interval, shape: window(row, col, interval, shape[::-1]),
                mark("Height and width are swapped: shape is (H, W), rows first."),
            ),
            Slip(
                lambda row, col, interval, shape: window(row, col, interval // 2, shape),
                mark("This window is S x S; SLIC searches 2S x 2S, a whole interval to every side."),
            ),
            Slip(
                lambda row, col, interval, shape: window(row, col, 2 * interval, shape),
                mark("This window is 4S x 4S; SLIC searches 2S x 2S, one interval to every side."),
            ),
            Slip(
                lambda row, col, interval, shape: (
                    max(row - interval, 0),
                    max(col - interval, 0),
                    min(row + interval, shape[0] - 1),
                    min(col + interval, shape[1] - 1),
                ),
                mark("Bottom and right are exclusive, so they may be height and width themselves."),
            ),
            Slip(
                lambda row, col, interval, shape: (
                    max(row - interval, 0),
                    max(col - interval, 0),
                    min(row + interval + 1, shape[0]),
                    min(col + interval + 1, shape[1]),
                ),
                mark("This window is one pixel too large: bottom and right are exclusive, the height is 2S."),
            ),
            Slip(
                lambda row, col, interval, shape: tuple(window(row, col, interval, shape)[i] for i in (1, 0, 3, 2)),
                mark("The order is top, left, bottom, right: rows first."),
            ),
        ),
    ),
    Exercise(
        "4.2-slic-distance",
        distance,
        _pair,
        special=((*_POINTS, 5.0, 10.0), (*_POINTS[:2], *_POINTS[:2], 5.0, 10.0)),
        slips=(
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: distance(c1, p1, c2, p2, interval, compactness) ** 2,
                mark("The square root over the sum is missing."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: distance(c1, p1, c2, p2, compactness, interval),
                mark("S and m are swapped: colour goes with m, position with S."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: (
                    compactness * distance(c1, p1, c2, p2, interval, compactness)
                ),
                mark("This is D = m D', which the paper uses in practice; D' divides the colours by m."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: _far(c1, c2) / compactness + _far(p1, p2) / interval,
                mark("The two distances are added; add their squares and take the root."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: np.hypot(_far(c1, c2), _far(p1, p2)),
                mark("Divide the colours by m and the positions by S, so that the two can be added."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: np.sqrt(
                    _far(c1, c2) ** 2 / compactness + _far(p1, p2) ** 2 / interval
                ),
                mark("Divide before you square: m and S must be squared as well."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: _far(c1, c2) / compactness,
                mark("The positions are missing."),
            ),
            Slip(
                lambda c1, p1, c2, p2, interval, compactness: np.hypot(
                    _far(c1, c2) ** 2 / compactness, _far(p1, p2) ** 2 / interval
                ),
                mark("The distances are squared twice: take their roots first, or square once."),
            ),
        ),
    ),
    Exercise(
        "4.2-slic-connected",
        n_pieces,
        _map,
        special=((np.array([[1, 2], [2, 1]]),), (np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),)),
        slips=(
            Slip(
                lambda labels: _pieces(labels, _CORNERS),
                mark("Pixels that touch only at a corner are no neighbours: 4, not 8."),
            ),
            Slip(
                lambda labels: len(np.unique(labels)),
                mark("This counts the labels; a label may lie in several pieces."),
            ),
            Slip(
                lambda labels: int(labels.max()) + 1,
                mark("This is the largest label plus one; a label may lie in several pieces, or nowhere."),
            ),
            Slip(
                lambda labels: _pieces(labels, _EDGES) - ndimage.label(labels == 0)[1],
                mark("Label 0 is a label like the others, not the background."),
            ),
            Slip(
                lambda labels: ndimage.label(labels)[1],
                mark("Neighbours with different labels are in different pieces: look at one label at a time."),
            ),
            Slip(
                lambda labels: _pieces(labels, _ROWS),
                mark("Pieces grow along the rows only; the pixels above and below are neighbours too."),
            ),
            Slip(
                lambda labels: _pieces(labels, _COLUMNS),
                mark("Pieces grow along the columns only; the pixels left and right are neighbours too."),
            ),
            Slip(
                _one_pass,
                mark("One pass over the rows counts a piece twice whose arms meet further down: join them there."),
            ),
            Slip(
                lambda labels: _pieces(labels, _EDGES) + 1,
                mark("One too many: where does the count begin?"),
            ),
        ),
    ),
)
