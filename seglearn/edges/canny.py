"""Canny: smooth, differentiate, thin to ridges one pixel wide, and link weak edges to strong ones."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from seglearn import checks

ROUNDING = 1e-14  # gradients below this come from rounding, not from the picture


@dataclass(frozen=True)
class CannyStages:
    """What every step of Canny made of a picture; every array is (H, W)."""

    smoothed: np.ndarray  # float64 in [0, 1], the picture under a Gaussian
    magnitude: np.ndarray  # float64, the length of Sobel's gradient; a bare step from 0 to 1 has 4
    direction: np.ndarray  # where it grows brighter, radians in (-pi, pi]: 0 to the right, pi/2 downwards
    thinned: np.ndarray  # the magnitude where it is largest along its direction, else 0
    weak: np.ndarray  # bool, `thinned` of at least `low`
    strong: np.ndarray  # bool, the weak pixels of at least `high`
    edges: np.ndarray  # bool, the strong pixels and the weak ones that hang together with them


def canny(image, sigma=1.0, low=0.1, high=0.2) -> np.ndarray:
    """Return the edges of a picture as thin lines that continue where they fade.

    m = |grad(G_sigma * f)|;  keep p if m(p) >= m on both sides of p along the gradient, and m(p) >= high,
    or m(p) >= low and a chain of such neighbours leads to a pixel with m >= high

    Parameters
    ----------
    image : (H, W) grey, uint8, uint16, bool, or float in [0, 1]; of colours, `image.mean(axis=2) / 255` or a channel.
    sigma : float from 0 (no smoothing) to 1000, the width of the Gaussian in pixels; it is cut off at 4 sigma.
    low, high : floats, 0 <= low <= high. The unit is Sobel's mask [1 2 1]^T [-1 0 1] on grey values from 0 to 1, not
        divided by anything: a slope of s per pixel has magnitude 8 s, a bare step from 0 to 1 has 4, and `sobel`,
        which divides, says 4 sqrt(2) times less.

    Returns
    -------
    (H, W) bool, pixel by pixel that of scikit-image's `canny`, which means with its rules: near the border the Gaussian
    is a mean over the pixels that exist; the outermost pixels are never edges; `low` counts in single precision.

    Raises
    ------
    ValueError, TypeError : no grey picture, no pixels, NaN, floats outside [0, 1], sigma outside 0..1000, low > high.

    Source: J. Canny, "A computational approach to edge detection", IEEE Trans. PAMI 8 (1986) 679-698: the sections on
    two dimensions (non-maximum suppression) and on noise and thresholds (hysteresis). Lecture 4.3 (among the
    first-order operators), figure 4.3-c.
    """
    return _pipeline(image, sigma, low, high, whole=False)[-1]


def canny_stages(image, sigma=1.0, low=0.1, high=0.2) -> CannyStages:
    """Return what every step made of the picture; arguments as in `canny`."""
    smoothed, (down, right, magnitude), ridges, weak, strong, edges = _pipeline(image, sigma, low, high, whole=True)
    thinned = np.where(ridges, magnitude, 0)
    return CannyStages(smoothed[:, 1:-1].copy(), magnitude, np.arctan2(down, right), thinned, weak, strong, edges)


def _pipeline(image, sigma, low, high, whole):
    """Check and run; without `whole`, smoothed picture and gradient are three rows each, used again and again."""
    image = checks.grey_image(image)
    sigma = checks.number(sigma, "sigma", 0, 1000)
    low = checks.number(low, "low", 0)
    high = checks.number(high, "high", 0)
    if low > high:
        checks.fail("low", f"at most high = {high}", low)

    height, width = image.shape
    half, share = _gaussian(sigma, height, width)
    smoothed = np.empty((height if whole else 3, width + 2))  # with one column more on either side
    gradient = np.empty((3, len(smoothed), width))
    ridges, weak, strong = np.zeros((3, height, width), bool)
    low = max(float(np.float32(low)), ROUNDING)
    _ridges(image, half, share, low, high, smoothed, *gradient, ridges, weak, strong)
    edges = strong.copy()
    _link(weak, np.flatnonzero(weak & ~strong), edges)
    return smoothed, gradient, ridges, weak, strong, edges


def _gaussian(sigma, height, width):
    """Return one half of the kernel, and which share of it lies inside the picture, (up to 2 R + 1 rows, W).

    Rows at least R away from top and bottom all have the same share: one of them is enough.
    """
    radius = int(4 * sigma + 0.5)
    half = np.exp(-0.5 / max(sigma * sigma, 1e-300) * np.arange(radius + 1) ** 2)
    half /= np.concatenate((half[:0:-1], half)).sum()
    ones = np.ones((min(height, 2 * radius + 1), width))
    share = np.empty((len(ones), width + 2))
    for r in range(len(ones)):
        _smooth(ones, r, half, ones, np.zeros(width), np.zeros(width + 2 * radius), share[r])
    return half, share[:, 1:-1] + np.finfo(np.float64).eps


@njit(cache=True, error_model="numpy")
def _ridges(image, half, share, low, high, smoothed, down, right, magnitude, ridges, weak, strong):
    """Go down the picture once: smooth row r, differentiate row r - 1, thin row r - 2 while all are in the cache."""
    height, width = image.shape
    n = len(smoothed)
    outside, line = np.zeros(width), np.zeros(width + 2 * (len(half) - 1))
    for r in range(height + 1):
        if r < height:
            _smooth(image, r, half, share, outside, line, smoothed[r % n])
        if r > 0:
            above, here, below = smoothed[max(r - 2, 0) % n], smoothed[(r - 1) % n], smoothed[min(r, height - 1) % n]
            _sobel(above, here, below, down[(r - 1) % n], right[(r - 1) % n], magnitude[(r - 1) % n])
        if r > 2:
            above, here, below = magnitude[(r - 3) % n], magnitude[(r - 2) % n], magnitude[(r - 1) % n]
            ridge, feeble, firm = ridges[r - 2], weak[r - 2], strong[r - 2]
            _thin(down[(r - 2) % n], right[(r - 2) % n], above, here, below, ridge)
            for c in range(width):
                feeble[c] = ridge[c] & (here[c] >= low)
                firm[c] = feeble[c] & (here[c] >= high)


@njit(cache=True, error_model="numpy")
def _smooth(image, r, half, share, outside, line, answer):
    """Smooth row r with the kernel half[R] .. half[1] half[0] half[1] .. half[R], down and across.

    A symmetric kernel adds the two pixels at distance k before it multiplies, from the farthest pair inwards.
    """
    height, width = image.shape
    radius = len(half) - 1
    here, middle, inner = image[r], line[radius : radius + width], answer[1 : width + 1]
    centre = half[0]
    for c in range(width):
        middle[c] = here[c] * centre
    for k in range(radius, 0, -1):
        weight = half[k]
        above, below = image[r - k] if r >= k else outside, image[r + k] if r + k < height else outside
        for c in range(width):
            middle[c] += (above[c] + below[c]) * weight
    for c in range(width):
        inner[c] = middle[c] * centre
    for k in range(radius, 0, -1):
        weight, left, right = half[k], line[radius - k :], line[radius + k :]
        for c in range(width):
            inner[c] += (left[c] + right[c]) * weight
    part = share[r - max(0, min(r - radius, height - len(share)))]
    for c in range(width):
        inner[c] /= part[c]
    answer[0], answer[width + 1] = answer[1], answer[width]


@njit(cache=True)
def _sobel(above, here, below, down, right, magnitude):
    """Give a row Sobel's two unscaled answers and their length."""
    width = len(down)
    nw, n, ne = above[:width], above[1 : width + 1], above[2:]
    w, e = here[:width], here[2:]
    sw, s, se = below[:width], below[1 : width + 1], below[2:]
    for c in range(width):
        down[c] = 2 * (s[c] - n[c]) + ((sw[c] - nw[c]) + (se[c] - ne[c]))
        right[c] = 2 * (e[c] - w[c]) + ((ne[c] - nw[c]) + (se[c] - sw[c]))
        magnitude[c] = np.sqrt(down[c] * down[c] + right[c] * right[c])


@njit(cache=True, error_model="numpy")
def _thin(down, right, above, here, below, ridge):
    """Say where in a row no magnitude is larger one step ahead or back along the gradient.

    The gradient points between a straight and a diagonal neighbour: the value there is interpolated. All is chosen
    without a branch, so that the compiler does four pixels at once.
    """
    for c in range(1, len(here) - 1):
        steep = abs(down[c]) > abs(right[c])
        falling = (down[c] > 0) == (right[c] > 0)  # along the diagonal from the upper left to the lower right
        lean = min(abs(down[c]), abs(right[c])) / max(abs(down[c]), abs(right[c]))
        nw, ne, sw, se = above[c - 1], above[c + 1], below[c - 1], below[c + 1]
        straight, straight_back = (below[c], above[c]) if steep else (here[c + 1], here[c - 1])
        rising, rising_back = (sw, ne) if steep else (ne, sw)
        diagonal, diagonal_back = (se, nw) if falling else (rising, rising_back)
        ahead = diagonal * lean + straight * (1 - lean)
        behind = diagonal_back * lean + straight_back * (1 - lean)
        ridge[c] = (here[c] > 0) & (ahead <= here[c]) & (behind <= here[c])


@njit(cache=True)
def _link(weak, doubtful, edges):
    """Turn weak pixels beside an edge into edges, and then the weak pixels beside those.

    `doubtful` are the flat indices of the weak pixels that aren't strong. No weak pixel is on the border.
    """
    width = weak.shape[1]
    weak, edges = weak.ravel(), edges.ravel()
    stack = np.empty(len(doubtful), np.int64)
    for pixel in doubtful:
        beside = False
        for row in range(pixel - width, pixel + width + 1, width):
            beside |= edges[row - 1] | edges[row] | edges[row + 1]
        if edges[pixel] or not beside:
            continue
        edges[pixel] = True
        stack[0], size = pixel, 1
        while size:
            size -= 1
            centre = stack[size]
            for row in range(centre - width, centre + width + 1, width):
                for neighbour in range(row - 1, row + 2):
                    if weak[neighbour] and not edges[neighbour]:
                        edges[neighbour] = True
                        stack[size] = neighbour
                        size += 1
