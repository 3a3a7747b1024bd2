"""What the lecture says of context in 4.6.3, and of the families: recurrent layers, ReNet, ReSeg, PSPNet, CRF-RNN."""

import pytest
import torch
from torch import nn

from seglearn.experiments.network_tasks import context_scores
from seglearn.experiments.network_views import GALLERY, context_fields
from seglearn.experiments.networks import held_out_scenes, measure, sharpened_scores
from seglearn.networks import CRFasRNN, ReNet, gradient_field, record, shipped


def test_c46_before_the_first_renet_a_cell_sees_a_patch_and_after_it_everything():
    for number in (0, 3):
        before, after = context_fields(number, 0)
        assert (before > 0).mean() < 0.25
        assert (after > 0).mean() > 0.99


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_c46_what_only_context_can_tell(seed):
    guess = context_scores("convolutions", seed)
    assert guess.pixel_accuracy < 0.65
    assert min(guess.class_iou) < 0.25  # much the same answer for every picture
    assert context_scores("ReNet", seed).pixel_accuracy > 0.95


def test_c46_the_recurrent_network_tells_water_from_road_best():
    """Both have the same textures; the sky alone decides."""
    fcn, reseg = (record(f"{name}_scenes")["scores"]["class_iou"] for name in ("fcn8s", "reseg"))
    assert reseg[3] > fcn[3]
    assert reseg[4] > fcn[4]
    assert fcn[3:5] == pytest.approx([0.86, 0.85], abs=0.006)
    assert reseg[3:5] == pytest.approx([0.88, 0.88], abs=0.006)


def test_c47_two_sweeps_each_both_ways():
    torch.manual_seed(0)
    renet, x = ReNet(2, 3), torch.randn(1, 2, 7, 9)
    columns, rows = (gradient_field(f, x, (2, 4)) > 0 for f in (renet.columns, renet))
    assert columns[:, 4].all()
    assert columns.sum() == 7
    assert rows.all()
    assert {name: layer.bidirectional for name, layer in renet.named_children() if isinstance(layer, nn.GRU)} == {
        "down_up": True,
        "right_left": True,
    }


def test_c47_in_reseg_the_resolution_falls_over_the_renets_and_comes_back():
    model, told = shipped("reseg_scenes")
    assert sum(isinstance(layer, ReNet) for layer in model.renets) == 3
    assert told["arguments"].get("patches", [2, 1, 1])[0] == 2
    assert model(torch.zeros(1, 3, 96, 96)).shape == (1, 7, 96, 96)


@pytest.mark.parametrize("rng", [1, 11])
def test_c46_reseg_is_ahead_of_fcn_8s(rng):
    test = held_out_scenes(24, rng=rng)
    fcn, reseg = (measure(shipped(name)[0], test)[0] for name in ("fcn8s_scenes", "reseg_scenes"))
    assert reseg.mean_iou > fcn.mean_iou + 0.02
    assert reseg.boundary_iou > fcn.boundary_iou + 0.04
    assert reseg.mean_iou > 0.74


def test_c48_the_other_families_stand_in_the_same_comparison():
    """Pooled features (PSPNet) beat the same ResNet behind ASPP; a CRF that trains with FCN-8s beats FCN-8s alone."""
    psp, deeplab, crf, fcn = (
        record(f"{name}_scenes")["scores"] for name in ("pspnet", "deeplab_v2", "crf_as_rnn", "fcn8s")
    )
    assert psp["mean_iou"] > deeplab["mean_iou"] + 0.02
    assert record("pspnet_scenes")["n_parameters"] > 2 * record("deeplab_v2_scenes")["n_parameters"]
    assert crf["mean_iou"] > fcn["mean_iou"] + 0.04
    assert crf["boundary_iou"] > fcn["boundary_iou"] + 0.1
    assert record("crf_as_rnn_scenes")["starts_from"] == "fcn8s_scenes"


@pytest.mark.parametrize("name", GALLERY)
def test_c48_three_trainings_of_a_network_score_alike(name):
    seeds = record(name)["seeds"]
    assert list(seeds) == ["0", "1", "2"]
    found = [training["mean_iou"] for training in seeds.values()]
    assert max(found) - min(found) < 0.02


def test_c48_training_through_the_crf_is_more_than_the_crf():
    """The weights that it learned label better than the CRF behind the network that it began from."""
    test = held_out_scenes(16, rng=11)
    behind, through = (
        sharpened_scores(shipped("fcn8s_scenes")[0], test),
        measure(shipped("crf_as_rnn_scenes")[0], test)[0],
    )
    assert through.mean_iou > behind.mean_iou - 0.01
    begin, learned = CRFasRNN(7, width=1, head=1), shipped("crf_as_rnn_scenes")[0]
    assert (learned.compatibility - begin.compatibility).abs().max() > 0.01
    assert (learned.weights - begin.weights).abs().max() > 0.01
