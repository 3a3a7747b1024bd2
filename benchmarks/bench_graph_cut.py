"""Graph cut from ten scribbles a side against PyMaxflow with the same energy, on ten photographs."""

import maxflow
import numpy as np

from seglearn import images
from seglearn.experiments.graphs import OBJECTS, object_of, overlap, scribbles
from seglearn.graphs import graph_cut, graph_cut_steps
from seglearn.race import race

STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
SMOOTHNESS, SIGMA = 50, 0.1


def rows():
    """Yield (name, agreement, Race); theirs gets the costs of the regions, ours fits the colour models as well."""
    for name in OBJECTS:
        photo = images.load(name)
        wanted, decided = object_of(name)
        rng = np.random.default_rng(0)
        marks = scribbles(wanted, rng=rng), scribbles(~wanted & decided, rng=rng)
        costs = next(graph_cut_steps(photo, *marks))
        costs = costs.foreground_cost, costs.background_cost
        ours, theirs = graph_cut(photo, *marks), reference(photo, *marks, *costs)
        yield (
            f"graph_cut, {name} {photo.shape[1]} x {photo.shape[0]} / PyMaxflow",
            f"IoU {overlap(ours, wanted, decided):.3f}, theirs {overlap(theirs, wanted, decided):.3f}; "
            f"{np.count_nonzero(ours != theirs)} pixels differ",
            race(
                lambda p=photo, m=marks: graph_cut(p, *m),
                lambda p=photo, m=marks, c=costs: reference(p, *m, *c),
                rounds=3,
            ),
        )


def reference(photo, foreground, background, foreground_cost, background_cost):
    values = photo.reshape(*foreground.shape, -1) / 255
    height, width = foreground.shape
    graph = maxflow.GraphFloat(foreground.size, 4 * foreground.size)
    nodes = graph.add_grid_nodes((height, width))
    for down, right in STEPS:
        weights, structure = np.zeros((height, width)), np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        here = np.s_[: height - down, max(0, -right) : width - max(0, right)]
        there = np.s_[down:, max(0, right) : width + min(0, right)]
        squares = ((values[here] - values[there]) ** 2).sum(axis=2)
        weights[here] = SMOOTHNESS * np.exp(-squares / (2 * SIGMA**2)) / np.hypot(down, right)
        graph.add_grid_edges(nodes, weights=weights, structure=structure, symmetric=True)
    to_sink = np.where(foreground, 0, np.where(background, 1e6, foreground_cost))
    from_source = np.where(foreground, 1e6, np.where(background, 0, background_cost))
    graph.add_grid_tedges(nodes, from_source, to_sink)
    graph.maxflow()
    return ~graph.get_grid_segments(nodes)


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
