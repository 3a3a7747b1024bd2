"""Mean shift on pictures: by hand, bit by bit against OpenCV, and what every division into regions must hold."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from seglearn import images
from seglearn.clustering.mean_shift_segmentation import (
    _filter,
    _flood,
    mean_shift_filter,
    segment_mean_shift,
    segment_mean_shift_stages,
)

quiet = settings(max_examples=40)


def opencv(image, spatial_radius, color_radius, max_iter=5):
    stop = (cv2.TERM_CRITERIA_MAX_ITER + cv2.TERM_CRITERIA_EPS, max_iter, 1)
    return cv2.pyrMeanShiftFiltering(image, spatial_radius, color_radius, maxLevel=0, termcrit=stop)


def random_picture(seed, height, width):
    """Between noise and a few flat colours, so that windows wander."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (1 + height // 4, 1 + width // 4, 3))
    picture = coarse.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]
    return np.clip(picture + rng.integers(-30, 31, picture.shape), 0, 255).astype(np.uint8)


def test_five_pixels_by_hand():
    row = np.array([[10, 12, 14, 100, 104]], dtype=np.uint8)
    stages = segment_mean_shift_stages(row, 1, 5)
    assert stages.filtered.tolist() == [[11, 12, 13, 102, 102]]
    assert stages.regions.tolist() == [[0, 0, 0, 1, 1]]
    assert stages.modes.tolist() == [12, 102]
    # A difference of just the bandwidth counts as near: 13 is in the region of 11.
    assert segment_mean_shift(row, 1, 2).tolist() == [[0, 0, 0, 1, 2]]


def test_a_shade_is_cut_where_it_left_its_first_colour():
    ramp = np.arange(0, 200, 10, dtype=np.uint8)[None]
    assert segment_mean_shift(ramp, 1, 9).tolist() == [list(range(20))]  # no window reaches a neighbour
    regions = segment_mean_shift_stages(ramp, 1, 31)
    first = regions.filtered[0, 0]
    assert ((regions.filtered <= first + 31) == (regions.labels == 0)).all()
    assert regions.labels.max() > 2


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket", "china", "flower", "motorcycle"])
@pytest.mark.parametrize("radii", [(4, 12), (10, 25), (16, 40)])
def test_filter_is_that_of_opencv_on_photos(name, radii):
    picture = images.load(name)[60:160, 150:270]
    ours, theirs = mean_shift_filter(picture, *radii), opencv(picture, *radii)
    assert (ours != picture).any()
    np.testing.assert_array_equal(ours, theirs)


def test_filter_is_that_of_opencv_on_a_whole_photo():
    picture = images.load("astronaut")
    np.testing.assert_array_equal(mean_shift_filter(picture, 6, 18), opencv(picture, 6, 18))


@given(
    st.integers(0, 10**6),
    st.integers(1, 24),
    st.integers(1, 24),
    st.integers(1, 30),
    st.floats(0.6, 450),
    st.integers(1, 8),
)
@quiet
def test_filter_is_that_of_opencv_on_any_picture(seed, height, width, spatial_radius, color_radius, max_iter):
    picture = random_picture(seed, height, width)
    ours = mean_shift_filter(picture, spatial_radius, color_radius, max_iter=max_iter)
    np.testing.assert_array_equal(ours, opencv(picture, spatial_radius, color_radius, max_iter))


@pytest.mark.parametrize("name", ["camera", "coins"])
def test_grey_is_one_channel(name):
    picture = images.load(name)[50:130, 50:150]
    lifted = np.dstack((picture, np.zeros_like(picture), np.zeros_like(picture)))
    filtered = mean_shift_filter(picture, 5, 20)
    assert filtered.shape == picture.shape
    np.testing.assert_array_equal(filtered, opencv(lifted, 5, 20)[..., 0])


def test_float_is_the_same_picture():
    picture = images.load("coffee")[:60, :70]
    np.testing.assert_array_equal(mean_shift_filter(picture / 255, 4, 15), mean_shift_filter(picture, 4, 15))
    np.testing.assert_array_equal(segment_mean_shift(picture / 255, 4, 15), segment_mean_shift(picture, 4, 15))
    assert (mean_shift_filter(np.full((2, 2), 0.3012), 1, 1) == 77).all()  # 76.8, rounded


@given(st.integers(0, 10**6), st.integers(1, 20), st.integers(1, 20), st.floats(1, 120), st.integers(1, 40))
@quiet
def test_regions_are_what_they_are_said_to_be(seed, height, width, color_bandwidth, min_size):
    picture = random_picture(seed, height, width)
    stages = segment_mean_shift_stages(picture, 3, color_bandwidth, min_size=min_size)
    colors = stages.filtered.reshape(-1, 3).astype(float)
    taken = np.zeros((height, width), dtype=bool)
    for number in range(stages.regions.max() + 1):
        ours = stages.regions == number
        first = np.flatnonzero(~taken)[0]
        near = (((colors - colors[first]) ** 2).sum(axis=1) <= color_bandwidth**2).reshape(height, width) & ~taken
        parts, _ = ndimage.label(near)
        np.testing.assert_array_equal(ours, parts == parts.flat[first])
        taken |= ours
    assert taken.all()

    sizes = np.bincount(stages.labels.ravel())
    assert len(sizes) == 1 or sizes.min() >= min_size
    for label, mode in enumerate(stages.modes):
        part = stages.labels == label
        assert ndimage.label(part)[1] == 1
        np.testing.assert_allclose(mode, stages.filtered[part].mean(axis=0))
    assert (np.unique(stages.labels.ravel(), return_index=True)[1].argsort() == np.arange(len(sizes))).all()
    # Merging only: pixels of one region keep one label.
    assert len(np.unique(np.stack((stages.regions.ravel(), stages.labels.ravel())), axis=1).T) == (
        stages.regions.max() + 1
    )


def test_a_small_region_joins_the_nearest_colour():
    picture = np.full((5, 9), 50, dtype=np.uint8)
    picture[:, 5:], picture[2, 4] = 200, 140
    assert segment_mean_shift(picture, 1, 5).max() == 2
    labels = segment_mean_shift(picture, 1, 5, min_size=2)
    assert labels[2, 4] == labels[2, 5] == 1
    assert (labels[:, :4] == 0).all()


def test_direct_is_the_last_stage():
    picture = images.load("chelsea")[:80, :80]
    stages = segment_mean_shift_stages(picture, 5, 20, min_size=10)
    labels = segment_mean_shift(picture, 5, 20, min_size=10)
    np.testing.assert_array_equal(labels, stages.labels)
    np.testing.assert_array_equal(stages.filtered, mean_shift_filter(picture, 5, 20))
    assert labels.dtype == stages.regions.dtype == np.int32
    assert labels.max() < stages.regions.max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (1, 1, 3), (1, 500, 3), (40, 30, 3)])
def test_a_constant_picture_is_one_region(shape):
    picture = np.full(shape, 77, dtype=np.uint8)
    stages = segment_mean_shift_stages(picture, 1000, 0.3, min_size=50)
    np.testing.assert_array_equal(stages.filtered, picture)
    assert stages.labels.shape == shape[:2]
    assert not stages.labels.any()
    assert (stages.modes == 77).all()


def test_a_column_is_a_row_turned():
    row = np.random.default_rng(0).integers(0, 60, (1, 500)).astype(np.uint8)
    np.testing.assert_array_equal(segment_mean_shift(row, 3, 12), segment_mean_shift(row.T, 3, 12).T)


def test_the_loops_stay_in_their_arrays():
    """The compiled loops in plain Python, where an index out of bounds is an error."""
    picture = random_picture(4, 6, 7)
    planes = np.full((3, 10, 19), 10_000, dtype=np.int32)
    planes[:, 2:8, 2:9] = picture.transpose(2, 0, 1)
    filtered = np.empty_like(picture)
    _filter.py_func(planes, 2, 40 * 40, 5, filtered)
    np.testing.assert_array_equal(filtered, mean_shift_filter(picture, 2, 40))

    regions = np.full((6, 7), -1, dtype=np.int32)
    _flood.py_func(filtered.astype(float), 40.0**2, regions, np.empty(42, dtype=np.int64))
    np.testing.assert_array_equal(regions, segment_mean_shift_stages(picture, 2, 40).regions)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"image": np.zeros((0, 4))}, ValueError, "image: expected at least one pixel"),
        ({"image": np.zeros((4, 4, 4))}, ValueError, "image: expected a grey"),
        ({"image": np.full((4, 4), np.nan)}, ValueError, "image: expected finite values"),
        ({"image": np.full((4, 4), 7.0)}, ValueError, "image: expected float values between 0 and 1"),
        ({"spatial_bandwidth": 0}, ValueError, "spatial_bandwidth: expected an integer of at least 1, got 0"),
        ({"spatial_bandwidth": 2.5}, TypeError, "spatial_bandwidth: expected an integer"),
        ({"color_bandwidth": 0}, ValueError, "color_bandwidth: expected a number above 0, got 0"),
        ({"color_bandwidth": np.nan}, ValueError, "color_bandwidth: expected a number above 0, got nan"),
        ({"min_size": 0}, ValueError, "min_size: expected an integer of at least 1, got 0"),
    ],
)
def test_bad_input(change, error, match):
    arguments = {"image": np.zeros((4, 4)), "spatial_bandwidth": 2, "color_bandwidth": 8} | change
    with pytest.raises(error, match=match):
        segment_mean_shift(**arguments)


@pytest.mark.parametrize(
    ("radii", "match"),
    [((0, 5), "spatial_radius: .* got 0"), ((3, -1), "color_radius: .* got -1"), ((3, np.inf), "color_radius: .* inf")],
)
def test_bad_radii(radii, match):
    with pytest.raises(ValueError, match=match):
        mean_shift_filter(np.zeros((4, 4)), *radii)
    with pytest.raises(ValueError, match="max_iter: expected an integer of at least 1, got 0"):
        mean_shift_filter(np.zeros((4, 4)), 2, 2, max_iter=0)
