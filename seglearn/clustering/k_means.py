"""K-Means: every point to its nearest centre, every centre to the mean of its points, again and again."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.clustering.distinct import distinct_points

INITS = ("k-means++", "random")
CANCELLED = 1e-6  # where a difference is so small a part of its terms, it is computed otherwise


@dataclass(frozen=True)
class KMeansState:
    """K-Means after one assignment and one update."""

    iteration: int  # from 1
    labels: np.ndarray  # (N,) int32, the cluster of each point
    centers: np.ndarray  # (K, D), the means of the clusters
    previous_centers: np.ndarray  # (K, D), the centres that the points were assigned to
    inertia: float  # sum of squared distances from the points to `centers[labels]`
    n_changed: int  # points that changed cluster


def k_means(points, n_clusters, *, init="k-means++", max_iter=300, rng=None) -> KMeansState:
    """Divide points into `n_clusters` groups, each around its mean, and return the last state.

    min J = sum_i |x_i - c_l(i)|^2, by turns:  l(i) = argmin_k |x_i - c_k|^2,  c_k = mean{x_i : l(i) = k}

    Parameters
    ----------
    points : (N, D) array of float or uint8, used as they come (no scaling). Colours: `image.reshape(-1, 3)`.
    n_clusters : int from 1 to N, the lecture's K.
    init : "k-means++" (far apart with high probability), "random" (K of the points), or the centres, (K, D).
    max_iter : int of at least 1; K-Means stops earlier, as soon as no point changes cluster.
    rng : None, seed or `numpy.random.Generator` for the two random starts.

    Returns
    -------
    KMeansState with `labels` (N,) int32, `centers` (K, D), `inertia`, in the units of `points` squared.

    A cluster that loses all its points is re-seeded at the point farthest from its centre, which leaves its
    old cluster. With fewer distinct points than clusters the rest stay empty, their centres where they began.
    A point at equal distance from two centres goes to the first of them.

    Raises
    ------
    ValueError, TypeError : wrong rank, no points, NaN, K outside 1..N, centres of another shape.

    Source: S. Lloyd, IEEE Trans. Information Theory 28 (1982) 129-137; the start, D. Arthur and
    S. Vassilvitskii, "k-means++", SODA 2007, section 2.2. Lecture 4.2.1, figures 4-2 and 4.2-a.
    """
    problem = _prepare(points, n_clusters, init, max_iter, rng)
    for state in _lloyd(*problem.start):  # noqa: B007  run to the end; the last state is the answer
        pass
    return problem.expand(state)


def k_means_steps(points, n_clusters, *, init="k-means++", max_iter=300, rng=None) -> Iterator[KMeansState]:
    """Yield a `KMeansState` after every assignment and update; arguments as in `k_means`."""
    problem = _prepare(points, n_clusters, init, max_iter, rng)
    return (problem.expand(state) for state in _lloyd(*problem.start))


@dataclass(frozen=True)
class _Problem:
    start: tuple  # the arguments of _lloyd
    inverse: np.ndarray  # (N,) which distinct point each point is

    def expand(self, state):
        """From distinct points, in arrays that the loop goes on using, to a state that the reader may keep."""
        iteration, labels, centers, previous, inertia, n_changed = state
        return KMeansState(iteration, labels[self.inverse], centers.copy(), previous.copy(), inertia, n_changed)


def _prepare(points, n_clusters, init, max_iter, rng):
    """Check, keep each distinct point once with its count (a photo has few colours), and choose the start."""
    points = checks.points(points)
    n_clusters = checks.integer(n_clusters, "n_clusters", 1, len(points))
    max_iter = checks.integer(max_iter, "max_iter", 1)
    rng = checks.generator(rng)
    if isinstance(init, str):
        checks.choice(init, "init", INITS)
    else:
        init = checks.points(init, "init")
        if init.shape != (n_clusters, points.shape[1]):
            checks.fail("init", f"centres of shape {(n_clusters, points.shape[1])}", f"shape {init.shape}")

    first, inverse, counts = distinct_points(points)
    distinct = points[first]
    if isinstance(init, str):
        centers = (_random if init == "random" else _plus_plus)(distinct, counts, n_clusters, rng)
    else:
        centers = init.copy()
    return _Problem((distinct, counts, centers, max_iter), inverse)


def _random(points, counts, n_clusters, rng):
    chances = counts / counts.sum()
    chosen = rng.choice(len(points), size=min(n_clusters, len(points)), replace=False, p=chances)
    return points[np.resize(chosen, n_clusters)]


def _plus_plus(points, counts, n_clusters, rng):
    """Each next centre is a point drawn with a chance proportional to its squared distance to those chosen."""
    centers = np.empty((n_clusters, points.shape[1]))
    chances = counts.astype(float)
    nearest = np.full(len(points), np.inf)
    for k in range(n_clusters):
        centers[k] = points[rng.choice(len(points), p=chances / chances.sum())]
        nearest = np.minimum(nearest, ((points - centers[k]) ** 2).sum(axis=1))
        if nearest.any():  # else every distinct point is a centre already
            chances = counts * nearest
    return centers


def _lloyd(points, counts, centers, max_iter):
    """The loop of the lecture, on points that stand for `counts` equal ones each."""
    labels = np.full(len(points), -1, dtype=np.int32)
    distances = np.empty(len(points))  # squared, to the nearest centre
    sums, sizes = np.zeros((2, *centers.shape)), np.zeros(len(centers))  # each sum and what rounding took from it
    for iteration in range(1, max_iter + 1):
        before = labels.copy()
        _assign(points, centers, labels, distances)
        n_changed = _move(points, counts, before, labels, sums, sizes)
        if not sizes.all():
            assigned = labels.copy()
            _reseed(np.flatnonzero(sizes == 0), points, centers, labels, distances)
            _move(points, counts, assigned, labels, sums, sizes)
            n_changed = counts[labels != before].sum()  # a point may have moved twice
        previous, filled = centers, sizes > 0
        centers = np.where(filled[:, None], sums.sum(axis=0) / np.maximum(sizes, 1)[:, None], previous)
        # Moving a centre by v to the mean of its n points lowers the sum of squares by n v^2 (Huygens).
        before_update = (counts * distances).sum()
        inertia = float(before_update - (sizes[:, None] * (centers - previous) ** 2).sum())
        if inertia < CANCELLED * before_update:  # a difference of large numbers has lost its digits
            inertia = float((counts * ((points - centers[labels]) ** 2).sum(axis=1)).sum())
        yield iteration, labels, centers, previous, inertia, int(n_changed)
        if n_changed == 0:
            return


def _reseed(empty, points, centers, labels, distances):
    """Give each empty cluster the point farthest from its centre."""
    for k in empty:
        i = int(np.argmax(distances))
        if distances[i] == 0:  # every point stands on a centre: nothing is left to give
            break
        centers[k] = points[i]
        labels[i], distances[i] = k, 0.0


@njit(cache=True)
def _assign(points, centers, labels, distances):
    """Label each point with its nearest centre."""
    n_points, n_dims = points.shape
    for i in range(n_points):
        point, best, nearest = points[i], np.inf, 0
        for k in range(len(centers)):
            center = centers[k]  # rows, and a sum that begins with its first term: a quarter quicker than points[i, d]
            distance = (point[0] - center[0]) ** 2
            for d in range(1, n_dims):
                distance += (point[d] - center[d]) ** 2
            if distance < best:
                best, nearest = distance, k
        labels[i], distances[i] = nearest, best


@njit(cache=True)
def _move(points, counts, before, labels, sums, sizes):
    """Let the sums and sizes of the clusters follow the points that changed label, -1 being none; return how many did.

    What rounding takes from a sum is kept beside it, so that a far outlier comes and goes without a trace:
    D. Knuth, "The Art of Computer Programming" 2 (3rd ed., 1997), section 4.2.2, theorem B.
    """
    n_changed = 0
    for i in range(len(points)):
        if before[i] == labels[i]:
            continue
        n_changed += counts[i]
        for k, count in ((before[i], -counts[i]), (labels[i], counts[i])):
            if k >= 0:
                point, high, low = points[i], sums[0, k], sums[1, k]
                sizes[k] += count
                for d in range(len(point)):
                    term, old = count * point[d], high[d]
                    new = old + term
                    rounded = new - old
                    high[d] = new
                    low[d] += (old - (new - rounded)) + (term - rounded)
    return n_changed
