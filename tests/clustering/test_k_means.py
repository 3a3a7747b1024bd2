"""K-Means: by hand, against scikit-learn and a plain NumPy Lloyd, and the promise that the inertia never rises."""

from importlib import import_module

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from seglearn import images
from seglearn.clustering import k_means, k_means_steps

module = import_module("seglearn.clustering.k_means")  # the name in `clustering` is the function's
distinct = import_module("seglearn.clustering.distinct")

some = settings(max_examples=60)
WHOLE = {"astronaut": 3, "coffee": 4, "chelsea": 8, "rocket": 6, "china": 3, "flower": 5}  # photo: K


@st.composite
def problems(draw, smooth=False):
    """(points, starting centres): a cloud with peaks and repeated points, on a coarse grid unless `smooth`."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, d = draw(st.integers(1, 80)), draw(st.integers(1, 5))
    points = 3 * rng.normal(size=(4, d))[rng.integers(4, size=n)] + rng.normal(size=(n, d))
    if not smooth:
        points = np.round(points)
    if draw(st.booleans()):
        points = points[rng.integers(n, size=2 * n)]
    distinct = np.unique(points, axis=0)
    return points, rng.choice(distinct, draw(st.integers(1, min(8, len(distinct)))), replace=False)


def squared(points, centers):
    return ((points[:, None] - centers[None]) ** 2).sum(axis=2)


def plain_lloyd(points, centers):
    """Lloyd's method from its two formulas, every point by itself; None if a cluster empties."""
    labels = None
    while True:
        before, labels = labels, squared(points, centers).argmin(axis=1)
        if before is not None and np.array_equal(labels, before):
            return labels, centers
        if len(np.unique(labels)) < len(centers):
            return None
        centers = np.array([points[labels == k].mean(axis=0) for k in range(len(centers))])


def reference(points, start):
    with threadpool_limits(1):
        model = KMeans(len(start), init=start, n_init=1, tol=0, algorithm="lloyd", max_iter=1000)
        return model.fit(points)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in a.__dataclass_fields__)


def reseeded(states, start):
    """Whether a cluster emptied: then its centre was moved between an update and the next assignment."""
    updated = [start, *(state.centers for state in states)]
    return any(not np.array_equal(centers, state.previous_centers) for centers, state in zip(updated, states))


# ---- by hand


def test_five_numbers_by_hand():
    """Points 0 1 5 6 8, centres 0 and 1: first {0} and {1 5 6 8} with means 0 and 5, then {0 1} and {5 6 8}."""
    first, second, third = k_means_steps([[0], [1], [5], [6], [8]], 2, init=[[0], [1]])
    assert first.labels.tolist() == [0, 1, 1, 1, 1]
    assert first.previous_centers.ravel().tolist() == [0, 1]
    assert first.centers.ravel().tolist() == [0, 5]
    assert first.inertia == 16 + 0 + 1 + 9
    assert second.labels.tolist() == [0, 0, 1, 1, 1]
    assert second.centers.ravel().tolist() == [0.5, 19 / 3]
    assert second.inertia == pytest.approx(0.25 + 0.25 + 16 / 9 + 1 / 9 + 25 / 9)
    assert third.labels.tolist() == second.labels.tolist()
    assert [s.iteration for s in (first, second, third)] == [1, 2, 3]
    assert [s.n_changed for s in (first, second, third)] == [5, 1, 0]
    assert first.labels.dtype == np.int32
    assert first.centers.dtype == np.float64


def test_a_tie_goes_to_the_first_centre():
    assert next(k_means_steps([[0], [1], [2]], 2, init=[[0], [2]])).labels.tolist() == [0, 0, 1]
    assert next(k_means_steps([[0], [1], [2]], 2, init=[[2], [0]])).labels.tolist() == [1, 0, 0]


def test_an_empty_cluster_takes_the_farthest_point_by_hand():
    """Points 0 1 2 10, centres 0, 1, 100: nobody comes to 100, and 10 is the farthest from its centre (9)."""
    first, second = k_means_steps([[0], [1], [2], [10]], 3, init=[[0], [1], [100]])
    assert first.labels.tolist() == [0, 1, 1, 2]
    assert first.previous_centers.ravel().tolist() == [0, 1, 10]
    assert first.centers.ravel().tolist() == [0, 1.5, 10]
    assert first.inertia == 0.5
    assert first.n_changed == 4  # 10 went to the second cluster and on to the third: one point, not two
    assert second.n_changed == 0


def test_two_empty_clusters_take_two_points_and_equal_points_go_together():
    first = next(k_means_steps([[0], [0], [4], [4], [9]], 3, init=[[0], [50], [60]]))
    assert first.labels.tolist() == [0, 0, 2, 2, 1]
    assert first.centers.ravel().tolist() == [0, 9, 4]
    assert first.inertia == 0


def test_a_cluster_that_empties_on_the_way_is_seeded_again():
    """Small clouds with K = 6, until five runs were seen in which a cluster lost all its points after the start."""
    rng = np.random.default_rng(0)
    found = 0
    while found < 5:
        points = np.round(rng.normal(size=(14, 2)) * 4)
        start = rng.choice(np.unique(points, axis=0), 6, replace=False)
        states = list(k_means_steps(points, 6, init=start))
        if reseeded(states, start):
            assert len(np.unique(states[-1].labels)) == 6
            assert np.diff([state.inertia for state in states]).max() <= 1e-9
            found += 1


# ---- what always holds


@some
@given(problems(), st.booleans())
def test_the_inertia_never_rises_and_every_state_is_what_it_says(problem, far):
    points, start = problem
    if far:
        start = start.copy()
        start[::2] += 100  # these begin empty
    states = list(k_means_steps(points, len(start), init=start))
    scale = 1 + (points**2).sum() + (start**2).sum()
    before = np.full(len(points), -1)
    for number, state in enumerate(states, 1):
        assert state.iteration == number
        assert state.n_changed == np.count_nonzero(state.labels != before)
        assert state.inertia == pytest.approx(((points - state.centers[state.labels]) ** 2).sum(), abs=1e-12 * scale)
        for k in np.unique(state.labels):
            np.testing.assert_allclose(state.centers[k], points[state.labels == k].mean(axis=0), atol=1e-12 * scale)
        before = state.labels
    assert np.diff([state.inertia for state in states]).max() <= 1e-12 * scale
    assert states[-1].n_changed == 0
    assert len(np.unique(states[-1].labels)) == len(start)  # there are enough points: no cluster stays empty


@some
@given(problems())
def test_every_label_is_the_nearest_centre(problem):
    points, start = problem
    states = list(k_means_steps(points, len(start), init=start))
    assume(not reseeded(states, start))
    for state in states:
        np.testing.assert_array_equal(state.labels, squared(points, state.previous_centers).argmin(axis=1))


@some
@given(problems())
def test_counting_equal_points_changes_nothing(problem):
    """Whole numbers, so that sums are exact: labels and centres equal those of the plain method, bit for bit."""
    points, start = problem
    plain = plain_lloyd(points, start)
    assume(plain is not None)
    state = k_means(points, len(start), init=start)
    np.testing.assert_array_equal(state.labels, plain[0])
    np.testing.assert_array_equal(state.centers, plain[1])


@some
@given(problems(), st.sampled_from(module.INITS), st.integers(0, 1000))
def test_what_is_watched_is_what_runs(problem, init, seed):
    points, start = problem
    states, copies = [], []
    for state in k_means_steps(points, len(start), init=init, rng=seed):
        states.append(state)
        copies.append([np.copy(value) for value in vars(state).values()])
    assert same(states[-1], k_means(points, len(start), init=init, rng=np.random.default_rng(seed)))
    for state, copy in zip(states, copies):  # a state kept by a reader never changes later
        assert all(np.array_equal(a, b) for a, b in zip(vars(state).values(), copy))


def test_a_state_that_the_reader_spoils_does_not_disturb_the_run():
    points = np.random.default_rng(0).normal(size=(60, 2))
    undisturbed = k_means(points, 4, rng=1)
    for state in k_means_steps(points, 4, rng=1):
        last = state.inertia
        state.labels[:], state.centers[:], state.previous_centers[:] = 0, 1e9, -1e9
    assert last == undisturbed.inertia


def test_the_arguments_are_left_as_they_are():
    points, start = np.array([[0.0], [1], [2], [10]]), np.array([[0.0], [1], [100]])
    k_means(points, 3, init=start)
    assert points.ravel().tolist() == [0, 1, 2, 10]
    assert start.ravel().tolist() == [0, 1, 100]


# ---- against scikit-learn


@pytest.mark.parametrize(("name", "whole"), WHOLE.items())
def test_equals_scikit_learn_on_photos(name, whole):
    """K = 2 to 8 on every fourth row and column, and one of them on the whole photo; the benchmark takes all whole.

    Centres that are colours of the photo have colours halfway between them. Such a true tie goes to the first here, and
    in scikit-learn, which expands |x - c|^2 into products of matrices, to whom the rounding of the BLAS gives it; the
    runs may then part for good. So the starts stand a little beside the colours: there nothing is halfway.
    """
    photo = images.load(name)
    small = photo[::4, ::4]
    colours = np.unique(small.reshape(-1, 3), axis=0) / 255
    for n_clusters, picture in [*((K, small) for K in range(2, 9)), (whole, photo)]:
        points = picture.reshape(-1, 3) / 255
        rng = np.random.default_rng(n_clusters)
        start = rng.choice(colours, n_clusters, replace=False) + 1e-4 * rng.normal(size=(n_clusters, 3))
        ours, theirs = k_means(points, n_clusters, init=start, max_iter=1000), reference(points, start)
        assert np.count_nonzero(ours.labels != theirs.labels_) == 0
        assert ours.inertia == pytest.approx(theirs.inertia_, rel=1e-9)
        np.testing.assert_allclose(ours.centers, theirs.cluster_centers_, atol=1e-9)


@some
@given(problems(smooth=True))
def test_equals_scikit_learn_on_random_input(problem):
    points, start = problem
    states = list(k_means_steps(points, len(start), init=start))
    assume(not reseeded(states, start))
    theirs = reference(points, start)
    np.testing.assert_array_equal(states[-1].labels, theirs.labels_)
    np.testing.assert_allclose(states[-1].centers, theirs.cluster_centers_, atol=1e-9)


# ---- the random starts


def starts(points, n_clusters, init, runs=3000):
    """Count the starting centres of many runs: {(first, second): how often}."""
    rng, counts = np.random.default_rng(0), {}
    for _ in range(runs):
        state = next(k_means_steps(points, n_clusters, init=init, rng=rng))
        pair = tuple(state.previous_centers.ravel().tolist())
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def agree(counts, chances):
    """Each count within 4.5 standard deviations of what its chance predicts, and no pair that has no chance."""
    runs = sum(counts.values())
    assert set(counts) <= set(chances)
    for pair, p in chances.items():
        assert abs(counts.get(pair, 0) - runs * p) <= 4.5 * np.sqrt(runs * p * (1 - p))


def test_k_means_plus_plus_draws_by_squared_distance():
    """Points 0 0 1 3: the first by count (1/2, 1/4, 1/4), the second by count times squared distance."""
    chances = {
        (0, 1): 1 / 2 * 1 / 10, (0, 3): 1 / 2 * 9 / 10,
        (1, 0): 1 / 4 * 2 / 6, (1, 3): 1 / 4 * 4 / 6,
        (3, 0): 1 / 4 * 18 / 22, (3, 1): 1 / 4 * 4 / 22,
    }  # fmt: skip
    agree(starts([[0], [0], [1], [3]], 2, "k-means++"), chances)


def test_a_random_start_draws_points_without_asking_where_they_are():
    """Points 0 0 1 3: a colour is drawn as often as it occurs, and never twice."""
    chances = {
        (0, 1): 1 / 2 * 1 / 2, (0, 3): 1 / 2 * 1 / 2,
        (1, 0): 1 / 4 * 2 / 3, (1, 3): 1 / 4 * 1 / 3,
        (3, 0): 1 / 4 * 2 / 3, (3, 1): 1 / 4 * 1 / 3,
    }  # fmt: skip
    agree(starts([[0], [0], [1], [3]], 2, "random"), chances)


@pytest.mark.parametrize("init", module.INITS)
def test_the_same_seed_gives_the_same_run_and_another_seed_another(init):
    points = np.random.default_rng(0).normal(size=(100, 3))
    assert same(k_means(points, 5, init=init, rng=7), k_means(points, 5, init=init, rng=7))
    inertias = {k_means(points, 5, init=init, max_iter=1, rng=seed).inertia for seed in range(10)}
    assert len(inertias) == 10


# ---- unusual but allowed


@pytest.mark.parametrize("init", [*module.INITS, [[7, 7, 7], [1, 1, 1], [9, 9, 9]]])
def test_one_colour_only(init):
    last = k_means(np.full((50, 3), 7, np.uint8), 3, init=init, rng=0)
    assert last.inertia == 0
    assert len(set(last.labels.tolist())) == 1
    assert last.centers[last.labels[0]].tolist() == [7, 7, 7]
    if not isinstance(init, str):
        assert last.centers.tolist() == init  # the two that stay empty stand where they began


@pytest.mark.parametrize("init", module.INITS)
@pytest.mark.parametrize("n_clusters", [2, 3, 5])
def test_fewer_distinct_points_than_clusters(init, n_clusters):
    points = [[1], [1], [4], [1], [4]]
    last = k_means(points, n_clusters, init=init, rng=0)
    assert last.inertia == 0
    assert last.centers[last.labels].tolist() == points


def test_as_many_clusters_as_points():
    last = k_means([[3], [1], [2]], 3, rng=0)
    assert sorted(last.labels.tolist()) == [0, 1, 2]
    assert last.inertia == 0


def test_one_point_and_one_cluster():
    last = k_means([[3.5, -1]], 1)
    assert (last.labels.tolist(), last.centers.tolist(), last.inertia, last.iteration) == ([0], [[3.5, -1]], 0, 2)


def test_one_cluster_is_the_mean():
    points = np.random.default_rng(0).normal(size=(40, 3))
    last = k_means(points, 1, rng=0)
    np.testing.assert_allclose(last.centers, [points.mean(axis=0)])
    assert last.inertia == pytest.approx(40 * points.var(axis=0).sum())


def test_uint8_and_float_of_the_same_values_give_the_same():
    colours = images.load("coffee")[::10, ::10].reshape(-1, 3)
    expected = k_means(colours, 4, rng=0)
    for other in (colours.astype(float), colours.astype(np.float32), colours.tolist(), np.asfortranarray(colours)):
        assert same(k_means(other, 4, rng=0), expected)


def test_minus_zero_is_zero():
    first, inverse, counts = distinct.distinct_points(np.array([[0.0, 1], [-0.0, 1], [1, -0.0], [1, 0]]))
    assert (first.tolist(), inverse.tolist(), counts.tolist()) == ([0, 2], [0, 0, 1, 1], [2, 2])


def test_it_stops_at_max_iter():
    points = images.load("coffee")[::10, ::10].reshape(-1, 3)
    states = list(k_means_steps(points, 6, max_iter=3, rng=0))
    assert [state.iteration for state in states] == [1, 2, 3]
    assert states[-1].n_changed > 0
    assert same(states[-1], k_means(points, 6, max_iter=3, rng=0))


def test_ten_megapixels():
    """A photo in 44 x 43 copies gives what one copy gives."""
    tile = images.load("chelsea")[::5, ::5]
    photo = np.tile(tile, (44, 43, 1))
    height, width = photo.shape[:2]
    assert height * width > 10_000_000
    start = [[0, 0, 0], [99, 99, 99], [255, 255, 255]]
    one, many = k_means(tile.reshape(-1, 3), 3, init=start), k_means(photo.reshape(-1, 3), 3, init=start)
    np.testing.assert_array_equal(
        many.labels.reshape(height, width), np.tile(one.labels.reshape(tile.shape[:2]), (44, 43))
    )
    np.testing.assert_allclose(many.centers, one.centers)
    assert many.inertia == pytest.approx(44 * 43 * one.inertia)


@pytest.mark.parametrize("far", [1e9, 1e12, 1e16, 1e100])
def test_a_far_outlier_that_leaves_a_cluster_does_not_spoil_its_mean(far):
    """It is with the small points at first; their sum beside it has no digits left for them."""
    small = np.random.default_rng(0).normal(size=(50, 2))
    points = np.r_[small[:25], [[far, -far], [1.6 * far, -1.6 * far]], small[25:]]
    states = list(k_means_steps(points, 2, init=[[0, 0], [3 * far, -3 * far]]))
    assert states[0].labels[25:27].tolist() == [0, 1]
    assert states[-1].labels.tolist() == [0] * 25 + [1, 1] + [0] * 25
    np.testing.assert_allclose(states[-1].centers[0], small.mean(axis=0), rtol=1e-12)
    states = list(k_means_steps(points[:26], 2, init=[[0, 0], [-9 * far, 9 * far]]))  # the second begins empty
    np.testing.assert_allclose(states[-1].centers[0], small[:25].mean(axis=0), rtol=1e-12)
    last = k_means(np.r_[points[:26], small[25:]], 2, init=[[0, 0], [-9 * far, 9 * far]])
    np.testing.assert_allclose(last.centers[last.labels[0]], small.mean(axis=0), rtol=1e-12)
    assert last.inertia == pytest.approx(((small - small.mean(axis=0)) ** 2).sum(), rel=1e-9)


def test_small_structure_far_from_the_origin():
    """Points of 0 to 4, then at 1e9: the same clusters and means, but for what the numbers themselves lost."""
    near = np.round(np.random.default_rng(0).random((200, 2)) * 2**20) / 2**20 + (np.arange(200) % 4)[:, None]
    far = near + 2.0**30  # no digit is lost
    one, other = k_means(near, 4, init=near[:4]), k_means(far, 4, init=far[:4])
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(other.centers - 2.0**30, one.centers, atol=2e-7)
    assert other.inertia == pytest.approx(one.inertia, rel=1e-6)


# ---- the kernels, once as plain Python, where an index out of bounds cannot hide


def test_assign_as_plain_python_equals_the_compiled_loop():
    points = np.array([[0.0, 0], [4, 0], [5, 1]])
    for kernel in (module._assign, module._assign.py_func):
        labels, distances = np.full(3, -1, np.int32), np.empty(3)
        for centers, expected in (([[0, 0], [1, 0]], [0, 1, 1]), ([[5, 0], [0, 0]], [1, 0, 0])):
            kernel(points, np.array(centers, dtype=float), labels, distances)
            assert labels.tolist() == expected
        assert distances.tolist() == [0, 1, 1]


def test_move_as_plain_python_keeps_what_rounding_takes():
    points, counts = np.array([[0.1, 3], [1e16, -1e16], [0.2, 4]]), np.array([1, 2, 1])
    for kernel in (module._move, module._move.py_func):
        sums, sizes = np.zeros((2, 2, 2)), np.zeros(2)
        labels = np.array([[-1, -1, -1], [0, 0, 0], [0, 1, 0]], np.int32)
        changed = [kernel(points, counts, labels[i], labels[j], sums, sizes) for i, j in ((0, 1), (1, 2), (2, 2))]
        assert changed == [4, 2, 0]
        np.testing.assert_allclose(sums.sum(axis=0), [[0.1 + 0.2, 7], [2e16, -2e16]], rtol=1e-15)
        assert sizes.tolist() == [2, 2]


def test_hash_as_plain_python_equals_the_compiled_loop():
    points = np.random.default_rng(0).integers(3, size=(40, 2)).astype(float)
    results = []
    for kernel in (distinct._hash, distinct._hash.py_func):
        first, inverse, counts = np.zeros(40, np.int64), np.zeros(40, np.int32), np.zeros(40, np.int64)
        with np.errstate(over="ignore"):  # the products of a hash are meant to wrap
            n = kernel(points.view(np.uint64), np.full(64, -1, np.int32), first, inverse, counts)
        results.append((n, first.tolist(), inverse.tolist(), counts.tolist()))
    assert results[0] == results[1]
    assert results[0][0] == len(np.unique(points, axis=0))


@some
@given(problems(), st.booleans())
def test_distinct_is_what_numpy_unique_says(problem, smooth):
    points = problem[0] / 3 if smooth else problem[0]
    first, inverse, counts = distinct.distinct_points(np.ascontiguousarray(points))
    expected, expected_counts = np.unique(points + 0.0, axis=0, return_counts=True)
    assert (np.diff(first) > 0).all()  # in order of first appearance
    np.testing.assert_array_equal(points[first][inverse], points)
    order = np.lexsort(points[first].T[::-1])
    np.testing.assert_array_equal(points[first][order], expected)
    np.testing.assert_array_equal(counts[order], expected_counts)


# ---- bad input


@pytest.mark.parametrize("door", [k_means, k_means_steps])  # before the first state is asked for
@pytest.mark.parametrize(
    ("points", "n_clusters", "more", "error", "message"),
    [
        ([[0.0], [np.nan]], 1, {}, ValueError, r"points: expected finite values, got 1 that are NaN or infinite"),
        ([[0.0], [np.inf]], 1, {}, ValueError, r"points: expected finite values"),
        ([[0], [1]], 3, {}, ValueError, r"n_clusters: expected an integer from 1 to 2, got 3"),
        ([[0], [1]], 0, {}, ValueError, r"n_clusters: expected an integer from 1 to 2, got 0"),
        ([[0], [1]], -1, {}, ValueError, r"n_clusters: expected an integer from 1 to 2, got -1"),
        ([[0], [1]], 2.0, {}, TypeError, r"n_clusters: expected an integer from 1 to 2, got 2.0 \(float\)"),
        ([[0], [1]], True, {}, TypeError, r"n_clusters: expected an integer from 1 to 2, got True \(bool\)"),
        (np.empty((0, 3)), 1, {}, ValueError, r"points: expected at least one point and one dim.*got shape \(0, 3\)"),
        (np.empty((3, 0)), 1, {}, ValueError, r"points: expected at least one point and one dim.*got shape \(3, 0\)"),
        ([], 1, {}, ValueError, r"points: expected an array \(N, D\), got shape \(0,\)"),
        ([0, 1, 2], 1, {}, ValueError, r"points: expected an array \(N, D\), got shape \(3,\)"),
        (np.zeros((4, 4, 3)), 1, {}, ValueError, r"points: expected an array \(N, D\), got shape \(4, 4, 3\)"),
        ([["a"]], 1, {}, TypeError, r"points: expected an array \(N, D\) of numbers, got dtype"),
        ([[1j]], 1, {}, TypeError, r"points: expected an array \(N, D\) of numbers, got dtype complex128"),
        ([[0], [1]], 1, {"init": "best"}, ValueError, r"init: expected one of 'k-means\+\+', 'random', got 'best'"),
        ([[0], [1]], 1, {"init": [[0], [1]]}, ValueError, r"init: expected centres of shape \(1, 1\), got .*\(2, 1\)"),
        ([[0], [1]], 2, {"init": [[0, 0], [1, 1]]}, ValueError, r"init: expected centres of shape \(2, 1\)"),
        ([[0], [1]], 2, {"init": [0, 1]}, ValueError, r"init: expected an array \(N, D\), got shape \(2,\)"),
        ([[0], [1]], 1, {"init": [[np.nan]]}, ValueError, r"init: expected finite values"),
        ([[0], [1]], 1, {"init": None}, TypeError, r"init: expected an array \(N, D\) of numbers, got dtype object"),
        ([[0], [1]], 1, {"max_iter": 0}, ValueError, r"max_iter: expected an integer of at least 1, got 0"),
        ([[0], [1]], 1, {"max_iter": 1.5}, TypeError, r"max_iter: expected an integer of at least 1"),
        ([[0], [1]], 1, {"rng": -1}, ValueError, r"rng: expected an integer of at least 0, got -1"),
        ([[0], [1]], 1, {"rng": "x"}, TypeError, r"rng: expected an integer of at least 0, got 'x' \(str\)"),
    ],
)
def test_bad_input_is_refused_before_any_work(door, points, n_clusters, more, error, message):
    with pytest.raises(error, match=message):
        door(points, n_clusters, **more)
