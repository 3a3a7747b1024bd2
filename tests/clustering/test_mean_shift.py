"""Mean shift on points: by hand, against its formula and scikit-learn, and the promise that density never falls."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import MeanShift

from seglearn import images
from seglearn.clustering.mean_shift import (
    _windows,
    kernel_density,
    mean_shift,
    mean_shift_path,
    mean_shift_steps,
)

KERNELS = ("flat", "gaussian")
quiet = settings(max_examples=25)


def cloud(seed, n=60, d=2, peaks=3):
    rng = np.random.default_rng(seed)
    return 4 * rng.normal(size=(peaks, d))[rng.integers(peaks, size=n)] + rng.normal(size=(n, d))


def small_photo(name, side):
    picture = images.load(name)
    rows, cols = (np.linspace(0, n - 1, side).astype(int) for n in picture.shape[:2])
    return picture[np.ix_(rows, cols)].reshape(-1, 3)


def by_formula(points, at, bandwidth, kernel):
    """One shift and the density, from the formulas of the docstrings and nothing else."""
    u = ((at[:, None] - points[None]) ** 2).sum(axis=2) / bandwidth**2
    if kernel == "flat":
        g, k = (u <= 1).astype(float), np.maximum(1 - u, 0)
    else:
        g, k = np.where(u <= 16, np.exp(-u / 2), 0), np.maximum(np.exp(-u / 2) - np.exp(-8), 0)
    some = g.sum(axis=1) > 0
    means = at.copy()
    means[some] = (g @ points)[some] / g.sum(axis=1)[some, None]
    return means, k.sum(axis=1)


def test_four_points_by_hand():
    first, second, third = mean_shift_steps([[0.0], [1], [2], [10]], bandwidth=1.5)
    assert first.positions.ravel().tolist() == [0.5, 1, 1.5, 10]
    assert first.shifts.tolist() == [0.5, 0, 0.5, 0]
    assert first.n_moving == 2
    assert second.positions.ravel().tolist() == [1, 1, 1, 10]
    assert third.n_moving == 0
    assert third.modes.ravel().tolist() == [1, 10]
    assert third.labels.tolist() == [0, 0, 0, 1]
    assert third.labels.dtype == np.int32


def test_two_equal_points_weigh_twice():
    path = mean_shift_path([[0.0], [0], [3]], [1.5], bandwidth=2)
    assert path.ravel().tolist() == [1.5, 1, 1]


def test_points_one_bandwidth_apart_hold_each_other():
    """A stationary point need not be a peak: the middle one here is a hollow, as the docstring says."""
    points = np.array([[-1.0], [0], [1]])
    assert mean_shift_path(points, [0.0], 1).ravel().tolist() == [0, 0]
    hollow, beside = kernel_density(points, [[0.0], [0.1]], 1)
    assert hollow < beside


@pytest.mark.parametrize("kernel", KERNELS)
@given(st.integers(0, 10**6), st.integers(1, 5), st.floats(0.3, 8))
@quiet
def test_a_shift_and_the_density_are_the_formulas(kernel, seed, d, bandwidth):
    points = np.round(cloud(seed, 40, d), 1)
    at = np.concatenate((points[:10], 20 * np.random.default_rng(seed).normal(size=(10, d))))
    means, heights = by_formula(points, at, bandwidth, kernel)
    for start, mean in zip(at, means):
        np.testing.assert_allclose(mean_shift_path(points, start, bandwidth, kernel=kernel, max_iter=1)[-1], mean)
    ours = kernel_density(points, at, bandwidth, kernel=kernel)
    np.testing.assert_allclose(ours * heights.max(), heights * ours.max(), atol=1e-12 * heights.max() * ours.max())


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("d", [1, 2])
def test_density_has_mass_one(kernel, d):
    points = cloud(1, 20, d)
    axis = np.arange(-20, 20, 0.1)
    grid = np.stack(np.meshgrid(*[axis] * d), axis=-1).reshape(-1, d)
    mass = kernel_density(points, grid, 1.5, kernel=kernel).sum() * 0.1**d
    assert mass == pytest.approx(1, abs=5e-3 if kernel == "gaussian" else 1e-3)


@pytest.mark.parametrize("kernel", KERNELS)
@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(0.2, 5))
@quiet
def test_density_never_falls_along_a_path(kernel, seed, d, bandwidth):
    points = cloud(seed, d=d)
    for start in (*points[:5], points.mean(axis=0)):
        path = mean_shift_path(points, start, bandwidth, kernel=kernel)
        heights = kernel_density(points, path, bandwidth, kernel=kernel)
        assert (np.diff(heights) >= -1e-12 * heights.max()).all()


@pytest.mark.parametrize("kernel", KERNELS)
@given(st.integers(0, 10**6), st.integers(1, 3), st.floats(0.5, 3))
@quiet
def test_modes_are_local_maxima(kernel, seed, d, bandwidth):
    points = cloud(seed, d=d)
    directions = np.random.default_rng(seed).normal(size=(50, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for mode in mean_shift(points, bandwidth, kernel=kernel).modes:
        radius = 0.1 * bandwidth
        if kernel == "flat":  # its peaks are narrow: as wide as no point comes in or goes out
            radius = min(radius, np.abs(np.linalg.norm(points - mode, axis=1) - bandwidth).min())
        if radius > 0.003 * bandwidth:  # a window stops within about 0.001 of its peak
            places = np.vstack((mode, mode + radius * directions))
            top, *others = kernel_density(points, places, bandwidth, kernel=kernel)
            assert max(others) < top


@given(st.integers(0, 10**6), st.integers(1, 3), st.floats(0.5, 5), st.booleans())
@settings(quiet, max_examples=8)
def test_modes_are_those_of_scikit_learn(seed, d, bandwidth, whole):
    points = cloud(seed, 40, d)
    points = np.round(4 * points) if whole else points
    bandwidth = bandwidth * (4 if whole else 1) + 0.0123
    np.testing.assert_allclose(
        mean_shift(points, bandwidth).modes, MeanShift(bandwidth=bandwidth).fit(points).cluster_centers_, atol=1e-9
    )


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_modes_of_a_photo_are_those_of_scikit_learn(name):
    colors = small_photo(name, 14)
    reference = MeanShift(bandwidth=40.0).fit(colors)
    state = mean_shift(colors, 40.0)
    assert len(state.modes) >= 3
    np.testing.assert_allclose(state.modes, reference.cluster_centers_, atol=1e-9)


def test_labels_are_the_basins():
    """A point goes where its own path ends, which need not be the nearest mode."""
    points = cloud(3, 80)
    state = mean_shift(points, 1.5)
    for i in range(0, 80, 7):
        end = mean_shift_path(points, points[i], 1.5)[-1]
        np.testing.assert_array_equal(end, state.positions[i])
        assert np.linalg.norm(end - state.modes[state.labels[i]]) <= 1.5


def test_fewer_modes_with_a_larger_bandwidth():
    colors = small_photo("astronaut", 48)
    counts = [len(mean_shift(colors, h).modes) for h in (10, 20, 40, 80, 160, 450)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 50
    assert counts[-1] == 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_what_is_watched_is_what_runs(kernel):
    points = np.round(cloud(5), 1)
    states = list(mean_shift_steps(points, 1.2, kernel=kernel))
    last = mean_shift(points, 1.2, kernel=kernel)
    assert [s.iteration for s in states] == list(range(1, last.iteration + 1))
    for name in ("positions", "shifts", "n_moving", "modes", "labels"):
        np.testing.assert_array_equal(getattr(states[-1], name), getattr(last, name))
    path = mean_shift_path(points, points[8], 1.2, kernel=kernel)
    watched = np.array([points[8], *(s.positions[8] for s in states)])
    np.testing.assert_array_equal(watched[: len(path)], path)
    assert (watched[len(path) :] == path[-1]).all()


def test_states_do_not_change_later():
    steps = mean_shift_steps(cloud(6), 1.0)
    kept = next(steps)
    copy = kept.positions.copy()
    list(steps)
    np.testing.assert_array_equal(kept.positions, copy)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_loop_stays_in_its_arrays(kernel):
    """The compiled loop in plain Python, where an index out of bounds is an error."""
    points = np.array([[0.0, 0, 0, 0], [1, 0, 0, 0], [0, 2, 0, 0], [0, 2, 2, 1]])
    low, step, shape = np.zeros(4), np.full(4, 2.0), np.array([1, 2, 2, 1])
    means, weights, heights = np.empty((3, 4)), np.empty(3), np.empty(3)
    at = np.array([[0.4, 0, 0, 0], [0, 2, 1.2, 0.5], [9, -9, 9, 9.0]])
    reach = 2.0 if kernel == "flat" else 8.0
    begins = np.array([0, 2, 2, 3, 4])
    arguments = (points, np.ones(4), begins, low, step, shape, 2.0, reach, kernel == "gaussian")
    _windows.py_func(*arguments, at, means, weights, heights)
    expected, k = by_formula(points, at, 2.0, kernel)
    np.testing.assert_allclose(means, expected)
    np.testing.assert_allclose(heights, k)
    assert (weights[:2] > 0).all()


def test_one_point_and_equal_points():
    for points in ([[3.0, 4]], [[3.0, 4]] * 5):
        state = mean_shift(points, 0.1)
        assert state.iteration == 1
        assert state.modes.tolist() == [[3, 4]]
        assert not state.labels.any()


def test_a_window_without_points_stays():
    np.testing.assert_array_equal(mean_shift_path([[0.0, 0]], [50.0, 1e12], 1), [[50, 1e12], [50, 1e12]])
    assert kernel_density([[0.0, 0]], [[50.0, 1e12]], 1) == 0


@pytest.mark.parametrize("bandwidth", [1e-200, 1e-9, 1e9, 1e100])
@pytest.mark.parametrize("kernel", KERNELS)
def test_extreme_bandwidths(kernel, bandwidth):
    points = cloud(7, 20)
    state = mean_shift(points, bandwidth, kernel=kernel)
    assert len(state.modes) == (20 if bandwidth < 1 else 1)
    assert np.isfinite(state.positions).all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"points": np.empty((0, 2))}, "points: expected at least one point"),
        ({"points": [1.0, 2]}, r"points: expected an array \(N, D\)"),
        ({"points": [[np.nan, 1]]}, "points: expected finite values, got 1"),
        ({"bandwidth": 0}, "bandwidth: expected a number above 0 of at most 1e.100, got 0"),
        ({"bandwidth": -1.0}, "bandwidth: expected a number above 0 of at most 1e.100, got -1"),
        ({"bandwidth": np.nan}, "bandwidth: expected a number above 0 of at most 1e.100, got nan"),
        ({"kernel": "normal"}, "kernel: expected one of 'flat', 'gaussian', got 'normal'"),
        ({"max_iter": 0}, "max_iter: expected an integer of at least 1, got 0"),
    ],
)
def test_bad_input(change, match):
    arguments = {"points": [[0.0, 1]], "bandwidth": 1.0} | change
    with pytest.raises(ValueError, match=match):
        mean_shift(**arguments)
    with pytest.raises(ValueError, match=match):
        mean_shift_steps(**arguments)
    with pytest.raises(ValueError, match=match):
        mean_shift_path(**arguments, start=[0.0, 0])


def test_bad_places():
    with pytest.raises(ValueError, match="start: expected 2 coordinates, as the points have, got 3"):
        mean_shift_path([[0.0, 1]], [1.0, 2, 3], 1)
    with pytest.raises(ValueError, match=r"at: expected an array \(N, D\)"):
        kernel_density([[0.0, 1]], [1.0, 2], 1)
    with pytest.raises(TypeError, match=r"bandwidth: expected a number above 0 of at most 1e.100, got '1'"):
        mean_shift([[0.0, 1]], "1")
