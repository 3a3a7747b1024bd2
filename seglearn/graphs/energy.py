"""What graph cut and GrabCut share: links between neighbours, which are the boundary term, and to the terminals."""

import numpy as np
from numba import njit

from seglearn import checks
from seglearn.graphs.max_flow import STEPS

UNIT = 2.0**-16  # of costs and links, where sums have to be exact
DISTANCES = np.array([np.hypot(*step) for step in STEPS])


def contrasts(image):
    """Return |z_p - z_q|^2 (4, H, W) of each pixel and its neighbours right, below, below right and below left.

    Where there is no such neighbour it is 0.
    """
    squares = np.zeros((len(STEPS), *image.shape[:2]))
    _contrasts(image.reshape(*image.shape[:2], -1), np.array(STEPS), squares)
    return squares


def neighbor_links(squares, falloff):
    """Return exp(-falloff |z_p - z_q|^2) / |p - q| (4, H, W); links out of the picture are 0."""
    links = np.exp(-falloff * squares) / DISTANCES[:, None, None]
    for link, step in zip(links, STEPS):
        here, _ = meeting(link.shape, step)
        inside = np.zeros(link.shape, bool)
        inside[here] = True
        link[~inside] = 0
    return links


def boundary_cost(links, mask):
    """Return the links (4, H, W) between pixels of a mask (H, W) and others, summed."""
    total = 0.0
    for link, step in zip(links, STEPS):
        here, there = meeting(mask.shape, step)
        total += link[here][mask[here] != mask[there]].sum()
    return float(total)


def terminal_links(foreground_cost, background_cost, links, foreground, background):
    """Return the t-links from the source and to the sink, (H, W): what it costs to be background, and foreground.

    Marked pixels are held by one that weighs more than all their links together (Boykov and Jolly's K).
    """
    hold = 1 + 2 * len(STEPS) * links.max()
    least = np.minimum(foreground_cost, background_cost)
    from_source, to_sink = background_cost - least, foreground_cost - least
    from_source[foreground], to_sink[foreground] = hold, 0
    from_source[background], to_sink[background] = 0, hold
    return from_source, to_sink


def steady(values):
    """Return costs or links as whole multiples of 2^-16: sums are exact, and no path hangs on a last bit."""
    return np.rint(values / UNIT) * UNIT


def seeds(value, name, shape):
    """Return marked pixels as (H, W) bool; None marks nothing."""
    return np.zeros(shape, bool) if value is None else checks.mask(value, name, shape)


def disjoint(foreground, background):
    """Refuse pixels that are marked as both."""
    both = np.count_nonzero(foreground & background)
    if both:
        checks.fail("background", "pixels that aren't marked as foreground", f"{both} marked as both")


def meeting(shape, step):
    """Return the slices of a picture's pixels that have a neighbour at this step, and of those neighbours."""
    (height, width), (down, right) = shape, step
    here = slice(0, height - down), slice(max(0, -right), width - max(0, right))
    return here, (slice(down, height), slice(max(0, right), width + min(0, right)))


@njit(cache=True)
def _contrasts(image, steps, squares):
    height, width, n_channels = image.shape
    for row in range(height):
        for s in range(len(steps)):
            down, right = steps[s]
            if row + down >= height:
                continue
            for col in range(max(0, -right), width - max(0, right)):
                total = 0.0
                for channel in range(n_channels):
                    total += (image[row, col, channel] - image[row + down, col + right, channel]) ** 2
                squares[s, row, col] = total
