"""Spectral clustering: points as nodes of a graph, cut where its slowest vibrations change."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh, splu
from scipy.spatial import KDTree
from scipy.spatial.distance import pdist, squareform

from seglearn import checks
from seglearn.clustering.k_means import k_means

STARTS = 10  # runs of K-Means on the embedding of points; the one of least inertia is kept
DENSE = 1000  # graphs of up to so many nodes are solved as full matrices


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
    runs = [k_means(embedding, n_clusters, rng=rng) for _ in range(STARTS)]
    labels = min(runs, key=lambda run: run.inertia).labels
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


def decompose(affinity, n_vectors, rng):
    """Return the normalised Laplacian, D^1/2, and the eigenvectors with the smallest eigenvalues before them."""
    degrees = affinity.sum(axis=1)
    roots = np.sqrt(np.where(degrees > 0, degrees, 1.0))
    ones = (degrees > 0).astype(float)  # a node without links keeps L_ii = 0: a component like any other
    n_components, component = connected_components(affinity, directed=False)
    if sparse.issparse(affinity):
        laplacian = (sparse.diags_array(ones) - _scale(affinity, 1 / roots)).tocsr()
    else:
        laplacian = np.diag(ones) - affinity / roots / roots[:, None]

    if n_components >= n_vectors:
        values, vectors = np.zeros(n_vectors), _indicators(component, roots, n_vectors)
    elif len(roots) <= DENSE or 2 * n_vectors > len(roots):
        dense = laplacian.toarray() if sparse.issparse(laplacian) else laplacian
        values, vectors = linalg.eigh(dense, subset_by_index=(0, n_vectors - 1))
    else:
        values, vectors = _lanczos(laplacian, _indicators(component, roots, n_components), n_vectors, rng)
    peaks = vectors[np.abs(vectors).argmax(axis=0), np.arange(n_vectors)]
    return laplacian, roots, np.clip(values, 0, 2), vectors * np.sign(peaks)


def _scale(affinity, factors):
    """Return the links times the factors of both their ends."""
    data = np.repeat(factors, np.diff(affinity.indptr)) * affinity.data * factors[affinity.indices]
    return sparse.csr_array((data, affinity.indices, affinity.indptr), shape=affinity.shape)


def _indicators(component, roots, n_vectors):
    """Any union of components is an eigenvector D^1/2 1 with eigenvalue 0: the largest alone, the rest as one."""
    rank = np.empty(component.max() + 1, int)
    rank[np.argsort(-np.bincount(component), kind="stable")] = np.arange(len(rank))
    vectors = np.zeros((len(component), n_vectors))
    vectors[np.arange(len(component)), np.minimum(rank[component], n_vectors - 1)] = roots
    return vectors / np.linalg.norm(vectors, axis=0)


def _lanczos(laplacian, known, n_vectors, rng):
    """Lanczos on (L + shift)^-1, whose largest eigenvalues are far apart, in the space across the `known` zeros."""
    n_nodes, n_known = known.shape
    shift = 1e-6  # L itself cannot be inverted
    if sparse.issparse(laplacian):
        shifted = (laplacian + shift * sparse.eye_array(n_nodes)).tocsc()
        solve = splu(shifted, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0, options={"SymmetricMode": True}).solve
    else:
        solve = partial(linalg.cho_solve, linalg.cho_factor(laplacian + shift * np.eye(n_nodes)))
    inverse = LinearOperator(laplacian.shape, lambda x: solve(x - known @ (known.T @ x)), dtype=float)
    start = rng.standard_normal(n_nodes)
    start -= known @ (known.T @ start)
    n_wanted = n_vectors - n_known
    basis = min(n_nodes, 2 * n_wanted + 8)  # a smaller one restarts more, a larger one costs solutions at once
    values, vectors = eigsh(inverse, n_wanted, which="LA", v0=start, ncv=basis, tol=1e-6)
    order = np.argsort(-values)
    return np.r_[np.zeros(n_known), 1 / values[order] - shift], np.hstack([known, vectors[:, order]])


def unit_rows(vectors):
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(lengths, np.finfo(float).tiny)
