import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import filters

from seglearn import edges, images
from seglearn.edges import laplacian as module

SHAPES = [(1, 1), (1, 500), (500, 1), (2, 2), (2, 3)]

some = settings(max_examples=60)


@st.composite
def pictures(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.random((draw(st.integers(1, 14)), draw(st.integers(1, 14))))


@pytest.fixture(scope="module")
def photos():
    return [images.load(name) for name in ("camera", "coins", "moon", "page")] + [images.load("coffee")[..., 1]]


def scipy_without_its_offset(picture, sigma):
    """`gaussian_laplace` less what it answers to a plain wall of the same mean grey."""
    offset = ndimage.gaussian_laplace(np.ones((3, 3)), sigma)[1, 1]
    return ndimage.gaussian_laplace(picture, sigma) - offset * ndimage.gaussian_filter(picture, sigma)


def crossings_pixel_by_pixel(response, threshold):
    marked = np.zeros(response.shape, bool)
    height, width = response.shape
    for r in range(height):
        for c in range(width):
            for dr, dc in ((0, 1), (1, 0)):
                if r + dr < height and c + dc < width:
                    p, q = response[r, c], response[r + dr, c + dc]
                    if (p < 0 < q or q < 0 < p) and abs(p - q) > threshold:
                        nearer = (r, c) if abs(p) <= abs(q) else (r + dr, c + dc)
                        marked[nearer] = True
                if r + dr < height and c + dc < width and r >= dr and c >= dc and response[r, c] == 0:
                    p, q = response[r - dr, c - dc], response[r + dr, c + dc]
                    if (p < 0 < q or q < 0 < p) and abs(p - q) > threshold:
                        marked[r, c] = True
    return marked


def test_laplace_equals_scikit_image_on_photos(photos):
    for photo in photos:
        np.testing.assert_allclose(edges.laplace(photo), filters.laplace(photo), rtol=0, atol=1e-12)


@given(pictures())
@some
def test_laplace_equals_scikit_image_on_random_pictures(picture):
    np.testing.assert_allclose(edges.laplace(picture), filters.laplace(picture), rtol=0, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.5, 1, 2, 3.3])
def test_log_equals_scipy_on_photos(photos, sigma):
    for photo in photos[:2]:
        ours = edges.laplacian_of_gaussian(photo, sigma)
        np.testing.assert_allclose(ours, scipy_without_its_offset(photo / 255, sigma), rtol=0, atol=1e-12)
        if sigma >= 1:
            np.testing.assert_allclose(ours, ndimage.gaussian_laplace(photo / 255, sigma), rtol=0, atol=1.1e-3)


@given(pictures(), st.floats(0.3, 8))
@some
def test_log_equals_scipy_on_random_pictures(picture, sigma):
    """The Gaussian is often far wider than the picture, which is then reflected several times."""
    ours = edges.laplacian_of_gaussian(picture, sigma)
    np.testing.assert_allclose(ours, scipy_without_its_offset(picture, sigma), rtol=0, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 1, 2, 5, 1000])
def test_log_of_a_constant_is_zero(sigma):
    for shape in SHAPES[: 2 if sigma == 1000 else None]:
        for value in (0, 1, 77, 255):
            answer = edges.laplacian_of_gaussian(np.full(shape, value, np.uint8), sigma)
            assert answer.shape == shape
            assert np.abs(answer).max() < 1e-14


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", [0, 1, 77, 255])
def test_laplace_of_a_constant_is_zero(shape, value):
    for picture in (np.full(shape, value, np.uint8), np.full(shape, value / 255)):
        np.testing.assert_array_equal(edges.laplace(picture), np.zeros(shape))


def test_second_differences_are_zero_on_a_ramp_and_first_ones_are_not():
    rows, cols = np.mgrid[:40, :60] / 100
    for ramp in (cols, rows, (rows + 2 * cols) / 3):
        assert np.abs(edges.laplace(ramp)[1:-1, 1:-1]).max() < 1e-14
        assert np.abs(edges.laplacian_of_gaussian(ramp, 2)[8:-8, 8:-8]).max() < 1e-14
        assert edges.kirsch(ramp)[1:-1, 1:-1].min() > 0.009
        assert edges.sobel(ramp)[1:-1, 1:-1].min() > 0.009


def test_by_hand():
    spot = np.array([[0, 0, 0], [0, 0.5, 0.25], [0, 0, 0]])
    assert edges.laplace(spot)[1, 1] == 1.75  # 4 * 0.5 - 0.25
    assert edges.laplace(spot)[0, 0] == 0
    assert edges.laplace(spot)[1, 2] == 0.25  # 4 * 0.25 - 0.5 - its own reflection 0.25
    assert edges.laplacian_of_gaussian(spot, 1)[1, 1] < 0  # the opposite sign
    response = np.array([[2.0, -1, -3, 0, 4, 4, 0, 0, 5]])
    np.testing.assert_array_equal(edges.zero_crossings(response, 0).astype(int), [[0, 1, 0, 1, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(edges.zero_crossings(response, 3).astype(int), [[0, 0, 0, 1, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(edges.zero_crossings(response.T, 0)[:, 0], edges.zero_crossings(response, 0)[0])
    np.testing.assert_array_equal(edges.zero_crossings([[1, -1]], 1.9), [[True, False]])
    np.testing.assert_array_equal(edges.zero_crossings([[1, -1]], 2), [[False, False]])


@given(pictures())
@some
def test_a_quarter_turn_and_added_light(picture):
    for operator in (edges.laplace, lambda image: edges.laplacian_of_gaussian(image, 1.5)):
        np.testing.assert_allclose(operator(np.rot90(picture)), np.rot90(operator(picture)), rtol=0, atol=1e-12)
        np.testing.assert_allclose(operator(picture / 2 + 0.3), operator(picture) / 2, rtol=0, atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(1, 9), st.sampled_from([0, 0.5, 1, 2]), st.booleans())
@some
def test_zero_crossings_equal_the_definition(seed, height, width, threshold, whole):
    response = np.random.default_rng(seed).normal(0, 1.5, (height, width))
    response = np.round(response) if whole else response  # whole numbers bring zeros and ties
    marked = edges.zero_crossings(response, threshold)
    np.testing.assert_array_equal(marked, crossings_pixel_by_pixel(response, threshold))


def test_zero_crossings_of_a_disc_are_its_border():
    rows, cols = np.mgrid[-40:41, -40:41]
    distance = np.hypot(rows, cols)
    marked = edges.zero_crossings(edges.laplacian_of_gaussian(distance < 25, 2), 0.01)
    assert np.abs(distance[marked] - 25).max() < 1.5
    angles = np.floor(np.degrees(np.arctan2(rows, cols)[marked]) / 10)
    assert len(np.unique(angles % 36)) == 36  # closed: something in every ten degrees
    assert not edges.zero_crossings(np.zeros((5, 5)), 0).any()
    assert not edges.zero_crossings(np.full((5, 5), -0.0), 0).any()


def test_one_picture_in_every_type():
    grey = np.random.default_rng(1).integers(0, 256, (20, 30)).astype(np.uint8)
    for same in (grey / 255, grey.astype(np.uint16) * np.uint16(257), np.asfortranarray(grey)):
        np.testing.assert_allclose(edges.laplace(same), edges.laplace(grey), rtol=0, atol=1e-12)
    step = grey > 99
    np.testing.assert_array_equal(edges.laplace(step), edges.laplace(step.astype(float)))


@pytest.mark.parametrize("operator", [edges.laplace, lambda image: edges.laplacian_of_gaussian(image, 1)])
def test_bad_pictures(operator):
    with pytest.raises(ValueError, match=r"image: expected a grey image \(H, W\), got shape \(4, 4, 3\)"):
        operator(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="image: expected at least one pixel"):
        operator(np.zeros((0, 4)))
    with pytest.raises(ValueError, match="image: expected finite values, got 1 that are NaN"):
        operator(np.array([[0.5, np.nan]]))
    with pytest.raises(ValueError, match="image: expected float values between 0 and 1"):
        operator(np.array([[0.0, 255.0]]))


@pytest.mark.parametrize("sigma", [-1, 0, 0.09, np.nan, np.inf, 1001])
def test_bad_sigma(sigma):
    with pytest.raises(ValueError, match=r"sigma: expected a number from 0\.1 to 1000, got"):
        edges.laplacian_of_gaussian(np.zeros((4, 4)), sigma)


def test_bad_input():
    with pytest.raises(TypeError, match=r"sigma: expected a number from 0\.1 to 1000, got 'wide'"):
        edges.laplacian_of_gaussian(np.zeros((4, 4)), "wide")
    with pytest.raises(ValueError, match="threshold: expected a number of at least 0, got -1"):
        edges.zero_crossings(np.zeros((4, 4)), -1)
    with pytest.raises(ValueError, match="response: expected finite values"):
        edges.zero_crossings([[np.nan, 1]], 0)
    with pytest.raises(ValueError, match="response: expected"):
        edges.zero_crossings(np.zeros((4, 4, 3)), 0)
    with pytest.raises(ValueError, match="response: expected"):
        edges.zero_crossings(np.zeros((0, 4)), 0)


def test_kernel_stays_within_bounds():
    for shape in [(1, 1), (1, 4), (5, 2)]:
        picture, response = np.random.default_rng(2).random(shape), np.empty(shape)
        smooth, second = np.array([0.1, 0.2, 0.4, 0.2, 0.1]), np.array([1.0, 0, -2, 0, 1])
        module._correlate.py_func(picture, smooth, second, response)
        expected = ndimage.correlate(picture, np.outer(smooth, second) + np.outer(second, smooth), mode="reflect")
        np.testing.assert_allclose(response, expected, rtol=0, atol=1e-12)
        marked = np.zeros(shape, dtype=bool)
        module._cross.py_func(response, 0.1, marked)
        module._cross.py_func(response.T, 0.1, marked.T)
        np.testing.assert_array_equal(marked, edges.zero_crossings(response, 0.1))
    np.testing.assert_array_equal(
        [module._mirror.py_func(i, 3) for i in range(-4, 8)], [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1]
    )


RAMPS = {
    "along the rows": lambda rows, columns: columns,
    "down the columns": lambda rows, columns: rows,
    "aslant": lambda rows, columns: rows + columns,
    "constant": lambda rows, columns: np.full(rows.shape, 60),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("ramp", RAMPS)
def test_ramps_have_no_curvature_and_no_crossings_whatever_their_type(ramp, dtype):
    values = RAMPS[ramp](*np.mgrid[:60, :101])
    whole = values.astype(dtype) if np.dtype(dtype).kind == "u" else (values / 170).astype(dtype)
    for response in (edges.laplace(whole), *(edges.laplacian_of_gaussian(whole, sigma) for sigma in (0.3, 1, 3))):
        inside = response[13:-13, 13:-13]  # beyond the border the picture is reflected: a kink
        assert (inside == 0).all()
        assert not edges.zero_crossings(inside, 0).any()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64, bool])
def test_a_step_has_one_line_of_crossings_whatever_its_type(dtype):
    step = (np.arange(60) > 29) * np.ones((40, 1))
    whole = step.astype(dtype) if dtype is not np.uint16 else (50_000 * step).astype(dtype)
    for response in (edges.laplace(whole), edges.laplacian_of_gaussian(whole, 2)):
        marked = edges.zero_crossings(response, 0)[10:-10, 10:-10]
        assert (marked.sum(axis=1) == 1).all()
