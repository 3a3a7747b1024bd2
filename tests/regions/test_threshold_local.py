"""Thresholds that follow the picture: by hand, against scikit-image, and against windows cut out one by one."""

import itertools
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import filters

from seglearn import images, regions

module = import_module("seglearn.regions.threshold_local")

some = settings(deadline=None, max_examples=30, derandomize=True)


def test_mean_by_hand():
    """Beyond the border stands the border's mirror image: 0 | 0 3 9 | 9."""
    found = regions.threshold_adaptive(np.array([[0, 3, 9]], np.uint8), 3)
    assert found.tolist() == [[1, 4, 7]]
    assert regions.threshold_adaptive(np.array([[0, 3, 9]], np.uint8), 3, offset=1.5).tolist() == [[-0.5, 2.5, 5.5]]


@pytest.mark.parametrize("method", module.METHODS)
@pytest.mark.parametrize("name", ["page", "coins", "camera"])
def test_equals_scikit_image(name, method):
    """The mean to the last digits, and so pixel by pixel; the Gaussian of 8 bits in single precision."""
    picture = images.grey(images.load(name))
    for size, offset in ((3, 0), (35, 4)):
        expected = filters.threshold_local(picture, size, method=method, offset=offset)
        found = regions.threshold_adaptive(picture, size, method=method, offset=offset)
        np.testing.assert_allclose(found, expected, atol=1e-9 if method == "mean" else 5e-4)
        wide = regions.threshold_adaptive(picture.astype(np.uint16), size, method=method, offset=offset)
        np.testing.assert_allclose(wide, expected, atol=1e-9)
        scaled = regions.threshold_adaptive(picture / 255, size, method=method, offset=offset / 255)
        np.testing.assert_allclose(scaled, expected / 255, atol=1e-12)


@some
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9))
def test_mean_is_that_of_the_window_cut_out(seed, height, width):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width)).astype(np.uint8)
    radius = int(rng.integers(0, (max(height, width) + 1) // 2))
    framed = np.pad(picture, radius, mode="symmetric").astype(float)
    size = 2 * radius + 1
    windows = np.lib.stride_tricks.sliding_window_view(framed, (size, size))
    np.testing.assert_allclose(regions.threshold_adaptive(picture, size), windows.mean(axis=(2, 3)), atol=1e-9)


@pytest.mark.parametrize("value", [0, 1, 100, 255])
def test_in_an_even_area_the_mean_is_the_value_itself(value):
    """Then nothing there is brighter than its threshold."""
    picture = np.full((60, 70), value, np.uint8)
    for size in (3, 7, 51):
        assert (regions.threshold_adaptive(picture, size) == value).all()
        np.testing.assert_allclose(regions.threshold_adaptive(picture, size, method="gaussian"), value, rtol=1e-6)


def test_a_square_too_large_for_32_bits():
    picture = np.full((3, 3001), 255, np.uint8)
    assert (regions.threshold_adaptive(picture, 3001) == 255).all()


def test_kernels_as_plain_python():
    picture = np.random.default_rng(0).integers(0, 256, (5, 6)).astype(np.uint8)
    rows, cols = module._reflected(5, 1), module._reflected(6, 1)
    half = module._gaussian(0.3)
    kernels = module._local_mean, module._local_mean.py_func
    for kernel, small in itertools.product(kernels, (True, False)):
        found, sums = np.empty((5, 6)), np.zeros(6, np.int32)
        kernel(picture, rows, cols, sums, sums[cols], 0.0, small, found)
        np.testing.assert_allclose(found, filters.threshold_local(picture, 3, method="mean"))
    rows, cols = (module._reflected(n, len(half) - 1) for n in picture.shape)
    for kernel in (module._local_gaussian, module._local_gaussian.py_func):
        found = np.empty((5, 6))
        kernel(picture.astype(float), rows, cols, half, np.empty(len(cols)), 2.0, found)
        np.testing.assert_allclose(found, filters.gaussian(picture.astype(float), 0.3, mode="reflect") - 2)


def test_means_that_are_whole_numbers_are_told_as_such():
    """A constant picture never exceeds its mean, in single precision neither; sums of more than 32 bits are right."""
    for grey in (1, 77, 255):
        for shape, size in (((40, 41), 35), ((7, 999), 501), ((3, 3100), 3099)):
            picture = np.full(shape, grey, np.uint8)
            thresholds = regions.threshold_adaptive(picture, size)
            assert thresholds.dtype == np.float32
            assert (thresholds == grey).all()
    wide = np.full((3, 3100), 255, np.uint8)
    wide[:, 0] = 0
    plain = np.pad(wide, ((1549, 1549), (1549, 1549)), mode="symmetric").astype(float)
    mean = np.lib.stride_tricks.sliding_window_view(plain[:3099].mean(axis=0), 3099).mean(axis=1)
    np.testing.assert_allclose(regions.threshold_adaptive(wide, 3099)[0], mean, rtol=1e-6)


def test_unless_told_otherwise_the_side_is_35_and_all_pixels_count_alike():
    picture = np.random.default_rng(1).integers(0, 256, (40, 50)).astype(np.uint8)
    np.testing.assert_allclose(regions.threshold_adaptive(picture), filters.threshold_local(picture, 35, method="mean"))


def test_sums_of_16_bits_are_right_in_large_squares():
    """201 x 201 pixels of 65535 do not fit into 32 bits."""
    picture = np.full((3, 400), 65535, np.uint16)
    assert (regions.threshold_adaptive(picture, 201) == 65535).all()
    assert (regions.threshold_block_mean(picture, 1, 2) == 65535).all()


def test_one_pixel_and_one_row():
    for dtype in (np.uint8, np.uint16, np.float64, bool):
        for method in module.METHODS:
            assert regions.threshold_adaptive(np.ones((1, 1), dtype), 1, method=method).tolist() == [[1]]
        assert regions.threshold_block_mean(np.ones((1, 4), dtype), 1, 2).tolist() == [[1, 1, 1, 1]]


# ---- blocks


def test_blocks_by_hand():
    """Three rows in two blocks, two and one high; four columns in two."""
    picture = np.array([[0, 4, 6, 8], [1, 2, 3, 4], [3, 2, 7, 2]], np.uint8)
    expected = [[1.75, 1.75, 5.25, 5.25], [1.75, 1.75, 5.25, 5.25], [2.5, 2.5, 4.5, 4.5]]
    assert regions.threshold_block_mean(picture, 2, 2).tolist() == expected


@some
@given(st.integers(0, 2**32 - 1), st.integers(1, 11), st.integers(1, 11))
def test_blocks_are_a_grid_of_even_pieces_and_each_has_its_mean(seed, height, width):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width)).astype(np.uint8)
    m, n = int(rng.integers(1, height + 1)), int(rng.integers(1, width + 1))
    found = regions.threshold_block_mean(picture, m, n)
    row, col = np.arange(height) * m // height, np.arange(width) * n // width
    assert len(set(row)) == m
    assert np.ptp(np.bincount(row)) <= 1
    for i in range(m):
        for j in range(n):
            block = np.ix_(row == i, col == j)
            np.testing.assert_allclose(found[block], picture[block].mean())


def test_one_block_is_the_mean_and_a_block_a_pixel_the_picture():
    picture = images.load("coins")
    np.testing.assert_allclose(regions.threshold_block_mean(picture, 1, 1), picture.mean())
    assert (regions.threshold_block_mean(picture, *picture.shape) == picture).all()


# ---- bad input

PICTURE = np.zeros((5, 8), np.uint8)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: regions.threshold_adaptive(PICTURE, 9), ValueError, r"size: expected an integer from 1 to 8, got 9"),
        (lambda: regions.threshold_adaptive(PICTURE, 4), ValueError, r"size: expected an odd integer, got 4"),
        (lambda: regions.threshold_adaptive(PICTURE, 0), ValueError, r"size: expected an integer from 1 to 8, got 0"),
        (lambda: regions.threshold_adaptive(PICTURE, 3.0), TypeError, r"size: expected an integer"),
        (
            lambda: regions.threshold_adaptive(PICTURE, 3, method="median"),
            ValueError,
            r"method: expected one of 'mean'",
        ),
        (lambda: regions.threshold_adaptive(PICTURE, 3, offset=np.inf), ValueError, r"offset: expected a number"),
        (lambda: regions.threshold_adaptive(np.zeros((4, 4, 3)), 3), ValueError, r"image: expected a grey image"),
        (lambda: regions.threshold_adaptive([[np.nan]], 1), ValueError, r"image: expected finite values"),
        (lambda: regions.threshold_block_mean(PICTURE, 6, 1), ValueError, r"n_rows: expected an integer from 1 to 5"),
        (lambda: regions.threshold_block_mean(PICTURE, 1, 9), ValueError, r"n_cols: expected an integer from 1 to 8"),
        (lambda: regions.threshold_block_mean(PICTURE, 0, 1), ValueError, r"n_rows: expected an integer from 1"),
        (lambda: regions.threshold_block_mean(PICTURE, 1, True), TypeError, r"n_cols: expected an integer"),
        (lambda: regions.threshold_block_mean([[2.0]], 1, 1), ValueError, r"image: expected float values between 0"),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
