"""Mixtures of Gaussians in colour space: how likely a colour is in the foreground, and in the background.

Source: C. Rother, V. Kolmogorov and A. Blake, "GrabCut: interactive foreground extraction using iterated graph cuts",
ACM Trans. Graphics 23 (2004) 309-314, section 3.1 (equations 8 to 10).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn.clustering.k_means import k_means

LEVELS = 255  # of a colour value: a cost is -ln of the probability of one colour of 8 bits a value
ROUNDING = (1 / LEVELS) ** 2  # the variance up to which a colour is known; no component is narrower
START_ITERATIONS = 10  # of K-Means; the components move on with the iterations of GrabCut
EVEN = 1e-9  # variances, and values and their mean, that differ by no more are taken as equal


@dataclass(frozen=True)
class ColorModel:
    """A mixture of K Gaussians in the colour space [0, 1]^D, grey D = 1, RGB D = 3."""

    weights: np.ndarray  # (K,) pi, the share of each component; 0 of one that nobody belongs to
    means: np.ndarray  # (K, D) mu
    covariances: np.ndarray  # (K, D, D) Sigma


def start_components(colors, n_components):
    """Return the component of each colour (N, D), int32 from 0, that a mixture begins with: K-Means, begun by a rule.

    What varies most is divided at its mean, again and again: the group and the channel of largest sum of squares, of
    equal ones the first; a colour at the mean goes below. The means of the groups are the centres that K-Means begins
    with. Fewer components come of fewer distinct colours. (The paper leaves the start open.)
    """
    group = np.zeros(len(colors), np.int32)
    for label in range(1, n_components):
        counts, means, covariances = moments(colors, group, label)
        spread = counts[:, None] * np.diagonal(covariances, axis1=1, axis2=2)
        if spread.max() <= EVEN * len(colors):
            break
        widest, channel = divmod(int(np.argmax(spread >= (1 - EVEN) * spread.max())), colors.shape[1])
        above = colors[:, channel] > means[widest, channel] + EVEN
        group[above & (group == widest)] = label
    _, means, _ = moments(colors, group, group.max() + 1)
    return k_means(colors, len(means), init=means, max_iter=START_ITERATIONS).labels


def fit_colors(colors, component, n_components) -> ColorModel:
    """Return the likeliest mixture of colours (N, D) whose component (N,) is known; see `color_costs`.

    pi_k = n_k / n,  mu_k = mean z,  Sigma_k = mean (z - mu_k)(z - mu_k)^T + I / 255^2
    """
    counts, means, covariances = moments(colors, component, n_components)
    return ColorModel(counts / len(colors), means, covariances + ROUNDING * np.eye(colors.shape[1]))


def color_costs(colors, model):
    """Return the likeliest component (N,) int32 of each colour (N, D), and -ln of that likelihood (N,).

    D_k(z) = -ln pi_k + 1/2 ln det(2 pi Sigma_k) + 1/2 E (z + e - mu_k)^T Sigma_k^-1 (z + e - mu_k) + D ln 255

    e is what was rounded away of the colour, of variance 1 / 255^2: so the fit above is the likeliest one of all, and
    no cost is negative. Of equal components the first counts.
    """
    n_channels = colors.shape[1]
    alive = np.flatnonzero(model.weights > 0)
    covariances = model.covariances[alive]
    whiten = np.linalg.inv(np.linalg.cholesky(covariances))
    _, log_det = np.linalg.slogdet(covariances)
    offsets = 0.5 * (log_det + n_channels * np.log(2 * np.pi)) - np.log(model.weights[alive])
    offsets += 0.5 * ROUNDING * (whiten**2).sum(axis=(1, 2)) + n_channels * np.log(LEVELS)
    component, costs = np.empty(len(colors), np.int32), np.empty(len(colors))
    _likeliest(colors, model.means[alive], whiten, offsets, component, costs)
    return alive[component].astype(np.int32), costs


def moments(colors, component, n_components):
    """Return counts (K,), means (K, D) and covariances (K, D, D) of the components."""
    n_channels = colors.shape[1]
    counts = np.zeros(n_components)
    sums, squares = np.zeros((n_components, n_channels)), np.zeros((n_components, n_channels, n_channels))
    _sum(colors, component, counts, sums, squares)
    n = np.maximum(counts, 1)[:, None]
    means = sums / n
    return counts, means, squares / n[..., None] - means[:, :, None] * means[:, None]


@njit(cache=True)
def _likeliest(colors, means, whiten, offsets, component, costs):
    n_channels = colors.shape[1]
    for i in range(len(colors)):
        best, least = 0, np.inf
        for k in range(len(offsets)):
            square = 0.0
            for row in range(n_channels):
                total = 0.0
                for col in range(row + 1):  # the inverse of a Cholesky factor is triangular
                    total += whiten[k, row, col] * (colors[i, col] - means[k, col])
                square += total * total
            cost = offsets[k] + 0.5 * square
            if cost < least:
                best, least = k, cost
        component[i], costs[i] = best, least


@njit(cache=True)
def _sum(colors, component, counts, sums, squares):
    n_channels = colors.shape[1]
    for i in range(len(colors)):
        k = component[i]
        counts[k] += 1
        for row in range(n_channels):
            sums[k, row] += colors[i, row]
            for col in range(n_channels):
                squares[k, row, col] += colors[i, row] * colors[i, col]
