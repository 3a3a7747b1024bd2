"""What chapter 4.2 measures: rules for the number of clusters, and distances that are computed."""

from dataclasses import dataclass

import numpy as np
from skimage.color import rgb2lab
from sklearn.metrics import silhouette_score

from seglearn.clustering import k_means, slic_steps

N_CLUSTERS = np.arange(1, 10)
N_REFERENCES = 5  # sets of points without clusters that the gap is measured against
N_STARTS = 2  # of K-Means, of which the best counts


@dataclass(frozen=True)
class ClusterCriteria:
    """Three curves over K = 1..9 (the silhouette over 2..9), and the K that each rule takes from its own."""

    inertias: np.ndarray  # (9,)
    silhouettes: np.ndarray  # (8,)
    gaps: np.ndarray  # (9,)
    deviations: np.ndarray  # (9,), of the gaps
    elbow: int
    silhouette: int
    gap: int | None  # None: it still grows at the end


def cluster_criteria(points, rng=0) -> ClusterCriteria:
    """Ask elbow, silhouette and gap how many clusters there are in points (N, D)."""
    logs = _log_inertias(points)
    labels = [k_means(points, k, rng=0).labels for k in N_CLUSTERS[1:]]
    silhouettes = np.array([silhouette_score(points, found, sample_size=1200, random_state=rng) for found in labels])
    low, high, generator = points.min(axis=0), points.max(axis=0), np.random.default_rng(rng)
    even = np.array([_log_inertias(generator.uniform(low, high, points.shape)) for _ in range(N_REFERENCES)])
    gaps, deviations = even.mean(axis=0) - logs, even.std(axis=0) * np.sqrt(1 + 1 / N_REFERENCES)
    inertias = np.exp(logs)
    return ClusterCriteria(
        inertias, silhouettes, gaps, deviations, elbow(inertias), silhouette(silhouettes), gap(gaps, deviations)
    )


def elbow(inertias):
    """Return the K where the curve lies farthest below the straight line between its ends."""
    line = np.interp(N_CLUSTERS, N_CLUSTERS[[0, -1]], inertias[[0, -1]])
    return int(N_CLUSTERS[np.argmax(line - inertias)])


def silhouette(silhouettes):
    """Return the K, from 2, of the largest mean silhouette (Rousseeuw, J. Comput. Appl. Math. 20, 1987)."""
    return int(N_CLUSTERS[1:][np.argmax(silhouettes)])


def gap(gaps, deviations):
    """Return the first K whose gap the next one does not beat by a deviation, or None (Tibshirani et al. 2001)."""
    beaten = gaps[:-1] < gaps[1:] - deviations[1:]
    return None if beaten.all() else int(N_CLUSTERS[np.argmin(beaten)])


def _log_inertias(points):
    """Return the logarithm of the best inertia of some starts for every K."""
    return np.log([min(k_means(points, k, rng=seed).inertia for seed in range(N_STARTS)) for k in N_CLUSTERS])


@dataclass(frozen=True)
class SearchComparison:
    """K-Means and SLIC from the same seeds in the same five dimensions."""

    labels: np.ndarray  # (H, W) int32, of K-Means
    n_iter: int  # of K-Means
    before: object  # the state of SLIC whose centres its last iteration searched from
    state: object  # the state after that iteration, before pieces are joined


def compare_search(image, n_segments, compactness, max_iter) -> SearchComparison:
    """Run both on a picture (H, W) or (H, W, 3); K-Means searches the whole of it, SLIC squares of 2S."""
    states = list(slic_steps(image, n_segments, compactness, max_iter=max_iter))
    scale = np.array([compactness] * 3 + [states[0].interval] * 2)
    lloyd = k_means(five(image) / scale, n_segments, init=states[0].centers / scale, max_iter=max_iter)
    return SearchComparison(lloyd.labels.reshape(image.shape[:2]), lloyd.iteration, states[-3], states[-2])


def distances_each(image, ladder, compactness):
    """Return for every K of a ladder how many distances SLIC computes for each pixel in its first iteration."""
    ends = [list(slic_steps(image, k, compactness, max_iter=1))[-1] for k in ladder]
    return [end.n_distances / end.labels.size for end in ends]


def five(image):
    """Return (L, a, b, row, col) of every pixel, (N, 5)."""
    colors = np.dstack([image] * 3) if image.ndim == 2 else image
    return np.dstack([rgb2lab(colors), *np.indices(image.shape[:2])]).reshape(-1, 5)
