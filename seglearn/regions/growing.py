"""Region growing: from a seed to its neighbours that are alike, from these to theirs, until nothing fits any more."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seglearn import checks
from seglearn.regions.filling import fill
from seglearn.regions.growth import INSIDE, Growth
from seglearn.regions.histogram import own_values

CRITERIA = ("mean", "seed")
CONNECTIVITIES = (4, 8)


@dataclass(frozen=True)
class GrowingState:
    """The region after so many rings; at iteration 0 it is the seed alone."""

    iteration: int
    mask: np.ndarray  # (H, W) bool, the region
    joined: np.ndarray  # (J, 2) int64 (row, col), the pixels of the last ring, in the order in which they joined
    sources: np.ndarray  # (J, 2) int64, from which pixel of the region each was reached
    mean: np.ndarray  # (C,) what the next ring is compared with, in the picture's units


@dataclass(frozen=True)
class RegionsState:
    """The labels after so many regions."""

    iteration: int  # regions so far, from 1
    labels: np.ndarray  # (H, W) int32 from 0 in the order of growth, -1 where no region has come yet
    seed: tuple[int, int]  # (row, col) of the last region


def region_growing(image, seed, tolerance, *, criterion="mean", connectivity=4) -> np.ndarray:
    """Return the region that grows around a seed, ring by ring, until no neighbour fits.

    R <- R + {p beside R : |f(p) - m| <= tolerance},  m = mean of f over R, or f(seed)

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1].
    seed : (row, col), ints inside the picture.
    tolerance : a number of at least 0 in the units of `image` (0 to 255 for 8 bits); of colours, the length of the
        difference.
    criterion : "mean", against the mean of the region, which moves after every ring; "seed", against the seed.
    connectivity : 4, neighbours by the sides, or 8, by the corners too.

    Returns
    -------
    (H, W) bool. With "seed" it is scikit-image's `flood`. With "mean" a neighbour that was refused is taken later if
    the mean comes near enough: in the end none that fits is left, and in which order pixels are looked at is no matter.

    Raises
    ------
    ValueError, TypeError : no picture, NaN, a seed outside, a negative tolerance, another criterion or connectivity.

    >>> region_growing(np.array([[3, 5, 7, 20]], np.uint8), (0, 0), 3).tolist()
    [[True, True, True, False]]

    Source: R. Adams and L. Bischof, "Seeded region growing", IEEE Trans. PAMI 16 (1994) 641-647; by rings as in R. C.
    Gonzalez and R. E. Woods, Digital Image Processing, 4th ed. (2018), section 10.4. Lecture 4.4.2, figures 4.4-a, 4-7.
    """
    values, tolerance = _prepare(image, tolerance, criterion, connectivity)
    seed = _inside(seed, values.shape)
    if criterion == "seed":
        return fill(values, seed, tolerance, connectivity)
    growth = Growth(values, tolerance, True, connectivity)
    growth.plant(seed)
    growth.grow(values.size)
    return growth.picture(growth.state == INSIDE)


def region_growing_steps(image, seed, tolerance, *, criterion="mean", connectivity=4) -> Iterator[GrowingState]:
    """Yield a `GrowingState` for the seed and after every ring; arguments as in `region_growing`.

    Against the seed, too, it grows ring by ring; `region_growing`, which may take any order then, fills whole rows, in
    a seventeenth to a hundredth of the time.
    """
    values, tolerance = _prepare(image, tolerance, criterion, connectivity)
    growth = Growth(values, tolerance, criterion == "mean", connectivity)
    growth.plant(_inside(seed, values.shape))
    return _rings(growth)


def _rings(growth):
    """The loop to watch; a pixel's source is the first of its neighbours that was in the region before."""
    rank = np.full(growth.state.size, growth.state.size)  # when each pixel joined
    iteration, first, end = 0, 0, 1
    while end > first:
        ring, before = growth.queue[first:end].astype(np.int64), growth.queue[:first]
        rank[before] = np.arange(first)
        beside = ring[:, None] + growth.steps
        sources = beside[np.arange(len(ring)), rank[beside].argmin(axis=1)] if first else ring
        mask = growth.picture(growth.state == INSIDE)
        yield GrowingState(iteration, mask, growth.places(ring), growth.places(sources), growth.mean.copy())
        growth.grow(1)
        iteration, first, end = iteration + 1, *growth.progress[:2].tolist()


def grow_regions(image, tolerance, rng=None, *, criterion="mean", connectivity=4) -> np.ndarray:
    """Return a label map of the whole picture: one region after the other, each from a random pixel that is still free.

    l(p) = k for p in R_k,  R_k grown as in `region_growing` among the pixels that R_1, ..., R_k-1 have left

    Parameters
    ----------
    image : (H, W) grey or (H, W, 3) RGB, uint8, uint16, bool, or float in [0, 1].
    tolerance, criterion, connectivity : as in `region_growing`.
    rng : None, seed or `numpy.random.Generator` for the seeds: the labels depend on it.

    Returns
    -------
    labels (H, W) int32 from 0, in the order of growth; each is connected.

    Raises
    ------
    ValueError, TypeError : as `region_growing`.

    >>> len(np.unique(grow_regions(np.array([[3, 5, 20, 21]], np.uint8), 3, rng=0)))
    2

    Source: as `region_growing`; the lecture's steps 1 to 4. Lecture 4.4.2, figure 4.4-a.
    """
    growth, seeds = _whole(image, tolerance, rng, criterion, connectivity)
    growth.label(seeds, len(seeds))
    return growth.picture(growth.labels())


def grow_regions_steps(image, tolerance, rng=None, *, criterion="mean", connectivity=4) -> Iterator[RegionsState]:
    """Yield a `RegionsState` after every region; arguments as in `grow_regions`."""
    growth, seeds = _whole(image, tolerance, rng, criterion, connectivity)
    return _one_by_one(growth, seeds)


def _one_by_one(growth, seeds):
    """The loop to watch."""
    while growth.label(seeds, 1):
        seed = growth.places(growth.queue[:1])[0]
        yield RegionsState(int(growth.turn[1]), growth.picture(growth.labels()), tuple(seed.tolist()))


def _whole(image, tolerance, rng, criterion, connectivity):
    """Check; return the growth and all pixels in the order in which they may become seeds."""
    values, tolerance = _prepare(image, tolerance, criterion, connectivity)
    growth = Growth(values, tolerance, criterion == "mean", connectivity)
    row, col = np.divmod(checks.generator(rng).permutation(values.shape[0] * values.shape[1]), values.shape[1])
    return growth, (row + 1) * growth.width + col + 1


def _prepare(image, tolerance, criterion, connectivity):
    """Check; return the picture as (H, W, C), and the tolerance."""
    values = own_values(image, colour=True)
    tolerance = checks.number(tolerance, "tolerance", 0)
    checks.choice(criterion, "criterion", CRITERIA)
    if checks.integer(connectivity, "connectivity") not in CONNECTIVITIES:
        checks.fail("connectivity", "4 or 8", connectivity)
    return values.reshape(*values.shape[:2], -1), tolerance


def _inside(seed, shape):
    """Check that `seed` is a pixel."""
    if np.shape(seed) != (2,):
        checks.fail("seed", "(row, col)", f"{seed!r}")
    return tuple(checks.integer(i, f"seed {name}", 0, n - 1) for i, name, n in zip(seed, ("row", "column"), shape))
