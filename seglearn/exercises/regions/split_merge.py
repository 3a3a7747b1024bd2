"""Exercises on split and merge: whether a block is even, its quarters, and who may be merged."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def even(image, block, tolerance):
    """Whether the values of a block (top, left, bottom, right) lie within `tolerance` of each other."""
    top, left, bottom, right = block
    return bool(np.ptp(image[top:bottom, left:right]) <= tolerance)


def quarters(block):
    """The four quarters of a block, row by row, the first halves with the odd pixel, (4, 4)."""
    return _quarters(block, 1)


def mergeable(image, labels, first, second, tolerance):
    """Whether two regions share a side and are even together."""
    together = np.isin(labels, (first, second))
    return bool(_touch(labels, first, second) and np.ptp(image[together]) <= tolerance)


def _quarters(block, more):
    top, left, bottom, right = (int(k) for k in block)
    middle, centre = top + (bottom - top + more) // 2, left + (right - left + more) // 2
    return np.array(
        [
            (top, left, middle, centre),
            (top, centre, middle, right),
            (middle, left, bottom, centre),
            (middle, centre, bottom, right),
        ]
    )


def _touch(labels, first, second, corners=False):
    pairs = [(labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])]
    if corners:
        pairs += [(labels[:-1, :-1], labels[1:, 1:]), (labels[1:, :-1], labels[:-1, 1:])]
    return any((((a == first) & (b == second)) | ((a == second) & (b == first))).any() for a, b in pairs)


def _block(rng, size):
    image = rng.integers(0, 8, rng.integers(2, 4 + size // 4, 2))
    ends = [np.sort(rng.permutation(n + 1)[:2]) for n in image.shape]
    return image, (*(int(e[0]) for e in ends), *(int(e[1]) for e in ends)), int(rng.integers(0, 8))


def _place(rng, size):
    top, left = (int(k) for k in rng.integers(0, size + 3, 2))
    height, width = (int(k) for k in rng.integers(2, 4 + size, 2))
    return ((top, left, top + height, left + width),)


def _pair(rng, size):
    shape = rng.integers(2, 4 + size // 6, 2)
    labels = rng.integers(0, 3, shape)
    labels.flat[:3] = 0, 1, 2
    image = rng.integers(0, 6, shape) + 2 * labels
    first, second = (int(k) for k in rng.permutation(3)[:2])
    return image, labels, first, second, int(rng.integers(2, 9))


_IMAGE = np.array([[1, 1, 8], [2, 3, 8], [9, 9, 9]])
_CORNER = np.array([[0, 1], [1, 2]])

EXERCISES = (
    Exercise(
        "4.4-even",
        even,
        _block,
        special=(
            (_IMAGE, (0, 0, 2, 2), 2),
            (_IMAGE, (0, 0, 2, 2), 1),
            (_IMAGE, (2, 0, 3, 3), 0),
            (_IMAGE, (0, 1, 2, 3), 6),
        ),
        slips=(
            Slip(
                lambda image, block, tolerance: bool(
                    np.ptp(image[block[0] : block[2], block[1] : block[3]]) < tolerance
                ),
                mark("A range equal to the tolerance is still even: compare with <=."),
            ),
            Slip(
                lambda image, block, tolerance: not even(image, block, tolerance),
                mark("This says whether the block is uneven and has to be divided."),
            ),
            Slip(
                lambda image, block, tolerance: bool(np.ptp(image) <= tolerance),
                mark("Look at the block only, not at the whole picture."),
            ),
            Slip(
                lambda image, block, tolerance: bool(
                    np.ptp(image[block[0] : block[2] + 1, block[1] : block[3] + 1]) <= tolerance
                ),
                mark("Bottom and right are the first row and column that are outside: image[top:bottom, left:right]."),
            ),
            Slip(
                lambda image, block, tolerance: bool(
                    image[block[0] : block[2], block[1] : block[3]].std() <= tolerance
                ),
                mark("This is the standard deviation; asked is the range, the largest minus the smallest."),
            ),
            Slip(
                lambda image, block, tolerance: bool(
                    abs(image[block[0], block[1]] - image[block[2] - 1, block[3] - 1]) <= tolerance
                ),
                mark("Two corners don't show what lies between them: take all pixels of the block."),
            ),
        ),
    ),
    Exercise(
        "4.4-quarters",
        quarters,
        _place,
        special=(((0, 0, 4, 4),), ((1, 2, 4, 7),), ((3, 0, 5, 3),)),
        slips=(
            Slip(
                lambda block: _quarters(block, 0),
                mark("Of an odd side the first half has the pixel more."),
            ),
            Slip(
                lambda block: _quarters((0, 0, block[2] - block[0], block[3] - block[1]), 1),
                mark("Add the top and left of the block: its quarters stand where it stands."),
            ),
            Slip(
                lambda block: quarters(block)[[0, 2, 1, 3]],
                mark("Row by row: the upper right quarter comes second."),
            ),
            Slip(
                lambda block: quarters(block)[:, [1, 0, 3, 2]],
                mark("Rows come first: (top, left, bottom, right)."),
            ),
            Slip(
                lambda block: quarters(block) - np.array([0, 0, 1, 1]),
                mark("Bottom and right are the first row and column outside, so that quarters meet without a gap."),
            ),
            Slip(
                lambda block: np.hstack([quarters(block)[:, :2], quarters(block)[:, 2:] - quarters(block)[:, :2]]),
                mark("These are heights and widths; asked are bottom and right."),
            ),
            Slip(
                lambda block: quarters(block)[[0, 3]],
                mark("There are four quarters, not two."),
            ),
        ),
    ),
    Exercise(
        "4.4-mergeable",
        mergeable,
        _pair,
        special=(
            (np.array([[1, 1], [1, 1]]), _CORNER, 0, 2, 5),
            (np.array([[1, 1, 1]]), np.array([[0, 2, 1]]), 0, 1, 5),
            (np.array([[1, 2, 2]]), np.array([[0, 2, 1]]), 1, 0, 1),
            (np.array([[1, 3], [3, 9]]), _CORNER, 0, 1, 2),
            (np.array([[1, 9], [3, 9]]), np.array([[0, 1], [0, 1]]), 0, 1, 7),
        ),
        slips=(
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    np.ptp(image[np.isin(labels, (first, second))]) <= tolerance
                ),
                mark("Only neighbours may be merged: do they share a side?"),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(_touch(labels, first, second)),
                mark("Neighbours that are uneven together stay two."),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    _touch(labels, first, second, corners=True)
                    and np.ptp(image[np.isin(labels, (first, second))]) <= tolerance
                ),
                mark("Regions that meet at a corner only are no neighbours."),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    _touch(labels, first, second)
                    and all(np.ptp(image[labels == k]) <= tolerance for k in (first, second))
                ),
                mark("Each may be even by itself; both together have to be."),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    _touch(labels, first, second)
                    and abs(image[labels == first].mean() - image[labels == second].mean()) <= tolerance
                ),
                mark("Equal means are not enough: the range of all values of both counts."),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    _touch(labels, first, second) and np.ptp(image[np.isin(labels, (first, second))]) < tolerance
                ),
                mark("A range equal to the tolerance is still even: compare with <=."),
            ),
            Slip(
                lambda image, labels, first, second, tolerance: bool(
                    _touch(labels, first, second) and np.ptp(image) <= tolerance
                ),
                mark("Take the pixels of the two regions only."),
            ),
        ),
    ),
)
