"""Spectral clustering: points as nodes of a graph, cut where its slowest vibrations change."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist, squareform

from seglearn import checks
from seglearn.clustering.k_means import k_means
from seglearn.graphs.spectrum import decompose, steady_rows

STARTS = 10  # runs of K-Means on the embedding of points; the one of least inertia is kept
CLOSE = 1e-6  # runs of K-Means whose results differ by this part are taken as equally good


@dataclass(frozen=True)
class SpectralStages:
    """The three steps of spectral clustering on N points."""

    sigma: float | None  # the width of the affinity that was used; None where each link weighs 1
    affinity: np.ndarray | sparse.csr_array  # (N, N) W, symmetric, its diagonal 0; sparse where neighbors are few
    laplacian: np.ndarray | sparse.csr_array  # (N, N) L = I - D^-1/2 W D^-1/2
    eigenvalues: np.ndarray  # (K,) the smallest of L, ascending from 0, at most 2
    eigenvectors: np.ndarray  # (N, K) of L, orthonormal columns
    embedding: np.ndarray  # (N, K) the eigenvectors with rows of length 1
    labels: np.ndarray  # (N,) int32


def spectral_clustering(points, n_clusters, *, sigma=None, n_neighbors=None, rng=None) -> np.ndarray:
    """Divide points into `n_clusters` groups that hang together, of whatever shape, and return their labels.

    W_ij = exp(-|x_i - x_j|^2 / 2 sigma^2),  L = I - D^-1/2 W D^-1/2,  L z = lambda z,  K-Means on the rows of z

    Parameters
    ----------
    points : (N, D) array of float or uint8, used as they come (no scaling).
    n_clusters : int from 1 to the number of distinct points, the lecture's K.
    sigma : number above 0, in the units of `points`, the distance at which affinity fades. None takes the median
        distance from a distinct point to its second neighbour: points on a curve have one neighbour on each side,
        so this is just wide enough for a chain to hold. With `n_neighbors`, None lets every link weigh 1.
    n_neighbors : int from 1 to N - 1: keep W_ij only where j is among so many points nearest to i, or i to j, and
        make W sparse. None keeps all pairs (N^2 memory, N^3 time).
    rng : None, seed or `numpy.random.Generator` for the starts of K-Means.

    Returns
    -------
    (N,) int32 labels from 0, of the best of 10 K-Means runs on the embedding.

    If the graph falls into `n_clusters` components, these are the clusters. If it falls into more, the largest are
    clusters and the rest share the last one. (A narrow sigma or few neighbours can do that.)

    Raises
    ------
    ValueError, TypeError : wrong rank, no points, NaN, `n_clusters`, `sigma` or `n_neighbors` out of range.

    Source: A. Ng, M. Jordan and Y. Weiss, "On spectral clustering: analysis and an algorithm", NIPS 14 (2002),
    section 2. Lecture 4.2.2, figures 4.2-b and 4.2-c.
    """
    return spectral_stages(points, n_clusters, sigma=sigma, n_neighbors=n_neighbors, rng=rng).labels


def spectral_stages(points, n_clusters, *, sigma=None, n_neighbors=None, rng=None) -> SpectralStages:
    """Return every stage of `spectral_clustering`; arguments as there."""
    points = checks.points(points)
    distinct = np.unique(points, axis=0)
    n_clusters = checks.integer(n_clusters, "n_clusters", 1, len(distinct))
    if n_neighbors is not None:
        n_neighbors = checks.integer(n_neighbors, "n_neighbors", 1, len(points) - 1)
    if sigma is not None:
        sigma = checks.number(sigma, "sigma", above=0)
    elif n_neighbors is None:
        sigma = _second_neighbor(distinct)
    rng = checks.generator(rng)

    affinity = _affinity(points, sigma, n_neighbors)
    laplacian, _, eigenvalues, eigenvectors = decompose(affinity, n_clusters, rng)
    embedding = unit_rows(eigenvectors)
    runs = [k_means(steady_rows(embedding), n_clusters, rng=rng) for _ in range(STARTS)]
    labels = runs[first_least([run.inertia for run in runs])].labels
    return SpectralStages(sigma, affinity, laplacian, eigenvalues, eigenvectors, embedding, labels)


def _second_neighbor(distinct):
    if len(distinct) == 1:
        return 1.0  # no distance to go by, and nothing to cut
    distances, _ = KDTree(distinct).query(distinct, [min(3, len(distinct))])  # the first is the point itself
    return float(np.median(distances))


def _affinity(points, sigma, n_neighbors):
    """Return W, whose diagonal is 0: every pair, or (sparse) the pairs of neighbours; `sigma` None: links of 1."""
    if n_neighbors is None:
        return squareform(np.exp(-0.5 * (pdist(points) / sigma) ** 2))
    distances, neighbors = KDTree(points).query(points, n_neighbors + 1)
    rows, neighbors = np.repeat(np.arange(len(points), dtype=np.int32), n_neighbors + 1), neighbors.ravel()
    weights = np.ones(len(rows)) if sigma is None else np.exp(-0.5 * (distances.ravel() / sigma) ** 2)
    others = (neighbors != rows) & (weights > 0)
    links = (weights[others], (rows[others], neighbors[others].astype(np.int32)))
    directed = sparse.csr_array(links, shape=(len(points), len(points)))
    return directed.maximum(directed.T).tocsr()


def unit_rows(vectors):
    """Return the rows at length 1; those of tiny numbers too, whose squares would be 0."""
    peaks = np.abs(vectors).max(axis=1, keepdims=True)
    vectors = vectors / np.where(peaks > 0, peaks, 1.0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def first_least(values):
    """Return the index of the least value, the first of those that equal it but for rounding."""
    least = min(values)
    return next(i for i, value in enumerate(values) if value <= least + CLOSE * (least + CLOSE))
