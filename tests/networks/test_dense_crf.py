"""The dense CRF: one update by hand, the brute-force sum over all pairs, pydensecrf, a free energy that only falls."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.transform import resize

from seglearn import images
from seglearn.networks import dense_crf, dense_crf_steps
from seglearn.networks.permutohedral import gaussian_filter, lattice, normalized

module = importlib.import_module("seglearn.networks.dense_crf")
grid_module = importlib.import_module("seglearn.networks.permutohedral")
few = settings(deadline=None, derandomize=True, max_examples=25)
PHOTOS = ("coffee", "astronaut", "camera", "rocket")


def picture(name, height=24, width=30):
    photo = images.load(name) / 255
    return resize(photo, (height, width, *photo.shape[2:]), anti_aliasing=True)


def distribution(rng, n_labels, height, width, sharpness=2.0, smooth=0.0):
    """Random probabilities; smoothed over some pixels, as those of a network are."""
    noise = rng.standard_normal((n_labels, height, width))
    if smooth:
        noise = ndimage.gaussian_filter(noise, (0, smooth, smooth))
        noise /= noise.std()
    scores = np.exp(sharpness * noise)
    return (scores / scores.sum(axis=0)).astype(np.float32)


def gaussian(features):
    """The kernel between all pairs, (N, N)."""
    return np.exp(-((features[:, None] - features) ** 2).sum(axis=2) / 2)


def brute_force(unary, image, n_iter, alpha=60.0, beta=10.0, gamma=3.0, appearance=10.0, smoothness=3.0):
    """Mean field by the sum over all pairs, in float64: every Q from the start, and its free energy."""
    n_labels, height, width = unary.shape
    places = np.indices((height, width)).reshape(2, -1).T.astype(float)
    colours = 255 * image.reshape(height * width, -1)
    total = np.zeros((height * width,) * 2)
    for weight, features in (
        (appearance, np.column_stack([places / alpha, colours / beta])),
        (smoothness, places / gamma),
    ):
        kernel = gaussian(features)
        norm = 1 / np.sqrt(kernel.sum(axis=1))
        total += weight * norm[:, None] * kernel * norm
    log_p = np.log(np.maximum(unary, 1e-10)).reshape(n_labels, -1).T.astype(float)
    q, found = np.exp(log_p), []
    for _ in range(n_iter + 1):
        messages = total @ q
        energy = (q * (np.log(np.maximum(q, 1e-38)) - log_p - messages / 2)).sum()
        found.append((q.T.reshape(unary.shape), energy))
        scores = log_p + messages
        q = np.exp(scores - scores.max(axis=1, keepdims=True))
        q /= q.sum(axis=1, keepdims=True)
    return found


# ---- the lattice


def test_one_point_by_hand():
    """In one dimension a cell of the lattice is sqrt(3)/2 standard deviations long; what a point on a corner has is
    spread 1/2, 1, 1/2 along each of the two axes, which lie over each other: 1, 4, 6, 4, 1 quarters, by 1 / (1 + 1/2).
    Where the corners end, what would have come back over the missing one is lost: 5 quarters."""
    grid = lattice(np.sqrt(3) / 2 * np.arange(7.0)[:, None])
    sums = gaussian_filter(grid, np.eye(7))
    np.testing.assert_allclose(sums[3], np.array([0, 1, 4, 6, 4, 1, 0]) / 4 / 1.5, atol=1e-6)
    np.testing.assert_allclose(sums[0], np.array([5, 4, 1, 0, 0, 0, 0]) / 4 / 1.5, atol=1e-6)


@few
@given(st.integers(1, 5), st.integers(2, 60), st.integers(0, 10**6))
def test_corners_are_shared_fairly_and_the_reverse_is_the_transpose(d, n, seed):
    rng = np.random.default_rng(seed)
    grid = lattice(2 * rng.standard_normal((n, d)))
    assert grid.weights.min() > -1e-5
    np.testing.assert_allclose(grid.weights.sum(axis=1), 1, atol=1e-5)
    assert all(len(set(corners)) == d + 1 for corners in grid.corners.tolist())
    u, v = rng.random((n, 3)), rng.random((n, 3))
    forward = (gaussian_filter(grid, u) * v).sum()
    assert forward == pytest.approx((u * gaussian_filter(grid, v, reverse=True)).sum(), rel=1e-4)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_it_is_a_gaussian_to_the_accuracy_of_the_lattice(d):
    """Dense points, all corners there: normalised, the filter is within some percent of the sum over all pairs."""
    rng = np.random.default_rng(d)
    features = rng.uniform(0, 2.5, (1500, d))
    values = (np.sin(2 * features[:, :1]) + 1) / 2
    kernel = gaussian(features)
    exact = kernel @ values / kernel.sum(axis=1, keepdims=True)
    grid = lattice(features)
    ours = gaussian_filter(grid, values) / gaussian_filter(grid, np.ones_like(values))
    assert np.abs(ours - exact).max() < 0.1
    assert np.abs(ours - exact).mean() < 0.02


def test_points_at_one_place_are_one():
    grid = lattice(np.zeros((7, 3)))
    values = np.arange(7.0)[:, None]
    np.testing.assert_allclose(gaussian_filter(grid, values) / gaussian_filter(grid, np.ones((7, 1))), 3, rtol=1e-6)


def test_many_corners_find_their_neighbours():
    """More corners than the table begins with: it grows, and loses none."""
    grid = lattice(np.random.default_rng(0).uniform(0, 400, (3000, 2)))
    before, behind = grid.neighbours[..., 0], grid.neighbours[..., 1]
    n_corners = before.shape[1]
    assert n_corners > 5000
    for axis in range(3):
        there = np.flatnonzero(behind[axis] < n_corners)
        assert there.size
        np.testing.assert_array_equal(before[axis][behind[axis][there]], there)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.zeros(3), r"features: expected an array \(N, D\)"),
        (np.full((2, 2), np.nan), r"features: expected finite values"),
        (np.full((2, 2), 2e6), r"features: expected coordinates from -1e6 to 1e6, got 2000000"),
    ],
)
def test_bad_points_are_refused(features, message):
    with pytest.raises(ValueError, match=message):
        lattice(features)


# ---- the mean field


def test_one_update_by_hand():
    """Two pixels of one colour, far closer than the kernels reach: each normalised kernel is 1/2 for every pair."""
    unary = np.array([[[0.9, 0.4]], [[0.1, 0.6]]], np.float32)
    image = np.full((1, 2), 0.5)
    start, first = dense_crf_steps(unary, image, n_iter=1, theta_alpha=1e5, theta_gamma=1e5, appearance=2, smoothness=1)
    np.testing.assert_allclose(start.probabilities, unary, atol=1e-6)
    assert start.labels.tolist() == [[0, 1]]
    heard = 3 * (0.9 + 0.4) / 2, 3 * (0.1 + 0.6) / 2  # (2 + 1) times half the sum over both pixels
    left, right = 0.9 * np.exp(heard[0]), 0.1 * np.exp(heard[1])
    assert first.probabilities[0, 0, 0] == pytest.approx(left / (left + right), abs=1e-4)
    left, right = 0.4 * np.exp(heard[0]), 0.6 * np.exp(heard[1])
    assert first.probabilities[0, 0, 1] == pytest.approx(left / (left + right), abs=1e-4)
    assert first.labels.tolist() == [[0, 0]]


def test_the_energy_by_hand():
    unary = np.array([[[0.8]], [[0.2]]], np.float32)
    start, *_ = dense_crf_steps(unary, np.zeros((1, 1)), n_iter=0, appearance=2, smoothness=0)
    assert start.energy == pytest.approx(-(0.8**2 + 0.2**2), abs=1e-5)  # log Q = log P; 2 / 2 sum_l Q(l)^2


@pytest.mark.parametrize("name", PHOTOS)
def test_as_the_sum_over_all_pairs(name):
    """What the lattice saves costs little: a few percent in single pixels, labels almost all the same."""
    image, unary = picture(name), distribution(np.random.default_rng(1), 4, 24, 30, smooth=2)
    exact = brute_force(unary, image, 5)
    states = list(dense_crf_steps(unary, image, n_iter=5))
    differences = np.abs(states[-1].probabilities - exact[-1][0])
    assert differences.mean() < 0.03
    assert (states[-1].labels == exact[-1][0].argmax(axis=0)).mean() > 0.95
    first = np.abs(states[1].probabilities - exact[1][0])
    assert first.max() < 0.3
    assert first.mean() < 0.02
    for state, (_, energy) in zip(states, exact):
        assert state.energy == pytest.approx(energy, rel=0.05)


@few
@given(st.integers(1, 10), st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6))
def test_probabilities_stay_probabilities_and_the_energy_falls(n_labels, height, width, seed):
    rng = np.random.default_rng(seed)
    image, unary = rng.random((height, width, 3)), distribution(rng, n_labels, height, width)
    states = list(dense_crf_steps(unary, image, n_iter=6, theta_beta=40.0))
    assert [state.iteration for state in states] == list(range(7))
    for state in states:
        assert state.probabilities.dtype == np.float32
        np.testing.assert_allclose(state.probabilities.sum(axis=0), 1, atol=1e-5)
        np.testing.assert_array_equal(state.labels, state.probabilities.argmax(axis=0))
    energies = np.array([state.energy for state in states])
    assert (np.diff(energies) <= 1e-5 * np.abs(energies[:-1]) + 1e-6).all()
    np.testing.assert_array_equal(states[-1].labels, dense_crf(unary, image, n_iter=6, theta_beta=40.0))


@pytest.mark.parametrize("name", PHOTOS)
def test_the_energy_falls_on_photographs(name):
    image = picture(name, 60, 80)
    energies = [s.energy for s in dense_crf_steps(distribution(np.random.default_rng(2), 5, 60, 80), image, n_iter=15)]
    assert (np.diff(energies) < 1e-6 * np.abs(energies[:-1])).all()
    assert energies[1] < energies[0]


@pytest.mark.parametrize(
    ("n_labels", "name", "atol"),
    # In the last one a point lies so near the border of its simplex that 1e-7 more on all of them moves it over.
    [(2, "coffee", 1e-3), (8, "camera", 1e-3), (21, "china", 1e-3), (21, "astronaut", 5e-3)],
)
def test_as_pydensecrf(n_labels, name, atol):
    reference = pytest.importorskip("pydensecrf.densecrf")
    image = (255 * picture(name, 60, 80)).astype(np.uint8)
    unary = distribution(np.random.default_rng(3), n_labels, 60, 80, smooth=3)
    for n_iter in (1, 10):
        crf = reference.DenseCRF2D(80, 60, n_labels)
        crf.setUnaryEnergy(np.ascontiguousarray(-np.log(unary).reshape(n_labels, -1)))
        rgb = np.ascontiguousarray(image if image.ndim == 3 else np.dstack([image] * 3))
        beta = 10.0 if image.ndim == 3 else 10.0 * np.sqrt(3)  # three equal channels count three times
        crf.addPairwiseBilateral(sxy=60, srgb=beta, rgbim=rgb, compat=10)
        crf.addPairwiseGaussian(sxy=3, compat=3)
        theirs = np.array(crf.inference(n_iter)).reshape(n_labels, 60, 80)
        *_, ours = dense_crf_steps(unary, rgb, n_iter=n_iter, theta_beta=beta)
        np.testing.assert_allclose(ours.probabilities, theirs, atol=atol)


def test_a_grey_picture_is_one_channel():
    """Three equal channels weigh three times: their deviation must be sqrt(3) larger for the same kernel."""
    grey, unary = picture("camera"), distribution(np.random.default_rng(4), 3, 24, 30)
    *_, one = dense_crf_steps(unary, grey)
    exact = brute_force(unary, np.dstack([grey] * 3), 10, beta=10 * np.sqrt(3))[-1][0]
    assert np.abs(one.probabilities - exact).mean() < 0.05


def test_what_lies_on_one_side_of_an_edge_ends_there():
    """A border that is four pixels off moves to where the colours change."""
    image = np.zeros((30, 40, 3))
    image[:, 20:] = 0.7
    said = np.clip((np.arange(40) - 15.5) / 16 + 0.5, 0.02, 0.98)  # half past column 15
    unary = np.stack([1 - said, said])[:, None].repeat(30, axis=1)
    assert (unary.argmax(axis=0) != (np.arange(40) >= 20)).mean() == 0.1
    np.testing.assert_array_equal(dense_crf(unary, image), np.broadcast_to(np.arange(40) >= 20, (30, 40)))


def test_without_pairs_nothing_changes():
    unary = distribution(np.random.default_rng(5), 9, 6, 7)
    *_, end = dense_crf_steps(unary, picture("coffee", 6, 7), appearance=0, smoothness=0)
    np.testing.assert_allclose(end.probabilities, unary, atol=1e-6)


def test_a_constant_picture_and_one_pixel():
    unary = distribution(np.random.default_rng(6), 2, 8, 8, 0.5)
    assert np.unique(dense_crf(unary, np.full((8, 8), 0.3), theta_gamma=30.0, smoothness=30)).size == 1
    assert dense_crf(np.array([[[0.4]], [[0.6]]]), np.zeros((1, 1, 3))).tolist() == [[1]]
    assert dense_crf(np.ones((1, 3, 3)), np.zeros((3, 3))).tolist() == [[0] * 3] * 3


def test_ties_go_to_the_first_label():
    assert not dense_crf(np.full((3, 5, 5), np.float32(1 / 3)), np.zeros((5, 5))).any()


def test_a_probability_of_zero_is_no_infinity():
    unary = np.zeros((2, 4, 4))
    unary[0] = 1
    states = list(dense_crf_steps(unary, np.zeros((4, 4))))
    assert all(np.isfinite(state.energy) and np.isfinite(state.probabilities).all() for state in states)


GOOD = np.full((2, 4, 5), 0.5)


@pytest.mark.parametrize(
    ("unary", "more", "message"),
    [
        (GOOD[0], {}, r"unary: expected probabilities \(K, H, W\) of float, got shape \(4, 5\)"),
        (GOOD.astype(int), {}, r"unary: expected probabilities \(K, H, W\) of float, got .* dtype int"),
        (GOOD[:, 1:], {}, r"unary: expected \(K, 4, 5\), the picture's size, got shape \(2, 3, 5\)"),
        (GOOD * 0.9, {}, r"unary: expected probabilities of sum 1 at every pixel, got a sum of 0\.9"),
        (GOOD * [[[3.0]], [[-1.0]]], {}, r"unary: expected probabilities of at least 0, got -0\.5"),
        (GOOD * np.nan, {}, r"unary: expected finite values"),
        (GOOD[:0], {}, r"unary: expected probabilities \(K, H, W\) of float, got shape \(0, 4, 5\)"),
        (GOOD, {"n_iter": -1}, r"n_iter: expected an integer of at least 0, got -1"),
        (GOOD, {"theta_alpha": 0}, r"theta_alpha: expected a number above 0, got 0"),
        (GOOD, {"theta_beta": 0.0}, r"theta_beta: expected a number above 0, got 0"),
        (GOOD, {"theta_gamma": -3}, r"theta_gamma: expected a number above 0, got -3"),
        (GOOD, {"appearance": -1}, r"appearance: expected a number of at least 0, got -1"),
        (GOOD, {"smoothness": np.inf}, r"smoothness: expected a number of at least 0, got inf"),
    ],
)
def test_bad_input_is_refused(unary, more, message):
    for function in (dense_crf, dense_crf_steps):
        with pytest.raises(ValueError, match=message):
            function(unary, np.zeros((4, 5, 3)), **more)


@pytest.mark.filterwarnings("ignore:overflow")  # the hash's, which compiled code doesn't speak of
def test_the_kernels_as_plain_python():
    """Compiled or not, the same sums."""
    rng = np.random.default_rng(7)
    features, values = rng.uniform(0, 3, (40, 2)), rng.random((40, 3)).astype(np.float32)
    grid = normalized(lattice(features), 2.0)
    corners, weights = np.empty((40, 3), np.int32), np.empty((40, 3), np.float32)
    keys = np.empty((120, 2), np.int32)
    scale = np.sqrt(2 / 3) * 3 / np.sqrt([2, 6])
    n_corners, table = grid_module._splat_plan.py_func(features * scale, corners, weights, keys)
    np.testing.assert_array_equal(corners, grid.corners)
    neighbours = np.empty((3, n_corners, 2), np.int32)
    grid_module._find_neighbours.py_func(keys, n_corners, table, neighbours)
    np.testing.assert_array_equal(neighbours, grid.neighbours)
    assert grid_module._place.py_func(keys[5], keys, table) == grid_module._place(keys[5], keys, table)
    sums = np.zeros((n_corners + 1, 3), np.float32)
    grid_module._splat.py_func(grid.corners, grid.weights, values, sums)
    blurred, result = np.zeros_like(sums), np.zeros_like(values)
    for axis in range(3):
        grid_module._blur.py_func(grid.neighbours[axis], sums, blurred)
        sums, blurred = blurred, sums
    grid_module._slice.py_func(grid.corners, grid.weights, sums, np.float32(0.8), result)
    np.testing.assert_allclose(result, gaussian_filter(grid, values), rtol=1e-5)
    scores = rng.standard_normal((6, 4)).astype(np.float32)
    expected = module.softmax(scores.copy())
    module._subtract_largest.py_func(scores)
    assert scores.max() == 0
    scores = np.exp(scores)
    module._divide_by_sum.py_func(scores)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)
