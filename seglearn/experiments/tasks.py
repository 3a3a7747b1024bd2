"""Four tasks told apart on one picture, figure 4-1 (ii): what, where, which pixels, whose pixels."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from seglearn import edges, images, regions

LEAST = 100  # pixels; a smaller piece is no coin


@dataclass(frozen=True)
class Coins:
    """What was found on the photograph "coins", and how much of it is true."""

    objects: np.ndarray  # (H, W) int32, 0 background, 1, 2, ... coins
    boxes: np.ndarray  # (N, 4) int, top, left, bottom, right of each, the last two exclusive
    truth: np.ndarray  # (H, W) int32, as outlined by eye, 255 where undecided
    n_true: int
    n_matched: int  # true coins that one found coin overlaps by more than half of both together
    overlap: float  # IoU of all coins together


def coins(low=30, high=150) -> Coins:
    """Find coins: flood the slopes of the photograph from what is darker than `low` and brighter than `high`."""
    grey, decided = images.load("coins"), images.ground_truth("coins").labels
    markers = np.where(grey < low, 1, np.where(grey > high, 2, 0))
    mask = ndimage.binary_fill_holes(regions.watershed(edges.sobel(grey), markers) == 2)
    objects = pieces(mask, LEAST)
    truth = np.where(decided == 255, 255, pieces(decided == 1)).astype(np.int32)
    places = ndimage.find_objects(objects)
    boxes = np.array([(r.start, c.start, r.stop, c.stop) for r, c in places]).reshape(-1, 4)
    sure = decided != 255
    both, either = (objects > 0) & (truth > 0) & sure, ((objects > 0) | (truth > 0)) & sure
    n_true, n_matched = int(truth[sure].max()), matched(objects, truth)
    return Coins(objects, boxes, truth, n_true, n_matched, float(both.sum() / either.sum()))


def pieces(mask, least=1):
    """Return the connected pieces of a mask (H, W) from 1 in reading order, smaller ones than `least` pixels as 0."""
    labels, n_pieces = ndimage.label(mask)
    large = np.bincount(labels.ravel(), minlength=n_pieces + 1) >= least
    large[0] = False
    return np.where(large, np.cumsum(large), 0)[labels].astype(np.int32)


def matched(objects, truth, ignore=255) -> int:
    """Return how many true objects one found object overlaps with an IoU above 1/2; both (H, W) from 1.

    No two found objects can both match one, nor can one match two: each takes more than half.
    """
    sure = truth != ignore
    table = np.zeros((objects.max() + 1, truth[sure].max() + 1), int)
    np.add.at(table, (objects[sure], truth[sure]), 1)
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0) - table
    return int((table > 0.5 * union)[1:, 1:].sum())
