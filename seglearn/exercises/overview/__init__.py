"""Exercises of section 4.1: what a partition is, and how label maps are scored where nobody knows the truth."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark

UNLABELLED = 255


def pixel_accuracy(prediction, truth):
    """The share of right pixels among those whose truth is not 255."""
    decided = truth != UNLABELLED
    return (prediction == truth)[decided].mean()


def faults(masks):
    """How many pixels lie in no mask, and how many in more than one; masks (K, H, W)."""
    times = masks.sum(axis=0)
    return int((times == 0).sum()), int((times > 1).sum())


def recolor(labels, colors):
    """The label map as a picture: each label in its colour, 255 in white."""
    table = np.full((UNLABELLED + 1, 3), 255, np.uint8)
    table[: len(colors)] = colors
    return table[labels]


def _maps(rng, size):
    shape = tuple(rng.integers(1, 2 + size // 3, 2))
    prediction, truth = rng.integers(0, 3, (2, *shape))
    truth[rng.random(shape) < 0.3] = UNLABELLED
    truth.flat[0] = prediction.flat[0]  # one pixel at least is decided
    return prediction, truth


def _masks(rng, size):
    return (rng.random((rng.integers(1, 5), *rng.integers(1, 2 + size // 3, 2))) < 0.5,)


def _labels(rng, size):
    colors = rng.integers(0, 256, (rng.integers(1, 5), 3), dtype=np.uint8)
    labels = rng.integers(0, len(colors), rng.integers(1, 2 + size // 3, 2))
    labels[rng.random(labels.shape) < 0.2] = UNLABELLED
    return labels, colors


EXERCISES = (
    Exercise(
        "4.1-partition",
        faults,
        _masks,
        special=(
            (np.array([[[True, False]], [[False, True]]]),),
            (np.array([[[True, True, False]], [[False, True, False]], [[False, True, False]]]),),
        ),
        slips=(
            Slip(
                lambda masks: faults(masks)[::-1],
                mark("The order is turned: first the pixels in no mask, then those in several."),
            ),
            Slip(
                lambda masks: (faults(masks)[0], int((masks.sum(axis=0) >= 1).sum())),
                mark("A pixel in exactly one mask is as it should be: count those in more than one."),
            ),
            Slip(
                lambda masks: (faults(masks)[0], int((masks.sum(axis=0) == 2).sum())),
                mark("Three masks on one pixel are a fault, too: count all above one."),
            ),
            Slip(
                lambda masks: (faults(masks)[0], int(np.maximum(masks.sum(axis=0) - 1, 0).sum())),
                mark("Each faulty pixel counts once, however many masks lie on it."),
            ),
            Slip(
                lambda masks: (int((~masks).sum()), int(masks.sum())),
                mark("This counts over all masks one by one; look at all of them at the same pixel: sum over axis 0."),
            ),
            Slip(
                lambda masks: (faults(masks)[0] / masks[0].size, faults(masks)[1] / masks[0].size),
                mark("These are shares; asked are numbers of pixels."),
            ),
        ),
    ),
    Exercise(
        "4.1-pixel-accuracy",
        pixel_accuracy,
        _maps,
        special=(
            (np.array([[0, 1, 1, 2]]), np.array([[0, 1, 2, UNLABELLED]])),
            (np.array([[1, UNLABELLED]]), np.array([[1, UNLABELLED]])),
        ),
        slips=(
            Slip(
                lambda prediction, truth: (prediction == truth).mean(),
                mark("Unlabelled pixels count as wrong here: leave them out of the sum and out of the number."),
            ),
            Slip(
                lambda prediction, truth: ((prediction == truth) | (truth == UNLABELLED)).mean(),
                mark("Unlabelled pixels count as right here: leave them out of the sum and out of the number."),
            ),
            Slip(
                lambda prediction, truth: (prediction == truth)[truth != UNLABELLED].sum(),
                mark("This is the number of right pixels; divide it by the number of decided ones."),
            ),
            Slip(
                lambda prediction, truth: (prediction != truth)[truth != UNLABELLED].mean(),
                mark("This is the share of wrong pixels; the accuracy is that of the right ones."),
            ),
            Slip(
                lambda prediction, truth: 100 * pixel_accuracy(prediction, truth),
                mark("This is in per cent; asked is a share from 0 to 1."),
            ),
            Slip(
                lambda prediction, truth: (
                    (prediction == truth)[(truth != UNLABELLED) & (truth > 0)].sum()
                    / max(((truth != UNLABELLED) & (truth > 0)).sum(), 1)
                ),
                mark("The background is a class like the others: its pixels count, too."),
            ),
        ),
    ),
    Exercise(
        "4.1-recolor",
        recolor,
        _labels,
        special=(
            (np.array([[0, UNLABELLED]]), np.array([[10, 20, 30]], np.uint8)),
            (np.array([[1, 0], [1, 1]]), np.array([[255, 0, 0], [0, 0, 255]], np.uint8)),
        ),
        slips=(
            Slip(
                lambda labels, colors: colors[labels % len(colors)],
                mark("255 must become white: there is no colour for it in the list."),
            ),
            Slip(
                lambda labels, colors: np.where(
                    (labels == UNLABELLED)[..., None], np.uint8(0), recolor(labels, colors)
                ),
                mark("255 is black here; unlabelled pixels are drawn white."),
            ),
            Slip(
                lambda labels, colors: recolor(labels, colors[::-1]),
                mark("The order of the colours is turned: label 0 takes the first."),
            ),
            Slip(
                lambda labels, colors: recolor(labels, colors)[..., ::-1],
                mark("Red and blue are swapped: keep the order of the channels."),
            ),
            Slip(
                lambda labels, colors: recolor(labels, colors).reshape(-1, 3),
                mark("This is a list of pixels (N, 3); a picture has shape (H, W, 3)."),
            ),
            Slip(
                lambda labels, colors: recolor(labels, colors) / 255,
                mark("These are floats from 0 to 1; the colours come as uint8, and so shall the picture."),
            ),
        ),
    ),
)
