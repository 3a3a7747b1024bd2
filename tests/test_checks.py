"""Every check: what it lets through and as what, and the one form of message for what it refuses."""

import re
from fractions import Fraction

import numpy as np
import pytest

from seglearn import checks


def refused(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


def test_the_one_form_of_message():
    with refused(ValueError, "sigma: expected a number above 0, got -1"):
        checks.fail("sigma", "a number above 0", -1)
    with refused(TypeError, "sigma: expected a number, got 'x'"):
        checks.fail("sigma", "a number", "'x'", TypeError)


# ---- integers and numbers


@pytest.mark.parametrize("value", [2, 5, np.int8(3), np.uint64(4)])
def test_an_integer_comes_back_as_int(value):
    result = checks.integer(value, "n", 2, 5)
    assert type(result) is int
    assert result == value


@pytest.mark.parametrize("value", [2.0, np.float64(2), "2", None, True, np.True_, [2], np.array([2, 3])])
def test_what_is_no_integer(value):
    with refused(TypeError, f"n: expected an integer, got {value!r} ({type(value).__name__})"):
        checks.integer(value, "n")


def test_the_bounds_of_an_integer():
    assert checks.integer(-(10**30), "n") == -(10**30)
    for low, high, value, words in [
        (2, 5, 1, " from 2 to 5"),
        (2, 5, 6, " from 2 to 5"),
        (0, None, -1, " of at least 0"),
    ]:
        with refused(ValueError, f"n: expected an integer{words}, got {value}"):
            checks.integer(value, "n", low, high)
    with refused(ValueError, "n: expected an integer of at most 3, got 4"):
        checks.integer(4, "n", high=3)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.uint8(1), Fraction(1, 3)])
def test_a_number_comes_back_as_float(value):
    result = checks.number(value, "sigma", 0, 1)
    assert type(result) is float
    assert result == float(value)


@pytest.mark.parametrize("value", ["1", None, True, np.True_, 1j, [1.0]])
def test_what_is_no_number(value):
    with refused(TypeError, f"sigma: expected a number, got {value!r} ({type(value).__name__})"):
        checks.number(value, "sigma")


def test_the_bounds_of_a_number():
    assert checks.number(1e-9, "sigma", above=0) == 1e-9
    cases = [
        (-0.1, {"low": 0, "high": 1}, "a number from 0 to 1"),
        (1.1, {"low": 0, "high": 1}, "a number from 0 to 1"),
        (0, {"above": 0}, "a number above 0"),
        (6, {"above": 0, "high": 5}, "a number above 0 of at most 5"),
        (-1, {"low": 0}, "a number of at least 0"),
        (float("nan"), {}, "a number"),
        (float("inf"), {"low": 0}, "a number of at least 0"),
    ]
    for value, bounds, words in cases:
        with refused(ValueError, f"sigma: expected {words}, got {value}"):
            checks.number(value, "sigma", **bounds)


def test_a_choice():
    assert checks.choice("b", "kernel", ("a", "b")) == "b"
    for value in ("c", None, 1, ["a"]):
        with refused(ValueError, f"kernel: expected one of 'a', 'b', got {value!r}"):
            checks.choice(value, "kernel", ("a", "b"))


# ---- arrays


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64, bool])
@pytest.mark.parametrize("order", ["C", "F"])
def test_points_come_back_as_float64_in_c_order(dtype, order):
    given = np.array([[0, 1], [1, 0], [1, 1]], dtype=dtype, order=order)
    result = checks.points(given)
    assert result.dtype == np.float64
    assert result.flags.c_contiguous
    np.testing.assert_array_equal(result, given)
    assert checks.points([[1, 2]]).tolist() == [[1, 2]]


def test_points_that_are_refused():
    cases = [
        (np.zeros(3), ValueError, "an array (N, D), got shape (3,)"),
        (3, ValueError, "an array (N, D), got shape ()"),
        (np.zeros((2, 2, 3)), ValueError, "an array (N, D), got shape (2, 2, 3)"),
        (np.zeros((0, 3)), ValueError, "at least one point and one dimension, got shape (0, 3)"),
        ([[0, np.nan], [np.inf, 1]], ValueError, "finite values, got 2 that are NaN or infinite"),
        ([["a"]], TypeError, "an array (N, D) of numbers, got dtype <U1"),
        (None, TypeError, "an array (N, D) of numbers, got dtype object"),
    ]
    for value, error, words in cases:
        with refused(error, f"points: expected {words}"):
            checks.points(value)


@pytest.mark.parametrize("shape", [(2, 4), (2, 4, 3)])
def test_an_image_comes_back_as_float64_from_0_to_1(shape):
    levels = np.arange(np.prod(shape)).reshape(shape)
    cases = [
        (levels.astype(np.uint8), levels / 255),
        (levels.astype(np.uint16), levels / 65535),
        (levels % 2 == 0, (levels % 2 == 0).astype(float)),
        (levels / 100, levels / 100),
        ((levels / 64).astype(np.float32), levels / 64),
        (np.asfortranarray(levels / 100), levels / 100),
    ]
    for given, expected in cases:
        result = checks.image(given)
        assert result.dtype == np.float64
        assert result.flags.c_contiguous
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_an_image_in_other_memory_order_comes_back_in_c_order(dtype):
    given = np.asfortranarray(np.arange(24, dtype=dtype).reshape(2, 4, 3))
    for view in (given, given[:, ::-1], given.transpose(1, 0, 2)):
        assert checks.image(view).flags.c_contiguous


def test_images_that_are_refused():
    cases = [
        (np.zeros(4), ValueError, "a grey (H, W) or RGB (H, W, 3) image, got shape (4,)"),
        (np.zeros((4, 4, 4)), ValueError, "a grey (H, W) or RGB (H, W, 3) image, got shape (4, 4, 4)"),
        (np.zeros((1, 4, 4, 3)), ValueError, "a grey (H, W) or RGB (H, W, 3) image, got shape (1, 4, 4, 3)"),
        (np.zeros((0, 4)), ValueError, "at least one pixel, got shape (0, 4)"),
        (np.zeros((4, 0, 3)), ValueError, "at least one pixel, got shape (4, 0, 3)"),
        (np.zeros((4, 4), int), TypeError, "uint8, uint16, bool or float values, got dtype int64"),
        (np.full((2, 2), np.nan), ValueError, "finite values, got 4 that are NaN or infinite"),
        (np.array([[0.0, 255]]), ValueError, "float values between 0 and 1, got 0 to 255"),
        (np.array([[-0.5, 1]]), ValueError, "float values between 0 and 1, got -0.5 to 1"),
        ("coffee", TypeError, "a grey (H, W) or RGB (H, W, 3) image, got dtype <U6"),
        (None, TypeError, "a grey (H, W) or RGB (H, W, 3) image, got dtype object"),
    ]
    for value, error, words in cases:
        with refused(error, f"image: expected {words}"):
            checks.image(value)


def test_a_grey_image_is_an_image_without_colours():
    assert checks.grey_image(np.full((2, 3), 51, np.uint8)).tolist() == [[0.2] * 3] * 2
    with refused(ValueError, "image: expected a grey image (H, W), got shape (2, 3, 3)"):
        checks.grey_image(np.zeros((2, 3, 3)))
    with refused(ValueError, "picture: expected float values between 0 and 1, got 0 to 2"):
        checks.grey_image(np.array([[0.0, 2]]), "picture")


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.uint16])
def test_labels_come_back_as_int32_in_c_order(dtype):
    result = checks.labels(np.array([[0, 1, 1], [1, 0, 0]], dtype=dtype, order="F"))
    assert result.dtype == np.int32
    assert result.flags.c_contiguous
    assert result.tolist() == [[0, 1, 1], [1, 0, 0]]


def test_labels_that_are_refused():
    cases = [
        (np.zeros(3, int), ValueError, "a label map (H, W), got shape (3,)"),
        (np.zeros((0, 3), int), ValueError, "a label map (H, W), got shape (0, 3)"),
        (np.zeros((2, 2)), TypeError, "integer labels, got dtype float64"),
        (np.array([[0, -2]]), ValueError, "labels from 0, got a smallest label of -2"),
        (np.array([[0, 2**31]]), ValueError, "labels below 2147483648, got a largest label of 2147483648"),
    ]
    for value, error, words in cases:
        with refused(error, f"labels: expected {words}"):
            checks.labels(value)


def test_a_generator():
    generator = np.random.default_rng(3)
    assert checks.generator(generator) is generator
    assert checks.generator(3).random() == np.random.default_rng(3).random()
    assert checks.generator(np.int64(3)).random() == np.random.default_rng(3).random()
    assert checks.generator(None).random() != checks.generator(None).random()
    with refused(ValueError, "rng: expected an integer of at least 0, got -3"):
        checks.generator(-3)
    with refused(TypeError, "rng: expected an integer of at least 0, got 1.5 (float)"):
        checks.generator(1.5)


# ---- what users really hand in


@pytest.mark.parametrize("low", [-1e-6, -2e-16, 0.0])
@pytest.mark.parametrize("high", [1.0, 1 + 2e-16, 1 + 1e-6])
def test_rounding_noise_beyond_the_ends_is_clipped(low, high):
    given = np.array([[low, 0.5, high]])
    assert checks.image(given).tolist() == [[0, 0.5, 1]]
    assert given.tolist() == [[low, 0.5, high]]


@pytest.mark.parametrize(("value", "shown"), [(1 + 2e-6, "0 to 1.000002"), (1 + 3e-5, "0 to 1.00003")])
def test_a_refusal_shows_the_value_that_offends(value, shown):
    with refused(ValueError, f"image: expected float values between 0 and 1, got {shown}"):
        checks.image(np.array([[0, value]]))


@pytest.mark.parametrize("dtype", [">u2", "<u2", ">f4", ">f8"])
def test_either_byte_order(dtype):
    levels = np.array([[0, 1]]).astype(dtype)
    assert checks.image(levels).tolist() == [[0, 1 / 65535 if "u" in dtype else 1]]


@pytest.mark.parametrize("check", [checks.points, checks.image, checks.labels, checks.field, checks.mask])
def test_masked_arrays_are_refused_since_what_they_hide_would_come_to_light(check):
    with pytest.raises(TypeError, match=r"expected an array without a mask, .*, got a masked array"):
        check(np.ma.masked_array(np.zeros((2, 2), bool), mask=[[0, 1], [0, 0]]))


def test_a_field():
    given = np.array([[-3, 7], [0, 1]], np.int16, order="F")
    result = checks.field(given, "elevation")
    assert result.dtype == np.float64
    assert result.flags.c_contiguous
    assert result.tolist() == given.tolist()
    cases = [
        (np.zeros(3), ValueError, "numbers (H, W), got shape (3,)"),
        (np.zeros((0, 3)), ValueError, "at least one pixel, got shape (0, 3)"),
        (np.array([[np.nan, 1]]), ValueError, "finite values, got 1 that are NaN or infinite"),
        ([["a"]], TypeError, "numbers (H, W), got dtype <U1"),
    ]
    for value, error, words in cases:
        with refused(error, f"elevation: expected {words}"):
            checks.field(value, "elevation")


@pytest.mark.parametrize("high", [True, 1, np.uint8(1), np.uint8(255), 1.0, 255.0])
def test_a_mask(high):
    given = np.array([[0, 1], [1, 0]]) * high if high is not True else np.array([[False, True], [True, False]])
    result = checks.mask(given, shape=(2, 2))
    assert result.dtype == bool
    assert result.tolist() == [[False, True], [True, False]]
    assert not checks.mask(np.zeros((2, 3), np.uint8)).any()


def test_masks_that_are_refused():
    cases = [
        (np.zeros(3), None, ValueError, "a mask (H, W), got shape (3,)"),
        (np.zeros((2, 3)), (3, 2), ValueError, "a mask of shape (3, 2), got shape (2, 3)"),
        (np.array([[0, 1, 255]]), None, ValueError, "bool, 0 and 1, or 0 and 255, got values 0, 1, 255"),
        (np.arange(6).reshape(2, 3), None, ValueError, "bool, 0 and 1, or 0 and 255, got values 0, 1, 2, 3 and more"),
        (np.array([[0.5, 1]]), None, ValueError, "bool, 0 and 1, or 0 and 255, got values 0.5, 1"),
        (np.array([[-1, 0]]), None, ValueError, "bool, 0 and 1, or 0 and 255, got values -1, 0"),
        (np.array([[np.nan, 1]]), None, ValueError, "bool, 0 and 1, or 0 and 255, got values 1, nan"),
        (None, None, TypeError, "a mask (H, W) of bool, got dtype object"),
    ]
    for value, shape, error, words in cases:
        with refused(error, f"mask: expected {words}"):
            checks.mask(value, shape=shape)
