"""The transposed convolution: by hand, against PyTorch, as the transpose of a convolution, watched and run."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from seglearn.networks import bilinear_kernel, transposed_convolution, transposed_convolution_steps


def test_by_hand():
    start, first, second = transposed_convolution_steps([[1, 2]], [[1, 10], [100, 1000]], stride=1)
    assert (start.n_stamps, start.row, start.col) == (0, -1, -1)
    assert not start.output.any()
    assert (first.row, first.col, first.top, first.left) == (0, 0, 0, 0)
    assert first.output.tolist() == [[1, 10, 0], [100, 1000, 0]]
    assert (second.n_stamps, second.col, second.left) == (2, 1, 1)
    assert second.output.tolist() == [[1, 12, 20], [100, 1200, 2000]]


cases = st.tuples(
    st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2), st.integers(0, 999)
)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(cases)
def test_as_pytorch_and_as_the_transpose_of_a_convolution(case):
    height, width, size, stride, padding, seed = case
    padding = min(padding, (size - 1) // 2)
    rng = np.random.default_rng(seed)
    x, kernel = rng.standard_normal((height, width)), rng.standard_normal((size, size))
    ours = transposed_convolution(x, kernel, stride=stride, padding=padding)
    x, kernel = torch.from_numpy(x)[None, None], torch.from_numpy(kernel)[None, None]
    theirs = F.conv_transpose2d(x, kernel, stride=stride, padding=padding)[0, 0].numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    *_, last = transposed_convolution_steps(x[0, 0].numpy(), kernel[0, 0].numpy(), stride=stride, padding=padding)
    np.testing.assert_array_equal(last.output, ours)
    assert last.n_stamps == height * width
    y = torch.from_numpy(rng.standard_normal(ours.shape))
    down = F.conv2d(y[None, None], kernel, stride=stride, padding=padding)
    assert float((down * x).sum()) == pytest.approx(float((y.numpy() * ours).sum()), abs=1e-9)


def test_with_the_bilinear_kernel_a_slope_goes_on():
    x = np.add.outer(np.arange(5.0), 2 * np.arange(6.0))
    fine = transposed_convolution(x, bilinear_kernel(2).numpy(), stride=2, padding=1)
    rows, cols = (np.arange(n) / 2 - 0.25 for n in fine.shape)
    np.testing.assert_allclose(fine[2:-2, 2:-2], np.add.outer(rows, 2 * cols)[2:-2, 2:-2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(x=[1, 2], kernel=[[1]]), r"x: expected numbers \(H, W\)"),
        (dict(x=[[np.nan]], kernel=[[1]]), r"x: expected finite values"),
        (dict(x=[[1]], kernel=[[1, 2]]), r"kernel: expected a square one \(k, k\), got shape \(1, 2\)"),
        (dict(x=[[1]], kernel=[[1]], stride=0), r"stride: expected an integer of at least 1"),
        (dict(x=[[1]], kernel=[[1]], padding=-1), r"padding: expected an integer of at least 0"),
        (dict(x=[[1]], kernel=np.ones((4, 4)), padding=2), r"padding: expected one that leaves something .* got 2"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    for function in (transposed_convolution, transposed_convolution_steps):
        with pytest.raises(ValueError, match=message):
            function(**arguments)


def test_with_padding_a_stamp_begins_outside():
    _, first, second = transposed_convolution_steps([[1, 2]], np.ones((3, 3)), stride=2, padding=1)
    assert (first.top, first.left, second.top, second.left) == (-1, -1, -1, 1)
