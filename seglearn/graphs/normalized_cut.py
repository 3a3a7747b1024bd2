"""Normalized cut: a graph is cut where little is cut in proportion to what both sides hold together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from seglearn import checks
from seglearn.clustering.slic import slic
from seglearn.graphs.pixel_graph import checked, pixel_graph, region_graph
from seglearn.graphs.spectrum import decompose, ncut, steady_rows

EQUAL = 1e-9  # of split points whose Ncut differs by no more the first is taken
PIXELS = 128 * 128  # pictures of more pixels are cut along superpixels
SUPERPIXELS = 1000


@dataclass(frozen=True)
class NormalizedCutState:
    """Normalized cut after one of its cuts; of a picture, all (N,) are (H, W)."""

    n_segments: int  # so many there are now: 2 after the first cut
    labels: np.ndarray  # (N,) int32, the segment of each node
    part: np.ndarray  # (N,) bool, the nodes of the segment that was cut
    side: np.ndarray  # (N,) bool, those of them that are the new segment: not the first
    eigenvalue: float  # lambda, the second smallest of the part: no cut of it has a lower Ncut
    eigenvector: np.ndarray  # (N,) y, (D - W) y = lambda D y on the part, NaN elsewhere
    thresholds: np.ndarray  # (M,) ascending, halfway between the values of y: the split points that were tried
    cuts: np.ndarray  # (M,) links between {y <= threshold} and {y > threshold}
    ncuts: np.ndarray  # (M,) Ncut of these two
    threshold: float  # the best of them
    ncut: float  # its Ncut, within the part


def normalized_cut(affinity, n_segments) -> NormalizedCutState:
    """Cut a graph in two, then its most loosely joined part, and so on, and return the last state.

    min Ncut(A, B) = cut(A, B) / assoc(A, V) + cut(A, B) / assoc(B, V),  relaxed:  (D - W) y = lambda D y

    Parameters
    ----------
    affinity : (N, N) W, symmetric, not negative, array or sparse; `pixel_graph` and `region_graph` make them.
    n_segments : int from 2 to N.

    Returns
    -------
    NormalizedCutState with `labels` (N,) int32 from 0.

    A part is cut by its second eigenvector, at the split point of least Ncut among all; of equal ones at the first. The
    next part to be cut is the one that this does for the least Ncut, of equal ones the first. A graph in pieces is
    cut between them, for nothing. The relaxed problem is solved globally, so `eigenvalue` is a lower bound; the
    cut that is read off may be above the best.

    >>> from seglearn.graphs import normalized_cut
    >>> normalized_cut([[0, 9, 1, 0], [9, 0, 0, 0], [1, 0, 0, 9], [0, 0, 9, 0]], 2).labels
    array([0, 0, 1, 1], dtype=int32)

    Raises
    ------
    ValueError, TypeError : W not square, not symmetric, negative, NaN; `n_segments` out of range.

    Source: J. Shi and J. Malik, "Normalized cuts and image segmentation", IEEE TPAMI 22 (2000) 888-905, sections
    2.1 (equation 11) and 3 (recursive two-way cut). Lecture 4.5.1, figures 4-11 and 4.5-a.
    """
    for state in _cuts(*_prepare(affinity, n_segments)):  # noqa: B007
        pass
    return state


def normalized_cut_steps(affinity, n_segments) -> Iterator[NormalizedCutState]:
    """Yield a `NormalizedCutState` after every cut; arguments as in `normalized_cut`."""
    return _cuts(*_prepare(affinity, n_segments))


def segment_normalized_cut(
    image, n_segments, *, sigma_color=0.1, sigma_position=4.0, radius=3.0, n_superpixels=None
) -> np.ndarray:
    """Divide a picture into `n_segments` by the normalized cut of its pixels, and return the label map.

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1].
    n_segments : int from 2 to the number of nodes.
    sigma_color, sigma_position, radius : as in `pixel_graph`.
    n_superpixels : int from 1 to H W: cut along the borders of so many superpixels (SLIC), which is far quicker on
        large pictures. None takes every pixel for itself up to 128 x 128, and 1000 superpixels beyond.

    Returns
    -------
    (H, W) int32 labels from 0.

    >>> from seglearn.graphs import segment_normalized_cut
    >>> segment_normalized_cut([[0.0, 0.1, 0.9, 1.0]], 2, radius=1)
    array([[0, 0, 1, 1]], dtype=int32)

    Raises
    ------
    ValueError, TypeError : not an image, NaN, numbers out of range.

    Source: as `normalized_cut`; the superpixels as in `slic`. Lecture 4.5.1, figure 4.5-a.
    """
    graph, n_segments, nodes = _prepare_image(image, n_segments, sigma_color, sigma_position, radius, n_superpixels)
    for state in _cuts(graph, n_segments):  # noqa: B007
        pass
    return state.labels[nodes]


def segment_normalized_cut_steps(
    image, n_segments, *, sigma_color=0.1, sigma_position=4.0, radius=3.0, n_superpixels=None
) -> Iterator[NormalizedCutState]:
    """Yield a `NormalizedCutState` of pictures (H, W) after every cut; arguments as in `segment_normalized_cut`."""
    graph, n_segments, nodes = _prepare_image(image, n_segments, sigma_color, sigma_position, radius, n_superpixels)
    planes = ("labels", "part", "side", "eigenvector")
    return (replace(s, **{name: getattr(s, name)[nodes] for name in planes}) for s in _cuts(graph, n_segments))


def ncut_value(affinity, labels) -> float:
    """Return how much the segments of a graph hang on each other, in proportion to all that each hangs on.

    Ncut = sum_k cut(A_k, V - A_k) / assoc(A_k, V)

    Parameters
    ----------
    affinity : (N, N) W, symmetric, not negative, array or sparse.
    labels : N integers or bools in an array of any shape, the segment of each node.

    Returns
    -------
    float from 0 to the number of segments; a segment without any links adds 0.

    >>> from seglearn.graphs import ncut_value
    >>> ncut_value([[0, 3, 1], [3, 0, 0], [1, 0, 0]], [0, 0, 1])
    1.1428571428571428

    Raises
    ------
    ValueError, TypeError : W not square, not symmetric, negative, NaN; another number of labels.

    Source: J. Shi and J. Malik, IEEE TPAMI 22 (2000), equation 2, and section 5 for more than two. Lecture 4.5.1.
    """
    affinity = checked(affinity)
    region = np.unique(np.ravel(labels), return_inverse=True)[1]
    if len(region) != affinity.shape[0]:
        checks.fail("labels", f"a label for each of {affinity.shape[0]} nodes", f"{len(region)}")
    return ncut(affinity, region)


def _prepare(affinity, n_segments):
    affinity = checked(affinity, 2)
    return affinity, checks.integer(n_segments, "n_segments", 2, affinity.shape[0])


def _prepare_image(image, n_segments, sigma_color, sigma_position, radius, n_superpixels):
    """Return the graph, the number of segments, and the node of each pixel, (H, W)."""
    image = checks.image(image)
    height, width = image.shape[:2]
    n_segments = checks.integer(n_segments, "n_segments", 2, height * width)
    if n_superpixels is None and height * width > PIXELS:
        n_superpixels = max(SUPERPIXELS, n_segments)
    links = {"sigma_color": sigma_color, "sigma_position": sigma_position, "radius": radius}
    if n_superpixels is None:
        return pixel_graph(image, **links), n_segments, np.arange(height * width).reshape(height, width)
    labels = slic(image, checks.integer(n_superpixels, "n_superpixels", 1, height * width))
    graph = region_graph(image, labels, **links)
    return graph, checks.integer(n_segments, "n_segments", 2, graph.shape[0]), labels


def _cuts(affinity, n_segments):
    """The loop of the lecture: every part knows its own best cut, and the loosest part is cut."""
    labels = np.zeros(affinity.shape[0], np.int32)
    parts = [_bipartition(affinity, np.arange(len(labels)))]
    for label in range(1, n_segments):
        ncuts = np.array([np.inf if part is None else part.ncut for part in parts])  # a single node is not cut
        loosest = int(np.argmax(ncuts <= ncuts.min() + EQUAL))
        labels = np.where(parts[loosest].side, label, labels).astype(np.int32)
        yield replace(parts[loosest], n_segments=label + 1, labels=labels.copy())
        if label + 1 < n_segments:
            parts[loosest] = _bipartition(affinity, np.flatnonzero(labels == loosest))
            parts.append(_bipartition(affinity, np.flatnonzero(labels == label)))


def _bipartition(affinity, nodes):
    """Return the best cut of a part, given as its nodes, by its second eigenvector; None of a single node."""
    if len(nodes) < 2:
        return None
    n_nodes = affinity.shape[0]
    inside = affinity[nodes][:, nodes] if len(nodes) < n_nodes else affinity
    _, roots, values, vectors = decompose(inside, 2, np.random.default_rng(0))
    y = steady_rows(vectors[:, 1] / roots)  # nodes of one value are not torn apart by chance
    thresholds, cuts, ncuts = _splits(inside, y)
    split = int(np.argmax(ncuts <= ncuts.min() + EQUAL))
    part, side, eigenvector = np.zeros(n_nodes, bool), np.zeros(n_nodes, bool), np.full(n_nodes, np.nan)
    above = y > thresholds[split]
    part[nodes], side[nodes], eigenvector[nodes] = True, above != above[0], y
    return NormalizedCutState(
        2, side.astype(np.int32), part, side, float(values[1]), eigenvector, thresholds, cuts, ncuts,
        float(thresholds[split]), float(ncuts[split]),
    )  # fmt: skip


def _splits(affinity, y):
    """Return all split points of y, their cuts and Ncuts: in order of y a link begins at one end, ends at the other."""
    order = np.argsort(y, kind="stable")
    rank = np.empty(len(y), int)
    rank[order] = np.arange(len(y))
    links = sparse.triu(affinity, 1).tocoo()
    ends = np.sort(rank[np.stack([links.row, links.col])], axis=0)
    begun = np.cumsum(np.bincount(ends[0], links.data, len(y)) - np.bincount(ends[1], links.data, len(y)))
    below = np.cumsum(affinity.sum(axis=1)[order])
    ascending = y[order]
    places = np.flatnonzero(np.diff(ascending))
    cuts, below, above = np.maximum(begun[places], 0), below[places], below[-1] - below[places]
    ncuts = cuts / np.where(below > 0, below, np.inf) + cuts / np.where(above > 0, above, np.inf)
    return 0.5 * (ascending[places] + ascending[places + 1]), cuts, ncuts
