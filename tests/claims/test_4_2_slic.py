"""What the lecture says of SLIC in 4.2.4, on several photographs."""

import numpy as np
import pytest
from skimage import filters, segmentation
from skimage.color import rgb2lab

from seglearn import images
from seglearn.clustering import enforce_connectivity, k_means, k_means_steps, slic, slic_steps
from seglearn.exercises.clustering.slic import distance
from seglearn.metrics import boundary_recall, compactness, undersegmentation_error

COLOUR = ("coffee", "astronaut", "chelsea", "flower")
GREY = ("coins", "camera")


def pair(name, stride=1):
    """A photograph and what a person says is in it."""
    return images.load(name)[::stride, ::stride], images.ground_truth(name).labels[::stride, ::stride]


def five(photo):
    return np.dstack([rgb2lab(photo), *np.indices(photo.shape[:2])]).reshape(-1, 5)


def spread(labels):
    area = np.bincount(labels.ravel())
    return area.std() / area.mean()


@pytest.mark.parametrize("name", COLOUR + GREY)
def test_c15_the_cost_of_an_iteration_does_not_grow_with_the_number_of_superpixels(name):
    photo, truth = pair(name)
    for n_segments in (50, 200, 800):
        *_, end = slic_steps(photo, n_segments, max_iter=2)
        each = end.n_distances / end.iteration / truth.size  # K-Means: n_segments
        assert 3.2 < each < 4.4


@pytest.mark.parametrize("name", COLOUR)
def test_c15_the_short_view_needs_as_many_iterations_and_costs_little_quality(name):
    photo, truth = pair(name, 2)
    first, *states, end = slic_steps(photo, 100, 10)
    scale = np.array([10, 10, 10, first.interval, first.interval])
    lloyd = list(k_means_steps(five(photo) / scale, 100, init=first.centers / scale, max_iter=10))
    movement = np.hypot(*((lloyd[-1].centers - lloyd[-1].previous_centers) * scale)[:, 3:].T).mean()
    assert 0.5 < states[-1].movement / movement < 2
    whole_view = enforce_connectivity(lloyd[-1].labels.reshape(truth.shape), 1, 100)
    assert abs(boundary_recall(end.labels, truth) - boundary_recall(whole_view, truth)) < 0.06
    assert abs(undersegmentation_error(end.labels, truth) - undersegmentation_error(whole_view, truth)) < 0.02


@pytest.mark.parametrize("name", COLOUR)
def test_c16_compact_nearly_uniform_and_true_to_contours(name):
    photo, truth = pair(name)
    start, *_, end = slic_steps(photo, 250)
    colours = k_means(photo.reshape(-1, 3) / 255, 8, rng=0).labels.reshape(truth.shape)
    crumbs = enforce_connectivity(colours, 1)
    assert crumbs.max() > 2500
    assert spread(end.labels) < 0.5 < 5 < spread(crumbs)
    assert compactness(end.labels) > 1.3 * compactness(crumbs)
    assert boundary_recall(end.labels, truth) > 1.3 * boundary_recall(start.labels, truth)
    assert undersegmentation_error(end.labels, truth) < 0.3 * undersegmentation_error(start.labels, truth)


@pytest.mark.parametrize("name", COLOUR)
def test_c17_colour_and_grey(name):
    photo, truth = pair(name)
    in_colour, in_grey = slic(photo, 250), slic(images.grey(photo), 250)
    grid = next(slic_steps(photo, 250)).labels
    assert boundary_recall(in_grey, truth) > 1.3 * boundary_recall(grid, truth)
    assert -0.02 < boundary_recall(in_colour, truth) - boundary_recall(in_grey, truth) < 0.12


@pytest.mark.parametrize("name", ["coffee", "astronaut", "coins"])
def test_c18_the_compactness_weight_matters_unless_it_adapts(name):
    photo, truth = pair(name)
    plain, adaptive = (
        [compactness(slic(photo, 250, m, adaptive=a)) for m in (1, 10, 40)] for a in (False, True)
    )  # fmt: skip
    assert plain[-1] > 2 * plain[0]
    assert max(adaptive) < 1.15 * min(adaptive)
    loss = boundary_recall(slic(photo, 250), truth) - boundary_recall(slic(photo, 250, adaptive=True), truth)
    assert loss > 0.08 if name != "coins" else loss < 0.01  # what SLICO costs


@pytest.mark.parametrize("name", COLOUR)
def test_c19_neater_than_others_but_not_always_truer(name):
    photo, truth = pair(name, 2)
    steepness = filters.sobel(images.grey(photo))
    watershed, compact = (segmentation.watershed(steepness, markers=200, compactness=c) - 1 for c in (0, 0.001))
    felzenszwalb = segmentation.felzenszwalb(photo, scale=100, sigma=0.8, min_size=20)
    quickshift = segmentation.quickshift(photo, kernel_size=3, max_dist=9, ratio=0.5, rng=0)
    ours = slic(photo, 210)
    for other in (watershed, felzenszwalb, quickshift):
        assert compactness(ours) > 1.2 * compactness(other)
    assert boundary_recall(ours, truth) > boundary_recall(watershed, truth)
    if name == "coffee":
        assert boundary_recall(ours, truth) > boundary_recall(compact, truth) + 0.02
        assert compactness(ours) > compactness(compact)
        for other in (felzenszwalb, quickshift):  # with about as many superpixels
            assert abs(int(other.max()) - int(ours.max())) < 10
            assert boundary_recall(other, truth) > boundary_recall(ours, truth)


@pytest.mark.parametrize("name", ["coffee", "astronaut", "chelsea", "motorcycle", "rocket", *GREY])
def test_c20_much_weight_of_place_loses_edges(name):
    photo, truth = pair(name)
    recall = [boundary_recall(slic(photo, 250, m), truth) for m in (20, 80)]
    assert recall[0] > recall[1] + 0.08


def test_c20_but_a_little_more_of_it_can_help():
    photo, truth = pair("coins")
    recall = [boundary_recall(slic(photo, 250, m), truth) for m in (1, 10, 20)]
    assert recall[0] + 0.02 < recall[1] <= recall[2]


@pytest.mark.parametrize("m", [2, 10, 40])
def test_the_distance_of_the_exercise_is_the_one_that_slic_minimises(m):
    photo = images.load("chelsea")[::12, ::12]
    first, second, *_ = slic_steps(photo, 12, m)
    lab = rgb2lab(photo)
    for row, col in np.ndindex(second.labels.shape):
        s, at = first.interval, np.array([row, col])
        near = [k for k, c in enumerate(first.centers) if np.abs(c[3:] - at).max() <= s]
        d = [distance(lab[row, col], at, c[:3], c[3:], s, m) for c in first.centers[near]]
        assert d[near.index(second.labels[row, col])] == pytest.approx(min(d), abs=1e-9)
