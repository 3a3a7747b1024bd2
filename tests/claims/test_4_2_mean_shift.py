"""What the notebook says about the lecture's claims on mean shift, on more samples than the notebook shows."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from seglearn import images, shapes
from seglearn.clustering import (
    k_means,
    kernel_density,
    mean_shift,
    mean_shift_path,
    mean_shift_steps,
    segment_mean_shift,
)
from seglearn.metrics import boundary_recall

SEEDS = range(4)


def clouds(seed):
    rng = np.random.default_rng(seed)
    return 4 * rng.normal(size=(5, 2))[rng.integers(5, size=400)] + rng.normal(size=(400, 2))


def n_modes(points, bandwidths, kernel="flat"):
    return [len(mean_shift(points, bandwidth, kernel=kernel).modes) for bandwidth in bandwidths]


@pytest.mark.parametrize("kernel", ["flat", "gaussian"])
@pytest.mark.parametrize("seed", SEEDS)
def test_c10_the_density_never_falls_but_most_paths_end_below_the_highest_peak(seed, kernel):
    points = clouds(seed)
    for start in points[::8]:
        path = mean_shift_path(points, start, 1.0, kernel=kernel)
        assert np.diff(kernel_density(points, path, 1.0, kernel=kernel)).min() > -1e-12
    end = mean_shift(points, 1.0, kernel=kernel)
    heights = kernel_density(points, end.modes, 1.0, kernel=kernel)
    assert len(heights) >= 3
    assert (end.labels == heights.argmax()).mean() < 0.7
    assert heights.min() < 0.85 * heights.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_c10_a_gaussian_mode_is_a_local_maximum(seed):
    points = clouds(seed)
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = 0.1 * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    for mode in mean_shift(points, 1.0, kernel="gaussian").modes:
        top, *around = kernel_density(points, np.vstack((mode, mode + ring)), 1.0, kernel="gaussian")
        assert max(around) < top


def test_c10_exactly_between_two_points_a_window_stays_on_the_saddle_and_a_push_frees_it():
    two = np.array([[-2.0, 0], [2.0, 0]])
    assert mean_shift_path(two, (0, 0), 1.0, kernel="gaussian")[-1].tolist() == [0, 0]
    assert mean_shift_path(two, (0.001, 0), 1.0, kernel="gaussian")[-1][0] > 1.9


@pytest.mark.parametrize("kernel", ["flat", "gaussian"])
@pytest.mark.parametrize("seed", SEEDS)
def test_c11_the_number_of_clusters_comes_out_of_the_bandwidth(seed, kernel):
    counts = n_modes(clouds(seed), (0.25, 1, 4, 16), kernel)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 40
    assert counts[-1] == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_c11_four_clouds_are_found_over_a_wide_range_of_bandwidths(seed):
    assert n_modes(shapes.blobs(300, rng=seed)[0], (1.0, 1.25, 1.5)) == [4, 4, 4]


@pytest.mark.parametrize("seed", SEEDS)
def test_break_it_no_bandwidth_gives_two_moons_and_a_gaussian_window_comes_nearer(seed):
    points, truth = shapes.moons(300, rng=seed)
    bandwidths = np.geomspace(0.2, 2, 15)
    flat = max(adjusted_rand_score(truth, mean_shift(points, h).labels) for h in bandwidths)
    end = mean_shift(points, 0.35, kernel="gaussian")
    assert flat < 0.6
    assert len(end.modes) == 2
    assert flat + 0.1 < adjusted_rand_score(truth, end.labels) < 0.95


@pytest.mark.parametrize("photo", ["astronaut", "coffee", "chelsea"])
def test_c12_the_radius_matters_more_in_more_dimensions(photo):
    image = images.load(photo)
    small = image[:: image.shape[0] // 42, :: image.shape[0] // 42]
    places = np.indices(small.shape[:2]).transpose(1, 2, 0) * 255 / len(small)
    spaces = small[..., :2], small, np.dstack((small, places))
    wide, narrow = zip(*(n_modes(space.reshape(-1, space.shape[2]), (64, 16)) for space in spaces))
    factors = np.divide(narrow, wide)
    assert factors[0] < factors[1] < factors[2]
    assert factors[2] > 2.5 * factors[0]


@pytest.mark.parametrize("photo", ["astronaut", "coffee", "flower"])
def test_c13_plainly_done_it_compares_far_more_often_than_k_means(photo):
    image = images.load(photo)
    step = image.shape[0] // 32
    pixels = image[::step, ::step].reshape(-1, 3).astype(float)
    n = len(pixels)
    shifts = merged = 0
    positions, moving = pixels, np.full(n, True)
    for state in mean_shift_steps(pixels, 20):
        shifts += moving.sum()
        merged += len(np.unique(positions[moving], axis=0))
        positions, moving = state.positions, state.shifts > 0.001 * 20
        assert moving.sum() == state.n_moving
    assert shifts * n > 30 * k_means(pixels / 255, 8, rng=0).iteration * n * 8
    assert merged < 0.7 * shifts
    assert shifts > 2 * 5 * 11**2  # the filter's most per pixel does not grow with the picture; this does


def levels(name, seed):
    piece = images.load(name)[20 * seed :, 30 * seed :][:200, :200]
    return piece.ravel().argsort(kind="stable").argsort().reshape(200, 200) / 40_000


@pytest.mark.parametrize(("thing", "ground"), [("brick", "gravel"), ("gravel", "grass")])
def test_c14_an_object_without_a_brightness_of_its_own_is_lost(thing, ground):
    disk = np.hypot(*np.mgrid[-100:100, -100:100]) < 60
    recalls = []
    for brighter in (0.4, 0.2, 0.0):
        scenes = [0.1 + 0.4 * np.where(disk, levels(thing, s), levels(ground, s)) + brighter * disk for s in range(3)]
        found = [segment_mean_shift(scene, 8, 40, min_size=300) for scene in scenes]
        recalls.append(np.mean([boundary_recall(labels, disk.astype(int)) for labels in found]))
    assert recalls[0] > 0.9
    assert recalls[0] > recalls[1] > recalls[2]
    assert recalls[2] < 0.4
