"""Spectral clustering: by hand, against its formulas and scikit-learn, and on graphs whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import datasets
from sklearn.cluster import spectral_clustering as reference
from sklearn.metrics import adjusted_rand_score

from seglearn import shapes
from seglearn.clustering.spectral import spectral_clustering, spectral_stages

quiet = settings(max_examples=25)


def cloud(seed, n=40, d=2):
    return np.random.default_rng(seed).normal(size=(n, d))


def full(matrix):
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def same_groups(one, other):
    return adjusted_rand_score(np.ravel(one), np.ravel(other)) == 1.0


# By hand


def test_three_points_at_equal_distance():
    stages = spectral_stages(np.array([(0, 0), (2, 0), (1, 3**0.5)]), 2, sigma=2.0, rng=0)
    weight = np.exp(-0.5)
    np.testing.assert_allclose(stages.affinity, weight * (1 - np.eye(3)))
    np.testing.assert_allclose(stages.laplacian, 1.5 * np.eye(3) - 0.5)
    np.testing.assert_allclose(stages.eigenvalues, [0, 1.5], atol=1e-12)


def test_two_pairs():
    labels = spectral_clustering([[0.0], [10.0], [1.0], [11.0]], 2, rng=0)
    assert labels.dtype == np.int32
    assert same_groups(labels, [0, 1, 0, 1])


# Against the formulas


@quiet
@given(st.integers(0, 10**6), st.integers(2, 12), st.floats(0.05, 5))
def test_affinity_of_points_is_its_formula(seed, n_neighbors, sigma):
    points = cloud(seed)
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    expected = np.exp(-(distances**2) / (2 * sigma**2)) * (1 - np.eye(len(points)))
    np.testing.assert_allclose(spectral_stages(points, 2, sigma=sigma).affinity, expected, atol=1e-15)

    nearest = np.argsort(distances, axis=1)[:, 1 : n_neighbors + 1]
    kept = np.zeros_like(expected, dtype=bool)
    np.put_along_axis(kept, nearest, True, axis=1)
    kept |= kept.T
    weighted = spectral_stages(points, 2, sigma=sigma, n_neighbors=n_neighbors)
    np.testing.assert_allclose(weighted.affinity.toarray(), np.where(kept, expected, 0), atol=1e-15)
    plain = spectral_stages(points, 2, n_neighbors=n_neighbors)
    np.testing.assert_array_equal(plain.affinity.toarray(), kept)
    assert plain.sigma is None


@quiet
@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from([None, 3, 8]))
def test_spectrum(seed, n_clusters, n_neighbors):
    stages = spectral_stages(cloud(seed), n_clusters, n_neighbors=n_neighbors, rng=seed)
    affinity, laplacian = full(stages.affinity), full(stages.laplacian)
    roots = np.sqrt(affinity.sum(axis=1))
    np.testing.assert_allclose(laplacian, np.eye(40) - affinity / np.outer(roots, roots), atol=1e-12)
    np.testing.assert_allclose(laplacian, laplacian.T, atol=1e-15)
    np.testing.assert_allclose(stages.eigenvalues, np.linalg.eigvalsh(laplacian)[:n_clusters], atol=1e-10)
    assert stages.eigenvalues[0] == pytest.approx(0, abs=1e-12)
    assert (np.diff(stages.eigenvalues) >= 0).all()
    assert stages.eigenvalues.max() <= 2
    residual = laplacian @ stages.eigenvectors - stages.eigenvectors * stages.eigenvalues
    assert np.abs(residual).max() < 1e-10
    np.testing.assert_allclose(stages.eigenvectors.T @ stages.eigenvectors, np.eye(n_clusters), atol=1e-10)
    np.testing.assert_allclose(np.linalg.norm(stages.embedding, axis=1), 1)


# Groups that are known


@pytest.mark.parametrize("name", ["moons", "rings", "spirals"])
@pytest.mark.parametrize("n_neighbors", [None, 7])
def test_shapes_are_found(name, n_neighbors):
    n_points = 300 if n_neighbors is None else 600
    for seed in range(6):
        points, truth = shapes.SHAPES[name](n_points, rng=seed)
        labels = spectral_clustering(points, truth.max() + 1, n_neighbors=n_neighbors, rng=seed)
        assert same_groups(labels, truth), seed


def data_sets():
    """Ten sets of points with known classes: in the plane, flowers, wines, tumours, digits."""
    for name, shape in shapes.SHAPES.items():
        yield name, *shape(rng=0)
    yield "uneven", *datasets.make_blobs(400, centers=6, cluster_std=[0.5, 0.8, 1, 1, 0.6, 1.2], random_state=3)
    points, truth = datasets.make_blobs(300, centers=3, random_state=170)
    yield "stretched", points @ np.array([[0.6, -0.6], [-0.4, 0.8]]), truth
    yield "iris", *datasets.load_iris(return_X_y=True)
    for name, load in (("wine", datasets.load_wine), ("tumours", datasets.load_breast_cancer)):
        points, truth = load(return_X_y=True)
        yield name, (points - points.mean(axis=0)) / points.std(axis=0), truth
    points, truth = datasets.load_digits(return_X_y=True)
    yield "digits", points[:700], truth[:700]


@pytest.mark.filterwarnings("ignore:Graph is not fully connected")
@pytest.mark.parametrize("n_neighbors", [None, 10])
def test_as_good_as_scikit_learn_on_ten_data_sets(n_neighbors):
    gains = {}
    for name, points, truth in data_sets():
        n_clusters = len(np.unique(truth))
        stages = spectral_stages(points, n_clusters, n_neighbors=n_neighbors, rng=0)
        theirs = reference(stages.affinity, n_clusters=n_clusters, eigen_solver="arpack", random_state=0)
        gains[name] = adjusted_rand_score(truth, stages.labels) - adjusted_rand_score(truth, theirs)
    assert len(gains) == 10
    assert min(gains.values()) > -0.05, gains
    assert np.mean(list(gains.values())) > -0.01, gains


@quiet
@given(st.sampled_from(sorted(shapes.SHAPES)), st.integers(0, 10**6), st.sampled_from([None, 7]))
def test_the_order_of_the_points_does_not_matter(name, seed, n_neighbors):
    points, truth = shapes.SHAPES[name](rng=seed)
    order = np.random.default_rng(seed).permutation(300)
    labels = spectral_clustering(points, truth.max() + 1, n_neighbors=n_neighbors, rng=0)
    mixed = spectral_clustering(points[order], truth.max() + 1, n_neighbors=n_neighbors, rng=1)
    assert same_groups(mixed, labels[order])


@quiet
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_components_are_clusters(seed, n_components):
    rng = np.random.default_rng(seed)
    truth = np.concatenate([np.repeat(np.arange(n_components), 5), rng.integers(n_components, size=20)])
    points = rng.random((len(truth), 2)) + 100.0 * truth[:, None]
    labels = spectral_clustering(points, n_components, n_neighbors=4, rng=seed)
    assert same_groups(labels, truth)
    dense = spectral_clustering(points, n_components, sigma=1.0, rng=seed)
    assert same_groups(dense, truth)


def test_more_components_than_clusters():
    points = np.array([[0.0], [0.1], [0.2], [50], [50.1], [90], [90.1], [90.2], [90.3], [200]])
    stages = spectral_stages(points, 3, sigma=0.5, rng=0)  # the last point has no link at all
    assert (stages.eigenvalues == 0).all()
    assert same_groups(stages.labels, [0, 0, 0, 2, 2, 1, 1, 1, 1, 2])
    assert same_groups(spectral_clustering(points, 4, sigma=0.5, rng=0), [0, 0, 0, 2, 2, 1, 1, 1, 1, 3])


def test_point_without_links_is_a_component():
    stages = spectral_stages([[0.0], [1.0], [1000.0]], 3, sigma=1.0, rng=0)
    np.testing.assert_allclose(stages.eigenvalues, [0, 0, 2], atol=1e-12)
    np.testing.assert_allclose(stages.laplacian, [[1, -1, 0], [-1, 1, 0], [0, 0, 0]], atol=1e-12)


# Odd points


def test_equal_points():
    assert spectral_clustering(np.ones((6, 2)), 1, rng=0).tolist() == [0] * 6
    points = np.repeat([[0.0, 0.0], [1.0, 0.0], [7.0, 0.0]], 20, axis=0)
    assert same_groups(spectral_clustering(points, 3, rng=0), np.repeat([0, 1, 2], 20))
    with pytest.raises(ValueError, match="n_clusters: expected an integer from 1 to 1, got 2"):
        spectral_clustering(np.ones((6, 2)), 2)


def test_same_seed_same_answer_and_input_untouched():
    points, _ = shapes.blobs(rng=1)
    before = points.copy()
    stages = spectral_stages(points, 3, rng=4)
    np.testing.assert_array_equal(stages.labels, spectral_clustering(points, 3, rng=4))
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize(
    ("points", "arguments", "error", "message"),
    [
        (cloud(0), {"sigma": 0}, ValueError, "sigma: expected a number above 0, got 0"),
        (cloud(0), {"sigma": -1.0}, ValueError, "sigma: expected a number above 0, got -1"),
        (cloud(0), {"sigma": np.nan}, ValueError, "sigma: expected a number above 0, got nan"),
        (cloud(0), {"sigma": "wide"}, TypeError, "sigma: expected a number"),
        (cloud(0), {"n_clusters": 0}, ValueError, "n_clusters: expected an integer from 1 to 40, got 0"),
        (cloud(0), {"n_clusters": 41}, ValueError, "n_clusters: expected an integer from 1 to 40, got 41"),
        (cloud(0), {"n_clusters": 2.0}, TypeError, "n_clusters: expected an integer"),
        (cloud(0), {"n_neighbors": 0}, ValueError, "n_neighbors: expected an integer from 1 to 39, got 0"),
        (cloud(0), {"n_neighbors": 40}, ValueError, "n_neighbors: expected an integer from 1 to 39, got 40"),
        (cloud(0), {"rng": -1}, ValueError, "rng: expected an integer of at least 0"),
        (np.ones(5), {}, ValueError, "points: expected an array"),
        (np.ones((0, 2)), {}, ValueError, "points: expected at least one point"),
        ([[0.0, np.nan]], {}, ValueError, "points: expected finite values, got 1"),
    ],
)
def test_bad_points(points, arguments, error, message):
    with pytest.raises(error, match=message):
        spectral_clustering(points, arguments.pop("n_clusters", 2), **arguments)
