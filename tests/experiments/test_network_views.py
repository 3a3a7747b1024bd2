"""What the figures of 4.6 look at: each view against the network that it opens, and the two small tasks."""

import numpy as np
import pytest
import torch

from seglearn import images, metrics
from seglearn.experiments.network_tasks import SIDES, marked, squares
from seglearn.experiments.network_views import (
    GALLERY,
    aspp_views,
    classifier_shapes,
    context_fields,
    deeplab_stages,
    dilation_fields,
    gallery,
    gallery_costs,
    gallery_image,
    heat_map,
    mask_views,
    mosaic,
    reseg_stages,
    street,
    sweep_views,
    watched,
)
from seglearn.experiments.networks import held_out_scenes
from seglearn.networks import as_tensor, n_multiply_adds, n_parameters, predict, probabilities, record, shipped


def test_a_street_is_the_held_out_scene_of_its_number():
    image, truth = street(2)
    np.testing.assert_array_equal(image, held_out_scenes(4).images[2])
    np.testing.assert_array_equal(truth, held_out_scenes(4).labels[2])


def test_the_classifier_s_shapes_end_in_answers():
    full, convolutional = classifier_shapes(416)
    assert full[-1] == ("Linear", (1000,))
    assert convolutional[-1] == ("Conv2d", (1000, 7, 7))
    assert [shape for kind, shape in full if kind == "MaxPool2d"][-1] == (512, 7, 7)


def test_the_mosaic_and_its_heat_map():
    picture = mosaic(224)
    assert picture.shape == (224, 224, 3)
    np.testing.assert_array_equal(picture[:96, :96], street(0)[0])
    np.testing.assert_array_equal(picture[:96, 96:192], street(1)[0])
    maps = np.array([heat_map(picture, label) for label in range(7)])
    assert maps.shape == (7, 7, 7)
    np.testing.assert_allclose(maps.sum(axis=0), 1, atol=1e-5)


@pytest.mark.parametrize("name", ["fcn32s", "fcn8s"])
def test_what_was_watched_ends_as_what_ships(name):
    found, (model, told) = watched(name), shipped(f"{name}_scenes")
    assert len(found.losses) == told["n_steps"] == found.steps[-1]
    assert found.losses[:20].mean() > 2 * found.losses[-20:].mean()
    for k, number in enumerate(found.scenes):
        same = found.predictions[-1, k] == predict(model, street(int(number))[0])
        assert same.mean() > 0.99  # what ships is rounded to half precision


def test_dilation_fields_have_nine_taps():
    (alone, first), (two, stacked) = dilation_fields((1, 3), 15)
    np.testing.assert_array_equal(alone, first)
    assert np.flatnonzero(two[7]).tolist() == [4, 7, 10]
    assert stacked.sum() == 81  # every path counts once


def test_deeplab_stages_are_the_network_s_and_the_crf_s():
    stages, (model, _) = deeplab_stages(1, n_iter=2), shipped("deeplab_v1_scenes")
    np.testing.assert_array_equal(stages.states[0].labels, predict(model, stages.image))
    np.testing.assert_array_equal(stages.unary, probabilities(model, stages.image))
    assert stages.coarse.shape == (12, 12)
    assert [state.iteration for state in stages.states] == [0, 1, 2]


def test_the_branches_add_up_to_the_network():
    views, (model, _) = aspp_views(1, 50, 40, 5), shipped("deeplab_v2_scenes")
    with torch.no_grad():
        scores = model.coarse(as_tensor(street(1)[0][None]))[0, 5].numpy()
    np.testing.assert_allclose(views.scores.sum(axis=0), scores, atol=1e-4)
    assert views.fields.shape == (4, 96, 96)
    assert views.rates == (1, 2, 4, 6)


def test_sweeps_and_stages_follow_each_other():
    first, second = sweep_views(1, 0), sweep_views(1, 1)
    assert first.inputs.shape == (64, 24, 24)
    assert first.columns.shape == first.rows.shape == second.inputs.shape == (100, 12, 12)
    stages = reseg_stages(1)
    assert [name for name, _ in stages][:4] == ["VGG-16, conv3-3", "ReNet 1", "ReNet 2", "ReNet 3"]
    np.testing.assert_allclose(stages[0][1], first.inputs, atol=1e-5)
    np.testing.assert_allclose(stages[1][1], second.inputs, atol=1e-4)
    image, _ = street(1)
    np.testing.assert_array_equal(stages[-1][1].argmax(axis=0), predict(shipped("reseg_scenes")[0], image))


def test_context_grows_over_a_renet():
    before, after = context_fields(1, 0)
    assert (before > 0).mean() < (after > 0).mean()


def test_the_gallery_holds_every_network():
    found, costs = dict(gallery(gallery_image(images.load("camera"), 96))), gallery_costs()
    assert tuple(found) == tuple(costs) == GALLERY
    assert {labels.shape for labels in found.values()} == {(86, 86)}
    model, _ = shipped("reseg_scenes")
    assert costs["reseg_scenes"] == (n_parameters(model), n_multiply_adds(model, 96, 96))
    assert all(record(name)["n_steps"] for name in GALLERY)


def test_squares_are_as_large_as_their_class_says():
    for labels in squares(4, 0).labels:
        for k, side in enumerate(SIDES, start=1):
            rows = (labels == k).sum(axis=1)
            assert set(np.unique((labels == k).sum()).tolist()) <= {n * side**2 for n in range(6)}
            assert set((rows % side).tolist()) == {0}


def test_only_the_mark_tells_the_class():
    data = marked(40, 0)
    corners = np.array([image[0, 0, 0] for image in data.images])
    classes = np.array([labels[0, 0] for labels in data.labels])
    np.testing.assert_array_equal(corners > 128, classes == 1)
    rest = np.array([image[8:].mean() for image in data.images])
    assert abs(rest[classes == 1].mean() - rest[classes == 0].mean()) < 1


@pytest.mark.parametrize("method", ["threshold", "graph cut", "grab cut"])
def test_a_mask_is_called_eighty_per_cent_sure(method):
    views = mask_views("flower", method, 20, 10, n_iter=1, side=60)
    start, _ = views.states
    assert views.image.shape[:2] == views.truth.shape == start.labels.shape
    assert set(np.unique(views.truth).tolist()) <= {0, 1, 255}
    np.testing.assert_allclose(np.where(start.labels, *start.probabilities[::-1]), 0.8, atol=1e-5)
    assert (start.labels == 1)[views.truth == 1].mean() > 0.7


def test_the_crf_makes_the_border_of_grab_cut_better():
    views = mask_views("flower", "grab cut", 20, 10)
    before, after = (metrics.boundary_iou(views.states[k].labels, views.truth) for k in (0, -1))
    assert after > before + 0.03
