"""Second differences: Laplace, the Laplacian of a Gaussian, and where they change sign."""

import numpy as np
from numba import njit

from seglearn import checks


def laplace(image) -> np.ndarray:
    """Return minus the sum of the second differences: how much a pixel stands out from its four neighbours.

    4 f(r, c) - f(r-1, c) - f(r+1, c) - f(r, c-1) - f(r, c+1)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; reflected beyond its border.

    Returns
    -------
    (H, W) float64 from -4 to 4, 0 on every ramp of constant slope. The sign is scikit-image's, the opposite of
    `laplacian_of_gaussian`: bright spots answer above 0.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1].

    Source: R. C. Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 3.6.
    Lecture 4.3, figure 4-5.
    """
    return _second(image, np.array([0.0, 1.0, 0.0]), np.array([-1.0, 2.0, -1.0]))


def laplacian_of_gaussian(image, sigma) -> np.ndarray:
    """Return the Laplacian of the picture smoothed by a Gaussian, in one filter.

    LoG = d2g/dr2 * f + d2g/dc2 * f,  g(x) ~ exp(-x^2 / (2 sigma^2)),  g''(x) = (x^2 / sigma^4 - 1 / sigma^2) g(x)

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; reflected beyond its border.
    sigma : float from 0.1 to 1000, the width of the Gaussian in pixels; it is cut off at 4 sigma. Below 0.4 hardly
        anything of it reaches the next pixel, and the answer fades to 0.

    Returns
    -------
    (H, W) float64, in grey values per pixel squared; bright spots answer below 0.

    A sampled and cut g'' does not quite sum to 0, so the raw filter answers on a plain grey wall. We subtract
    sum(g'') g, and a constant or a ramp gives 0. `scipy.ndimage.gaussian_laplace` leaves it: it differs from ours by
    2 sum(g'') times the smoothed picture, at most 0.0011 for sigma from 1 on (2e-4 at sigma 2).

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], sigma outside its range.

    Source: D. Marr and E. Hildreth, "Theory of edge detection", Proc. Royal Society London B 207 (1980) 187-217.
    Lecture 4.3, figure 4-5.
    """
    sigma = checks.number(sigma, "sigma", 0.1, 1000)
    radius = int(4 * sigma + 0.5)
    x = np.arange(-radius, radius + 1)
    smooth = np.exp(-0.5 * (x / sigma) ** 2)
    smooth /= smooth.sum()
    second = (x**2 / sigma**2 - 1) / sigma**2 * smooth
    return _second(image, smooth, second - second.sum() * smooth)


def zero_crossings(response, threshold) -> np.ndarray:
    """Mark the pixels at which a second derivative changes sign steeply enough: edges one pixel wide.

    Along a row or a column, f(p) and f(q) of opposite signs with |f(p) - f(q)| > threshold mark the one nearer to 0
    (p if both are); a pixel of exactly 0 is marked if its two neighbours are such p and q.

    Parameters
    ----------
    response : (H, W) of numbers, from `laplace` or `laplacian_of_gaussian`.
    threshold : float of at least 0, in the units of `response`; 0 marks every change of sign.

    Returns
    -------
    (H, W) bool.

    Raises
    ------
    ValueError, TypeError : another rank, no pixels, NaN, threshold below 0.

    Source: D. Marr and E. Hildreth, Proc. Royal Society London B 207 (1980), section 3. Lecture 4.3.
    """
    response = checks.points(response, "response")
    threshold = checks.number(threshold, "threshold", 0)
    marked = np.zeros(response.shape, dtype=bool)
    _cross(response, threshold, marked)
    _cross(response.T, threshold, marked.T)
    return marked


def _second(image, smooth, second):
    """Return the response; what is as small as rounding could make it is 0, or a ramp would be full of crossings."""
    values = checks.grey_image(image)
    response = np.empty(values.shape)
    _correlate(values, smooth, second, response)
    given = np.asarray(image).dtype
    rounding = np.finfo(given if given.kind == "f" else np.float64).eps * np.abs(values).max()
    response[np.abs(response) <= 2 * np.abs(second).sum() * np.abs(smooth).sum() * rounding] = 0
    return response


@njit(cache=True)
def _mirror(i, n):
    """The index that i has after as many reflections as it needs to be in 0..n-1: c b a | a b c | c b a."""
    i %= 2 * n
    return min(i, 2 * n - 1 - i)


@njit(cache=True)
def _correlate(image, smooth, second, response):
    """Correlate with second^T * smooth + smooth^T * second; both are symmetric and of odd length."""
    height, width = image.shape
    radius = len(smooth) // 2
    smoothed, curved = np.empty(width + 2 * radius), np.empty(width + 2 * radius)  # down the columns, for one row
    for r in range(height):
        g, s = smoothed[radius : radius + width], curved[radius : radius + width]
        here, a, b = image[r], smooth[radius], second[radius]
        for c in range(width):
            g[c], s[c] = a * here[c], b * here[c]
        for k in range(1, radius + 1):
            above, below = image[_mirror(r - k, height)], image[_mirror(r + k, height)]
            a, b = smooth[radius + k], second[radius + k]
            for c in range(width):
                g[c] += a * (above[c] + below[c])
                s[c] += b * (above[c] + below[c])
        for k in range(1, radius + 1):
            left, right = _mirror(-k, width), _mirror(width - 1 + k, width)
            smoothed[radius - k], smoothed[radius + width - 1 + k] = g[left], g[right]
            curved[radius - k], curved[radius + width - 1 + k] = s[left], s[right]
        answer, a, b = response[r], smooth[radius], second[radius]
        for c in range(width):
            answer[c] = a * s[c] + b * g[c]
        for k in range(1, radius + 1):
            a, b = smooth[radius + k], second[radius + k]
            g_left, g_right = smoothed[radius - k :], smoothed[radius + k :]
            s_left, s_right = curved[radius - k :], curved[radius + k :]
            for c in range(width):
                answer[c] += a * (s_left[c] + s_right[c]) + b * (g_left[c] + g_right[c])


@njit(cache=True)
def _cross(response, threshold, marked):
    """Mark the crossings along the rows."""
    height, width = response.shape
    for r in range(height):
        for c in range(width - 1):
            p, q = response[r, c], response[r, c + 1]
            if _jumps(p, q, threshold):
                marked[r, c if abs(p) <= abs(q) else c + 1] = True
            elif q == 0 and c + 2 < width and _jumps(p, response[r, c + 2], threshold):
                marked[r, c + 1] = True


@njit(cache=True)
def _jumps(p, q, threshold):
    return min(p, q) < 0 < max(p, q) and abs(p - q) > threshold
