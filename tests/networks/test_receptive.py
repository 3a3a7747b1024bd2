"""Receptive fields: by hand, and by the support of the gradient of the layers themselves."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seglearn.networks import gradient_field, receptive_field
from seglearn.networks.vgg import vgg_features

conv = nn.Conv2d


def extent(field):
    rows, cols = np.flatnonzero(field.any(axis=1)), np.flatnonzero(field.any(axis=0))
    return rows[0], rows[-1] + 1, cols[0], cols[-1] + 1


def test_by_hand():
    assert receptive_field() == receptive_field(nn.ReLU())
    found = receptive_field(conv(1, 1, 3, padding=1), nn.MaxPool2d(2), conv(1, 1, 3, padding=1))
    # 3; the pooling adds 1 pixel at stride 1; the last kernel adds 2 steps of 2 pixels.
    assert (found.size, found.stride, found.start) == (3 + 1 + 4, 2, 0.5)
    found = receptive_field(conv(1, 1, 7, stride=2, padding=3))
    assert (found.size, found.stride, found.start) == (7, 2, 0)
    assert receptive_field(nn.AvgPool2d(3, stride=1)).size == 3


def test_vgg_sees_212_pixels():
    found = receptive_field(vgg_features(1))
    assert (found.size, found.stride) == (212, 32)


def test_the_example_of_the_docstring():
    assert repr(receptive_field(conv(1, 1, 3), conv(1, 1, 3, dilation=2))) == (
        "ReceptiveField(size=7, stride=1, start=3.0)"
    )


layers = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(layers)
def test_the_gradient_reaches_as_far_as_the_formula_says(layers):
    torch.manual_seed(0)
    chain = nn.Sequential(*(conv(1, 1, k, stride=s, padding=p, dilation=d) for k, d, s, p in layers))
    for layer in chain:
        nn.init.uniform_(layer.weight, 0.5, 1)  # nothing cancels out
    theory = receptive_field(chain)
    side = theory.size + 12 * theory.stride + 40
    x = torch.zeros(1, 1, side, side)
    cell = tuple(n // 2 for n in chain(x).shape[-2:])
    top, bottom, left, right = extent(gradient_field(chain, x, cell))
    # Kernels with gaps (a stride beyond the kernel) are seen through: only the ends are compared.
    middle = theory.start + theory.stride * cell[0]
    assert (bottom - top, right - left) == (theory.size, theory.size)
    assert (top + bottom - 1) / 2 == pytest.approx(middle)


def test_the_gradient_by_hand():
    layer = conv(2, 1, 3, padding=1, bias=False)
    with torch.no_grad():
        layer.weight[0, 0] = torch.arange(9.0).view(3, 3)
        layer.weight[0, 1] = -1
    field = gradient_field(layer, torch.zeros(3, 2, 5, 6), (2, 3))
    assert field.shape == (5, 6)
    np.testing.assert_allclose(field[1:4, 2:5], np.arange(9).reshape(3, 3) + 1)
    assert field.sum() == np.arange(9).sum() + 9
    np.testing.assert_array_equal(field, gradient_field(layer, torch.zeros(1, 2, 5, 6)))


@pytest.mark.parametrize(
    ("layer", "error", "message"),
    [
        (nn.Linear(3, 3), TypeError, r"layers: expected convolutions, poolings .* got Linear"),
        (conv(1, 1, (3, 5)), ValueError, r"layers: expected as much kernel_size along rows .* got \(3, 5\)"),
    ],
)
def test_other_layers_are_refused(layer, error, message):
    with pytest.raises(error, match=message):
        receptive_field(nn.Sequential(nn.ReLU(), layer))


@pytest.mark.parametrize("pixel", [(8, 0), (0, -1)])
def test_a_pixel_outside_is_refused(pixel):
    with pytest.raises(ValueError, match=r"pixel: expected an integer from 0 to 7"):
        gradient_field(conv(1, 1, 1), torch.zeros(1, 1, 8, 8), pixel)
