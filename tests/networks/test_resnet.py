"""ResNet-101: the paper's numbers, torchvision's names and scores, holes that keep what the strides saw."""

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from seglearn.networks import ResNet101, n_parameters
from seglearn.networks.resnet import Bottleneck

TORCHVISION = json.loads(Path(__file__).with_name("torchvision_resnet.json").read_text())["resnet101"]


def on_paper(*args, **more):
    with torch.device("meta"):
        return ResNet101(*args, **more)


def alive(network, seed=0):
    """Give the normalisations numbers as after a training, so that every layer counts."""
    torch.manual_seed(seed)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, 0, 0.1)
            nn.init.uniform_(layer.running_var, 0.5, 1.5)
            nn.init.normal_(layer.running_mean, 0, 0.1)
    return network.eval()


def test_the_paper_has_44_million_parameters():
    assert n_parameters(on_paper()) == 44_549_160


def test_it_has_101_layers():
    layers = [m for n, m in on_paper().named_modules() if isinstance(m, (nn.Conv2d, nn.Linear)) and "down" not in n]
    assert len(layers) == 101


def test_names_and_shapes_are_those_of_torchvision():
    ours = on_paper().state_dict()
    assert {key: list(tensor.shape) for key, tensor in ours.items()} == TORCHVISION
    assert list(ours) == list(TORCHVISION)


@pytest.mark.parametrize("stride", [32, 16, 8])
def test_scores_are_those_of_torchvision(stride):
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):  # a copy without compiled operators, of which none is used, will do
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    try:
        from torchvision.models.resnet import Bottleneck as Theirs
        from torchvision.models.resnet import ResNet
    except ImportError:
        pytest.skip("torchvision is not installed")
    theirs = alive(ResNet(Theirs, [1, 2, 3, 2], 10, replace_stride_with_dilation=[False, stride < 32, stride < 16]))
    ours = ResNet101(10, blocks=(1, 2, 3, 2), output_stride=stride).eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 70, 96)
    with torch.no_grad():
        expected = theirs(x)
        torch.testing.assert_close(ours(x), expected, atol=1e-4 * float(expected.abs().max()), rtol=0)


def test_a_bottleneck_by_hand():
    """One pixel, one channel: relu(x + 4 channels of 3 relu(2 relu(x))), each normalisation dividing by about 1."""
    block = Bottleneck(4, 1, 1, 1).eval()
    with torch.no_grad():
        for layer, value in ((block.conv1, 0.25), (block.conv2, 2.0), (block.conv3, 3.0)):
            layer.weight.fill_(value)
        out = block(torch.ones(1, 4, 1, 1))
    torch.testing.assert_close(out, torch.full((1, 4, 1, 1), 1 + 3 * 2 * 1.0), atol=1e-3, rtol=0)
    assert block.downsample is None


@pytest.mark.parametrize(("output_stride", "thinned"), [(16, 2), (8, 4)])
def test_holes_in_place_of_strides_see_the_same(output_stride, thinned):
    """Every second (fourth) cell of the finer map is the cell of the coarse one: what the French call a trous."""
    coarse = alive(ResNet101(2, width=2, blocks=(1, 2, 2, 2)))
    fine = ResNet101(2, width=2, blocks=(1, 2, 2, 2), output_stride=output_stride).eval()
    fine.load_state_dict(coarse.state_dict())
    x = torch.randn(1, 3, 128, 160)
    with torch.no_grad():
        a, b = coarse.features(x), fine.features(x)
    assert a.shape[-2:] == (4, 5)
    assert b.shape[-2:] == (128 // output_stride, 160 // output_stride)
    torch.testing.assert_close(b[..., ::thinned, ::thinned], a, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        ({"n_classes": 0}, ValueError, r"n_classes: expected an integer of at least 1"),
        ({"width": 0}, ValueError, r"width: expected an integer of at least 1"),
        ({"blocks": (3, 4, 6)}, ValueError, r"blocks: expected four numbers of bottlenecks, got \(3, 4, 6\)"),
        ({"blocks": (3, 4, 0, 3)}, ValueError, r"blocks: expected an integer of at least 1, got 0"),
        ({"output_stride": 4}, ValueError, r"output_stride: expected 8, 16 or 32, got 4"),
    ],
)
def test_bad_sizes_are_refused(more, error, message):
    with pytest.raises(error, match=message):
        on_paper(**more)


def test_bad_pictures_are_refused():
    network = ResNet101(2, width=1, blocks=(1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"x: expected at least 32 pixels a side, got 31 x 40"):
        network(torch.zeros(1, 3, 31, 40))
    with pytest.raises(ValueError, match=r"x: expected pictures \(B, 3, H, W\)"):
        network(torch.zeros(1, 1, 64, 64))


def test_a_bottleneck_is_rectified_after_the_sum():
    block = Bottleneck(4, 1, 1, 1).eval()
    with torch.no_grad():
        for layer, value in ((block.conv1, 0.25), (block.conv2, 2.0), (block.conv3, -3.0)):
            layer.weight.fill_(value)
        assert not block(torch.ones(1, 4, 1, 1)).any()


def test_the_stem_by_hand():
    """One tap in the first kernel: every second pixel, rectified; then the largest of 3 x 3 at every second one."""
    network, seen = ResNet101(2, width=1, blocks=(1, 1, 1, 1)).eval(), []
    network.layer1.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = torch.randn(1, 3, 40, 48, generator=torch.manual_seed(0))
    with torch.no_grad():
        network.conv1.weight.zero_()
        network.conv1.weight[0, 1, 3, 3] = 1
        network(x)
    rectified = x[0, 1, ::2, ::2].clamp(min=0)  # (20, 24)
    expected = [
        [rectified[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2].max() for j in range(0, 24, 2)]
        for i in range(0, 20, 2)
    ]
    torch.testing.assert_close(seen[0][0, 0], torch.tensor(expected), atol=1e-4, rtol=0)


@pytest.mark.parametrize("first", [-0.25, 0.25])
def test_a_bottleneck_is_rectified_after_each_normalisation(first):
    """The first or the second layer says -1: nothing is added to what comes in."""
    block = Bottleneck(4, 1, 1, 1).eval()
    with torch.no_grad():
        for layer, value in ((block.conv1, first), (block.conv2, -2.0), (block.conv3, 3.0)):
            layer.weight.fill_(value)
        assert torch.equal(block(torch.ones(1, 4, 1, 1)), torch.ones(1, 4, 1, 1))


def test_the_stride_sits_on_the_kernel_of_3_x_3():
    block = Bottleneck(4, 2, 2, 1)
    strides = [layer.stride for layer in (block.conv1, block.conv2, block.conv3, block.downsample[0])]
    assert strides == [(1, 1), (2, 2), (1, 1), (2, 2)]


def test_the_last_layer_reads_the_mean_of_the_map():
    torch.manual_seed(0)
    network = ResNet101(2, width=1, blocks=(1, 1, 1, 1)).eval()
    network.fc = nn.Identity()
    x = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(network(x), network.features(x).flatten(2).mean(dim=2))


def test_weights_begin_normal():
    torch.manual_seed(0)
    for layer in ResNet101(2, width=8, blocks=(1, 1, 1, 1)).modules():
        if isinstance(layer, nn.Conv2d):
            spread = (2 / (layer.out_channels * layer.weight[0, 0].numel())) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.25)
