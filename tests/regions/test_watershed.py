"""Watershed: by hand, against scikit-image and a plain flood with a heap, and what always holds of basins and dams."""

from heapq import heappop, heappush
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import segmentation
from skimage.morphology import local_minima

from seglearn import edges, images, regions

module = import_module("seglearn.regions.watershed")

some = settings(deadline=None, max_examples=40, derandomize=True)
SIDES = ((-1, 0), (0, -1), (0, 1), (1, 0))


@st.composite
def problems(draw, distinct=False):
    """(elevation, markers or None), with many equal heights or none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    size = shape[0] * shape[1]
    elevation = rng.permutation(size) if distinct else rng.integers(0, draw(st.sampled_from([3, 9, 30])), size)
    markers = None
    if draw(st.booleans()):
        markers = np.zeros(size, int)
        markers[rng.choice(size, min(size, 4), replace=False)] = rng.integers(1, 5, min(size, 4))
        markers = markers.reshape(shape)
    return elevation.reshape(shape), markers


def plain(elevation, markers, lines):
    """Always take the lowest, and of equals the first that came; who is below the water is at its level."""
    elevation = np.asarray(elevation)
    labels = np.array(regions.regional_minima(elevation) if markers is None else markers)
    heap, age, known = [], 0, labels > 0
    for place in np.argwhere(known).tolist():
        heappush(heap, (elevation[tuple(place)], age := age + 1, *place))
    while heap:
        level, _age, row, col = heappop(heap)
        beside = [(row + r, col + c) for r, c in SIDES if 0 <= row + r < len(labels) and 0 <= col + c < len(labels[0])]
        if labels[row, col] == 0:
            waters = {labels[q] for q in beside if labels[q]}
            if len(waters) > 1:
                continue
            (labels[row, col],) = waters
        for q in beside:
            if not known[q]:
                known[q] = True
                if not lines:
                    labels[q] = labels[row, col]
                heappush(heap, (max(level, elevation[q]), age := age + 1, *q))
    return labels


# ---- by hand


def test_two_basins_by_hand():
    """The waters of 1 and 0 rise; the pass of height 4 is reached from both sides at once, from the lower one first."""
    row = np.array([[1, 2, 4, 3, 0]])
    states = list(regions.watershed_steps(row))
    assert [s.level for s in states] == [0, 1, 2, 3, 4]
    assert [s.labels.tolist()[0] for s in states] == [
        [0, 0, 0, 0, 2], [1, 0, 0, 0, 2], [1, 1, 0, 0, 2], [1, 1, 0, 2, 2], [1, 1, 1, 2, 2],
    ]  # fmt: skip
    states = list(regions.watershed_steps(row, lines=True))
    assert [s.dams.sum() for s in states] == [0, 0, 0, 0, 1]
    assert states[-1].labels.tolist() == [[1, 1, 0, 2, 2]]
    assert regions.watershed(row, lines=True).tolist() == [[1, 1, 0, 2, 2]]


def test_a_basin_without_a_marker_is_filled_when_water_runs_over():
    row, markers = np.array([[2, 5, 1, 0, 3, 9, 4]]), np.array([[7, 0, 0, 0, 0, 0, 3]])
    states = {s.level: s.labels.tolist()[0] for s in regions.watershed_steps(row, markers)}
    assert states[4] == [7, 0, 0, 0, 0, 0, 3]
    assert states[5] == [7, 7, 7, 7, 7, 0, 3]
    assert states[9] == [7, 7, 7, 7, 7, 3, 3]  # 3 stood beside it first


def test_a_plateau_between_two_waters_is_shared():
    row = np.array([[0, 5, 5, 5, 5, 0]])
    assert regions.watershed(row).tolist() == [[1, 1, 1, 2, 2, 2]]
    assert regions.watershed(np.array([[0, 5, 5, 5, 0]]), lines=True).tolist() == [[1, 1, 0, 2, 2]]
    assert regions.watershed(row, lines=True).tolist() == [
        [1, 1, 1, 0, 2, 2]
    ]  # the third came first, and the 4th saw both


def test_minima_by_hand():
    elevation = np.array([[1, 1, 4, 0], [4, 4, 4, 4], [2, 3, 3, 3], [2, 3, 0, 3]])
    assert regions.regional_minima(elevation).tolist() == [[1, 1, 0, 2], [0] * 4, [3, 0, 0, 0], [3, 0, 4, 0]]


def test_what_dams_enclose_stays_dry():
    elevation = np.array([[0, 1, 0], [1, 9, 1], [0, 1, 0]])
    expected = [[1, 0, 2], [0, 0, 0], [3, 0, 4]]
    assert regions.watershed(elevation, lines=True).tolist() == expected


# ---- against others


@some
@given(problems(distinct=True))
def test_labels_are_scikit_images_where_all_heights_differ(problem):
    elevation, markers = problem
    assume(elevation.size > 1)  # scikit-image sees no minimum in one pixel
    expected = segmentation.watershed(elevation, markers)
    np.testing.assert_array_equal(regions.watershed(elevation, markers), expected)
    np.testing.assert_array_equal(regions.watershed(elevation - 1e3, markers), expected)
    np.testing.assert_array_equal(regions.watershed(elevation.astype(np.uint8), markers), expected)


@pytest.mark.parametrize("name", ["camera", "coins", "moon"])
def test_labels_are_scikit_images_on_photos_but_for_ties(name):
    """On 8 bits at most 3 % of the pixels are decided by a tie; with every tie broken beforehand none is."""
    photo = images.load(name)
    slope = edges.sobel(photo)
    whole = np.rint(255 * slope / slope.max()).astype(np.uint8)
    for elevation in (photo, whole):
        ours, theirs = regions.watershed(elevation), segmentation.watershed(elevation)
        assert ours.max() == theirs.max()
        assert (ours != theirs).mean() < 0.03
        broken = elevation + np.random.default_rng(0).permutation(photo.size).reshape(photo.shape) / (2 * photo.size)
        np.testing.assert_array_equal(regions.watershed(broken), segmentation.watershed(broken))


@some
@given(problems(), problems(distinct=True), st.booleans())
def test_it_is_the_plain_flood_ties_included(one, other, lines):
    for elevation, markers in (one, other):
        np.testing.assert_array_equal(
            regions.watershed(elevation, markers, lines=lines), plain(elevation, markers, lines)
        )


def test_dams_are_not_scikit_images_even_without_ties():
    """At height 6 only the water of 2 stands beside the pixel at (1, 2): no dam here, one there."""
    elevation = np.array([[8, 0, 7], [1, 3, 6], [2, 4, 5]])
    assert regions.watershed(elevation, lines=True).tolist() == [[0, 1, 0], [2, 0, 2], [2, 2, 2]]
    theirs = segmentation.watershed(elevation, watershed_line=True)
    assert theirs.tolist() == [[0, 1, 1], [2, 0, 0], [2, 2, 2]]


@some
@given(problems())
def test_minima_are_scikit_images(problem):
    elevation, _ = problem
    found = regions.regional_minima(elevation)
    if np.ptp(elevation) == 0:
        assert (found == 1).all()  # one plateau; scikit-image sees no minimum there
        return
    expected = ndimage.label(local_minima(elevation, connectivity=1))[0]
    np.testing.assert_array_equal(found, expected)


# ---- what always holds


@some
@given(problems())
def test_basins_are_connected_to_their_sources_and_dams_part_them(problem):
    elevation, markers = problem
    sources = regions.regional_minima(elevation) if markers is None else markers
    for lines in (False, True):
        labels = regions.watershed(elevation, markers, lines=lines)
        assert labels.dtype == np.int32
        np.testing.assert_array_equal(labels[sources > 0], sources[sources > 0])
        if not lines:
            assert labels.all()
        for k in np.unique(sources[sources > 0]):
            pieces, n = ndimage.label(labels == k)
            assert all((sources[pieces == i] == k).any() for i in range(1, n + 1))
    beside = ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:]))
    given_beside = ((sources[:, :-1], sources[:, 1:]), (sources[:-1], sources[1:]))
    for (a, b), (s, t) in zip(beside, given_beside):
        touching = (a != b) & (a > 0) & (b > 0)
        assert not (touching & ~((s > 0) & (t > 0))).any()  # only markers that touch from the start


@some
@given(problems(), st.booleans())
def test_water_rises_and_what_is_watched_is_what_runs(problem, lines):
    elevation, markers = problem
    states = list(regions.watershed_steps(elevation, markers, lines=lines))
    levels = [s.level for s in states]
    assert levels == sorted(set(levels))
    assert levels[-1] == elevation.max()
    for before, after in pairwise(states):
        wet = before.labels > 0
        np.testing.assert_array_equal(after.labels[wet], before.labels[wet])
        assert (before.dams <= after.dams).all()
    for state in states:
        assert (elevation[state.labels > 0] <= state.level).all()
        assert not (state.dams & (state.labels > 0)).any()
        if markers is None and not lines:
            np.testing.assert_array_equal(state.labels > 0, elevation <= state.level)
    np.testing.assert_array_equal(states[-1].labels, regions.watershed(elevation, markers, lines=lines))


def test_many_levels_come_in_256_parts():
    elevation = np.random.default_rng(0).random((30, 40))
    states = list(regions.watershed_steps(elevation))
    assert len(states) == 256
    assert states[-1].level == elevation.max()
    np.testing.assert_array_equal(states[-1].labels, regions.watershed(elevation))


def test_dtypes_and_signs():
    elevation = np.array([[5, 1, 7, 0]])
    for dtype in (np.uint8, np.uint16, np.int64, np.float32, np.float64):
        assert regions.watershed(elevation.astype(dtype)).tolist() == [[1, 1, 2, 2]]
    assert regions.watershed(-elevation).tolist() == [[1, 2, 2, 2]]
    assert regions.watershed(elevation > 2).tolist() == [[1, 1, 1, 2]]
    assert regions.watershed([[3.5]]).tolist() == [[1]]
    assert regions.watershed(np.zeros((3, 4))).tolist() == [[1] * 4] * 3


def test_large_labels_cost_no_more():
    markers = np.zeros((5, 5), np.int64)
    markers[0, 0], markers[4, 4] = 2**31 - 1, 5
    labels = regions.watershed(np.arange(25).reshape(5, 5), markers)
    assert set(labels.ravel().tolist()) <= {2**31 - 1, 5}


def test_kernels_as_plain_python(monkeypatch):
    elevation = np.random.default_rng(0).integers(0, 9, (6, 7))
    expected = [regions.watershed(elevation, lines=lines) for lines in (False, True)]
    for name in ("_rank", "_number_minima", "_spring", "_rise"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    for lines, labels in zip((False, True), expected):
        np.testing.assert_array_equal(regions.watershed(elevation, lines=lines), labels)


# ---- bad input


@pytest.mark.parametrize("door", [regions.watershed, regions.watershed_steps])
@pytest.mark.parametrize(
    ("elevation", "markers", "error", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 2), int), ValueError, r"markers: expected the elevation's shape \(2, 3\), got"),
        (np.zeros((2, 3)), np.zeros((2, 3), int), ValueError, r"markers: expected at least one above 0, got 0 every"),
        (np.zeros((2, 3)), np.full((2, 3), -1), ValueError, r"markers: expected labels from 0"),
        (np.zeros((2, 3)), np.ones((2, 3)), TypeError, r"markers: expected integer labels"),
        (np.zeros((2, 3, 3)), None, ValueError, r"elevation: expected numbers \(H, W\)"),
        (np.zeros((0, 3)), None, ValueError, r"elevation: expected at least one pixel"),
        ([[0, np.nan]], None, ValueError, r"elevation: expected finite values, got 1"),
        ([["a"]], None, TypeError, r"elevation: expected numbers"),
    ],
)
def test_bad_input_is_refused_before_any_work(door, elevation, markers, error, message):
    with pytest.raises(error, match=message):
        door(elevation, markers)


def test_lines_is_true_or_false():
    with pytest.raises(TypeError, match=r"lines: expected True or False, got 1"):
        regions.watershed(np.zeros((2, 2)), lines=1)
