"""Spectral clustering of pictures: by hand, against its formulas and scikit-learn, and on odd pictures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.transform import resize
from sklearn.cluster import spectral_clustering as reference
from sklearn.metrics import adjusted_rand_score

from seglearn import images
from seglearn.clustering import spectral, spectral_segmentation
from seglearn.clustering.spectral_segmentation import segment_spectral, segment_spectral_stages

quiet = settings(deadline=None, max_examples=25, derandomize=True)


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
    cut = spectral_segmentation._normalised_cut(stages.affinity, stages.labels.ravel())
    assert cut == pytest.approx(normalised_cut(stages.affinity, stages.labels.ravel()))
    assert cut >= stages.eigenvalues.sum() - 1e-10
    scattered = np.random.default_rng(seed).integers(n_segments, size=72).astype(np.int32)
    assert cut < normalised_cut(stages.affinity, scattered)


@pytest.mark.parametrize("picture", ["astronaut", "coffee", "camera", "constant"])
def test_lanczos_agrees_with_the_full_solution(picture, monkeypatch):
    picture = np.full((24, 24), 0.5) if picture == "constant" else small_photo(picture, 24)
    expected = segment_spectral_stages(picture, 7, rng=0)
    monkeypatch.setattr(spectral, "DENSE", 0)
    stages = segment_spectral_stages(picture, 7, rng=1)
    np.testing.assert_allclose(stages.eigenvalues, expected.eigenvalues, atol=1e-8)
    roots = np.sqrt(stages.affinity.sum(axis=1))[:, None]
    z = stages.eigenvectors.reshape(-1, 7) * roots
    np.testing.assert_allclose(z.T @ z, np.eye(7), atol=1e-8)
    assert np.abs(stages.laplacian @ z - z * stages.eigenvalues).max() < 1e-6


def test_kernel_in_plain_python():
    picture = np.random.default_rng(3).normal(size=(3, 4, 3))
    steps = np.array([(-1, 0), (0, -1), (0, 1), (1, 0), (2, -1)])
    results = []
    for kernel in (spectral_segmentation._link, spectral_segmentation._link.py_func):
        starts, neighbors, weights = np.zeros(13, np.int32), np.zeros(60, np.int32), np.zeros(60)
        n_links = kernel(picture, steps, np.ones(5), starts, neighbors, weights)
        results.append((n_links, starts, neighbors, weights))
    assert results[0][0] == results[1][0] == 2 * (3 * 3 + 2 * 4) + 3
    for one, other in zip(results[0][1:], results[1][1:]):
        np.testing.assert_allclose(one, other)


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
