"""Exercises on Canny: the thinning of one pixel, and hysteresis."""

import numpy as np
from scipy import ndimage

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark

STEPS = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))  # 45 degrees apart, 0 right, 2 down


def is_ridge(magnitude, direction):
    """Whether the middle of 3 x 3 magnitudes is at least as large as its two neighbours along the gradient."""
    here, ahead, behind = _three(magnitude, direction)
    return bool(here >= max(ahead, behind))


def hysteresis(magnitude, low, high):
    """The pixels of at least `low` that hang together, by sides or corners, with one of at least `high`."""
    return _linked(magnitude >= low, magnitude >= high, np.ones((3, 3)))


def _three(magnitude, direction):
    """The middle and its neighbours ahead and behind, the direction rounded to 45 degrees."""
    row, col = STEPS[round(direction / (np.pi / 4)) % 8]
    return magnitude[1, 1], magnitude[1 + row, 1 + col], magnitude[1 - row, 1 - col]


def _interpolated(magnitude, direction):
    """The neighbours ahead and behind read off between a straight and a diagonal one."""
    down, right = np.sin(direction), np.cos(direction)
    step = np.array([down, right]) / max(abs(down), abs(right))
    ahead, behind = ndimage.map_coordinates(magnitude, 1 + np.outer(step, (1, -1)), order=1)
    return bool(magnitude[1, 1] >= max(ahead, behind))


def _swept(magnitude, low, high):
    """One sweep down the rows and one up, which follow a chain only as far as it goes their way."""
    found, weak = magnitude >= high, magnitude >= low
    places = list(np.ndindex(magnitude.shape))
    for row, col in places + places[::-1]:
        near = found[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2]
        found[row, col] |= weak[row, col] and near.any()
    return found


def _rolled(magnitude, low, high):
    """Neighbours by np.roll, which come in again at the other side."""
    weak, found = magnitude >= low, magnitude >= high
    for _ in range(magnitude.size):
        shifted = [np.roll(found, (r, c), (0, 1)) for r in (-1, 0, 1) for c in (-1, 0, 1)]
        found = weak & np.any(shifted, axis=0)
    return found


def _linked(weak, strong, neighbours):
    return ndimage.binary_propagation(strong, neighbours, mask=weak)


def _patch(rng, size):
    """Few values, so that ties occur; a direction that is never halfway between two multiples of 45 degrees."""
    magnitude = rng.integers(0, 3, (3, 3)) * float(size)
    magnitude[1, 1] = rng.integers(1, 3) * size
    return magnitude, float(rng.integers(-3, 5) * np.pi / 4 + rng.uniform(-0.35, 0.35))


def _map(rng, size):
    return rng.choice([0, 1, 2, 3, 4], rng.integers(1, 2 + size // 2, 2), p=[0.3, 0.2, 0.2, 0.2, 0.1]), 2, 4


_WALL = np.array([[0.0, 5.0, 0.0], [0.0, 5.0, 0.0], [0.0, 5.0, 0.0]])
_SNAKE = np.zeros((13, 13), int)  # one long way: to and fro, and up again at the side
_SNAKE[::2, 2:] = 2
_SNAKE[1::4, 12] = _SNAKE[3::4, 2] = 2
_SNAKE[:, 0] = 2
_SNAKE[12, 1] = 2
_SNAKE[0, 0] = 4
_PATH = np.array([[4, 2, 0, 0, 2], [0, 0, 3, 0, 2], [0, 0, 3, 0, 0], [1, 2, 0, 0, 2], [0, 0, 0, 2, 2]])

EXERCISES = (
    Exercise(
        "4.3-thinning",
        is_ridge,
        _patch,
        special=(
            (_WALL, 0.1),
            (_WALL, np.pi / 2),
            (_WALL.T, 1.5),
            (np.diag([1.0, 2.0, 3.0]), 0.7),
            (np.diag([1.0, 2.0, 3.0]), -0.8),
            (np.diag([3.0, 2.0, 1.0])[::-1], 2.3),
        ),
        slips=(
            Slip(
                lambda magnitude, direction: is_ridge(magnitude, direction + np.pi / 2),
                mark("You compare along the edge; compare across it, in the direction of the gradient."),
            ),
            Slip(
                lambda magnitude, direction: bool(magnitude[1, 1] >= magnitude.max()),
                mark("You compare with all eight neighbours, which tears the line; only two of them count."),
            ),
            Slip(
                lambda magnitude, direction: bool(magnitude[1, 1] > max(_three(magnitude, direction)[1:])),
                mark("A tie is kept: compare with >=, or an edge two pixels wide would vanish."),
            ),
            Slip(
                lambda magnitude, direction: is_ridge(magnitude, -direction),
                mark("Rows are counted downwards: pi / 2 points to the row below."),
            ),
            Slip(
                lambda magnitude, direction: bool(magnitude[1, 1] >= _three(magnitude, direction)[1]),
                mark("Only the neighbour ahead is compared; the one behind counts as well."),
            ),
            Slip(
                lambda magnitude, direction: bool(magnitude[1, 1] >= min(_three(magnitude, direction)[1:])),
                mark("It must be as large as both neighbours, not just as one of them."),
            ),
            Slip(
                lambda magnitude, direction: is_ridge(magnitude, round(direction / (np.pi / 2)) * np.pi / 2),
                mark("The diagonals are left out: round to 45 degrees, not to 90."),
            ),
            Slip(
                lambda magnitude, direction: is_ridge(magnitude, np.floor(direction / (np.pi / 4)) * np.pi / 4),
                mark("Round the direction to the nearest multiple of 45 degrees; floor takes the one before."),
            ),
            Slip(
                lambda magnitude, direction: is_ridge(magnitude, int(direction / (np.pi / 4)) * np.pi / 4),
                mark("Round the direction to the nearest multiple of 45 degrees; int cuts off towards 0."),
            ),
            Slip(
                _interpolated,
                mark("This interpolates between two neighbours, as the package does; here take the nearest one."),
            ),
        ),
    ),
    Exercise(
        "4.3-hysteresis",
        hysteresis,
        _map,
        special=(
            (_PATH, 2, 4),
            (np.array([[4, 3, 2, 1, 2]]), 2, 4),
            (np.array([[2, 3], [3, 2]]), 2, 4),
            (_SNAKE, 2, 4),
        ),
        slips=(
            Slip(
                lambda magnitude, low, high: magnitude >= low,
                mark("These are all weak pixels; keep only those that lead to a strong one."),
            ),
            Slip(
                lambda magnitude, low, high: magnitude >= high,
                mark("These are the strong pixels alone; add the weak ones that hang together with them."),
            ),
            Slip(
                lambda magnitude, low, high: (
                    ndimage.binary_dilation(magnitude >= high, np.ones((3, 3))) & (magnitude >= low)
                ),
                mark("Only direct neighbours of strong pixels are added: go on from the pixels that you added."),
            ),
            Slip(
                lambda magnitude, low, high: _linked(magnitude >= low, magnitude >= high, None),
                mark("Pixels that touch at a corner hang together too: there are eight neighbours, not four."),
            ),
            Slip(
                lambda magnitude, low, high: hysteresis(magnitude, low + 1, high),
                mark("A pixel equal to the low threshold is weak: compare with >=."),
            ),
            Slip(
                lambda magnitude, low, high: hysteresis(magnitude, low, high + 1),
                mark("A pixel equal to the high threshold is strong: compare with >=."),
            ),
            Slip(
                _swept,
                mark("Two sweeps over the picture miss a chain that winds to and fro: go on until nothing changes."),
            ),
            Slip(
                lambda magnitude, low, high: ndimage.binary_dilation(
                    magnitude >= high, np.ones((3, 3)), iterations=10, mask=magnitude >= low
                ),
                mark("Ten rounds are too few for a long chain: go on until nothing changes."),
            ),
            Slip(
                _rolled,
                mark("np.roll lets the picture go on at its other side: pad it instead, there is nothing beyond."),
            ),
            Slip(
                lambda magnitude, low, high: ndimage.binary_dilation(magnitude >= high, np.ones((3, 3))),
                mark("Neighbours below the low threshold are no edge: add only weak pixels."),
            ),
        ),
    ),
)
