"""Exercises on region growing: who joins next, and in which ring each pixel does."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark

SIDES = ((-1, 0), (0, -1), (0, 1), (1, 0))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def ring(image, mask, tolerance):
    """Which pixels join a region next: beside it, and within `tolerance` of its mean."""
    return _beside(mask) & (np.abs(image - image[mask].mean()) <= tolerance)


def order(image, seed, tolerance):
    """In which ring each pixel joins when all are compared with the seed: 0 for the seed, -1 if never."""
    return _order(image, seed, lambda here, there, start: np.abs(there - start) <= tolerance)


def _beside(mask, sides=SIDES):
    """The neighbours of a mask that are not in it."""
    framed = np.pad(mask, 1)
    height, width = mask.shape
    near = np.zeros(mask.shape, bool)
    for r, c in sides:
        near |= framed[1 + r : 1 + r + height, 1 + c : 1 + c + width]
    return near & ~mask


def _order(image, seed, fits, sides=SIDES):
    """`fits(values from which, values, value of the seed)`, ring by ring."""
    joined = np.full(image.shape, -1)
    joined[tuple(seed)] = 0
    front, number = [tuple(seed)], 0
    while front:
        number += 1
        following = []
        for row, col in front:
            for r, c in sides:
                q = row + r, col + c
                inside = min(q) >= 0 and q[0] < image.shape[0] and q[1] < image.shape[1]
                if inside and joined[q] < 0 and fits(image[row, col], image[q], image[tuple(seed)]):
                    joined[q] = number
                    following.append(q)
        front = following
    return joined


def _regions(rng, size):
    shape = rng.integers(2, 4 + size // 5, 2)
    image = rng.integers(0, 12, shape)
    mask = order(image // 4, rng.integers(0, shape), 1) >= 0
    if mask.all():
        mask = np.zeros(shape, bool)
        mask[0, 0] = True
    return image, mask, float(rng.integers(1, 6)) + 0.01  # no mean decides by its last digit


def _seeded(rng, size):
    shape = rng.integers(1, 4 + size // 5, 2)
    return rng.integers(0, 9, shape), rng.integers(0, shape), int(rng.integers(2, 6))


_HOOK = np.array([[5, 6, 9], [9, 7, 9], [4, 5, 6]])

EXERCISES = (
    Exercise(
        "4.4-ring",
        ring,
        _regions,
        special=(
            (np.array([[1, 3, 5, 9]]), np.array([[True, True, False, False]]), 3.0),
            (_HOOK, np.array([[True, True, False], [False] * 3, [False] * 3]), 1.6),
        ),
        slips=(
            Slip(
                lambda image, mask, tolerance: ring(image, mask, tolerance) | mask,
                mark("These are all pixels of the region; asked are only those that are new."),
            ),
            Slip(
                lambda image, mask, tolerance: ~mask & (np.abs(image - image[mask].mean()) <= tolerance),
                mark("A pixel can only join if it touches the region."),
            ),
            Slip(
                lambda image, mask, tolerance: _beside(mask),
                mark("Not every neighbour fits: compare it with the mean of the region."),
            ),
            Slip(
                lambda image, mask, tolerance: (
                    _beside(mask, SIDES + CORNERS) & (np.abs(image - image[mask].mean()) <= tolerance)
                ),
                mark("Neighbours are those by the sides; corners don't count here."),
            ),
            Slip(
                lambda image, mask, tolerance: _beside(mask) & (np.abs(image - image.mean()) <= tolerance),
                mark("Take the mean over the region, image[mask], not over the whole picture."),
            ),
            Slip(
                lambda image, mask, tolerance: _beside(mask) & (image - image[mask].mean() <= tolerance),
                mark("Darker pixels differ too: take the absolute value of the difference."),
            ),
            Slip(
                lambda image, mask, tolerance: _beside(mask) & (np.abs(image - image[mask].mean()) > tolerance),
                mark("These are the neighbours that don't fit."),
            ),
            Slip(
                lambda image, mask, tolerance: _beside(mask) & (np.abs(image - image[mask][0]) <= tolerance),
                mark("One pixel of the region doesn't stand for all: compare with their mean."),
            ),
        ),
    ),
    Exercise(
        "4.4-order",
        order,
        _seeded,
        special=((_HOOK, np.array([0, 0]), 2), (np.array([[5]]), np.array([0, 0]), 1)),
        slips=(
            Slip(
                lambda image, seed, tolerance: _order(
                    image, seed, lambda here, there, start: np.abs(there - here) <= tolerance
                ),
                mark("Compare with the seed, not with the neighbour that was there first: small steps lead far away."),
            ),
            Slip(
                lambda image, seed, tolerance: _order(
                    image, seed, lambda here, there, start: np.abs(there - start) <= tolerance, SIDES + CORNERS
                ),
                mark("Neighbours are those by the sides; corners don't count here."),
            ),
            Slip(
                lambda image, seed, tolerance: _order(
                    image, seed, lambda here, there, start: np.abs(there - start) < tolerance
                ),
                mark("A difference equal to the tolerance still fits: compare with <=."),
            ),
            Slip(
                lambda image, seed, tolerance: order(image, seed, tolerance) + 1,
                mark("The seed is ring 0, and what never joins is -1."),
            ),
            Slip(
                lambda image, seed, tolerance: np.maximum(order(image, seed, tolerance), 0),
                mark("Pixels that never join are -1, so that they differ from the seed."),
            ),
            Slip(
                lambda image, seed, tolerance: (order(image, seed, tolerance) >= 0).astype(int) - 1,
                mark("Asked is the number of the ring, not whether a pixel joins at all."),
            ),
            Slip(
                lambda image, seed, tolerance: np.where(
                    np.abs(image - image[tuple(seed)]) <= tolerance,
                    np.abs(np.indices(image.shape) - np.reshape(seed, (2, 1, 1))).sum(axis=0),
                    -1,
                ),
                mark("Pixels that are alike need not hang together: the region has to come there by steps."),
            ),
        ),
    ),
)
