"""What the figures of chapter 4.4 work on: lit pictures, small grids that a reader edits, reliefs, marks."""

from itertools import pairwise

import numpy as np
from scipy import ndimage

from seglearn import checks, edges, images

GRIDS = {
    "two plateaus": ("22233388", "21332889", "22338898", "23338989", "12388998", "22389888"),
    "slope": ("12345678", "12345678", "12345678", "12345678", "12345678", "12345678"),
    "frame": ("77777777", "72222227", "72777727", "72777727", "72222227", "77777777"),
    "noise": ("55646554", "54595645", "46555504", "55645565", "60554555", "55465465"),
}  # grey values from 0 to 9


def lit(image, light=0.0, noise=0.0, rng=0):
    """Return a grey picture in [0, 1] in light that falls off to the right, by `light` at the border, with noise."""
    values = checks.grey_image(image)
    return images.noisy(values * (1 - light * np.linspace(0, 1, values.shape[1])), noise, rng)


def grid(name, edits=()):
    """Return one of `GRIDS` as (6, 8) uint8 after edits: each a (brush, amount, points) of figure 4-7.

    A stroke makes every cell that it touches brighter or darker, once, within 0 and 9.
    """
    checks.choice(name, "name", tuple(GRIDS))
    values = np.array([[int(digit) for digit in row] for row in GRIDS[name]])
    for brush, amount, points in edits:
        cells = stroked(values.shape, points, 1)
        values[cells] = np.clip(values[cells] + (amount if brush == "brighter" else -amount), 0, 9)
    return values.astype(np.uint8)


def stroked(shape, points, width):
    """Return the pixels (H, W) that a stroke of some width through points (x, y) touches."""
    points = np.asarray(points, dtype=float).reshape(-1, 2)
    path = [points[:1]]
    for start, end in pairwise(points):
        n = 2 * int(np.ceil(np.abs(end - start).max())) + 1
        path.append(np.linspace(start, end, n + 1)[1:])
    col, row = np.rint(np.concatenate(path)).astype(int).T
    inside = (row >= 0) & (row < shape[0]) & (col >= 0) & (col < shape[1])
    mask = np.zeros(shape, bool)
    mask[row[inside], col[inside]] = True
    if width > 1 and mask.any():
        mask = ndimage.distance_transform_edt(~mask) <= width / 2
    return mask


def marked(shape, strokes):
    """Return markers (H, W) int32: the k-th stroke is marker k; an eraser takes marks away."""
    markers, k = np.zeros(shape, np.int32), 0
    for brush, width, points in strokes:
        k += brush != "eraser"
        markers[stroked(shape, points, width)] = 0 if brush == "eraser" else k
    return markers


def landscape(sigma=0.0):
    """Return heights in metres of a real landscape, (114, 134) int32: Jacksboro, Tennessee, which matplotlib ships."""
    from matplotlib.cbook import get_sample_data

    with get_sample_data("jacksboro_fault_dem.npz") as file:
        heights = file["elevation"].astype(float)
    heights = heights[:, : 3 * (heights.shape[1] // 3)][: 3 * (heights.shape[0] // 3)]
    means = heights.reshape(heights.shape[0] // 3, 3, heights.shape[1] // 3, 3).mean(axis=(1, 3))
    return np.rint(ndimage.gaussian_filter(means, sigma)).astype(np.int32)


def relief(image, sigma=1.0):
    """Return the gradient of a grey picture after a Gaussian, in whole numbers so that flat ground is flat."""
    smooth = np.clip(ndimage.gaussian_filter(checks.grey_image(image), sigma), 0, 1)
    return np.rint(255 * np.sqrt(2) * edges.sobel(smooth)).astype(np.int32)
