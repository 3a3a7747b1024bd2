"""What the lecture claims of K-Means in 4.2.1: C03, C04, and C06 for its part."""

import time

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from seglearn import images, shapes
from seglearn.clustering import k_means, k_means_steps


def best_of(points, n_clusters, starts):
    return min((k_means(points, n_clusters, rng=start) for start in range(starts)), key=lambda state: state.inertia)


@pytest.mark.parametrize("sample", range(3))
def test_c03_the_inertia_never_rises_and_every_run_ends(sample):
    points = shapes.blobs(300, rng=sample)[0]
    for init in ("random", "k-means++"):
        for start in range(30):
            run = list(k_means_steps(points, 4, init=init, rng=start))
            inertias = np.array([state.inertia for state in run])
            assert (np.diff(inertias) <= 1e-9).all()
            assert run[-1].n_changed == 0


def test_c03_the_end_may_be_a_local_optimum_and_k_means_plus_plus_makes_it_rarer():
    good = {"random": 0, "k-means++": 0}
    for sample in range(5):
        points = shapes.blobs(300, rng=sample)[0]
        for init in good:
            ends = np.array([k_means(points, 4, init=init, rng=start).inertia for start in range(30)])
            good[init] += (ends < 1.01 * ends.min()).sum()
            assert init == "k-means++" or ends.max() > 3 * ends.min()
    assert good["random"] < 0.85 * 150
    assert good["random"] + 5 < good["k-means++"]


def test_c04_three_rules_for_k_disagree():
    """Each rule alone, on the colours of one photograph, as the notebook computes them."""
    colors = images.load("chelsea")[::6, ::6].reshape(-1, 3) / 255
    n_clusters = np.arange(1, 10)
    logs = np.array([np.log(best_of(colors, k, 3).inertia) for k in n_clusters])
    inertias = np.exp(logs)
    line = np.interp(n_clusters, n_clusters[[0, -1]], inertias[[0, -1]])
    elbow = n_clusters[np.argmax(line - inertias)]

    answers = {elbow}
    for seed in range(3):  # the silhouette of a sample of the pixels
        scores = [
            silhouette_score(colors, k_means(colors, k, rng=0).labels, sample_size=1500, random_state=seed)
            for k in n_clusters[1:]
        ]
        silhouette = n_clusters[1:][np.argmax(scores)]
        assert silhouette < elbow
        answers.add(silhouette)

    rng = np.random.default_rng(0)
    even = [rng.uniform(colors.min(axis=0), colors.max(axis=0), colors.shape) for _ in range(5)]
    even_logs = np.array([[np.log(best_of(box, k, 3).inertia) for k in n_clusters] for box in even])
    gaps = even_logs.mean(axis=0) - logs
    deviations = even_logs.std(axis=0) * np.sqrt(1 + 1 / 5)
    stops = [k for k, g, g1, s1 in zip(n_clusters, gaps, gaps[1:], deviations[1:]) if g >= g1 - s1]
    answers.add(stops[0] if stops else None)
    assert len(answers) >= 3


@pytest.mark.parametrize(("shape", "n_clusters", "low", "high"), [
    ("blobs", 4, 0.95, 1.0),
    ("moons", 2, 0.1, 0.5),
    ("rings", 3, -0.1, 0.1),
    ("spirals", 2, -0.1, 0.1),
])  # fmt: skip
def test_c06_k_means_finds_round_groups_only(shape, n_clusters, low, high):
    for seed in range(8):
        points, truth = shapes.SHAPES[shape](300, rng=seed)
        assert low <= adjusted_rand_score(truth, best_of(points, n_clusters, 5).labels) <= high, seed


def test_c05_an_iteration_takes_time_with_the_number_of_points_and_of_centres():
    """Sixteen times as many points, eight times as many centres; wide margins, for other programs run too."""

    def seconds(n_points, n_clusters):
        points = np.random.default_rng(0).random((n_points, 3))
        start = points[:n_clusters]
        k_means(points, n_clusters, init=start, max_iter=1)
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            k_means(points, n_clusters, init=start, max_iter=6)
            times.append(time.perf_counter() - begin)
        return min(times)

    few, many, more_centers = seconds(20_000, 8), seconds(320_000, 8), seconds(20_000, 64)
    assert 6 < many / few < 45
    assert more_centers / few > 2
