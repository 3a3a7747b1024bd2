"""Transposed convolution: every input stamps the kernel onto the output, and the stamps add up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from seglearn import checks


@dataclass(frozen=True)
class TransposedState:
    """The output after so many stamps; at the start, none."""

    n_stamps: int
    row: int  # of the input that stamped last, -1 at the start
    col: int
    top: int  # where its stamp begins in the output; below 0 where the padding cuts it
    left: int
    output: np.ndarray  # (H', W') float64


def transposed_convolution(x, kernel, *, stride=1, padding=0) -> np.ndarray:
    """Return the transposed convolution of a map, the lecture's deconvolution.

    y[s i + a - p, s j + b - p]  +=  x[i, j] k[a, b],  for every input (i, j) and every tap (a, b)

    Parameters
    ----------
    x : (H, W) numbers.
    kernel : (k, k) numbers.
    stride : int of at least 1, the distance s between two stamps: how many times larger the map becomes.
    padding : int from 0, the p rows and columns that are cut off on every side.

    Returns
    -------
    (H', W') float64, H' = s (H - 1) + k - 2 p, and W' alike.

    It is the transpose, as a matrix, of the convolution of the same kernel, stride and padding: the map by which a
    gradient runs back through it. It isn't that convolution's inverse.

    Example
    -------
    >>> transposed_convolution([[1, 2]], [[1, 1], [1, 1]], stride=1)
    array([[1., 3., 2.],
           [1., 3., 2.]])

    Raises
    ------
    ValueError, TypeError : no (H, W), a kernel that isn't square, a stride below 1, a padding that leaves nothing.

    Source: J. Long, E. Shelhamer and T. Darrell, CVPR 2015, section 3.3; V. Dumoulin and F. Visin, "A guide to
    convolution arithmetic for deep learning", arXiv 1603.07285 (2016), chapter 4. Lecture 4.6.1, figure 4-17.
    """
    for state in _stamp(*_prepare(x, kernel, stride, padding)):  # noqa: B007
        pass
    return state.output


def transposed_convolution_steps(x, kernel, *, stride=1, padding=0) -> Iterator[TransposedState]:
    """Yield a `TransposedState` of the empty output and of every stamp; arguments as in `transposed_convolution`."""
    states = _stamp(*_prepare(x, kernel, stride, padding))
    return (replace(state, output=state.output.copy()) for state in states)


def _prepare(x, kernel, stride, padding):
    x, kernel = checks.field(x, "x"), checks.field(kernel, "kernel")
    if kernel.shape[0] != kernel.shape[1]:
        checks.fail("kernel", "a square one (k, k)", f"shape {kernel.shape}")
    stride = checks.integer(stride, "stride", 1)
    padding = checks.integer(padding, "padding", 0)
    if any(stride * (n - 1) + len(kernel) - 2 * padding < 1 for n in x.shape):
        checks.fail("padding", "one that leaves something of the output", padding)
    return x, kernel, stride, padding


def _stamp(x, kernel, stride, padding):
    """The loop. It stamps onto the whole output; what the padding cuts off is never shown."""
    size = len(kernel)
    whole = np.zeros(tuple(stride * (n - 1) + size for n in x.shape))
    output = whole[padding : len(whole) - padding, padding : whole.shape[1] - padding]
    yield TransposedState(0, -1, -1, 0, 0, output)
    for n, (i, j) in enumerate(np.ndindex(x.shape), start=1):
        top, left = stride * i, stride * j
        whole[top : top + size, left : left + size] += x[i, j] * kernel
        yield TransposedState(n, i, j, top - padding, left - padding, output)
