import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import filters

from seglearn import edges, images
from seglearn.edges.fourier import SHAPES

some = settings(max_examples=40)


@st.composite
def pictures(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.random((draw(st.integers(1, 15)), draw(st.integers(1, 15))))


@pytest.fixture(scope="module")
def photo():
    return images.load("camera") / 255


@pytest.mark.parametrize("cutoff", [0.01, 0.1, 0.5])
def test_butterworth_equals_scikit_image(photo, cutoff):
    for picture in (photo, photo[:301, 5:200]):
        theirs = filters.butterworth(picture, cutoff, order=2, npad=0)
        np.testing.assert_allclose(edges.high_pass(picture, cutoff, shape="butterworth"), theirs, rtol=0, atol=1e-12)


@given(pictures(), st.floats(0.01, 0.5))
@some
def test_high_and_low_pass_add_up_to_the_picture(picture, cutoff):
    """The low-passes come from elsewhere: a Gaussian of SciPy, and a mask on the full transform."""
    transform = np.fft.fft2(picture)
    sigma = 1 / (2 * np.pi * cutoff)  # a Gaussian of width D0 in frequency is one of width 1 / (2 pi D0) in space
    low = np.fft.ifft2(ndimage.fourier_gaussian(transform, sigma)).real
    np.testing.assert_allclose(edges.high_pass(picture, cutoff) + low, picture, rtol=0, atol=1e-12)
    rows, cols = np.fft.fftfreq(picture.shape[0])[:, None], np.fft.fftfreq(picture.shape[1])
    low = np.fft.ifft2(transform * ((rows / cutoff) ** 2 + (cols / cutoff) ** 2 <= 1)).real
    np.testing.assert_allclose(edges.high_pass(picture, cutoff, shape="ideal") + low, picture, rtol=0, atol=1e-12)


@given(pictures())
@some
def test_parseval(picture):
    strengths = np.expm1(edges.spectrum(picture))
    np.testing.assert_allclose((strengths**2).sum() / picture.size, (picture**2).sum(), rtol=1e-12)


def test_a_wave_is_two_points_and_the_cutoff_decides():
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * 8 * np.arange(64) / 64) * np.ones((32, 1))  # 1 / 8 cycles per pixel
    strengths = np.expm1(edges.spectrum(wave))
    rows, cols = np.nonzero(strengths > 1)
    np.testing.assert_array_equal(rows, [16, 16, 16])
    np.testing.assert_array_equal(cols, [24, 32, 40])
    np.testing.assert_allclose(edges.high_pass(wave, 0.124, shape="ideal"), wave - 0.5, rtol=0, atol=1e-12)
    np.testing.assert_allclose(edges.high_pass(wave, 0.125, shape="ideal"), 0, rtol=0, atol=1e-12)
    half = edges.high_pass(wave, 0.125, shape="butterworth")
    np.testing.assert_allclose(half, (wave - 0.5) / 2, rtol=0, atol=1e-12)  # M(D0) = 1/2
    gaussian = edges.high_pass(wave, 0.125)
    np.testing.assert_allclose(gaussian, (wave - 0.5) * (1 - np.exp(-0.5)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_stages_are_what_runs(photo, shape):
    picture = photo[:101, :90]
    stages = edges.high_pass_stages(picture, 0.08, shape=shape)
    np.testing.assert_array_equal(stages.filtered, edges.high_pass(picture, 0.08, shape=shape))
    np.testing.assert_array_equal(stages.spectrum, edges.spectrum(picture))
    again = np.fft.ifft2(np.fft.fft2(picture) * np.fft.ifftshift(stages.mask)).real
    np.testing.assert_allclose(stages.filtered, again, rtol=0, atol=1e-12)
    assert stages.mask[50, 45] == 0
    assert stages.mask.min() >= 0
    assert stages.mask.max() <= 1


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cutoff", [0.001, 0.1, 0.5])
def test_small_and_constant_pictures(shape, cutoff):
    for size in [(1, 1), (1, 500), (500, 1), (2, 2), (3, 5)]:
        for value in (0, 77, 255):
            answer = edges.high_pass(np.full(size, value, np.uint8), cutoff, shape=shape)
            assert answer.shape == size
            assert np.abs(answer).max() < 1e-14
    np.testing.assert_allclose(edges.spectrum(np.full((1, 1), 255, np.uint8)), np.log(2))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_tiny_cutoff_removes_the_mean_alone(photo, shape):
    answer = edges.high_pass(photo, 1e-9, shape=shape)
    np.testing.assert_allclose(answer, photo - photo.mean(), rtol=0, atol=1e-12)


@given(pictures(), st.sampled_from(SHAPES), st.floats(0.01, 0.5))
@some
def test_added_light_turns_and_types(picture, shape, cutoff):
    answer = edges.high_pass(picture, cutoff, shape=shape)
    assert abs(answer.mean()) < 1e-14
    np.testing.assert_allclose(edges.high_pass(picture / 2 + 0.4, cutoff, shape=shape), answer / 2, rtol=0, atol=1e-12)
    turned = edges.high_pass(np.rot90(picture), cutoff, shape=shape)
    np.testing.assert_allclose(turned, np.rot90(answer), rtol=0, atol=1e-12)
    step = picture > 0.5
    np.testing.assert_array_equal(
        edges.high_pass(step, cutoff, shape=shape), edges.high_pass(step.astype(np.uint8) * 255, cutoff, shape=shape)
    )


@pytest.mark.parametrize("function", [edges.high_pass, edges.high_pass_stages])
def test_bad_input(function):
    picture = np.zeros((4, 4))
    for cutoff in (0, -0.1, 0.51, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"cutoff: expected a number above 0 of at most 0\.5, got"):
            function(picture, cutoff)
    with pytest.raises(TypeError, match="cutoff: expected a number"):
        function(picture, None)
    with pytest.raises(ValueError, match="shape: expected one of 'ideal', 'butterworth', 'gaussian', got 'box'"):
        function(picture, 0.1, shape="box")


@pytest.mark.parametrize("function", [edges.spectrum, lambda image: edges.high_pass(image, 0.1)])
def test_bad_pictures(function):
    with pytest.raises(ValueError, match=r"image: expected a grey image \(H, W\), got shape \(4, 4, 3\)"):
        function(np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="image: expected at least one pixel"):
        function(np.zeros((0, 4)))
    with pytest.raises(ValueError, match="image: expected finite values, got 1 that are NaN"):
        function(np.array([[0.5, np.nan]]))
