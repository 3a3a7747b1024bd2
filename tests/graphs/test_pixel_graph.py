"""The graph of a picture: by hand, against its formula, and the same cuts between regions as between pixels."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from seglearn.graphs import pixel_graph, region_graph

module = import_module("seglearn.graphs.pixel_graph")  # the name in `graphs` is the function's

some = settings(deadline=None, max_examples=30, derandomize=True)


def test_four_pixels_by_hand():
    affinity = pixel_graph([[0.0, 0.2], [0.0, 1.0]], sigma_color=0.2).toarray()
    near, far, none = np.exp(-0.5), np.exp(-12.5), np.exp(-8)
    np.testing.assert_allclose(affinity, [[0, near, 1, 0], [near, 0, 0, none], [1, 0, 0, far], [0, none, far, 0]])


@some
@given(
    st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.floats(1, 9),
    st.sampled_from([None, 0.7, 2.0]),
)  # fmt: skip
def test_it_is_its_formula(seed, height, width, grey, radius, sigma_position):
    picture = np.random.default_rng(seed).random((height, width) if grey else (height, width, 3))
    affinity = pixel_graph(picture, sigma_color=0.3, sigma_position=sigma_position, radius=radius)
    colors = picture.reshape(height * width, -1)
    positions = np.indices((height, width)).reshape(2, -1).T
    far = ((positions[:, None] - positions) ** 2).sum(axis=2)
    expected = np.exp(-((colors[:, None] - colors) ** 2).sum(axis=2) / (2 * 0.3**2))
    if sigma_position is not None:
        expected *= np.exp(-far / (2 * sigma_position**2))
    expected[(far > radius**2) | (far == 0)] = 0
    np.testing.assert_allclose(affinity.toarray(), expected, atol=1e-15)
    assert affinity.has_sorted_indices


@some
@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from([1, 1.5, 3]))
def test_a_cut_between_regions_weighs_what_it_weighs_between_pixels(seed, n_regions, radius):
    rng = np.random.default_rng(seed)
    picture, labels = rng.random((7, 6, 3)), 10**9 + 1000 * rng.integers(n_regions, size=(7, 6))
    settings = {"sigma_color": 0.4, "sigma_position": 2.0, "radius": radius}
    pixels, regions = pixel_graph(picture, **settings), region_graph(picture, labels, **settings)
    names = np.unique(labels)
    side = rng.random(len(names)) < 0.5
    inside = side[np.searchsorted(names, labels.ravel())]
    assert regions.shape == (len(names), len(names))
    for one, other in ((True, False), (True, True)):
        expected = pixels.toarray()[np.ix_(inside == one, inside == other)].sum()
        assert regions.toarray()[np.ix_(side == one, side == other)].sum() == pytest.approx(expected)


def test_kernel_in_plain_python():
    picture = np.random.default_rng(3).normal(size=(3, 4, 3))
    steps = np.array([(-1, 0), (0, -1), (0, 1), (1, 0), (2, -1)])
    results = []
    for kernel in (module._link, module._link.py_func):
        starts, neighbors, weights = np.zeros(13, np.int32), np.zeros(60, np.int32), np.zeros(60)
        n_links = kernel(picture, steps, np.ones(5), starts, neighbors, weights)
        results.append((n_links, starts, neighbors, weights))
    assert results[0][0] == results[1][0] == 2 * (3 * 3 + 2 * 4) + 3
    for one, other in zip(results[0][1:], results[1][1:]):
        np.testing.assert_allclose(one, other)


def test_one_pixel_and_two_colors_that_share_nothing():
    assert pixel_graph([[0.5]], sigma_color=1).shape == (1, 1)
    assert pixel_graph([[0.0, 1.0]], sigma_color=0.01).nnz == 0
    assert pixel_graph(np.zeros((2, 3)), sigma_color=1e-9, radius=1e300).nnz == 6 * 5


@pytest.mark.parametrize(
    ("picture", "arguments", "error", "message"),
    [
        (np.ones((4, 4)), {"sigma_color": 0}, ValueError, "sigma_color: expected a number above 0, got 0"),
        (np.ones((4, 4)), {"sigma_position": -2}, ValueError, "sigma_position: expected a number above 0, got -2"),
        (np.ones((4, 4)), {"radius": 0.5}, ValueError, "radius: expected a number of at least 1, got 0.5"),
        (np.full((4, 4), np.nan), {}, ValueError, "image: expected finite values, got 16"),
        (np.ones((4, 4, 2)), {}, ValueError, "image: expected a grey"),
        (np.ones((600, 600)), {"radius": 100}, ValueError, "radius: expected at most 268435456 links, got"),
        (np.ones((4, 4)), {"sigma_color": "wide"}, TypeError, "sigma_color: expected a number"),
    ],
)
def test_bad_input(picture, arguments, error, message):
    with pytest.raises(error, match=message):
        pixel_graph(picture, **{"sigma_color": 0.1, **arguments})


def test_labels_of_another_shape():
    with pytest.raises(ValueError, match=r"labels: expected the image's shape \(4, 4\), got shape \(4, 5\)"):
        region_graph(np.ones((4, 4)), np.zeros((4, 5), int), sigma_color=0.1)


def test_links_given_twice_are_summed():
    twice = sparse.csr_array((np.array([1.0, 2, 3]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    assert module.checked(twice).nnz == 2
    assert module.checked(twice).toarray().tolist() == [[0, 3], [3, 0]]
