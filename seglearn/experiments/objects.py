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


@dataclass(frozen=True)
class ObjectStages:
    """What every step of `find_objects` made of a picture; every array is (H, W)."""

    light: np.ndarray  # float64, objects bright
    mask: np.ndarray  # bool, above Otsu's threshold and above the mean around, holes filled
    distance: np.ndarray  # float64, how deep inside a pixel lies, in radii of the typical object
    markers: np.ndarray  # int32, one a top of the distance
    cells: np.ndarray  # int32, the watershed of minus the distance
    labels: np.ndarray  # int32, each object cut off at 0.45 of its height over what lies around it


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
    root = np.sqrt(ndimage.gaussian_filter(light, 1))  # brings dim objects nearer to bright ones
    around = threshold_adaptive(np.clip(root, 0, 1), 2 * int(0.075 * max(root.shape)) + 1)
    mask = (root > threshold_otsu(np.clip(root, 0, 1))) & (root > around)
    mask = ndimage.binary_fill_holes(ndimage.binary_opening(mask))
    if grown:
        mask = ndimage.binary_dilation(mask, iterations=grown)
    distance, markers, cells = split_touching(mask)
    return ObjectStages(light, mask, distance, markers, cells, _half_height(light, cells))


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


def split_touching(mask, depth=0.1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Divide a mask where it is narrow; return distance (in typical radii), markers and label map.

    A top counts if the way to a higher one leads down by at least `depth`. The typical radius is that of the piece in
    which the middle pixel lies, if the pieces are put in a row by their size.
    """
    pieces, n = ndimage.label(mask)
    if n == 0:
        return np.zeros(mask.shape), *np.zeros((2, *mask.shape), np.int32)
    distance = ndimage.distance_transform_edt(np.pad(mask, 1, mode="edge"))[1:-1, 1:-1]
    radii, areas = ndimage.maximum(distance, pieces, np.arange(1, n + 1)), np.bincount(pieces.ravel())[1:]
    order = np.argsort(radii, kind="stable")
    radius = radii[order][np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)]
    distance = np.round(np.where(mask, ndimage.gaussian_filter(distance, 0.2 * radius) / radius, 0), DIGITS)
    levelled = np.round(reconstruction(np.maximum(distance - depth, 0), distance), DIGITS)
    markers = np.where(mask, regional_minima(-levelled), 0)
    ground = int(markers.max()) + 1
    cells = watershed(np.where(mask, -distance, 1.0), np.where(mask, markers, ground))
    return distance, markers, np.where(cells == ground, 0, cells).astype(np.int32)


def _half_height(light, cells, reach=4, share=0.45, least=15):
    """Let every object end where the light has fallen to `share` of the way from around it to inside it."""
    if not cells.any():
        return cells
    away, nearest = ndimage.distance_transform_edt(cells == 0, return_indices=True)
    zone = np.where(away <= reach, cells[tuple(nearest)], 0)
    smooth, numbers = ndimage.gaussian_filter(light, 0.5), np.arange(cells.max() + 1)
    inside = _means(smooth, cells, numbers)
    around = _means(smooth, np.where(away > 1, zone, 0), numbers)
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
