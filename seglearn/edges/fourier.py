"""Edges as high frequencies: the spectrum of a picture, and the picture without its low frequencies."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from seglearn import checks

SHAPES = ("ideal", "butterworth", "gaussian")


@dataclass(frozen=True)
class HighPassStages:
    """A high-pass from spectrum to picture; every array is (H, W), frequency 0 at (H // 2, W // 2)."""

    spectrum: np.ndarray  # log(1 + |F|) of the picture
    mask: np.ndarray  # what each frequency is multiplied by, from 0 to 1
    filtered: np.ndarray  # the picture that is left, of mean 0


def high_pass(image, cutoff, *, shape="gaussian") -> np.ndarray:
    """Remove the low frequencies of a picture, so that what changes quickly is left: edges, and noise.

    G(u, v) = M(D) F(u, v),  D = sqrt(u^2 + v^2), and M(D) = [D > D0] (ideal), 1 / (1 + (D0 / D)^4) (Butterworth of
    order 2) or 1 - exp(-D^2 / (2 D0^2)) (Gaussian)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].
    cutoff : float above 0, at most 0.5, the lecture's D0 in cycles per pixel; 0.5 is one cycle in two pixels.
    shape : "gaussian" (no ringing), "butterworth" (little), or "ideal" (a sharp cut, which rings around every edge).

    Returns
    -------
    (H, W) float64, below and above 0, of mean 0; `image - high_pass(image, cutoff)` is the low-pass.

    The transform takes the picture for one tile of an endless floor: where the left side is not like the right, or
    the top not like the bottom, the border answers as an edge does.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], cutoff outside its range, another
        shape.

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 4.9.
    Lecture 4.3, figure 4.3-a.
    """
    image, cutoff = _check(image, cutoff, shape)
    height, width = image.shape
    # The transform of real numbers is symmetric, F(-u, -v) = conj F(u, v): half of it is enough.
    mask = _mask(fft.fftfreq(height), fft.rfftfreq(width), cutoff, shape)
    return fft.irfft2(mask * fft.rfft2(image), s=image.shape)


def high_pass_stages(image, cutoff, *, shape="gaussian") -> HighPassStages:
    """Return spectrum, mask and filtered picture; arguments as in `high_pass`."""
    image, cutoff = _check(image, cutoff, shape)
    rows, columns = (fft.fftshift(fft.fftfreq(n)) for n in image.shape)
    mask = _mask(rows, columns, cutoff, shape)
    return HighPassStages(spectrum(image), mask, high_pass(image, cutoff, shape=shape))


def spectrum(image) -> np.ndarray:
    """Return the strength of every frequency of a picture, as a picture.

    log(1 + |F(u, v)|),  F(u, v) = sum_rc f(r, c) exp(-2 pi i (u r + v c))

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1].

    Returns
    -------
    (H, W) float64 of at least 0. Frequency 0 is at (H // 2, W // 2); entry (i, j) is (i - H // 2) / H cycles per
    pixel downwards and (j - W // 2) / W to the right.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 4.6.
    Lecture 4.3, figure 4.3-a.
    """
    return np.log1p(np.abs(fft.fftshift(fft.fft2(checks.grey_image(image)))))


def _check(image, cutoff, shape):
    checks.choice(shape, "shape", SHAPES)
    return checks.grey_image(image), checks.number(cutoff, "cutoff", high=0.5, above=0)


def _mask(rows, columns, cutoff, shape):
    """M(D) at the frequencies `rows` x `columns`, in cycles per pixel."""
    ratio = (rows[:, None] / cutoff) ** 2 + (columns / cutoff) ** 2  # (D / D0)^2
    if shape == "ideal":
        return (ratio > 1).astype(float)
    if shape == "butterworth":
        return 1 - 1 / (1 + ratio**2)
    return -np.expm1(-ratio / 2)
