"""First differences: gradient, Roberts, Prewitt, Sobel, and Kirsch's compass.

The first four are one idea. Each takes a difference along one axis and a weighted mean across it, and they differ in
nothing but the weights; what they share, `_pair`, is at the bottom. Beyond the border the picture is reflected.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks

CENTRAL = (-1, 0, 1)


@dataclass(frozen=True)
class GradientStages:
    """The two responses of an operator and what is made of them; every array is (H, W)."""

    horizontal: np.ndarray  # change from left to right
    vertical: np.ndarray  # change from top to bottom
    magnitude: np.ndarray  # sqrt((horizontal^2 + vertical^2) / 2), scikit-image's scale
    direction: np.ndarray  # where it grows brighter, radians in (-pi, pi]: 0 to the right, pi/2 downwards


@dataclass(frozen=True)
class KirschStages:
    """The eight answers of Kirsch's compass and the strongest of them."""

    responses: np.ndarray  # (8, H, W), to masks that look for brighter pixels at k * 45 degrees: 0 right, 2 down
    magnitude: np.ndarray  # (H, W), the largest of the eight
    direction: np.ndarray  # (H, W) int32, which one it was, 0..7; the first of equals


def gradient(image) -> np.ndarray:
    """Return the strength of the plain central difference, which smooths nothing.

    h = f(r, c+1) - f(r, c-1),  v = f(r+1, c) - f(r-1, c),  magnitude = sqrt((h^2 + v^2) / 2)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; of an RGB picture take one channel, or their mean.

    Returns
    -------
    (H, W) float64 from 0 to 1. h and v are twice the slope per pixel, the scale that Prewitt and Sobel have too.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 10.2.
    Lecture 4.3, figure 4-5 (a).
    """
    return _magnitude(image, (0, 1, 0), CENTRAL)


def gradient_stages(image) -> GradientStages:
    """Return both responses, magnitude and direction; argument as in `gradient`."""
    return _stages(image, (0, 1, 0), CENTRAL)


def roberts(image) -> np.ndarray:
    """Return the strength of Roberts' cross, the differences along the two diagonals of 2 x 2 pixels.

    a = f(r+1, c+1) - f(r, c),  b = f(r+1, c) - f(r, c+1),  magnitude = sqrt((a^2 + b^2) / 2)

    Computed turned by 45 degrees, h = (a - b) / sqrt(2) and v = (a + b) / sqrt(2): h^2 + v^2 = a^2 + b^2, and h and v
    are a difference along one axis and a sum of two across, so that Roberts is of the family of Prewitt.

    Argument, result (from 0 to 1) and errors as in `gradient`. The answer of (r, c) belongs to the corner half a pixel
    further down and to the right.

    Source: L. G. Roberts, Machine Perception of Three-Dimensional Solids, PhD thesis, MIT (1963).
    Lecture 4.3, figure 4-5 (b).
    """
    return _magnitude(image, (0, 1, 1), (0, -1, 1), np.sqrt(2))


def roberts_stages(image) -> GradientStages:
    """Return both responses (turned from the diagonals to the axes), magnitude and direction, as in `roberts`."""
    return _stages(image, (0, 1, 1), (0, -1, 1), np.sqrt(2))


def prewitt(image) -> np.ndarray:
    """Return the strength of Prewitt's pair, central differences averaged over three lines.

    h = [1 1 1]^T / 3 * [-1 0 1],  v = h^T,  magnitude = sqrt((h^2 + v^2) / 2)

    Argument, result (from 0 to sqrt(5) / 3) and errors as in `gradient`.

    Source: J. M. S. Prewitt, "Object enhancement and extraction", in Picture Processing and Psychopictorics,
    Academic Press (1970). Lecture 4.3, figure 4-5 (d).
    """
    return _magnitude(image, (1, 1, 1), CENTRAL)


def prewitt_stages(image) -> GradientStages:
    """Return both responses, magnitude and direction, as in `prewitt`."""
    return _stages(image, (1, 1, 1), CENTRAL)


def sobel(image) -> np.ndarray:
    """Return the strength of Sobel's pair, central differences averaged over three lines, the middle one twice.

    h = [1 2 1]^T / 4 * [-1 0 1],  v = h^T,  magnitude = sqrt((h^2 + v^2) / 2)

    Argument, result (from 0 to sqrt(5 / 8)) and errors as in `gradient`.

    Source: I. Sobel and G. Feldman, "A 3x3 isotropic gradient operator", talk at the Stanford AI Project (1968);
    printed in R. O. Duda and P. E. Hart, Pattern Classification and Scene Analysis (1973), p. 271.
    Lecture 4.3, figure 4-5 (c).
    """
    return _magnitude(image, (1, 2, 1), CENTRAL)


def sobel_stages(image) -> GradientStages:
    """Return both responses, magnitude and direction, as in `sobel`."""
    return _stages(image, (1, 2, 1), CENTRAL)


def kirsch(image) -> np.ndarray:
    """Return the strongest of eight compass masks, each with three neighbours in a row against the other five.

    response_k = (5 * sum of the three neighbours around direction k - 3 * sum of the other five) / 15,
    magnitude = max_k response_k

    A first-order operator: on a ramp of constant slope it answers, where every second derivative is zero.

    Argument, result (from 0 to 1) and errors as in `gradient`.

    Source: R. A. Kirsch, "Computer determination of the constituent structure of biological images", Computers and
    Biomedical Research 4 (1971) 315-328. Lecture 4.3 (there among the second-order operators), figure 4-5.
    """
    return _kirsch(image, every=False)[1]


def kirsch_stages(image) -> KirschStages:
    """Return all eight responses, the largest and its direction, as in `kirsch`."""
    return KirschStages(*_kirsch(image, every=True))


def _pixels(image):
    """Check the picture; return it with the factor that brings it to [0, 1], and the type to compute in.

    8-bit pictures stay as they are: float32 holds their sums exactly (all below 2^24) at twice the speed.
    """
    if getattr(image, "dtype", None) == np.uint8 and np.ndim(image) == 2 and np.size(image):
        return np.ascontiguousarray(image), 1 / 255, np.float32
    return checks.grey_image(image), 1.0, np.float64


def _magnitude(image, smooth, difference, total=None):
    image, factor, dtype = _pixels(image)
    scale = factor / (total or sum(smooth))
    rows = np.empty((2, 1, image.shape[1]), dtype)  # one row that is used again and again: nobody looks at it
    magnitude = np.empty(image.shape)
    _pair(image, np.array(smooth, dtype), np.array(difference, dtype), scale, *rows, magnitude)
    return magnitude


def _stages(image, smooth, difference, total=None):
    image, factor, dtype = _pixels(image)
    scale = factor / (total or sum(smooth))
    responses, magnitude = np.empty((2, *image.shape), dtype), np.empty(image.shape)
    _pair(image, np.array(smooth, dtype), np.array(difference, dtype), scale, *responses, magnitude)
    horizontal, vertical = scale * responses.astype(np.float64)
    return GradientStages(horizontal, vertical, magnitude, np.arctan2(vertical, horizontal))


def _kirsch(image, every):
    image, factor, dtype = _pixels(image)
    responses = np.empty((8, image.shape[0] if every else 1, image.shape[1]), dtype)
    magnitude, direction = np.empty(image.shape), np.empty(image.shape, np.int32)
    _compass(image, factor / 15, responses, magnitude, direction)
    return factor / 15 * responses.astype(np.float64) if every else None, magnitude, direction


@njit(cache=True)
def _pair(image, smooth, difference, scale, horizontal, vertical, magnitude):
    """Correlate with smooth^T * difference and its transpose; responses stay unscaled, and may be a single row each."""
    height, width = image.shape
    s0, s1, s2 = smooth
    d0, d1, d2 = difference
    across, along = np.empty(width + 2, horizontal.dtype), np.empty(width + 2, horizontal.dtype)
    number = horizontal.dtype.type
    for r in range(height):
        above, here, below = image[max(r - 1, 0)], image[r], image[min(r + 1, height - 1)]
        for c in range(width):
            up, middle, down = number(above[c]), number(here[c]), number(below[c])
            across[c + 1] = s0 * up + s1 * middle + s2 * down
            along[c + 1] = d0 * up + d1 * middle + d2 * down
        across[0], across[width + 1], along[0], along[width + 1] = across[1], across[width], along[1], along[width]
        h, v, m = horizontal[r % len(horizontal)], vertical[r % len(vertical)], magnitude[r]
        for c in range(width):
            h[c] = d0 * across[c] + d1 * across[c + 1] + d2 * across[c + 2]
            v[c] = s0 * along[c] + s1 * along[c + 1] + s2 * along[c + 2]
        for c in range(width):
            m[c] = scale * np.sqrt(0.5 * (h[c] * h[c] + v[c] * v[c]))


@njit(cache=True)
def _compass(image, scale, responses, magnitude, direction):
    """Answer to Kirsch's eight masks; `responses` stay unscaled, and may be a single row for each mask."""
    height, width = image.shape
    rows = np.empty((3, width + 2), responses.dtype)
    ring, best, winner = np.empty((3, width), responses.dtype)
    # The neighbours clockwise from the right, as (row, column) in `rows`; the first and the last follow each other.
    row, column = (1, 2, 2, 2, 1, 0, 0, 0), (2, 2, 1, 0, 0, 0, 1, 2)
    for r in range(height):
        for k in range(3):
            source, target = image[min(max(r + k - 1, 0), height - 1)], rows[k]
            for c in range(width):
                target[c + 1] = source[c]
            target[0], target[width + 1] = target[1], target[width]
        ring[:] = 0
        best[:] = -np.inf  # a constant picture answers 0 eight times, and the first wins
        for k in range(8):
            neighbour = rows[row[k], column[k] :]
            for c in range(width):
                ring[c] += neighbour[c]
        for k in range(8):
            answer = responses[k, r % responses.shape[1]]
            before, here = rows[row[k - 1], column[k - 1] :], rows[row[k], column[k] :]
            after = rows[row[(k + 1) % 8], column[(k + 1) % 8] :]
            for c in range(width):
                answer[c] = 8 * (before[c] + here[c] + after[c]) - 3 * ring[c]  # 5 three - 3 (ring - three)
            for c in range(width):
                winner[c] = k if answer[c] > best[c] else winner[c]
                best[c] = max(best[c], answer[c])
        for c in range(width):
            magnitude[r, c], direction[r, c] = scale * best[c], winner[c]
