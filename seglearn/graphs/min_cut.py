"""The minimum cut of a graph, without terminals: which nodes hang on the rest by the least."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.graphs.pixel_graph import checked

MOST_NODES = 4000  # the links are kept as a full matrix, and time grows with the cube
EQUAL = 1e-12  # weights that differ by this part are equal, and the first counts


@dataclass(frozen=True)
class MinCutState:
    """The minimum cut after one phase of Stoer and Wagner."""

    phase: int  # from 1 to N - 1
    groups: np.ndarray  # (N,) int32, the first node of the group that each node was merged into before this phase
    order: np.ndarray  # (M,) int32, these groups in the order in which they were added, each the most tightly attached
    attached: np.ndarray  # (M,) the links of each to those before it
    phase_value: float  # the cut of the phase: of the last group from all others
    phase_side: np.ndarray  # (N,) bool, its nodes
    value: float  # the least cut of all phases so far
    side: np.ndarray  # (N,) bool, one side of it


def global_min_cut(affinity) -> MinCutState:
    """Cut a graph in two where the links that are cut weigh least, and return the last state.

    min cut(A, B) = sum_{u in A, v in B} w(u, v)  over all A, B that are not empty

    Parameters
    ----------
    affinity : (N, N) W, symmetric, not negative, array or sparse, 2 to 4000 nodes; its diagonal does not count.

    Returns
    -------
    MinCutState with `value`, the weight of the minimum cut, and `side` (N,) bool.

    Each phase begins with node 0 and adds, one by one, the group most tightly attached to those already added. The last
    two are then merged: either the minimum cut is the one that parts the last from the rest, or it does not part
    these two. Of equal weights the first counts, of equal cuts the one found first.

    >>> from seglearn.graphs import global_min_cut
    >>> global_min_cut([[0, 3, 1], [3, 0, 1], [1, 1, 0]]).side
    array([False, False,  True])

    Raises
    ------
    ValueError, TypeError : W not square, not symmetric, negative, NaN, of too few or too many nodes.

    Source: M. Stoer and F. Wagner, "A simple min-cut algorithm", Journal of the ACM 44 (1997) 585-591, section 2.
    Lecture 4.5.1, figures 4-10 and 4-11.
    """
    for state in _phases(_prepare(affinity)):  # noqa: B007
        pass
    return state


def global_min_cut_steps(affinity) -> Iterator[MinCutState]:
    """Yield a `MinCutState` after every phase; argument as in `global_min_cut`."""
    return _phases(_prepare(affinity))


def _prepare(affinity):
    affinity = checked(affinity, 2)
    if affinity.shape[0] > MOST_NODES:
        checks.fail("affinity", f"at most {MOST_NODES} nodes", affinity.shape[0])
    weights = affinity.toarray()
    np.fill_diagonal(weights, 0)
    return weights


def _phases(weights):
    """The loop of the paper, on a matrix that it uses up."""
    n_nodes = len(weights)
    alive = np.arange(n_nodes, dtype=np.int32)  # the first node of each group, ascending
    groups, value, side = alive.copy(), np.inf, None
    for phase in range(1, n_nodes):
        order, attached = np.empty(len(alive), np.int32), np.empty(len(alive))
        _add_all(weights, alive, order, attached)
        (*_, before, last), phase_value = order.tolist(), float(attached[-1])
        phase_side = groups == last
        if phase_value < value * (1 - EQUAL):
            value, side = phase_value, phase_side
        yield MinCutState(phase, groups.copy(), order, attached, phase_value, phase_side.copy(), value, side.copy())
        kept, gone = min(before, last), max(before, last)
        weights[kept] += weights[gone]
        weights[:, kept] = weights[kept]
        weights[kept, kept] = 0
        groups = np.where(groups == gone, kept, groups)
        alive = alive[alive != gone]


@njit(cache=True)
def _add_all(weights, alive, order, attached):
    """Add the groups one by one, each the most tightly attached, and write down their order and how tightly."""
    n_groups = len(alive)
    links = np.zeros(n_groups)  # of each group to those already added; negative once it is added itself
    chosen = 0
    for i in range(n_groups):
        order[i], attached[i] = alive[chosen], links[chosen]
        row = weights[alive[chosen]]
        links[chosen] = -1.0
        most, heaviest = -1, -1.0
        for k in range(n_groups):
            if links[k] >= 0:
                links[k] += row[alive[k]]
                if most < 0 or links[k] > heaviest * (1 + EQUAL):
                    most, heaviest = k, links[k]
        chosen = most
