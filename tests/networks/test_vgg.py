"""VGG-16: the paper's numbers, torchvision's names, the same scores as convolutions, a plain loop for one layer."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from seglearn.networks import VGG16, convolutionalize, n_parameters
from seglearn.networks.vgg import poolings, vgg_features

TORCHVISION = json.loads(Path(__file__).with_name("torchvision_vgg.json").read_text())


def on_paper(network, *args, **more):
    with torch.device("meta"):
        return network(*args, **more)


def picture(*shape, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape).astype(np.float32))


def test_the_paper_has_138_million_parameters():
    assert n_parameters(on_paper(VGG16)) == 138_357_544


@pytest.mark.parametrize(("name", "batch_norm"), [("vgg16", False), ("vgg16_bn", True)])
def test_names_and_shapes_are_those_of_torchvision(name, batch_norm):
    ours = on_paper(VGG16, batch_norm=batch_norm).state_dict()
    assert {key: list(tensor.shape) for key, tensor in ours.items()} == TORCHVISION[name]
    assert list(ours) == list(TORCHVISION[name])


def test_normalisations_are_layers_of_their_own():
    layers = list(VGG16(2, width=2, head=3, batch_norm=True).modules())
    assert len({id(layer) for layer in layers if isinstance(layer, nn.BatchNorm2d)}) == 13


def test_width_and_head_scale_the_channels():
    network = VGG16(5, width=3, head=7)
    assert [m.out_channels for m in network.modules() if isinstance(m, nn.Conv2d)] == [
        3, 3, 6, 6, 12, 12, 12, 24, 24, 24, 24, 24, 24,
    ]  # fmt: skip
    assert [(m.in_features, m.out_features) for m in network.modules() if isinstance(m, nn.Linear)] == [
        (49 * 24, 7), (7, 7), (7, 5),
    ]  # fmt: skip
    assert VGG16(5, width=2).classifier[3].in_features == 128
    assert network(picture(2, 3, 40, 50)).shape == (2, 5)


def test_poolings_halve_five_times_and_the_last_is_the_whole():
    features = vgg_features(2)
    x = picture(1, 3, 67, 96)
    found = poolings(features, x)
    assert [tuple(p.shape[1:]) for p in found] == [(2, 33, 48), (4, 16, 24), (8, 8, 12), (16, 4, 6), (16, 2, 3)]
    assert torch.equal(found[-1], features(x))


def test_a_signal_neither_grows_nor_fades_at_the_start():
    torch.manual_seed(0)
    with torch.no_grad():
        out = VGG16(2, width=16, head=4).features(picture(1, 3, 64, 64))
    assert 0.05 < out.std() < 20


@pytest.mark.parametrize("batch_norm", [False, True])
def test_as_convolutions_it_gives_the_same_scores_on_224(batch_norm):
    torch.manual_seed(0)
    network = VGG16(10, width=4, head=32, batch_norm=batch_norm).eval()
    x = picture(2, 3, 224, 224)
    with torch.no_grad():
        scores, maps = network(x), convolutionalize(network)(x)
    assert maps.shape == (2, 10, 1, 1)
    assert scores.abs().max() > 1e-4
    torch.testing.assert_close(maps.flatten(1), scores, atol=1e-5 * float(scores.abs().max()), rtol=0)


def test_on_more_it_gives_a_map_which_moves_with_the_picture():
    torch.manual_seed(0)
    network = convolutionalize(VGG16(4, width=2, head=16).eval())
    x = picture(1, 3, 320, 384)
    with torch.no_grad():
        maps = network(x)
        # A spot on black, for at the frame the convolutions add zeros: 32 pixels further is one cell further.
        spot = torch.zeros(1, 3, 448, 448)
        spot[..., 200:232, 200:232] = picture(1, 3, 32, 32)
        moved = torch.roll(spot, (32, 32), (2, 3))
        here, there = network(spot), network(moved)
    assert maps.shape == (1, 4, 4, 6)
    assert (here[..., 1:-1, 1:-1] - here[..., :1, :1]).abs().max() > 0
    torch.testing.assert_close(here[..., 2:6, 2:6], there[..., 3:7, 3:7], atol=1e-6, rtol=1e-4)


def test_it_shares_its_numbers():
    network = VGG16(3, width=2, head=4)
    maps = convolutionalize(network)
    with torch.no_grad():
        network.classifier[0].weight[1, 5] = 123
    assert maps.classifier[0].weight[1, 0, 0, 5] == 123
    assert [tuple(c.kernel_size) for c in maps.classifier if isinstance(c, nn.Conv2d)] == [(7, 7), (1, 1), (1, 1)]
    assert not convolutionalize(network.eval()).classifier[2].training


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.zeros(1, 3, 31, 32), ValueError, r"x: expected at least 32 pixels a side, got 31 x 32"),
        (torch.zeros(1, 1, 64, 64), ValueError, r"x: expected pictures \(B, 3, H, W\), got shape \(1, 1, 64, 64\)"),
        (torch.zeros(3, 64, 64), ValueError, r"x: expected pictures \(B, 3, H, W\), got shape \(3, 64, 64\)"),
        (torch.zeros(1, 3, 64, 64, dtype=torch.uint8), TypeError, r"x: expected a tensor of float, got torch.uint8"),
        (np.zeros((1, 3, 64, 64)), TypeError, r"x: expected a tensor of float"),
    ],
)
def test_bad_pictures_are_refused(x, error, message):
    with pytest.raises(error, match=message):
        VGG16(2, width=1, head=1)(x)


def test_bad_sizes_are_refused():
    for more, message in [
        ({"width": 0}, r"width: expected an integer of at least 1, got 0"),
        ({"head": 0}, r"head: expected an integer of at least 1, got 0"),
        ({"n_classes": 0}, r"n_classes: expected an integer of at least 1, got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            VGG16(**{"n_classes": 2, "width": 1} | more)
    with pytest.raises(ValueError, match=r"x: expected at least 224 pixels a side, got 200 x 300"):
        convolutionalize(VGG16(2, width=1, head=1))(torch.zeros(1, 3, 200, 300))
    with pytest.raises(TypeError, match=r"vgg: expected a VGG16, got Conv2d"):
        convolutionalize(nn.Conv2d(1, 1, 1))


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("missing", ["torch", "safetensors", "tqdm"])
def test_where_a_library_is_missing_one_sentence_says_what_to_do(missing):
    done = python(f"import sys; sys.modules['{missing}'] = None; import seglearn.networks")
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        f"ImportError: Chapter 4.6 needs {missing}, which is not installed: pip install torch safetensors tqdm"
    )
    assert "During handling" not in done.stderr


def test_the_other_chapters_start_without_torch():
    rooms = "clustering, edges, figures.clustering, figures.edges, exercises.clustering, exercises.edges"
    lines = [f"import seglearn.{room}" for room in rooms.split(", ")]
    done = python("\n".join([*lines, "import sys; print('torch' in sys.modules)"]))
    assert done.stdout.strip() == "False", done.stderr


def test_weights_begin_normal_and_biases_at_zero():
    torch.manual_seed(0)
    for layer in VGG16(32, width=8, head=64).modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            spread = (2 / (9 * layer.out_channels)) ** 0.5 if isinstance(layer, nn.Conv2d) else 0.01
            assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.2)
            assert not layer.bias.any()


def test_a_narrow_picture_is_refused_like_a_low_one():
    network = VGG16(2, width=1, head=1)
    with pytest.raises(ValueError, match=r"x: expected at least 32 pixels a side, got 32 x 31"):
        network(torch.zeros(1, 3, 32, 31))
    with pytest.raises(ValueError, match=r"x: expected at least 224 pixels a side, got 224 x 223"):
        convolutionalize(network)(torch.zeros(1, 3, 224, 223))


def test_every_number_of_it_is_shared():
    network = VGG16(3, width=1, head=4)
    maps = convolutionalize(network)
    assert [p.data_ptr() for p in maps.parameters()] == [p.data_ptr() for p in network.parameters()]
