"""Exercise on serial edge detection: the next pixel of Moore's neighbour tracing."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.exercises.edges.canny import STEPS
from seglearn.words import mark


def next_pixel(mask, point, direction):
    """The first pixel of the object, clockwise from the background seen last; the point itself if it is alone."""
    return _first(mask, point, range(_begin(direction), _begin(direction) + 8))


def _begin(direction):
    return direction - 2 if direction % 2 else direction - 1


def _first(mask, point, steps):
    inside = np.pad(mask, 1)
    for step in steps:
        row, col = point[0] + STEPS[step % 8][0], point[1] + STEPS[step % 8][1]
        if inside[row + 1, col + 1]:
            return row, col
    return point


def _from(mask, point, direction, begin):
    return _first(mask, point, range(begin, begin + 8))


def _wrapped(mask, point, direction):
    """Beyond the border the opposite side."""
    for step in range(_begin(direction), _begin(direction) + 8):
        row, col = ((p + s) % n for p, s, n in zip(point, STEPS[step % 8], mask.shape))
        if mask[row, col]:
            return row, col
    return point


def _guarded(mask, point, direction):
    """A row or column beyond the last is passed over, but -1 is the last one in Python."""
    for step in range(_begin(direction), _begin(direction) + 8):
        row, col = point[0] + STEPS[step % 8][0], point[1] + STEPS[step % 8][1]
        if row < mask.shape[0] and col < mask.shape[1] and mask[row, col]:
            return row, col
    return point


def _walk(rng, size):
    """A place on a real walk around a random object, since no other direction can have led there."""
    mask = rng.random(rng.integers(2, 4 + size // 2, 2)) < 0.55
    mask.flat[rng.integers(mask.size)] = True
    row, col = divmod(int(mask.argmax()), mask.shape[1])  # the first in reading order: background above and to the left
    point, direction = (row, col), 0
    for _ in range(int(rng.integers(2 * size))):
        after = next_pixel(mask, point, direction)
        if after == point:
            break
        direction = STEPS.index((after[0] - point[0], after[1] - point[1]))
        point = after
    return mask, point, direction


_HOOK = np.array([[0, 1, 0], [1, 1, 1], [0, 0, 0]], bool)
_BLOCK = np.ones((3, 3), bool)

EXERCISES = (
    Exercise(
        "4.3-trace",
        next_pixel,
        _walk,
        special=(
            (_HOOK, (0, 1), 0),
            (_HOOK, (1, 2), 1),
            (_HOOK, (1, 1), 4),
            (_HOOK, (1, 0), 4),
            (_BLOCK, (0, 2), 0),
            (_BLOCK, (2, 2), 2),
            (np.eye(1, dtype=bool), (0, 0), 0),
        ),
        slips=(
            Slip(
                lambda mask, point, direction: _first(
                    mask, point, range(-_begin(-direction), -_begin(-direction) - 8, -1)
                ),
                mark("This walks around anticlockwise; the directions count clockwise, so count upwards."),
            ),
            Slip(
                lambda mask, point, direction: _from(mask, point, direction, direction),
                mark("You begin straight ahead and cut corners; begin one step before it, two after a diagonal step."),
            ),
            Slip(
                lambda mask, point, direction: _from(mask, point, direction, direction - 1),
                mark("After a diagonal step begin two steps before it, or you pass over a pixel."),
            ),
            Slip(
                lambda mask, point, direction: _from(mask, point, direction, 0),
                mark("You always begin to the right; where to begin depends on the step that led here."),
            ),
            Slip(
                lambda mask, point, direction: _from(mask, point, direction, direction + 4),
                mark("You begin with the pixel that you came from and go back to it; it comes last."),
            ),
            Slip(
                lambda mask, point, direction: _first(
                    mask, point, (s for s in range(_begin(direction), _begin(direction) + 8) if s % 2 == 0)
                ),
                mark("Only four neighbours are looked at; Moore's neighbourhood has eight."),
            ),
            Slip(
                _guarded,
                mark("A row or column of -1 raises no error in Python, it is the last one: ask for >= 0 too."),
            ),
            Slip(
                _wrapped,
                mark("A row or column of -1 is the last one in Python: beyond the picture is background."),
            ),
        ),
    ),
)
