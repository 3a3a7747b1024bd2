"""Normalized cut: by hand, against brute force and full matrices, split point by split point, on odd graphs."""

import time
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, sparse

from seglearn import images
from seglearn.clustering import slic
from seglearn.graphs import (
    ncut_value,
    normalized_cut,
    normalized_cut_steps,
    pixel_graph,
    region_graph,
    segment_normalized_cut,
    segment_normalized_cut_steps,
)

module = import_module("seglearn.graphs.normalized_cut")  # the name in `graphs` is the function's

some = settings(deadline=None, max_examples=30, derandomize=True)


def cloud_graph(seed, n_nodes=12, sigma=0.25):
    points = np.random.default_rng(seed).random((n_nodes, 2))
    squares = ((points[:, None] - points) ** 2).sum(axis=2)
    return np.exp(-squares / (2 * sigma**2)) * (1 - np.eye(n_nodes))


def all_sides(n_nodes):
    return (np.arange(1, 2 ** (n_nodes - 1))[:, None] >> np.arange(n_nodes)) & 1


def ncut_of(affinity, side):
    """Ncut of two sides from the definition."""
    cut = affinity[np.ix_(side, ~side)].sum()
    return cut / affinity[side].sum() + cut / affinity[~side].sum()


# By hand


def test_two_pairs_by_hand():
    """Links 3 within two pairs and 1 between: cut 1, each side holds 7, Ncut 2/7; lambda of (1 1 -1 -1)-like y."""
    affinity = np.array([[0, 3, 0, 0], [3, 0, 1, 0], [0, 1, 0, 3], [0, 0, 3, 0]])
    state = normalized_cut(affinity, 2)
    assert state.labels.tolist() == [0, 0, 1, 1]
    assert state.labels.dtype == np.int32
    assert state.ncut == pytest.approx(2 / 7)
    assert state.ncuts == pytest.approx([3 / 3 + 3 / 11, 2 / 7, 3 / 11 + 3 / 3])
    assert state.cuts == pytest.approx([3, 1, 3])
    assert state.eigenvalue == pytest.approx(0.25)  # by symmetry y = (1, t, -t, -1), 3 - 3t = 3 lambda: t = 1 - lambda
    assert state.eigenvector / state.eigenvector[0] == pytest.approx([1, 0.75, -0.75, -1])
    assert state.threshold == pytest.approx(0, abs=1e-9)


def test_ncut_by_hand():
    affinity = [[0, 3, 1], [3, 0, 0], [1, 0, 0]]
    assert ncut_value(affinity, [0, 0, 1]) == pytest.approx(1 / 7 + 1)
    assert ncut_value(affinity, [[4, 9, 2]]) == pytest.approx(3)  # every node is cut from all
    assert ncut_value(affinity, [7, 7, 7]) == 0


# Against brute force and full matrices


@some
@given(st.integers(0, 10**6))
def test_every_split_point_has_its_cut(seed):
    affinity = cloud_graph(seed)
    state = normalized_cut(affinity, 2)
    for threshold, cut, ncut in zip(state.thresholds, state.cuts, state.ncuts):
        side = state.eigenvector > threshold
        assert cut == pytest.approx(affinity[np.ix_(side, ~side)].sum())
        assert ncut == pytest.approx(ncut_of(affinity, side))
        assert ncut == pytest.approx(ncut_value(affinity, side))
    assert len(state.thresholds) == len(np.unique(state.eigenvector)) - 1
    assert state.ncut == state.ncuts.min() == pytest.approx(ncut_value(affinity, state.labels))


@some
@given(st.integers(0, 10**6))
def test_between_its_bound_and_the_best_of_all_cuts_of_twelve_nodes(seed):
    affinity = cloud_graph(seed)
    best = min(ncut_of(affinity, side.astype(bool)) for side in all_sides(12))
    state = normalized_cut(affinity, 2)
    assert state.eigenvalue <= best + 1e-9
    assert best - 1e-9 <= state.ncut
    assert state.ncut <= 2 * np.sqrt(2 * state.eigenvalue) + 1e-9  # Cheeger: the best split point is never far off


@some
@given(st.integers(0, 10**6), st.floats(0.001, 0.05))
def test_equals_brute_force_where_a_graph_has_two_parts(seed, weak):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat([0, 1], [5, 7]))
    affinity = np.where(truth[:, None] == truth, 1.0, weak) * rng.uniform(0.5, 1, (12, 12))
    affinity = np.triu(affinity, 1) + np.triu(affinity, 1).T
    sides = all_sides(12).astype(bool)
    best = sides[np.argmin([ncut_of(affinity, side) for side in sides])]
    found = normalized_cut(affinity, 2).labels.astype(bool)
    np.testing.assert_array_equal(found != found[0], best != best[0])
    np.testing.assert_array_equal(found != found[0], truth != truth[0])


@pytest.mark.parametrize("name", ["coffee", "astronaut", "camera"])
def test_the_eigenvector_is_that_of_the_full_matrix(name):
    affinity = pixel_graph(images.reduced(images.load(name), 32), sigma_color=0.15, radius=2)
    state = normalized_cut(affinity, 2)
    degrees = affinity.sum(axis=1)
    values, vectors = linalg.eigh(np.diag(degrees) - affinity.toarray(), np.diag(degrees), subset_by_index=(1, 1))
    assert state.eigenvalue == pytest.approx(values[0], abs=1e-10)
    expected = vectors[:, 0] * np.sign(vectors[:, 0] @ (degrees * state.eigenvector))
    np.testing.assert_allclose(state.eigenvector, expected, atol=1e-6 * np.abs(expected).max())


# The recursion


@some
@given(st.integers(0, 10**6), st.integers(2, 12))
def test_each_step_cuts_one_part_and_the_loosest(seed, n_segments):
    affinity = cloud_graph(seed)
    before = np.zeros(12, int)
    states = list(normalized_cut_steps(affinity, n_segments))
    assert [state.n_segments for state in states] == list(range(2, n_segments + 1))
    for state in states:
        cut = before[state.part]
        assert (before == cut[0]).sum() == state.part.sum() == len(cut)
        assert (state.side & ~state.part).sum() == 0
        assert 0 < state.side.sum() < state.part.sum()
        np.testing.assert_array_equal(state.labels, np.where(state.side, state.n_segments - 1, before))
        np.testing.assert_array_equal(np.isnan(state.eigenvector), ~state.part)
        for k in range(state.n_segments - 1):  # no other part could have been cut for less
            nodes = before == k
            if nodes.sum() > 1:
                alone = normalized_cut(affinity[np.ix_(nodes, nodes)], 2).ncut
                assert state.ncut <= alone + 1e-6
        before = state.labels
    np.testing.assert_array_equal(normalized_cut(affinity, n_segments).labels, before)
    assert len(np.unique(before)) == n_segments


def test_a_state_that_the_reader_spoils_does_not_disturb_the_run():
    affinity = cloud_graph(1)
    expected = normalized_cut(affinity, 5).labels
    for state in normalized_cut_steps(affinity, 5):
        labels = state.labels.copy()
        for array in (state.labels, state.part, state.side):
            array[:] = 0
    np.testing.assert_array_equal(labels, expected)


# Pictures


def test_pixels_regions_and_pictures_are_the_same_method():
    picture = images.reduced(images.load("coffee"), 40)
    links = {"sigma_color": 0.1, "sigma_position": 4.0, "radius": 3.0}
    expected = normalized_cut(pixel_graph(picture, **links), 4)
    np.testing.assert_array_equal(segment_normalized_cut(picture, 4), expected.labels.reshape(picture.shape[:2]))
    *_, last = segment_normalized_cut_steps(picture, 4)
    np.testing.assert_array_equal(last.eigenvector, expected.eigenvector.reshape(picture.shape[:2]))

    labels = slic(picture, 60)
    regions = normalized_cut(region_graph(picture, labels, **links), 4)
    np.testing.assert_array_equal(segment_normalized_cut(picture, 4, n_superpixels=60), regions.labels[labels])
    *_, last = segment_normalized_cut_steps(picture, 4, n_superpixels=60)
    np.testing.assert_array_equal(last.labels, regions.labels[labels])
    pixels = pixel_graph(picture, **links)
    of_regions = ncut_value(region_graph(picture, labels, **links), regions.labels)
    assert ncut_value(pixels, last.labels) == pytest.approx(of_regions)


def test_three_stripes_and_a_large_photo():
    picture = np.repeat([[0.1, 0.5, 0.9]], 12, axis=1).repeat(20, axis=0)
    picture = picture + 0.01 * np.random.default_rng(0).random(picture.shape)
    labels = segment_normalized_cut(picture, 3)
    assert [len(np.unique(labels[:, k : k + 12])) for k in (0, 12, 24)] == [1, 1, 1]
    assert len(np.unique(labels)) == 3
    start = time.perf_counter()
    labels = segment_normalized_cut(images.load("astronaut"), 6)
    assert time.perf_counter() - start < 15
    assert (labels.shape, labels.max(), labels.dtype) == ((512, 512), 5, np.int32)


# Odd graphs


def test_graphs_in_pieces_are_cut_between_them():
    affinity = np.kron(np.eye(3), 1 - np.eye(4))
    states = list(normalized_cut_steps(affinity, 3))
    assert [state.ncut for state in states] == [0, 0]
    assert len({tuple(states[-1].labels[4 * k : 4 * k + 4]) for k in range(3)}) == 3
    np.testing.assert_array_equal(normalized_cut(np.zeros((4, 4)), 4).labels.argsort(), [0, 1, 2, 3])
    assert len(np.unique(normalized_cut(sparse.csr_array((5, 5)), 5).labels)) == 5


@pytest.mark.parametrize("weight", [1e-3, 1e-7, 1e-9, 1e-13, 1e-40])
def test_a_nearly_cut_graph_is_cut_there(weight):
    affinity = np.kron(np.eye(2), 1 - np.eye(40))
    affinity[39, 40] = affinity[40, 39] = weight
    state = normalized_cut(affinity, 2)
    assert state.labels.tolist() == [0] * 40 + [1] * 40
    assert state.ncut == pytest.approx(2 * weight / (40 * 39), rel=1e-3, abs=1e-15)


def test_a_constant_picture_is_cut_in_halves():
    labels = segment_normalized_cut(np.full((6, 10), 0.5), 2)
    assert labels.tolist() == [[0] * 5 + [1] * 5] * 6


def test_as_many_segments_as_nodes():
    assert sorted(normalized_cut(cloud_graph(0), 12).labels.tolist()) == list(range(12))


@pytest.mark.parametrize(
    ("affinity", "n_segments", "error", "message"),
    [
        (np.ones((3, 3)), 1, ValueError, "n_segments: expected an integer from 2 to 3, got 1"),
        (np.ones((3, 3)), 4, ValueError, "n_segments: expected an integer from 2 to 3, got 4"),
        (np.ones((3, 3)), 2.0, TypeError, "n_segments: expected an integer"),
        (np.ones((1, 1)), 2, ValueError, "affinity: expected an array"),
        (np.triu(np.ones((3, 3))), 2, ValueError, "affinity: expected a symmetric array"),
        (-np.ones((3, 3)), 2, ValueError, "affinity: expected weights of at least 0, got -1"),
        (np.full((3, 3), np.nan), 2, ValueError, "affinity: expected finite weights, got 9"),
    ],
)
def test_bad_graphs_are_refused_before_any_work(affinity, n_segments, error, message):
    for door in (normalized_cut, normalized_cut_steps):
        with pytest.raises(error, match=message):
            door(affinity, n_segments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_segments": 17}, "n_segments: expected an integer from 2 to 16, got 17"),
        ({"n_superpixels": 17}, "n_superpixels: expected an integer from 1 to 16, got 17"),
        ({"n_superpixels": 2, "n_segments": 5}, "n_segments: expected an integer from 2 to 2, got 5"),
        ({"sigma_color": 0}, "sigma_color: expected a number above 0, got 0"),
        ({"radius": 0}, "radius: expected a number of at least 1, got 0"),
    ],
)
def test_bad_pictures(arguments, message):
    for door in (segment_normalized_cut, segment_normalized_cut_steps):
        with pytest.raises(ValueError, match=message):
            door(np.random.default_rng(0).random((4, 4)), **{"n_segments": 2, **arguments})


def test_another_number_of_labels():
    with pytest.raises(ValueError, match="labels: expected a label for each of 3 nodes, got 2"):
        ncut_value(np.ones((3, 3)), [0, 1])


def test_pictures_beyond_128_x_128_are_cut_along_1000_superpixels_or_more(monkeypatch):
    asked = []
    each = lambda image, n: asked.append(n) or np.arange(image.size).reshape(image.shape)  # noqa: E731
    monkeypatch.setattr(module, "slic", each)
    for width, n_segments in ((128, 2), (129, 2), (129, 1200)):
        module._prepare_image(np.zeros((128, width)), n_segments, 0.1, None, 1.0, None)
    assert asked == [1000, 1200]
