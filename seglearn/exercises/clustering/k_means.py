"""Exercises on K-Means: its two steps, what they lower, where to begin, and the picture in K colours."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def assign(points, centers):
    """The nearest centre of each point, the first of several equally near."""
    return _squares(points, centers).argmin(axis=1)


def update(points, labels, centers):
    """The mean of each cluster; an empty one keeps its centre."""
    return _each(lambda members, center: members.mean(axis=0) if len(members) else center)(points, labels, centers)


def inertia(points, labels, centers):
    """The sum of the squared distances from the points to the centres of their clusters."""
    return ((points - centers[labels]) ** 2).sum()


def chances(points, centers):
    """The chance of each point to be the next centre of k-means++."""
    nearest = _squares(points, centers).min(axis=1)
    return nearest / nearest.sum()


def quantize(image, labels, centers):
    """The image with each pixel in the colour of its centre, rounded to uint8."""
    return np.rint(centers[labels]).astype(np.uint8).reshape(image.shape)


def _squares(points, centers):
    """Squared distances, (N, K)."""
    return ((points[:, None] - centers) ** 2).sum(axis=2)


def _each(rule):
    """An `update` that applies `rule(members, center)` to each cluster."""

    def apply(points, labels, centers):
        return np.array([rule(points[labels == k], center) for k, center in enumerate(centers)])

    return apply


def _share(values):
    return values / values.sum()


def _in_place(points, labels, centers):
    for k in np.unique(labels):
        centers[k] = points[labels == k].mean(axis=0)
    return centers


def _clusters(rng, size):
    """Points on a coarse grid, so that ties occur and rounding never decides; labels, and centres."""
    n_dims, n_clusters = rng.integers(2, 4), rng.integers(1, 5)
    points = rng.integers(0, 7, (size, n_dims)).astype(float)
    return points, rng.integers(0, n_clusters, size), rng.integers(0, 7, (n_clusters, n_dims)).astype(float)


def _points_and_centers(rng, size):
    points, _labels, centers = _clusters(rng, size)
    return points, centers


def _off_center(rng, size):
    points, centers = _points_and_centers(rng, size + 1)
    points[0] = 9  # on no centre, so that the chances have a sum
    return points, centers


def _picture(rng, size):
    shape, n_colors = rng.integers(1, 2 + size // 4, 2), rng.integers(1, 5)
    labels = rng.integers(0, n_colors, shape[0] * shape[1])
    centers = rng.integers(0, 1275, (n_colors, 3)) / 5  # never halfway between two whole numbers
    return rng.integers(0, 256, (*shape, 3), dtype=np.uint8), labels, centers


_LINE = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])
_ENDS = np.array([[0.0, 0.0], [4.0, 0.0]])

EXERCISES = (
    Exercise(
        "4.2-kmeans-assign",
        assign,
        _points_and_centers,
        special=((np.array([[2.0, 0.0]]), _ENDS), (_LINE, _LINE[[1, 1]])),
        slips=(
            Slip(
                lambda points, centers: len(centers) - 1 - _squares(points, centers[::-1]).argmin(axis=1),
                mark("Where two centres are equally near, the first one wins: compare with <, not with <=."),
            ),
            Slip(
                lambda points, centers: _squares(points, centers).argmax(axis=1),
                mark("These are the farthest centres; the nearest has the smallest distance."),
            ),
            Slip(
                lambda points, centers: _squares(points, centers).argmin(axis=0),
                mark("The axes are swapped: this is the nearest point of each centre, not the reverse."),
            ),
            Slip(
                lambda points, centers: _squares(points, centers).min(axis=1),
                mark("These are the distances themselves; asked is which centre has the smallest: argmin."),
            ),
            Slip(
                lambda points, centers: _squares(points, centers).argmin(axis=1) + 1,
                mark("Labels count from 0: the first centre is number 0."),
            ),
            Slip(
                lambda points, centers: _squares(points[:, :1], centers[:, :1]).argmin(axis=1),
                mark("Only the first coordinate counts here; sum the squares over all of them."),
            ),
            Slip(
                lambda points, centers: ((points[:, None] - centers).sum(axis=2) ** 2).argmin(axis=1),
                mark("Square each difference before you sum: otherwise +1 and -1 cancel."),
            ),
            Slip(
                lambda points, centers: np.abs(points[:, None] - centers).sum(axis=2).argmin(axis=1),
                mark("This sums absolute differences; K-Means sums their squares."),
            ),
        ),
    ),
    Exercise(
        "4.2-kmeans-update",
        update,
        _clusters,
        special=((_LINE, np.array([0, 0, 0]), np.array([[1.0, 1.0], [5.0, 6.0]])),),
        slips=(
            Slip(
                _each(lambda members, center: members.mean(axis=0)),
                mark("An empty cluster has no mean (0 / 0 is NaN): let it keep its previous centre."),
            ),
            Slip(
                _each(lambda members, center: members.mean(axis=0) if len(members) else 0 * center),
                mark("An empty cluster jumps to zero; let it keep its previous centre."),
            ),
            Slip(
                lambda points, labels, centers: np.array([points[labels == k].mean(axis=0) for k in np.unique(labels)]),
                mark("Empty clusters are missing: run over all centres, not over the labels that occur."),
            ),
            Slip(
                _in_place,
                mark("Start with centers.copy(), so that the centres of the previous step stay as they were."),
            ),
            Slip(
                _each(lambda members, center: members.sum(axis=0) if len(members) else center),
                mark("This is the sum of the points of each cluster; divide it by their number."),
            ),
            Slip(
                _each(lambda members, center: np.median(members, axis=0) if len(members) else center),
                mark("This is the median; the centre of a K-Means cluster is the mean."),
            ),
            Slip(
                lambda points, labels, centers: np.array(
                    [points[labels == k].sum(axis=0) / len(points) if k in labels else c for k, c in enumerate(centers)]
                ),
                mark("Divide by the number of points in the cluster, not by the number of all points."),
            ),
            Slip(
                _each(lambda members, center: members.mean() if len(members) else center.mean()),
                mark("One mean per coordinate: average over the points only, with axis=0."),
            ),
            Slip(
                lambda points, labels, centers: np.vstack([update(points, labels, centers)[:-1], centers[-1:]]),
                mark("The last centre never moves: range(K) already ends at K - 1."),
            ),
            Slip(
                lambda points, labels, centers: update(points, labels, centers).astype(int),
                mark("The means are cut to whole numbers; keep them as float."),
            ),
        ),
    ),
    Exercise(
        "4.2-kmeans-inertia",
        inertia,
        _clusters,
        special=((_LINE, np.array([1, 0, 1]), _ENDS),),
        slips=(
            Slip(
                lambda points, labels, centers: np.sqrt(((points - centers[labels]) ** 2).sum(axis=1)).sum(),
                mark("The inertia sums squared distances: take no square root."),
            ),
            Slip(
                lambda points, labels, centers: np.sqrt(inertia(points, labels, centers)),
                mark("This is the square root of the whole sum; the inertia is the sum itself."),
            ),
            Slip(
                lambda points, labels, centers: inertia(points, labels, centers) / len(points),
                mark("This is a mean over the points; the inertia is their sum."),
            ),
            Slip(
                lambda points, labels, centers: ((points - centers[labels]) ** 2).mean(),
                mark("This is a mean over points and coordinates; the inertia is a sum over both."),
            ),
            Slip(
                lambda points, labels, centers: _squares(points, centers).min(axis=1).sum(),
                mark("Use the centre that the label names, even where another one is nearer."),
            ),
            Slip(
                lambda points, labels, centers: _squares(points, centers).sum(),
                mark("Each point counts once, with its own centre, not with all of them."),
            ),
            Slip(
                lambda points, labels, centers: np.abs(points - centers[labels]).sum(),
                mark("This sums absolute differences; square them instead."),
            ),
            Slip(
                lambda points, labels, centers: ((points - centers[labels]) ** 2).sum(axis=1),
                mark("These are the squared distances point by point; sum them to one number."),
            ),
        ),
    ),
    Exercise(
        "4.2-kmeans-plus-plus",
        chances,
        _off_center,
        special=((_LINE, _ENDS), (_LINE, _LINE[:1])),
        slips=(
            Slip(
                lambda points, centers: _share(np.sqrt(_squares(points, centers).min(axis=1))),
                mark("The chance is proportional to the squared distance: take no square root."),
            ),
            Slip(
                lambda points, centers: _squares(points, centers).min(axis=1),
                mark("Chances sum to 1: divide by their sum."),
            ),
            Slip(
                lambda points, centers: _share(_squares(points, centers)[:, -1]),
                mark("This is the distance to the last centre; it is the nearest of all centres that counts."),
            ),
            Slip(
                lambda points, centers: _share(_squares(points, centers)[:, 0]),
                mark("This is the distance to the first centre; it is the nearest of all centres that counts."),
            ),
            Slip(
                lambda points, centers: _share(_squares(points, centers).max(axis=1)),
                mark("This is the distance to the farthest centre; take the smallest distance."),
            ),
            Slip(
                lambda points, centers: _share(_squares(points, centers).sum(axis=1)),
                mark("The distances to all centres are summed; take the smallest one only."),
            ),
            Slip(
                lambda points, centers: np.cumsum(chances(points, centers)),
                mark("These are running sums; asked is the chance of each single point."),
            ),
            Slip(
                lambda points, centers: chances(points, centers) / chances(points, centers).max(),
                mark("Divide by the sum, not by the largest, so that the chances sum to 1."),
            ),
        ),
    ),
    Exercise(
        "4.2-kmeans-quantize",
        quantize,
        _picture,
        special=((np.zeros((1, 2, 3), np.uint8), np.array([1, 0]), np.array([[254.6, 0.2, 9.8], [7.0, 80.4, 99.6]])),),
        slips=(
            Slip(
                lambda image, labels, centers: centers[labels].astype(np.uint8).reshape(image.shape),
                mark("astype cuts the decimals off: round before you convert."),
            ),
            Slip(
                lambda image, labels, centers: centers[labels].reshape(image.shape),
                mark("The picture is to be uint8, like the image: round, then convert."),
            ),
            Slip(
                lambda image, labels, centers: quantize(image.reshape(-1, 3), labels, centers),
                mark("This is still a list of pixels (N, 3): reshape it to the shape of the image."),
            ),
            Slip(
                lambda image, labels, centers: (
                    np.rint(centers[labels]).astype(np.uint8).reshape(image.shape[1], image.shape[0], 3)
                ),
                mark("Height and width are swapped: an image has shape (H, W, 3)."),
            ),
            Slip(
                lambda image, labels, centers: labels.reshape(image.shape[:2]),
                mark("These are the labels; look up the colour of each: centers[labels]."),
            ),
            Slip(
                lambda image, labels, centers: (
                    np.rint(centers[labels]).astype(np.uint8).reshape(image.shape)[..., ::-1]
                ),
                mark("Red and blue are swapped: keep the order of the channels."),
            ),
            Slip(
                lambda image, labels, centers: quantize(image, labels, centers * 255),
                mark("The colours are from 0 to 255 already: do not multiply by 255."),
            ),
        ),
    ),
)
