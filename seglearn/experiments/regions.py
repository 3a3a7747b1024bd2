"""What chapter 4.4 measures: thresholds under noise and uneven light, holes, borders of blocks, basins, and time."""

import time
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from threadpoolctl import threadpool_limits

from seglearn import checks, images, metrics, regions
from seglearn.experiments.reliefs import lit, relief

THRESHOLDS = ("fixed", "valley", "iterative", "adaptive", "otsu", "block_mean", "optimal")  # in the slides' order
METHODS = ("growing", "split and merge", "watershed", "watershed, markers")
DARK, BRIGHT = 0.35, 0.65  # ground and object of `two_tones`


@dataclass(frozen=True)
class RegionScores:
    """One method's regions on one photograph, against its true classes."""

    n_regions: int
    recall: float  # boundary recall
    undersegmentation: float  # undersegmentation error
    accuracy: float  # if each region takes the class that most of its pixels have


@dataclass(frozen=True)
class BlockBorders:
    """The borders of a quadtree's blocks, before merging and after it, against the true ones.

    The recall is that within one pixel; chance the part of all pixels that are so near to a border.
    """

    recall: float
    chance: float
    merged_recall: float
    merged_chance: float
    gone: float  # the part of the border pixels between blocks that merging takes away


def threshold_by(name, image, *, fixed=0.5, size=51, offset=0.0, n_blocks=4):
    """Return the threshold or the map that one of the seven gives a grey picture in [0, 1]; None if it finds none.

    `size` is that of the adaptive one, `n_blocks` the number of blocks along either side; `offset` is taken off both.
    """
    checks.choice(name, "name", THRESHOLDS)
    if name == "fixed":
        return fixed
    if name == "adaptive":
        return regions.threshold_adaptive(image, min(size, 2 * ((max(np.shape(image)) - 1) // 2) + 1), offset=offset)
    if name == "block_mean":
        return regions.threshold_block_mean(image, *(min(n_blocks, n) for n in np.shape(image))) - offset
    if name == "valley":
        *_, last = regions.threshold_valley_steps(image)
        return last.threshold
    whole = {
        "iterative": regions.threshold_iterative,
        "otsu": regions.threshold_otsu,
        "optimal": regions.threshold_optimal,
    }
    return whole[name](image)


def two_tones(mask, noise=0.0, light=0.0, rng=0):
    """Return a grey picture of a mask, ground 0.35 and object 0.65, in light that falls off to the right, with noise.

    `light` is the part that is missing at the right border; `noise` the standard deviation.
    """
    return lit(np.where(mask, BRIGHT, DARK), light, noise, rng)


def threshold_error(name, image, mask, **how) -> float:
    """Return the part of the pixels on the wrong side of a threshold; 1 minus the larger class where there is none."""
    threshold = threshold_by(name, image, **how)
    if threshold is None:
        return float(min(mask.mean(), 1 - mask.mean()))
    return float((regions.threshold_fixed(image, threshold) != mask).mean())


def threshold_errors(mask, noises=(0.0,), lights=(0.0,), smoothing=0.0, rng=0, **how) -> dict[str, np.ndarray]:
    """Return {name: (noises, lights) errors} of the seven on `two_tones`, smoothed by a Gaussian first if asked.

    `how` goes to `threshold_by`.
    """
    errors = {name: np.empty((len(noises), len(lights))) for name in THRESHOLDS}
    for i, noise in enumerate(noises):
        for j, light in enumerate(lights):
            picture = ndimage.gaussian_filter(two_tones(mask, noise, light, rng), smoothing)
            for name in THRESHOLDS:
                errors[name][i, j] = threshold_error(name, picture, mask, **how)
    return errors


def two_classes(means, deviations, share, n=200_000, rng=0):
    """Return grey values (1, n) in [0, 1] of two normal classes, and which are of the second, the share of n."""
    rng = np.random.default_rng(rng)
    second = np.arange(n) < round(share * n)
    values = rng.normal(np.where(second, means[1], means[0]), np.where(second, deviations[1], deviations[0]))
    return np.clip(values, 0, 1)[None], second[None]


def least_error(values, second) -> tuple[float, float]:
    """Return the threshold in steps of 1/1000 that errs least, and its error: what no threshold can beat."""
    candidates = np.linspace(0, 1, 1001)
    first = np.sort(values[~second])
    other = np.sort(values[second])
    wrong = len(first) - np.searchsorted(first, candidates, "right") + np.searchsorted(other, candidates, "right")
    best = int(np.argmin(wrong))
    return float(candidates[best]), float(wrong[best] / values.size)


def holes_of(mask) -> np.ndarray:
    """Return the pixels of each piece of the ground that lies inside a region, closed in by its sides and corners."""
    return np.bincount(ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)[0].ravel())[1:]


def count_holes(mask) -> int:
    """Return how many holes a region has."""
    return len(holes_of(mask))


def growing_time(side, rounds=3) -> float:
    """Return the least milliseconds in which a region grows over all of a square of `side` pixels, one by one."""
    square = images.noisy(np.full((side, side), 0.5), 0.02, rng=0)
    times = []
    with threadpool_limits(1):
        for _ in range(rounds):
            start = time.perf_counter()
            regions.region_growing(square, (side // 2, side // 2), 0.5)
            times.append(1e3 * (time.perf_counter() - start))
    return min(times)


def basins(image, sigma=1.0) -> int:
    """Return how many basins the gradient of a grey picture has, after a Gaussian."""
    return int(regions.regional_minima(relief(image, sigma)).max())


def flat_markers(slope, share=0.5, least=20):
    """Return markers: pieces of the flattest `share` of the pixels that have at least so many pixels."""
    pieces, n = ndimage.label(slope <= np.quantile(slope, share))
    large = np.bincount(pieces.ravel()) >= least
    large[0] = False
    if n == 0 or not large.any():
        return (slope == slope.min()).astype(np.int32)
    return np.where(large, np.cumsum(large), 0).astype(np.int32)[pieces]


def segmented(name, grey, tolerance=0.16):
    """Return the label map of one of `METHODS` on a grey picture in [0, 1]."""
    checks.choice(name, "name", METHODS)
    smooth = np.clip(ndimage.gaussian_filter(grey, 1), 0, 1)
    if name == "growing":
        return regions.grow_regions(smooth, tolerance / 2, rng=0)
    if name == "split and merge":
        return regions.split_and_merge(smooth, tolerance)
    slope = relief(grey, 2)
    return regions.watershed(slope, flat_markers(slope) if name == "watershed, markers" else None) - 1


def region_scores(labels, truth) -> RegionScores:
    """Score a label map against true classes, of which 255 is ignored."""
    decided = truth != 255
    names, regions_ = np.unique(labels[decided], return_inverse=True)
    counts = np.zeros((len(names), truth[decided].max() + 1), int)
    np.add.at(counts, (regions_.ravel(), truth[decided]), 1)
    return RegionScores(
        len(np.unique(labels)),
        metrics.boundary_recall(labels, truth),
        metrics.undersegmentation_error(labels, truth),
        float(counts.max(axis=1).sum() / decided.sum()),
    )


def compare_methods(photo, noise=0.0) -> dict[str, RegionScores]:
    """Return {method: scores} on a photograph whose truth ships with the course."""
    grey, truth = checks.image(images.grey(images.load(photo))), images.ground_truth(photo).labels
    picture = images.noisy(grey, noise, rng=0) if noise else grey
    return {name: region_scores(segmented(name, picture), truth) for name in METHODS}


def block_borders(image, truth, min_size, tolerance=0.16) -> BlockBorders:
    """Score the borders of a quadtree's blocks on a grey picture in [0, 1] against true classes."""
    states = list(regions.split_and_merge_steps(image, tolerance, min_size=min_size))
    tree = [state for state in states if state.phase == "split"][-1].labels
    merged = states[-1].labels
    walls = [metrics.true_boundary(labels, ignore=None) for labels in (tree, merged)]
    recalls = [metrics.boundary_recall(labels, truth, tolerance=1) for labels in (tree, merged)]
    chances = [float(ndimage.maximum_filter(wall, 3, mode="constant").mean()) for wall in walls]
    gone = float(1 - walls[1].sum() / max(walls[0].sum(), 1))
    return BlockBorders(recalls[0], chances[0], recalls[1], chances[1], gone)
