"""What the lecture claims of spectral clustering in 4.2.2: C06 for its part, C07, C08, C09."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import adjusted_rand_score

from seglearn import shapes
from seglearn.clustering import k_means, spectral_clustering, spectral_stages


def aris(shape, n_clusters, seeds=4, **settings):
    """Return how well samples of a shape are divided."""
    samples = [shapes.SHAPES[shape](300, rng=seed) for seed in range(seeds)]
    found = [spectral_clustering(points, n_clusters, rng=0, **settings) for points, _ in samples]
    return np.array([adjusted_rand_score(truth, labels) for (_, truth), labels in zip(samples, found)])


@pytest.mark.parametrize(("shape", "n_clusters"), [("blobs", 4), ("moons", 2), ("rings", 3), ("spirals", 2)])
def test_c06_spectral_clustering_finds_every_shape(shape, n_clusters):
    assert aris(shape, n_clusters, seeds=6).min() > 0.97


@pytest.mark.parametrize(("shape", "n_clusters"), [("moons", 2), ("rings", 3)])
def test_c07_any_shape_for_a_range_of_sigma(shape, n_clusters):
    for sigma in (0.1, 0.15, 0.2):
        assert aris(shape, n_clusters, sigma=sigma).min() > 0.95
    for sigma in (0.01, 0.4):
        assert aris(shape, n_clusters, sigma=sigma).max() < 0.7


def test_c07_no_number_of_neighbours_fits_all_shapes():
    for n_neighbors in (8, 10):
        assert aris("moons", 2, n_neighbors=n_neighbors).min() > 0.95
        assert aris("rings", 3, n_neighbors=n_neighbors).min() > 0.95
    assert aris("moons", 2, n_neighbors=20).min() > 0.95
    assert aris("rings", 3, n_neighbors=20).max() < 0.2
    for shape, n_clusters in (("moons", 2), ("rings", 3)):
        assert aris(shape, n_clusters, n_neighbors=2).max() < 0.6
        assert aris(shape, n_clusters, seeds=2, n_neighbors=100).max() < 0.6


def test_c08_the_relaxed_problem_is_solved_globally_but_not_the_cut():
    """Against every cut of 300 graphs of 12 points."""
    sides = (np.arange(1, 2**11)[:, None] >> np.arange(12)) & 1

    def ncut(affinity, sides):
        degrees = affinity.sum(axis=1)
        ones = sides @ degrees
        between = ((sides @ affinity) * (1 - sides)).sum(axis=-1)
        return between / ones + between / (degrees.sum() - ones)

    best, found = np.empty((2, 300))
    for seed in range(300):
        stages = spectral_stages(np.random.default_rng(seed).random((12, 2)), 2, sigma=0.25, rng=seed)
        best[seed], found[seed] = ncut(stages.affinity, sides).min(), ncut(stages.affinity, stages.labels)
        residual = stages.laplacian @ stages.eigenvectors - stages.eigenvectors * stages.eigenvalues
        assert np.abs(residual).max() < 1e-10
        np.testing.assert_allclose(stages.eigenvalues, np.linalg.eigvalsh(stages.laplacian)[:2], atol=1e-10)
        assert stages.eigenvalues[1] <= best[seed] + 1e-10
    assert (found >= best - 1e-10).all()
    optimal = found <= best * (1 + 1e-6)
    assert 0.5 < optimal.mean() < 0.8
    assert 1.03 < np.median((found / best)[~optimal]) < 1.25
    assert (found / best).max() > 1.3


def test_c09_in_many_dimensions_with_the_right_graph():
    tumours, kinds = load_breast_cancer(return_X_y=True)
    tumours = (tumours - tumours.mean(axis=0)) / tumours.std(axis=0)
    for points, truth, margin in ((*load_digits(return_X_y=True), 0.1), (tumours, kinds, 0.02)):
        n_clusters = len(np.unique(truth))
        best = min((k_means(points, n_clusters, rng=start) for start in range(5)), key=lambda state: state.inertia)
        theirs = adjusted_rand_score(truth, best.labels)
        for seed in range(2):
            near = spectral_clustering(points, n_clusters, n_neighbors=10, rng=seed)
            assert adjusted_rand_score(truth, near) > theirs + margin
        every = spectral_clustering(points, n_clusters, rng=0)  # all pairs linked
        assert adjusted_rand_score(truth, every) < theirs
    assert np.bincount(every).min() < 10  # the tumours: a few outliers are cut off
