"""SLIC: K-Means in colour and position, where each centre looks no farther than its own neighbourhood."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.clustering.connectivity import enforce_connectivity

# Linear R, G, B to X, Y, Z, each relative to white.
_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_TO_XYZ /= np.array([[0.95047], [1.0], [1.08883]])


@dataclass(frozen=True)
class SlicState:
    """SLIC at its start (iteration 0), after each iteration, and once its superpixels are connected."""

    iteration: int
    labels: np.ndarray  # (H, W) int32, the superpixel of each pixel
    centers: np.ndarray  # (K, 5), the mean (L, a, b, row, col) of each superpixel; at the start, the seeds
    movement: float  # how far the centres moved in this iteration: their mean distance in pixels
    n_distances: int  # distances between a pixel and a centre computed so far; K-Means computes N K an iteration
    interval: float  # S, the distance between seeds in pixels; a centre looks S far to every side
    connected: bool  # whether this is the last state, with every superpixel in one piece


def slic(image, n_segments=250, compactness=10.0, *, max_iter=10, adaptive=False) -> np.ndarray:
    """Divide an image into about `n_segments` connected superpixels of even size that follow its contours.

    D'^2 = (d_c / m)^2 + (d_s / S)^2,  S = sqrt(N / K):  d_c in CIELAB, d_s in pixels, centres at most S away, 2S x 2S

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8 or float in [0, 1]; a grey one has a = b = 0.
    n_segments : int from 1 to H W, the lecture's K, and how many superpixels come (see below).
    compactness : float above 0, the m of the formula: the colour difference (in units of CIELAB) that weighs as
        much as the distance S. 1 follows every contour, 40 draws almost squares.
    max_iter : int of at least 1; SLIC stops earlier if no centre moves.
    adaptive : True for SLICO: from the second iteration on each superpixel has an m of its own, the largest d_c
        that was seen in it (at least 1), and `compactness` serves the first iteration only.

    Returns
    -------
    labels (H, W) int32 from 0, each superpixel 4-connected.

    The seeds stand in round(H / S) rows and leave contours for the flattest pixel of their 3 x 3 neighbourhood (where
    S is below 4 they stay, lest two meet). A picture narrower than S has S = max(H, W) / K. A pixel at equal distance
    from two centres goes to the first; one that no centre sees keeps its superpixel. The paper joins pieces below a
    size to a neighbour; here the K largest pieces stay (see `enforce_connectivity`), so that K superpixels come, or
    fewer where there are fewer pieces.

    Raises
    ------
    ValueError, TypeError : no image, NaN, K outside 1..H W, a compactness that is not above 0.

    Source: R. Achanta et al., "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods", IEEE TPAMI 34
    (2012) 2274-2282, section 3, algorithm 1, equations 1 to 3; SLICO: the authors' page on SLIC, EPFL IVRL.
    Lecture 4.2.4, figures 4-4 and 4.2-f.
    """
    for state in _cluster(*_prepare(image, n_segments, compactness, max_iter, adaptive)):  # noqa: B007
        pass
    return state.labels


def slic_steps(image, n_segments=250, compactness=10.0, *, max_iter=10, adaptive=False) -> Iterator[SlicState]:
    """Yield a `SlicState` of the seeds, of every iteration and of the connected end; arguments as in `slic`."""
    states = _cluster(*_prepare(image, n_segments, compactness, max_iter, adaptive))
    return (replace(state, labels=state.labels.copy(), centers=state.centers.copy()) for state in states)


def _prepare(image, n_segments, compactness, max_iter, adaptive):
    image = checks.image(image)
    n_segments = checks.integer(n_segments, "n_segments", 1, image.shape[0] * image.shape[1])
    compactness = checks.number(compactness, "compactness", above=0)
    max_iter = checks.integer(max_iter, "max_iter", 1)
    if not isinstance(adaptive, (bool, np.bool_)):
        checks.fail("adaptive", "True or False", repr(adaptive), TypeError)
    return _lab(image), n_segments, compactness, max_iter, adaptive


def _lab(image):
    """Return the planes L, a, b, (3, H, W): IEC 61966-2-1 undoes sRGB, CIE 15 defines L, a, b; white is D65."""
    lab = np.empty((3, *image.shape[:2]))
    for top in range(0, len(image), 16):  # a few rows at a time stay in the processor's cache
        rows = image[top : top + 16]
        linear = np.where(rows > 0.04045, ((rows + 0.055) / 1.055) ** 2.4, rows / 12.92)
        xyz = linear[None] if rows.ndim == 2 else np.tensordot(_TO_XYZ, linear, (1, 2))  # grey: X = Y = Z
        f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
        x, y, z = np.broadcast_to(f, (3, *rows.shape[:2]))
        lab[:, top : top + 16] = 116 * y - 16, 500 * (x - y), 200 * (y - z)
    return lab


def _cluster(lab, n_segments, compactness, max_iter, adaptive):
    """The loop of the lecture."""
    _, height, width = lab.shape
    interval = max(np.sqrt(height * width / n_segments), max(height, width) / n_segments)
    labels, centers = _seeds(lab, n_segments, interval)
    state = SlicState(0, labels, centers, 0.0, 0, float(interval), False)
    yield state
    distances = np.empty((height, width))  # D'^2, to the nearest centre
    weights = np.full(n_segments, compactness)  # m
    for iteration in range(1, max_iter + 1):
        n_distances = state.n_distances + _assign(lab, centers, weights**-2.0, interval, labels, distances)
        if adaptive:
            weights = weights if iteration > 1 else np.ones(n_segments)
            _widen(lab, labels, centers, weights)
        previous, centers = centers, _means(lab, labels, centers)
        movement = float(np.hypot(*(centers - previous)[:, 3:].T).mean())
        state = replace(state, iteration=iteration, centers=centers, movement=movement, n_distances=n_distances)
        yield state
        if movement == 0:
            break
    labels = enforce_connectivity(labels, 1, n_segments)
    centers = _means(lab, labels, np.empty((labels.max() + 1, 5)))
    yield replace(state, labels=labels, centers=centers, connected=True)


def _seeds(lab, n_segments, interval):
    """Spread exactly K seeds over rows of a grid; return the cells, (H, W), and the seeds as centres, (K, 5)."""
    _, height, width = lab.shape
    n_rows = max(1, round(height / interval))
    first = np.arange(n_rows + 1) * n_segments // n_rows  # the first seed of each row
    in_row = np.diff(first)
    band = np.arange(height) * n_rows // height
    labels = first[band, None] + np.arange(width) * in_row[band, None] // width

    number = np.arange(n_segments) - np.repeat(first[:-1], in_row)
    row = ((np.repeat(np.arange(n_rows), in_row) + 0.5) * height / n_rows).astype(int)
    col = ((number + 0.5) * width / np.repeat(in_row, in_row)).astype(int)
    if interval >= 4:
        shift = np.array([(0, 0)] + [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c])  # where equal: stay
        rows, cols = np.clip(row + shift[:, :1], 0, height - 1), np.clip(col + shift[:, 1:], 0, width - 1)
        flattest = _squared_gradient(lab, rows, cols).argmin(axis=0), np.arange(n_segments)
        row, col = rows[flattest], cols[flattest]
    return labels.astype(np.int32), np.column_stack([lab[:, row, col].T, row, col])


def _squared_gradient(lab, row, col):
    _, height, width = lab.shape
    down = lab[:, np.minimum(row + 1, height - 1), col] - lab[:, np.maximum(row - 1, 0), col]
    right = lab[:, row, np.minimum(col + 1, width - 1)] - lab[:, row, np.maximum(col - 1, 0)]
    return (down**2 + right**2).sum(axis=0)


def _means(lab, labels, centers):
    """Return the mean of each label's pixels; a label without pixels keeps its centre."""
    sums = np.zeros((len(centers), 6))
    _sum(lab, labels, sums)
    sizes = sums[:, 5:]
    return np.where(sizes > 0, sums[:, :5] / np.maximum(sizes, 1), centers)


@njit(cache=True)
def _assign(lab, centers, colour_weights, interval, labels, distances):
    """Offer each centre to the pixels of its window, which take it if it is nearer; return the number of offers."""
    _, height, width = lab.shape
    distances[:] = np.inf
    space_weight, offers = 1 / interval**2, 0
    for k in range(len(centers)):
        l, a, b, row, col = centers[k]
        top, bottom = max(0, int(np.ceil(row - interval))), min(height, int(row + interval) + 1)
        left, right = max(0, int(np.ceil(col - interval))), min(width, int(col + interval) + 1)
        offers += (bottom - top) * (right - left)
        for r in range(top, bottom):
            # Slices and selections instead of indices and branches: eight pixels at a time.
            ls, as_, bs = lab[0, r, left:right], lab[1, r, left:right], lab[2, r, left:right]
            best, label = distances[r, left:right], labels[r, left:right]
            for i in range(right - left):
                colour = (ls[i] - l) ** 2 + (as_[i] - a) ** 2 + (bs[i] - b) ** 2
                space = (r - row) ** 2 + (left + i - col) ** 2
                distance = colour * colour_weights[k] + space * space_weight
                nearer = distance < best[i]
                best[i] = distance if nearer else best[i]
                label[i] = k if nearer else label[i]
    return offers


@njit(cache=True)
def _sum(lab, labels, sums):
    """Add up the (L, a, b, row, col) of each label's pixels, and their number."""
    _, height, width = lab.shape
    for r in range(height):
        for c in range(width):
            k = labels[r, c]
            for i in range(3):
                sums[k, i] += lab[i, r, c]
            sums[k, 3] += r
            sums[k, 4] += c
            sums[k, 5] += 1


@njit(cache=True)
def _widen(lab, labels, centers, weights):
    """Raise each weight to the largest colour distance between a pixel of that label and its centre."""
    _, height, width = lab.shape
    largest = weights**2
    for r in range(height):
        for c in range(width):
            k, colour = labels[r, c], 0.0
            for i in range(3):
                colour += (lab[i, r, c] - centers[k, i]) ** 2
            largest[k] = max(largest[k], colour)
    weights[:] = np.sqrt(largest)
