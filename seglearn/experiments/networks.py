"""What chapter 4.6 measures: networks, and a forest that knows colour and texture alone, on streets never seen."""

import statistics
import time
from dataclasses import dataclass

import numpy as np
from skimage.feature import multiscale_basic_features
from sklearn.ensemble import RandomForestClassifier

from seglearn import metrics
from seglearn.networks import CLASSES, dense_crf, n_multiply_adds, n_parameters, predict, probabilities, scenes

FOREST_PIXELS = 40_000  # that the forest learns from; more no longer help it
# Of the dense CRF: chosen by FCN-8s' scores on 40 streets of the training textures, which nothing learned from.
CRF = {"n_iter": 5, "theta_alpha": 20.0, "theta_beta": 8.0, "theta_gamma": 1.5, "appearance": 5.0, "smoothness": 0.5}


@dataclass(frozen=True)
class SegmentationScores:
    """How well pictures are labelled. Areas are those of all pictures together, as the papers count them."""

    pixel_accuracy: float
    mean_iou: float  # over the classes
    boundary_iou: float  # mean over the pictures of the mean over their classes
    class_iou: tuple  # of floats, one a class


@dataclass(frozen=True)
class NetworkCosts:
    """What one picture costs."""

    n_parameters: int  # learned ones: FCN's last interpolation stays as it is
    n_multiply_adds: int
    seconds: float  # median over the pictures, with as many threads as PyTorch takes


def training_scenes(n_scenes=400):
    """Return the streets that the shipped networks have learned from."""
    return scenes(n_scenes, split="train", rng=0)


def held_out_scenes(n_scenes=100, rng=1):
    """Return streets with textures that no network has seen."""
    return scenes(n_scenes, split="test", rng=rng)


def measure(model, data) -> tuple[SegmentationScores, NetworkCosts]:
    """Let a network label every picture of a data set; return how well it did and what it cost."""
    predictions, seconds = [], []
    for image, _ in data:
        start = time.perf_counter()
        predictions.append(predict(model, image))
        seconds.append(time.perf_counter() - start)
    height, width = data[0][1].shape
    costs = NetworkCosts(
        n_parameters(model, learned=True), n_multiply_adds(model, height, width), statistics.median(seconds)
    )
    return scores(predictions, [labels for _, labels in data], len(data.classes)), costs


def sharpened_scores(model, data) -> SegmentationScores:
    """Score what the dense CRF makes of a network's probabilities."""
    predictions = [dense_crf(probabilities(model, image), image, **CRF) for image, _ in data]
    return scores(predictions, [labels for _, labels in data], len(data.classes))


def scores(predictions, truths, n_classes) -> SegmentationScores:
    """Score label maps (H, W) against true ones; 255 in the truth doesn't count."""
    flat, true = (np.concatenate([labels.ravel() for labels in maps])[None] for maps in (predictions, truths))
    decided = true != 255
    hits = [[np.count_nonzero(m & decided) for m in _meet(flat == c, true == c)] for c in range(n_classes)]
    return SegmentationScores(
        metrics.pixel_accuracy(flat, true),
        metrics.mean_iou(flat, true, n_classes=n_classes),
        float(np.mean([metrics.boundary_iou(p, t) for p, t in zip(predictions, truths)])),
        tuple(both / either if either else 1.0 for both, either in hits),
    )


def forest(data, *, n_trees=50, rng=0):
    """Train a random forest on colour and texture around each pixel: what can be had without a network.

    Returns
    -------
    A function from a picture (H, W, 3) to its labels (H, W) int32.
    """
    rng = np.random.default_rng(rng)
    rows = FOREST_PIXELS // len(data) + 1  # pixels of each picture
    features, labels = [], []
    for image, truth in data:
        decided = np.flatnonzero(truth != 255)
        chosen = rng.choice(decided, min(rows, len(decided)), replace=False)
        features.append(_features(image)[chosen])
        labels.append(truth.flat[chosen])
    trees = RandomForestClassifier(n_trees, min_samples_leaf=4, random_state=0)
    trees.fit(np.concatenate(features), np.concatenate(labels))
    return lambda image: trees.predict(_features(image)).reshape(image.shape[:2]).astype(np.int32)


def forest_scores(train=None, test=None) -> SegmentationScores:
    """Return how well that forest does on the streets that the networks are measured on."""
    label = forest(train or training_scenes())
    test = test or held_out_scenes()
    return scores([label(image) for image, _ in test], [labels for _, labels in test], len(CLASSES))


def _meet(a, b):
    return a & b, a | b


def _features(image):
    """(H W, 60): colour, gradient, the Hessian's eigenvalues of every channel, under five Gaussians."""
    features = multiscale_basic_features(image, channel_axis=-1, sigma_min=0.5, sigma_max=8)  # pixels
    return features.reshape(-1, features.shape[-1])
