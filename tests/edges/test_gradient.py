from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import filters

from seglearn import edges, images

module = import_module("seglearn.edges.gradient")  # the name in `edges` is the function's

PAIRS = (edges.gradient, edges.roberts, edges.prewitt, edges.sobel)
STAGED = (edges.gradient_stages, edges.roberts_stages, edges.prewitt_stages, edges.sobel_stages)
OPERATORS = (*PAIRS, edges.kirsch)
SHAPES = [(1, 1), (1, 500), (500, 1), (2, 2), (2, 3), (3, 3)]
# Kirsch's mask for brighter pixels on the right, and its neighbours clockwise.
EAST = np.array([[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]])
RING = ([1, 2, 2, 2, 1, 0, 0, 0], [2, 2, 1, 0, 0, 0, 1, 2])

some = settings(max_examples=60)


def compass(k):
    mask = np.zeros((3, 3))
    mask[RING] = np.roll(EAST[RING], k)
    return mask / 15


@st.composite
def pictures(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    dtype = draw(st.sampled_from([np.uint8, np.uint16, bool, np.float64]))
    picture = rng.random(shape)
    if dtype != np.float64:
        return (picture * 2 if dtype is bool else picture * np.iinfo(dtype).max).astype(dtype)
    return np.round(picture, draw(st.integers(1, 12)))


@pytest.fixture(scope="module")
def photos():
    return [images.load(name) for name in ("camera", "coins", "moon", "page")] + [images.load("coffee")[..., 1]]


def reference(operator):
    return getattr(filters, operator.__name__)


@pytest.mark.parametrize("operator", [edges.roberts, edges.prewitt, edges.sobel])
def test_equals_scikit_image_on_photos(operator, photos):
    for photo in photos:
        theirs = reference(operator)(photo)
        np.testing.assert_allclose(operator(photo), theirs, rtol=0, atol=1e-12)
        np.testing.assert_allclose(operator(photo / 255), theirs, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            operator(photo[::2, ::-3]), reference(operator)(photo[::2, ::-3]), rtol=0, atol=1e-12
        )


@given(pictures())
@some
def test_equals_scikit_image_on_random_pictures(picture):
    for operator in (edges.roberts, edges.prewitt, edges.sobel):
        np.testing.assert_allclose(operator(picture), reference(operator)(picture), rtol=0, atol=1e-12)


def test_responses_equal_scikit_image(photos):
    stages = edges.sobel_stages(photos[0])
    np.testing.assert_allclose(stages.horizontal, filters.sobel_v(photos[0]), rtol=0, atol=1e-12)
    np.testing.assert_allclose(stages.vertical, filters.sobel_h(photos[0]), rtol=0, atol=1e-12)
    stages = edges.roberts_stages(photos[0])
    a, b = filters.roberts_pos_diag(photos[0]), filters.roberts_neg_diag(photos[0])
    np.testing.assert_allclose(stages.horizontal, (a - b) / np.sqrt(2), rtol=0, atol=1e-12)
    np.testing.assert_allclose(stages.vertical, (a + b) / np.sqrt(2), rtol=0, atol=1e-12)


def test_gradient_is_twice_the_slope(photos):
    stages = edges.gradient_stages(photos[0])
    down, right = np.gradient(photos[0] / 255)
    np.testing.assert_allclose(stages.horizontal[:, 1:-1], 2 * right[:, 1:-1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(stages.vertical[1:-1], 2 * down[1:-1], rtol=0, atol=1e-12)


@given(pictures())
@some
def test_kirsch_equals_eight_correlations(picture):
    scale = 1.0 if picture.dtype in (bool, np.float64) else np.iinfo(picture.dtype).max
    stages = edges.kirsch_stages(picture)
    theirs = np.array([ndimage.correlate(picture / scale, compass(k), mode="reflect") for k in range(8)])
    np.testing.assert_allclose(stages.responses, theirs, rtol=0, atol=1e-12)
    np.testing.assert_allclose(stages.magnitude, theirs.max(axis=0), rtol=0, atol=1e-12)
    winning = np.take_along_axis(theirs, stages.direction[None], axis=0)[0]
    np.testing.assert_allclose(winning, theirs.max(axis=0), rtol=0, atol=1e-12)


@given(pictures())
@some
def test_the_stages_are_what_runs(picture):
    for direct, staged in zip(PAIRS, STAGED):
        stages = staged(picture)
        np.testing.assert_array_equal(stages.magnitude, direct(picture))
        size = np.sqrt((stages.horizontal**2 + stages.vertical**2) / 2)
        np.testing.assert_allclose(stages.magnitude, size, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(stages.direction, np.arctan2(stages.vertical, stages.horizontal))
    np.testing.assert_array_equal(edges.kirsch_stages(picture).magnitude, edges.kirsch(picture))


def test_by_hand():
    corner = np.array([[0, 0, 0.9], [0, 0, 0], [0, 0, 0]])
    assert edges.gradient(corner)[1, 1] == 0
    np.testing.assert_allclose(edges.prewitt(corner)[1, 1], 0.3)  # h = 0.9 / 3, v = -0.9 / 3
    np.testing.assert_allclose(edges.sobel(corner)[1, 1], 0.225)  # h = 0.9 / 4, v = -0.9 / 4
    np.testing.assert_allclose(edges.sobel_stages(corner).direction[1, 1], -np.pi / 4)
    cross = np.array([[0.1, 0.2], [0.4, 0.9]])  # a = 0.8, b = 0.2
    np.testing.assert_allclose(edges.roberts(cross)[0, 0], np.sqrt((0.64 + 0.04) / 2))
    spot = np.array([[0, 0, 0], [0, 0, 1.0], [0, 0, 0]])
    stages = edges.kirsch_stages(spot)
    np.testing.assert_allclose(stages.responses[:, 1, 1], np.array([5, 5, -3, -3, -3, -3, -3, 5]) / 15)
    assert stages.direction[1, 1] == 0  # the first of three equals


@pytest.mark.parametrize("k", range(8))
def test_direction_points_to_the_brighter_side(k):
    rows, cols = np.mgrid[-4:5, -4:5]
    ramp = 0.5 + 0.05 * (np.round(np.cos(k * np.pi / 4)) * cols + np.round(np.sin(k * np.pi / 4)) * rows)
    inner = np.s_[2:-2, 2:-2]
    for staged in STAGED:
        turned = np.exp(1j * staged(ramp).direction[inner])
        np.testing.assert_allclose(turned, np.exp(1j * k * np.pi / 4), rtol=0, atol=1e-9)
    assert (edges.kirsch_stages(ramp).direction[inner] == k).all()


@given(pictures())
@some
def test_a_quarter_turn_turns_the_answer(picture):
    turned = np.rot90(picture)
    for operator in (edges.gradient, edges.prewitt, edges.sobel, edges.kirsch):
        np.testing.assert_allclose(operator(turned), np.rot90(operator(picture)), rtol=0, atol=1e-12)
    # Roberts' answer lies between pixels, so that its grid moves by one.
    ours, theirs = edges.roberts(turned), np.rot90(edges.roberts(picture))
    np.testing.assert_allclose(ours[:-1, :-1], theirs[1:, :-1], rtol=0, atol=1e-12)
    before, after = edges.kirsch_stages(picture).responses, edges.kirsch_stages(turned).responses
    np.testing.assert_allclose(after, np.rot90(np.roll(before, -2, axis=0), axes=(1, 2)), rtol=0, atol=1e-12)


@given(pictures(), st.floats(0, 0.5))
@some
def test_light_added_changes_nothing_and_contrast_scales(picture, light):
    picture = picture / (np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1.0) / 2
    for operator in OPERATORS:
        np.testing.assert_allclose(operator(picture + light), operator(picture), rtol=0, atol=1e-12)
        np.testing.assert_allclose(operator(picture) * 2, operator(picture * 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", [0, 1, 77, 255])
def test_constant_pictures_answer_nothing(shape, value):
    for picture in (np.full(shape, value, np.uint8), np.full(shape, value / 255)):
        for operator in OPERATORS:
            assert operator(picture).shape == shape
            assert np.abs(operator(picture)).max() <= 1e-15
        for staged in STAGED:
            np.testing.assert_array_equal(staged(picture).direction, 0)
        np.testing.assert_array_equal(edges.kirsch_stages(picture).direction, 0)


def test_the_largest_answers_are_those_of_the_docstrings():
    """Every magnitude is convex in the picture, so that the largest is among the 512 black and white ones."""
    every = (np.arange(512)[:, None] >> np.arange(9) & 1).astype(bool).reshape(-1, 3, 3)
    largest = {operator: max(operator(picture)[1, 1] for picture in every) for operator in OPERATORS}
    np.testing.assert_allclose(list(largest.values()), [1, 1, np.sqrt(5) / 3, np.sqrt(5 / 8), 1])


def test_all_types_of_one_picture_give_one_answer():
    grey = np.random.default_rng(1).integers(0, 256, (20, 30)).astype(np.uint8)
    for operator in OPERATORS:
        for same in (
            grey / 255,
            grey.astype(np.uint16) * np.uint16(257),
            np.asfortranarray(grey),
            (grey / 255).tolist(),
        ):
            np.testing.assert_allclose(operator(same), operator(grey), rtol=0, atol=1e-12)
    before = grey.copy()
    edges.sobel(grey)
    np.testing.assert_array_equal(grey, before)


@pytest.mark.parametrize("operator", [*OPERATORS, *STAGED, edges.kirsch_stages])
def test_bad_input(operator):
    with pytest.raises(ValueError, match=r"image: expected a grey image \(H, W\), got shape \(4, 4, 3\)"):
        operator(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match=r"image: expected a grey image \(H, W\), got shape \(5,\)"):
        operator(np.zeros(5, np.uint8))
    with pytest.raises(ValueError, match="image: expected at least one pixel"):
        operator(np.zeros((0, 4), np.uint8))
    with pytest.raises(ValueError, match="image: expected finite values, got 1 that are NaN"):
        operator(np.array([[0.5, np.nan]]))
    with pytest.raises(ValueError, match="image: expected float values between 0 and 1, got 0 to 255"):
        operator(np.array([[0.0, 255.0]]))
    with pytest.raises(TypeError, match="image: expected uint8, uint16, bool or float values, got dtype int64"):
        operator(np.zeros((3, 3), np.int64))


def test_kernels_stay_within_bounds():
    for shape in [(1, 1), (2, 3), (4, 2)]:
        picture = np.random.default_rng(2).random(shape)
        h, v, magnitude = np.empty((3, *shape))
        module._pair.py_func(picture, np.array([1.0, 2, 1]), np.array([-1.0, 0, 1]), 0.25, h, v, magnitude)
        np.testing.assert_allclose(magnitude, filters.sobel(picture), rtol=0, atol=1e-12)
        direction = np.empty(shape, np.int32)
        module._compass.py_func(picture, 1 / 15, np.empty((8, 1, shape[1])), magnitude, direction)
        np.testing.assert_allclose(magnitude, edges.kirsch(picture), rtol=0, atol=1e-12)
