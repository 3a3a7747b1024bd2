"""Exercises on first differences: the high-pass mask, a kernel at work, separability, direction, the compass."""

import numpy as np

from seglearn.exercises import Exercise, Slip
from seglearn.words import mark

RING = ((0, 1, 2, 2, 2, 1, 0, 0), (2, 2, 2, 1, 0, 0, 0, 1))  # rows and columns of the outer eight, clockwise


def mask(shape, cutoff):
    """The ideal high-pass [D > D0], frequency 0 at (H // 2, W // 2)."""
    return (_distance(shape) > cutoff).astype(float)


def apply(image, kernel):
    """The correlation of an image with a 3 x 3 kernel, reflected beyond the border."""
    return _correlate(np.pad(image, 1, mode="symmetric"), kernel)


def pair(smooth, difference):
    """The two kernels that smooth across and differentiate along: (2, n, n)."""
    horizontal = np.outer(smooth / smooth.sum(), difference)
    return np.stack([horizontal, horizontal.T])


def direction(horizontal, vertical):
    """Where it grows brighter, in steps of 45 degrees, 0 to the right, 2 down."""
    return _eighths(np.arctan2(vertical, horizontal)) % 8


def turn(mask, k):
    """A 3 x 3 mask, its outer ring turned clockwise by k * 45 degrees."""
    return _roll(mask, k)


def _frequencies(shape):
    return ((np.arange(n) - n // 2) / n for n in shape)


def _distance(shape):
    rows, columns = _frequencies(shape)
    return np.sqrt(rows[:, None] ** 2 + columns**2)


def _correlate(padded, kernel):
    height, width = padded.shape[0] - 2, padded.shape[1] - 2
    return sum(kernel[i, j] * padded[i : i + height, j : j + width] for i in range(3) for j in range(3))


def _eighths(angle):
    return np.rint(angle / (np.pi / 4)).astype(int)


def _roll(mask, k):
    turned = mask.copy()
    turned[RING] = np.roll(mask[RING], k)
    return turned


def _without_center(mask, k):
    turned = _roll(mask, k)
    turned[1, 1] = 0
    return turned


def _shape_and_cutoff(rng, size):
    """Never a frequency on the cutoff itself, where rounding would decide."""
    return tuple(int(side) for side in rng.integers(1, 3 + size, 2)), int(rng.integers(5, 45)) / 100 + 0.0037


def _image_and_kernel(rng, size):
    image = rng.integers(0, 10, rng.integers(1, 2 + size // 2, 2)).astype(float)
    return image, rng.integers(-3, 4, (3, 3)).astype(float)


def _weights(rng, size):
    n = 2 * (size // 5) + 3
    smooth, difference = rng.integers(1, 5 + size, n), rng.integers(-4, 5, n)
    return smooth.astype(float), difference.astype(float)


def _responses(rng, size):
    return tuple(rng.integers(-3, 4, (2, *rng.integers(1, 2 + size // 3, 2))).astype(float))


def _mask_and_turn(rng, size):
    return rng.integers(-size - 1, size + 2, (3, 3)).astype(float), int(rng.integers(0, 8))


_SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
_KIRSCH = np.array([[-3.0, -3.0, 5.0], [-3.0, 0.0, 5.0], [-3.0, -3.0, 5.0]])
_BYTES = np.array([[250, 10], [10, 250]], np.uint8)
_AXES = np.array([[1.0, 0.0, -1.0, 0.0]]), np.array([[0.0, 1.0, 0.0, -1.0]])
_CORNERS = np.array([[1.0, -1.0, -2.0, 2.0]]), np.array([[1.0, 1.0, -2.0, -2.0]])

EXERCISES = (
    Exercise(
        "4.3-highpass",
        mask,
        _shape_and_cutoff,
        special=(((8, 8), 0.25), ((5, 9), 0.21), ((1, 4), 0.25)),
        slips=(
            Slip(
                lambda shape, cutoff: 1 - mask(shape, cutoff),
                mark("This is the low-pass: what lies beyond the cutoff should pass, the middle should not."),
            ),
            Slip(
                lambda shape, cutoff: (_distance(shape) >= cutoff).astype(float),
                mark("A frequency exactly at the cutoff is blocked: compare with >, not with >=."),
            ),
            Slip(
                lambda shape, cutoff: np.fft.ifftshift(mask(shape, cutoff)),
                mark("Frequency 0 belongs into the middle, at (H // 2, W // 2); here it is in the corner."),
            ),
            Slip(
                lambda shape, cutoff: (
                    np.maximum(*np.meshgrid(*map(np.abs, _frequencies(shape)), indexing="ij")) > cutoff
                ).astype(float),
                mark("This cuts out a square; D is the distance sqrt(u^2 + v^2), so the border is a circle."),
            ),
            Slip(
                lambda shape, cutoff: (_distance(shape) ** 2 > cutoff).astype(float),
                mark("u^2 + v^2 is the square of D: take the root before you compare."),
            ),
            Slip(
                lambda shape, cutoff: (
                    np.hypot(*np.ogrid[-(shape[0] // 2) : (shape[0] + 1) // 2, -(shape[1] // 2) : (shape[1] + 1) // 2])
                    > cutoff
                ).astype(float),
                mark("Divide the steps from the middle by H and by W: the cutoff is in cycles per pixel."),
            ),
            Slip(
                lambda shape, cutoff: mask(shape, cutoff).T,
                mark("Rows and columns are swapped: shape is (H, W), rows first."),
            ),
            Slip(
                lambda shape, cutoff: 1 - np.exp(-0.5 * (_distance(shape) / cutoff) ** 2),
                mark("This is the Gaussian mask; the ideal one is 0 or 1, nothing between."),
            ),
        ),
    ),
    Exercise(
        "4.3-kernel",
        apply,
        _image_and_kernel,
        special=(
            (np.array([[1.0, 2.0], [3.0, 4.0]]), _SOBEL),
            (np.eye(4), np.arange(9.0).reshape(3, 3)),
            (_BYTES, _SOBEL / 4),
        ),
        slips=(
            Slip(
                lambda image, kernel: apply(image, kernel).astype(image.dtype),
                mark("The answer has the picture's own type, in which numbers below 0 are lost: make a float array."),
            ),
            Slip(
                lambda image, kernel: apply(image, kernel[::-1, ::-1]),
                mark("This turns the kernel round: that is convolution; correlation lays it on as it is."),
            ),
            Slip(
                lambda image, kernel: _correlate(np.pad(image, 1), kernel),
                mark("Beyond the border you take zeros, which makes an edge of the border; repeat the border pixel."),
            ),
            Slip(
                lambda image, kernel: _correlate(np.pad(image, 1, mode="wrap"), kernel),
                mark("Beyond the border you continue on the other side; repeat the border pixel instead."),
            ),
            Slip(
                lambda image, kernel: _correlate(np.pad(image, 1, mode="reflect"), kernel),
                mark("Your mirror stands on the border pixel: repeat that pixel (np.pad's mode 'symmetric')."),
            ),
            Slip(
                lambda image, kernel: apply(image, kernel.T),
                mark(
                    "Rows and columns of the kernel are swapped: kernel[i, j] belongs to image[r + i - 1, c + j - 1]."
                ),
            ),
            Slip(
                lambda image, kernel: apply(image, kernel) / 9,
                mark("This is a mean; asked is the sum of the nine products."),
            ),
            Slip(
                lambda image, kernel: np.abs(apply(image, kernel)),
                mark("Answers may be below 0: the sign says which side is brighter. Take no absolute value."),
            ),
            Slip(
                lambda image, kernel: _correlate(image, kernel) if min(image.shape) > 2 else np.zeros((0, 0)),
                mark("The answer has lost its border: pad the image first, so that the shape stays."),
            ),
        ),
    ),
    Exercise(
        "4.3-separable",
        pair,
        _weights,
        special=((np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0])),),
        slips=(
            Slip(
                lambda smooth, difference: pair(smooth, difference)[::-1],
                mark(
                    "The two are swapped: the first takes its difference from left to right, so smooth runs downwards."
                ),
            ),
            Slip(
                lambda smooth, difference: pair(smooth, difference) * smooth.sum(),
                mark("Divide smooth by its sum: smoothing must not make the answer larger."),
            ),
            Slip(
                lambda smooth, difference: pair(smooth, difference) * smooth.sum() / len(smooth),
                mark("Divide smooth by the sum of its weights, not by how many there are."),
            ),
            Slip(
                lambda smooth, difference: np.stack([smooth[:, None] + difference, smooth + difference[:, None]]),
                mark("The weights multiply: first smoothed, then differentiated is a product, not a sum."),
            ),
            Slip(
                lambda smooth, difference: np.stack([pair(smooth, difference)[0]] * 2),
                mark("Both kernels are the same: the second is the first one transposed."),
            ),
            Slip(
                lambda smooth, difference: pair(smooth, difference)[0],
                mark("This is one kernel; asked are both, in one array (2, n, n)."),
            ),
            Slip(
                lambda smooth, difference: smooth / smooth.sum() * difference,
                mark("This multiplies element by element; a column times a row gives a square: np.outer."),
            ),
        ),
    ),
    Exercise(
        "4.3-direction",
        direction,
        _responses,
        special=(_AXES, _CORNERS, (np.zeros((1, 1)), np.zeros((1, 1)))),
        slips=(
            Slip(
                lambda horizontal, vertical: direction(vertical, horizontal),
                mark("The arguments of arctan2 are swapped: it takes the vertical one first."),
            ),
            Slip(
                lambda horizontal, vertical: _eighths(np.nan_to_num(np.arctan(vertical / horizontal))) % 8,
                mark("arctan of a quotient cannot tell left from right; np.arctan2 can."),
            ),
            Slip(
                lambda horizontal, vertical: direction(horizontal, -vertical),
                mark("Rows are counted downwards: a positive vertical answer points down, to 2."),
            ),
            Slip(
                lambda horizontal, vertical: _eighths(np.arctan2(vertical, horizontal)),
                mark("Some are below 0: directions count from 0 to 7, take them modulo 8."),
            ),
            Slip(
                lambda horizontal, vertical: np.floor(np.arctan2(vertical, horizontal) / (np.pi / 4)).astype(int) % 8,
                mark("Round to the nearest multiple of 45 degrees; floor takes the one before."),
            ),
            Slip(
                lambda horizontal, vertical: direction(horizontal, vertical) % 4,
                mark("Here opposite directions are the same; the side that is brighter matters: modulo 8, not 4."),
            ),
            Slip(
                lambda horizontal, vertical: np.arctan2(vertical, horizontal),
                mark("These are angles in radians; divide by pi / 4 and round to a whole number."),
            ),
            Slip(
                lambda horizontal, vertical: (direction(horizontal, vertical) + 2) % 8,
                mark("This runs along the edge; the gradient points across it, to the brighter side."),
            ),
        ),
    ),
    Exercise(
        "4.3-kirsch",
        turn,
        _mask_and_turn,
        special=((_KIRSCH, 0), (_KIRSCH, 1), (_KIRSCH, 6)),
        slips=(
            Slip(
                lambda mask, k: _roll(mask, -k),
                mark("This turns anticlockwise; the compass goes right, down, left, up."),
            ),
            Slip(
                lambda mask, k: np.rot90(mask, -k),
                mark("np.rot90 turns by 90 degrees; for 45 walk around the eight outer places."),
            ),
            Slip(
                lambda mask, k: np.roll(mask, k),
                mark("np.roll moves line after line, the middle too; put the outer eight in a ring first."),
            ),
            Slip(
                lambda mask, k: _roll(mask, 1),
                mark("This turns by one step only, whatever k is."),
            ),
            Slip(
                _without_center,
                mark("The number in the middle stays as it is."),
            ),
        ),
    ),
)
