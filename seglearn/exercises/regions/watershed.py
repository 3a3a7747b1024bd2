"""Exercises on the watershed: where water springs, and one step of the flood."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.exercises.regions.growing import CORNERS, SIDES
from seglearn.words import mark


def minima(row):
    """Which heights are lower than both neighbours; beyond either end it is infinitely high."""
    return _lower(row, np.inf)


def flood(elevation, water, level):
    """One step: a dry pixel no higher than the level takes the water beside it; beside two waters it stays dry."""
    return _flood(elevation, water, level, lambda waters: waters.pop() if len(waters) == 1 else 0)


def _lower(row, beyond, compare=np.less):
    framed = np.concatenate([[beyond], row, [beyond]])
    return compare(row, framed[:-2]) & compare(row, framed[2:])


def _flood(elevation, water, level, choose, sides=SIDES, low=np.less_equal, now=False):
    """`choose(set of waters beside a pixel)`; `now`: what was flooded in this step already hands on."""
    after = water.copy()
    for r, c in np.argwhere((water == 0) & low(elevation, level)).tolist():
        beside = [(r + y, c + x) for y, x in sides]
        inside = [q for q in beside if 0 <= q[0] < len(water) and 0 <= q[1] < len(water[0])]
        after[r, c] = choose({int((after if now else water)[q]) for q in inside} - {0})
    return after


def _heights(rng, size):
    row = rng.permutation(size + 2)
    if size > 3:
        row[-2] = row[-1]  # a plateau is no single pixel
    return (row,)


def _relief(rng, size):
    shape = rng.integers(2, 4 + size // 5, 2)
    elevation, water = rng.integers(0, 5, shape), np.zeros(shape, int)
    level = int(rng.integers(1, 5))
    places = rng.permutation(elevation.size)[: 1 + elevation.size // 3]
    water.flat[places] = rng.integers(1, 4, len(places))
    elevation.flat[places] = np.minimum(elevation.flat[places], level)
    return elevation, water, level


_PASS = np.array([[0, 3, 0], [3, 2, 5], [1, 4, 4]])

EXERCISES = (
    Exercise(
        "4.4-minima",
        minima,
        _heights,
        special=((np.array([3, 1, 4, 1, 5, 0]),), (np.array([2, 2, 5]),), (np.array([7]),)),
        slips=(
            Slip(
                lambda row: _lower(row, -np.inf),
                mark("Water springs at the ends too: beyond them it is infinitely high, not low."),
            ),
            Slip(
                lambda row: _lower(row, np.inf, np.less_equal),
                mark("Lower, not as low: on a plateau no single pixel is lower than both its neighbours."),
            ),
            Slip(
                lambda row: _lower(-row, np.inf),
                mark("These are the peaks; water springs at the low points."),
            ),
            Slip(
                lambda row: row == row.min(),
                mark("This is the lowest point of all; every local minimum counts."),
            ),
            Slip(
                lambda row: row < np.concatenate([row[1:], [np.inf]]),
                mark("Look to both sides: this compares with the right neighbour only."),
            ),
            Slip(
                lambda row: row < np.concatenate([[np.inf], row[:-1]]),
                mark("Look to both sides: this compares with the left neighbour only."),
            ),
            Slip(
                lambda row: np.flatnonzero(minima(row)),
                mark("These are the places; asked is yes or no for every height."),
            ),
        ),
    ),
    Exercise(
        "4.4-flood",
        flood,
        _relief,
        special=(
            (np.array([[1, 2, 4, 3, 0]]), np.array([[1, 1, 0, 2, 2]]), 4),
            (_PASS, np.array([[1, 0, 2], [0, 0, 0], [3, 0, 0]]), 3),
            (_PASS, np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]]), 2),
        ),
        slips=(
            Slip(
                lambda elevation, water, level: _flood(elevation, water, level, lambda waters: min(waters, default=0)),
                mark("Beside two waters stands a dam: the pixel stays 0."),
            ),
            Slip(
                lambda elevation, water, level: _flood(
                    elevation, water, level, lambda waters: waters.pop() if len(waters) == 1 else 0, SIDES + CORNERS
                ),
                mark("Neighbours are those by the sides; corners don't count here."),
            ),
            Slip(
                lambda elevation, water, level: _flood(
                    elevation, water, level, lambda waters: waters.pop() if len(waters) == 1 else 0, low=np.less
                ),
                mark("A pixel as high as the level is flooded too: compare with <=."),
            ),
            Slip(
                lambda elevation, water, level: flood(elevation, water, elevation.max()),
                mark("The water stands at the level: what is higher stays dry."),
            ),
            Slip(
                lambda elevation, water, level: _flood(
                    elevation, water, level, lambda waters: waters.pop() if len(waters) == 1 else 0, now=True
                ),
                mark("One step only: look at the water as it was before, not at pixels flooded just now."),
            ),
            Slip(
                lambda elevation, water, level: np.where(water == 0, flood(elevation, water, level), 0),
                mark("These are the pixels flooded in this step; the water that stood there before stays."),
            ),
            Slip(
                lambda elevation, water, level: _flood(
                    elevation, water, level, lambda waters: waters.pop() if len(waters) == 1 else -1
                ),
                mark("A pixel without water beside it, or with two, is 0, not -1."),
            ),
        ),
    ),
)
