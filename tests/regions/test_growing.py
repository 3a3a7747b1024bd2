"""Region growing: by hand, against scikit-image's flood, and against a growth that asks every pixel every time."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.segmentation import flood

from seglearn import images, regions

growing = import_module("seglearn.regions.growing")
growth = import_module("seglearn.regions.growth")
filling = import_module("seglearn.regions.filling")

some = settings(deadline=None, max_examples=40, derandomize=True)
CROSS, SQUARE = ndimage.generate_binary_structure(2, 1), ndimage.generate_binary_structure(2, 2)
STRUCTURES = {4: CROSS, 8: SQUARE}


@st.composite
def problems(draw, colour=False):
    """(picture, seed, tolerance, connectivity), with few grey values, so that regions are of some size."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (draw(st.integers(1, 14)), draw(st.integers(1, 20)), *([3] if colour else []))
    picture = rng.integers(0, draw(st.sampled_from([4, 12, 60])), shape).astype(np.uint8)
    seed = tuple(int(rng.integers(n)) for n in shape[:2])
    return picture, seed, float(rng.choice([0, 1, 2.5, 8, 20])), draw(st.sampled_from([4, 8]))


def plain(picture, seed, tolerance, connectivity, criterion, free=None):
    """Every ring, compare every neighbour of the region with the mean, in whole numbers where it is grey."""
    mask = np.zeros(picture.shape[:2], bool)
    mask[seed] = True
    values = picture.reshape(*picture.shape[:2], -1).astype(float)
    rings = 0
    while True:
        mean = values[seed] if criterion == "seed" else values[mask].sum(axis=0) / mask.sum()
        near = np.sqrt(((values - mean) ** 2).sum(axis=2)) <= tolerance
        ring = ndimage.binary_dilation(mask, STRUCTURES[connectivity]) & ~mask & near
        if free is not None:
            ring &= free
        if not ring.any():
            return mask, rings
        mask, rings = mask | ring, rings + 1


def last(states):
    *_, state = states
    return state


# ---- by hand


def test_the_mean_moves_and_the_seed_does_not():
    """3 5 7 20, tolerance 3, from 3: 5 joins, the mean is 4; 7 joins, the mean is 5; the seed itself refuses 7."""
    picture = np.array([[3, 5, 7, 20]], np.uint8)
    first, second, third = regions.region_growing_steps(picture, (0, 0), 3)
    assert [s.mask.tolist()[0] for s in (first, second, third)] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
    ]
    assert [s.mean.tolist() for s in (first, second, third)] == [[3], [4], [5]]
    assert [s.iteration for s in (first, second, third)] == [0, 1, 2]
    assert second.joined.tolist() == [[0, 1]]
    assert second.sources.tolist() == [[0, 0]]
    assert regions.region_growing(picture, (0, 0), 3, criterion="seed").tolist() == [[True, True, False, False]]


def test_a_refused_neighbour_is_taken_once_the_mean_has_come_near():
    """From 10: 14 is too far at first; the ones on the other side lift the mean to 12, and then it fits."""
    picture = np.array([[14, 10, 12, 13, 13]], np.uint8)
    states = list(regions.region_growing_steps(picture, (0, 1), 2))
    assert [s.mask.sum() for s in states] == [1, 2, 3, 4, 5]
    np.testing.assert_allclose([s.mean[0] for s in states], [10, 11, 35 / 3, 12, 62 / 5])
    assert states[-1].joined.tolist() == [[0, 0]]
    assert states[-1].sources.tolist() == [[0, 1]]


def test_directions_of_growth_by_hand():
    """A ring around a hole that never fits: the front goes round both ways and meets."""
    picture = np.array([[5, 5, 5], [5, 99, 5], [5, 5, 5]], np.uint8)
    states = list(regions.region_growing_steps(picture, (0, 0), 0))
    assert [s.joined.tolist() for s in states[1:]] == [
        [[0, 1], [1, 0]],
        [[0, 2], [2, 0]],
        [[1, 2], [2, 1]],
        [[2, 2]],
    ]
    assert states[-1].sources.tolist() == [[1, 2]]  # of two that reach it the first to have joined
    assert states[-1].mask.tolist() == [[True] * 3, [True, False, True], [True] * 3]


def test_corners_count_with_eight_neighbours():
    picture = np.array([[1, 0], [0, 1]], np.uint8)
    for criterion in growing.CRITERIA:
        assert regions.region_growing(picture, (0, 0), 0, criterion=criterion).sum() == 1
        assert regions.region_growing(picture, (0, 0), 0, criterion=criterion, connectivity=8).sum() == 2


def test_tolerance_is_included_and_in_the_pictures_units():
    picture = np.array([[10, 20, 31]], np.uint8)
    assert regions.region_growing(picture, (0, 0), 10, criterion="seed").tolist() == [[True, True, False]]
    assert regions.region_growing(picture, (0, 0), 9.99, criterion="seed").sum() == 1
    assert regions.region_growing(picture / 255, (0, 0), 10.01 / 255, criterion="seed").sum() == 2
    assert regions.region_growing(picture.astype(np.uint16) * 257, (0, 0), 2570, criterion="seed").sum() == 2
    assert regions.region_growing(picture, (0, 0), 1e9).all()


# ---- against others


@pytest.mark.parametrize("name", ["camera", "coins", "moon"])
@pytest.mark.parametrize("connectivity", [4, 8])
def test_equals_scikit_image_on_photos(name, connectivity):
    picture = images.load(name)
    for seed in ((20, 20), (150, 250), (299, 5)):
        for tolerance in (5, 30):
            expected = flood(picture, seed, tolerance=tolerance, connectivity=connectivity // 4)
            for image, factor in ((picture, 1), (picture.astype(np.uint16) * 257, 257)):
                found = regions.region_growing(
                    image, seed, factor * tolerance, criterion="seed", connectivity=connectivity
                )
                np.testing.assert_array_equal(found, expected)
    steps = regions.region_growing_steps(picture, seed, 30, criterion="seed", connectivity=connectivity)
    np.testing.assert_array_equal(last(steps).mask, expected)


@some
@given(problems())
def test_against_the_seed_it_is_scikit_images_flood(problem):
    picture, seed, tolerance, connectivity = problem
    # On whole numbers scikit-image rounds the limits down, so that 2.5 lets in what is 3 away.
    expected = flood(picture.astype(float), seed, tolerance=tolerance, connectivity=connectivity // 4)
    for image, factor in ((picture, 1), (picture / 255, 1 / 255)):
        found = regions.region_growing(
            image, seed, tolerance * factor + 1e-9, criterion="seed", connectivity=connectivity
        )
        np.testing.assert_array_equal(found, expected)
    steps = regions.region_growing_steps(picture, seed, tolerance, criterion="seed", connectivity=connectivity)
    np.testing.assert_array_equal(last(steps).mask, expected)


@some
@given(problems(), problems(colour=True), st.sampled_from(growing.CRITERIA))
def test_it_is_what_asking_every_neighbour_every_time_gives(grey, colour, criterion):
    for picture, seed, tolerance, connectivity in (grey, colour):
        expected, rings = plain(picture, seed, tolerance, connectivity, criterion)
        how = {"criterion": criterion, "connectivity": connectivity}
        states = list(regions.region_growing_steps(picture, seed, tolerance, **how))
        np.testing.assert_array_equal(states[-1].mask, expected)
        np.testing.assert_array_equal(regions.region_growing(picture, seed, tolerance, **how), expected)
        assert len(states) == rings + 1


@some
@given(problems())
def test_every_state_is_what_it_says(problem):
    picture, seed, tolerance, connectivity = problem
    before = np.zeros(picture.shape, bool)
    for number, state in enumerate(regions.region_growing_steps(picture, seed, tolerance, connectivity=connectivity)):
        assert state.iteration == number
        new = np.zeros_like(before)
        new[tuple(state.joined.T)] = True
        np.testing.assert_array_equal(new, state.mask & ~before)
        assert state.mean == picture[state.mask].mean()
        if number:
            assert before[tuple(state.sources.T)].all()
            away = np.abs(state.joined - state.sources)
            assert (away.sum(axis=1) == 1).all() if connectivity == 4 else (away.max(axis=1) == 1).all()
        before = state.mask


# ---- the whole picture


@some
@given(problems(), problems(colour=True), st.sampled_from(growing.CRITERIA), st.integers(0, 99))
def test_labels_are_regions_grown_among_what_was_left(grey, colour, criterion, rng):
    for picture, _seed, tolerance, connectivity in (grey, colour):
        how = {"criterion": criterion, "connectivity": connectivity}
        labels = regions.grow_regions(picture, tolerance, rng, **how)
        free = np.ones(labels.shape, bool)
        for k, state in enumerate(regions.grow_regions_steps(picture, tolerance, rng, **how)):
            assert state.iteration == k + 1
            assert free[state.seed]
            expected, _ = plain(picture, state.seed, tolerance, connectivity, criterion, free)
            np.testing.assert_array_equal(labels == k, expected)
            free &= ~expected
            np.testing.assert_array_equal(state.labels, np.where(free, -1, labels))
        assert labels.dtype == np.int32
        assert labels.max() == k
        assert not free.any()


def test_labels_depend_on_the_seeds_and_the_same_rng_gives_the_same():
    picture = images.load("coins")[::4, ::4]
    runs = [regions.grow_regions(picture, 12, rng) for rng in (0, 0, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert len({run.max() for run in runs}) == 3


@pytest.mark.timeout(60)
def test_a_winding_corridor_between_noisy_walls_takes_no_longer_than_its_length():
    """One pixel a ring for 60 000 rings, and 60 000 refused pixels wait: each is asked when it may fit, not always."""
    picture = np.random.default_rng(0).uniform(0.7, 1, (350, 350))
    corridor = np.zeros((350, 350), bool)
    corridor[::2] = True
    corridor[1::4, -1] = corridor[3::4, 0] = True
    picture[corridor] = np.random.default_rng(1).uniform(0.4, 0.6, corridor.sum())
    np.testing.assert_array_equal(regions.region_growing(picture, (0, 0), 0.15), corridor)


def test_one_pixel_and_one_row():
    for dtype in (np.uint8, np.uint16, np.float64, bool):
        for criterion in growing.CRITERIA:
            assert regions.region_growing(np.ones((1, 1), dtype), (0, 0), 0, criterion=criterion).tolist() == [[True]]
            found = regions.region_growing(np.array([[1, 1, 0, 1]], dtype), (0, 1), 0, criterion=criterion)
            assert found.tolist() == [[True, True, False, False]]
        assert regions.grow_regions(np.ones((1, 1), dtype), 0).tolist() == [[0]]


# ---- the kernels as plain Python


def test_fill_as_plain_python():
    picture = np.random.default_rng(3).integers(0, 3, (7, 30)).astype(np.uint8)
    for corners in (False, True):
        results = []
        for mark, kernel in ((filling._between, filling._fill), (filling._between.py_func, filling._fill.py_func)):
            free = np.zeros((9, 32), np.uint8)
            mark(picture, np.uint8(0), np.uint8(1), free[1:-1, 1:31])
            free = np.hstack([free, np.zeros((9, 8), np.uint8)])
            row, col = np.argwhere(free)[40]
            before, mask = free.copy(), np.zeros((7, 30), bool)
            kernel(free, free.view(np.uint64), mask, np.empty((200, 3), np.int32), row, col, corners)
            np.testing.assert_array_equal((before != free)[1:-1, 1:31], mask)
            results.append(free)
        np.testing.assert_array_equal(*results)
    assert filling._end.py_func(np.array([1] * 9, np.uint8), np.zeros(0, np.uint64), 3, 9, 0) == 3
    row = np.array([0] * 3 + [1] * 21, np.uint8)
    assert filling._end.py_func(row, row.view(np.uint64), 4, 24, 1) == 24


def test_growth_as_plain_python(monkeypatch):
    picture = np.random.default_rng(0).integers(0, 9, (6, 7)).astype(np.uint8)
    expected = regions.region_growing(picture, (2, 3), 2)
    labels = regions.grow_regions(picture, 2, rng=0)
    for name in ("_plant", "_grow", "_label", "_excess", "_push", "_pop"):
        monkeypatch.setattr(growth, name, getattr(growth, name).py_func)
    np.testing.assert_array_equal(regions.region_growing(picture, (2, 3), 2), expected)
    np.testing.assert_array_equal(regions.grow_regions(picture, 2, rng=0), labels)


def test_the_heap_gives_the_least_key_first():
    rng = np.random.default_rng(0)
    keys_in = np.round(rng.random(50), 1)
    waiting, keys = np.empty(50, np.int32), np.empty(50)
    for n, key in enumerate(keys_in):
        growth._push(waiting, keys, n, n, key)
    out = []
    for n in range(49, -1, -1):
        out.append(keys[0])
        top = waiting[0]
        growth._pop(waiting, keys, n)
        assert waiting[n] == top
    assert out == sorted(keys_in)


# ---- bad input

PICTURE = np.zeros((5, 8), np.uint8)


@pytest.mark.parametrize("door", [regions.region_growing, regions.region_growing_steps])
@pytest.mark.parametrize(
    ("seed", "tolerance", "more", "error", "message"),
    [
        ((5, 0), 1, {}, ValueError, r"seed row: expected an integer from 0 to 4, got 5"),
        ((0, 8), 1, {}, ValueError, r"seed column: expected an integer from 0 to 7, got 8"),
        ((-1, 0), 1, {}, ValueError, r"seed row: expected an integer from 0 to 4, got -1"),
        ((0.0, 0), 1, {}, TypeError, r"seed row: expected an integer from 0 to 4"),
        (3, 1, {}, ValueError, r"seed: expected \(row, col\), got 3"),
        ((1, 2, 3), 1, {}, ValueError, r"seed: expected \(row, col\)"),
        ((0, 0), -1, {}, ValueError, r"tolerance: expected a number of at least 0, got -1"),
        ((0, 0), np.nan, {}, ValueError, r"tolerance: expected a number of at least 0, got nan"),
        ((0, 0), "1", {}, TypeError, r"tolerance: expected a number"),
        ((0, 0), 1, {"criterion": "median"}, ValueError, r"criterion: expected one of 'mean', 'seed', got 'median'"),
        ((0, 0), 1, {"connectivity": 6}, ValueError, r"connectivity: expected 4 or 8, got 6"),
        ((0, 0), 1, {"connectivity": "4"}, TypeError, r"connectivity: expected an integer"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(door, seed, tolerance, more, error, message):
    with pytest.raises(error, match=message):
        door(PICTURE, seed, tolerance, **more)


@pytest.mark.parametrize(
    "call",
    [
        lambda image: regions.region_growing(image, (0, 0), 1),
        lambda image: regions.grow_regions(image, 1),
        lambda image: regions.grow_regions_steps(image, 1),
    ],
)
@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((2, 2, 4), np.uint8), ValueError, r"image: expected a grey \(H, W\) or RGB \(H, W, 3\) image"),
        (np.zeros((0, 2), np.uint8), ValueError, r"image: expected at least one pixel"),
        ([[np.nan]], ValueError, r"image: expected finite values"),
        (np.zeros((2, 2), int), TypeError, r"image: expected uint8, uint16, bool or float values"),
    ],
)
def test_bad_pictures_are_refused(call, image, error, message):
    with pytest.raises(error, match=message):
        call(image)


def test_without_rng_the_seeds_are_others_every_time():
    assert len({next(regions.grow_regions_steps(np.zeros((100, 100)), 0)).seed for _ in range(5)}) > 1
    picture = np.arange(1600, dtype=np.uint16).reshape(40, 40)  # every pixel its own region, numbered as it is drawn
    assert len({regions.grow_regions(picture, 0).tobytes() for _ in range(5)}) > 1


def test_the_stack_of_filling_is_long_enough_for_a_comb(monkeypatch):
    picture = np.ones((3, 62), np.uint8)
    picture[::2, 1::2] = 0  # 31 teeth on either side, each a stretch that waits
    monkeypatch.setattr(filling, "_fill", filling._fill.py_func)  # a compiled one would write beyond and say nothing
    assert filling.fill(picture[:, :, None], (1, 0), 0.0, 4).sum() == 62 + 2 * 31
