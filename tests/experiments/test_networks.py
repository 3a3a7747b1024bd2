"""What chapter 4.6 measures: scores by hand and over all pictures together, what a network costs, the forest."""

import numpy as np
import pytest
import torch

from seglearn import metrics
from seglearn.experiments.networks import (
    CRF,
    forest,
    held_out_scenes,
    measure,
    scores,
    sharpened_scores,
    training_scenes,
)
from seglearn.networks import (
    CLASSES,
    Dataset,
    FCN8s,
    FCN32s,
    dense_crf,
    n_multiply_adds,
    n_parameters,
    predict,
    probabilities,
    scenes,
)


def test_scores_by_hand():
    """Two pictures, of 2 and of 6 pixels; the second has one that nobody decided. Areas are counted together."""
    truths = [np.array([[0, 1]]), np.array([[1, 1, 1], [2, 2, 255]])]
    predictions = [np.array([[0, 0]]), np.array([[1, 1, 2], [2, 2, 0]])]
    found = scores(predictions, truths, 3)
    assert found.pixel_accuracy == pytest.approx(5 / 7)
    assert found.class_iou == pytest.approx((1 / 2, 2 / 4, 2 / 3))
    assert found.mean_iou == pytest.approx(np.mean(found.class_iou))
    by_picture = [metrics.boundary_iou(p, t) for p, t in zip(predictions, truths)]
    assert found.boundary_iou == pytest.approx(np.mean(by_picture))


def test_measure_is_what_the_parts_say():
    torch.manual_seed(0)
    model = FCN32s(len(CLASSES), width=2, head=4)
    data = scenes(3, size=40, rng=0)
    found, costs = measure(model, data)
    assert found == scores([predict(model, image) for image in data.images], data.labels, len(CLASSES))
    assert (
        costs.n_parameters == n_parameters(model, learned=True) == n_parameters(model) - 7**2 * 64**2
    )  # up32 is fixed
    assert costs.n_multiply_adds == n_multiply_adds(model, 40, 40)
    assert 0 < costs.seconds < 60


def test_sharpened_scores_are_those_of_what_the_crf_makes():
    torch.manual_seed(0)
    model = FCN8s(len(CLASSES), width=2, head=4, batch_norm=True)
    torch.nn.init.normal_(model.score3.weight)
    data = scenes(2, size=40, rng=0)
    labels = [dense_crf(probabilities(model, image), image, **CRF) for image in data.images]
    assert sharpened_scores(model, data) == scores(labels, data.labels, len(CLASSES))
    assert any((a != predict(model, image)).any() for a, image in zip(labels, data.images))


def test_a_forest_learns_what_colour_tells():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.repeat(rng.integers(2, size=(6, 6)), 8, axis=0), 8, axis=1)
    image = np.where(labels[..., None] == 1, (200, 60, 60), (60, 60, 200)).astype(np.uint8)
    label = forest(Dataset([image], [labels], ("blue", "red")), n_trees=5)
    found = label(image[::-1])
    assert found.dtype == np.int32
    assert (found == labels[::-1]).mean() > 0.97


def test_training_and_held_out_scenes_differ():
    train, test = training_scenes(2), held_out_scenes(2)
    assert not np.array_equal(train.images, test.images)
    assert np.array_equal(test.images, held_out_scenes(3).images[:2])
