"""Exercises on context: patches, a sweep along the columns, the pyramid of means."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def patches(x, size):
    """Cut a map (H, W, C) into patches that don't overlap, each as one vector: (H / s, W / s, s s C)."""
    height, width, channels = x.shape
    cut = x.reshape(height // size, size, width // size, size, channels)
    return cut.transpose(0, 2, 1, 3, 4).reshape(height // size, width // size, -1)


def sweep(x, w, u):
    """Sweep down every column of x (H, W): h[i] = tanh(w x[i] + u h[i - 1]), from h = 0."""
    h, found = np.zeros(x.shape[1]), []
    for row in x:
        h = np.tanh(w * row + u * h)
        found.append(h)
    return np.array(found)


def pyramid(x, n):
    """The means of n x n parts of a map (H, W), each at its own place in a map of the same size."""
    height, width = x.shape
    means = x.reshape(n, height // n, n, width // n).mean(axis=(1, 3))
    return means.repeat(height // n, axis=0).repeat(width // n, axis=1)


def _map(rng, size):
    s, (h, w) = int(rng.integers(1, 4)), rng.integers(1, 2 + size // 8, 2)
    return rng.integers(0, 99, (s * h, s * w, rng.integers(1, 3))), s


def _columns(rng, size):
    return rng.integers(-3, 4, rng.integers(1, 2 + size // 3, 2)) / 4, *(float(v) for v in rng.integers(1, 6, 2) / 4)


def _parts(rng, size):
    n, (h, w) = int(rng.integers(1, 4)), rng.integers(1, 2 + size // 8, 2)
    return rng.integers(0, 20, (n * h, n * w)).astype(float), n


def _kept(x, w, u):
    """The memory runs on from one column to the next."""
    return sweep(x.T.reshape(-1, 1), w, u).reshape(x.T.shape).T


_STEPS = np.arange(24).reshape(4, 6, 1)
_RAMP = np.arange(16.0).reshape(4, 4) ** 2

EXERCISES = (
    Exercise(
        "4.6-patches",
        patches,
        _map,
        ((_STEPS, 2), (np.arange(24).reshape(2, 6, 2), 2), (_STEPS, 1)),
        (
            Slip(
                lambda x, size: x.reshape(x.shape[0] // size, x.shape[1] // size, -1),
                mark("Reshaping alone cuts the rows into pieces: bring the two patch axes side by side first."),
            ),
            Slip(
                lambda x, size: patches(x.transpose(1, 0, 2), size).transpose(1, 0, 2),
                mark("Within a patch the rows come first; here they are columns."),
            ),
            Slip(
                lambda x, size: x.reshape(x.shape[0] // size, size, x.shape[1] // size, size, x.shape[2]).transpose(
                    0, 2, 1, 3, 4
                ),
                mark("Each patch is still a block; make it one vector."),
            ),
            Slip(
                lambda x, size: x[::size, ::size],
                mark("This keeps one cell of every patch; all of them are needed."),
            ),
            Slip(
                lambda x, size: patches(x, size).transpose(1, 0, 2),
                mark("Height and width are swapped: rows of patches come first."),
            ),
            Slip(
                lambda x, size: patches(x, size).reshape(-1, size * size * x.shape[2]),
                mark("The patches stand in a list; keep them in rows and columns."),
            ),
            Slip(
                lambda x, size: patches(x, size).reshape(*patches(x, size).shape[:2], -1, x.shape[2]).mean(axis=2),
                mark("The cells of a patch are averaged away; they stand side by side."),
            ),
        ),
    ),
    Exercise(
        "4.6-sweep",
        sweep,
        _columns,
        (
            (np.array([[1.0], [0.0], [0.0]]), 1.0, 1.0),
            (np.array([[0.5, -0.5], [0.25, 1.0]]), 0.5, 1.0),
            (np.array([[1.0, 2.0]]), 1.0, 0.5),
        ),
        (
            Slip(
                lambda x, w, u: sweep(x[::-1], w, u)[::-1],
                mark("This sweeps from the bottom up; begin at row 0."),
            ),
            Slip(
                lambda x, w, u: sweep(x.T, w, u).T,
                mark("This sweeps along the rows; each column has a memory of its own."),
            ),
            Slip(
                lambda x, w, u: np.tanh(w * x),
                mark("Nothing is remembered: h of the row above is missing."),
            ),
            Slip(
                lambda x, w, u: np.tanh(w * x + u * np.vstack([0 * x[:1], np.tanh(w * x)[:-1]])),
                mark("Only one row above is heard; h must carry everything from above on."),
            ),
            Slip(
                _kept,
                mark("The memory runs on into the next column; begin each with h = 0."),
            ),
            Slip(
                lambda x, w, u: sweep(x, u, w),
                mark("w and u are swapped: w weighs what comes in, u what is remembered."),
            ),
            Slip(
                lambda x, w, u: sweep(x, w, u)[-1],
                mark("This is the last row alone; keep h of every row."),
            ),
        ),
    ),
    Exercise(
        "4.6-pyramid",
        pyramid,
        _parts,
        ((_RAMP, 2), (_RAMP, 1), (_RAMP, 4), (np.arange(8.0).reshape(2, 4), 2)),
        (
            Slip(
                lambda x, n: pyramid(x, n)[:: x.shape[0] // n, :: x.shape[1] // n],
                mark("These are the n x n means; bring each back to the size of its part."),
            ),
            Slip(
                lambda x, n: np.full(x.shape, x.mean()),
                mark("This is the mean of the whole map; take it part by part."),
            ),
            Slip(
                lambda x, n: (
                    x.reshape(n, x.shape[0] // n, n, -1)
                    .max(axis=(1, 3))
                    .repeat(x.shape[0] // n, axis=0)
                    .repeat(x.shape[1] // n, axis=1)
                ),
                mark("This is the largest of each part; the pyramid takes the mean."),
            ),
            Slip(
                lambda x, n: np.tile(
                    pyramid(x, n)[:: x.shape[0] // n, :: x.shape[1] // n], (x.shape[0] // n, x.shape[1] // n)
                ),
                mark("The means are laid out like tiles; each is to fill its own part: repeat, not tile."),
            ),
            Slip(
                lambda x, n: pyramid(x, n) * (x.size // n**2),
                mark("This sums too much: divide by the pixels of one part."),
            ),
        ),
    ),
)
