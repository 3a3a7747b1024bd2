"""How good a segmentation is: superpixels and edges against a true map, label maps against the truth.

In a true map the label `ignore` marks pixels that nobody could decide, as the white border in figure 4-1 does. No
score counts them. Where a true boundary is asked for, each of them first takes the label of the nearest decided
pixel, so that two classes meet along the middle of the band between them.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import ndimage

from seglearn import checks


def boundary_recall(labels, truth, tolerance=2, ignore=255) -> float:
    """Return the part of the true boundary that has a superpixel boundary nearby: 1 is best.

    BR = |{p in B(truth) : some q in B(labels) with |p - q|_max <= tolerance}| / |B(truth)|
    B(X): the pixels that differ from the neighbour to their right or below.

    Parameters
    ----------
    labels : (H, W) superpixels, integers from 0.
    truth : (H, W) classes or objects, integers from 0; its band of `ignore` is closed first, from both sides.
    tolerance : int of at least 0, in pixels: how far off a boundary may be, along rows and along columns.
    ignore : the label in `truth` of pixels that don't count, or None.

    Returns
    -------
    float from 0 to 1; 1 if the truth has one class only, for then there is no boundary to be missed.

    Raises
    ------
    ValueError, TypeError : maps of different shape, no integers, a truth of ignored pixels alone.

    Source: P. Neubert and P. Protzel, "Superpixel Benchmark and Comparison", Forum Bildverarbeitung 2012;
    the square window as in D. Stutz, A. Hermans and B. Leibe, "Superpixels: An Evaluation of the State-of-the-Art",
    CVIU 166 (2018) 1-27. Lecture 4.2.4, figure 4.2-f.
    """
    labels, truth, decided = _against_truth(labels, "labels", truth, ignore)
    tolerance = checks.integer(tolerance, "tolerance", 0)
    wanted = _boundary(_close(truth, decided))
    near = ndimage.maximum_filter(_boundary(labels), size=2 * tolerance + 1, mode="constant")
    return float(near[wanted].mean()) if wanted.any() else 1.0


def boundary_f(edges, truth, tolerance=2, ignore=255) -> tuple[float, float, float]:
    """Return how well edges agree with the true boundary: precision, recall, and F, their harmonic mean.

    P = |{p in E : p near B}| / |E|,  R = |{q in B : q near E}| / |B|,  F = 2 P R / (P + R)
    B: the true boundary, as in `boundary_recall`; near: at most `tolerance` rows and columns away.

    Parameters
    ----------
    edges : (H, W) bool, or numbers that are not 0 on edges.
    truth : (H, W) classes or objects, integers from 0; its band of `ignore` is closed first, from both sides.
    tolerance : int of at least 0, in pixels.
    ignore : the label in `truth` of pixels that don't count, or None. An edge there is right where it is near B, and
        is left out of P where it isn't.

    Returns
    -------
    (precision, recall, f), floats from 0 to 1. Without edges nothing wrong was said, P = 1; without a true boundary
    nothing was missed, R = 1.

    Simplified from the source, which pairs every edge pixel with one true pixel of its own: here two edges beside one
    boundary are both right, so an edge as thick as the tolerance allows is not punished.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`; NaN among the edges.

    Source: D. R. Martin, C. C. Fowlkes and J. Malik, "Learning to Detect Natural Image Boundaries Using Local
    Brightness, Color, and Texture Cues", IEEE Trans. PAMI 26 (2004) 530-549, section 3. Lecture 4.3, figure 4-5.
    """
    edges = checks.points(edges, "edges") != 0
    _, truth, decided = _against_truth(edges, "edges", truth, ignore)
    scores = boundary_curve(edges, [1], _boundary(_close(truth, decided)), decided, tolerance)
    return tuple(float(score[0]) for score in scores)


def boundary_curve(strength, thresholds, boundary, decided, tolerance=2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `boundary_f` of the edges `strength >= t` for every threshold t, at the price of one.

    Parameters
    ----------
    strength : (H, W) of numbers, how much of an edge each pixel is.
    thresholds : (T,) of numbers.
    boundary : (H, W) bool, the true boundary, from `true_boundary`.
    decided : (H, W) bool, where an edge that isn't near the boundary is wrong; elsewhere it doesn't count.
    tolerance : int of at least 0, in pixels.

    Returns
    -------
    (precision, recall, f), each (T,) float64.

    Raises
    ------
    ValueError, TypeError : NaN, masks of another shape, tolerance below 0.

    Source: as `boundary_f`. Lecture 4.3, figure 4-5.
    """
    strength = checks.points(strength, "strength")
    thresholds = checks.points(np.atleast_2d(thresholds), "thresholds").ravel()
    boundary, decided = checks.labels(boundary, "boundary") > 0, checks.labels(decided, "decided") > 0
    tolerance = checks.integer(tolerance, "tolerance", 0)
    for name, mask in (("boundary", boundary), ("decided", decided)):
        if mask.shape != strength.shape:
            checks.fail(name, f"the strength's shape {strength.shape}", f"shape {mask.shape}")
    size = 2 * tolerance + 1
    right = ndimage.maximum_filter(boundary, size, mode="constant")
    # A boundary pixel is found at every threshold up to the strongest pixel near it: one look serves them all.
    around = sliding_window_view(np.pad(strength, tolerance, constant_values=-np.inf), (size, size))
    nearest = around[boundary].max(axis=(1, 2))
    n_right, n_counted = _at_least(strength[right], thresholds), _at_least(strength[right | decided], thresholds)
    precision = np.where(n_counted, n_right / np.maximum(n_counted, 1), 1)
    recall = _at_least(nearest, thresholds) / nearest.size if nearest.size else np.ones(len(thresholds))
    total = precision + recall
    return precision, recall, np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)


def true_boundary(truth, ignore=255) -> np.ndarray:
    """Return the boundary that the other functions ask for: (H, W) bool; arguments as in `boundary_recall`."""
    _, truth, decided = _against_truth(truth, "truth", truth, ignore)
    return _boundary(_close(truth, decided))


def undersegmentation_error(labels, truth, ignore=255) -> float:
    """Return the part of the picture that leaks across true borders inside superpixels: 0 is best.

    UE = 1/N sum_G sum_{S meets G} min(|S in G|, |S outside G|)

    A superpixel that straddles a border pays for its smaller side, once for every true segment it meets.

    Parameters
    ----------
    labels : (H, W) superpixels, integers from 0.
    truth : (H, W) classes or objects, integers from 0.
    ignore : the label in `truth` of pixels that don't count (neither in S nor in N), or None.

    Returns
    -------
    float of at least 0.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`.

    Source: P. Neubert and P. Protzel, "Superpixel Benchmark and Comparison", Forum Bildverarbeitung 2012,
    the definition that needs no threshold. Lecture 4.2.4, figure 4.2-f.
    """
    labels, truth, decided = _against_truth(labels, "labels", truth, ignore)
    overlap = _overlap(labels[decided], truth[decided])
    outside = overlap.sum(axis=1, keepdims=True) - overlap
    return float(np.minimum(overlap, outside).sum() / overlap.sum())


def covering(labels, truth, ignore=255) -> float:
    """Return how well the true regions are covered, each by the one region that fits it best: 1 is best.

    C = 1/N sum_G |G| max_R |R & G| / |R | G|,  N = sum_G |G|

    Parameters
    ----------
    labels : (H, W) regions, integers from 0.
    truth : (H, W) classes or objects, integers from 0.
    ignore : the label in `truth` of pixels that don't count (neither in R nor in N), or None.

    Returns
    -------
    float above 0, at most 1. One region over all pixels has sum_G |G|^2 / N^2: no small number where one G is large.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`.

    Source: P. Arbelaez, M. Maire, C. Fowlkes and J. Malik, "Contour Detection and Hierarchical Image Segmentation",
    IEEE Trans. PAMI 33 (2011) 898-916, segmentation covering. Lecture 4.1, figure 4.1-b.
    """
    labels, truth, decided = _against_truth(labels, "labels", truth, ignore)
    both = _overlap(labels[decided], truth[decided])
    area = both.sum(axis=0)
    best = (both / (both.sum(axis=1, keepdims=True) + area - both)).max(axis=0)
    return float((best * area).sum() / area.sum())


def compactness(labels) -> float:
    """Return how close the superpixels come to discs: the mean of their isoperimetric quotients, by area.

    CO = 1/N sum_S |S| Q(S),  Q(S) = 4 pi |S| / P(S)^2

    The perimeter P(S) counts the sides of pixels that part S from other labels or from the outside. So a square
    has pi/4 = 0.785, the most that a set of pixels can reach, and a 1 x n strip has pi n / (n + 1)^2.

    Parameters
    ----------
    labels : (H, W) superpixels, integers from 0.

    Returns
    -------
    float above 0, at most pi/4.

    Raises
    ------
    ValueError, TypeError : no label map.

    Source: A. Schick, M. Fischer and R. Stiefelhagen, "Measuring and Evaluating the Compactness of Superpixels",
    ICPR 2012. Lecture 4.2.4, figure 4.2-f.
    """
    labels = checks.labels(labels)
    framed = np.pad(labels, 1, constant_values=-1)
    sides = sum((labels != np.roll(framed, shift, axis)[1:-1, 1:-1]) for axis in (0, 1) for shift in (-1, 1))
    region = _regions(labels)
    area = np.bincount(region)
    perimeter = np.bincount(region, weights=sides.ravel())
    there = area > 0
    return float((4 * np.pi * area[there] ** 2 / perimeter[there] ** 2).sum() / labels.size)


def explained_variation(labels, image) -> float:
    """Return the part of the picture's variance that the mean colours of the superpixels keep: 1 is best.

    EV = sum_i |mu_l(i) - mu|^2 / sum_i |x_i - mu|^2

    Parameters
    ----------
    labels : (H, W) superpixels, integers from 0.
    image : (H, W) grey or (H, W, 3) RGB, uint8 or float in [0, 1].

    Returns
    -------
    float from 0 to 1; 1 for a constant picture, for then there is nothing to explain.

    Raises
    ------
    ValueError, TypeError : no image, labels of another shape.

    Source: A. Moore et al., "Superpixel Lattices", CVPR 2008. Lecture 4.2.4, figure 4.2-f.
    """
    labels, image = checks.labels(labels), checks.image(image)
    if labels.shape != image.shape[:2]:
        checks.fail("labels", f"the image's shape {image.shape[:2]}", f"shape {labels.shape}")
    region = _regions(labels)
    area = np.bincount(region)
    explained = total = 0.0
    for channel in image.reshape(labels.size, -1).T:
        deviation = channel - channel.mean()
        sums = np.bincount(region, weights=deviation)
        explained += (sums**2 / np.maximum(area, 1)).sum()
        total += (deviation**2).sum()
    return float(min(explained / total, 1.0)) if np.ptp(image.reshape(labels.size, -1), axis=0).any() else 1.0


def pixel_accuracy(prediction, truth, ignore=255) -> float:
    """Return the part of the decided pixels that carry their true class.

    PA = sum_i n_ii / sum_ij n_ij,  n_ij: the number of pixels of class i that are predicted as class j

    Parameters
    ----------
    prediction : (H, W) classes, integers from 0.
    truth : (H, W) classes, integers from 0.
    ignore : the label in `truth` of pixels that don't count, or None.

    Returns
    -------
    float from 0 to 1.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`.

    Source: J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR
    2015, section 5. Lecture 4.1, figure 4-1, and 4.6.
    """
    prediction, truth, decided = _against_truth(prediction, "prediction", truth, ignore)
    return float((prediction == truth)[decided].mean())


def mean_iou(prediction, truth, ignore=255, n_classes=None) -> float:
    """Return the mean over the classes of intersection over union.

    mIoU = mean_i n_ii / (sum_j n_ij + sum_j n_ji - n_ii),  over the classes that either map has

    Parameters
    ----------
    prediction : (H, W) classes, integers from 0.
    truth : (H, W) classes, integers from 0.
    ignore : the label in `truth` of pixels that don't count, or None.
    n_classes : the number of classes, if labels beyond it are to be refused; None takes them as they come.

    Returns
    -------
    float from 0 to 1.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`; a label of `n_classes` or more where the truth is decided.

    Source: J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR
    2015, section 5; `ignore` as in M. Everingham et al., IJCV 88 (2010) 303-338. Lecture 4.1 and 4.6.
    """
    prediction, truth, decided = _against_truth(prediction, "prediction", truth, ignore)
    guess, true = prediction[decided], truth[decided]
    if n_classes is not None:
        n_classes = checks.integer(n_classes, "n_classes", 1)
        for name, array in (("prediction", guess), ("truth", true)):
            if array.max() >= n_classes:
                checks.fail(name, f"classes below {n_classes}", array.max())
    classes = np.union1d(guess, true)
    return float(np.mean([_iou(guess == c, true == c) for c in classes]))


def boundary_iou(prediction, truth, width=None, ignore=255) -> float:
    """Return the mean over the classes of the IoU of their borders: it sees what large areas hide.

    BIoU = mean_i |(T_d & T) & (P_d & P)| / |(T_d & T) | (P_d & P)|,  X_d: pixels within d of the border of X

    T and P are the pixels of class i in the truth and in the prediction. Distances are those of the square
    neighbourhood, and the frame of the picture is a border. Both maps are closed over the ignored pixels first,
    which then don't count: what is predicted there never matters.

    Parameters
    ----------
    prediction : (H, W) classes, integers from 0.
    truth : (H, W) classes, integers from 0.
    width : int of at least 1, the lecture's d in pixels; None takes 2 % of the picture's diagonal, as the source.
    ignore : the label in `truth` of pixels that don't count, or None. `width` should exceed half their band.

    Returns
    -------
    float from 0 to 1; classes without a border pixel that counts are left out, and 1 if no class has one.

    Raises
    ------
    ValueError, TypeError : as `boundary_recall`.

    Source: B. Cheng et al., "Boundary IoU: Improving Object-Centric Image Segmentation Evaluation", CVPR 2021.
    Lecture 4.6.
    """
    prediction, truth, decided = _against_truth(prediction, "prediction", truth, ignore)
    if width is None:
        width = max(1, round(0.02 * np.hypot(*truth.shape)))
    width = checks.integer(width, "width", 1)
    prediction, truth = _close(prediction, decided), _close(truth, decided)
    guess, true = _rim(prediction, width) & decided, _rim(truth, width) & decided
    scores = []
    for c in np.union1d(prediction, truth):
        ours, theirs = guess & (prediction == c), true & (truth == c)
        if ours.any() or theirs.any():
            scores.append(_iou(ours, theirs))
    return float(np.mean(scores)) if scores else 1.0


def _against_truth(labels, name, truth, ignore):
    """Check both maps; return them and which pixels of the truth are decided."""
    labels, truth = checks.labels(labels, name), checks.labels(truth, "truth")
    if labels.shape != truth.shape:
        checks.fail(name, f"the truth's shape {truth.shape}", f"shape {labels.shape}")
    decided = np.ones(truth.shape, dtype=bool)
    if ignore is not None:
        decided = truth != checks.integer(ignore, "ignore")
    if not decided.any():
        checks.fail("truth", "at least one decided pixel", f"the label to ignore ({ignore}) alone")
    return labels, truth, decided


def _close(labels, decided):
    """Give each undecided pixel the label of the nearest decided one."""
    if decided.all():
        return labels
    row, col = ndimage.distance_transform_edt(~decided, return_distances=False, return_indices=True)
    return labels[row, col]


def _regions(labels):
    """Return the label of each pixel in one row, numbered anew where a count by value would be longer than the map."""
    return labels.ravel() if labels.max() < labels.size else np.unique(labels, return_inverse=True)[1].ravel()


def _boundary(labels):
    """Mark the pixels that differ from the neighbour to their right or below."""
    marked = np.zeros(labels.shape, dtype=bool)
    marked[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    marked[:-1] |= labels[:-1] != labels[1:]
    return marked


def _at_least(values, thresholds):
    """Count the values that reach each threshold."""
    return np.array([np.count_nonzero(values >= threshold) for threshold in thresholds])


def _overlap(labels, truth):
    """Count the pixels that each label (row) shares with each true label (column)."""
    _, row = np.unique(labels, return_inverse=True)
    _, col = np.unique(truth, return_inverse=True)
    n_cols = col.max() + 1
    return np.bincount(row * n_cols + col, minlength=(row.max() + 1) * n_cols).reshape(-1, n_cols)


def _rim(labels, width):
    """Mark the pixels that have another label, or the outside, at most `width` rows and columns away."""
    window = {"size": 2 * width + 1, "mode": "constant", "cval": -1}
    return (ndimage.minimum_filter(labels, **window) != labels) | (ndimage.maximum_filter(labels, **window) != labels)


def _iou(a, b):
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)
