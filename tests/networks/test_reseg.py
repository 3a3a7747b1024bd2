"""ReNet and ReSeg: the sweeps against a plain loop, what a cell hears of, the way back to the picture's size."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seglearn.networks import ReNet, ReSeg, gradient_field, n_parameters
from seglearn.networks.fcn import whole_cells
from seglearn.networks.vgg import vgg_features


def gru(network, inputs, suffix):
    """Run one direction of a GRU over (length, C), cell by cell, from the equations of Cho et al.: (length, d)."""
    wi, wh, bi, bh = (
        getattr(network, f"{kind}_l0{suffix}").detach().numpy()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h, found = np.zeros(wh.shape[1]), []
    for x in inputs:
        (ri, zi, ni), (rh, zh, nh) = np.split(wi @ x + bi, 3), np.split(wh @ h + bh, 3)
        r, z = 1 / (1 + np.exp(-ri - rh)), 1 / (1 + np.exp(-zi - zh))
        h = (1 - z) * np.tanh(ni + r * nh) + z * h
        found.append(h)
    return np.array(found)


def both_ways(network, line):
    return np.hstack([gru(network, line, ""), gru(network, line[::-1], "_reverse")[::-1]])


def test_the_sweeps_are_those_of_the_paper():
    """Columns first, down and up; then rows, right and left; each line by itself."""
    torch.manual_seed(0)
    renet, x = ReNet(2, 3, patch=2), torch.randn(1, 2, 6, 8)
    patches = np.zeros((3, 4, 8))
    for i in range(3):
        for j in range(4):
            patches[i, j] = x[0, :, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].flatten().numpy()
    v = np.stack([both_ways(renet.down_up, patches[:, j]) for j in range(4)], axis=1)
    h = np.stack([both_ways(renet.right_left, v[i]) for i in range(3)])
    with torch.no_grad():
        columns, out = renet.columns(x), renet(x)
    assert out.shape == (1, 6, 3, 4)
    np.testing.assert_allclose(columns[0].permute(1, 2, 0), v, atol=1e-5)
    np.testing.assert_allclose(out[0].permute(1, 2, 0), h, atol=1e-5)


def test_pictures_of_a_batch_do_not_meet():
    torch.manual_seed(0)
    renet, x = ReNet(3, 4), torch.randn(3, 3, 5, 4)
    torch.testing.assert_close(renet(x), torch.cat([renet(one[None]) for one in x]))


def test_after_the_columns_a_cell_knows_its_column_and_after_the_rows_everything():
    torch.manual_seed(0)
    renet, x = ReNet(2, 4), torch.randn(2, 2, 7, 9)
    seen = gradient_field(renet.columns, x, (3, 5)) > 0
    assert seen[:, 5].all()
    assert seen.sum() == 7
    assert (gradient_field(renet, x, (3, 5)) > 0).all()


def test_one_direction_hears_one_side_only():
    torch.manual_seed(0)
    renet, x = ReNet(2, 4), torch.randn(1, 2, 7, 5)
    down = gradient_field(lambda x: renet.columns(x)[:, :4], x, (3, 2)) > 0
    up = gradient_field(lambda x: renet.columns(x)[:, 4:], x, (3, 2)) > 0
    assert down[:, 2].tolist() == [True] * 4 + [False] * 3
    assert up[:, 2].tolist() == [False] * 3 + [True] * 4


def test_a_patch_of_one_cell_and_a_map_of_one_cell():
    torch.manual_seed(0)
    assert ReNet(3, 2)(torch.zeros(2, 3, 1, 1)).shape == (2, 4, 1, 1)
    assert ReNet(3, 2, patch=4)(torch.zeros(1, 3, 4, 4)).shape == (1, 4, 1, 1)


@settings(deadline=None, max_examples=15, derandomize=True)
@given(st.integers(32, 80), st.integers(32, 80), st.sampled_from([(2, 1, 1), (1, 1, 1), (2, 2, 1)]), st.booleans())
def test_any_size_comes_back(height, width, patches, batch_norm):
    model = ReSeg(3, width=1, hidden=2, patches=patches, batch_norm=batch_norm)
    assert model(torch.zeros(2, 3, height, width)).shape == (2, 3, height, width)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_its_features_are_the_first_seven_convolutions_of_vgg(batch_norm):
    ours, vgg = ReSeg(2, width=2, batch_norm=batch_norm).features, vgg_features(2, batch_norm)
    assert sum(isinstance(layer, nn.Conv2d) for layer in ours) == 7
    assert isinstance(ours[-1], nn.ReLU)
    x = torch.randn(1, 3, 32, 48)
    ours.load_state_dict({k: v for k, v in vgg.state_dict().items() if int(k.split(".")[0]) < len(ours)})
    with torch.no_grad():
        found = ours.eval()(x)
        expected = vgg.eval()[: len(ours)](x)
    assert found.shape == (1, 8, 8, 12)
    torch.testing.assert_close(found, expected)


def test_the_resolution_falls_and_comes_back():
    model, sizes = ReSeg(5, width=2, patches=(2, 2, 1)), []
    for layer in model.modules():
        if isinstance(layer, (ReNet, nn.ConvTranspose2d)):
            layer.register_forward_hook(lambda _, x, y: sizes.append(y.shape[-1]))
    model(torch.zeros(2, 3, 64, 96))
    assert sizes == [12, 6, 6, 12, 24, 48, 96]


def test_every_pixel_hears_of_the_whole_picture():
    torch.manual_seed(0)
    model = ReSeg(3, width=2, hidden=4).eval()
    field = gradient_field(model, torch.randn(1, 3, 64, 64), (5, 60))
    cells = field.reshape(16, 4, 16, 4).sum(axis=(1, 3))
    assert (cells > 0).all()


def test_parameters_at_full_size():
    """Counted by hand: VGG-16 to conv3-3; three times two GRUs both ways and a normalisation; the way back."""
    with torch.device("meta"):
        model = ReSeg(12)
    features = 1792 + 36928 + 73856 + 147584 + 295168 + 2 * 590080
    both = [2 * (3 * 100 * (n + 100) + 6 * 100) for n in (4 * 256, 200, 200, 200, 200, 200)]
    norms = 3 * 400 + 200 + 100
    up = 16 * (200 * 100 + 100 * 50 + 50 * 12) + 12
    assert n_parameters(model) == features + sum(both) + norms + up


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReNet(0, 1), r"n_in: expected an integer of at least 1"),
        (lambda: ReNet(1, 0), r"n_hidden: expected an integer of at least 1"),
        (lambda: ReNet(1, 1, patch=0), r"patch: expected an integer of at least 1"),
        (lambda: ReSeg(0), r"n_classes: expected an integer of at least 1"),
        (lambda: ReSeg(2, width=1, patches=(2, 1)), r"patches: expected three powers of 2, got \(2, 1\)"),
        (lambda: ReSeg(2, width=1, patches=(3, 1, 1)), r"patches: expected three powers of 2, got \(3, 1, 1\)"),
        (lambda: ReNet(1, 1, patch=2)(torch.zeros(1, 1, 4, 5)), r"x: expected a map .* multiples of the patch's 2"),
        (lambda: ReSeg(2, width=1)(torch.zeros(1, 3, 1, 1)), r"x: expected at least 32 pixels a side, got 1 x 1"),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_picture_is_padded_to_whole_cells_and_no_more():
    model, seen = ReSeg(2, width=1, hidden=1), []
    model.features.register_forward_pre_hook(lambda _, inputs: seen.append(tuple(inputs[0].shape[-2:])))
    model(torch.zeros(2, 3, 33, 48))
    assert seen == [(40, 48)]


@pytest.mark.parametrize(("width", "hidden"), [(1, 2), (3, 5), (16, 25), (64, 100)])
def test_the_recurrent_networks_grow_with_the_width(width, hidden):
    with torch.device("meta"):
        model = ReSeg(width=width)
    assert [layer.down_up.hidden_size for layer in model.renets if isinstance(layer, ReNet)] == [hidden] * 3
    assert model.upsampling[-1].out_channels == 21


def test_its_features_begin_normal_and_without_biases():
    torch.manual_seed(0)
    for layer in ReSeg(2, width=8, hidden=1).features:
        if isinstance(layer, nn.Conv2d):
            assert float(layer.weight.detach().std()) == pytest.approx((2 / (9 * layer.out_channels)) ** 0.5, rel=0.2)
            assert not layer.bias.any()


def test_on_the_way_back_every_layer_but_the_last_is_rectified():
    model = ReSeg(2, width=1, hidden=1)
    up = ["ConvTranspose2d", "BatchNorm2d", "ReLU"]
    assert [type(layer).__name__ for layer in model.upsampling] == [*up, *up, "ConvTranspose2d"]


def test_an_odd_picture_is_scored_as_the_corner_of_a_padded_one():
    torch.manual_seed(0)
    model, x = ReSeg(2, width=2, hidden=3).eval(), torch.randn(1, 3, 35, 45)
    with torch.no_grad():
        torch.testing.assert_close(model(x), model(whole_cells(x, 8))[..., :35, :45])


def test_a_map_without_its_batch_is_refused():
    with pytest.raises(ValueError, match=r"x: expected a map \(B, C, H, W\)"):
        ReNet(1, 1)(torch.zeros(1, 4, 5))
