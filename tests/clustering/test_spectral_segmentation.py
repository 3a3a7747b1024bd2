"""Spectral clustering of pictures: by hand, against its formulas and scikit-learn, and on odd pictures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import resize
from sklearn.cluster import spectral_clustering as reference
from sklearn.metrics import adjusted_rand_score

from seglearn import images
from seglearn.clustering.spectral_segmentation import segment_spectral, segment_spectral_stages
from seglearn.graphs import ncut_value

quiet = settings(max_examples=25)


def small_photo(name, width):
    photo = images.load(name)
    return resize(photo, (round(photo.shape[0] * width / photo.shape[1]), width), anti_aliasing=True)


def normalised_cut(affinity, labels):
    """Sum over the groups of links to the outside over all links, from the definition."""
    affinity, cut = affinity.toarray(), 0.0
    for k in np.unique(labels):
        rows = affinity[labels == k]
        cut += rows[:, labels != k].sum() / rows.sum()
    return cut


def same_groups(one, other):
    return adjusted_rand_score(np.ravel(one), np.ravel(other)) == 1.0


# By hand


def test_three_pixels_in_a_row():
    # The path o-o-o of equal weights: L has the eigenvalues 0, 1 and 2; y is all, left against right, middle against.
    stages = segment_spectral_stages(np.full((1, 3), 0.5), 3, radius=1, rng=0)
    weight = np.exp(-1 / 32)  # equal colours, one pixel apart, sigma_position 4
    np.testing.assert_allclose(stages.affinity.toarray(), weight * np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    np.testing.assert_allclose(stages.eigenvalues, [0, 1, 2], atol=1e-12)
    y = stages.eigenvectors[0] / np.abs(stages.eigenvectors[0, 0])
    np.testing.assert_allclose(np.abs(y), [[1, 1, 1], [1, 0, 1], [1, 1, 1]], atol=1e-12)
    assert y[0, 1] == pytest.approx(-y[2, 1])
    assert sorted(stages.labels.ravel()) == [0, 1, 2]


# Against the formulas


@quiet
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.floats(1, 9))
def test_affinity_of_pixels_is_its_formula(seed, height, width, grey, radius):
    picture = np.random.default_rng(seed).random((height, width) if grey else (height, width, 3))
    affinity = segment_spectral_stages(picture, 1, sigma_color=0.3, sigma_position=2.0, radius=radius).affinity
    colors = picture.reshape(height * width, -1)
    positions = np.indices((height, width)).reshape(2, -1).T
    far = ((positions[:, None] - positions) ** 2).sum(axis=2)
    expected = np.exp(-((colors[:, None] - colors) ** 2).sum(axis=2) / (2 * 0.3**2) - far / (2 * 2.0**2))
    expected[(far > radius**2) | (far == 0)] = 0
    np.testing.assert_allclose(affinity.toarray(), expected, atol=1e-15)


@quiet
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_no_cut_is_below_the_relaxed_one(seed, n_segments):
    # Fan's theorem: the sum of the K smallest eigenvalues is a lower bound of Ncut over all cuts into K segments.
    picture = np.random.default_rng(seed).random((8, 9))
    stages = segment_spectral_stages(picture, n_segments, rng=seed)
    cut = ncut_value(stages.affinity, stages.labels)
    assert cut == pytest.approx(normalised_cut(stages.affinity, stages.labels.ravel()))
    assert cut >= stages.eigenvalues.sum() - 1e-10
    scattered = np.random.default_rng(seed).integers(n_segments, size=72).astype(np.int32)
    assert cut < normalised_cut(stages.affinity, scattered)


@pytest.mark.parametrize("picture", ["astronaut", "coffee", "camera", "constant"])
def test_the_eigenvectors_are_those_of_the_full_matrix(picture):
    picture = np.full((24, 24), 0.5) if picture == "constant" else small_photo(picture, 24)
    stages = segment_spectral_stages(picture, 7, rng=1)
    np.testing.assert_allclose(stages.eigenvalues, np.linalg.eigvalsh(stages.laplacian.toarray())[:7], atol=1e-10)
    roots = np.sqrt(stages.affinity.sum(axis=1))[:, None]
    z = stages.eigenvectors.reshape(-1, 7) * roots
    np.testing.assert_allclose(z.T @ z, np.eye(7), atol=1e-9)
    assert np.abs(stages.laplacian @ z - z * stages.eigenvalues).max() < 1e-7


# Against the reference


@pytest.mark.parametrize("name", ["astronaut", "coffee", "camera", "chelsea"])
def test_cuts_photos_as_well_as_scikit_learn(name):
    for radius, n_segments in ((1, 4), (2, 3)):
        stages = segment_spectral_stages(small_photo(name, 56), n_segments, radius=radius, rng=0)
        assert (stages.labels.dtype, stages.labels.max()) == (np.int32, n_segments - 1)
        theirs = reference(stages.affinity, n_clusters=n_segments, eigen_solver="arpack", random_state=0)
        cut = normalised_cut(stages.affinity, stages.labels.ravel())
        assert cut <= 1.01 * normalised_cut(stages.affinity, theirs)


# Odd pictures


def test_constant_picture_is_cut_in_halves():
    labels = segment_spectral(np.full((20, 30), 7, np.uint8), 2, rng=0)
    assert same_groups(labels, np.repeat([[0, 1]], 15, axis=1).repeat(20, axis=0))


def test_a_line_of_pixels():
    labels = segment_spectral(np.zeros((1, 500)), 4, rng=0)
    assert labels.shape == (1, 500)
    assert (np.diff(labels[0]) != 0).sum() == 3
    assert np.bincount(labels[0]).min() > 80


def test_one_pixel():
    stages = segment_spectral_stages([[0.5]], 1, rng=0)
    assert stages.labels.tolist() == [[0]]
    assert stages.eigenvalues.tolist() == [0]


def test_every_pixel_its_own_segment():
    labels = segment_spectral(np.random.default_rng(0).random((3, 4)), 12, radius=2, rng=0)
    assert len(np.unique(labels)) == 12


def test_colors_that_share_nothing():
    picture = np.zeros((12, 12))
    picture[:, 5:] = 1
    labels = segment_spectral(picture, 2, sigma_color=0.01, rng=0)  # exp(-5000) is 0: two components
    assert same_groups(labels, picture.astype(int))


def test_same_seed_same_answer():
    photo = small_photo("coffee", 48)
    first = segment_spectral_stages(photo, 3, rng=4)
    np.testing.assert_array_equal(first.labels, segment_spectral(photo, 3, rng=4))
    np.testing.assert_array_equal(first.eigenvectors, segment_spectral_stages(photo, 3, rng=4).eigenvectors)


def test_noise_and_a_narrow_sigma():
    """Case 2: thousands of eigenvalues near 0. Seconds became minutes, and the segments were left to chance."""
    picture = np.random.default_rng(0).random((40, 40))
    for sigma_color in (0.005, 0.01, 0.02, 0.04):
        stages = segment_spectral_stages(picture, 3, sigma_color=sigma_color, rng=0)
        again = segment_spectral_stages(picture, 3, sigma_color=sigma_color, rng=1)
        assert same_groups(stages.labels, again.labels)
        np.testing.assert_allclose(again.eigenvectors, stages.eigenvectors, rtol=1e-4, atol=1e-5)
        assert np.isfinite(stages.eigenvectors).all()


def test_pixels_with_hardly_a_link_go_with_their_neighbors():
    """Their degree is some 1e-200; what rounding leaves of their entries would be enormous."""
    picture = np.linspace(0, 0.1, 200).reshape(10, 20)
    picture[2, 3] = picture[7, 15] = 0.75
    for n_segments in (2, 3):
        stages = segment_spectral_stages(picture, n_segments, sigma_color=0.02, radius=1, rng=0)
        assert np.bincount(stages.labels.ravel()).min() > 20
        assert np.abs(stages.eigenvectors).max() < 10 * np.median(np.abs(stages.eigenvectors))


@pytest.mark.parametrize("side", [20, 21])
def test_a_constant_square_whose_second_and_third_eigenvalue_are_equal(side):
    picture = np.full((side, side), 0.3)
    stages = [segment_spectral_stages(picture, k, rng=seed) for k in (2, 3) for seed in (0, 1)]
    assert stages[2].eigenvalues[1] == pytest.approx(stages[2].eigenvalues[2], abs=1e-10)
    for other in stages[1:]:
        np.testing.assert_allclose(other.eigenvectors[..., 1], stages[0].eigenvectors[..., 1], atol=1e-6)


@pytest.mark.parametrize(
    ("picture", "arguments", "message"),
    [
        (np.ones((4, 4)), {"n_segments": 0}, "n_segments: expected an integer from 1 to 16, got 0"),
        (np.ones((4, 4)), {"n_segments": 17}, "n_segments: expected an integer from 1 to 16, got 17"),
        (np.ones((4, 4)), {"sigma_color": 0}, "sigma_color: expected a number above 0, got 0"),
        (np.ones((4, 4)), {"sigma_position": -2}, "sigma_position: expected a number above 0, got -2"),
        (np.ones((4, 4)), {"radius": 0.5}, "radius: expected a number of at least 1, got 0.5"),
        (np.full((4, 4), np.nan), {}, "image: expected finite values, got 16"),
        (np.ones((4, 4, 2)), {}, "image: expected a grey"),
        (np.ones((0, 4)), {}, "image: expected at least one pixel"),
    ],
)
def test_bad_pictures(picture, arguments, message):
    with pytest.raises(ValueError, match=message):
        segment_spectral(picture, arguments.pop("n_segments", 2), **arguments)
