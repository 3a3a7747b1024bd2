from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import feature, filters

from seglearn import edges, images

module = import_module("seglearn.edges.canny")  # the name in `edges` is the function's

PHOTOS = ("coffee", "astronaut", "chelsea", "rocket", "motorcycle", "china", "flower", "camera", "coins", "moon")
FIELDS = ("smoothed", "magnitude", "direction", "thinned", "weak", "strong", "edges")

some = settings(max_examples=300)


@pytest.fixture(scope="module")
def photos():
    return [_grey(images.load(name)) for name in PHOTOS]


def _grey(photo):
    return photo if photo.ndim == 2 else photo.mean(axis=2).round().astype(np.uint8)


def _theirs(image, sigma, low, high):
    top = np.iinfo(image.dtype).max if image.dtype.kind == "u" else 1  # their thresholds are in the image's units
    return feature.canny(image, sigma, low * top, high * top)


@st.composite
def pictures(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    match draw(st.sampled_from(["noise", "8 bits", "three greys", "blocks"])):
        case "noise":
            return rng.random(shape)
        case "8 bits":
            return rng.integers(0, 256, shape).astype(np.uint8)
        case "three greys":
            return (100 * rng.integers(0, 3, shape)).astype(np.uint8)
        case "blocks":  # flat, so that what rounding leaves is all there is in most places
            blocks = rng.integers(0, 2, (shape[0] // 4 + 1, shape[1] // 4 + 1))
            return np.kron(blocks, np.ones((4, 4)))[: shape[0], : shape[1]]


@pytest.mark.parametrize("sigma", [0.5, 1, 2, 3])
def test_equals_scikit_image_on_photos(photos, sigma):
    for photo in photos:
        np.testing.assert_array_equal(edges.canny(photo, sigma), feature.canny(photo, sigma))


def test_float_photos_give_the_edges_of_8_bits(photos):
    for photo in photos:
        np.testing.assert_array_equal(edges.canny(photo / 255, 1.5), edges.canny(photo, 1.5))


@given(
    pictures(),
    st.sampled_from([0, 0.1, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 7]),
    st.sampled_from([(0.1, 0.2), (0, 0), (0.5, 0.5), (0.3, 2), (0, 0.3)]),
)
@some
def test_equals_scikit_image_on_random_pictures(picture, sigma, thresholds):
    np.testing.assert_array_equal(edges.canny(picture, sigma, *thresholds), _theirs(picture, sigma, *thresholds))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float64])
def test_equals_scikit_image_on_a_mask(dtype):
    horse = images.load("horse") > 0
    picture = horse.astype(dtype) * dtype(255 if dtype is np.uint8 else 1)
    np.testing.assert_array_equal(edges.canny(picture, 2), feature.canny(horse.astype(float), 2))


def test_low_counts_in_single_precision_and_high_in_double():
    step = np.zeros((9, 9))
    step[5:] = 0.1  # Sobel answers a little less than 0.4, the number nearest to 0.4 in single precision is above
    magnitude = edges.canny_stages(step, 0).magnitude[4, 4]
    assert float(np.float32(magnitude)) > magnitude
    assert not edges.canny(step, 0, magnitude, magnitude).any()
    assert edges.canny(step, 0, magnitude - 1e-7, magnitude).any()
    assert not edges.canny(step, 0, magnitude - 1e-7, np.nextafter(magnitude, 1)).any()


def test_stages_equal_scipy(photos):
    for sigma in (0.5, 2):
        photo = photos[0] / 255
        ones = filters.gaussian(np.ones_like(photo), sigma, mode="constant")
        smoothed = filters.gaussian(photo, sigma, mode="constant") / (ones + np.finfo(float).eps)
        down, right = ndimage.sobel(smoothed, 0), ndimage.sobel(smoothed, 1)
        stages = edges.canny_stages(photo, sigma)
        np.testing.assert_array_equal(stages.smoothed, smoothed)
        np.testing.assert_allclose(stages.magnitude, np.hypot(down, right), rtol=0, atol=1e-15)
        np.testing.assert_array_equal(stages.direction, np.arctan2(down, right))


def test_magnitude_is_sobels_times_4_sqrt_2(photos):
    for sigma in (0, 1.5):
        stages = edges.canny_stages(photos[0], sigma)
        sobel = edges.sobel(np.minimum(stages.smoothed, 1))
        np.testing.assert_allclose(stages.magnitude, 4 * np.sqrt(2) * sobel, rtol=0, atol=1e-12)


def test_one_step_by_hand():
    picture = np.zeros((5, 6))
    picture[:, 3:] = 0.5
    stages = edges.canny_stages(picture, 0, 0.1, 0.2)
    np.testing.assert_allclose(stages.magnitude, [[0, 0, 2, 2, 0, 0]] * 5, atol=1e-14)  # 0.5 * (1 + 2 + 1)
    np.testing.assert_array_equal(stages.direction[:, 2:4], 0)  # brighter to the right
    expected = np.zeros((5, 6), bool)
    expected[1:4, 2:4] = True  # two equal columns, neither larger than the other: both stay
    np.testing.assert_array_equal(stages.edges, expected)


def test_thinning_interpolates_between_two_neighbours():
    # Gradient (down 1, right 2): it meets the column on the right half a pixel down, between 4 and 2: 3.
    down, right = np.array([0.0, 1, 0]), np.array([0.0, 2, 0])
    below = np.array([0.0, 0, 2])
    for centre, answer in ((3.0, True), (2.9, False)):
        ridge = np.zeros(3, bool)
        module._thin(down, right, np.zeros(3), np.array([0, centre, 4]), below, ridge)
        assert ridge[1] == answer
    # The mirror image: right and up.
    ridge = np.zeros(3, bool)
    module._thin(-down, right, below, np.array([0, 3.0, 4]), np.zeros(3), ridge)
    assert ridge[1]


def test_linking_by_hand():
    #  S w . w    two weak pixels hang on the strong one, the second by a corner;
    #  . . w .    the one at the end by another corner; the one below the gap hangs on nothing
    weak = np.zeros((7, 7), bool)
    weak[[1, 1, 2, 1, 5], [1, 2, 3, 4, 3]] = True
    strong = np.zeros_like(weak)
    strong[1, 1] = True
    found = strong.copy()
    module._link(weak, np.flatnonzero(weak & ~strong), found)
    expected = weak.copy()
    expected[5, 3] = False
    np.testing.assert_array_equal(found, expected)


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 0.6))
@settings(max_examples=50)
def test_linking_keeps_whole_components_with_a_strong_pixel(seed, density):
    rng = np.random.default_rng(seed)
    weak = np.pad(rng.random((12, 15)) < density, 1)
    strong = weak & (rng.random(weak.shape) < 0.1)
    found = strong.copy()
    module._link(weak, np.flatnonzero(weak & ~strong), found)
    components, _ = ndimage.label(weak, np.ones((3, 3)))
    np.testing.assert_array_equal(found, weak & np.isin(components, components[strong]))


def test_stages_are_the_run(photos):
    for photo in photos[:3]:
        stages = edges.canny_stages(photo, 1.5, 0.15, 0.4)
        np.testing.assert_array_equal(stages.edges, edges.canny(photo, 1.5, 0.15, 0.4))
        ridges = stages.thinned > 0
        np.testing.assert_array_equal(stages.thinned[ridges], stages.magnitude[ridges])
        np.testing.assert_array_equal(stages.weak, stages.thinned >= np.float32(0.15))
        np.testing.assert_array_equal(stages.strong, stages.thinned >= 0.4)
        assert (stages.strong <= stages.edges).all()
        assert (stages.edges <= stages.weak).all()
        assert stages.strong.sum() < stages.edges.sum() < stages.weak.sum()
        assert stages.thinned.shape == photo.shape
        assert all(getattr(stages, name).flags.c_contiguous for name in FIELDS)


def test_turned_picture_gives_turned_edges(photos):
    picture = photos[0][:200, :150] / 256  # 1/256 is exact, and so are sums and differences without smoothing
    found = edges.canny(picture, 0)
    np.testing.assert_array_equal(edges.canny(np.ascontiguousarray(picture.T), 0), found.T)
    np.testing.assert_array_equal(edges.canny(picture[::-1, ::-1], 0), found[::-1, ::-1])


def test_input_is_left_alone_and_may_be_strided(photos):
    photo = photos[1][::2, ::-3] / 255
    before = photo.copy()
    np.testing.assert_array_equal(edges.canny(photo), edges.canny(before))
    np.testing.assert_array_equal(photo, before)


def test_kernels_in_plain_python():
    picture = np.random.default_rng(0).random((7, 6))
    stages = edges.canny_stages(picture, 0.6, 0.2, 0.9)
    originals = {name: getattr(module, name) for name in ("_ridges", "_smooth", "_sobel", "_thin", "_link")}
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        for name, kernel in originals.items():
            patch.setattr(module, name, kernel.py_func)
        plain = edges.canny_stages(picture, 0.6, 0.2, 0.9)
        np.testing.assert_array_equal(edges.canny(picture, 0.6, 0.2, 0.9), stages.edges)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(plain, name), getattr(stages, name))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (2, 9), (3, 3), (5, 4)])
@pytest.mark.parametrize("sigma", [0, 1, 30])
def test_pictures_smaller_than_the_kernel(shape, sigma):
    picture = np.random.default_rng(1).random(shape)
    np.testing.assert_array_equal(edges.canny(picture, sigma, 0.01, 0.02), feature.canny(picture, sigma, 0.01, 0.02))
    stages = edges.canny_stages(picture, sigma)
    assert all(getattr(stages, name).shape == shape for name in FIELDS)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_constant_picture_has_no_edge(value):
    for low in (0, 0.1):
        assert not edges.canny(np.full((20, 30), value), 2, low, low).any()


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((np.zeros((4, 4, 3)),), ValueError, r"image: expected a grey image \(H, W\), got shape \(4, 4, 3\)"),
        ((np.zeros((0, 4)),), ValueError, "image: expected at least one pixel"),
        ((np.full((4, 4), np.nan),), ValueError, "image: expected finite values, got 16 that are NaN"),
        ((np.full((4, 4), 255.0),), ValueError, "image: expected float values between 0 and 1"),
        ((np.zeros((4, 4), int),), TypeError, "image: expected uint8, uint16, bool or float"),
        ((np.zeros((4, 4)), -1), ValueError, "sigma: expected a number from 0 to 1000, got -1"),
        ((np.zeros((4, 4)), np.nan), ValueError, "sigma: expected a number"),
        ((np.zeros((4, 4)), "1"), TypeError, "sigma: expected a number"),
        ((np.zeros((4, 4)), 1, 0.3, 0.2), ValueError, "low: expected at most high = 0.2, got 0.3"),
        ((np.zeros((4, 4)), 1, -0.1, 0.2), ValueError, "low: expected a number of at least 0"),
        ((np.zeros((4, 4)), 1, 0.1, np.inf), ValueError, "high: expected a number of at least 0, got inf"),
    ],
)
@pytest.mark.parametrize("function", [edges.canny, edges.canny_stages])
def test_bad_input(function, arguments, error, match):
    with pytest.raises(error, match=match):
        function(*arguments)
