"""The solutions of the exercises of 4.4 say what the package says."""

from itertools import pairwise

import numpy as np
import pytest

from seglearn import images, regions
from seglearn.exercises.regions import EXERCISES

SOLUTION = {exercise.name: exercise.solution for exercise in EXERCISES}
COINS = images.load("coins")[::3, ::3]


def test_there_are_ten_or_more():
    assert len(SOLUTION) == len(EXERCISES) >= 10


def test_thresholds():
    first, second = list(regions.threshold_valley_steps(COINS))[:2]
    np.testing.assert_allclose(SOLUTION["4.4-smooth"](first.counts), second.counts)
    *_, last = regions.threshold_valley_steps(COINS)
    peaks = np.searchsorted(last.levels, last.peaks)
    assert last.levels[SOLUTION["4.4-valley"](last.counts, *peaks)] == last.threshold
    for state in regions.threshold_iterative_steps(COINS, start=3):
        assert SOLUTION["4.4-iterate"](COINS.ravel(), state.previous) == pytest.approx(state.threshold)
    found = regions.grey_histogram(COINS)
    variances = [SOLUTION["4.4-between"](found.counts, t) for t in range(len(found.counts) - 1)]
    assert found.levels[np.argmax(variances)] == regions.threshold_otsu(COINS)


def test_local_thresholds():
    row = COINS[40]
    thresholds = regions.threshold_adaptive(np.tile(row, (3, 1)), 7, offset=2.2)[1]
    np.testing.assert_array_equal(SOLUTION["4.4-adaptive"](row, 3, 2.2), row > thresholds)
    even = COINS[:100, :120]
    np.testing.assert_allclose(SOLUTION["4.4-block-mean"](even, 5, 6), regions.threshold_block_mean(even, 5, 6))


def test_growing():
    states = list(regions.region_growing_steps(COINS, (20, 20), 25.5))
    for before, after in pairwise(states):
        np.testing.assert_array_equal(SOLUTION["4.4-ring"](COINS, before.mask, 25.5), after.mask & ~before.mask)
    order = SOLUTION["4.4-order"](COINS.astype(int), (20, 20), 25)
    for state in regions.region_growing_steps(COINS, (20, 20), 25, criterion="seed"):
        assert (order[tuple(state.joined.T)] == state.iteration).all()
    np.testing.assert_array_equal(order >= 0, state.mask)


def test_split_and_merge():
    states = list(regions.split_and_merge_steps(COINS, 30))
    whole, quarters = states[0].blocks[0], states[1].blocks
    assert not SOLUTION["4.4-even"](COINS, whole, 30)
    assert sorted(SOLUTION["4.4-quarters"](whole).tolist()) == quarters.tolist()
    labels = states[-1].labels[:20, :30]
    pairs = [(i, j) for i in np.unique(labels) for j in np.unique(labels) if i != j]
    part = np.where(np.isin(states[-1].labels, labels), states[-1].labels, -1)
    assert not any(SOLUTION["4.4-mergeable"](COINS, part, i, j, 30) for i, j in pairs)


def test_watershed():
    row = np.array([5, 3, 8, 2, 9, 4, 6, 7, 1])
    np.testing.assert_array_equal(SOLUTION["4.4-minima"](row), regions.regional_minima(row[None])[0] > 0)
    relief = np.random.default_rng(0).permutation(63).reshape(7, 9)
    markers = regions.regional_minima(relief)
    n_dams = 0
    for before, after in pairwise(regions.watershed_steps(relief)):
        start = np.where((markers > 0) & (relief <= after.level), markers, before.labels)
        answer = SOLUTION["4.4-flood"](relief, start, after.level)
        np.testing.assert_array_equal(answer[answer > 0], after.labels[answer > 0])
        for r, c in np.argwhere((answer == 0) & (after.labels > 0)):
            beside = start[max(r - 1, 0) : r + 2, c].tolist() + start[r, max(c - 1, 0) : c + 2].tolist()
            assert len(set(beside) - {0}) > 1
            n_dams += 1
    assert n_dams > 5
