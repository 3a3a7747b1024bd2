"""Mean shift on a picture: filter place and colour together, then join pixels of like filtered colour to regions."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from seglearn import checks


@dataclass(frozen=True)
class MeanShiftStages:
    """The stages of mean shift segmentation."""

    filtered: np.ndarray  # (H, W) or (H, W, 3) uint8, every pixel in the colour that its window ended at
    regions: np.ndarray  # (H, W) int32, connected pixels of like filtered colour, numbered row by row
    labels: np.ndarray  # (H, W) int32, the regions once the small ones have joined a neighbour
    modes: np.ndarray  # (M,) or (M, 3) float, the mean filtered colour of each label, in levels 0 to 255


def segment_mean_shift(image, spatial_bandwidth, color_bandwidth, *, min_size=1) -> np.ndarray:
    """Divide a picture into regions, (H, W) int32 from 0, by mean shift on place and colour together.

    Filter, then join:  region(p) = the connected q with |z_q - z_p| <= color_bandwidth,  z the filtered colours,
    for each p, row by row, that has no region yet (neighbours are left, right, above, below). Then regions below
    `min_size` join the neighbour of nearest mean colour, until none is left.

    All of a region is compared to its first pixel: neighbour by neighbour, a soft shade would join everything.

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1], rounded to levels 0 to 255.
    spatial_bandwidth : int of at least 1, pixels: the window is a square of side 2 spatial_bandwidth + 1.
    color_bandwidth : float above 0, levels (of 255): the window is a ball of this radius in colour.
    min_size : int of at least 1, pixels; 1 keeps every region.

    Raises
    ------
    ValueError, TypeError : not an image, NaN, a bandwidth or size out of range.

    Source: D. Comaniciu and P. Meer, "Mean shift: a robust approach toward feature space analysis", IEEE PAMI 24
    (2002) 603-619, section 4.2, its step 4 the optional removal of small regions. Lecture 4.2.3, figure 4.2-e.
    """
    return segment_mean_shift_stages(image, spatial_bandwidth, color_bandwidth, min_size=min_size).labels


def segment_mean_shift_stages(image, spatial_bandwidth, color_bandwidth, *, min_size=1) -> MeanShiftStages:
    """Return every stage of `segment_mean_shift`, whose arguments it takes."""
    spatial_bandwidth = checks.integer(spatial_bandwidth, "spatial_bandwidth", 1)
    color_bandwidth = checks.number(color_bandwidth, "color_bandwidth", above=0)
    min_size = checks.integer(min_size, "min_size", 1)
    filtered = mean_shift_filter(image, spatial_bandwidth, color_bandwidth)
    colors = np.atleast_3d(filtered).astype(float)
    regions = np.full(filtered.shape[:2], -1, dtype=np.int32)
    _flood(colors, color_bandwidth * color_bandwidth, regions, np.empty(regions.size, dtype=np.int64))
    labels, modes = _drop_small(regions, colors, min_size)
    return MeanShiftStages(filtered, regions, labels, modes if filtered.ndim == 3 else modes[:, 0])


def mean_shift_filter(image, spatial_radius, color_radius, *, max_iter=5) -> np.ndarray:
    """Give every pixel the colour at which its window in place and colour ends: flat where it was nearly flat.

    (y, x, c) <- mean of (row, col, colour) over {|row - y| <= r_s, |col - x| <= r_s, |colour - c| <= r_c}, rounded

    Parameters
    ----------
    image : (H, W) or (H, W, 3), uint8 or float in [0, 1], rounded to levels 0 to 255: the filter counts in whole
        levels and whole pixels, halves to the even number.
    spatial_radius : int of at least 1, pixels, the paper's h_s.
    color_radius : float above 0, levels (of 255), the paper's h_r; its square is rounded to a whole number.
    max_iter : int of at least 1; a window stops earlier, when it stays at its pixel, or when the pixels that it
        goes and the squared levels that it changes by add up to 1 or less.

    Returns
    -------
    (H, W) or (H, W, 3) uint8, equal to OpenCV's `pyrMeanShiftFiltering` with `maxLevel=0`.

    Raises
    ------
    ValueError, TypeError : not an image, NaN, a radius not above 0.

    Source: Comaniciu and Meer (2002), section 4.1, with a square window in place. Lecture 4.2.3, figure 4.2-e.
    """
    image = np.rint(255 * checks.image(image)).astype(np.uint8)
    radius = min(checks.integer(spatial_radius, "spatial_radius", 1), max(image.shape[:2]))
    color_radius = checks.number(color_radius, "color_radius", above=0)
    limit = round(min(color_radius, 442) ** 2)  # 442 levels span the whole colour cube
    max_iter = checks.integer(max_iter, "max_iter", 1)
    # A frame of a colour out of reach: windows may stand over the border, and their rows end at a multiple of 8.
    height, width = image.shape[:2]
    planes = np.full((3, height + 2 * radius, width + 2 * radius + 8), 10_000, dtype=np.int32)
    channels = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)
    planes[: len(channels), radius : radius + height, radius : radius + width] = channels
    filtered = np.empty((height, width, 3), dtype=np.uint8)
    _filter(planes, radius, limit, max_iter, filtered)
    return filtered if image.ndim == 3 else filtered[..., 0].copy()


def _drop_small(regions, colors, min_size):
    """Merge regions below `min_size` until none is left; return the labels and their mean colours."""
    p = np.concatenate((regions[:, :-1].ravel(), regions[:-1].ravel()))
    q = np.concatenate((regions[:, 1:].ravel(), regions[1:].ravel()))
    p, q = np.concatenate((p, q)), np.concatenate((q, p))  # every two pixels side by side, both ways
    labels = np.arange(regions.max() + 1, dtype=np.int32)
    sizes = np.bincount(regions.ravel())
    sums = [np.bincount(regions.ravel(), colors[..., k].ravel()) for k in range(colors.shape[2])]
    while True:
        means = np.stack(sums, axis=1) / sizes[:, None]
        small = (p != q) & (sizes[p] < min_size)
        p, q = p[small], q[small]  # a region that is large enough stays so
        if len(p) == 0:
            return labels[regions], means
        order = np.lexsort((q, ((means[p] - means[q]) ** 2).sum(axis=1), p))
        nearest = order[np.unique(p[order], return_index=True)[1]]
        graph = coo_array((np.ones(len(nearest)), (p[nearest], q[nearest])), shape=(len(sizes), len(sizes)))
        joined = connected_components(graph, directed=False)[1].astype(np.int32)
        sizes, sums = np.bincount(joined, sizes), [np.bincount(joined, s) for s in sums]
        labels, p, q = joined[labels], joined[p], joined[q]


@njit(cache=True)
def _filter(planes, radius, limit, max_iter, filtered):
    """Move a window from every pixel. (x, y) are its first column and row in the framed picture."""
    height, width, _ = filtered.shape
    side = 2 * radius + 1
    wide = (side + 7) // 8 * 8
    limit = np.int32(limit)
    for row in range(height):
        for col in range(width):
            y, x = row, col
            a, b, c = planes[:, row + radius, col + radius]
            for _ in range(max_iter):
                n = sum_x = sum_y = sum_a = sum_b = sum_c = 0
                for i in range(max(y, radius), min(y + side, height + radius)):
                    line_a = planes[0, i, x : x + wide]
                    line_b = planes[1, i, x : x + wide]
                    line_c = planes[2, i, x : x + wide]
                    # Rows by themselves, 32-bit numbers, a mask in place of a branch: eight pixels in one instruction.
                    row_n = row_x = row_a = row_b = row_c = np.int32(0)
                    for j in range(wide):
                        da, db, dc = np.int32(line_a[j] - a), np.int32(line_b[j] - b), np.int32(line_c[j] - c)
                        inside = np.int32(da * da + db * db + dc * dc <= limit) & np.int32(j < side)
                        mask = np.int32(-inside)
                        row_n += inside
                        row_x += np.int32(np.int32(j) & mask)
                        row_a += line_a[j] & mask
                        row_b += line_b[j] & mask
                        row_c += line_c[j] & mask
                    n, sum_x, sum_y = n + row_n, sum_x + row_x, sum_y + i * row_n
                    sum_a, sum_b, sum_c = sum_a + row_a, sum_b + row_b, sum_c + row_c
                if n == 0:
                    break
                # The mean place in the picture is rounded, not the shift: halves go to the even pixel.
                part = 1.0 / n
                new_x, new_y = round((sum_x + n * (x - radius)) * part), round((sum_y - n * radius) * part)
                new_a, new_b, new_c = round(sum_a * part), round(sum_b * part), round(sum_c * part)
                moved = abs(new_x - x) + abs(new_y - y)
                changed = (new_a - a) ** 2 + (new_b - b) ** 2 + (new_c - c) ** 2
                x, y, a, b, c = new_x, new_y, np.int32(new_a), np.int32(new_b), np.int32(new_c)
                if moved == 0 or moved + changed <= 1:
                    break
            filtered[row, col, 0], filtered[row, col, 1], filtered[row, col, 2] = a, b, c


@njit(cache=True)
def _flood(colors, limit, regions, stack):
    """Grow a region from each pixel that has none yet, over neighbours whose colour is near that first pixel's."""
    height, width, n_channels = colors.shape
    n_regions = 0
    for seed_row in range(height):
        for seed_col in range(width):
            if regions[seed_row, seed_col] >= 0:
                continue
            regions[seed_row, seed_col], stack[0], size = n_regions, seed_row * width + seed_col, 1
            while size > 0:
                size -= 1
                pixel = stack[size]
                for down, right in ((-1, 0), (0, -1), (0, 1), (1, 0)):
                    row, col = pixel // width + down, pixel % width + right
                    if row < 0 or row == height or col < 0 or col == width or regions[row, col] >= 0:
                        continue
                    distance = 0.0
                    for k in range(n_channels):
                        distance += (colors[row, col, k] - colors[seed_row, seed_col, k]) ** 2
                    if distance <= limit:
                        regions[row, col], stack[size] = n_regions, row * width + col
                        size += 1
            n_regions += 1
