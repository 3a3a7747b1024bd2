"""VGG-16: thirteen 3 x 3 convolutions, five poolings, three fully connected layers that may become convolutions."""

import torch
from torch import nn

from seglearn import checks

CHANNELS = ((1, 1), (2, 2), (4, 4, 4), (8, 8, 8), (8, 8, 8))  # of the convolutions before each pooling, times `width`


class VGG16(nn.Module):
    """Say what a picture shows: K scores for the whole of it.

    conv3-w x 2, pool, conv3-2w x 2, pool, conv3-4w x 3, pool, conv3-8w x 3, pool, conv3-8w x 3, pool, fc-h, fc-h, fc-K

    Parameters
    ----------
    n_classes : int of at least 1, the lecture's 1000 of ImageNet.
    width : int of at least 1, the channels of the first convolution; 64 in the paper.
    head : int of at least 1, the channels of fc6 and fc7; None takes the paper's proportion, 64 `width`.
    batch_norm : bool, normalise each convolution's output over the batch, without which small budgets don't suffice.

    Called with (B, 3, H, W) float, H and W at least 32, it gives scores (B, K). Names and shapes of its tensors are
    those of torchvision's `vgg16` and `vgg16_bn`, so their published weights come in with `load_weights`.

    Example
    -------
    >>> scores = VGG16(10, width=8)(torch.zeros(1, 3, 224, 224))

    Raises
    ------
    ValueError, TypeError : sizes below 1; when called, no (B, 3, H, W) or less than 32 pixels a side.

    Source: K. Simonyan and A. Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR
    2015, table 1, column D; batch normalisation, S. Ioffe and C. Szegedy, ICML 2015. Lecture 4.6.1, figure 4-16.
    """

    def __init__(self, n_classes=1000, *, width=64, head=None, batch_norm=False):
        super().__init__()
        n_classes, head = checks.integer(n_classes, "n_classes", 1), head_channels(width, head)
        self.features = vgg_features(width, batch_norm)
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(7 * 7 * 8 * width, head), nn.ReLU(inplace=True), nn.Dropout(),  # fc6
            nn.Linear(head, head), nn.ReLU(inplace=True), nn.Dropout(),  # fc7
            nn.Linear(head, n_classes),  # fc8
        )  # fmt: skip
        initialise(self)

    def forward(self, x):  # (B, 3, H, W)
        check_batch(x)
        x = self.features(x)  # (B, 8w, H/32, W/32)
        x = self.avgpool(x)  # (B, 8w, 7, 7), unchanged where H = W = 224
        x = x.flatten(1)  # (B, 49 * 8w)
        return self.classifier(x)  # (B, K)


class ConvolutionalVGG16(nn.Module):
    """VGG-16 whose last three layers are convolutions: a map of scores for a picture of any size from 224; see
    `convolutionalize`."""

    def __init__(self, features, classifier):
        super().__init__()
        self.features, self.classifier = features, classifier

    def forward(self, x):  # (B, 3, H, W)
        check_batch(x, least=224)
        x = self.features(x)  # (B, 8w, H/32, W/32)
        return self.classifier(x)  # (B, K, H/32 - 6, W/32 - 6)


def convolutionalize(vgg) -> ConvolutionalVGG16:
    """Return the same network as convolutions alone: fc6 becomes one of 7 x 7, fc7 and fc8 become 1 x 1.

    W (h, 49 C) x flat(P)  =  (W as (h, C, 7, 7)) * P,  for P of (C, 7, 7)

    Parameters
    ----------
    vgg : VGG16. The result shares its numbers: to train one is to train the other.

    Returns
    -------
    ConvolutionalVGG16 : (B, 3, H, W) to (B, K, H/32 - 6, W/32 - 6), H and W at least 224. On 224 x 224 it gives the
    scores of `vgg`; on more, those of `vgg` on every window of 224 x 224 at steps of 32, but for what the zeros that
    the convolutions add around a window change.

    Example
    -------
    >>> scores = convolutionalize(VGG16(10, width=8))(torch.zeros(1, 3, 256, 320))

    Raises
    ------
    TypeError : no VGG16.

    Source: J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015,
    section 3.1, figure 2. Lecture 4.6.1, figure 4-16.
    """
    if not isinstance(vgg, VGG16):
        checks.fail("vgg", "a VGG16", type(vgg).__name__, TypeError)
    layers = []
    for layer in vgg.classifier:
        if isinstance(layer, nn.Linear):
            size = 1 if layers else 7
            weight = layer.weight.unflatten(1, (-1, size, size)).detach()  # (h, C, size, size)
            linear, layer = layer, nn.Conv2d(*weight.shape[1::-1], size, device="meta")  # without numbers of its own
            layer.weight, layer.bias = nn.Parameter(weight), linear.bias
        layers.append(layer)
    return ConvolutionalVGG16(vgg.features, nn.Sequential(*layers)).train(vgg.training)


def vgg_features(width=64, batch_norm=False) -> nn.Sequential:
    """Return the convolutions and poolings of VGG-16: (B, 3, H, W) to (B, 8w, H/32, W/32)."""
    width, layers, n_in = checks.integer(width, "width", 1), [], 3
    for block in CHANNELS:
        for factor in block:
            layers.append(nn.Conv2d(n_in, factor * width, 3, padding=1))
            n_in = factor * width
            layers += [nn.BatchNorm2d(n_in)] * batch_norm + [nn.ReLU(inplace=True)]
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def poolings(features, x) -> list:
    """Return what each pooling of `vgg_features` gives: (B, w, H/2, W/2), ..., (B, 8w, H/32, W/32)."""
    found = []
    for layer in features:
        x = layer(x)
        if isinstance(layer, nn.MaxPool2d):
            found.append(x)
    return found


def head_channels(width, head):
    """Return the channels of fc6 and fc7."""
    return 64 * checks.integer(width, "width", 1) if head is None else checks.integer(head, "head", 1)


def initialise(module):
    """Draw the weights as for a training from nothing: normal, so that a signal neither grows nor fades (He 2015)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0, 0.01)
            nn.init.zeros_(layer.bias)


def check_batch(x, *, least=32):
    """Return height and width of a batch of RGB pictures of at least `least` pixels a side; refuse anything else."""
    if not isinstance(x, torch.Tensor):
        checks.fail("x", "a tensor of float", type(x).__name__, TypeError)
    if not x.is_floating_point():
        checks.fail("x", "a tensor of float", x.dtype, TypeError)
    if x.ndim != 4 or x.shape[1] != 3:
        checks.fail("x", "pictures (B, 3, H, W)", f"shape {tuple(x.shape)}")
    if min(x.shape[2:]) < least:
        checks.fail("x", f"at least {least} pixels a side", f"{x.shape[2]} x {x.shape[3]}")
    return x.shape[2:]
