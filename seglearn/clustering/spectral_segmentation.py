"""Spectral clustering of a picture: its pixels as nodes of a graph, linked to the pixels around them."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from seglearn import checks
from seglearn.clustering.k_means import k_means
from seglearn.clustering.spectral import first_least, unit_rows
from seglearn.graphs.pixel_graph import pixel_graph
from seglearn.graphs.spectrum import decompose, ncut, steady_rows

STARTS = 3  # runs of K-Means on each of two embeddings; the one of least normalised cut is kept


@dataclass(frozen=True)
class SpectralSegments:
    """The three steps of spectral clustering on the N = H W pixels of a picture."""

    affinity: sparse.csr_array  # (N, N) W between pixels in row-major order
    laplacian: sparse.csr_array  # (N, N) L = I - D^-1/2 W D^-1/2
    eigenvalues: np.ndarray  # (K,) the smallest of L, ascending from 0
    eigenvectors: np.ndarray  # (H, W, K) y = D^-1/2 z of the eigenvectors z of L: (D - W) y = lambda D y
    labels: np.ndarray  # (H, W) int32


def segment_spectral(image, n_segments, *, sigma_color=0.1, sigma_position=4.0, radius=3.0, rng=None) -> np.ndarray:
    """Divide a picture into `n_segments` by spectral clustering of its pixels, and return the label map.

    W_ij = exp(-|c_i - c_j|^2 / 2 sigma_color^2 - |p_i - p_j|^2 / 2 sigma_position^2)  where |p_i - p_j| <= radius

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1]; reduce a photo to some 128 pixels a side first.
    n_segments : int from 1 to H W, the lecture's K.
    sigma_color : number above 0, the colour distance (RGB in [0, 1]) at which affinity fades.
    sigma_position : number above 0, in pixels, the same for the distance p between two pixels.
    radius : number of at least 1, in pixels; pixels farther apart are not linked. 1 is the grid of 4 neighbours.
        Time grows with its square: three times that of 3 at 5.
    rng : None, seed or `numpy.random.Generator` for the starts of the eigensolver and of K-Means.

    Returns
    -------
    (H, W) int32 labels from 0: of 3 K-Means runs on the eigenvectors of (D - W) y = lambda D y as they come and 3 on
    their rows at length 1, the one of least normalised cut. A segment may lie in several pieces; a constant
    picture is cut by its geometry.

    Raises
    ------
    ValueError, TypeError : not an image, NaN, numbers out of range.

    Source: J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE TPAMI 22 (2000) 888-905, equation
    11 (their sigma^2 is 2 sigma^2 here); the clusters as in `spectral_clustering`. Lecture 4.2.2, figure 4.2-d.
    """
    stages = segment_spectral_stages(
        image, n_segments, sigma_color=sigma_color, sigma_position=sigma_position, radius=radius, rng=rng
    )
    return stages.labels


def segment_spectral_stages(
    image, n_segments, *, sigma_color=0.1, sigma_position=4.0, radius=3.0, rng=None
) -> SpectralSegments:
    """Return every stage of `segment_spectral`; arguments as there."""
    image = checks.image(image)
    shape = image.shape[:2]
    n_segments = checks.integer(n_segments, "n_segments", 1, shape[0] * shape[1])
    sigma_color = checks.number(sigma_color, "sigma_color", above=0)
    sigma_position = checks.number(sigma_position, "sigma_position", above=0)
    radius = checks.number(radius, "radius", 1)
    rng = checks.generator(rng)

    affinity = pixel_graph(image, sigma_color=sigma_color, sigma_position=sigma_position, radius=radius)
    laplacian, roots, eigenvalues, eigenvectors = decompose(affinity, n_segments, rng)
    scaled = eigenvectors / roots[:, None]
    labels = _least_cut(affinity, (scaled, unit_rows(eigenvectors)), rng)
    return SpectralSegments(affinity, laplacian, eigenvalues, scaled.reshape(*shape, n_segments), labels.reshape(shape))


def _least_cut(affinity, embeddings, rng):
    """Return the labels of least normalised cut among a few runs of K-Means on each embedding."""
    embeddings = [steady_rows(rows) for rows in embeddings]
    runs = [k_means(rows, rows.shape[1], rng=rng).labels for rows in embeddings for _ in range(STARTS)]
    return runs[first_least([ncut(affinity, labels) for labels in runs])]
