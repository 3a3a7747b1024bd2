"""Exercises on what a cell sees and what pixels tell each other: receptive fields, Gaussian weights, one mean field."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark


def receptive_field(kernels, strides, dilations):
    """How many pixels a side one cell sees through all layers."""
    size, jump = 1, 1
    for k, s, d in zip(kernels, strides, dilations):
        size += d * (k - 1) * jump
        jump *= s
    return size


def weight(here, there, color_here, color_there, theta_alpha, theta_beta):
    """The appearance kernel between two pixels."""
    near = ((here - there) ** 2).sum() / theta_alpha**2
    like = ((color_here - color_there) ** 2).sum() / theta_beta**2
    return np.exp(-(near + like) / 2)


def mean_field(p, kernel, q):
    """One update: what the network says, times e to what all pixels say; (N, K) from p (N, K), kernel (N, N)."""
    return _share(p * np.exp(kernel @ q))


def _share(values):
    return values / values.sum(axis=1, keepdims=True)


def _walk(step):
    """A receptive field that grows by the rule `step(size, jump, k, s, d) -> (size, jump)`."""

    def apply(kernels, strides, dilations):
        size, jump = 1, 1
        for layer in zip(kernels, strides, dilations):
            size, jump = step(size, jump, *layer)
        return size

    return apply


def _layers(rng, size):
    n = int(rng.integers(1, 3 + size // 5))
    return tuple([int(v) for v in rng.integers(low, high, n)] for low, high in ((1, 5), (1, 3), (1, 4)))


def _pair(rng, size):
    places, colors = rng.integers(0, 2 + size, (2, 2)), rng.integers(0, 30 + size, (2, 3))
    return *places.astype(float), *colors.astype(float), float(rng.integers(3, 20)), float(rng.integers(8, 40))


def _field(rng, size):
    n, k = int(rng.integers(1, 2 + size // 3)), int(rng.integers(2, 4))
    kernel = rng.integers(0, 4, (n, n)) / 2
    p, q = (_share(rng.integers(1, 9, (n, k)).astype(float)) for _ in range(2))
    return p, kernel + kernel.T, q


_P = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
_K = np.array([[1.0, 2.0, 0.0], [2.0, 1.0, 0.5], [0.0, 0.5, 1.0]])
_A, _B = np.array([3.0, 4.0]), np.array([0.0, 0.0])

EXERCISES = (
    Exercise(
        "4.6-receptive-field",
        receptive_field,
        _layers,
        (([3, 3, 3], [1, 1, 1], [1, 2, 4]), ([3, 2, 3], [1, 2, 1], [1, 1, 1]), ([7], [2], [1]), ([3], [1], [12])),
        (
            Slip(
                _walk(lambda size, jump, k, s, d: (size + (k - 1) * jump, jump * s)),
                mark("The holes are forgotten: a kernel of k taps reaches d · (k - 1) cells."),
            ),
            Slip(
                _walk(lambda size, jump, k, s, d: (size + d * (k - 1), jump)),
                mark("After a stride, a step of one cell is a step of several pixels: multiply by the strides so far."),
            ),
            Slip(
                _walk(lambda size, jump, k, s, d: (size + d * (k - 1) * jump * s, jump * s)),
                mark("A layer's own stride counts only for the layers behind it."),
            ),
            Slip(
                _walk(lambda size, jump, k, s, d: (size + d * k * jump, jump * s)),
                mark("A kernel of k taps adds k - 1 steps, not k."),
            ),
            Slip(
                _walk(lambda size, jump, k, s, d: (max(size, d * (k - 1) * jump + 1), jump * s)),
                mark("This is the largest single layer; the layers' reaches add up."),
            ),
            Slip(
                lambda kernels, strides, dilations: receptive_field(kernels, strides, dilations) - 1,
                mark("Begin with the one pixel that the cell itself is: size = 1."),
            ),
            Slip(
                _walk(lambda size, jump, k, s, d: (size + d * (k - 1) * jump, jump + s)),
                mark("Strides multiply: two of 2 make one of 4."),
            ),
        ),
    ),
    Exercise(
        "4.6-pairwise-weight",
        weight,
        _pair,
        (
            (_A, _B, np.array([10.0, 0, 0]), np.array([0.0, 0, 0]), 5.0, 10.0),
            (_A, _A, np.array([9.0, 9, 9]), np.array([9.0, 9, 9]), 5.0, 10.0),
        ),
        (
            Slip(
                lambda x, y, a, b, alpha, beta: weight(x, y, a, b, alpha, beta) ** 2,
                mark("The 2 below the squares is missing: exp(-distance² / (2 theta²))."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: weight(x, y, a, a, alpha, beta),
                mark("Colour plays no part here; it is what makes the kernel stop at edges."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: weight(x, x, a, b, alpha, beta),
                mark("The distance between the pixels plays no part here."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: weight(x, y, a, b, beta, alpha),
                mark("The two thetas are swapped: alpha goes with the place, beta with the colour."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: np.exp(
                    -(((x - y) ** 2).sum() / alpha + ((a - b) ** 2).sum() / beta) / 2
                ),
                mark("The thetas are standard deviations: square them."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: weight(x, y, a, a, alpha, beta) + weight(x, x, a, b, alpha, beta),
                mark("The two sum up in the exponent, so the weights multiply: near and alike, not near or alike."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: np.exp(
                    -(np.linalg.norm(x - y) / alpha + np.linalg.norm(a - b) / beta) / 2
                ),
                mark("The distances go in squared."),
            ),
            Slip(
                lambda x, y, a, b, alpha, beta: 1 / weight(x, y, a, b, alpha, beta),
                mark("The sign is lost: far pixels would weigh most."),
            ),
        ),
    ),
    Exercise(
        "4.6-mean-field",
        mean_field,
        _field,
        ((_P, _K, _P), (_P, 0 * _K, _P[::-1].copy()), (_P[:1], np.array([[2.0]]), _P[1:2])),
        (
            Slip(
                lambda p, kernel, q: p * np.exp(kernel @ q),
                mark("A pixel's probabilities sum to 1: divide each row by its sum."),
            ),
            Slip(
                lambda p, kernel, q: _share(np.exp(kernel @ q)),
                mark("What the network says is forgotten: multiply by p."),
            ),
            Slip(
                lambda p, kernel, q: _share(q * np.exp(kernel @ q)),
                mark("The network's own p stands in every update, not the q of the last one."),
            ),
            Slip(
                lambda p, kernel, q: _share(p * np.exp(-kernel @ q)),
                mark("Like pixels draw each other: the messages enter with a plus."),
            ),
            Slip(
                lambda p, kernel, q: _share(p + np.exp(kernel @ q)),
                mark("Scores add, probabilities multiply: log p + message is p · exp(message)."),
            ),
            Slip(
                lambda p, kernel, q: _share(p * (kernel @ q)),
                mark("The messages stand in the exponent."),
            ),
            Slip(
                lambda p, kernel, q: _share(p * np.exp(q)),
                mark("Every pixel hears all others: sum their q by the kernel, kernel @ q."),
            ),
            Slip(
                lambda p, kernel, q: p * np.exp(kernel @ q) / (p * np.exp(kernel @ q)).sum(axis=0),
                mark("This sums over the pixels; the labels of one pixel sum to 1, axis=1."),
            ),
        ),
    ),
)
