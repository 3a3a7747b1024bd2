"""Two trees that grow from source and sink until they touch: the loop and the kernels of `max_flow`.

Source: Y. Boykov and V. Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for energy
minimization in vision", IEEE TPAMI 26 (2004) 1124-1137, section 3. Grow, augment and adopt are its sections 3.2.1 to
3.2.3; stamps and distances, by which an orphan knows a parent that leads to the terminal, its section 3.3.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numba import njit

FAR = 2**30  # a distance that no node has
UNLIMITED = 2**62  # paths
ROOT, NONE = np.uint32(2**32 - 2), np.uint32(2**32 - 1)  # in place of a parent: the terminal itself, nobody


class Network(NamedTuple):
    """Arcs, trees, queues. A node's arcs follow each other; on a grid they go to `offsets` and are not written down.

    Nodes and arcs are uint32: a signed index would be asked for its sign whenever it is used.
    """

    starts: np.ndarray | None  # (N + 1,), where each node's arcs begin; None on a grid, as the next two
    heads: np.ndarray | None  # (A,), the node that each arc leads to
    sisters: np.ndarray | None  # (A,), the arc back
    offsets: np.ndarray  # (D,), of a grid: ascending, so that opposite ones stand opposite; (0,) of another graph
    residual: np.ndarray  # (A,), what more could flow
    excess: np.ndarray  # (N,), what more could come from the source, or, negative, go to the sink
    tree: np.ndarray  # (N,), 1, -1 or 0
    parent: np.ndarray  # (N,), a node, ROOT or NONE
    link: np.ndarray  # (N,), the arc to the parent
    stamp: np.ndarray  # (N,), the path after which `distance` was known to be right
    distance: np.ndarray  # (N,), arcs to the terminal
    active: np.ndarray  # (N,), a ring: nodes that may still grow, first in, first out
    queued: np.ndarray  # (N,), who stands in it
    orphans: np.ndarray  # (N,), a ring
    counts: np.ndarray  # (5,), of `active` the first's place and the length; paths so far; who grows, by which arc


def network(excess, residual, starts=None, heads=None, sisters=None, offsets=()):
    """Return a network without any flow in it yet; it works in `excess` and `residual`."""
    n_nodes = len(excess)
    stamp, distance = (np.zeros(n_nodes, np.int32) for _ in range(2))
    link, active, orphans = (np.zeros(n_nodes, np.uint32) for _ in range(3))
    tree, parent, queued = np.zeros(n_nodes, np.int8), np.full(n_nodes, NONE), np.zeros(n_nodes, bool)
    counts = np.zeros(5, np.int64)
    return Network(
        starts, heads, sisters, np.array(offsets, np.int64), residual, excess, tree, parent, link, stamp, distance,
        active, queued, orphans, counts,
    )  # fmt: skip


def paths(net, every):
    """The loop of the paper; yield paths, flow by them, last path, its amount, trees when it was found, its orphans."""
    _plant(net)
    nobody = np.zeros(0, np.int32)
    if every < UNLIMITED:  # a run to the end shows its end alone
        yield 0, 0.0, nobody, 0.0, net.tree, nobody
    value, arc = 0.0, 0
    while arc >= 0:
        value += _advance(net, every - 1)
        path, amount, grown, orphans = nobody, 0.0, net.tree, nobody
        arc, tail, head = _grow(net)
        if arc >= 0:  # the last path of these, watched
            path, grown = _path(net.parent, tail, head), net.tree.copy()
            amount, n_orphans = _augment(net, arc, tail, head)
            orphans = net.orphans[len(net.orphans) - n_orphans :].astype(np.int32)
            _adopt(net, n_orphans)
            value += amount
        yield int(net.counts[2]), value, path, amount, grown, orphans


def _path(parent, tail, head):
    ends = [tail], [head]
    for end in ends:
        while parent[end[-1]] != ROOT:
            end.append(parent[end[-1]])
    return np.array(ends[0][::-1] + ends[1], np.int32)


# ---- the kernels; what differs between a graph and a grid is decided when they are compiled, and all are compiled into
# one: a call with so many arrays takes as long as a short path. Nobody counts who holds an array (nrt), as that takes
# longer still; so none of them may make one
kernel = partial(njit, cache=True, _nrt=False)


@kernel
def _plant(net):
    """Make roots of all nodes that the source or the sink can still reach directly."""
    for p in range(len(net.excess)):
        if net.excess[p] != 0:
            net.tree[p] = 1 if net.excess[p] > 0 else -1
            net.parent[p], net.distance[p] = ROOT, 1
            _activate(net, p)
    _next_to_grow(net)


@kernel
def _advance(net, budget):
    """Find and fill so many paths; return what flows along them."""
    value = 0.0
    for _ in range(budget):
        arc, tail, head = _grow(net)
        if arc < 0:
            break
        amount, n_orphans = _augment(net, arc, tail, head)
        _adopt(net, n_orphans)
        value += amount
    return value


@kernel(forceinline=True)
def _grow(net):
    """Grow both trees until they touch; return the arc from the source's to the sink's, its tail and head, or -1.

    After a path the same node goes on with the same arc.
    """
    residual, tree, parent, stamp, distance = net.residual, net.tree, net.parent, net.stamp, net.distance
    while net.counts[3] >= 0:
        p = np.uint32(net.counts[3])
        side = tree[p]
        end = _arcs(net.starts, net.offsets, p)[1] if side != 0 else 0  # 0 if it has become free since
        for arc in range(net.counts[4], end):
            q = _head(net.heads, net.offsets, p, arc)
            nearer = stamp[q] <= stamp[p] and distance[q] > distance[p]  # p, than q's parent, to the terminal
            if tree[q] == side and not nearer:
                continue
            back = _sister(net.sisters, net.offsets, p, arc, q)
            if residual[np.uint32(arc) if side > 0 else back] <= 0:
                continue
            if tree[q] == -side:
                net.counts[4] = arc
                return (arc, p, q) if side > 0 else (np.int64(back), q, p)
            if tree[q] == 0:
                _activate(net, q)
            tree[q], parent[q], net.link[q] = side, p, back
            stamp[q], distance[q] = stamp[p], distance[p] + 1
        _next_to_grow(net)
    return -1, NONE, NONE


@kernel(forceinline=True)
def _augment(net, arc, tail, head):
    """Fill the path over this arc; return what flows along it and how many orphans that makes.

    They stand at the end of the ring, in each tree the nearest to the terminal first: while it is an orphan, those
    beyond it would find no parent in the part of the tree that hangs on it.
    """
    residual, excess, parent, link = net.residual, net.excess, net.parent, net.link
    amount, arc = residual[np.uint32(arc)], np.uint32(arc)
    p = tail
    while parent[p] != ROOT:
        amount = min(amount, residual[_sister(net.sisters, net.offsets, p, link[p], parent[p])])
        p = parent[p]
    amount = min(amount, excess[p])
    p = head
    while parent[p] != ROOT:
        amount = min(amount, residual[link[p]])
        p = parent[p]
    amount = min(amount, -excess[p])

    residual[arc] -= amount
    residual[_sister(net.sisters, net.offsets, tail, arc, head)] += amount
    n_orphans = 0
    for start, side in ((tail, 1), (head, -1)):
        p = start
        while True:
            q = parent[p]
            if q == ROOT:
                excess[p] -= side * amount
                full = excess[p] == 0
            else:
                up, down = link[p], _sister(net.sisters, net.offsets, p, link[p], q)
                residual[up] += side * amount
                residual[down] -= side * amount
                full = residual[down if side > 0 else up] == 0
            if full:
                parent[p] = NONE
                n_orphans += 1
                net.orphans[len(net.orphans) - n_orphans] = p
            if q == ROOT:
                break
            p = q
    net.counts[2] += 1
    return amount, n_orphans


@kernel(forceinline=True)
def _adopt(net, n_orphans):
    """Find a new parent for every orphan, or set it free, which makes orphans of its children."""
    residual, tree, parent, orphans = net.residual, net.tree, net.parent, net.orphans
    n_nodes, now, first = len(tree), net.counts[2], len(tree) - n_orphans
    while n_orphans > 0:
        p = orphans[first]
        first = _wrapped(first + 1, n_nodes)
        n_orphans -= 1
        side, nearest, adopter, link = tree[p], FAR, p, -1
        begin, end = _arcs(net.starts, net.offsets, p)
        for arc in range(begin, end):
            q = _head(net.heads, net.offsets, p, arc)
            if tree[q] != side or parent[q] == NONE:
                continue
            if residual[np.uint32(arc) if side < 0 else _sister(net.sisters, net.offsets, p, arc, q)] <= 0:
                continue
            distance = _origin(net, q, now)
            if distance < nearest:
                nearest, adopter, link = distance, q, arc
        if nearest < FAR:
            parent[p], net.link[p] = adopter, link
            net.stamp[p], net.distance[p] = now, nearest + 1
            continue
        tree[p] = 0
        for arc in range(begin, end):
            q = _head(net.heads, net.offsets, p, arc)
            if tree[q] != side:
                continue
            if parent[q] == p:
                parent[q] = NONE
                orphans[_wrapped(first + n_orphans, n_nodes)] = q
                n_orphans += 1
            if residual[np.uint32(arc) if side < 0 else _sister(net.sisters, net.offsets, p, arc, q)] > 0:
                _activate(net, q)  # it may grow back


@kernel(forceinline=True)
def _origin(net, node, now):
    """Return the distance of a node to its terminal, FAR if an orphan stands between, and stamp the way there."""
    parent, stamp, distance = net.parent, net.stamp, net.distance
    p, arcs = node, 0
    while stamp[p] != now:
        if parent[p] == NONE:
            return FAR
        if parent[p] == ROOT:
            stamp[p], distance[p] = now, 1
            break
        p = parent[p]
        arcs += 1
    arcs += distance[p]
    p, left = node, arcs
    while stamp[p] != now:
        stamp[p], distance[p] = now, left
        p = parent[p]
        left -= 1
    return arcs


@kernel(forceinline=True)
def _activate(net, node):
    """Let a node stand in line to grow, once."""
    if not net.queued[node]:
        net.queued[node] = True
        net.active[_wrapped(net.counts[0] + net.counts[1], len(net.active))] = node
        net.counts[1] += 1


@kernel(forceinline=True)
def _next_to_grow(net):
    """Let the first of the line grow, from its first arc."""
    net.counts[3] = -1
    if net.counts[1] > 0:
        p = net.active[net.counts[0]]
        net.counts[0] = _wrapped(net.counts[0] + 1, len(net.active))
        net.counts[1] -= 1
        net.queued[p] = False
        net.counts[3], net.counts[4] = p, _arcs(net.starts, net.offsets, p)[0]


@kernel(forceinline=True)
def _wrapped(place, length):
    return place if place < length else place - length  # quicker than a remainder


@kernel(forceinline=True)
def _arcs(starts, offsets, node):
    if starts is None:
        return node * len(offsets), (node + 1) * len(offsets)
    return starts[node], starts[node + 1]


@kernel(forceinline=True)
def _head(heads, offsets, node, arc):
    if heads is None:
        return np.uint32(node + offsets[arc - node * len(offsets)])
    return heads[arc]


@kernel(forceinline=True)
def _sister(sisters, offsets, tail, arc, head):
    if sisters is None:  # the k-th of the tail's arcs comes back as the k-th of the head's, counted from the last
        return np.uint32((1 + tail + head) * len(offsets) - 1 - arc)
    return sisters[arc]
