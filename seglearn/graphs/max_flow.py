"""Maximum flow by two trees that grow from source and sink until they touch (Boykov and Kolmogorov)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy import sparse

from seglearn import checks
from seglearn.graphs.search_trees import ROOT, UNLIMITED, network, paths

MOST_ARCS = 2**31 - 1  # they are numbered in 32 bits
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))  # to the neighbours whose links are given: right, below, and both diagonals


@dataclass(frozen=True)
class MaxFlowState:
    """The flow through a graph after some augmenting paths."""

    n_paths: int  # from 0
    value: float  # all that flows from the source to the sink
    path: np.ndarray  # (L,) int32, nodes of the path that was found last, source and sink included; (0,) where none was
    amount: float  # what flows along it
    flow: sparse.csr_array  # (N, N), the net flow along each arc, where positive
    residual: sparse.csr_array  # (N, N), what more could flow from u to v: c_uv - f_uv + f_vu
    grown: np.ndarray  # (N,) int8, `tree` as it was when that path was found
    orphans: np.ndarray  # (K,) int32, nodes that the path cut off; in a tree the nearest to its terminal first
    tree: np.ndarray  # (N,) int8, after their adoption: 1 in the tree of the source, -1 in that of the sink, 0 free
    parent: np.ndarray  # (N,) int32, in these trees; -1 of the terminals and free nodes
    side: np.ndarray  # (N,) bool, the tree of the source; in the last state a minimum cut, the smallest such set


@dataclass(frozen=True)
class GridFlowState:
    """The flow through a grid of pixels after some augmenting paths; fields not named here as in `MaxFlowState`."""

    n_paths: int
    value: float
    path: np.ndarray  # (L, 2) int32, row and column of its pixels, from the source's end to the sink's
    amount: float
    source_flow: np.ndarray  # (H, W), from the source to each pixel
    sink_flow: np.ndarray  # (H, W), from each pixel to the sink
    neighbor_flow: np.ndarray  # (2 or 4, H, W), net flow along each link, negative towards the pixel
    grown: np.ndarray  # (H, W) int8
    orphans: np.ndarray  # (K, 2) int32
    tree: np.ndarray  # (H, W) int8
    parent: np.ndarray  # (H, W) int32, row W + col of the parent; -2 where it is the terminal, -1 of free pixels
    side: np.ndarray  # (H, W) bool


def max_flow(capacity, source, sink) -> MaxFlowState:
    """Send as much as possible from one node of a graph to another, and return the last state.

    max sum_v f_sv  where  0 <= f_uv <= c_uv,  sum_u f_uv = sum_w f_vw at all nodes v but s and t

    Parameters
    ----------
    capacity : (N, N) c, not negative, array or sparse: what may flow from u to v. The diagonal does not count.
    source, sink : two different nodes, int from 0 to N - 1.

    Returns
    -------
    MaxFlowState with `value`, `flow` (N, N), and `side` (N,) bool, the source's side of a minimum cut. The arcs
    that lead out of it are full, and their capacities sum to `value`.

    Two trees grow from the terminals along arcs that are not full, first come, first served. Where they touch, a path
    is found and filled (augmented); nodes beyond an arc that is full now are orphans and look for a new parent in
    their tree, as near to the terminal as they find one; who finds none is free. What flows by a single node, s v t,
    flows before the first path.

    >>> from seglearn.graphs import max_flow
    >>> max_flow([[0, 3, 1, 0], [0, 0, 0, 2], [0, 0, 0, 4], [0, 0, 0, 0]], source=0, sink=3).value
    3.0

    Raises
    ------
    ValueError, TypeError : c not square, negative, NaN or infinite; source or sink outside, or the same.

    Source: Y. Boykov and V. Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for energy
    minimization in vision", IEEE TPAMI 26 (2004) 1124-1137, section 3. Lecture 4.5.2, figure 4-12.
    """
    for state in _graph_states(*_prepare(capacity, source, sink), UNLIMITED):  # noqa: B007
        pass
    return state


def max_flow_steps(capacity, source, sink, *, every=1) -> Iterator[MaxFlowState]:
    """Yield a `MaxFlowState` before the first path, after every `every` paths, at the end; else as `max_flow`."""
    return _graph_states(*_prepare(capacity, source, sink), checks.integer(every, "every", 1))


def grid_max_flow(source_capacity, sink_capacity, neighbor_capacity) -> GridFlowState:
    """Send as much as possible from a source through the pixels of a picture to a sink, and return the last state.

    max sum_p f_sp  where  0 <= f_sp <= c_sp,  0 <= f_pt <= c_pt,  |f_pq| <= c_pq,  f_sp = f_pt + sum_q f_pq

    Parameters
    ----------
    source_capacity, sink_capacity : (H, W), not negative: the t-links from the source and to the sink.
    neighbor_capacity : (2, H, W) or (4, H, W), not negative: the n-links to the pixel on the right and to that below,
        for 8 neighbours also to those below right and below left, both ways. Links out of the picture do not count.

    Returns
    -------
    GridFlowState with `value` and `side` (H, W) bool, the source's side of a minimum cut. As in `max_flow`, what
    flows by a single pixel flows before the first path.

    >>> from seglearn.graphs import grid_max_flow
    >>> grid_max_flow([[5, 1, 0]], [[0, 1, 4]], [[[3, 2, 0]], [[0, 0, 0]]]).side
    array([[ True,  True, False]])

    Raises
    ------
    ValueError, TypeError : capacities of other shapes, negative, NaN or infinite.

    Source: as `max_flow`. Lecture 4.5.2, figures 4-12 and 4-13.
    """
    for state in _grid_states(*_prepare_grid(source_capacity, sink_capacity, neighbor_capacity), UNLIMITED):  # noqa: B007
        pass
    return state


def grid_max_flow_steps(source_capacity, sink_capacity, neighbor_capacity, *, every=1) -> Iterator[GridFlowState]:
    """Yield a `GridFlowState` before the first path, after every `every` paths, at the end; else as `grid_max_flow`."""
    every = checks.integer(every, "every", 1)
    return _grid_states(*_prepare_grid(source_capacity, sink_capacity, neighbor_capacity), every)


def grid_min_cut(source_capacity, sink_capacity, neighbor_capacity, *, start=None):
    """Return a minimum cut of a grid of pixels, the sooner the better the flow is from which it starts.

    Parameters
    ----------
    source_capacity, sink_capacity, neighbor_capacity : as in `grid_max_flow`.
    start : (2, H, W) or (4, H, W), what flows along the n-links to begin with, negative towards the pixel and nowhere
        more than they carry, as returned by a run on the same n-links; nothing if None.

    Returns
    -------
    side (H, W) bool, as of `grid_max_flow`, whatever the start if sums of capacities are exact;
    flow (2 or 4, H, W) along the n-links, that a next run may start from.

    Whatever flows into a pixel and does not leave it could as well come from the source: a flow that fits the n-links
    is a start under any t-links, and what changed is all that is left to be sent.

    >>> from seglearn.graphs import grid_min_cut
    >>> side, flow = grid_min_cut([[5, 1, 0]], [[0, 1, 4]], [[[3, 2, 0]], [[0, 0, 0]]])
    >>> grid_min_cut([[5, 1, 0]], [[0, 4, 4]], [[[3, 2, 0]], [[0, 0, 0]]], start=flow)[0]
    array([[ True, False, False]])

    Raises
    ------
    ValueError, TypeError : as `grid_max_flow`; a start of another shape, NaN, or more than a link carries.

    Source: P. Kohli and P. H. S. Torr, "Dynamic graph cuts for efficient inference in Markov random fields", IEEE TPAMI
    29 (2007) 2079-2088, section 3 (the trees grow anew here). Lecture 4.5.2, figure 4-13.
    """
    from_source, to_sink, links = _prepare_grid(source_capacity, sink_capacity, neighbor_capacity)
    if start is not None:
        if np.shape(start) != links.shape:
            checks.fail("start", f"the n-links' shape {links.shape}", f"shape {np.shape(start)}")
        start = np.ascontiguousarray(start, np.float64)
        n_over = start.size - np.count_nonzero(np.abs(start) <= links)
        if n_over:
            checks.fail("start", "no more than the n-links carry", f"more, or NaN, on {n_over} of them")
    grid = _Grid(from_source, to_sink, links, start)
    for _ in paths(grid.net, UNLIMITED):
        pass
    return grid.inside(grid.net.tree) > 0, grid.neighbor_flow()


# ---- any graph


def _prepare(capacity, source, sink):
    if isinstance(capacity, np.ma.MaskedArray):
        checks.fail("capacity", "an array without a mask", "a masked array", TypeError)
    graph = capacity if sparse.issparse(capacity) else np.asarray(capacity)
    if graph.dtype.kind not in "buif":
        checks.fail("capacity", "an array (N, N) of numbers", f"dtype {graph.dtype}", TypeError)
    if graph.ndim != 2 or graph.shape[0] != graph.shape[1] or graph.shape[0] < 2:
        checks.fail("capacity", "an array (N, N) of at least 2 nodes", f"shape {graph.shape}")
    graph = sparse.csr_array(graph, dtype=np.float64, copy=True)
    graph.sum_duplicates()
    _not_negative(graph.data, "capacity")
    source = checks.integer(source, "source", 0, graph.shape[0] - 1)
    sink = checks.integer(sink, "sink", 0, graph.shape[0] - 1)
    if source == sink:
        checks.fail("sink", "another node than the source", sink)
    graph.setdiag(0)
    graph.eliminate_zeros()
    if 2 * graph.nnz > MOST_ARCS:
        checks.fail("capacity", f"at most {MOST_ARCS // 2} arcs", graph.nnz)
    return graph, source, sink


def _graph_states(capacity, source, sink, every):
    n_nodes = capacity.shape[0]
    inner = np.ones(n_nodes)
    inner[[source, sink]] = 0
    inside = sparse.diags_array(inner) @ capacity @ sparse.diags_array(inner)
    inside.eliminate_zeros()
    inside.sort_indices()
    arcs = sparse.csr_array(inside + inside.T)  # each with an arc back
    arcs.sort_indices()
    arcs.data = np.arange(1.0, arcs.nnz + 1)
    sisters = (sparse.csr_array(arcs.T).data - 1).astype(np.uint32)
    rows = np.repeat(np.arange(n_nodes), np.diff(arcs.indptr))
    inside_capacity = np.zeros(arcs.nnz)
    tails = np.repeat(np.arange(n_nodes), np.diff(inside.indptr))
    inside_capacity[np.searchsorted(rows * n_nodes + arcs.indices, tails * n_nodes + inside.indices)] = inside.data

    from_source = capacity[[source]].toarray()[0] * inner
    to_sink = capacity[:, [sink]].toarray()[:, 0] * inner
    direct = capacity[source, sink]
    base = float(direct + np.minimum(from_source, to_sink).sum())
    excess = from_source - to_sink
    net = network(excess.copy(), inside_capacity.copy(), arcs.indptr, arcs.indices.astype(np.uint32), sisters)
    nodes = np.arange(n_nodes)
    ends = np.concatenate([rows, np.full(n_nodes, source), nodes, [source]])
    tips = np.concatenate([arcs.indices, nodes, np.full(n_nodes, sink), [sink]])

    for n_paths, value, path, amount, grown, orphans in paths(net, every):
        of_source, to_target = _terminal_flow(from_source, to_sink, net.excess)
        forward = np.maximum(inside_capacity - net.residual, 0)
        flow = sparse.csr_array(
            (np.concatenate([forward, of_source, to_target, [direct]]), (ends, tips)), shape=capacity.shape
        )
        flow.eliminate_zeros()
        residual = sparse.csr_array(capacity - flow + flow.T)
        residual.eliminate_zeros()
        tree, parent, roots = net.tree.copy(), net.parent.astype(np.int32), net.parent == ROOT
        parent[(tree > 0) & roots], parent[(tree < 0) & roots] = source, sink
        grown = grown.copy()
        for labels in (tree, grown):
            labels[[source, sink]] = 1, -1
        whole = np.array([source, *path, sink], np.int32) if len(path) else path
        yield MaxFlowState(
            n_paths, base + value, whole, amount, flow, residual, grown, orphans, tree, parent, tree > 0
        )  # fmt: skip


def _terminal_flow(from_source, to_sink, left):
    """Return the flow through the t-links: one of a node's two is full, and of the other `left` is left."""
    return from_source - np.maximum(left, 0), to_sink + np.minimum(left, 0)


# ---- the grid


def _prepare_grid(source_capacity, sink_capacity, neighbor_capacity):
    from_source = checks.field(source_capacity, "source_capacity")
    to_sink = checks.field(sink_capacity, "sink_capacity")
    if to_sink.shape != from_source.shape:
        checks.fail("sink_capacity", f"the source's shape {from_source.shape}", f"shape {to_sink.shape}")
    shape = np.shape(neighbor_capacity)
    if shape[1:] != from_source.shape or shape[0] not in (2, 4):
        checks.fail(
            "neighbor_capacity", f"shape {(2, *from_source.shape)} or {(4, *from_source.shape)}", f"shape {shape}"
        )
    links = checks.field(np.reshape(neighbor_capacity, (-1, shape[2])), "neighbor_capacity").reshape(shape)
    for values, name in ((from_source, "source_capacity"), (to_sink, "sink_capacity"), (links, "neighbor_capacity")):
        _not_negative(values, name)
    if (shape[1] + 2) * (shape[2] + 2) * 2 * shape[0] > MOST_ARCS:
        checks.fail("neighbor_capacity", f"at most {MOST_ARCS} arcs", f"shape {shape}")
    return from_source, to_sink, links


def _not_negative(values, name):
    bad = values.size - np.count_nonzero(np.isfinite(values))
    if bad:
        checks.fail(name, "finite values", f"{bad} that are NaN or infinite")
    if values.min(initial=0) < 0:
        checks.fail(name, "values of at least 0", f"{values.min():g}")


def _grid_states(from_source, to_sink, links, every):
    grid = _Grid(from_source, to_sink, links)
    base = float(np.minimum(from_source, to_sink).sum())
    left, trees, parents = (grid.inside(v) for v in (grid.net.excess, grid.net.tree, grid.net.parent.view(np.int32)))
    for n_paths, value, path, amount, grown, orphans in paths(grid.net, every):
        within = np.empty(left.shape, np.int32)
        _renumber(parents, within)
        yield GridFlowState(
            n_paths, base + value, grid.pixels(path), amount, *_terminal_flow(from_source, to_sink, left),
            grid.neighbor_flow(), grid.inside(grown).copy(), grid.pixels(orphans), trees.copy(), within, trees > 0,
        )  # fmt: skip


class _Grid:
    """A network of pixels, in a frame of one pixel that nothing leads to, so that all have the same neighbours."""

    def __init__(self, from_source, to_sink, links, flow=None):
        n_links, height, width = links.shape
        self.links, self.steps, self.padded = links, np.array(STEPS[:n_links]), (height + 2, width + 2)
        jumps = self.steps @ (width + 2, 1)
        offsets = np.sort(np.concatenate([-jumps, jumps]))
        self.places = np.searchsorted(offsets, jumps)
        excess, self.residual = np.zeros(self.padded), np.zeros((*self.padded, 2 * n_links))
        self.inside(excess)[:] = from_source - to_sink
        flow = links[:0] if flow is None else flow  # of one type, so that one kernel is compiled
        _fill(links, flow, self.steps, self.places, self.residual, excess)
        self.net = network(excess.ravel(), self.residual.ravel(), offsets=offsets)

    def inside(self, values):
        return values.reshape(self.padded)[1:-1, 1:-1]

    def pixels(self, nodes):
        return np.stack([nodes // self.padded[1] - 1, nodes % self.padded[1] - 1], axis=1).astype(np.int32)

    def neighbor_flow(self):
        flow = np.zeros(self.links.shape)
        _read(self.links, self.steps, self.places, self.residual, flow)
        return flow


@njit(cache=True)
def _fill(links, flow, steps, places, residual, excess):
    """Write what every link has left at both its ends, in a frame of one pixel, and what flows through it already."""
    height, width = links.shape[1:]
    last = residual.shape[2] - 1
    for row in range(height):
        for k in range(len(steps)):
            down, right = steps[k]
            if row + down < height:
                for col in range(max(0, -right), width - max(0, right)):
                    sent = flow[k, row, col] if len(flow) else 0.0
                    residual[row + 1, col + 1, places[k]] = links[k, row, col] - sent
                    residual[row + 1 + down, col + 1 + right, last - places[k]] = links[k, row, col] + sent
                    if sent != 0:
                        excess[row + 1, col + 1] -= sent
                        excess[row + 1 + down, col + 1 + right] += sent


@njit(cache=True)
def _read(links, steps, places, residual, flow):
    """Write the net flow along every link, from the end that has less left."""
    height, width = links.shape[1:]
    last = residual.shape[2] - 1
    for row in range(height):
        for k in range(len(steps)):
            down, right = steps[k]
            if row + down < height:
                for col in range(max(0, -right), width - max(0, right)):
                    forward = residual[row + 1, col + 1, places[k]]
                    back = residual[row + 1 + down, col + 1 + right, last - places[k]]
                    flow[k, row, col] = links[k, row, col] - forward if forward < back else back - links[k, row, col]


@njit(cache=True)
def _renumber(parents, within):
    """Number the parents as pixels of the picture without its frame."""
    height, width = within.shape
    for row in range(height):
        for col in range(width):
            parent = parents[row, col]
            within[row, col] = parent if parent < 0 else parent - 2 * (parent // (width + 2)) - (width + 1)
