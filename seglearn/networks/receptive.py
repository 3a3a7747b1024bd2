"""How far a network sees: the field that its layers allow, and the one that its numbers use."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from seglearn import checks

POINTWISE = (nn.ReLU, nn.BatchNorm2d, nn.Dropout, nn.Identity)
WINDOWS = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)


@dataclass(frozen=True)
class ReceptiveField:
    """What one cell of a chain's output sees of its input, along rows or columns."""

    size: int  # pixels from the first to the last one that it can see
    stride: int  # pixels between the middles of two neighbouring cells
    start: float  # of the first cell's middle, in pixels from the middle of the first pixel; padding moves it


def receptive_field(*layers) -> ReceptiveField:
    """Return what a cell at the end of a chain of layers can see at its beginning.

    r <- r + d (k - 1) j,  j <- s j:  k, d, s: a layer's kernel, dilation and stride; j: the stride so far; r = j = 1

    Parameters
    ----------
    layers : convolutions, poolings, layers without neighbours (ReLU, normalisation, dropout), or nn.Sequential of
        them, in their order; kernels as wide as high.

    Returns
    -------
    ReceptiveField : of a VGG-16's features, `size` is 212 and `stride` 32.

    Example
    -------
    >>> receptive_field(nn.Conv2d(1, 1, 3), nn.Conv2d(1, 1, 3, dilation=2))
    ReceptiveField(size=7, stride=1, start=3.0)

    Raises
    ------
    TypeError : a layer of another kind. ValueError : a kernel that isn't square.

    Source: A. Araujo, W. Norris and J. Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill
    2019, equations 2 to 4. Lecture 4.6.2.1, figure 4-22.
    """
    size, stride, start = 1, 1, 0.0
    for layer in _chain(layers):
        if isinstance(layer, WINDOWS):
            kernel, dilation, step, padding = (
                _side(layer, n) for n in ("kernel_size", "dilation", "stride", "padding")
            )
            reach = dilation * (kernel - 1)
            size, start, stride = size + reach * stride, start + (reach / 2 - padding) * stride, stride * step
        elif not isinstance(layer, POINTWISE):
            checks.fail(
                "layers", "convolutions, poolings and layers without neighbours", type(layer).__name__, TypeError
            )
    return ReceptiveField(size, stride, start)


def gradient_field(network, x, pixel=None) -> np.ndarray:
    """Return how much one pixel of what a network gives depends on each pixel of what it sees.

    g(q)  =  mean over b of sum_c |d sum_k s_b(p)[k] / d x_b(q)[c]|

    Parameters
    ----------
    network : a function from (B, C, H, W) to (B, K, h, w), such as an nn.Module; its mode is left as it is.
    x : (B, C, H, W) float, the pictures over which the mean is taken.
    pixel : (row, col) p of the output, from 0; None takes the middle one.

    Returns
    -------
    (H, W) float64 of at least 0; where it is 0, the pixel isn't seen.

    Example
    -------
    >>> field = gradient_field(nn.Conv2d(3, 1, 5, padding=2), torch.rand(1, 3, 32, 32))

    Raises
    ------
    ValueError : a pixel outside the output.

    Source: W. Luo, Y. Li, R. Urtasun and R. Zemel, "Understanding the Effective Receptive Field in Deep Convolutional
    Neural Networks", NIPS 2016, section 2. Lecture 4.6.2 and 4.6.3, figures 4-22 and 4-21 (ii).
    """
    x = x.detach().clone().requires_grad_()
    scores = network(x)  # (B, K, h, w)
    height, width = scores.shape[-2:]
    row, col = (height // 2, width // 2) if pixel is None else pixel
    row, col = checks.integer(row, "pixel", 0, height - 1), checks.integer(col, "pixel", 0, width - 1)
    (gradient,) = torch.autograd.grad(scores[..., row, col].sum(), x)  # (B, C, H, W)
    return gradient.abs().sum(dim=1).mean(dim=0).double().numpy()  # (H, W)


def _chain(layers):
    for layer in layers:
        if isinstance(layer, nn.Sequential):
            yield from _chain(layer)
        else:
            yield layer


def _side(layer, name):
    """Return a layer's kernel size, dilation, stride or padding; an average pooling has no dilation."""
    value = getattr(layer, name, 1)
    if isinstance(value, tuple):
        if len(set(value)) > 1:
            checks.fail("layers", f"as much {name} along rows as along columns", value)
        value = value[0]
    return value
