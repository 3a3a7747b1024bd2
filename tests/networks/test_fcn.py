"""FCN: parameters of the paper, bilinear kernels by hand and against interpolation, skips that begin at zero, sizes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from seglearn.networks import FCN8s, FCN16s, FCN32s, bilinear_kernel, n_parameters
from seglearn.networks.fcn import upsampling, whole_cells

NETWORKS = (FCN32s, FCN16s, FCN8s)
FEATURES = 14_714_688
FC67 = (49 * 512 + 1) * 4096 + (4096 + 1) * 4096


@pytest.mark.parametrize(
    ("network", "extra"),
    [
        (FCN32s, 21 * 4097 + 21**2 * 64**2),
        (FCN16s, 21 * (4097 + 513) + 21**2 * (4**2 + 32**2)),
        (FCN8s, 21 * (4097 + 513 + 257) + 21**2 * (2 * 4**2 + 16**2)),
    ],
)
def test_parameters_at_full_size(network, extra):
    with torch.device("meta"):
        full = network(21)
    assert n_parameters(full) == FEATURES + FC67 + extra
    if network is FCN8s:
        assert n_parameters(full) == 134_489_759


def test_each_skip_adds_numbers_to_learn():
    """With the fixed interpolation, which shrinks from 64 x 64 to 16 x 16, there seem to be less of them."""
    small = [network(7, width=16, head=128, batch_norm=True) for network in NETWORKS]
    assert [n_parameters(model, learned=True) for model in small] == [1_743_767, 1_745_454, 1_746_693]
    assert [n_parameters(model) for model in small] == [1_944_471, 1_795_630, 1_759_237]


@pytest.mark.parametrize("network", NETWORKS)
@settings(deadline=None, max_examples=12, derandomize=True)
@given(height=st.integers(32, 130), width=st.integers(32, 130), batch=st.integers(1, 2))
def test_any_size_comes_back(network, height, width, batch):
    model = network(3, width=1, head=2)
    assert model(torch.zeros(batch, 3, height, width)).shape == (batch, 3, height, width)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_it_begins_with_equal_scores_and_learns_at_once(network, batch_norm):
    torch.manual_seed(0)
    model = network(3, width=2, head=4, batch_norm=batch_norm)
    x, y = torch.randn(2, 3, 64, 64), torch.randint(3, (2, 64, 64))
    scores = model(x)
    assert not scores.any()
    F.cross_entropy(scores, y).backward()
    assert model.score.weight.grad.abs().max() > 0
    last = max((n for n, _ in model.named_children() if n.startswith("up")), key=lambda n: int(n[2:]))
    assert [name for name, p in model.named_parameters() if not p.requires_grad] == [f"{last}.weight"]


def scored(network, **values):
    """A network whose scoring layers ignore what comes in and say these numbers for their one class."""
    torch.manual_seed(0)
    model = network(1, width=1, head=1).eval()
    with torch.no_grad():
        for name, value in values.items():
            getattr(model, name).bias.fill_(value)
        return model(torch.zeros(1, 3, 224, 224))[0, 0]


def test_the_skips_are_added_at_their_place():
    """Away from the border, upsampling keeps a constant: so the sum of what the three layers say comes out."""
    middle = slice(96, 128)
    for values, network in [
        ({"score": 3.0}, FCN32s),
        ({"score": 3.0, "score4": 10.0}, FCN16s),
        ({"score": 3.0, "score4": 10.0, "score3": 100.0}, FCN8s),
    ]:
        out = scored(network, **values)
        torch.testing.assert_close(out[middle, middle], torch.full((32, 32), sum(values.values())))


@pytest.mark.parametrize(("network", "stride"), [(FCN32s, 32), (FCN16s, 16), (FCN8s, 8)])
def test_the_finest_cell_has_the_size_of_its_name(network, stride):
    """A change of one cell of the finest scores reaches two cells around, and no pixel more."""
    torch.manual_seed(0)
    model = network(1, width=1, head=1).eval()
    finest = {32: "score", 16: "score4", 8: "score3"}[stride]
    changed = {}

    def bump(module, inputs, output):
        out = output.clone()
        out[0, 0, 2, 1] += 1
        return out

    x = torch.zeros(1, 3, 160, 160)
    with torch.no_grad():
        before = model(x)
        getattr(model, finest).register_forward_hook(bump)
        changed = (model(x) - before)[0, 0].nonzero()
    top, left = changed.min(0).values.tolist()
    bottom, right = (changed.max(0).values + 1).tolist()
    half = stride // 2
    assert (top, left, bottom, right) == (2 * stride - half, stride - half, 3 * stride + half, 2 * stride + half)


# ---- the bilinear kernel


def test_bilinear_kernel_by_hand():
    one, three = 1 / 4, 3 / 4
    row = torch.tensor([one, three, three, one])
    assert torch.equal(bilinear_kernel(2), row[:, None] * row)


@pytest.mark.parametrize("factor", [2, 8, 16, 32])
def test_upsampling_begins_as_interpolation(factor):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 5, 6)
    with torch.no_grad():
        ours = upsampling(3, factor)(x)
    theirs = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    assert ours.shape == theirs.shape
    inside = slice(factor, -factor)  # at the frame the paper's layer sees zeros
    torch.testing.assert_close(ours[..., inside, inside], theirs[..., inside, inside], atol=1e-5, rtol=0)
    assert float(bilinear_kernel(factor).sum()) == pytest.approx(factor**2)


@pytest.mark.parametrize(("factor", "error"), [(3, ValueError), (0, ValueError), (2.0, TypeError)])
def test_bad_factors_are_refused(factor, error):
    with pytest.raises(error, match="factor: expected an"):
        bilinear_kernel(factor)


def test_padding_repeats_the_last_row_and_column():
    x = torch.arange(3 * 33 * 40.0).view(1, 3, 33, 40)
    padded = whole_cells(x)
    assert padded.shape == (1, 3, 64, 64)
    assert torch.equal(padded[..., :33, :40], x)
    assert torch.equal(padded[..., 50, 60], x[..., -1, -1])
    assert whole_cells(torch.zeros(1, 3, 64, 32)).shape == (1, 3, 64, 32)


@pytest.mark.parametrize("network", NETWORKS)
def test_bad_pictures_are_refused(network):
    model = network(3, width=1, head=1)
    with pytest.raises(ValueError, match=r"x: expected at least 32 pixels a side, got 31 x 96"):
        model(torch.zeros(1, 3, 31, 96))
    with pytest.raises(ValueError, match=r"x: expected pictures \(B, 3, H, W\), got shape \(1, 1, 96, 96\)"):
        model(torch.zeros(1, 1, 96, 96))
    with pytest.raises(ValueError, match=r"x: expected pictures \(B, 3, H, W\), got shape \(5,\)"):
        model(torch.zeros(5))
    with pytest.raises(TypeError, match=r"x: expected a tensor of float, got list"):
        model([1, 2])


@pytest.mark.parametrize("network", NETWORKS)
def test_an_odd_picture_is_scored_as_the_corner_of_a_padded_one(network):
    torch.manual_seed(0)
    model = network(2, width=2, head=4).eval()
    for name, layer in model.named_children():
        if name.startswith("score"):
            nn.init.normal_(layer.weight)
    x = torch.randn(1, 3, 70, 90)
    with torch.no_grad():
        odd, whole = model(x), model(whole_cells(x))
    assert odd.std() > 0
    torch.testing.assert_close(odd, whole[..., :70, :90])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(("batch_norm", "between"), [(False, ["ReLU", "Dropout"]), (True, ["BatchNorm2d", "ReLU"])])
def test_what_follows_fc6_and_fc7(network, batch_norm, between):
    model = network(2, width=1, head=2, batch_norm=batch_norm)
    assert [type(layer).__name__ for layer in model.classifier] == ["Conv2d", *between] * 2
    assert all(layer.p == 0.5 for layer in model.classifier if isinstance(layer, nn.Dropout))
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in model.features) is batch_norm


@pytest.mark.parametrize("network", NETWORKS)
def test_weights_begin_normal_and_biases_at_zero(network):
    torch.manual_seed(0)
    model = network(width=8, head=32)
    for layer in (*model.features, *model.classifier):
        if isinstance(layer, nn.Conv2d):
            spread = (2 / (layer.out_channels * layer.weight[0, 0].numel())) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.2)
            assert not layer.bias.any()
    assert model.score.out_channels == 21  # of VOC
