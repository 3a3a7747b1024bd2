"""What chapter 4.1 measures: every method of the chapter on one picture, and what all their answers have in common."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

import numpy as np
from scipy import ndimage

from seglearn import checks, clustering, edges, graphs, images, metrics, regions
from seglearn.clustering.connectivity import enforce_connectivity
from seglearn.experiments.graphs import rectangle_around, scribbles
from seglearn.words import mark

SIDE = 160  # pixels, the longest side in the shoot-out, so that the slowest methods can take part
TOLERANCE = 2  # pixels, how far off a border may be
N_STROKES = 10  # that graph cut is given on either side
VEHICLE = 5  # a class of the streets


@dataclass(frozen=True)
class Scene:
    """A picture, what is known of it, and what a user tells the methods that ask for marks."""

    image: np.ndarray  # (H, W) or (H, W, 3) uint8
    truth: np.ndarray | None  # (H, W) int32, 255 where undecided
    foreground: np.ndarray  # (H, W) bool, marked pixels
    background: np.ndarray  # (H, W) bool
    wanted: np.ndarray  # (H, W) bool, around which the rectangle of GrabCut is drawn


@dataclass(frozen=True)
class Method:
    """One method of the chapter as a specialist would set it, and the number that spoils it."""

    section: str
    parameter: str
    value: float  # a whole one stays whole, and at least 1
    run: Callable  # (scene, value) -> label map (H, W), or edges (H, W) bool
    finds: str = "regions"  # or "edges"


@dataclass(frozen=True)
class Entry:
    """One method's answer in the shoot-out."""

    labels: np.ndarray  # (H, W) int32 from 0; of edges, the regions that they part
    edges: np.ndarray  # (H, W) bool, between regions, or as the operator found them
    value: float  # of the method's parameter
    seconds: float  # the shorter of two runs


@dataclass(frozen=True)
class Scores:
    """How an answer compares with the truth; each from 0 to 1, 1 is best."""

    boundary: float  # F of the borders, at a tolerance of two pixels
    covering: float  # of the true regions, each by the one region that fits it best


# ---- the pictures


def scene(picture, truth=None) -> Scene:
    """Reduce a picture to SIDE pixels and mark it: on what its truth has, or in the middle and at the border.

    picture (H, W) or (H, W, 3) uint8; `truth` a `images.GroundTruth` or None.
    """
    small = images.reduced(picture, SIDE)
    if truth is None:
        return _marked(small, None, _middle(small.shape[:2]))
    block = -(-max(picture.shape[:2]) // SIDE)
    labels = truth.labels[block // 2 :: block, block // 2 :: block]
    height, width = labels.shape  # a last block that is cut off has no middle
    return _marked(small[:height, :width], labels, (labels > 0) & (labels != 255))


def street(number) -> Scene:
    """Return a held-out street of chapter 4.6, whose marks are on its vehicles. Needs PyTorch."""
    image, truth = import_module("seglearn.experiments.network_views").street(number)
    return _marked(image, truth, truth == VEHICLE)


def _marked(image, truth, wanted):
    rng = np.random.default_rng(0)
    decided = np.ones(wanted.shape, bool) if truth is None else truth != 255
    marks = scribbles(wanted, N_STROKES, rng), scribbles(~wanted & decided, N_STROKES, rng)
    return Scene(image, truth, *marks, wanted)


def _middle(shape):
    """An ellipse: where the thing is that a photographer meant, if nobody says where."""
    rows, cols = (np.linspace(-1, 1, n) for n in shape)
    return rows[:, None] ** 2 + cols**2 < 0.3


# ---- the methods


def _k_means(scene, k):
    colors = scene.image.reshape(scene.wanted.size, -1) / 255
    return clustering.k_means(colors, k, rng=0).labels.reshape(scene.wanted.shape)


def _spectral(scene, k):
    """On a quarter of the pixels, since its time grows fast with their number."""
    small = images.reduced(scene.image, -(-max(scene.wanted.shape) // 2))
    labels = clustering.segment_spectral(small, max(k, 2), rng=0)
    rows, cols = (np.arange(n) // 2 for n in scene.wanted.shape)
    return labels[rows[:, None], cols]


def _mean_shift(scene, radius):
    return clustering.segment_mean_shift(scene.image, 8, radius, min_size=40)


def _slic(scene, k):
    return clustering.slic(scene.image, k)


def _sobel(scene, threshold):
    return edges.sobel(images.grey(scene.image)) > threshold


def _log(scene, threshold):
    return edges.zero_crossings(edges.laplacian_of_gaussian(images.grey(scene.image), 1.5), threshold)


def _canny(scene, high):
    return edges.canny(images.grey(scene.image), 1.0, high / 2, high)


def _otsu(scene, factor):
    grey = images.grey(scene.image)
    return grey > factor * regions.threshold_otsu(grey)


def _adaptive(scene, size):
    grey = images.grey(scene.image)
    odd = 2 * (min(size, *grey.shape) // 2) - 1
    return grey > regions.threshold_adaptive(grey, odd)


def _growing(scene, tolerance):
    smooth = np.rint(ndimage.gaussian_filter(images.grey(scene.image).astype(float), 1)).astype(np.uint8)
    return enforce_connectivity(regions.grow_regions(smooth, tolerance, 0), 40)


def _split_merge(scene, tolerance):
    return regions.split_and_merge(images.grey(scene.image), tolerance)


def _watershed(scene, depth):
    """On a smoothed gradient in steps of a depth: a basin shallower than a step has no source of its own."""
    gradient = edges.sobel(ndimage.gaussian_filter(images.grey(scene.image) / 255, 1))
    return regions.watershed(np.floor(gradient / depth)) - 1


def _normalized_cut(scene, k):
    return graphs.segment_normalized_cut(scene.image, max(k, 2), n_superpixels=250)


def _graph_cut(scene, smoothness):
    return graphs.graph_cut(scene.image, scene.foreground, scene.background, smoothness=smoothness)


def _grab_cut(scene, margin):
    return graphs.grab_cut(scene.image, rectangle_around(scene.wanted, margin))


def _network(name, scene, exposure, crf=False):
    """Label a picture, brightened by a factor, with a network that ships; ImportError without PyTorch."""
    networks = import_module("seglearn.networks")
    image = np.dstack([scene.image] * 3) if scene.image.ndim == 2 else scene.image
    lit = np.rint(np.minimum(image * exposure, 255)).astype(np.uint8)
    if not crf:
        return networks.predict(_shipped(name), lit)
    settings = import_module("seglearn.experiments.networks").CRF
    return networks.dense_crf(networks.probabilities(_shipped(name), lit), lit, **settings)


@lru_cache(maxsize=4)
def _shipped(name):
    return import_module("seglearn.networks").shipped(name)[0]


METHODS = {
    mark("K-Means"): Method("4.2.1", mark("K"), 4, _k_means),
    mark("spectral"): Method("4.2.2", mark("K"), 6, _spectral),
    mark("mean shift"): Method("4.2.3", mark("colour radius"), 24, _mean_shift),
    mark("SLIC"): Method("4.2.4", mark("K"), 40, _slic),
    mark("Sobel"): Method("4.3", mark("threshold"), 0.15, _sobel, "edges"),
    mark("LoG"): Method("4.3", mark("threshold"), 0.03, _log, "edges"),
    mark("Canny"): Method("4.3", mark("high threshold"), 0.5, _canny, "edges"),
    mark("Otsu"): Method("4.4.1", mark("times Otsu's threshold"), 1.0, _otsu),
    mark("adaptive"): Method("4.4.1", mark("window"), 75, _adaptive),
    mark("region growing"): Method("4.4.2", mark("tolerance"), 24, _growing),
    mark("split and merge"): Method("4.4.3", mark("tolerance"), 80, _split_merge),
    mark("watershed"): Method("4.4.4", mark("depth of a step"), 0.06, _watershed),
    mark("normalized cut"): Method("4.5.1", mark("K"), 6, _normalized_cut),
    mark("graph cut"): Method("4.5.2", mark("smoothness"), 50, _graph_cut),
    mark("GrabCut"): Method("4.5", mark("margin of the rectangle"), 4, _grab_cut),
    mark("FCN-8s"): Method("4.6.1", mark("exposure"), 1.0, lambda s, v: _network("fcn8s_scenes", s, v)),
    mark("DeepLab V1"): Method("4.6.2", mark("exposure"), 1.0, lambda s, v: _network("deeplab_v1_scenes", s, v, True)),
    mark("ReSeg"): Method("4.6.3", mark("exposure"), 1.0, lambda s, v: _network("reseg_scenes", s, v)),
}


# ---- the shoot-out


def compete(name, scene, doublings=0) -> Entry | None:
    """Run one of METHODS on a scene, its parameter doubled so many times; None where it needs PyTorch, not there."""
    method = METHODS[checks.choice(name, "name", tuple(METHODS))]
    value, seconds = method.value * 2.0**doublings, []
    if isinstance(method.value, int):
        value = max(round(value), 1)
    try:
        for _ in range(2):  # the first run may load or compile
            start = time.perf_counter()
            found = method.run(scene, value)
            seconds.append(time.perf_counter() - start)
    except ImportError:
        return None
    if method.finds == "edges":
        return Entry(parted(found), found, value, min(seconds))
    labels = found.astype(np.int32)
    return Entry(labels, borders(labels), value, min(seconds))


def shoot_out(scene, name="K-Means", doublings=0) -> dict:
    """Return {method: Entry} of all METHODS, the parameter of one of them doubled so many times."""
    return {each: compete(each, scene, doublings if each == name else 0) for each in METHODS}


def judge(entry, truth) -> Scores:
    """Compare an `Entry` with a true map (H, W), 255 where undecided."""
    return Scores(metrics.boundary_f(entry.edges, truth, TOLERANCE)[2], metrics.covering(entry.labels, truth))


def one_region(truth) -> Scores:
    """Return the scores of an answer that parts nothing, which every method has to beat; truth as in `judge`."""
    nothing = np.zeros(truth.shape, np.int32)
    return judge(Entry(nothing, borders(nothing), 0, 0), truth)


def borders(labels):
    """Return the pixels (H, W) bool that differ from the neighbour to their right or below."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    return found


def parted(found):
    """Return the regions (H, W) int32 that edges part; an edge pixel belongs to the nearest."""
    if found.all():
        return np.zeros(found.shape, np.int32)
    pieces = ndimage.label(~found)[0]
    nearest = ndimage.distance_transform_edt(found, return_distances=False, return_indices=True)
    return (pieces[tuple(nearest)] - 1).astype(np.int32)


# ---- what a segmentation is


def times_covered(masks):
    """Return for every pixel (H, W) in how many regions it is; masks (K, H, W) bool. A partition has 1 everywhere."""
    return np.asarray(masks, bool).sum(axis=0)


def likeness(entry, image) -> tuple[float, float]:
    """Return how much of the picture's variance regions explain, and how much the same regions elsewhere would.

    Elsewhere: turned over, upside down and left to right; likeness inside regions is then owed to their shapes alone.
    """
    turned = np.ascontiguousarray(entry.labels[::-1, ::-1])
    return metrics.explained_variation(entry.labels, image), metrics.explained_variation(turned, image)


def scores_of_scribble(truth, rng=0, n_trials=20):
    """Score one prediction again and again while only what lies on undecided pixels changes.

    truth (H, W), 255 where undecided. Returns mean IoU (n_trials,) where they are ignored, and where they count.
    """
    rng, classes, undecided = np.random.default_rng(rng), truth[truth != 255].max() + 1, truth == 255
    prediction = np.where(undecided, 0, np.roll(truth, 5, axis=1) % 255).astype(np.int32)  # five pixels off
    ignored, counted = [], []
    for _ in range(n_trials):
        prediction[undecided] = rng.integers(0, classes, undecided.sum())
        ignored.append(metrics.mean_iou(prediction, truth))
        counted.append(metrics.mean_iou(prediction, truth, ignore=None))
    return np.array(ignored), np.array(counted)
