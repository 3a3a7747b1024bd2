"""Exercises on the graph of a picture: the weight of a link, of a cut, and of a cut in proportion."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def link(a, b, step, sigma):
    """exp(-|a - b|^2 / (2 sigma^2)) / |step|, for two colours (D,) and the step (down, right) between their pixels."""
    return np.exp(-((a - b) ** 2).sum() / (2 * sigma**2)) / np.hypot(*step)


def cut(affinity, side):
    """The weights between the nodes on one side and those on the other."""
    return affinity[side][:, ~side].sum()


def ncut(affinity, side):
    """cut(A, B) / assoc(A, V) + cut(A, B) / assoc(B, V)."""
    return cut(affinity, side) * (1 / affinity[side].sum() + 1 / affinity[~side].sum())


def _pair(rng, size):
    n_values = 1 if size < 8 else 3
    step = ((0, 1), (1, 0), (1, 1), (1, -1))[rng.integers(4)]
    a, b = rng.integers(0, 6, (2, n_values)) / 5
    return a, b, step, int(rng.integers(1, 6)) / 5


def _graph(rng, size):
    """Weights of size + 3 nodes, all joined, and sides that both have nodes."""
    n_nodes = size + 3
    weights = np.triu(rng.integers(1, 9, (n_nodes, n_nodes)), 1).astype(float)
    side = np.zeros(n_nodes, bool)
    side[rng.permutation(n_nodes)[: rng.integers(1, n_nodes)]] = True
    return weights + weights.T, side


HOUSE = np.array(
    [[0, 4, 3, 0, 0], [4, 0, 5, 1, 0], [3, 5, 0, 0, 2], [0, 1, 0, 0, 6], [0, 0, 2, 6, 0]], dtype=float
)  # five nodes: a triangle and a pair, joined by links of 1 and 2
PAIR = np.array([False, False, False, True, True])

EXERCISES = (
    Exercise(
        "4.5-link",
        link,
        _pair,
        special=(
            (np.array([0.5]), np.array([0.5]), (1, 1), 0.2),
            (np.array([0.2, 0.4, 0.6]), np.array([0.4, 0.4, 0.2]), (0, 1), 0.4),
        ),
        slips=(
            Slip(
                lambda a, b, step, sigma: link(a, b, (0, 1), sigma),
                mark("The distance between the pixels is missing: a diagonal neighbour is sqrt(2) away."),
            ),
            Slip(
                lambda a, b, step, sigma: link(a, b, (0, 1), sigma) * np.hypot(*step),
                mark("This multiplies by the distance; a longer link weighs less, so divide by it."),
            ),
            Slip(
                lambda a, b, step, sigma: link(a, b, (0, 1), sigma) / (step[0] ** 2 + step[1] ** 2),
                mark("Divide by the distance, not by its square: take the root of down^2 + right^2."),
            ),
            Slip(
                lambda a, b, step, sigma: np.exp(-((a - b) ** 2).sum() / sigma**2) / np.hypot(*step),
                mark("The 2 is missing in the exponent: it is divided by 2 sigma^2."),
            ),
            Slip(
                lambda a, b, step, sigma: np.exp(-((a - b) ** 2).sum() / 2 * sigma**2) / np.hypot(*step),
                mark("x / 2 * sigma**2 multiplies by sigma^2: put 2 * sigma**2 in brackets."),
            ),
            Slip(
                lambda a, b, step, sigma: np.exp(-np.abs(a - b).sum() / (2 * sigma**2)) / np.hypot(*step),
                mark("The differences go squared into the exponent."),
            ),
            Slip(
                lambda a, b, step, sigma: np.exp(-((a - b) ** 2).mean() / (2 * sigma**2)) / np.hypot(*step),
                mark("Sum the squares over the channels; this is their mean."),
            ),
            Slip(
                lambda a, b, step, sigma: np.exp(((a - b) ** 2).sum() / (2 * sigma**2)) / np.hypot(*step),
                mark("The minus sign is missing: the more two colours differ, the cheaper it is to part them."),
            ),
        ),
    ),
    Exercise(
        "4.5-cut",
        cut,
        _graph,
        special=((HOUSE, PAIR), (HOUSE, ~PAIR), (HOUSE, np.array([True, False, False, False, False]))),
        slips=(
            Slip(
                lambda affinity, side: 2 * cut(affinity, side),
                mark("Every link is counted twice, once from each end: take the rows of one side only."),
            ),
            Slip(
                lambda affinity, side: affinity[side].sum(),
                mark("These are all links of one side, those within it too; keep the columns of the other side alone."),
            ),
            Slip(
                lambda affinity, side: affinity[side][:, side].sum(),
                mark("These are the links within the side; the cut is what leads to the other one."),
            ),
            Slip(
                lambda affinity, side: affinity[~side][:, ~side].sum(),
                mark("These are the links within the other side; the cut is what leads from one to the other."),
            ),
            Slip(
                lambda affinity, side: float((affinity[side][:, ~side] > 0).sum()),
                mark("This counts the links; sum their weights."),
            ),
            Slip(
                lambda affinity, side: affinity[side][:, ~side].mean(),
                mark("This is a mean; the cut is the sum of the weights."),
            ),
        ),
    ),
    Exercise(
        "4.5-ncut",
        ncut,
        _graph,
        special=((HOUSE, PAIR), (HOUSE, np.array([True, False, False, False, False]))),
        slips=(
            Slip(
                cut,
                mark("This is the cut itself; divide it by what each side holds, and add the two."),
            ),
            Slip(
                lambda affinity, side: cut(affinity, side) / affinity[side].sum(),
                mark("Only one side counts here; add cut / assoc of the other one."),
            ),
            Slip(
                lambda affinity, side: (
                    cut(affinity, side) / max(affinity[side][:, side].sum(), 1e-9)
                    + cut(affinity, side) / max(affinity[~side][:, ~side].sum(), 1e-9)
                ),
                mark("assoc(A, V) is all that A hangs on, the links to the other side included: sum whole rows."),
            ),
            Slip(
                lambda affinity, side: cut(affinity, side) * (1 / side.sum() + 1 / (~side).sum()),
                mark("This divides by the numbers of nodes (ratio cut); divide by the sums of their links."),
            ),
            Slip(
                lambda affinity, side: 2 * cut(affinity, side) / affinity.sum(),
                mark("Each side is divided by what it holds itself, not both by the sum of all."),
            ),
            Slip(
                lambda affinity, side: ncut(affinity, side) / 2,
                mark("The two parts are added; their mean is half of Ncut."),
            ),
            Slip(
                lambda affinity, side: cut(affinity, side) / (affinity[side].sum() + affinity[~side].sum()),
                mark("Divide by each of the two sums and add; this divides once, by both together."),
            ),
        ),
    ),
)
