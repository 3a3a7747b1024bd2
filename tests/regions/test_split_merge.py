"""Split and merge: by hand, what always holds, and the same labels as a plain one that looks at every pixel again."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from benchmarks.bench_split_merge import plain
from seglearn import images, regions

module = import_module("seglearn.regions.split_merge")

some = settings(deadline=None, max_examples=40, derandomize=True)


@st.composite
def problems(draw):
    """(picture, tolerance, min_size, criterion), of any size, with even areas or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 17)), draw(st.integers(1, 17))
    picture = rng.integers(0, draw(st.sampled_from([2, 5, 40])), shape)
    if draw(st.booleans()):
        picture = ndimage.median_filter(picture, 5)
    tolerance = float(rng.choice([0, 1, 2.5, 8]))
    criterion = draw(st.sampled_from(module.CRITERIA))
    return picture.astype(np.uint8), tolerance, draw(st.integers(1, 3)), criterion


def uneven(values, criterion):
    return float(np.ptp(values)) if criterion == "range" else float(values.std())


# ---- by hand


def test_four_by_four_by_hand():
    """Only the upper right quarter is uneven and is divided once more; then the threes and the ones come together."""
    picture = np.array([[1, 1, 1, 3], [1, 1, 3, 3], [1, 1, 3, 3], [1, 1, 3, 3]], np.uint8)
    states = list(regions.split_and_merge_steps(picture, 0, min_size=1))
    assert [(s.phase, s.n_regions) for s in states[:3]] == [("split", 1), ("split", 4), ("split", 7)]
    assert states[2].labels.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4], [5, 5, 6, 6], [5, 5, 6, 6]]
    assert states[2].blocks[1].tolist() == [0, 2, 1, 3]
    assert {s.phase for s in states[3:]} == {"merge"}
    assert states[-1].labels.tolist() == [[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]


def test_a_smallest_block_stays_uneven():
    picture = np.array([[1, 9], [9, 1]], np.uint8)
    assert regions.split_and_merge(picture, 0).tolist() == [[0, 0], [0, 0]]
    assert regions.split_and_merge(picture, 0, min_size=1).tolist() == [[0, 1], [2, 3]]


def test_odd_sides_are_halved_with_the_odd_pixel_first():
    picture = np.arange(15, dtype=np.uint8).reshape(3, 5) * 10
    states = list(regions.split_and_merge_steps(picture, 0, min_size=2))
    assert states[1].blocks.tolist() == [[0, 0, 2, 3], [0, 3, 2, 5], [2, 0, 3, 3], [2, 3, 3, 5]]
    assert states[2].blocks.tolist() == [
        [0, 0, 2, 2], [0, 2, 2, 3], [0, 3, 2, 5], [2, 0, 3, 2], [2, 2, 3, 3], [2, 3, 3, 5],
    ]  # fmt: skip


def test_a_row_is_halved_in_two():
    states = list(regions.split_and_merge_steps(np.array([[0, 0, 0, 5]], np.uint8), 0, min_size=1))
    assert [s.n_regions for s in states] == [1, 2, 3, 2]
    assert states[-1].labels.tolist() == [[0, 0, 0, 1]]


def test_the_most_similar_neighbours_come_first():
    """2 is as near to 0 as the tolerance and nearer to 3; all three would be uneven."""
    picture = np.array([[2, 0], [3, 9]], np.uint8)
    assert regions.split_and_merge(picture, 2, min_size=1).tolist() == [[0, 1], [0, 2]]
    assert regions.split_and_merge(picture, 3, min_size=1).tolist() == [[0, 0], [0, 1]]
    assert regions.split_and_merge(np.array([[2, 0], [4, 9]], np.uint8), 2, min_size=1).tolist() == [[0, 0], [1, 2]]


def test_a_third_region_can_make_two_even():
    """Deviations: of 0 9 9 9 it is 3.9 and of 0 9 it is 4.5, so that 0 waits until the nines are one."""
    picture = np.array([[0, 9, 9, 9]], np.uint8)
    assert regions.split_and_merge(picture, 4.4, min_size=1, criterion="deviation").tolist() == [[0, 0, 0, 0]]
    assert regions.split_and_merge(picture, 3.8, min_size=1, criterion="deviation").tolist() == [[0, 1, 1, 1]]


# ---- what always holds


@some
@given(problems())
def test_partition_evenness_connectedness_and_no_pair_left(problem):
    picture, tolerance, min_size, criterion = problem
    labels = regions.split_and_merge(picture, tolerance, min_size=min_size, criterion=criterion)
    assert labels.shape == picture.shape
    assert labels.dtype == np.int32
    n = labels.max() + 1
    first = [np.flatnonzero(labels == k)[0] for k in range(n)]
    assert first == sorted(first)  # every number occurs, in reading order
    blocks = list(regions.split_and_merge_steps(picture, tolerance, min_size=min_size, criterion=criterion))[-1].blocks
    assert all((labels[t:b, l:r] == labels[t, l]).all() and t < b and l < r for t, l, b, r in blocks)
    for k in range(n):
        inside = labels == k
        assert ndimage.label(inside)[1] == 1
        if uneven(picture[inside], criterion) > tolerance + 1e-9:
            rows, cols = np.nonzero(inside)
            box = [rows.min(), cols.min(), rows.max() + 1, cols.max() + 1]
            assert box in blocks.tolist()
            assert max(box[2] - box[0], box[3] - box[1]) <= min_size
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        for i, j in {(i, j) for i, j in zip(a.ravel().tolist(), b.ravel().tolist()) if i != j}:
            together = uneven(picture[(labels == i) | (labels == j)], criterion)
            assert together > tolerance - 1e-9


@some
@given(problems())
def test_it_is_what_the_plain_one_gives(problem):
    picture, tolerance, min_size, criterion = problem
    tolerance += 0.003  # no deviation is so near it that a last digit decides
    labels = regions.split_and_merge(picture, tolerance, min_size=min_size, criterion=criterion)
    np.testing.assert_array_equal(labels, plain(picture, tolerance, min_size, criterion))


@some
@given(problems())
def test_what_is_watched_is_what_runs(problem):
    picture, tolerance, min_size, criterion = problem
    states = list(regions.split_and_merge_steps(picture, tolerance, min_size=min_size, criterion=criterion))
    labels = regions.split_and_merge(picture, tolerance, min_size=min_size, criterion=criterion)
    np.testing.assert_array_equal(states[-1].labels, labels)
    assert [s.iteration for s in states] == list(range(len(states)))
    phases = [s.phase for s in states]
    assert phases == sorted(phases, reverse=True)
    counts = [s.n_regions for s in states]
    n_split = phases.count("split")
    assert (np.diff(counts[:n_split]) > 0).all()
    assert (np.diff(counts[n_split - 1 :]) < 0).all()
    for state in states:
        assert state.n_regions == len(np.unique(state.labels)) == state.labels.max() + 1
        areas = (state.blocks[:, 2] - state.blocks[:, 0]) * (state.blocks[:, 3] - state.blocks[:, 1])
        assert areas.sum() == picture.size
        if state.phase == "split":
            assert len(state.blocks) == state.n_regions


def test_units_are_the_pictures():
    picture = images.load("coins")[::3, ::3]
    expected = regions.split_and_merge(picture, 30)
    np.testing.assert_array_equal(regions.split_and_merge(picture.astype(np.uint16), 30), expected)
    np.testing.assert_array_equal(regions.split_and_merge(picture / 256, 30 / 256), expected)
    np.testing.assert_array_equal(regions.split_and_merge(np.asfortranarray(picture), 30), expected)


def test_a_constant_float_picture_has_no_deviation():
    picture = np.full((9, 9), 0.1)
    assert not regions.split_and_merge(picture, 0, criterion="deviation").any()
    assert not regions.split_and_merge(picture, 0).any()


def test_one_pixel():
    for dtype in (np.uint8, np.uint16, np.float64, bool):
        assert regions.split_and_merge(np.ones((1, 1), dtype), 0).tolist() == [[0]]


@pytest.mark.timeout(60)
def test_a_megapixel_of_noise_is_done_in_seconds():
    noise = np.random.default_rng(0).random((1024, 1024))
    labels = regions.split_and_merge(noise, 0.2, min_size=1)
    assert 300_000 < labels.max() < 700_000


# ---- the kernels as plain Python


def test_kernels_as_plain_python(monkeypatch):
    picture = np.random.default_rng(0).integers(0, 9, (6, 7)).astype(np.uint8)
    expected = [regions.split_and_merge(picture, 3, min_size=1, criterion=c) for c in module.CRITERIA]
    for name in ("_quarter", "_unevenness", "_root", "_compare", "_merge", "_paint"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for criterion, labels in zip(module.CRITERIA, expected):
        np.testing.assert_array_equal(regions.split_and_merge(picture, 3, min_size=1, criterion=criterion), labels)


# ---- bad input


@pytest.mark.parametrize("door", [regions.split_and_merge, regions.split_and_merge_steps])
@pytest.mark.parametrize(
    ("image", "tolerance", "more", "error", "message"),
    [
        (np.zeros((2, 2), np.uint8), -1, {}, ValueError, r"tolerance: expected a number of at least 0, got -1"),
        (np.zeros((2, 2), np.uint8), np.nan, {}, ValueError, r"tolerance: expected a number of at least 0, got nan"),
        (np.zeros((2, 2), np.uint8), "9", {}, TypeError, r"tolerance: expected a number"),
        (np.zeros((2, 2), np.uint8), 1, {"min_size": 0}, ValueError, r"min_size: expected an integer of at least 1"),
        (np.zeros((2, 2), np.uint8), 1, {"min_size": 2.0}, TypeError, r"min_size: expected an integer"),
        (np.zeros((2, 2), np.uint8), 1, {"criterion": "std"}, ValueError, r"criterion: expected one of 'range', 'dev"),
        (np.zeros((2, 2, 3), np.uint8), 1, {}, ValueError, r"image: expected a grey image"),
        (np.zeros((0, 2), np.uint8), 1, {}, ValueError, r"image: expected at least one pixel"),
        ([[np.nan]], 1, {}, ValueError, r"image: expected finite values"),
    ],
)
def test_bad_input_is_refused_before_any_work(door, image, tolerance, more, error, message):
    with pytest.raises(error, match=message):
        door(image, tolerance, **more)


def test_at_most_a_tenth_of_the_regions_goes_between_two_states():
    picture = np.random.default_rng(0).integers(0, 40, (32, 32)).astype(np.uint8)
    states = list(regions.split_and_merge_steps(picture, 20, min_size=1))
    counts = np.array([s.n_regions for s in states[[s.phase for s in states].index("merge") - 1 :]])
    tenths = np.maximum(1, counts[:-1] // 10)
    assert (-np.diff(counts) <= tenths).all()
    assert counts[0] - counts[1] == tenths[0]
