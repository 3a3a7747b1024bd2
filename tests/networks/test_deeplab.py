"""DeepLab: parameters of the papers, holes that keep what the poolings saw, branches that add up, rates and sizes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from seglearn.networks import ASPP, DeepLabV1, DeepLabV1MSc, DeepLabV2, n_parameters, receptive_field
from seglearn.networks.deeplab import dilated
from seglearn.networks.vgg import poolings, vgg_features

SMALL = {"width": 1, "blocks": (1, 1, 1, 1), "rates": (1, 2)}
NETWORKS = (
    lambda k, **more: DeepLabV1(k, **{"width": 1, "head": 2, "rate": 2} | more),
    lambda k, **more: DeepLabV1MSc(k, **{"width": 1, "head": 2, "rate": 2} | more),
    lambda k, **more: DeepLabV2(k, **SMALL | more),
)


def test_parameters_at_full_size():
    with torch.device("meta"):
        one, more, two = DeepLabV1(21), DeepLabV1MSc(21), DeepLabV2(21)
    assert n_parameters(one) == 20_505_429
    early = sum(9 * n_in * 128 + 128 + 128 * 128 + 128 for n_in in (3, 64, 128, 256, 512))
    assert n_parameters(more) == n_parameters(one) + early + 5 * 128 * 21
    assert n_parameters(two) == 44_048_532


@pytest.mark.parametrize("network", NETWORKS)
@settings(deadline=None, max_examples=12, derandomize=True)
@given(height=st.integers(32, 100), width=st.integers(32, 100), batch=st.integers(1, 2))
def test_any_size_comes_back(network, height, width, batch):
    model = network(3)
    x = torch.zeros(batch, 3, height, width)
    assert model(x).shape == (batch, 3, height, width)
    assert model.coarse(x).shape == (batch, 3, -(-height // 8), -(-width // 8))


@pytest.mark.parametrize("size", [(64, 96), (59, 90)])  # of whole cells; odd: cut and not squeezed
@pytest.mark.parametrize("network", NETWORKS)
def test_scores_are_enlarged_bilinearly(network, size):
    torch.manual_seed(0)
    model = network(3).eval()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, 0, 0.5)
    x = torch.randn(1, 3, *size)
    with torch.no_grad():
        coarse, fine = model.coarse(x), model(x)
    assert coarse.std() > 0
    expected = F.interpolate(coarse, size=(64, 96), mode="bilinear", align_corners=False)
    torch.testing.assert_close(fine, expected[..., : size[0], : size[1]])


def test_early_layers_are_seen_where_they_lie():
    """The picture's own say about a cell comes from around its first pixel, and every pooling's from near it."""
    model = DeepLabV1MSc(2, width=2, head=3, rate=2).eval()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)  # nothing cancels
    poolings = [k + 1 for k, layer in enumerate(model.features) if isinstance(layer, nn.MaxPool2d)]
    x = torch.rand(1, 3, 80, 80, generator=torch.manual_seed(0), requires_grad=True)
    for k, end in enumerate([0, *poolings[:4]]):
        with torch.no_grad():
            model.score.weight.zero_()
            model.score.weight[:, 3 + 4 * k : 7 + 4 * k] = 1  # one of the five alone
        (grad,) = torch.autograd.grad(model.coarse(x)[0, 0, 5, 5], x)
        field = receptive_field(*model.features[:end], *model.early[k])
        middle, reach = 5 * 8 + field.start, (field.size - 1) / 2
        assert field.stride == 8
        assert 0 <= field.start <= 3.5  # inside of the cell
        for where in torch.nonzero(grad[0].sum(0), as_tuple=True):
            assert middle - reach <= where.min() <= middle <= where.max() <= middle + reach
            if k == 0:
                assert (where.min(), where.max()) == (39, 41)


def test_holes_see_what_the_strides_saw():
    """With the same poolings at stride 2, every fourth cell of the dilated map is a cell of the coarse one.

    Seen on rows and columns that no padding reaches.
    """
    torch.manual_seed(0)
    strided = vgg_features(2)
    for k, layer in enumerate(strided):
        if isinstance(layer, nn.MaxPool2d) and k > 20:
            strided[k] = nn.MaxPool2d(1, stride=2)
    holes = dilated(vgg_features(2))
    holes.load_state_dict(strided.state_dict())
    for k, layer in enumerate(holes):
        if isinstance(layer, nn.MaxPool2d) and k > 20:
            holes[k] = nn.Identity()
    x = torch.randn(1, 3, 512, 512)
    with torch.no_grad():
        a, b = strided[:-1](x), holes[:-1](x)
    assert (a.shape[-1], b.shape[-1]) == (32, 64)
    torch.testing.assert_close(b[..., ::2, ::2][..., 6:-6, 6:-6], a[..., 6:-6, 6:-6], atol=1e-5, rtol=1e-4)


def test_what_vgg_has_learned_fits():
    vgg, ours = vgg_features(3).state_dict(), DeepLabV1(2, width=3).features.state_dict()
    assert {k: v.shape for k, v in vgg.items()} == {k: v.shape for k, v in ours.items()}


def test_the_resolution_stays_and_the_field_grows():
    features = dilated(vgg_features(1))
    found = receptive_field(features)
    assert found.stride == 8
    assert found.start == 3.5  # the middle of the first 8 x 8 pixels
    assert receptive_field(features, nn.Conv2d(1, 1, 3, dilation=12)).size == found.size + 8 * 24


def test_aspp_is_the_sum_of_its_branches():
    torch.manual_seed(0)
    aspp = ASPP(4, 3, (1, 3, 5))
    x = torch.randn(2, 4, 9, 11)
    expected = sum(
        F.conv2d(x, branch.weight, branch.bias, padding=rate, dilation=rate)
        for branch, rate in zip(aspp.branches, (1, 3, 5))
    )
    torch.testing.assert_close(aspp(x), expected)
    assert n_parameters(aspp) == 3 * (3 * 4 * 9 + 3)


def test_a_dilated_kernel_by_hand():
    """A single 1 comes out as the kernel's numbers, two cells apart."""
    aspp = ASPP(1, 1, (2,))
    with torch.no_grad():
        aspp.branches[0].weight.copy_(torch.arange(1.0, 10).view(1, 1, 3, 3))
        x = torch.zeros(1, 1, 7, 7)
        x[0, 0, 3, 3] = 1
        out = aspp(x)[0, 0]
    assert out[1::2, 1::2][:3, :3].tolist() == [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    assert out.sum() == 45


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: DeepLabV1(3, width=1, rate=0), ValueError, r"rate: expected an integer of at least 1, got 0"),
        (lambda: DeepLabV1(0, width=1), ValueError, r"n_classes: expected an integer of at least 1"),
        (lambda: DeepLabV2(3, **SMALL | {"rates": (1, 0)}), ValueError, r"rates: expected an integer of at least 1"),
        (lambda: DeepLabV2(3, **SMALL | {"rates": ()}), ValueError, r"rates: expected at least one, got none"),
        (lambda: ASPP(1, 1, (1.5,)), TypeError, r"rates: expected an integer"),
    ],
)
def test_bad_sizes_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "network", [DeepLabV1(3, width=1, head=1, rate=5), DeepLabV2(3, **SMALL | {"rates": (1, 5)})], ids=["V1", "V2"]
)
def test_a_rate_beyond_the_map_is_refused(network):
    assert network(torch.zeros(2, 3, 41, 40)).shape[-1] == 40
    with pytest.raises(ValueError, match=r"rate: expected below the map's 5 cells, of 8 pixels each, got 5"):
        network(torch.zeros(2, 3, 40, 40))
    with pytest.raises(ValueError, match=r"x: expected at least 32 pixels a side, got 31 x 96"):
        network(torch.zeros(1, 3, 31, 96))


@pytest.mark.parametrize(("batch_norm", "between"), [(False, ["ReLU", "Dropout"]), (True, ["BatchNorm2d", "ReLU"])])
def test_what_follows_the_convolutions(batch_norm, between):
    """Dropout of one half, or a normalisation in its place; in the branches of the early layers as well."""
    model = DeepLabV1MSc(2, width=1, head=2, rate=2, batch_norm=batch_norm)
    for part in (model.classifier, *model.early):
        assert [type(layer).__name__ for layer in part] == ["Conv2d", *between] * 2
        assert all(layer.p == 0.5 for layer in part if isinstance(layer, nn.Dropout))


def test_weights_begin_normal_and_biases_at_zero():
    torch.manual_seed(0)
    model, aspp = DeepLabV1MSc(2, width=8, head=64, rate=2), ASPP(64, 8)
    early = [layer for branch in model.early for layer in branch]
    for layer in (*model.features, *model.classifier, *early, *aspp.branches):
        if isinstance(layer, nn.Conv2d):
            spread = 0.01 if layer in aspp.branches else (2 / (layer.out_channels * layer.weight[0, 0].numel())) ** 0.5
            assert float(layer.weight.detach().std()) == pytest.approx(spread, rel=0.2)
            assert not layer.bias.any()
    assert not model.score.weight.any()


def test_rates_and_classes_of_the_papers():
    small = {"width": 1, "blocks": (1, 1, 1, 1)}
    for model in (DeepLabV1(width=1, head=1), DeepLabV1MSc(width=1, head=1)):
        assert model.classifier[0].dilation == model.classifier[0].padding == (12, 12)
        assert model.score.out_channels == 21
    for aspp in (DeepLabV2(**small).aspp, ASPP(1, 21)):
        assert [branch.dilation for branch in aspp.branches] == [(6, 6), (12, 12), (18, 18), (24, 24)]
        assert {branch.out_channels for branch in aspp.branches} == {21}


def test_with_early_layers_too_a_rate_beyond_the_map_is_refused():
    network = DeepLabV1MSc(3, width=1, head=1, rate=5)
    assert network(torch.zeros(1, 3, 41, 40)).shape[-1] == 40
    with pytest.raises(ValueError, match=r"rate: expected below the map's 5 cells, of 8 pixels each, got 5"):
        network(torch.zeros(1, 3, 40, 40))


def test_all_five_poolings_take_the_largest():
    pools = [layer for layer in dilated(vgg_features(1)) if not isinstance(layer, (nn.Conv2d, nn.ReLU))]
    assert [type(pool) for pool in pools] == [nn.MaxPool2d] * 5
    assert [(pool.kernel_size, pool.stride, pool.padding) for pool in pools] == [(2, 2, 0)] * 3 + [(3, 1, 1)] * 2


def test_the_early_layers_read_the_picture_and_the_first_four_poolings():
    model, seen = DeepLabV1MSc(2, width=1, head=2, rate=2).eval(), []
    for branch in model.early:
        branch.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    x = torch.randn(1, 3, 64, 64, generator=torch.manual_seed(0))
    with torch.no_grad():
        model(x)
        for found, expected in zip(seen, [x, *poolings(model.features, x)[:4]], strict=True):
            assert torch.equal(found, expected)
