"""The smallest eigenvectors of graphs: against full matrices, fixed where eigenvalues are equal, never stalling."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from seglearn import shapes
from seglearn.clustering import spectral_stages
from seglearn.graphs import pixel_graph, spectrum
from seglearn.graphs.spectrum import decompose, steady_basis, steady_rows

some = settings(deadline=None, max_examples=30, derandomize=True)


def rng(seed=0):
    return np.random.default_rng(seed)


def random_graph(seed, n_nodes, density=0.1):
    links = sparse.random_array((n_nodes, n_nodes), density=density, rng=rng(seed))
    return sparse.csr_array(links + links.T)


def chain_of_cliques(weights, size=30):
    """Cliques of links 1, each hanging on the next by one link of a given weight."""
    affinity = np.kron(np.eye(len(weights) + 1), np.ones((size, size)) - np.eye(size))
    for k, weight in enumerate(weights, 1):
        affinity[k * size, k * size - 1] = affinity[k * size - 1, k * size] = weight
    return affinity


@some
@given(st.integers(0, 10**6), st.integers(1, 6), st.sampled_from([20, 60, 200]), st.booleans())
def test_equals_the_full_solution(seed, n_vectors, n_nodes, dense):
    affinity = random_graph(seed, n_nodes, 4 / n_nodes)  # often in pieces, often with nodes without links
    affinity = affinity.toarray() if dense else affinity
    laplacian, roots, values, vectors = decompose(affinity, n_vectors, rng(seed))
    whole = laplacian if dense else laplacian.toarray()
    degrees = affinity.sum(axis=1)
    np.testing.assert_allclose(roots, np.where(degrees > 0, degrees, 1) ** 0.5)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(whole)[:n_vectors], atol=1e-9)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(n_vectors), atol=1e-9)
    assert np.abs(whole @ vectors - vectors * values).max() < 1e-6


@some
@given(st.integers(0, 10**6))
def test_the_start_does_not_matter(seed):
    affinity = random_graph(seed, 150, 0.05)
    first, second = (decompose(affinity, 4, rng(start))[3] for start in (0, 1))
    np.testing.assert_allclose(first, second, atol=1e-5)


@some
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_equal_eigenvalues_have_one_basis_however_it_was_turned(seed, size):
    vectors = np.linalg.qr(rng(seed).normal(size=(40, size + 2)))[0]
    values = np.r_[0.1, np.full(size, 0.5), 0.9]
    turn = np.linalg.qr(rng(seed + 1).normal(size=(size, size)))[0]
    turned = vectors * rng(seed).choice([-1, 1], size + 2)
    turned[:, 1:-1] = vectors[:, 1:-1] @ turn
    one, other = steady_basis(values, vectors), steady_basis(values, turned)
    np.testing.assert_allclose(one, other, atol=1e-9)
    np.testing.assert_allclose(one @ one.T, vectors @ vectors.T, atol=1e-12)  # the same space
    for k in (0, -1):
        assert one[np.abs(one[:, k]).argmax(), k] > 0


def test_of_equally_large_entries_the_first_is_positive():
    vector = np.array([[-0.5, 0.5, -0.5, 0.5]]).T
    for last_bit in (0, 1e-15, -1e-15):
        nudged = vector + np.array([[0, last_bit, -last_bit, last_bit]]).T
        np.testing.assert_allclose(steady_basis(np.array([1.0]), nudged)[:, 0], [0.5, -0.5, 0.5, -0.5])


def test_clusters_apart_have_a_vector_each():
    """Figure 4.2-c's four clouds: four eigenvalues of 0 but for rounding, whose basis was left to chance."""
    truth = np.repeat(np.arange(4), 75)
    points = np.array([(0, 0), (9, 0), (0, 9), (9, 9)])[truth] + rng().random((300, 2))
    stages = spectral_stages(points, 4, sigma=0.5, rng=0)
    groups = np.array([np.abs(stages.embedding[truth == k]).mean(axis=0) for k in range(4)])
    np.testing.assert_allclose(np.sort(groups, axis=1), [[0, 0, 0, 1]] * 4, atol=1e-6)
    assert sorted(groups.argmax(axis=1)) == [0, 1, 2, 3]
    again = spectral_stages(points * (1 + 1e-15), 4, sigma=0.5, rng=7)
    np.testing.assert_allclose(again.embedding, stages.embedding, atol=1e-6)


@pytest.mark.parametrize("weight", [1e-3, 1e-6, 1e-8, 1e-10, 1e-12, 1e-20])
def test_nearly_cut_graphs(weight):
    """Nine cliques on links from light to next to nothing: all found, none slowly."""
    affinity = chain_of_cliques(weight * 4.0 ** -np.arange(8))
    for graph in (affinity, sparse.csr_array(affinity)):
        start = time.perf_counter()
        laplacian, _, values, vectors = decompose(graph, 9, rng())
        assert time.perf_counter() - start < 2
        assert (np.diff(values) >= -1e-15).all()
        assert values.max() < 10 * weight
        assert np.abs(laplacian @ vectors - vectors * values).max() < 1e-7
        shares = np.square(vectors).sum(axis=1).reshape(9, 30).sum(axis=1)  # the space of the nine indicators
        np.testing.assert_allclose(shares, 1, atol=1e-2)


def test_an_answer_or_a_clear_error(monkeypatch):
    monkeypatch.setattr(spectrum, "ROUNDS", 1)
    monkeypatch.setattr(spectrum, "STEPS", 1)
    graph = pixel_graph(rng().random((20, 20)), sigma_color=0.3)
    laplacian, _, values, _ = decompose(graph, 3, rng())
    np.testing.assert_allclose(values, np.linalg.eigvalsh(laplacian.toarray())[:3], atol=1e-9)
    monkeypatch.setattr(spectrum, "SMALL", 100)
    with pytest.raises(np.linalg.LinAlgError, match="affinity: expected a graph whose 3 smallest eigenvalues"):
        decompose(graph, 3, rng())


@pytest.mark.parametrize(("shape", "sigma", "n_vectors"), [("blobs", 0.3, 8), ("moons", 1.0, 12)])
def test_eigenvalues_of_very_different_size_and_crowds_at_one(shape, sigma, n_vectors):
    points = shapes.SHAPES[shape](300, rng=0)[0]
    affinity = np.exp(-(((points[:, None] - points) ** 2).sum(axis=2)) / (2 * sigma**2)) - np.eye(300)
    laplacian, _, values, _ = decompose(affinity, n_vectors, rng())
    np.testing.assert_allclose(values, np.linalg.eigvalsh(laplacian)[:n_vectors], atol=1e-9)


def test_rounding_away_what_is_chance():
    rows = steady_rows(np.array([[0.1, 0.3, -0.3], [1e-14, 0.2 - 1e-15, 0.2]]))
    assert rows[0, 1] == -rows[0, 2]
    assert rows[1, 0] == 0
    assert rows[1, 1] == rows[1, 2] == pytest.approx(0.2, abs=1e-9)
    assert steady_rows(np.zeros((3, 2))).tolist() == [[0, 0]] * 3


def test_vectors_of_equal_eigenvalues_stand_in_the_order_of_their_nodes():
    """The last row is the longest; its vector comes last all the same."""
    expected = np.array([[0.8, 0], [0.6, 0], [0, 0], [0, 1.0]])
    turn = np.array([[0.6, 0.8], [0.8, -0.6]])
    np.testing.assert_allclose(steady_basis(np.array([0.5, 0.5]), expected @ turn), expected, atol=1e-12)


def test_the_last_vector_asked_for_is_fixed_where_the_next_has_an_equal_eigenvalue():
    """A ring of 60 nodes: eigenvalues 0, then pairs; 2 vectors are asked for, or 4."""
    ring = np.roll(np.eye(60), 1, axis=1)
    for n_vectors in (2, 4):
        for affinity in (ring + ring.T, sparse.csr_array(ring + ring.T)):
            _, _, values, vectors = decompose(affinity, n_vectors, rng(0))
            _, _, more, pairs = decompose(affinity, n_vectors + 1, rng(1))
            np.testing.assert_allclose(vectors, pairs[:, :n_vectors], atol=1e-6)
            assert more[-1] == pytest.approx(values[-1], abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_eigenvalues_stay_between_0_and_2(seed):
    """A graph of two sides, all of whose links lead across, has the eigenvalue 2."""
    across = rng(seed).random((7, 9))
    affinity = np.block([[np.zeros((7, 7)), across], [across.T, np.zeros((9, 9))]])
    values = decompose(affinity, 16, rng())[2]
    assert values[0] == 0
    assert values[-1] == pytest.approx(2)
    assert values.max() <= 2


def test_rounding_goes_by_the_largest_number_whatever_its_sign():
    assert steady_rows(np.array([[-1.0, 1e-12]])).tolist() == [[-1, 0]]


def test_a_light_node_on_a_heavy_one_is_no_piece():
    """A path of three nodes has the eigenvalues 0, 1, 2, whatever its links weigh."""
    for heavy in (1, 1e11):
        affinity = np.array([[0, 1, 0], [1, 0, heavy], [0, heavy, 0]])
        np.testing.assert_allclose(decompose(affinity, 3, rng())[2], [0, 1, 2], atol=1e-9)
