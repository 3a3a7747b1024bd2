"""PSPNet's pyramid by hand; the CRF as a network: the dense CRF's own numbers, and gradients by differences."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from seglearn.networks import CRFasRNN, FCN8s, PSPNet, as_tensor, dense_crf_steps, gradient_field, n_parameters
from seglearn.networks.dense_crf import pairwise_kernels
from seglearn.networks.families import Filtered
from seglearn.networks.fcn import whole_cells

SMALL = {"width": 1, "blocks": (1, 1, 1, 1)}
CRF = {"width": 1, "head": 2}


def picture(height=33, width=40, seed=0):
    return np.random.default_rng(seed).integers(256, size=(height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("size", [(32, 32), (50, 77), (40, 33)])
def test_any_size_comes_back(size):
    for model in (PSPNet(3, **SMALL), CRFasRNN(3, **CRF, n_iter=1)):
        assert model(torch.zeros(2, 3, *size)).shape == (2, 3, *size)


# ---- PSPNet


def test_parameters_at_full_size():
    with torch.device("meta"):
        model = PSPNet(21)
    pyramid, merge, score = 4 * (2048 * 512 + 512), 9 * 4096 * 512 + 1024, 512 * 21 + 21
    assert n_parameters(model) == 42_500_160 + pyramid + merge + score


def test_the_pyramid_pools_parts_of_the_map():
    torch.manual_seed(0)
    model = PSPNet(2, **SMALL, bins=(1, 2))
    x = torch.randn(1, 32, 6, 8)
    for level, n in zip(model.pyramid, (1, 2)):
        parts = x.reshape(1, 32, n, 6 // n, n, 8 // n).mean(dim=(3, 5))  # (1, 32, n, n)
        torch.testing.assert_close(level(x), F.relu(F.conv2d(parts, level[1].weight, level[1].bias)))


def test_every_pixel_hears_of_the_whole_picture():
    torch.manual_seed(0)
    model = PSPNet(3, width=4, blocks=(1, 1, 1, 1)).eval()
    torch.nn.init.normal_(model.score.weight)
    x = torch.randn(2, 3, 96, 96)
    field = gradient_field(model, x, (5, 90))
    cells = field.reshape(12, 8, 12, 8).sum(axis=(1, 3))
    assert (cells > 0).all()


@pytest.mark.parametrize("bins", [(), (0,)])
def test_bad_bins_are_refused(bins):
    with pytest.raises(ValueError, match=r"bins: expected"):
        PSPNet(2, **SMALL, bins=bins)


# ---- CRF as RNN


@pytest.mark.parametrize("n_iter", [0, 1, 5])
def test_before_training_it_is_the_dense_crf(n_iter):
    """With Potts' compatibility and one weight a kernel, the layers give the probabilities of `dense_crf`."""
    torch.manual_seed(0)
    model = CRFasRNN(4, **CRF, n_iter=n_iter, appearance=3, smoothness=2).eval()
    unary = 2 * torch.randn(4, 20, 30)
    image = picture(20, 30) / 255
    with torch.no_grad():
        ours = model.mean_field(unary, image).softmax(dim=0).numpy()
    *_, state = dense_crf_steps(unary.softmax(dim=0).numpy(), image, n_iter=n_iter, appearance=3, smoothness=2)
    np.testing.assert_allclose(ours, state.probabilities, atol=1e-4)


def test_it_sees_the_picture_itself():
    """What `as_tensor` did to the colours is undone before they are compared."""
    torch.manual_seed(0)
    model, seen = CRFasRNN(2, **CRF, n_iter=1), []
    model.mean_field = lambda unary, image: seen.append(image) or unary
    image = picture()
    model(as_tensor(image[None]))
    np.testing.assert_allclose(255 * seen[0], image, atol=1e-3)


def test_the_filter_s_gradient_is_that_of_differences():
    torch.manual_seed(0)
    kernels = pairwise_kernels(
        picture(5, 6) / 255, theta_alpha=3.0, theta_beta=60.0, theta_gamma=1.5, appearance=1, smoothness=1
    )
    for kernel in kernels:
        q, g = torch.rand(30, 3), torch.randn(30, 3)
        q.requires_grad_()
        (Filtered.apply(q, kernel) * g).sum().backward()
        for i, k in ((0, 0), (13, 2), (29, 1)):
            step = torch.zeros(30, 3)
            step[i, k] = 1
            with torch.no_grad():  # the filter is linear, so one step of 1 is exact
                difference = ((Filtered.apply(q + step, kernel) - Filtered.apply(q, kernel)) * g).sum()
            assert float(q.grad[i, k]) == pytest.approx(float(difference), abs=1e-4)


def test_a_loss_reaches_the_weights_of_the_crf_and_the_network():
    torch.manual_seed(0)
    model = CRFasRNN(3, width=2, head=4, batch_norm=True, n_iter=3)
    torch.nn.init.normal_(model.network.score.weight)
    x, y = as_tensor(np.stack([picture(), picture(seed=1)])), torch.randint(3, (2, 33, 40))
    before = F.cross_entropy(model(x), y)
    before.backward()
    for name in ("weights", "compatibility", "network.score.weight", "network.features.0.weight"):
        assert model.get_parameter(name).grad.abs().max() > 0, name
    # A small step against the gradient of the CRF's own weights lowers the loss.
    with torch.no_grad():
        for parameter in (model.weights, model.compatibility):
            parameter -= 1e-3 * parameter.grad / parameter.grad.norm()
        assert F.cross_entropy(model(x), y) < before


def test_labels_may_repel_each_other():
    """A learned compatibility of two labels works between the labels: raised, each pushes the other away."""
    torch.manual_seed(0)
    model = CRFasRNN(2, **CRF, n_iter=1)
    unary, image = torch.zeros(2, 6, 6), np.full((6, 6, 3), 0.5)
    unary[0] += 0.5
    with torch.no_grad():
        plain = model.mean_field(unary, image).softmax(dim=0)[0].mean()
        model.compatibility += torch.tensor([[0.0, 1.0], [1.0, 0.0]])
        repelled = model.mean_field(unary, image).softmax(dim=0)[0].mean()
    assert repelled > plain


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"n_iter": -1}, r"n_iter: expected an integer of at least 0"),
        ({"theta_alpha": 0}, r"theta_alpha: expected a number above 0"),
        ({"appearance": 0}, r"appearance: expected a number above 0"),
        ({"n_classes": 0}, r"n_classes: expected an integer of at least 1"),
    ],
)
def test_bad_numbers_are_refused(more, message):
    with pytest.raises(ValueError, match=message):
        CRFasRNN(**{"n_classes": 2} | CRF | more)


def test_a_row_of_the_compatibility_is_the_label_that_hears():
    torch.manual_seed(0)
    model = CRFasRNN(2, **CRF, n_iter=1)
    with torch.no_grad():
        model.compatibility.copy_(torch.tensor([[0.0, 1.0], [0.0, 0.0]]))
        scores = model.mean_field(torch.zeros(2, 6, 6), np.full((6, 6, 3), 0.5))
    assert (scores[0] < -0.1).all()
    assert not scores[1].any()


def test_what_the_pyramid_says_is_enlarged_bilinearly_and_merged():
    torch.manual_seed(0)
    model = PSPNet(2, **SMALL).eval()
    torch.nn.init.normal_(model.score.weight)
    x = torch.randn(1, 3, 50, 77)
    with torch.no_grad():
        maps = model.backbone.features(whole_cells(x, 8))  # (1, 32, 7, 10)
        pooled = [F.interpolate(level(maps), (7, 10), mode="bilinear", align_corners=False) for level in model.pyramid]
        s = model.score(model.merge(torch.cat([maps, *pooled], dim=1)))
        s = F.interpolate(s, (56, 80), mode="bilinear", align_corners=False)
        torch.testing.assert_close(model(x), s[..., :50, :77])


def test_the_pyramid_of_the_paper():
    model = PSPNet(**SMALL)
    assert [level[0].output_size for level in model.pyramid] == [1, 2, 3, 6]
    assert [type(layer).__name__ for layer in model.merge] == ["Conv2d", "BatchNorm2d", "ReLU", "Dropout"]
    assert model.merge[-1].p == 0.1
    assert model.score.out_channels == 21


def test_the_crf_begins_as_the_paper_s():
    model = CRFasRNN(**CRF)
    assert model.n_iter == 5
    assert model.thetas == {"theta_alpha": 60, "theta_beta": 10, "theta_gamma": 3}
    assert model.weights.tolist() == [[3] * 21, [1] * 21]
    assert torch.equal(model.compatibility, -torch.eye(21))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_its_network_is_fcn_8s(batch_norm):
    ours, theirs = (f(3, width=2, head=5, batch_norm=batch_norm) for f in (CRFasRNN, FCN8s))
    assert {k: v.shape for k, v in ours.network.state_dict().items()} == {
        k: v.shape for k, v in theirs.state_dict().items()
    }


def test_each_picture_of_a_batch_has_its_own_crf():
    torch.manual_seed(0)
    model, unary = CRFasRNN(2, **CRF, n_iter=2).eval(), torch.randn(1, 2, 33, 40)
    model.network.register_forward_hook(lambda module, inputs, output: unary.expand_as(output))
    x = as_tensor(np.stack([picture(), picture(seed=1)]))
    with torch.no_grad():
        both, alone = model(x), torch.cat([model(one[None]) for one in x])
    torch.testing.assert_close(both, alone)
    assert not torch.allclose(alone[0], alone[1])


def test_a_gradient_of_the_picture_passes_by_the_filter():
    torch.manual_seed(0)
    model = CRFasRNN(2, **CRF, n_iter=1).eval()
    torch.nn.init.normal_(model.network.score3.weight)
    x = as_tensor(picture()[None]).requires_grad_()
    model(x)[0, 0].sum().backward()
    assert x.grad.abs().max() > 0


@pytest.mark.parametrize("name", ["theta_beta", "theta_gamma", "smoothness"])
def test_the_other_kernel_s_numbers_of_zero_are_refused(name):
    with pytest.raises(ValueError, match=rf"{name}: expected a number above 0, got 0"):
        CRFasRNN(2, **CRF, **{name: 0})
