"""What the lecture says of FCN in 4.6.1: convolutions in place of full connections, sizes, upsampling, skips."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seglearn.experiments.networks import held_out_scenes, measure
from seglearn.networks import VGG16, FCN8s, FCN16s, FCN32s, bilinear_kernel, convolutionalize, record, shipped
from seglearn.networks.vgg import poolings

NAMES = ("fcn32s_scenes", "fcn16s_scenes", "fcn8s_scenes")


def test_c38_fc6_becomes_7_x_7_and_only_fc7_and_fc8_become_1_x_1():
    with torch.device("meta"):
        layers = convolutionalize(VGG16()).classifier
    shapes = [tuple(layer.weight.shape) for layer in layers if isinstance(layer, nn.Conv2d)]
    assert shapes == [(4096, 512, 7, 7), (4096, 4096, 1, 1), (1000, 4096, 1, 1)]


def test_c38_the_same_numbers_on_224_and_a_map_on_more():
    torch.manual_seed(0)
    vgg = VGG16(width=16).eval()
    network = convolutionalize(vgg)
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        scores, maps = vgg(x), network(x)
        more = network(F.pad(x, (0, 64, 0, 32)))
    assert maps.shape == (1, 1000, 1, 1)
    torch.testing.assert_close(maps[..., 0, 0], scores, atol=1e-5 * float(scores.abs().max()), rtol=0)
    assert more.shape == (1, 1000, 2, 3)


@pytest.mark.parametrize("size", [(96, 96), (160, 224)])
def test_c39_five_poolings_shrink_the_picture_2_to_32_times(size):
    features = FCN32s(3, width=1, head=1).features
    for k, found in enumerate(poolings(features, torch.zeros(1, 3, *size)), start=1):
        assert found.shape[2:] == (size[0] // 2**k, size[1] // 2**k)


@pytest.mark.parametrize("network", [FCN32s, FCN16s, FCN8s])
def test_c39_deconvolution_brings_the_scores_back_to_the_size_of_the_picture(network):
    model, sizes = network(3, width=1, head=1), {}
    for name, layer in model.named_children():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            layer.register_forward_hook(lambda _, x, y, name=name: sizes.update({name: (x[0].shape[-1], y.shape[-1])}))
    model(torch.zeros(1, 3, 96, 192))
    enlarged = [pair for name, pair in sizes.items() if name.startswith("up")]
    factors = [after // before for before, after in enlarged]
    assert factors == {FCN32s: [32], FCN16s: [2, 16], FCN8s: [2, 2, 8]}[network]
    assert enlarged[0][0] == 6
    assert enlarged[-1][1] == 192


@pytest.mark.parametrize(("size", "stride", "padding"), [(4, 2, 1), (16, 8, 4), (3, 1, 1), (5, 3, 0)])
def test_c39_a_transposed_convolution_is_the_gradient_of_a_convolution(size, stride, padding):
    torch.manual_seed(0)
    kernel, y = torch.randn(2, 3, size, size, dtype=torch.double), torch.randn(1, 2, 4, 5, dtype=torch.double)
    up = F.conv_transpose2d(y, kernel, stride=stride, padding=padding)
    x = torch.randn_like(up, requires_grad=True)
    down = F.conv2d(x, kernel, stride=stride, padding=padding)
    assert down.shape == y.shape
    (gradient,) = torch.autograd.grad(down, x, y)
    torch.testing.assert_close(up, gradient)
    torch.testing.assert_close((down * y).sum(), (x * up).sum())  # <Ax, y> = <x, A'y>
    # but it isn't the inverse
    assert (F.conv2d(up, kernel, stride=stride, padding=padding) - y).abs().max() > 0.1


def test_c39_the_same_kernel_does_not_take_it_back_though_it_is_scaled():
    """The bilinear kernel sums to 4; divided by that, a convolution with it still gives something else."""
    coarse, kernel = torch.randn(1, 1, 3, 3, generator=torch.manual_seed(0)), bilinear_kernel(2)[None, None]
    back = F.conv2d(F.conv_transpose2d(coarse, kernel, stride=2, padding=1), kernel, stride=2, padding=1)
    assert kernel.sum() == 4
    assert (back / 4 - coarse).abs().max() > 0.3


@pytest.mark.parametrize("rng", [1, 11, 12])
def test_c40_each_skip_makes_the_result_finer(rng):
    """On streets of three draws, none of which was learned from."""
    test = held_out_scenes(24, rng=rng)
    coarse, middle, fine = (measure(shipped(name)[0], test)[0] for name in NAMES)
    for better, worse, margin in ((fine, middle, 0.02), (middle, coarse, 0.05)):
        assert better.mean_iou > worse.mean_iou + margin
        assert better.boundary_iou > worse.boundary_iou + margin
    assert fine.class_iou[-1] > 0.2 > coarse.class_iou[-1]  # poles
    assert fine.mean_iou > 0.7


def test_c40_whatever_the_seed_of_the_training():
    """Of the three trainings that `make weights` measured, one ships; it must give what was written down."""
    records = [record(name) for name in NAMES]
    assert all(list(found["seeds"]) == ["0", "1", "2"] for found in records)
    for seed in "012":
        for name in ("mean_iou", "boundary_iou"):
            coarse, middle, fine = (found["seeds"][seed][name] for found in records)
            assert coarse + 0.05 < middle < fine - 0.02
        assert records[0]["seeds"][seed]["class_iou"][-1] < 0.03  # of poles, which are thinner than a cell
    for name, told in (("mean_iou", [0.51, 0.66, 0.76]), ("boundary_iou", [0.21, 0.36, 0.52])):
        means = [np.mean([training[name] for training in found["seeds"].values()]) for found in records]
        assert [round(float(mean), 2) for mean in means] == told
    again = measure(shipped("fcn8s_scenes")[0], held_out_scenes())[0]
    assert again.mean_iou == pytest.approx(records[-1]["scores"]["mean_iou"], abs=0.002)
    assert again.boundary_iou == pytest.approx(records[-1]["scores"]["boundary_iou"], abs=0.002)


def test_c40_the_skips_cost_next_to_nothing():
    learned = [record(name)["n_parameters"] for name in NAMES]
    assert learned == sorted(learned)
    assert learned[-1] < 1.002 * learned[0]


def test_nuclei_are_told_from_the_ground_by_a_threshold_as_well():
    """All pixels together."""
    told = record("fcn8s_nuclei")
    assert round(told["scores"]["class_iou"][1], 2) == 0.78  # 0.775 as written down
    assert round(told["otsu"]["class_iou"][1], 2) == 0.81


def test_c40_the_networks_do_better_than_a_forest_on_colour_and_texture():
    """By class; but the coarsest of them draws worse borders than the forest, which looks at every pixel."""
    forest, coarse, fine = (record(name)["scores"] for name in ("forest_scenes", NAMES[0], NAMES[2]))
    assert forest["mean_iou"] + 0.05 < coarse["mean_iou"]
    assert forest["mean_iou"] + 0.3 < fine["mean_iou"]
    assert coarse["boundary_iou"] + 0.05 < forest["boundary_iou"] < fine["boundary_iou"] - 0.2
