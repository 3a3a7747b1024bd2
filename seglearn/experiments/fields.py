"""Where segmentation is used, figure 4.1-a: medicine, remote sensing, driving, each against a ground truth."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import numpy as np
from matplotlib import cbook
from scipy import ndimage

from seglearn import checks, clustering, graphs, images, metrics, regions
from seglearn.experiments.graphs import object_of, overlap, rectangle_around
from seglearn.words import mark

N_PATCHES, SMOOTHING, N_PARCELS = 400, 5.0, 24
CROPS = ((0.36, 0.50, 0.24), (0.62, 0.58, 0.30), (0.55, 0.44, 0.33), (0.46, 0.60, 0.36), (0.72, 0.68, 0.52))
ROAD, ROAD_COLOR = 0, (0.66, 0.64, 0.62)
LIGHT = np.array([-1.0, -1.0, 1.2]) / np.sqrt(3.44)  # of the relief, from the upper left


@dataclass(frozen=True)
class Field:
    """A picture from a field of use, its truth, and what two methods make of it."""

    image: np.ndarray  # (H, W, 3) or (H, W)
    truth: np.ndarray  # (H, W) int32, 255 where undecided
    plain: np.ndarray  # (H, W) int32, by a method that looks at single pixels, or that is not adapted
    fitting: np.ndarray  # (H, W) int32, by a method that suits the task
    names: tuple  # of the two methods
    scores: tuple  # of the two, from 0 to 1
    measure: str  # what the scores are
    synthetic: bool  # whether the picture was made by a program


def field(name) -> Field:
    """Return one of FIELDS, segmented and scored. The street needs PyTorch.

    Raises ValueError for an unknown name.
    """
    return FIELDS[checks.choice(name, "name", tuple(FIELDS))]()


def tissue() -> Field:
    """Glands in stained tissue: dark pixels, or dark patches."""
    image = images.reduced(images.load("immunohistochemistry"), 256)
    truth = images.ground_truth("immunohistochemistry").labels[::2, ::2]
    grey = images.grey(image)
    plain = grey <= regions.threshold_otsu(grey)
    patches = clustering.slic(image, N_PATCHES)
    colors = mean_colors(image, patches)
    found = clustering.k_means(colors, 2, rng=0)
    fitting = (found.labels == found.centers.sum(axis=1).argmin())[patches]
    masks = plain, fitting
    scores = tuple(overlap(mask, truth == 1, truth != 255) for mask in masks)
    return _field(image, truth, masks, (mark("Otsu"), mark("SLIC, then K-Means")), scores, mark("IoU"))


def relief() -> Field:
    """Catchment basins of a real landscape; the truth: water that always runs to the lowest of four neighbours."""
    height = elevation()
    smooth = ndimage.gaussian_filter(height, SMOOTHING)
    truth = drained(smooth)
    plain, fitting = regions.watershed(height) - 1, regions.watershed(smooth) - 1
    scores = tuple(metrics.covering(labels, truth, ignore=None) for labels in (plain, fitting))
    names = mark("watershed"), mark("watershed, smoothed first")
    return _field(shaded(height), truth, (plain, fitting), names, scores, mark("covering"))


def parcels() -> Field:
    """Fields and roads from the air, painted by a program: colours alone, or colours and places."""
    image, truth = aerial()
    colors = image.reshape(-1, 3) / 255
    plain = clustering.k_means(colors, len(CROPS) + 1, rng=0).labels.reshape(truth.shape)
    fitting = clustering.segment_mean_shift(image, 6, 30, min_size=30)
    scores = tuple(metrics.covering(labels, truth) for labels in (plain, fitting))
    return _field(image, truth, (plain, fitting), (mark("K-Means"), mark("mean shift")), scores, mark("covering"), True)


def driving() -> Field:
    """A street that no network has seen, put together from photographs: colours, or what a network has learned."""
    views, networks = (import_module(f"seglearn.{room}") for room in ("experiments.network_views", "networks"))
    image, truth = views.street(0)
    n_classes = len(networks.CLASSES)
    plain = clustering.k_means(image.reshape(-1, 3) / 255, n_classes, rng=0).labels.reshape(truth.shape)
    plain = majority(plain, truth)
    fitting = networks.predict(networks.shipped("reseg_scenes")[0], image)
    scores = tuple(metrics.mean_iou(labels, truth) for labels in (plain, fitting))
    names = mark("K-Means, named by the truth"), mark("ReSeg")
    return _field(image, truth, (plain, fitting), names, scores, mark("mean IoU"), True)


def motorbike() -> Field:
    """A motorbike in a garage, outlined by eye: dark pixels, or what a rectangle around it holds."""
    wanted, decided = (mask[2::5, 2::5] for mask in object_of("motorcycle"))
    image = images.reduced(images.load("motorcycle"), 150)[: wanted.shape[0], : wanted.shape[1]]
    grey = images.grey(image)
    masks = grey <= regions.threshold_otsu(grey), graphs.grab_cut(image, rectangle_around(wanted, 2))
    scores = tuple(overlap(mask, wanted, decided) for mask in masks)
    truth = np.where(decided, wanted, 255).astype(np.int32)
    return _field(image, truth, masks, (mark("Otsu"), mark("GrabCut")), scores, mark("IoU"))


FIELDS = {
    mark("medicine: stained tissue"): tissue,
    mark("remote sensing: a relief"): relief,
    mark("remote sensing: fields"): parcels,
    mark("driving: a street"): driving,
    mark("driving: a motorbike"): motorbike,
}


def _field(image, truth, answers, names, scores, measure, synthetic=False):
    plain, fitting = (np.asarray(answer, np.int32) for answer in answers)
    return Field(image, truth, plain, fitting, names, scores, measure, synthetic)


# ---- the pictures


@lru_cache(maxsize=1)
def elevation():
    """Return a landscape of Tennessee in metres, (H, W) float64, from the data that come with Matplotlib."""
    with cbook.get_sample_data("jacksboro_fault_dem.npz") as data:
        return data["elevation"].astype(float)


def shaded(height, scale=0.02):
    """Return a relief as light from the upper left shows it, (H, W) in [0, 1]; heights in metres."""
    down, right = np.gradient(height * scale)
    normal = np.stack([-right, -down, np.ones(height.shape)])
    return np.clip(np.tensordot(LIGHT, normal / np.linalg.norm(normal, axis=0), 1), 0, 1)


def aerial(size=160, rng=0):
    """Return fields between two roads, (size, size, 3) uint8, and their exact map: 0 road, 1, 2, ... fields."""
    rng = np.random.default_rng(rng)
    rows, cols = np.mgrid[:size, :size] / size
    seeds = rng.uniform(0, 1, (N_PARCELS, 2))
    tilt, stretch = rng.uniform(0.2, 0.5), rng.uniform(1.2, 1.6, N_PARCELS)
    across, along = rows * np.cos(tilt) - cols * np.sin(tilt), rows * np.sin(tilt) + cols * np.cos(tilt)
    centers = seeds @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    away = np.maximum(np.abs(across[..., None] - centers[:, 0]), np.abs(along[..., None] - centers[:, 1]) / stretch)
    parcel = away.argmin(axis=-1)  # fields with straight sides, along two directions
    image = np.empty((size, size, 3))
    for k in range(N_PARCELS):
        here, angle = parcel == k, tilt + rng.integers(2) * np.pi / 2
        furrow = 1 + 0.06 * np.sin(2 * np.pi * (rows * np.cos(angle) + cols * np.sin(angle)) * size / 4)
        image[here] = np.array(CROPS[rng.integers(len(CROPS))]) * rng.uniform(0.85, 1.15) * furrow[here, None]
    truth = parcel.astype(np.int32) + 1
    for straight, place in ((across, rng.uniform(0.2, 0.5)), (along, rng.uniform(0.5, 0.9))):
        bent = straight - place - 0.03 * np.sin(5 * (rows + cols))
        road = np.abs(bent) < 0.018
        image[road], truth[road] = ROAD_COLOR, ROAD
    image *= 0.9 + 0.2 * cols[..., None]  # light from the east
    image += 0.025 * rng.standard_normal(image.shape)
    return np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8), truth


# ---- what is compared


def drained(height):
    """Return for every pixel (H, W) int32 to which pit its water runs, always to the lowest of four neighbours.

    Pits are numbered in reading order, from 0. As J. F. O'Callaghan and D. M. Mark, "The extraction of drainage
    networks from digital elevation data", CVGIP 28 (1984) 323-344, but with four neighbours, as `watershed` has.
    """
    framed = np.pad(height, 1, constant_values=np.inf)
    n_rows, n_cols = height.shape
    beside = [
        framed[1 + r : 1 + r + n_rows, 1 + c : 1 + c + n_cols] for r, c in ((0, 0), (-1, 0), (0, -1), (0, 1), (1, 0))
    ]
    steps = np.array([0, -n_cols, -1, 1, n_cols])
    target = np.arange(height.size) + steps[np.argmin(beside, axis=0)].ravel()
    while not np.array_equal(target, target[target]):
        target = target[target]  # twice as far down in every round
    return np.unique(target, return_inverse=True)[1].reshape(height.shape).astype(np.int32)


def mean_colors(image, labels):
    """Return the mean colours of regions, (K, 3) in [0, 1]; image (H, W, 3) uint8, labels (H, W) from 0."""
    area = np.bincount(labels.ravel())
    return np.stack([np.bincount(labels.ravel(), channel) / area / 255 for channel in image.reshape(-1, 3).T], axis=1)


def majority(labels, truth):
    """Return regions (H, W) under the class that most of their decided pixels have: the best that names can do."""
    decided = truth != 255
    table = np.zeros((labels.max() + 1, truth[decided].max() + 1), int)
    np.add.at(table, (labels[decided], truth[decided]), 1)
    return table.argmax(axis=1)[labels].astype(np.int32)
