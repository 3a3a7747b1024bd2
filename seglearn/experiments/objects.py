"""What chapter 4.4 measures on objects: coins and nuclei, found by threshold and watershed, against the true ones.

The nuclei are the microscope pictures of the Broad Bioimage Benchmark Collection, set BBBC038v1 (Caicedo et al., Nature
Methods 16, 2019, 1247-1253), which don't come with the course: `read_pairs` reads them where they are.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.measure import label
from skimage.morphology import reconstruction

from seglearn import checks, images
from seglearn.experiments.regions import threshold_by
from seglearn.regions import regional_minima, threshold_adaptive, threshold_fixed, threshold_otsu, watershed

OVERLAPS = np.arange(10, 20) / 20  # 0.50, 0.55, ..., 0.95
DIGITS = 6  # of a distance: two that differ by less are equal
CROSS = ndimage.generate_binary_structure(2, 1)  # a pixel and its four neighbours


@dataclass(frozen=True)
class ObjectStages:
    """What every step of `find_objects` made of a picture; every array is (H, W)."""

    light: np.ndarray  # float64, objects bright
    mask: np.ndarray  # bool, above Otsu's threshold and the mean around; only what stands out
    distance: np.ndarray  # float64, how deep inside a pixel lies, in radii of the typical object
    markers: np.ndarray  # int32, one a top of the distance
    cells: np.ndarray  # int32, the watershed of minus the distance
    labels: np.ndarray  # int32, each object cut off at half its height over what lies around it, dim ones at 0.3


@dataclass(frozen=True)
class ObjectScores:
    """How many objects were found: a pair counts where intersection over union exceeds each of `OVERLAPS`."""

    hits: np.ndarray  # (10,) true objects that were found
    false: np.ndarray  # (10,) found objects that are none
    missed: np.ndarray  # (10,) true objects that were not found

    @property
    def f1(self):
        """2 hits / (2 hits + false + missed) at an overlap of 0.5."""
        return float(2 * self.hits[0] / (2 * self.hits[0] + self.false[0] + self.missed[0]))

    @property
    def average_precision(self):
        """The mean over the overlaps of hits / (hits + false + missed)."""
        return float((self.hits / (self.hits + self.false + self.missed)).mean())


def find_objects(image) -> np.ndarray:
    """Return (H, W) int32: 0, and from 1 the objects of a picture (H, W) or (H, W, 3), by threshold and watershed."""
    return object_stages(image).labels


def object_stages(image, grown=0) -> ObjectStages:
    """Return what every step made of a picture; one setting for all pictures, chosen on other ones than are scored.

    `grown` enlarges the mask by so many pixels, so that objects touch that don't: what the watershed is for.
    """
    light = bright_objects(image)
    mask = _standing_out(light, _mask(np.sqrt(light)))  # the root brings dim objects nearer to bright ones
    if grown:
        mask = ndimage.binary_dilation(mask, iterations=grown)
    distance, markers, cells = split_touching(mask)
    return ObjectStages(light, mask, distance, markers, cells, _cut_off(light, cells))


def bright_objects(image):
    """Return the brightness (H, W) in [0, 1], turned round if the ground, the larger part of a picture, is bright."""
    light = checks.image(images.grey(image))
    return 1 - light if np.median(light) > 0.4 else light


def foreground_iou(name, image, truth) -> float:
    """Return intersection over union of what one of the seven thresholds calls objects, and all true objects."""
    light = bright_objects(image)
    threshold = threshold_by(name, light)
    found = np.zeros(light.shape, bool) if threshold is None else threshold_fixed(light, threshold)
    return float((found & (truth > 0)).sum() / max((found | (truth > 0)).sum(), 1))


def _mask(light, slack=0.97, radii=0.8):
    """Return what lies above Otsu's threshold and above the mean of a window nearly as large as an object.

    Both are lowered to 0.97, Otsu's as seen from the darkest pixel. How large the typical object is can be seen in the
    mask itself: first of Otsu's threshold alone, then of both.
    """
    bright = mask = light > (1 - slack) * light.min() + slack * threshold_otsu(light)
    for _ in range(2):
        reach = round(radii * typical_radius(_whole(mask)))
        reach = min(max(reach, 3), (min(light.shape) - 1) // 2)
        mask = bright & (light > slack * threshold_adaptive(light, 2 * reach + 1))
    return _whole(mask)


def _whole(mask):
    return ndimage.binary_fill_holes(ndimage.binary_opening(mask))


def _standing_out(light, mask, least=0.3):
    """Leave the pieces that are at least 0.3 times as high over the ground as the piece with the middle pixel."""
    pieces, n = ndimage.label(mask)
    if n == 0:
        return mask
    _, inside, around = _levels(light, pieces)
    heights, areas = (inside - around)[1:], np.bincount(pieces.ravel())[1:]
    return np.r_[False, heights >= least * _of_middle_pixel(heights, areas)][pieces]


def _of_middle_pixel(values, areas):
    """Return the value of the piece in which the middle pixel lies, if the pieces are put in a row by their value."""
    order = np.argsort(values, kind="stable")
    return values[order][np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)]


def typical_radius(mask) -> float:
    """Return how deep the piece is in which the middle pixel lies, if pieces are put in a row by depth; 0 for none."""
    pieces, n = ndimage.label(mask)
    if n == 0:
        return 0.0
    depths = ndimage.maximum(_depth(mask), pieces, np.arange(1, n + 1))
    return float(_of_middle_pixel(depths, np.bincount(pieces.ravel())[1:]))


def _depth(mask):
    return ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]


def split_touching(mask, depth=0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide a mask where it is narrow; return distance (in typical radii), markers and label map.

    A top counts if the way to a higher one leads down by at least `depth`.
    """
    radius = typical_radius(mask)
    if radius == 0:
        return np.zeros(mask.shape), *np.zeros((2, *mask.shape), np.int32)
    distance = ndimage.gaussian_filter(_depth(mask), 0.15 * radius) / radius
    distance = np.round(np.where(mask, distance, 0), DIGITS)
    levelled = reconstruction(np.maximum(distance - depth, 0), distance, footprint=CROSS)
    markers = np.where(mask, regional_minima(-np.round(levelled, DIGITS)), 0)
    ground = int(markers.max()) + 1
    cells = watershed(np.where(mask, -distance, 1.0), np.where(mask, markers, ground))
    return distance, markers, np.where(cells == ground, 0, cells).astype(np.int32)


def _cut_off(light, cells, dim=0.13, low=0.3, least=30):
    """Let every object end at half of its height over what lies around it, lower in a picture of dim objects.

    People draw those with their halo. A picture is one if the median height is below `dim`.
    """
    if not cells.any():
        return cells
    smooth = ndimage.gaussian_filter(light, 0.5)
    zone, inside, around = _levels(smooth, cells)
    share = low if np.median((inside - around)[1:]) < dim else 0.5
    kept = np.where(smooth > (share * inside + (1 - share) * around)[zone], zone, 0)
    pieces = label(kept, background=0, connectivity=1)
    areas, owners = np.bincount(pieces.ravel()), np.zeros(pieces.max() + 1, int)
    owners[pieces.ravel()] = kept.ravel()
    largest = {owners[k]: k for k in np.argsort(areas, kind="stable") if owners[k] and areas[k] >= least}
    names = np.zeros(len(areas), np.int32)
    names[list(largest.values())] = np.arange(1, len(largest) + 1)
    labels = names[pieces]
    holes = ndimage.binary_fill_holes(labels > 0) & (labels == 0)
    nearest = ndimage.distance_transform_edt(labels == 0, return_distances=False, return_indices=True)
    return np.where(holes, labels[tuple(nearest)], labels)


def _levels(light, cells, reach=4):
    """Return the zone of every cell, which reaches so far beyond it, and the mean light inside and around each."""
    away, nearest = ndimage.distance_transform_edt(cells == 0, return_indices=True)
    zone = np.where(away <= reach, cells[tuple(nearest)], 0)
    numbers = np.arange(cells.max() + 1)
    return zone, _means(light, cells, numbers), _means(light, np.where(away > 1, zone, 0), numbers)


def _means(values, labels, numbers):
    counts = np.bincount(labels.ravel(), minlength=len(numbers))
    return np.bincount(labels.ravel(), values.ravel(), minlength=len(numbers)) / np.maximum(counts, 1)


def object_scores(labels, truth) -> ObjectScores:
    """Count hits between two label maps of objects, 0 being the ground; above an overlap of 0.5 no object has two."""
    labels, truth = (np.unique(checks.labels(m), return_inverse=True)[1].reshape(np.shape(m)) for m in (labels, truth))
    n_found, n_true = labels.max() + 1, truth.max() + 1
    shared = np.bincount((labels * n_true + truth).ravel(), minlength=n_found * n_true).reshape(n_found, n_true)
    found, true = shared.sum(axis=1), shared.sum(axis=0)
    overlap = shared[1:, 1:] / (found[1:, None] + true[None, 1:] - shared[1:, 1:])
    hits = np.array([(overlap > least).sum() for least in OVERLAPS])
    return ObjectScores(hits, n_found - 1 - hits, n_true - 1 - hits)


def read_pairs(folder):
    """Yield (name, picture (H, W, 3) uint8, objects (H, W) int32) of `folder/images` and `folder/labels`, in order."""
    for path in sorted(Path(folder, "images").glob("*.png")):
        picture = np.asarray(Image.open(path).convert("RGB"))
        objects = np.asarray(Image.open(Path(folder, "labels", path.name)), dtype=np.int32)
        yield path.stem, picture, objects
