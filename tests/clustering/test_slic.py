import importlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color, segmentation
from skimage.measure import label as pieces_of

from seglearn import images, metrics
from seglearn.clustering.slic import slic, slic_steps

module = importlib.import_module("seglearn.clustering.slic")  # the package may hand on a function of that name
some = settings(max_examples=40)
WITH_TRUTH = ("astronaut", "camera", "chelsea", "coffee", "coins", "flower", "horse", "motorcycle", "rocket")

pictures = st.tuples(st.integers(1, 14), st.integers(1, 14), st.booleans()).flatmap(
    lambda s: arrays(np.uint8, s[:2] + (3,) * s[2], elements=st.sampled_from([0, 20, 90, 180, 255]))
)


def assert_connected(labels):
    """Every label from 0 on is there, in one piece."""
    n_labels = labels.max() + 1
    assert labels.dtype == np.int32
    assert np.array_equal(np.unique(labels), np.arange(n_labels))
    assert pieces_of(labels, connectivity=1, background=-1).max() == n_labels


# By hand.


def test_eight_pixels_by_hand():
    start, first, second, end = slic_steps(np.array([[0, 0, 0, 1, 1, 1, 1, 1.0]]), 2)
    # S = max(sqrt(8 / 2), 8 / 2). The seeds stand at 2 and 6; the first leaves the contour for column 1.
    assert (start.iteration, start.interval, start.n_distances, start.movement, start.connected) == (0, 4, 0, 0, False)
    assert np.allclose(start.centers, [[0, 0, 0, 0, 1], [100, 0, 0, 0, 6]], atol=1e-4)
    assert start.labels.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1]]
    # The windows are the columns 0 to 5 and 2 to 7. The second centre moves from 6 to 5, the first not at all.
    assert (first.iteration, first.n_distances, first.movement) == (1, 12, 0.5)
    assert first.labels.tolist() == [[0, 0, 0, 1, 1, 1, 1, 1]]
    assert np.allclose(first.centers, [[0, 0, 0, 0, 1], [100, 0, 0, 0, 5]], atol=1e-4)
    # Now 0 to 5 and 1 to 7, and nothing moves.
    assert (second.iteration, second.n_distances, second.movement) == (2, 25, 0)
    assert end.connected
    assert end.labels.tolist() == second.labels.tolist()


# What must always hold.


@some
@given(pictures, st.data(), st.sampled_from([0.1, 10.0, 1000.0]), st.booleans())
def test_every_superpixel_is_connected(image, data, compactness, adaptive):
    n_segments = data.draw(st.integers(1, image.shape[0] * image.shape[1]))
    labels = slic(image, n_segments, compactness, adaptive=adaptive)
    assert labels.shape == image.shape[:2]
    assert labels.max() < n_segments
    assert_connected(labels)


@pytest.mark.parametrize("name", WITH_TRUTH)
def test_as_many_superpixels_as_asked_for(name):
    photo = images.load(name)
    for n_segments in (50, 173, 600, 2000):
        labels = slic(photo, n_segments)
        assert_connected(labels)
        assert labels.max() + 1 == n_segments


@pytest.mark.parametrize("n_segments", [50, 200, 800, 3200])
def test_distances_do_not_grow_with_the_number_of_superpixels(n_segments):
    photo = images.load("coffee")
    *_, end = slic_steps(photo, n_segments, max_iter=2)
    assert 3.2 < end.n_distances / (photo.shape[0] * photo.shape[1] * end.iteration) < 4.6  # about (2 S)^2 K / N = 4


@pytest.mark.parametrize("adaptive", [False, True])
def test_watched_is_run(adaptive):
    photo = images.load("chelsea")
    frames, copies = [], []
    for state in slic_steps(photo, 60, adaptive=adaptive, max_iter=4):
        frames.append(state)
        copies.append((state.labels.copy(), state.centers.copy()))
    assert [state.iteration for state in frames] == [0, 1, 2, 3, 4, 4]
    assert [state.connected for state in frames] == [False] * 5 + [True]
    assert np.array_equal(frames[-1].labels, slic(photo, 60, adaptive=adaptive, max_iter=4))
    for state, (labels, centers) in zip(frames, copies):  # a frame kept never changes
        assert np.array_equal(state.labels, labels)
        assert np.array_equal(state.centers, centers)


# Independent references.


@pytest.mark.parametrize("name", ["astronaut", "rocket"])
def test_lab_is_that_of_scikit_image(name):
    photo = images.load(name)
    assert np.allclose(np.moveaxis(module._lab(photo / 255), 0, 2), color.rgb2lab(photo), rtol=0, atol=1e-9)
    ramp = np.linspace(0, 1, 256).reshape(16, 16)
    grey = color.rgb2lab(np.stack([ramp] * 3, axis=-1))
    assert np.allclose(module._lab(ramp)[0], grey[..., 0], rtol=0, atol=1e-9)
    assert not module._lab(ramp)[1:].any()


@some
@given(pictures, st.data(), st.booleans())
def test_each_iteration_against_all_pairs(image, data, adaptive):
    """From one state to the next with every pixel against every centre, and a mask for the windows."""
    n_segments = data.draw(st.integers(1, min(12, image.shape[0] * image.shape[1])))
    rgb = image if image.ndim == 3 else np.stack([image] * 3, axis=-1)
    lab = color.rgb2lab(rgb)
    lab[..., 1:] *= image.ndim == 3
    points = np.dstack([lab, *np.indices(image.shape[:2])]).reshape(-1, 5)
    weights = np.full(n_segments, 10.0)
    states = list(slic_steps(image, n_segments, 10, max_iter=3, adaptive=adaptive))
    for before, after in pairwise(states[:-1]):
        offset = points[:, None] - before.centers[None]
        seen = (np.abs(offset[..., 3:]) <= before.interval).all(axis=2)
        colour, space = (offset[..., :3] ** 2).sum(axis=2), (offset[..., 3:] ** 2).sum(axis=2)
        distance = np.where(seen, colour / weights**2 + space / before.interval**2, np.inf)
        chosen = after.labels.ravel()
        kept = ~seen.any(axis=1)
        assert np.array_equal(chosen[kept], before.labels.ravel()[kept])
        gap = distance[np.arange(len(points)), chosen] - distance.min(axis=1)
        assert (gap[~kept] < 1e-9).all()
        assert after.n_distances - before.n_distances == seen.sum()
        largest = np.ones(n_segments) if before.iteration == 0 else weights.copy()
        for k in np.unique(chosen):
            assert np.allclose(after.centers[k], points[chosen == k].mean(axis=0), atol=1e-6)
            largest[k] = max(largest[k], np.sqrt(colour[chosen == k, k].max()))
        weights = largest if adaptive else weights


def test_as_good_as_scikit_image_with_as_many_superpixels():
    measures, scores = (metrics.boundary_recall, metrics.undersegmentation_error), []
    for name in WITH_TRUTH:
        photo, truth = images.load(name), images.ground_truth(name).labels
        grey = {"channel_axis": None, "compactness": 0.1} if photo.ndim == 2 else {}
        theirs = segmentation.slic(photo, 250, start_label=0, **grey)
        ours = slic(photo, int(theirs.max()) + 1)
        assert ours.max() == theirs.max()
        scores.append([measure(labels, truth) for measure in measures for labels in (ours, theirs)])
    recall, their_recall, error, their_error = np.mean(scores, axis=0)
    assert recall > their_recall
    assert error < their_error


def test_compactness_makes_superpixels_rounder_and_slico_makes_it_matter_less():
    photo = images.load("coffee")
    plain = [metrics.compactness(slic(photo, 250, m)) for m in (1, 10, 40)]
    adaptive = [metrics.compactness(slic(photo, 250, m, adaptive=True)) for m in (1, 10, 40)]
    assert plain[0] < plain[1] < plain[2]
    assert np.ptp(adaptive) < np.ptp(plain) / 5


def test_colour_tells_apart_what_grey_cannot():
    luminance = 0.212671 * ((0.6 + 0.055) / 1.055) ** 2.4
    red, green = (0.6, 0, 0), (0, 1.055 * (luminance / 0.715160) ** (1 / 2.4) - 0.055, 0)
    image = np.where(np.arange(40)[:, None] < 23, red, green)[None].repeat(40, axis=0)
    truth = (np.arange(40) >= 23) * np.ones((40, 1), int)
    lightness = module._lab(image)[0]
    assert np.ptp(lightness) < 1e-9
    assert metrics.undersegmentation_error(slic(image, 16), truth) == 0
    assert metrics.undersegmentation_error(slic(lightness / 100, 16), truth) > 0


# Odd pictures.


def test_one_pixel():
    assert slic(np.zeros((1, 1)), 1).tolist() == [[0]]


def test_a_line_of_pixels_is_divided_where_it_changes():
    line = np.zeros((1, 500))
    line[:, 130:] = 1
    labels = slic(line, 10)
    assert labels.max() == 9
    assert labels[0, 129] != labels[0, 130]
    assert np.array_equal(slic(line.T, 10), labels.T)


def test_a_constant_picture_becomes_a_grid():
    labels = slic(np.full((60, 80, 3), 0.4), 12)
    assert np.array_equal(labels, labels[:, :1] + labels[:1])  # rows and columns
    assert np.array_equal(np.unique(labels), np.arange(12))
    for lengths in (np.unique(labels[:, 0], return_counts=True)[1], np.unique(labels[0], return_counts=True)[1]):
        assert ((lengths >= 19) & (lengths <= 21)).all()  # a pixel halfway between two centres goes to the first


def test_as_many_superpixels_as_pixels():
    noise = np.random.default_rng(0).random((7, 9, 3))
    assert np.array_equal(slic(noise, 63), np.arange(63).reshape(7, 9))
    assert not slic(noise, 1).any()


def test_kernels_stay_within_bounds(monkeypatch):
    image = np.random.default_rng(1).random((9, 11, 3))
    compiled = slic(image, 7, adaptive=True)
    for name in ("_assign", "_sum", "_widen"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)  # plain Python checks every index
    assert np.array_equal(slic(image, 7, adaptive=True), compiled)


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"n_segments": 0}, ValueError, "n_segments: expected an integer from 1 to 12, got 0"),
        ({"n_segments": 13}, ValueError, "n_segments: expected an integer from 1 to 12, got 13"),
        ({"n_segments": 2.5}, TypeError, "n_segments: expected an integer"),
        ({"compactness": 0}, ValueError, "compactness: expected a number above 0, got 0"),
        ({"compactness": np.nan}, ValueError, "compactness: expected a number above 0, got nan"),
        ({"max_iter": 0}, ValueError, "max_iter: expected an integer of at least 1, got 0"),
        ({"adaptive": 1}, TypeError, "adaptive: expected True or False, got 1"),
        ({"image": np.full((3, 4), np.nan)}, ValueError, "image: expected finite values"),
        ({"image": np.zeros((3, 4, 4))}, ValueError, "image: expected a grey"),
        ({"image": np.zeros((0, 4))}, ValueError, "image: expected at least one pixel"),
    ],
)
def test_bad_input_is_refused_before_any_work(arguments, error, match):
    arguments = {"image": np.zeros((3, 4)), "n_segments": 2} | arguments
    with pytest.raises(error, match=match):
        slic(**arguments)
    with pytest.raises(error, match=match):
        slic_steps(**arguments)  # at the call, not at the first step
