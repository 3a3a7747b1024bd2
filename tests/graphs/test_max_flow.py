"""Maximum flow: by hand, against SciPy, PyMaxflow and brute force, and what every state promises."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from seglearn import images
from seglearn.graphs import grid_max_flow, grid_max_flow_steps, grid_min_cut, max_flow, max_flow_steps

trees = import_module("seglearn.graphs.search_trees")
module = import_module("seglearn.graphs.max_flow")

some = settings(deadline=None, max_examples=40, derandomize=True)

# Six nodes: s = 0, a and b above, c and d below, t = 5.
BOOK = np.zeros((6, 6), int)
for u, v, c in [(0, 1, 16), (0, 3, 13), (1, 2, 12), (2, 3, 9), (3, 1, 4), (3, 4, 14), (4, 2, 7), (2, 5, 20), (4, 5, 4)]:
    BOOK[u, v] = c


def random_graph(seed, whole=False):
    """Capacities (N, N), many of them 0, some arcs one way only; source and sink."""
    rng = np.random.default_rng(seed)
    n_nodes = int(rng.integers(2, 14))
    capacity = rng.integers(1, 8, (n_nodes, n_nodes)) if whole else rng.random((n_nodes, n_nodes))
    capacity = capacity * (rng.random((n_nodes, n_nodes)) < rng.choice([0.2, 0.5, 1]))
    source, sink = rng.choice(n_nodes, 2, replace=False)
    return capacity, int(source), int(sink)


def random_grid(seed, n_links=None, size=None, whole=False):
    rng = np.random.default_rng(seed)
    shape = size or tuple(rng.integers(1, 9, 2))
    n_links = n_links or int(rng.choice([2, 4]))
    draw = (lambda *s: rng.integers(0, 9, s).astype(float)) if whole else (lambda *s: rng.random(s))
    seeds = rng.random(shape)
    return draw(*shape) * (seeds < 0.4), draw(*shape) * (seeds > 0.3), draw(n_links, *shape) / 2


def as_graph(from_source, to_sink, links):
    """The same grid, arc by arc: the pixels, then source and sink."""
    height, width = from_source.shape
    n_pixels = height * width
    node = np.arange(n_pixels).reshape(height, width)
    capacity = np.zeros((n_pixels + 2, n_pixels + 2))
    capacity[n_pixels, :-2], capacity[:-2, n_pixels + 1] = from_source.ravel(), to_sink.ravel()
    for link, (down, right) in zip(links, [(0, 1), (1, 0), (1, 1), (1, -1)]):
        for row in range(height - down):
            for col in range(max(0, -right), width - max(0, right)):
                p, q = node[row, col], node[row + down, col + right]
                capacity[p, q] = capacity[q, p] = link[row, col]
    return capacity, n_pixels, n_pixels + 1


def reference(from_source, to_sink, links):
    """PyMaxflow's value and the source's side of its cut."""
    maxflow = pytest.importorskip("maxflow")
    graph = maxflow.GraphFloat()
    nodes = graph.add_grid_nodes(from_source.shape)
    for link, (down, right) in zip(links, [(0, 1), (1, 0), (1, 1), (1, -1)]):
        structure = np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        graph.add_grid_edges(nodes, weights=link, structure=structure, symmetric=True)
    graph.add_grid_tedges(nodes, from_source, to_sink)
    return graph.maxflow(), ~graph.get_grid_segments(nodes)


def check_graph_state(state, capacity, source, sink):
    """All that a flow, its residual and its trees have to be."""
    flow, residual = state.flow.toarray(), state.residual.toarray()
    open_capacity = capacity * (1 - np.eye(len(capacity)))
    np.testing.assert_allclose(residual, open_capacity - flow + flow.T, atol=1e-12)
    assert flow.min() >= 0
    assert residual.min() >= 0
    assert (flow <= open_capacity + 1e-12).all()
    balance = flow.sum(axis=1) - flow.sum(axis=0)
    assert balance[source] == pytest.approx(state.value, abs=1e-12)
    assert balance[sink] == pytest.approx(-state.value, abs=1e-12)
    assert np.delete(balance, [source, sink]) == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(state.side, state.tree > 0)
    for node in np.flatnonzero(state.tree):
        parent, side = state.parent[node], state.tree[node]
        if node in (source, sink):
            assert parent == -1
        else:
            assert state.tree[parent] == side
            assert (residual[parent, node] if side > 0 else residual[node, parent]) > 0


# ---- by hand


def test_the_example_of_the_textbooks_by_hand():
    """Cormen, Leiserson, Rivest and Stein's figure: 23 flow, and {s, a, c, d} is the source's side of the cut."""
    state = max_flow(BOOK, 0, 5)
    assert state.value == 23
    assert np.flatnonzero(state.side).tolist() == [0, 1, 3, 4]
    assert BOOK[np.ix_(state.side, ~state.side)].sum() == 23


def test_three_pixels_by_hand():
    """Links 3 and 2; seeds 5 and 4. One unit flows through the middle directly, then 1 over both links: they pass 2."""
    states = list(grid_max_flow_steps([[5, 1, 0]], [[0, 1, 4]], [[[3, 2, 9]], [[9, 9, 9]]]))
    assert [state.value for state in states] == [1, 3, 3]  # 1 by the middle pixel alone, 2 along the row, no more
    assert states[1].path.tolist() == [[0, 0], [0, 1], [0, 2]]
    assert states[1].amount == 2
    assert states[-1].side.tolist() == [[True, True, False]]
    assert states[-1].neighbor_flow[0].tolist() == [[2, 2, 0]]
    assert states[-1].source_flow.tolist() == [[2, 1, 0]]
    assert states[-1].sink_flow.tolist() == [[0, 1, 2]]


def test_orphans_by_hand():
    """s feeds a (2) and b (9), both feed c (4 each), c feeds t (5), and b feeds a (1).

    s-a-c-t fills the arc to a, whom b adopts; s-b-a-c-t fills that as well, and nobody has a any longer; s-b-c-t
    fills the arc to t: c leaves its tree, and then that of the source takes both.
    """
    capacity = np.zeros((5, 5))
    capacity[0, 1], capacity[0, 2], capacity[1, 3], capacity[2, 3], capacity[3, 4], capacity[2, 1] = 2, 9, 4, 4, 5, 1
    first, second, third, last = list(max_flow_steps(capacity, 0, 4))[1:]
    assert [s.path.tolist() for s in (first, second, third, last)] == [[0, 1, 3, 4], [0, 2, 1, 3, 4], [0, 2, 3, 4], []]
    assert [s.amount for s in (first, second, third, last)] == [2, 1, 2, 0]
    assert [s.value for s in (first, second, third, last)] == [2, 3, 5, 5]
    assert [s.orphans.tolist() for s in (first, second, third, last)] == [[1], [1], [3], []]
    assert (first.tree[1], first.parent[1]) == (1, 2)
    assert (second.tree[1], second.parent[1]) == (0, -1)
    assert (third.grown[3], third.tree[3]) == (-1, 0)
    assert last.side.tolist() == [True, True, True, True, False]


def test_a_path_with_two_orphans_in_one_tree_by_hand():
    """s-a-b-c-t carries 2, which fills s-a and a-b; d, on the other way, feeds a and b.

    Nearest to the source first: d adopts a, then a is a parent again, but not of b, whose arc is full; d adopts b too.
    """
    capacity = np.zeros((6, 6))
    for u, v, c in [(0, 1, 2), (1, 2, 2), (2, 3, 9), (3, 5, 2), (0, 4, 9), (4, 1, 1), (4, 2, 1)]:
        capacity[u, v] = c
    state = list(max_flow_steps(capacity, 0, 5))[1]
    assert state.path.tolist() == [0, 1, 2, 3, 5]
    assert state.orphans.tolist() == [3, 1, 2]  # the sink's tree, then that of the source
    assert state.parent[[1, 2]].tolist() == [4, 4]


def test_orphans_nearest_to_their_terminal_come_first():
    pairs = 0
    for seed in range(40):
        for state in max_flow_steps(*random_graph(seed, whole=True)):
            place = {node: i for i, node in enumerate(state.path.tolist())}
            for side in (1, -1):
                places = [side * place[node] for node in state.orphans.tolist() if state.grown[node] == side]
                assert places == sorted(places)
                pairs += len(places) > 1
    assert pairs > 10


# ---- against others


@some
@given(st.integers(0, 10**6), st.booleans())
def test_equals_scipy_on_any_graph(seed, whole):
    capacity, source, sink = random_graph(seed, whole)
    state = max_flow(capacity, source, sink)
    scaled = capacity if whole else np.rint(capacity * 2**20)
    expected = maximum_flow(sparse.csr_array(scaled.astype(np.int32)), source, sink).flow_value
    assert max_flow(scaled, source, sink).value == expected
    cut = np.where(state.side[:, None] & ~state.side, capacity, 0).sum()
    assert state.value == pytest.approx(cut, abs=1e-12)
    assert state.side[source]
    assert not state.side[sink]


@some
@given(st.integers(0, 10**6), st.booleans())
def test_a_grid_is_the_graph_written_out(seed, whole):
    grid = random_grid(seed, whole=whole)
    state, other = grid_max_flow(*grid), max_flow(*as_graph(*grid))
    assert state.value == pytest.approx(other.value, abs=1e-12)
    if whole:  # with floats, a capacity that is left over by rounding moves the smallest side
        np.testing.assert_array_equal(state.side.ravel(), other.side[:-2])


@some
@given(st.integers(0, 10**6))
def test_equals_brute_force(seed):
    """Every labeling of a 3 x 3 picture."""
    from_source, to_sink, links = random_grid(seed, size=(3, 3))
    sides = ((np.arange(2**9)[:, None] >> np.arange(9)) & 1).astype(bool)
    capacity = as_graph(from_source, to_sink, links)[0]
    costs = [
        to_sink.ravel()[side].sum() + from_source.ravel()[~side].sum() + capacity[:-2, :-2][np.ix_(side, ~side)].sum()
        for side in sides
    ]
    state = grid_max_flow(from_source, to_sink, links)
    assert state.value == pytest.approx(min(costs), abs=1e-12)
    assert costs[int(state.side.ravel() @ 2 ** np.arange(9))] == pytest.approx(min(costs), abs=1e-12)


@pytest.mark.parametrize("n_links", [2, 4])
@pytest.mark.parametrize("kind", ["random", "seeds", "photo"])
def test_equals_pymaxflow(n_links, kind):
    rng = np.random.default_rng(0)
    from_source, to_sink, links = random_grid(0, n_links, (60, 70), whole=True)
    if kind == "seeds":  # all flows from one corner to the other
        from_source, to_sink = np.zeros((2, 60, 70))
        from_source[:3, :3] = to_sink[-3:, -3:] = 10**6
    elif kind == "photo":
        grey = images.grey(images.reduced(images.load("coffee"), 100)).astype(float)
        from_source, to_sink = np.maximum(grey - 100, 0), np.maximum(100 - grey, 0)
        links = np.broadcast_to(rng.integers(1, 60, grey.shape), (n_links, *grey.shape)).astype(float)
    state = grid_max_flow(from_source, to_sink, links)
    value, side = reference(from_source, to_sink, links)
    assert state.value == value  # whole numbers: sums are exact
    np.testing.assert_array_equal(state.side & ~side, False)  # the smallest of the minimum cuts lies in every other


# ---- what always holds


@some
@given(st.integers(0, 10**6), st.booleans(), st.integers(1, 4))
def test_every_state_is_a_flow_and_the_last_one_the_answer(seed, whole, every):
    capacity, source, sink = random_graph(seed, whole)
    states = list(max_flow_steps(capacity, source, sink, every=every))
    for state in states:
        check_graph_state(state, capacity, source, sink)
    assert states[0].n_paths == 0
    assert (np.diff([state.value for state in states]) >= 0).all()
    last = max_flow(capacity, source, sink)
    assert last.value == pytest.approx(states[-1].value)
    assert last.n_paths == states[-1].n_paths
    np.testing.assert_array_equal(last.side, states[-1].side)
    np.testing.assert_array_equal(last.flow.toarray(), states[-1].flow.toarray())


@some
@given(st.integers(0, 10**6))
def test_one_path_a_step_is_what_the_state_says(seed):
    capacity, source, sink = random_graph(seed, whole=True)
    before = None
    for state in max_flow_steps(capacity, source, sink):
        if before is not None and len(state.path):
            assert state.value - before.value == state.amount > 0
            assert (state.path[0], state.path[-1]) == (source, sink)
            arcs = before.residual.toarray()[state.path[:-1], state.path[1:]]
            assert arcs.min() == state.amount
            full = state.residual.toarray()[state.path[:-1], state.path[1:]] == 0
            assert full.sum() >= len(state.orphans)
            assert len(state.path) == len(set(state.path.tolist()))
            tree = state.grown[state.path]
            assert (tree[:-1] >= tree[1:]).all()  # first the source's tree, then the sink's
        before = state


@some
@given(st.integers(0, 10**6))
def test_every_state_of_a_grid_is_a_flow(seed):
    from_source, to_sink, links = random_grid(seed)
    states = list(grid_max_flow_steps(from_source, to_sink, links, every=2))
    for state in states:
        assert (state.source_flow <= from_source).all()
        assert (state.sink_flow <= to_sink).all()
        assert (np.abs(state.neighbor_flow) <= links + 1e-12).all()
        out = np.zeros(from_source.shape)
        for flow, (down, right) in zip(state.neighbor_flow, [(0, 1), (1, 0), (1, 1), (1, -1)]):
            for row, col in zip(*np.nonzero(flow)):
                out[row, col] += flow[row, col]
                out[row + down, col + right] -= flow[row, col]
        np.testing.assert_allclose(state.source_flow - state.sink_flow, out, atol=1e-12)
        assert state.source_flow.sum() == pytest.approx(state.value, abs=1e-12)
        inside = np.argwhere((state.tree != 0) & (state.parent >= 0))
        for row, col in inside:
            parent = divmod(int(state.parent[row, col]), from_source.shape[1])
            assert max(abs(parent[0] - row), abs(parent[1] - col)) == 1
            assert state.tree[parent] == state.tree[row, col]
        np.testing.assert_array_equal(state.parent == -1, state.tree == 0)
    last = grid_max_flow(from_source, to_sink, links)
    np.testing.assert_array_equal(last.side, states[-1].side)
    np.testing.assert_array_equal(last.neighbor_flow, states[-1].neighbor_flow)


@some
@given(st.integers(0, 10**6))
def test_a_cut_from_any_start_is_the_cut(seed):
    """Under other t-links, from the flow of a run before, or from any that fits: the same side, to the pixel."""
    rng = np.random.default_rng(seed)
    from_source, to_sink, links = random_grid(seed, whole=True)
    side, flow = grid_min_cut(from_source, to_sink, links)
    np.testing.assert_array_equal(side, grid_max_flow(from_source, to_sink, links).side)
    np.testing.assert_array_equal(flow, grid_max_flow(from_source, to_sink, links).neighbor_flow)
    changed = rng.permuted(from_source), np.maximum(to_sink + rng.integers(-3, 4, to_sink.shape), 0), links
    wanted = grid_max_flow(*changed).side
    given_copy = flow.copy()
    for start in (flow, np.rint(links * rng.uniform(-1, 1, links.shape))):
        again, after = grid_min_cut(*changed, start=start)
        np.testing.assert_array_equal(again, wanted)
        assert (np.abs(after) <= links).all()
        np.testing.assert_array_equal(grid_min_cut(*changed, start=after)[0], wanted)
    np.testing.assert_array_equal(flow, given_copy)


def test_nothing_is_left_to_be_sent_from_a_finished_flow(monkeypatch):
    grid = random_grid(1, 4, (20, 20), whole=True)
    found = []
    monkeypatch.setattr(module, "paths", lambda net, every: found.append(net) or trees.paths(net, every))
    _, flow = grid_min_cut(*grid)
    grid_min_cut(*grid, start=flow)
    assert found[0].counts[2] > 100
    assert found[1].counts[2] == 0


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.zeros((2, 3)), r"start: expected the n-links' shape \(2, 2, 3\), got shape \(2, 3\)"),
        (np.full((2, 2, 3), 1.5), "start: expected no more than the n-links carry, got more, or NaN, on 12 of them"),
        (np.full((2, 2, 3), np.nan), "start: expected no more than the n-links carry"),
    ],
)
def test_bad_starts_are_refused(start, message):
    with pytest.raises(ValueError, match=message):
        grid_min_cut(ONES, ONES, np.ones((2, 2, 3)), start=start)


def test_states_and_arguments_are_the_readers_own():
    grid = random_grid(5, 4, (6, 7))
    copies = [array.copy() for array in grid]
    expected = grid_max_flow(*grid)
    for state in grid_max_flow_steps(*grid):
        value = state.value
        for array in (state.source_flow, state.neighbor_flow, state.tree, state.parent, state.grown, state.side):
            array[:] = 0
    assert value == pytest.approx(expected.value)
    for array, copy in zip(grid, copies):
        np.testing.assert_array_equal(array, copy)
    capacity = sparse.csr_array(BOOK.astype(float))
    for state in max_flow_steps(capacity, 0, 5):
        state.flow.data[:], state.residual.data[:], state.tree[:] = 0, 0, 0
    assert max_flow(capacity, 0, 5).value == 23
    np.testing.assert_array_equal(capacity.toarray(), BOOK)


# ---- unusual but allowed


def test_no_way_to_the_sink():
    state = max_flow([[0, 3, 0], [3, 0, 0], [0, 0, 0]], 0, 2)
    assert (state.value, state.n_paths, state.path.tolist()) == (0, 0, [])
    assert state.side.tolist() == [True, True, False]
    state = grid_max_flow(np.ones((2, 3)), np.zeros((2, 3)), np.ones((2, 2, 3)))
    assert state.value == 0
    assert state.side.all()
    assert not grid_max_flow([[0.0]], [[0.0]], np.ones((4, 1, 1))).side.any()


def test_direct_arcs_loops_and_arcs_into_the_source():
    assert max_flow([[7, 5], [9, 7]], 0, 1).value == 5
    state = max_flow([[0, 4, 0], [6, 0, 3], [0, 2, 0]], 0, 2)
    assert state.value == 3
    assert state.flow.toarray().tolist() == [[0, 3, 0], [0, 0, 3], [0, 0, 0]]
    assert state.residual.toarray().tolist() == [[0, 1, 0], [9, 0, 0], [0, 5, 0]]


def test_links_out_of_the_picture_do_not_count():
    grid = random_grid(1, 4, (4, 5), whole=True)
    wide = grid[2].copy()
    wide[0, :, -1] = wide[1, -1] = wide[2, -1] = wide[2, :, -1] = wide[3, -1] = wide[3, :, 0] = 99
    assert grid_max_flow(*grid[:2], wide).value == grid_max_flow(*grid).value


def test_a_long_thin_grid_and_a_large_one():
    """A row of 20 000 pixels with its ends as seeds; then a megapixel cut between two halves."""
    ends = np.zeros((1, 20_000))
    ends[0, 0] = 5
    links = np.full((2, 1, 20_000), 2.0)
    links[0, 0, 12_345] = 1
    state = grid_max_flow(ends, ends[:, ::-1], links)
    assert state.value == 1
    assert state.side.sum() == 12_346
    left = np.zeros((1000, 1000))
    left[:, :400] = 1
    state = grid_max_flow(left, 1 - left, np.full((2, 1000, 1000), 0.25))
    assert state.value == 250
    np.testing.assert_array_equal(state.side, left > 0)


# ---- the kernels, once as plain Python, where an index out of bounds cannot hide


@pytest.mark.parametrize("kind", ["graph", "grid"])
def test_kernels_in_plain_python(monkeypatch, kind):
    graph, grid = random_graph(7, whole=True), random_grid(3, 4, (4, 4), whole=True)
    run = (lambda: list(max_flow_steps(*graph))) if kind == "graph" else (lambda: list(grid_max_flow_steps(*grid)))
    compiled = run()
    for name in (
        "_plant",
        "_advance",
        "_grow",
        "_augment",
        "_adopt",
        "_origin",
        "_activate",
        "_next_to_grow",
        "_wrapped",
        "_arcs",
        "_head",
        "_sister",
    ):
        monkeypatch.setattr(trees, name, getattr(trees, name).py_func)
    for name in ("_fill", "_read", "_renumber"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    plain = run()
    assert len(plain) == len(compiled) > 3
    for a, b in zip(plain, compiled):
        assert a.value == b.value
        for field in ("path", "grown", "orphans", "tree", "parent"):
            np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([[0, -1], [0, 0]], 0, 1), ValueError, "capacity: expected values of at least 0, got -1"),
        (([[0, np.nan], [0, 0]], 0, 1), ValueError, "capacity: expected finite values, got 1 that are NaN or infinite"),
        (([[0, np.inf], [0, 0]], 0, 1), ValueError, "capacity: expected finite values"),
        (([[0, 1], [0, 0]], 1, 1), ValueError, "sink: expected another node than the source, got 1"),
        (([[0, 1], [0, 0]], 0, 2), ValueError, "sink: expected an integer from 0 to 1, got 2"),
        (([[0, 1], [0, 0]], -1, 1), ValueError, "source: expected an integer from 0 to 1, got -1"),
        (([[0, 1], [0, 0]], 0.0, 1), TypeError, "source: expected an integer"),
        (([[0, 1]], 0, 1), ValueError, r"capacity: expected an array \(N, N\) of at least 2 nodes, got shape \(1, 2\)"),
        (([["a"]], 0, 1), TypeError, r"capacity: expected an array \(N, N\) of numbers, got dtype"),
        ((np.ma.ones((2, 2)), 0, 1), TypeError, "capacity: expected an array without a mask"),
    ],
)
def test_bad_graphs_are_refused_before_any_work(arguments, error, message):
    for door in (max_flow, max_flow_steps):
        with pytest.raises(error, match=message):
            door(*arguments)


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((ONES, np.ones((3, 2)), ONES), ValueError, r"sink_capacity: expected the source's shape \(2, 3\), got shape"),
        ((ONES, ONES, ONES), ValueError, r"neighbor_capacity: expected shape \(2, 2, 3\) or \(4, 2, 3\), got shape"),
        ((ONES, ONES, np.ones((3, 2, 3))), ValueError, "neighbor_capacity: expected shape"),
        ((ONES, ONES, 1.0), ValueError, "neighbor_capacity: expected shape"),
        ((ONES, ONES, -np.ones((2, 2, 3))), ValueError, "neighbor_capacity: expected values of at least 0, got -1"),
        ((-ONES, ONES, np.ones((2, 2, 3))), ValueError, "source_capacity: expected values of at least 0, got -1"),
        ((ONES, ONES * np.nan, np.ones((2, 2, 3))), ValueError, "sink_capacity: expected finite values, got 6"),
        ((ONES, ONES, np.full((2, 2, 3), np.inf)), ValueError, "neighbor_capacity: expected finite values, got 12"),
        ((np.ones((0, 3)), ONES, ONES), ValueError, "source_capacity: expected at least one pixel"),
        ((ONES, ONES, np.ma.ones((2, 2, 3))), TypeError, "neighbor_capacity: expected an array without a mask"),
    ],
)
def test_bad_grids_are_refused_before_any_work(arguments, error, message):
    for door in (grid_max_flow, grid_max_flow_steps):
        with pytest.raises(error, match=message):
            door(*arguments)


@pytest.mark.parametrize("every", [0, 1.5])
def test_every_is_a_whole_number_from_1(every):
    with pytest.raises((ValueError, TypeError), match="every: expected an integer of at least 1"):
        max_flow_steps(BOOK, 0, 5, every=every)
    with pytest.raises((ValueError, TypeError), match="every: expected an integer of at least 1"):
        grid_max_flow_steps(ONES, ONES, np.ones((2, 2, 3)), every=every)


@pytest.mark.parametrize("sent", [-3.5, 3.5])
def test_a_start_of_more_than_a_link_carries_is_refused_either_way(sent):
    links = np.array([[[3.0, 2, 0]], [[0, 0, 0]]])
    start = np.array([[[sent, 0, 0]], [[0, 0, 0]]])
    with pytest.raises(ValueError, match="start: expected no more than the n-links carry, got more, or NaN, on 1 of"):
        grid_min_cut([[5, 1, 0]], [[0, 1, 4]], links, start=start)
