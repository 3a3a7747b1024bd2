"""Exercises on labels and scores: from one numbering to another, from a table of confusions to mean IoU."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def mean_iou(confusion):
    """Mean over the classes of hits / (true + predicted - hits); confusion[t, p] counts pixels."""
    hits, either = _parts(confusion)
    return (hits[either > 0] / either[either > 0]).mean()


def remap(labels, known):
    """Each label by its place in `known`; 255 where it isn't there."""
    result = np.full(labels.shape, 255)
    for place, label in enumerate(known):
        result[labels == label] = place
    return result


def _parts(confusion):
    hits = np.diag(confusion).astype(float)
    return hits, confusion.sum(axis=0) + confusion.sum(axis=1) - hits


def _in_turn(labels, known):
    """Written over again: what has become a place is taken for a label."""
    result = np.where(np.isin(labels, known), labels, 255)
    for place, label in enumerate(known):
        result[result == label] = place
    return result


def _table(rng, size):
    n = int(rng.integers(2, 3 + size // 6))
    table = rng.integers(0, 4 + size, (n, n))
    table[0, 0] += 1
    if size % 3 == 0:
        table[-1] = table[:, -1] = 0  # a class that is nowhere
    return (table,)


def _labels(rng, size):
    known = rng.permutation(10)[: rng.integers(1, 6)]
    return rng.integers(0, 12, rng.integers(1, 2 + size // 3, 2)), [int(label) for label in known]


EXERCISES = (
    Exercise(
        "4.6-mean-iou",
        mean_iou,
        _table,
        ((np.array([[5, 1], [2, 4]]),), (np.array([[3, 0, 0], [1, 2, 0], [0, 0, 0]]),), (np.array([[7]]),)),
        (
            Slip(
                lambda confusion: np.trace(confusion) / confusion.sum(),
                mark("This is the pixel accuracy, in which large classes count more."),
            ),
            Slip(
                lambda confusion: np.nanmean(np.diag(confusion) / confusion.sum(axis=1)),
                mark("This divides by the true pixels alone: what was predicted wrongly must count, too."),
            ),
            Slip(
                lambda confusion: np.nanmean(np.diag(confusion) / confusion.sum(axis=0)),
                mark("This divides by the predicted pixels alone: what was missed must count, too."),
            ),
            Slip(
                lambda confusion: np.nanmean(np.diag(confusion) / (confusion.sum(axis=0) + confusion.sum(axis=1))),
                mark("The hits stand in the row and in the column: take them off the union once."),
            ),
            Slip(
                lambda confusion: np.nan_to_num(np.divide(*_parts(confusion))).mean(),
                mark("A class that is nowhere has no IoU; leave it out instead of counting 0."),
            ),
            Slip(
                lambda confusion: np.divide(*_parts(confusion)).mean(),
                mark("A class that is nowhere gives 0 / 0; leave it out."),
            ),
            Slip(
                lambda confusion: np.divide(*map(np.sum, _parts(confusion))),
                mark("Take each class's IoU first, and their mean then; this sums over the classes before it divides."),
            ),
            Slip(
                lambda confusion: np.divide(*_parts(confusion)),
                mark("These are the IoUs of the classes; asked is their mean."),
            ),
        ),
    ),
    Exercise(
        "4.6-remap",
        remap,
        _labels,
        ((np.array([[7, 0], [11, 7]]), [7, 11]), (np.array([[0, 1, 2]]), [2, 1, 0]), (np.array([[3]]), [4])),
        (
            Slip(
                _in_turn,
                mark("What has become a new label is taken for an old one: compare with the old map, write a new one."),
            ),
            Slip(
                lambda labels, known: np.where(remap(labels, known) == 255, 0, remap(labels, known)),
                mark("An unknown label becomes class 0 here; it is to be 255, undecided."),
            ),
            Slip(
                lambda labels, known: np.where(remap(labels, known) == 255, labels, remap(labels, known)),
                mark("An unknown label stays as it was; it is to be 255, undecided."),
            ),
            Slip(
                lambda labels, known: remap(labels, sorted(known)),
                mark("The order of `known` counts: its first label becomes 0."),
            ),
            Slip(
                lambda labels, known: np.where(remap(labels, known) == 255, 255, remap(labels, known) + 1),
                mark("Places count from 0: the first of `known` becomes 0."),
            ),
            Slip(
                lambda labels, known: np.where(remap(labels, known) == 255, 255, labels),
                mark("The labels keep their old numbers here; each becomes its place in `known`."),
            ),
        ),
    ),
)
