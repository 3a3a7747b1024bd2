"""Exercises on convolutions and their sizes: what goes in, what comes out, the way back, the kernel with holes."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def output_size(size, kernel, stride, padding):
    """How many outputs a convolution has along one side."""
    return (size + 2 * padding - kernel) // stride + 1


def transposed(x, kernel, stride):
    """The transposed convolution: every input stamps the kernel, times its value, `stride` apart; stamps add up."""
    size = len(kernel)
    out = np.zeros(tuple(stride * (n - 1) + size for n in x.shape))
    for i, j in np.ndindex(x.shape):
        out[stride * i : stride * i + size, stride * j : stride * j + size] += x[i, j] * kernel
    return out


def bilinear(factor):
    """The kernel (2f, 2f) with which a transposed convolution of stride f interpolates bilinearly."""
    tent = 1 - np.abs(np.arange(2 * factor) + 0.5 - factor) / factor
    return np.outer(tent, tent)


def dilated(signal, kernel, rate):
    """The answers of a kernel whose taps lie `rate` apart, wherever it fits into the signal."""
    reach = rate * (len(kernel) - 1)
    return np.array([signal[i : i + reach + 1 : rate] @ kernel for i in range(len(signal) - reach)])


def padding(kernel, rate):
    """The zeros to add on each side so that a kernel with holes, at stride 1, keeps the size of its map."""
    return rate * (kernel - 1) // 2


def _stamp(how):
    """A transposed convolution that puts a stamp by the rule `how(out, here, stamp)`."""

    def apply(x, kernel, stride):
        size = len(kernel)
        out = np.zeros(tuple(stride * (n - 1) + size for n in x.shape))
        for i, j in np.ndindex(x.shape):
            here = slice(stride * i, stride * i + size), slice(stride * j, stride * j + size)
            out[here] = how(out[here], x[i, j] * kernel)
        return out

    return apply


def _sizes(rng, size):
    kernel = int(rng.integers(1, 6))
    return int(kernel + rng.integers(0, 4 + 3 * size)), kernel, int(rng.integers(1, 4)), int(rng.integers(0, 3))


def _map(rng, size):
    shape, side = rng.integers(1, 2 + size // 4, 2), rng.integers(2, 4)
    return (
        rng.integers(1, 9, shape).astype(float),
        rng.integers(-3, 5, (side, side)).astype(float),
        int(rng.integers(1, 4)),
    )


def _factor(rng, size):
    return (2 * int(rng.integers(1, 2 + size // 3)),)


def _signal(rng, size):
    taps, rate = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    length = rate * (taps - 1) + 1 + int(rng.integers(0, 2 + size))
    return rng.integers(-5, 10, length).astype(float), rng.integers(-3, 5, taps).astype(float), rate


def _odd(rng, size):
    return 2 * int(rng.integers(1, 3 + size // 6)) + 1, int(rng.integers(1, 3 + size))


_ONES = np.ones((3, 3))
_TENT = np.array([[1.0, 2.0], [3.0, 5.0]])

EXERCISES = (
    Exercise(
        "4.6-output-size",
        output_size,
        _sizes,
        ((224, 3, 1, 1), (224, 2, 2, 0), (7, 7, 1, 0), (224, 7, 2, 3)),
        (
            Slip(
                lambda size, kernel, stride, padding: (size + padding - kernel) // stride + 1,
                mark("The padding stands on both sides: it counts twice."),
            ),
            Slip(
                lambda size, kernel, stride, padding: (size - kernel) // stride + 1,
                mark("The zeros around the map are forgotten: add 2 · padding."),
            ),
            Slip(
                lambda size, kernel, stride, padding: (size + 2 * padding - kernel) // stride,
                mark("The kernel fits once before its first step: add 1."),
            ),
            Slip(
                lambda size, kernel, stride, padding: -(-(size + 2 * padding - kernel) // stride) + 1,
                mark("What is left over at the end gives no output: round down."),
            ),
            Slip(
                lambda size, kernel, stride, padding: (size + 2 * padding - kernel) / stride + 1,
                mark("A number of outputs is a whole one: divide by // ."),
            ),
            Slip(
                lambda size, kernel, stride, padding: size + 2 * padding - kernel + 1,
                mark("The stride is forgotten: the kernel moves so many pixels at a time."),
            ),
            Slip(
                lambda size, kernel, stride, padding: (size + 2 * padding) // stride + 1 - kernel,
                mark("Take the kernel off before you divide by the stride."),
            ),
        ),
    ),
    Exercise(
        "4.6-transposed",
        transposed,
        _map,
        ((np.array([[1.0, 2.0]]), _ONES, 2), (_TENT, _TENT, 1), (_TENT, _TENT, 3)),
        (
            Slip(
                _stamp(lambda before, stamp: stamp),
                mark("Where stamps overlap, the last one wins here; add them up with +=."),
            ),
            Slip(
                _stamp(lambda before, stamp: before + stamp[::-1, ::-1]),
                mark("The kernel is turned around; stamp it as it is."),
            ),
            Slip(
                _stamp(lambda before, stamp: before + stamp.T),
                mark("The kernel's rows and columns are swapped."),
            ),
            Slip(
                _stamp(np.maximum),
                mark("Where stamps overlap, the larger one wins here; add them up with +=."),
            ),
            Slip(
                lambda x, kernel, stride: transposed(x, kernel, 1),
                mark("The stamps lie side by side; they stand `stride` pixels apart."),
            ),
            Slip(
                lambda x, kernel, stride: transposed(np.ones_like(x), kernel, stride),
                mark("Every stamp is the kernel times the input's value."),
            ),
            Slip(
                lambda x, kernel, stride: transposed(x, kernel, stride)[: stride * x.shape[0], : stride * x.shape[1]],
                mark("The last stamps are cut off: a side of n inputs gives stride · (n - 1) + k outputs."),
            ),
        ),
    ),
    Exercise(
        "4.6-bilinear-kernel",
        bilinear,
        _factor,
        ((2,), (8,)),
        (
            Slip(
                lambda factor: bilinear(factor) / bilinear(factor).sum(),
                mark("Its sum is f · f, not 1: every output is met by four stamps' worth of taps that sum to 1."),
            ),
            Slip(
                lambda factor: np.outer(*[1 - np.abs(np.arange(2 * factor) - factor) / factor] * 2),
                mark("The middle lies between two taps, at f - 1/2: the kernel has an even side."),
            ),
            Slip(
                lambda factor: 1 - np.abs(np.arange(2 * factor) + 0.5 - factor) / factor,
                mark("This is one line; the kernel is the product of one line down and one across."),
            ),
            Slip(
                lambda factor: np.add.outer(*[1 - np.abs(np.arange(2 * factor) + 0.5 - factor) / factor] * 2) / 2,
                mark("The two lines are multiplied, not added."),
            ),
            Slip(
                lambda factor: np.ones((2 * factor, 2 * factor)) / 4,
                mark("Each tap weighs the same here; bilinear weights fall off in straight lines from the middle."),
            ),
            Slip(
                lambda factor: np.outer(*[1 - np.abs(np.arange(2 * factor - 1) + 1 - factor) / factor] * 2),
                mark("Its side is 2 f, so that two stamps overlap everywhere; this one has 2 f - 1."),
            ),
        ),
    ),
    Exercise(
        "4.6-dilated",
        dilated,
        _signal,
        ((np.arange(7.0) ** 2, np.array([1.0, -2.0, 1.0]), 2), (np.arange(5.0), np.array([1.0, 0.0, 3.0]), 2)),
        (
            Slip(
                lambda signal, kernel, rate: dilated(signal, kernel, 1),
                mark("The kernel has no holes here: its taps lie `rate` apart."),
            ),
            Slip(
                lambda signal, kernel, rate: dilated(signal, kernel, rate + 1),
                mark("A rate of 1 has no holes: the taps lie `rate` apart, not rate + 1."),
            ),
            Slip(
                lambda signal, kernel, rate: dilated(signal, kernel[::-1], rate),
                mark("The kernel is turned around; networks don't turn it."),
            ),
            Slip(
                lambda signal, kernel, rate: dilated(signal, kernel, rate)[:-1],
                mark("The last place where the kernel fits is missing."),
            ),
            Slip(
                lambda signal, kernel, rate: dilated(signal, kernel, rate)[::rate],
                mark("This moves by `rate` as well; the holes are in the kernel, the kernel moves by 1."),
            ),
            Slip(
                lambda signal, kernel, rate: dilated(np.pad(signal, rate * (len(kernel) - 1) // 2), kernel, rate),
                mark("This adds zeros around the signal; asked are the places where the whole kernel fits."),
            ),
        ),
    ),
    Exercise(
        "4.6-same-padding",
        padding,
        _odd,
        ((3, 6), (3, 24), (7, 1), (5, 2)),
        (
            Slip(
                lambda kernel, rate: (kernel - 1) // 2,
                mark("The kernel with holes is larger: its reach grows with the rate."),
            ),
            Slip(
                lambda kernel, rate: rate * (kernel - 1),
                mark("This is for both sides together; asked is one side."),
            ),
            Slip(
                lambda kernel, rate: rate * kernel // 2,
                mark("Between k taps lie k - 1 steps of `rate`."),
            ),
            Slip(
                lambda kernel, rate: (rate + 1) * (kernel - 1) // 2,
                mark("A rate of 1 has no holes: the steps are `rate` long, not rate + 1."),
            ),
            Slip(
                lambda kernel, rate: rate * (kernel - 1) / 2,
                mark("A number of zeros is a whole one: divide by // ."),
            ),
        ),
    ),
)
