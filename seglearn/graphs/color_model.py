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
START_COLORS, START_ITERATIONS = 20_000, 10  # the second of K-Means
EVEN = 1e-9  # variances, and values and their mean, that differ by no more are taken as equal


@dataclass(frozen=True)
class ColorModel:
    """A mixture of K Gaussians in the colour space [0, 1]^D, grey D = 1, RGB D = 3."""

    weights: np.ndarray  # (K,) pi, the share of each component; 0 of one that nobody belongs to
    means: np.ndarray  # (K, D) mu
    covariances: np.ndarray  # (K, D, D) Sigma


def start_components(colors, n_components):
    """Return the component of each colour (N, D), int32 from 0, that a mixture begins with (the paper leaves it open).

    Of four starts the likeliest: what varies most is divided at its mean, again and again, across a channel or across
    the direction in which it varies most; and both once more after some iterations of K-Means. At most 20 000 colours,
    evenly spaced, decide; then every colour goes to its likeliest component.
    """
    few = np.ascontiguousarray(colors[:: -(-len(colors) // START_COLORS)])
    models, costs = [], []
    for group in (_divide(few, n_components, direction) for direction in (_channel, _principal)):
        n_groups = group.max() + 1
        _, means, _ = moments(few, group, n_groups)
        for start in (group, k_means(few, n_groups, init=means, max_iter=START_ITERATIONS).labels):
            models.append(fit_colors(few, start, n_groups))
            costs.append(color_costs(few, models[-1])[1].sum())
    likeliest = int(np.argmax(costs <= min(costs) + EVEN * len(few)))
    return color_costs(colors, models[likeliest])[0]


def _divide(colors, n_groups, direction):
    """Divide the group of largest sum of squares along its direction, at its mean, until there are so many groups."""
    group = np.zeros(len(colors), np.int32)
    for label in range(1, n_groups):
        counts, means, covariances = moments(colors, group, label)
        ways = [direction(covariance) for covariance in covariances]
        spread = np.array([n * way @ covariance @ way for n, way, covariance in zip(counts, ways, covariances)])
        if spread.max() <= EVEN * len(colors):
            break  # no more colours than groups
        widest = int(np.argmax(spread >= (1 - EVEN) * spread.max()))
        above = (colors - means[widest]) @ ways[widest] > EVEN  # a colour at the mean goes below
        group[above & (group == widest)] = label
    return group


def _channel(covariance):
    """Return the channel of largest variance as a unit vector, of equal ones the first."""
    variances = np.diag(covariance)
    return np.eye(len(variances))[int(np.argmax(variances >= (1 - EVEN) * variances.max()))]


def _principal(covariance):
    """Return the unit vector of largest variance, its largest entry positive."""
    way = np.linalg.eigh(covariance)[1][:, -1]
    return way * np.sign(way[int(np.argmax(np.abs(way) >= (1 - EVEN) * np.abs(way).max()))])


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
