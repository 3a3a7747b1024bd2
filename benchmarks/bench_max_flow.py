"""Maximum flow against PyMaxflow (the authors' own C++), building the network included, and against SciPy."""

import maxflow
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from seglearn import images
from seglearn.graphs import grid_max_flow, max_flow
from seglearn.race import race

SIDE = 512
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))


def rows():
    """Yield (name, agreement, Race)."""
    for n_links in (2, 4):
        for name, grid in problems(n_links):
            state, (value, side) = grid_max_flow(*grid), reference(*grid)
            differ = np.count_nonzero(state.side != side)
            yield (
                f"grid_max_flow, {2 * n_links} neighbours, {name} / PyMaxflow",
                f"value off by {abs(state.value - value) / value:.0e}; {differ} of {SIDE**2} pixels differ",
                race(lambda g=grid: grid_max_flow(*g), lambda g=grid: reference(*g)),
            )
    rng = np.random.default_rng(0)
    graph = sparse.random_array((3000, 3000), density=0.01, rng=rng, format="csr")
    graph.data = rng.integers(1, 1000, graph.nnz)
    value = maximum_flow(graph.astype(np.int32), 0, 2999).flow_value
    yield (
        "max_flow, 3000 nodes and 90000 arcs / SciPy",
        f"value {max_flow(graph, 0, 2999).value:.0f}, SciPy {value}",
        race(lambda: max_flow(graph, 0, 2999), lambda: maximum_flow(graph.astype(np.int32), 0, 2999)),
    )


def problems(n_links):
    """Yield names and grids of whole numbers: noise; a photo, much and little smoothed; one that has its seeds only."""
    rng = np.random.default_rng(0)
    unary = rng.integers(-100, 101, (SIDE, SIDE))
    yield "noise, easy", _grid(unary, np.full((n_links, SIDE, SIDE), 10))
    yield "noise, hard", _grid(unary, np.full((n_links, SIDE, SIDE), 60))
    photo = images.load("camera").astype(int)
    links = np.empty((n_links, SIDE, SIDE))
    for link, (down, right) in zip(links, STEPS):
        contrast = photo - np.roll(photo, (-down, -right), axis=(0, 1))
        link[:] = np.rint(100 * np.exp(-(contrast**2) / 200) / np.hypot(down, right)) + 1
    yield "photo, easy", _grid(photo - 110, links)
    yield "photo, hard", _grid((photo - 110) // 8, links)
    seeds = np.zeros((SIDE, SIDE), int)
    seeds[150:350, 200:260], seeds[:, [0, -1]] = -(10**6), 10**6
    yield "photo, seeds only", _grid(seeds, links)


def reference(from_source, to_sink, links):
    graph = maxflow.GraphFloat(from_source.size, len(links) * from_source.size)
    nodes = graph.add_grid_nodes(from_source.shape)
    for link, (down, right) in zip(links, STEPS):
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, weights=link, structure=structure, symmetric=True)
    graph.add_grid_tedges(nodes, from_source, to_sink)
    value = graph.maxflow()
    return value, ~graph.get_grid_segments(nodes)


def _grid(unary, links):
    return np.maximum(unary, 0).astype(float), np.maximum(-unary, 0).astype(float), links.astype(float)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
