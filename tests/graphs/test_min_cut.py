"""The global minimum cut: the example of the paper by hand, against brute force and networkx, phase by phase."""

from importlib import import_module

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from seglearn.graphs import global_min_cut, global_min_cut_steps

module = import_module("seglearn.graphs.min_cut")

some = settings(deadline=None, max_examples=30, derandomize=True)

# Stoer and Wagner 1997, figure 1: eight nodes, from 1 there, from 0 here.
PAPER = [(1, 2, 2), (1, 5, 3), (2, 3, 3), (2, 5, 2), (2, 6, 2), (3, 4, 4), (3, 7, 2), (4, 7, 2), (4, 8, 2), (5, 6, 3), (6, 7, 1), (7, 8, 3)]  # fmt: skip # noqa: E501


def graph(links, n_nodes):
    affinity = np.zeros((n_nodes, n_nodes))
    for u, v, weight in links:
        affinity[u - 1, v - 1] = affinity[v - 1, u - 1] = weight
    return affinity


def random_graph(seed, n_nodes, density=0.6, whole=False):
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 9, (n_nodes, n_nodes)) if whole else rng.random((n_nodes, n_nodes))
    weights = np.triu(weights * (rng.random((n_nodes, n_nodes)) < density), 1)
    return weights + weights.T


def all_sides(n_nodes):
    """Every side of every cut: node 0 never belongs to it."""
    return ((2 * np.arange(1, 2 ** (n_nodes - 1))[:, None] >> np.arange(n_nodes)) & 1).astype(bool)


def cut(affinity, side):
    return affinity[np.ix_(side, ~side)].sum()


def test_the_example_of_the_paper_by_hand():
    """Its figures 2 to 5: the cuts of the phases are 5, 5, 7, 7, 4, 7, 9, and 4 parts {3, 4, 7, 8}, from node 2 on."""
    swapped = graph([({1: 2, 2: 1}.get(u, u), {1: 2, 2: 1}.get(v, v), w) for u, v, w in PAPER], 8)
    states = list(global_min_cut_steps(swapped))
    assert [state.phase_value for state in states] == [5, 5, 7, 7, 4, 7, 9]
    assert [state.value for state in states] == [5, 5, 5, 5, 4, 4, 4]
    assert (np.flatnonzero(states[0].phase_side) + 1).tolist() == [2]  # their node 1
    assert (np.flatnonzero(states[-1].side) + 1).tolist() in ([3, 4, 7, 8], [1, 2, 5, 6])


@some
@given(st.integers(0, 10**6), st.sampled_from([2, 3, 7, 12]), st.booleans())
def test_equals_brute_force(seed, n_nodes, whole):
    affinity = random_graph(seed, n_nodes, whole=whole)
    sides = all_sides(n_nodes).astype(float)
    expected = ((sides @ affinity) * (1 - sides)).sum(axis=1).min()
    state = global_min_cut(affinity)
    assert state.value == pytest.approx(expected, abs=1e-12)
    assert cut(affinity, state.side) == pytest.approx(expected, abs=1e-12)
    assert 0 < state.side.sum() < n_nodes


@pytest.mark.parametrize("seed", range(3))
def test_equals_networkx(seed):
    affinity = random_graph(seed, 40, 0.2) + np.eye(40, k=1) + np.eye(40, k=-1)
    value, _ = networkx.stoer_wagner(networkx.from_numpy_array(affinity))
    assert global_min_cut(sparse.csr_array(affinity)).value == pytest.approx(value)


@some
@given(st.integers(0, 10**6), st.integers(2, 15))
def test_every_phase_is_what_it_says(seed, n_nodes):
    affinity = random_graph(seed, n_nodes)
    states = list(global_min_cut_steps(affinity))
    assert [state.phase for state in states] == list(range(1, n_nodes))
    for number, state in enumerate(states):
        assert state.order[0] == 0
        assert sorted(state.order) == np.unique(state.groups).tolist()
        assert len(state.order) == n_nodes - number
        added = np.zeros(n_nodes, bool)
        for group, attached in zip(state.order, state.attached):
            links = {g: affinity[np.ix_(state.groups == g, added)].sum() for g in state.order}
            assert attached == pytest.approx(links[group], abs=1e-12)
            assert attached >= max(links[g] for g in state.order if not added[g]) - 1e-9
            added |= state.groups == group
        np.testing.assert_array_equal(state.phase_side, state.groups == state.order[-1])
        assert state.phase_value == pytest.approx(cut(affinity, state.phase_side), abs=1e-12)
        assert state.value == pytest.approx(min(s.phase_value for s in states[: number + 1]))
    last = global_min_cut(affinity)
    assert last.value == states[-1].value
    np.testing.assert_array_equal(last.side, states[-1].side)


def test_a_state_that_the_reader_spoils_does_not_disturb_the_run():
    affinity = random_graph(0, 12)
    before = affinity.copy()
    expected = global_min_cut(affinity)
    for state in global_min_cut_steps(affinity):
        value, side = state.value, state.side.copy()
        for array in (state.groups, state.order, state.attached, state.phase_side, state.side):
            array[:] = 0
    assert value == expected.value
    np.testing.assert_array_equal(side, expected.side)
    np.testing.assert_array_equal(affinity, before)


def test_graphs_in_pieces_and_without_links():
    state = global_min_cut(np.kron(np.eye(2), 1 - np.eye(3)))
    assert state.value == 0
    assert state.side.tolist() in ([False] * 3 + [True] * 3, [True] * 3 + [False] * 3)
    assert global_min_cut(np.zeros((4, 4))).value == 0
    assert global_min_cut([[5, 2], [2, 7]]).value == 2  # loops are never cut


def test_kernel_in_plain_python():
    affinity = random_graph(3, 6)
    results = []
    for kernel in (module._add_all, module._add_all.py_func):
        order, attached = np.empty(5, np.int32), np.empty(5)
        kernel(affinity, np.array([0, 2, 3, 4, 5], np.int32), order, attached)
        results.append((order.tolist(), attached.tolist()))
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("affinity", "error", "message"),
    [
        ([[0, 1], [2, 0]], ValueError, "affinity: expected a symmetric array, got W_ij and W_ji that differ by 1"),
        ([[0, -1], [-1, 0]], ValueError, "affinity: expected weights of at least 0, got -1"),
        ([[0, np.nan], [np.nan, 0]], ValueError, "affinity: expected finite weights, got 2 that are not"),
        ([[0, np.inf], [np.inf, 0]], ValueError, "affinity: expected finite weights, got 2"),
        ([[0, 1, 1], [1, 0, 1]], ValueError, r"affinity: expected an array \(N, N\) of at least 2 nodes, got shape"),
        ([[0.0]], ValueError, "of at least 2 nodes"),
        ([0, 1], ValueError, r"got shape \(2,\)"),
        ([["a"]], TypeError, r"affinity: expected an array \(N, N\) of numbers, got dtype"),
        (np.ma.ones((2, 2)), TypeError, "affinity: expected an array without a mask"),
        (sparse.eye_array(5000), ValueError, "affinity: expected at most 4000 nodes, got 5000"),
    ],
)
def test_bad_input_is_refused_before_any_work(affinity, error, message):
    for door in (global_min_cut, global_min_cut_steps):
        with pytest.raises(error, match=message):
            door(affinity)


def test_as_many_nodes_as_are_allowed_and_one_more(monkeypatch):
    monkeypatch.setattr(module, "MOST_NODES", 3)
    assert global_min_cut(np.ones((3, 3))).value == 2
    with pytest.raises(ValueError, match="affinity: expected at most 3 nodes, got 4"):
        global_min_cut(np.ones((4, 4)))


def test_links_that_differ_by_a_last_digit_are_equal_and_the_first_counts():
    more = np.nextafter(1, 2)
    assert next(global_min_cut_steps([[0, 1, more], [1, 0, 0], [more, 0, 0]])).order.tolist() == [0, 1, 2]
