"""What the figures of chapter 4.6 look at: the inside of the networks that ship, on streets that they never saw."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from seglearn import images
from seglearn.experiments.graphs import scribbles
from seglearn.experiments.networks import CRF, held_out_scenes
from seglearn.graphs import grab_cut, graph_cut
from seglearn.networks import (
    VGG16,
    as_tensor,
    convolutionalize,
    dense_crf_steps,
    gradient_field,
    layer_shapes,
    predict,
    probabilities,
    record,
    shipped,
)
from seglearn.networks.vgg import poolings
from seglearn.networks.weights import SHIPPED
from seglearn.regions import threshold_otsu

N_STROKES = 10  # that graph cut is given on either side
GALLERY = (
    "fcn32s_scenes", "fcn16s_scenes", "fcn8s_scenes", "deeplab_v1_scenes", "deeplab_v2_scenes", "reseg_scenes",
    "pspnet_scenes", "crf_as_rnn_scenes",
)  # fmt: skip


def street(number):
    """Return a held-out scene: (96, 96, 3) uint8 and its label map."""
    return held_out_scenes(number + 1)[number]


# ---- 4.6.1


def classifier_shapes(size):
    """Return the layers' shapes of VGG-16 at 224 x 224 and of the same, made convolutional, at size x size."""
    with torch.device("meta"):  # 138 million numbers, none of which is asked for
        vgg = VGG16()
    return layer_shapes(vgg, 224, 224), layer_shapes(convolutionalize(vgg), size, size)


def mosaic(size):
    """Return held-out scenes side by side, cut to (size, size, 3) uint8."""
    n = -(-size // 96)
    streets = np.array(held_out_scenes(n * n).images).reshape(n, n, 96, 96, 3)
    return streets.swapaxes(1, 2).reshape(96 * n, 96 * n, 3)[:size, :size]


def heat_map(image, label, name="fcn32s_scenes"):
    """Return how likely a class is in every cell of the coarsest map that a network has of a picture, (h, w)."""
    model, _ = shipped(name)
    with torch.no_grad():
        *_, pool5 = poolings(model.features, as_tensor(image[None]))  # (1, C, h, w)
        scores = model.score(model.classifier(pool5))  # (1, K, h, w)
    return scores[0].softmax(dim=0)[label].numpy()


@dataclass(frozen=True)
class Watched:
    """A training as it went: the loss of every step, and what some steps made of two held-out scenes."""

    losses: np.ndarray  # (T,) float32
    steps: np.ndarray  # (S,) int32, counted from 1
    scenes: np.ndarray  # (2,) their numbers, as in `street`
    predictions: np.ndarray  # (S, 2, 96, 96) uint8


def watched(name) -> Watched:
    """Return what `make weights` kept of the training of "fcn32s", "fcn16s" or "fcn8s"."""
    with np.load(SHIPPED / f"{name}_snapshots.npz") as kept:
        return Watched(kept["losses"], kept["steps"], kept["scenes"], kept["predictions"])


# ---- 4.6.2


def dilation_fields(dilations, side):
    """Return for each 3 x 3 kernel what it sees alone, and with all before it: two maps (side, side) a layer."""
    layers = [nn.Conv2d(1, 1, 3, padding=d, dilation=d) for d in dilations]
    for layer in layers:
        nn.init.ones_(layer.weight)  # all taps alike, so that nothing cancels
    x = torch.zeros(1, 1, side, side)
    return [(gradient_field(layer, x), gradient_field(nn.Sequential(*layers[: k + 1]), x)) for k, layer in
            enumerate(layers)]  # fmt: skip


@dataclass(frozen=True)
class DeepLabStages:
    """From a picture to DeepLab V1's answer."""

    image: np.ndarray  # (H, W, 3) uint8
    truth: np.ndarray  # (H, W) int32
    coarse: np.ndarray  # (h, w) int32, the labels of the network's own map
    unary: np.ndarray  # (K, H, W) float32, its probabilities, enlarged
    states: tuple  # of DenseCrfState, from the start


def deeplab_stages(number, n_iter=10, theta_alpha=CRF["theta_alpha"], theta_beta=CRF["theta_beta"]) -> DeepLabStages:
    """Run DeepLab V1 and the dense CRF on a held-out scene."""
    (image, truth), (model, _) = street(number), shipped("deeplab_v1_scenes")
    with torch.no_grad():
        coarse = model.coarse(as_tensor(image[None]))[0].argmax(dim=0).int().numpy()
    unary = probabilities(model, image)
    settings = CRF | {"n_iter": n_iter, "theta_alpha": theta_alpha, "theta_beta": theta_beta}
    return DeepLabStages(image, truth, coarse, unary, tuple(dense_crf_steps(unary, image, **settings)))


@dataclass(frozen=True)
class AsppViews:
    """What the branches of DeepLab V2 say of one class, and what a pixel hears from each."""

    rates: tuple  # of ints
    scores: np.ndarray  # (R, h, w), of the class by branch; they add up to the network's own
    fields: np.ndarray  # (R, H, W) at least 0, the gradient of the branch's score at the pixel
    labels: np.ndarray  # (H, W) int32, of the network


def aspp_views(number, row, col, label) -> AsppViews:
    """Take DeepLab V2's ASPP apart on a held-out scene, for one class, as seen from one pixel."""
    (image, _), (model, told) = street(number), shipped("deeplab_v2_scenes")
    x = as_tensor(image[None])
    with torch.no_grad():
        maps = model.backbone.features(x)
        scores = [branch(maps)[0, label].numpy() for branch in model.aspp.branches]
    cell = row // 8, col // 8
    fields = [
        gradient_field(lambda x, b=branch: b(model.backbone.features(x))[:, label : label + 1], x, cell)
        for branch in model.aspp.branches
    ]
    return AsppViews(tuple(told["arguments"]["rates"]), np.array(scores), np.array(fields), predict(model, image))


@dataclass(frozen=True)
class MaskViews:
    """An object found without a network, and what the dense CRF makes of it."""

    image: np.ndarray  # (H, W) or (H, W, 3) uint8
    truth: np.ndarray  # (H, W) int32, 1 on the object, 255 where undecided
    states: tuple  # of DenseCrfState over background and object, from the start


def mask_views(name, method, theta_alpha, theta_beta, n_iter=10, side=120) -> MaskViews:
    """Find the object of a photograph, call that 80 % sure everywhere, and let the dense CRF iterate.

    method : "threshold", Otsu's, and of the two sides that which covers less; "graph cut", from ten strokes drawn at
    random on object and ground; "grab cut", from a rectangle around the true object, a tenth wider.
    """
    photo, drawn = images.load(name), images.ground_truth(name).labels
    image = images.reduced(photo, side)
    block = -(-max(photo.shape[:2]) // side)
    truth = drawn[block // 2 :: block, block // 2 :: block][: image.shape[0], : image.shape[1]]
    image = image[: truth.shape[0], : truth.shape[1]]
    truth = np.where(truth == 255, 255, np.minimum(truth, 1))
    if method == "threshold":
        grey = images.grey(image)
        mask = grey > threshold_otsu(grey)
        mask = mask if mask.mean() <= 0.5 else ~mask
    elif method == "graph cut":
        rng = np.random.default_rng(0)
        mask = graph_cut(image, scribbles(truth == 1, N_STROKES, rng), scribbles(truth == 0, N_STROKES, rng))
    else:
        mask = grab_cut(image, _around(truth == 1))
    sure = np.where(mask, 0.8, 0.2)
    settings = CRF | {"n_iter": n_iter, "theta_alpha": theta_alpha, "theta_beta": theta_beta}
    return MaskViews(image, truth, tuple(dense_crf_steps(np.stack([1 - sure, sure]), image, **settings)))


def _around(mask):
    """Return the rectangle (top, left, bottom, right) around a mask, a tenth wider, within the picture."""
    ends = []
    for axis, size in ((1, mask.shape[0]), (0, mask.shape[1])):
        found = np.flatnonzero(mask.any(axis=axis))
        more = max(1, (found[-1] - found[0]) // 20)
        ends.append((max(1, found[0] - more), min(size - 1, found[-1] + 1 + more)))
    (top, bottom), (left, right) = ends
    return int(top), int(left), int(bottom), int(right)


# ---- 4.6.3


@dataclass(frozen=True)
class SweepViews:
    """One ReNet of ReSeg at work: what comes in, and what its two sweeps remember at every cell."""

    inputs: np.ndarray  # (C, H, W)
    columns: np.ndarray  # (2d, h, w), down then up
    rows: np.ndarray  # (2d, h, w), right then left


def sweep_views(number, layer) -> SweepViews:
    """Run the ReNets of the trained ReSeg on a held-out scene up to number `layer` (0, 1 or 2)."""
    (image, _), (model, _) = street(number), shipped("reseg_scenes")
    with torch.no_grad():
        x = model.features(as_tensor(image[None]))
        x = model.renets[: 2 * layer](x)  # each ReNet has its normalisation behind it
        renet = model.renets[2 * layer]
        v = renet.columns(x)
        h = renet.rows(v)
    return SweepViews(*(maps[0].numpy() for maps in (x, v, h)))


def context_fields(number, layer):
    """Return how much the middle cell depends on each pixel before and after one of ReSeg's ReNets, (H, W) each."""
    (image, _), (model, _) = street(number), shipped("reseg_scenes")
    x = as_tensor(image[None])
    before = nn.Sequential(model.features, *model.renets[: 2 * layer])
    return gradient_field(before, x), gradient_field(nn.Sequential(before, model.renets[2 * layer]), x)


def reseg_stages(number):
    """Return [(name, activation (C, h, w))] of every stage of the trained ReSeg on a held-out scene."""
    (image, _), (model, _) = street(number), shipped("reseg_scenes")
    x, found = as_tensor(image[None]), []
    with torch.no_grad():
        x = model.features(x)
        found.append(("VGG-16, conv3-3", x))
        for k in range(3):
            x = model.renets[2 * k : 2 * k + 2](x)
            found.append((f"ReNet {k + 1}", x))
        for layer in model.upsampling:
            x = layer(x)
            if not isinstance(layer, (nn.ConvTranspose2d, nn.BatchNorm2d)) or layer is model.upsampling[-1]:
                found.append((f"up, {x.shape[-1]} x {x.shape[-1]}", x))
        found.append(("softmax", x.softmax(dim=1)))
    return [(name, maps[0].numpy()) for name, maps in found]


# ---- all together


def gallery(image):
    """Return [(name, label map)] of every trained network on a picture (H, W, 3), sides of at least 64."""
    return [(name, predict(shipped(name)[0], image)) for name in GALLERY]


def gallery_image(photo, side=160):
    """Return a photograph (grey ones in three channels), at most `side` pixels a side, as the networks take it."""
    image = images.reduced(photo, side)
    return np.dstack([image] * 3) if image.ndim == 2 else image


def gallery_costs():
    """Return (parameters, multiply-adds on 96 x 96) of every trained network, by name."""
    return {name: (record(name)["n_parameters"], record(name)["n_multiply_adds"]) for name in GALLERY}
