"""What the lecture says of DeepLab in 4.6.2: holes and what they see, the CRF, several rates, ResNet-101."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from seglearn import metrics
from seglearn.experiments.network_tasks import rates_scores
from seglearn.experiments.network_views import dilation_fields
from seglearn.experiments.networks import CRF, held_out_scenes, measure, sharpened_scores
from seglearn.networks import (
    VGG16,
    CRFasRNN,
    DeepLabV1,
    DeepLabV2,
    ResNet101,
    as_tensor,
    dense_crf,
    dense_crf_steps,
    gradient_field,
    layer_shapes,
    n_multiply_adds,
    n_parameters,
    predict,
    probabilities,
    record,
    scenes,
    shipped,
)


def side(field):
    return int(np.ptp(np.flatnonzero(field.any(axis=0)))) + 1


def test_c41_3_7_and_15_are_the_fields_of_the_layers_stacked():
    """One layer alone sees 3, 5 and 9."""
    fields = dilation_fields((1, 2, 4), 25)
    assert [side(alone) for alone, _ in fields] == [3, 5, 9]
    assert [side(stacked) for _, stacked in fields] == [3, 7, 15]
    assert all((alone > 0).sum() == 9 for alone, _ in fields)  # nine taps each
    assert all((stacked > 0).sum() == side(stacked) ** 2 for _, stacked in fields)  # without gaps


def test_c41_equal_rates_leave_gaps():
    *_, (_, stacked) = dilation_fields((2, 2, 2), 25)
    assert side(stacked) == 13
    assert (stacked > 0).sum() == 7**2


def test_c42_the_crf_of_v1_stands_behind_the_network_and_no_loss_passes_through_it():
    torch.manual_seed(0)
    network = DeepLabV1(3, width=2, head=4, rate=2, batch_norm=True)
    layers = {type(module).__name__ for module in network.modules() if not list(module.children())}
    assert layers == {"Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d"}
    image = scenes(1, size=40, rng=0)[0][0]
    unary = probabilities(network, image)
    assert isinstance(unary, np.ndarray)  # numbers without a history: nothing flows back
    *_, state = dense_crf_steps(unary, image)
    assert not hasattr(state.probabilities, "grad_fn")


def test_c42_crf_as_rnn_is_the_one_that_trains_through_it():
    torch.manual_seed(0)
    network = CRFasRNN(7, width=2, head=4, batch_norm=True, n_iter=2)
    torch.nn.init.normal_(network.network.score3.weight)
    image, labels = scenes(1, size=40, rng=0)[0]
    loss = F.cross_entropy(network(as_tensor(image[None])), torch.from_numpy(labels[None]).long())
    loss.backward()
    assert network.compatibility.grad.abs().max() > 0
    assert network.weights.grad.abs().max() > 0
    assert network.network.features[0].weight.grad.abs().max() > 0


@pytest.mark.parametrize("rng", [1, 11])
@pytest.mark.parametrize("name", ["fcn32s_scenes", "fcn8s_scenes", "deeplab_v1_scenes"])
def test_c43_the_crf_sharpens_borders(name, rng):
    test, (model, _) = held_out_scenes(16, rng=rng), shipped(name)
    before, after = measure(model, test)[0], sharpened_scores(model, test)
    assert after.boundary_iou > before.boundary_iou + 0.06
    assert after.mean_iou > before.mean_iou + 0.02


def test_v1_has_lost_the_poles_and_finds_them_where_early_layers_have_a_say():
    fcn, plain, early = (record(f"{name}_scenes")["seeds"] for name in ("fcn8s", "deeplab_v1", "deeplab_v1_msc"))
    assert list(fcn) == list(plain) == list(early) == ["0", "1", "2"]
    for what in (lambda scores: scores["mean_iou"], lambda scores: scores["class_iou"][-1]):  # the last are poles
        assert max(map(what, plain.values())) < min(map(what, fcn.values())) < min(map(what, early.values()))
    for training in (plain, early):
        assert min(t["with_crf"]["mean_iou"] for t in training.values()) > max(t["mean_iou"] for t in fcn.values())


@pytest.mark.parametrize("rng", [1, 11])
def test_v1_with_early_layers_is_no_worse_than_fcn8s_without_a_crf(rng):
    test = held_out_scenes(24, rng=rng)
    early, fcn = (measure(shipped(f"{name}_scenes")[0], test)[0] for name in ("deeplab_v1_msc", "fcn8s"))
    assert early.mean_iou > fcn.mean_iou
    assert early.class_iou[-1] > fcn.class_iou[-1]


def test_c43_the_energy_falls_in_every_step():
    model, _ = shipped("deeplab_v1_scenes")
    for image, _ in held_out_scenes(6):
        energies = [state.energy for state in dense_crf_steps(probabilities(model, image), image, **CRF)]
        assert (np.diff(energies) < 0).all()


def test_c43_it_cannot_find_what_the_network_has_missed():
    """Where the network is sure and wrong, like colours around confirm it: not every scene gains."""
    model, _ = shipped("deeplab_v1_scenes")
    gains = []
    for image, truth in held_out_scenes(24):
        *_, end = dense_crf_steps(probabilities(model, image), image, **CRF)
        gains.append(metrics.mean_iou(end.labels, truth) - metrics.mean_iou(predict(model, image), truth))
    assert min(gains) < 0.02
    assert np.mean(gains) > 0.04


def test_c43_the_energy_falls_on_but_the_scores_do_not_rise_on_and_what_is_lost_stays_lost():
    """As the notebook and figure 4-21 (i) show it: street 3, whose second vehicle lies at the lower left."""
    image, truth = held_out_scenes(4)[3]
    states = list(dense_crf_steps(probabilities(shipped("deeplab_v1_scenes")[0], image), image, **CRF))
    ious = [metrics.mean_iou(state.labels, truth) for state in states]
    assert ious[1] > ious[0] + 0.03
    assert ious[-1] < max(ious)
    assert states[-1].energy < states[2].energy
    vehicle = truth[80:, :12] == 5
    assert vehicle.sum() > 40
    assert not any((state.labels[80:, :12] == 5)[vehicle].any() for state in states)


def test_the_lattice_labels_like_the_sum_over_all_pairs():
    """The race: the same CRF, of one kernel, both ways."""
    image, _ = held_out_scenes(4)[3]
    unary = probabilities(shipped("deeplab_v1_scenes")[0], image)
    places = np.stack([*np.mgrid[:96, :96]], axis=-1).reshape(-1, 2)
    features = np.hstack([places / 20, image.reshape(-1, 3) / 8]).astype(np.float32)
    squares = (features**2).sum(axis=1)
    kernel = np.exp(features @ features.T - squares[:, None] / 2 - squares / 2)
    norm, q = 1 / np.sqrt(kernel.sum(axis=1, keepdims=True)), unary.reshape(7, -1).T
    for _ in range(10):
        q = unary.reshape(7, -1).T * np.exp(5 * norm * (kernel @ (norm * q)))
        q /= q.sum(axis=1, keepdims=True)
    labels = dense_crf(unary, image, n_iter=10, theta_alpha=20, theta_beta=8, appearance=5, smoothness=0)
    assert (labels == q.argmax(axis=1).reshape(96, 96)).mean() > 0.985
    assert (labels != unary.argmax(axis=0)).mean() > 0.05  # the CRF does something


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_c44_several_rates_tell_several_scales_apart(seed):
    """On squares that differ in size alone: each single rate fails at one of the sizes, four rates at none."""
    four = rates_scores((2, 4, 8, 12), seed)
    assert min(four.class_iou) > 0.75
    for rate in (2, 4, 8, 12):
        one = rates_scores((rate,), seed)
        assert min(one.class_iou) < 0.6
        assert one.mean_iou + 0.15 < four.mean_iou
    alike = rates_scores((4, 4, 4, 4), seed)  # as many weights
    assert min(alike.class_iou) < 0.6
    assert alike.mean_iou + 0.1 < four.mean_iou


def test_c44_on_streets_behind_a_resnet_the_rates_add_nothing():
    """Its own dilated kernels see the whole scene already."""
    one, four = (record(f"deeplab_v2{name}_scenes")["scores"] for name in ("_one_rate", ""))
    assert abs(one["mean_iou"] - four["mean_iou"]) < 0.05
    plain, several = (record(f"deeplab_v2{name}_scenes")["seeds"] for name in ("_one_rate", ""))
    assert list(plain) == list(several) == ["0", "1", "2"]
    assert min(plain[s]["mean_iou"] for s in plain) > max(several[s]["mean_iou"] for s in several)
    model, _ = shipped("deeplab_v2_one_rate_scenes")
    x = as_tensor(held_out_scenes(2).images[0][None])
    assert (gradient_field(model.backbone.features, x) > 0).mean() > 0.8


def test_c45_resnet_101_is_deeper_and_has_fewer_numbers():
    with torch.device("meta"):
        vgg, resnet = VGG16(), ResNet101()
    assert n_parameters(vgg) == 138_357_544
    assert n_parameters(resnet) == 44_549_160
    with torch.device("meta"):
        assert 20.4e6 < n_parameters(DeepLabV1()) < 20.6e6 < 43.9e6 < n_parameters(DeepLabV2()) < 44.2e6
    assert 15.4e9 < n_multiply_adds(vgg, 224, 224) < 15.6e9
    assert 7.5e9 < n_multiply_adds(resnet, 224, 224) < 7.9e9


def test_c45_a_small_pair_trained_alike():
    """From nothing and in a thousand steps, the deeper one is no better."""
    vgg, resnet = (record(f"deeplab_{name}_scenes") for name in ("v1", "v2"))
    assert all(told["n_steps"] == 1000 for told in (vgg, resnet))
    depths = []
    for name in ("v1", "v2"):
        kinds = [kind for kind, _ in layer_shapes(shipped(f"deeplab_{name}_scenes")[0], 96, 96)]
        depths.append(kinds.count("Conv2d"))
    assert depths == [16, 1 + 8 * 3 + 4 + 4]  # four are short cuts, and of ASPP's four one is deep: 26 layers
    assert abs(vgg["scores"]["mean_iou"] - resnet["scores"]["mean_iou"]) < 0.05
