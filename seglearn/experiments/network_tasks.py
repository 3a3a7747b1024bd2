"""Two tasks that isolate one idea each: squares that only their size tells apart, fields that only a far mark does."""

import numpy as np
import torch
from torch import nn

from seglearn.experiments.networks import scores
from seglearn.networks import ASPP, Dataset, ReNet, predict, train

SIDES = (5, 11, 23)  # pixels, of small, medium and large squares
N_OF_EACH = (4, 2, 1)
PATCH = 4  # pixels a side of the mark, and of a cell of the network that is asked for its colour


def squares(n_pictures, rng, size=64) -> Dataset:
    """Return bright squares of three sizes on a dark ground, noise on both: a square's size is its class."""
    rng = np.random.default_rng(rng)
    images, maps = [], []
    for _ in range(n_pictures):
        labels = np.zeros((size, size), np.int32)
        for k in (2, 1, 0):
            for _ in range(N_OF_EACH[k]):
                _place(labels, k + 1, SIDES[k], rng)
        grey = rng.normal(np.where(labels, 0.7, 0.3), 0.08)
        images.append(np.dstack([np.rint(255 * np.clip(grey, 0, 1)).astype(np.uint8)] * 3))
        maps.append(labels)
    return Dataset(tuple(images), tuple(maps), ("ground", "small", "medium", "large"))


def rates_scores(rates, seed=0, n_steps=100):
    """Train one 3 x 3 convolution and `ASPP` on squares; score how well it tells the sizes of others apart."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), ASPP(16, 4, rates))
    train(model, squares(48, 0), n_steps=n_steps, batch_size=4, learning_rate=1e-2, seed=seed, progress=False)
    return _scored(model, squares(24, 1))


def marked(n_pictures, rng, size=32) -> Dataset:
    """Return grey noise whose upper left corner is bright or dark: that alone is the class of every pixel."""
    rng = np.random.default_rng(rng)
    classes = rng.integers(2, size=n_pictures)
    images = rng.integers(96, 160, (n_pictures, size, size, 3)).astype(np.uint8)
    images[:, :PATCH, :PATCH] = np.where(classes, 230, 25)[:, None, None, None]
    maps = np.broadcast_to(classes[:, None, None], images.shape[:3]).astype(np.int32)
    return Dataset(tuple(images), tuple(maps), ("dark mark", "bright mark"))


def context_scores(kind, seed=0, n_steps=80):
    """Train "convolutions" (a field of 28 x 28 pixels) or a "ReNet" on marked noise; score the lower right quarter.

    Both begin with cells of 4 x 4 pixels and end by enlarging their scores four times; between, the first has five
    times as many numbers to learn.
    """
    torch.manual_seed(seed)
    if kind == "ReNet":
        middle = [ReNet(8, 8)]
    else:
        middle = [nn.Conv2d(8, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(),
                  nn.Conv2d(24, 16, 3, padding=1)]  # fmt: skip
    first = [nn.Conv2d(3, 8, PATCH, stride=PATCH), nn.ReLU()]
    model = nn.Sequential(*first, *middle, nn.Conv2d(16, 2, 1), nn.Upsample(scale_factor=PATCH))
    train(model, marked(64, 0), n_steps=n_steps, flip=False, learning_rate=1e-2, seed=seed, progress=False)
    test = marked(64, 1)
    far = slice(16, None)
    predictions = [predict(model, image)[far, far] for image, _ in test]
    return scores(predictions, [labels[far, far] for _, labels in test], 2)


def _place(labels, label, side, rng):
    """Put a square where nothing is within two pixels; after some tries, nowhere."""
    for _ in range(50):
        top, left = rng.integers(0, labels.shape[0] - side + 1, 2)
        around = labels[max(top - 2, 0) : top + side + 2, max(left - 2, 0) : left + side + 2]
        if not around.any():
            labels[top : top + side, left : left + side] = label
            return


def _scored(model, test):
    return scores([predict(model, image) for image, _ in test], [labels for _, labels in test], len(test.classes))
