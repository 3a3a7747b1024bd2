"""Exercises on flow: what is left of the capacities, one augmenting path, and the cut that is read off at the end."""

from itertools import pairwise

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def residual(capacity, flow):
    """c_uv - f_uv + f_vu: what more could flow from u to v."""
    return capacity - flow + flow.T


def augment(residual, path):
    """The residual after as much as possible was sent along a path, a list of nodes."""
    return _sent(residual, path, _least(residual, path))


def source_side(residual, source):
    """The nodes that the source can still reach, bool (N,)."""
    return _reached(residual > 0, source, len(residual))


def _least(residual, path):
    return min(residual[u, v] for u, v in pairwise(path))


def _sent(residual, path, amount, back=1.0):
    left = residual.copy()
    for u, v in pairwise(path):
        left[u, v] -= amount
        left[v, u] += back * amount
    return left


def _reached(leads, source, rounds):
    side = np.arange(len(leads)) == source
    for _ in range(rounds):
        side = side | leads[side].any(axis=0)
    return side


def _flow(rng, size):
    """Capacities with arcs both ways, and a flow below them (it need not be conserved to have a residual)."""
    n_nodes = size + 1
    capacity = rng.integers(0, 8, (n_nodes, n_nodes)) * (1 - np.eye(n_nodes, dtype=int))
    flow = np.floor(capacity * rng.random((n_nodes, n_nodes)))
    return capacity.astype(float), flow


def _path(rng, size):
    n_nodes = size + 2
    left = rng.integers(1, 9, (n_nodes, n_nodes)) * (1 - np.eye(n_nodes, dtype=int))
    return left.astype(float), rng.permutation(n_nodes)[: rng.integers(2, n_nodes + 1)].tolist()


def _sparse(rng, size):
    """A residual graph in which paths are long: few arcs, and chains that run against the numbers."""
    n_nodes = size + 2
    left = rng.integers(1, 9, (n_nodes, n_nodes)) * (rng.random((n_nodes, n_nodes)) < 1.2 / n_nodes)
    chain = rng.permutation(n_nodes)[: rng.integers(1, n_nodes + 1)]
    left[chain[:-1], chain[1:]] = 1
    return left * (1.0 - np.eye(n_nodes)), int(chain[0])


ONE_WAY = np.array([[0.0, 5, 0], [0, 0, 3], [0, 0, 0]])
BACKWARDS = np.array([[0.0, 0, 0, 2], [1, 0, 0, 0], [0, 4, 0, 0], [0, 0, 1, 0]])  # 0 - 3 - 2 - 1

EXERCISES = (
    Exercise(
        "4.5-residual",
        residual,
        _flow,
        special=((ONE_WAY, np.array([[0.0, 3, 0], [0, 0, 3], [0, 0, 0]])), (ONE_WAY, np.zeros((3, 3)))),
        slips=(
            Slip(
                lambda capacity, flow: capacity - flow,
                mark("What flows from v to u can be taken back, which is as good as sending it from u to v: add f_vu."),
            ),
            Slip(
                lambda capacity, flow: capacity - flow.T + flow,
                mark("Exchanged: what flows from u to v is taken away from u to v, and is added from v to u."),
            ),
            Slip(
                lambda capacity, flow: capacity - flow - flow.T,
                mark("The flow the other way is added, not taken away."),
            ),
            Slip(
                lambda capacity, flow: capacity + flow,
                mark("What flows already takes room: subtract it."),
            ),
            Slip(
                lambda capacity, flow: np.where(capacity > 0, capacity - flow + flow.T, 0),
                mark("An arc without capacity has a residual as well, where something flows against it."),
            ),
            Slip(
                lambda capacity, flow: capacity - flow + flow.T > 0,
                mark("This says where something is left; how much is asked."),
            ),
        ),
    ),
    Exercise(
        "4.5-augment",
        augment,
        _path,
        special=((np.array([[0.0, 5, 0], [0, 0, 3], [0, 0, 0]]), [0, 1, 2]), (np.array([[0.0, 5], [2, 0]]), [0, 1])),
        slips=(
            Slip(
                lambda residual, path: _sent(residual, path, _least(residual, path), back=0.0),
                mark("What was sent can be taken back: add the amount to the arcs that lead back along the path."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, max(residual[u, v] for u, v in pairwise(path))),
                mark("The narrowest arc decides how much can be sent: take the least residual, not the largest."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, residual[path[0], path[1]]),
                mark("This sends what the first arc lets through; a later one may be narrower."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, residual[path[-2], path[-1]]),
                mark("This sends what the last arc lets through; an earlier one may be narrower."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, 1.0),
                mark("This sends one unit; as much as possible is asked."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, -_least(residual, path)),
                mark("The signs are turned round: along the path the residual falls, back along it it rises."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path, _least(residual, path), back=-1.0),
                mark("The arcs back gain what the arcs of the path lose."),
            ),
            Slip(
                lambda residual, path: _sent(residual, path[:-1], _least(residual, path)),
                mark("The last arc of the path was forgotten: a path of L nodes has L - 1 arcs."),
            ),
        ),
    ),
    Exercise(
        "4.5-side",
        source_side,
        _sparse,
        special=((BACKWARDS, 0), (np.zeros((3, 3)), 1), (ONE_WAY, 2)),
        slips=(
            Slip(
                lambda residual, source: _reached(residual > 0, source, 1),
                mark("These are the neighbours of the source; go on from them until nothing is added."),
            ),
            Slip(
                lambda residual, source: _reached(residual > 0, source, 2),
                mark("Two steps are not always enough; go on until nothing is added."),
            ),
            Slip(
                lambda residual, source: _reached(residual.T > 0, source, len(residual)),
                mark("These are the nodes that can reach the source; follow the arcs forwards, from row to column."),
            ),
            Slip(
                lambda residual, source: _reached((residual > 0) | (residual.T > 0), source, len(residual)),
                mark("An arc counts only in the direction in which something may still flow."),
            ),
            Slip(
                lambda residual, source: _one_pass(residual, source),
                mark(
                    "One pass over the nodes in their order misses a path that runs against it: repeat, or use a queue."
                ),
            ),
            Slip(
                lambda residual, source: source_side(residual, source) & (np.arange(len(residual)) != source),
                mark("The source is on its own side."),
            ),
            Slip(
                lambda residual, source: ~source_side(residual, source),
                mark("This is the other side."),
            ),
            Slip(
                lambda residual, source: _reached(residual > 1, source, len(residual)),
                mark("Anything above 0 may still flow."),
            ),
        ),
    ),
)


def _one_pass(residual, source):
    side = np.arange(len(residual)) == source
    for node in range(len(residual)):
        if side[node]:
            side = side | (residual[node] > 0)
    return side
