"""What the lecture says of segmentation in 4.1: C01, a partition whose parts are alike; C02, ignored pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglearn import clustering, edges, graphs, images, metrics, regions
from seglearn.clustering.connectivity import enforce_connectivity
from seglearn.experiments import overview

DRAWN = (
    "astronaut", "camera", "chelsea", "china", "coffee", "coins", "flower", "horse", "immunohistochemistry",
    "motorcycle", "rocket",
)  # fmt: skip
NETWORKS = ("FCN-8s", "DeepLab V1", "ReSeg")
CLUSTERING_OF_VALUES = ("K-Means", "mean shift", "SLIC", "Otsu", "region growing", "split and merge")


@pytest.fixture(scope="module")
def scenes():
    names = ("coffee", "astronaut", "coins", "chelsea")
    return {name: overview.scene(images.load(name), images.ground_truth(name)) for name in names}


@pytest.mark.parametrize("name", overview.METHODS)
def test_c01_each_pixel_lies_in_exactly_one_region(name, scenes):
    if name in NETWORKS:
        pytest.importorskip("torch")
    for scene in scenes.values():
        labels = overview.compete(name, scene).labels
        assert labels.shape == scene.image.shape[:2]
        assert labels.dtype == np.int32
        masks = [labels == k for k in range(labels.max() + 1)]
        assert (overview.times_covered(masks) == 1).all()


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(5, 14), st.integers(5, 14))
def test_c01_on_random_pictures_too(seed, height, width):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    grey = images.grey(image)
    maps = [
        clustering.slic(image, 6), clustering.segment_mean_shift(image, 2, 30), regions.grow_regions(grey, 30, 0),
        regions.split_and_merge(grey, 60), regions.watershed(grey) - 1, enforce_connectivity(grey // 64, 3),
        graphs.segment_normalized_cut(image, 3), clustering.segment_spectral(image, 3, rng=0),
    ]  # fmt: skip
    for labels in maps:
        assert labels.shape == grey.shape
        assert (overview.times_covered([labels == k for k in range(labels.max() + 1)]) == 1).all()


@pytest.mark.parametrize("name", ["coins", "coffee"])
def test_c01_the_named_exceptions_dams_and_the_unlabelled_border(name):
    slope = edges.sobel(images.grey(images.load(name)))
    flooded = regions.watershed(slope, lines=True)
    assert 0.02 < (flooded == 0).mean() < 0.5  # dams belong to no basin
    assert (regions.watershed(slope) > 0).all()
    truth = images.ground_truth(name)
    masks = [truth.labels == k for k in range(len(truth.classes))]
    np.testing.assert_array_equal(overview.times_covered(masks), truth.labels != 255)
    assert 0.005 < (truth.labels == 255).mean() < 0.2


def test_c01_edges_alone_are_no_partition(scenes):
    """A line with a gap parts nothing: most pixels of the picture are still in one region."""
    for name in ("coffee", "astronaut"):
        entry = overview.compete("Canny", scenes[name])
        assert 0.02 < entry.edges.mean() < 0.3
        assert np.bincount(entry.labels.ravel()).max() > 0.4 * entry.labels.size


def test_c01_a_map_of_masks_that_overlap_is_told():
    masks = np.zeros((2, 3, 4), bool)
    masks[0, :, :3] = masks[1, :, 2:] = True
    assert overview.times_covered(masks).tolist() == [[1, 1, 2, 1]] * 3


@pytest.mark.parametrize("name", CLUSTERING_OF_VALUES)
def test_c01_values_are_alike_in_a_region_of_methods_that_look_at_values(name, scenes):
    """At least a third of the variance is explained, and far more than by the same shapes laid elsewhere."""
    for scene in scenes.values():
        ours, elsewhere = overview.likeness(overview.compete(name, scene), scene.image)
        assert ours > 0.33
        assert ours > elsewhere + 0.2


def test_c01_an_object_need_not_be_alike_inside(scenes):
    """Cup, coffee and saucer are one object of bright and dark: a good mask, and nothing explained."""
    scene = scenes["coffee"]
    entry = overview.compete("graph cut", scene)
    k_means = overview.compete("K-Means", scene)
    assert overview.judge(entry, scene.truth).covering > overview.judge(k_means, scene.truth).covering + 0.2
    assert overview.likeness(entry, scene.image)[0] < 0.1
    assert overview.likeness(k_means, scene.image)[0] > 0.8


def test_c01_spectral_normalized_cut_and_thresholds_lie_between(scenes):
    for name in ("spectral", "normalized cut", "Otsu", "adaptive"):
        assert 0.2 < overview.likeness(overview.compete(name, scenes["coffee"]), scenes["coffee"].image)[0] < 0.75


@pytest.mark.parametrize("name", DRAWN)
def test_c02_a_score_does_not_move_with_what_is_ignored(name):
    truth = images.ground_truth(name).labels[::2, ::2]
    ignored, counted = overview.scores_of_scribble(truth)
    assert np.ptp(ignored) == 0
    assert np.ptp(counted) > 1e-5
    assert counted.max() < ignored.min()  # 255 as a class of its own is always missed


@pytest.mark.parametrize("name", ["coffee", "motorcycle", "astronaut"])
@pytest.mark.parametrize("metric", [metrics.pixel_accuracy, metrics.mean_iou, metrics.boundary_iou])
def test_c02_for_every_metric(name, metric):
    truth = images.ground_truth(name).labels[::3, ::3]
    prediction = np.roll(truth, 3, axis=0) % 255
    undecided, scores = truth == 255, []
    for seed in range(4):
        prediction[undecided] = np.random.default_rng(seed).integers(0, 3, undecided.sum())
        scores.append(metric(prediction, truth))
    assert np.ptp(scores) == 0
    assert 0.1 < scores[0] < 1


def test_c02_dense_prediction_gives_every_pixel_a_class():
    torch = pytest.importorskip("torch")
    networks = pytest.importorskip("seglearn.networks")
    image = images.reduced(images.load("china"), 96)
    model, record = networks.shipped("fcn8s_scenes")
    labels = networks.predict(model, image)
    assert labels.shape == image.shape[:2]
    assert set(np.unique(labels)) <= set(range(len(record["classes"])))
    with torch.no_grad():
        assert networks.probabilities(model, image).shape == (len(record["classes"]), *image.shape[:2])
