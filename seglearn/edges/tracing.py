"""Serial edge detection: choose a start, decide each point from the one before, know when to stop."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seglearn import checks
from seglearn.edges.canny import canny_stages

# The eight steps, 45 degrees apart and clockwise.
ROWS = (0, 1, 1, 1, 0, -1, -1, -1)
COLUMNS = (1, 1, 0, -1, -1, -1, 0, 1)
RIGHT, DOWN, LEFT, UP = 0, 2, 4, 6


@dataclass(frozen=True)
class TraceState:
    """Where the walk stands, and what it looked at to decide where to go next."""

    point: tuple  # (row, col), where it stands; back at a point of the contour when that has closed
    direction: int  # 0..7 in steps of 45 degrees, 0 to the right, 2 down: of the step that led here
    contour: np.ndarray  # (T, 2) int, the points so far; where it closed, the first of them isn't repeated
    examined: np.ndarray  # (K, 2) int, the neighbours looked at from `point`, in that order; some may be outside
    stopped: str  # "" while it walks; "closed", "faded" (all neighbours ahead are too weak) or "border"


def trace_border(mask, start=None) -> np.ndarray:
    """Walk around an object in a mask, point by point, and return the points (Moore's neighbour tracing).

    p(t+1) = p(t) + step(p(t), step before)

    Look around p clockwise, from the background pixel seen last, and step on the first pixel of the object, which is
    always on the right. Stop when the start is left again by the step by which it was left first (Jacob's criterion).

    Parameters
    ----------
    mask : (H, W) bool, an object; 0 and 1, or 0 and 255 will do.
    start : (row, col) of a pixel of the object; None for the first, line by line. The picture ends or the background
        begins to its left, above, to its right or below; the first of these that is so is the side that is walked
        along: outside or hole.

    Returns
    -------
    (T, 2) int, each point next to the one before, the last to the first. Where an object is one pixel wide its pixels
    come twice, on the way there and on the way back.

    >>> from seglearn.edges import trace_border
    >>> trace_border([[1, 1], [0, 1]]).tolist()
    [[0, 0], [0, 1], [1, 1]]

    Raises
    ------
    ValueError, TypeError : no mask or an empty one, a start outside, in the background or in the interior.

    Source: G. A. Moore, in Pictorial Pattern Recognition (1968) 275-326, the stop from R. C. Gonzalez and
    R. E. Woods, Digital Image Processing, 4th ed. (2018), section 11.2. Lecture 4.3 (the three steps), figure 4.3-b.
    """
    return _contour(_around(checks.mask(mask), start))


def trace_border_steps(mask, start=None) -> Iterator[TraceState]:
    """Yield a `TraceState` at every point of the walk, the start and the stop among them; as in `trace_border`."""
    return _states(_around(checks.mask(mask), start))


def trace_edge(image, start=None, *, threshold=0.1, sigma=1.0) -> np.ndarray:
    """Walk along one edge of a grey picture, point by point, and return the points (gradient following).

    p(t+1) = p(t) + step(p(t), step before)

    Turn the gradient by 90 degrees, so that the brighter side is on the right, and of the three neighbours that way
    take the one with the strongest gradient, among those whose gradient turns by less than 90 degrees. Stop when the
    next step has been taken before, "closed"; when the strongest neighbour is below the threshold, "faded"; or when
    the way leads out of the picture, "border". The last state of `trace_edge_steps` says which it was.

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].
    start : (row, col) of a pixel on an edge; None for the strongest gradient.
    threshold : float above 0, the weakest gradient to walk on, in the units of `canny`.
    sigma : float from 0 to 1000, the Gaussian before the gradient, in pixels.

    Returns
    -------
    (T, 2) int, each point next to the one before. A walk that closes on another point than the start keeps the way
    that led there.

    >>> from seglearn.edges import trace_edge
    >>> trace_edge([[0, 0, 0], [1, 1, 1], [1, 1, 1]], (0, 0), sigma=0).tolist()
    [[0, 0], [0, 1], [0, 2]]

    Raises
    ------
    ValueError, TypeError : no grey picture, NaN, a picture without an edge, a start outside or not on an edge,
        threshold or sigma outside its range.

    Source: D. H. Ballard and C. M. Brown, Computer Vision (1982), section 4.6. Lecture 4.3 (the three steps),
    figure 4.3-b.
    """
    return _contour(_along(image, start, threshold, sigma))


def trace_edge_steps(image, start=None, *, threshold=0.1, sigma=1.0) -> Iterator[TraceState]:
    """Yield a `TraceState` at every point of the walk, the start and the stop among them; as in `trace_edge`."""
    return _states(_along(image, start, threshold, sigma))


@dataclass(frozen=True)
class _Walk:
    start: tuple  # (row, col)
    direction: int  # in which the walk arrives there
    search: object  # the rule: (point, direction) -> directions examined, direction to take, why it stops

    def expand(self, point, direction, path, n, examined, stopped):
        """Make the state that the reader may keep: the path only ever grows, so a part of it never changes."""
        contour = path[:n]
        contour.flags.writeable = False
        return TraceState(point, direction, contour, np.array([_neighbour(point, step) for step in examined]), stopped)


def _contour(walk):
    for state in _walk(walk.start, walk.direction, walk.search):  # noqa: B007  the last state is the answer
        pass
    return walk.expand(*state).contour


def _states(walk):
    return (walk.expand(*state) for state in _walk(walk.start, walk.direction, walk.search))


def _walk(start, direction, search):
    """The lecture's three parts: a start, a rule that finds the next point, a stop."""
    path, n, taken = np.empty((64, 2), np.int64), 0, set()
    point = start
    while True:
        examined, step, stopped = search(point, direction)
        if (point, step) in taken:
            yield point, direction, path, n, examined, "closed"
            return
        if n == len(path):
            path = np.concatenate((path, np.empty_like(path)))
        path[n] = point
        n += 1
        yield point, direction, path, n, examined, stopped
        if stopped:
            return
        taken.add((point, step))
        point, direction = _neighbour(point, step), step


def _around(mask, start):
    """Prepare Moore's neighbour tracing."""
    if not mask.any():
        checks.fail("mask", "at least one pixel in the mask", "none")
    row, col = divmod(int(mask.argmax()), mask.shape[1]) if start is None else _pixel(start, mask.shape)
    inside = np.pad(mask, 1)  # beyond the picture is background

    def search(point, direction):
        row, col = point
        # Begin after the background seen last: 90 degrees to the left of a straight step, 135 of a diagonal one.
        first = direction + (6 if direction % 2 else 7)
        examined = []
        for step in range(first, first + 8):
            examined.append(step % 8)
            if inside[row + 1 + ROWS[step % 8], col + 1 + COLUMNS[step % 8]]:
                return examined, step % 8, ""
        return examined, -1, "closed"  # a pixel all alone

    if not mask[row, col]:
        checks.fail("start", "a pixel of the mask", f"{(row, col)} in the background")
    for side in LEFT, UP, RIGHT, DOWN:
        if not inside[row + 1 + ROWS[side], col + 1 + COLUMNS[side]]:
            return _Walk((row, col), (side + 2) % 8, search)  # with the background on the left hand
    checks.fail("start", "a pixel on the border of the mask", f"{(row, col)} in its interior")


def _along(image, start, threshold, sigma):
    """Prepare the following of the gradient."""
    threshold = checks.number(threshold, "threshold", above=0)
    stages = canny_stages(checks.grey_image(image), checks.number(sigma, "sigma", 0, 1000))
    magnitude, direction = stages.magnitude, stages.direction
    height, width = magnitude.shape
    if start is None:
        row, col = divmod(int(magnitude.argmax()), width)
        if magnitude[row, col] < threshold:
            expected = f"an edge (a gradient of at least {threshold:g})"
            checks.fail("image", expected, f"{magnitude[row, col]:.3g} at the strongest")
    else:
        row, col = _pixel(start, magnitude.shape)
        if magnitude[row, col] < threshold:
            expected = f"a pixel on an edge (a gradient of at least {threshold:g})"
            checks.fail("start", expected, f"{magnitude[row, col]:.3g} at {(row, col)}")

    def ahead_of(row, col):
        return round(direction[row, col] / (math.pi / 4)) - 2  # 90 degrees to the left of the brighter side

    def search(point, _direction):
        angle, ahead = direction[point], ahead_of(*point)
        examined = [step % 8 for step in (ahead, ahead - 1, ahead + 1)]
        best, strongest = -1, 0.0
        for step in examined:
            row, col = _neighbour(point, step)
            if not (0 <= row < height and 0 <= col < width):
                if step == ahead % 8:
                    return [step], -1, "border"
            elif magnitude[row, col] > strongest and math.cos(direction[row, col] - angle) > 0:
                best, strongest = step, magnitude[row, col]
        return (examined, best, "") if strongest >= threshold else (examined, -1, "faded")

    return _Walk((row, col), ahead_of(row, col) % 8, search)


def _neighbour(point, step):
    return point[0] + ROWS[step], point[1] + COLUMNS[step]


def _pixel(start, shape):
    if np.shape(start) != (2,):
        checks.fail("start", "a pixel (row, col)", repr(start))
    row, col = start
    return checks.integer(row, "start row", 0, shape[0] - 1), checks.integer(col, "start col", 0, shape[1] - 1)
