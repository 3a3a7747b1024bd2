"""The solutions of the exercises of 4.6, worked by hand and against the package, and in the notebook."""

from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from seglearn import metrics
from seglearn.exercises import check
from seglearn.exercises.networks import EXERCISES as ALL
from seglearn.networks import bilinear_kernel, receptive_field, transposed_convolution

EXERCISES = {exercise.name: exercise for exercise in ALL}
SOURCE = Path(__file__).parents[2] / "notebooks" / "source" / "4.6_deep_learning.md"
BY_HAND = [
    ("4.6-output-size", (7, 3, 2, 1), 4),  # 9 with the zeros: the kernel begins at 0, 2, 4 and 6
    ("4.6-output-size", (8, 3, 2, 0), 3),  # at 0, 2 and 4; what is left is narrower than the kernel
    ("4.6-transposed", (np.array([[1, 2]]), np.array([[1, 10], [100, 1000]]), 1), [[1, 12, 20], [100, 1200, 2000]]),
    ("4.6-transposed", (np.array([[1, 2]]), np.ones((2, 2)), 3), [[1, 1, 0, 2, 2], [1, 1, 0, 2, 2]]),
    ("4.6-bilinear-kernel", (2,), np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16),
    ("4.6-mean-iou", (np.array([[5, 1, 0], [2, 4, 0], [0, 0, 0]]),), (5 / 8 + 4 / 7) / 2),
    ("4.6-remap", (np.array([[7, 0], [11, 7]]), [7, 11]), [[0, 255], [1, 0]]),
    ("4.6-dilated", (np.arange(7.0) ** 2, np.array([1, -2, 1]), 2), [8, 8, 8]),  # second difference over 2: 2 * 2^2
    ("4.6-same-padding", (3, 6), 6),
    ("4.6-same-padding", (5, 2), 4),
    ("4.6-receptive-field", ([3, 3, 3], [1, 1, 1], [1, 2, 4]), 15),  # 1 + 2 + 4 + 8
    ("4.6-receptive-field", ([3, 2, 3], [1, 2, 1], [1, 1, 1]), 8),  # 1 + 2 + 1 + 2 * 2
    ("4.6-pairwise-weight", (np.array([3, 4]), np.zeros(2), np.full(3, 9), np.full(3, 9), 5, 8), np.exp(-0.5)),
    (
        "4.6-mean-field",
        (np.array([[0.9, 0.1], [0.5, 0.5]]), np.array([[0, 1], [1, 0]]), np.array([[1, 0], [0, 1]])),
        [np.array([0.9, 0.1 * np.e]) / (0.9 + 0.1 * np.e), np.array([np.e, 1]) / (np.e + 1)],
    ),
    ("4.6-patches", (np.arange(8).reshape(2, 4, 1), 2), [[[0, 1, 4, 5], [2, 3, 6, 7]]]),
    ("4.6-sweep", (np.array([[1, 0], [0, 0]]), 1, 1), [[np.tanh(1), 0], [np.tanh(np.tanh(1)), 0]]),
    ("4.6-pyramid", (np.array([[1, 3, 0, 4]]).repeat(2, axis=0), 2), [[2, 2, 2, 2]] * 2),
]  # fmt: skip
REFERENCES = {
    "4.6-output-size": lambda size, kernel, stride, padding: F.conv1d(
        torch.zeros(1, 1, size), torch.zeros(1, 1, kernel), stride=stride, padding=padding
    ).shape[-1],
    "4.6-transposed": lambda x, kernel, stride: transposed_convolution(x, kernel, stride=stride),
    "4.6-bilinear-kernel": lambda factor: bilinear_kernel(factor).numpy(),
    "4.6-dilated": lambda signal, kernel, rate: F.conv1d(
        torch.from_numpy(signal)[None, None], torch.from_numpy(kernel)[None, None], dilation=rate
    )[0, 0].numpy(),
    "4.6-receptive-field": lambda kernels, strides, dilations: (
        receptive_field(
            *(torch.nn.Conv2d(1, 1, k, stride=s, dilation=d) for k, s, d in zip(kernels, strides, dilations))
        ).size
    ),
    "4.6-pyramid": lambda x, n: F.interpolate(
        F.adaptive_avg_pool2d(torch.from_numpy(x)[None, None], n), size=x.shape, mode="nearest"
    )[0, 0].numpy(),
    "4.6-mean-iou": lambda confusion: metrics.mean_iou(*_maps(confusion)),
}


def _maps(confusion):
    """A prediction and a truth with these counts, one pixel after the other."""
    truth, prediction = (np.repeat(index.ravel(), confusion.ravel()) for index in np.indices(confusion.shape))
    return prediction[None], truth[None]


@pytest.mark.parametrize(("name", "arguments", "expected"), BY_HAND)
def test_solution_worked_by_hand(name, arguments, expected):
    np.testing.assert_allclose(EXERCISES[name].solution(*arguments), expected, rtol=1e-12)


def test_every_solution_is_worked_by_hand():
    assert {name for name, _arguments, _expected in BY_HAND} == set(EXERCISES)


@pytest.mark.parametrize("name", REFERENCES)
def test_solution_agrees_with_the_reference(name):
    assert check(name, REFERENCES[name]).status == "right"


def test_the_solutions_in_the_notebook_are_right():
    found, space = set(), {"np": np}
    for cell in jupytext.read(SOURCE).cells:
        if "exercise" in cell.metadata.get("tags", []):
            name = cell.source.split('check("')[1].split('"')[0]
        elif "solution" in cell.metadata.get("tags", []):
            exec(cell.source, space)
            assert check(name, space[cell.source.split("def ")[1].split("(")[0]]).status == "right"
            found.add(name)
    assert found == set(EXERCISES)
