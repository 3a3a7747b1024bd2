"""FCN: a classifier made convolutional, whose coarse map of scores is brought back to the picture's size.

The three networks differ by what they look at while they enlarge: the end of the network alone (32s), the fourth
pooling as well (16s), or the fourth and the third (8s).
"""

import torch
from torch import nn
from torch.nn import functional as F

from seglearn import checks
from seglearn.networks.vgg import check_batch, head_channels, initialise, poolings, vgg_features


class FCN32s(nn.Module):
    """Label every pixel by scores at every 32nd one, enlarged 32 times at once.

    s = up32(score(fc7))

    Parameters
    ----------
    n_classes : int of at least 1, the lecture's 21 of VOC.
    width : int of at least 1, the channels of the first convolution; 64 in the paper.
    head : int of at least 1, the channels of fc6 and fc7; None takes the paper's proportion, 64 `width`.
    batch_norm : bool, normalise over the batch (then without the dropout), as training from nothing needs it.

    Called with (B, 3, H, W) float, any H and W from 32, it gives scores (B, K, H, W).

    Where the paper pads the picture by 100 pixels and crops what comes out, here fc6 is padded by 3, and the picture
    to a multiple of 32 with its last row and column: the maps of all layers then lie exactly over each other. All
    three networks are trained in one go; the paper trained 32s first and went on from it.

    Example
    -------
    >>> scores = FCN32s(7, width=8)(torch.zeros(1, 3, 100, 150))

    Raises
    ------
    ValueError, TypeError : sizes below 1; when called, no (B, 3, H, W) or less than 32 pixels a side.

    Source: J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic Segmentation", CVPR 2015,
    sections 3 and 4. Lecture 4.6.1, figures 4-16 to 4-18.
    """

    def __init__(self, n_classes=21, *, width=64, head=None, batch_norm=False):
        super().__init__()
        n_classes, head = checks.integer(n_classes, "n_classes", 1), head_channels(width, head)
        self.features = vgg_features(width, batch_norm)
        self.classifier = convolutional_head(8 * width, head, batch_norm)
        initialise(self)
        self.score = score(head, n_classes)
        self.up32 = upsampling(n_classes, 32, learned=False)

    def forward(self, x):  # (B, 3, H, W)
        height, width = check_batch(x)
        x = whole_cells(x)  # (B, 3, 32h, 32w)
        x = self.features(x)  # (B, C, h, w)
        x = self.classifier(x)  # (B, D, h, w)
        s = self.up32(self.score(x))  # (B, K, 32h, 32w)
        return s[..., :height, :width]  # (B, K, H, W)


class FCN16s(nn.Module):
    """Add what the fourth pooling says before the scores are enlarged 16 times; everything else as in `FCN32s`.

    s = up16(up2(score(fc7)) + score(pool4))
    """

    def __init__(self, n_classes=21, *, width=64, head=None, batch_norm=False):
        super().__init__()
        n_classes, head = checks.integer(n_classes, "n_classes", 1), head_channels(width, head)
        self.features = vgg_features(width, batch_norm)
        self.classifier = convolutional_head(8 * width, head, batch_norm)
        initialise(self)
        self.score = score(head, n_classes)
        self.score4 = score(8 * width, n_classes)
        self.up2 = upsampling(n_classes, 2)
        self.up16 = upsampling(n_classes, 16, learned=False)

    def forward(self, x):  # (B, 3, H, W)
        height, width = check_batch(x)
        x = whole_cells(x)  # (B, 3, 32h, 32w)
        *_, pool4, pool5 = poolings(self.features, x)  # (B, C, 2h, 2w), (B, C, h, w)
        x = self.classifier(pool5)  # (B, D, h, w)
        s = self.up2(self.score(x)) + self.score4(pool4)  # (B, K, 2h, 2w)
        s = self.up16(s)  # (B, K, 32h, 32w)
        return s[..., :height, :width]  # (B, K, H, W)


class FCN8s(nn.Module):
    """Add what the fourth and then the third pooling say; everything else as in `FCN32s`.

    s = up8(up2(up2(score(fc7)) + score(pool4)) + score(pool3))
    """

    def __init__(self, n_classes=21, *, width=64, head=None, batch_norm=False):
        super().__init__()
        n_classes, head = checks.integer(n_classes, "n_classes", 1), head_channels(width, head)
        self.features = vgg_features(width, batch_norm)
        self.classifier = convolutional_head(8 * width, head, batch_norm)
        initialise(self)
        self.score = score(head, n_classes)
        self.score4 = score(8 * width, n_classes)
        self.score3 = score(4 * width, n_classes)
        self.up2 = upsampling(n_classes, 2)
        self.up4 = upsampling(n_classes, 2)
        self.up8 = upsampling(n_classes, 8, learned=False)

    def forward(self, x):  # (B, 3, H, W)
        height, width = check_batch(x)
        x = whole_cells(x)  # (B, 3, 32h, 32w)
        *_, pool3, pool4, pool5 = poolings(self.features, x)  # (B, C/2, 4h, 4w), (B, C, 2h, 2w), (B, C, h, w)
        x = self.classifier(pool5)  # (B, D, h, w)
        s = self.up2(self.score(x)) + self.score4(pool4)  # (B, K, 2h, 2w)
        s = self.up4(s) + self.score3(pool3)  # (B, K, 4h, 4w)
        s = self.up8(s)  # (B, K, 32h, 32w)
        return s[..., :height, :width]  # (B, K, H, W)


def convolutional_head(n_in, head, batch_norm=False) -> nn.Sequential:
    """Return fc6 and fc7 as convolutions: (B, n_in, h, w) to (B, head, h, w)."""
    fc6, fc7 = nn.Conv2d(n_in, head, 7, padding=3), nn.Conv2d(head, head, 1)
    if batch_norm:
        return nn.Sequential(
            fc6, nn.BatchNorm2d(head), nn.ReLU(inplace=True), fc7, nn.BatchNorm2d(head), nn.ReLU(inplace=True)
        )
    return nn.Sequential(fc6, nn.ReLU(inplace=True), nn.Dropout(), fc7, nn.ReLU(inplace=True), nn.Dropout())


def score(n_in, n_classes) -> nn.Conv2d:
    """Return a 1 x 1 convolution that begins at zero, so that a skip first changes nothing (section 4.2)."""
    layer = nn.Conv2d(n_in, n_classes, 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def upsampling(n_channels, factor, *, learned=True) -> nn.ConvTranspose2d:
    """Return a transposed convolution that begins as bilinear interpolation: (B, K, h, w) to (B, K, fh, fw).

    Without `learned` it stays so, as the paper's last one does (section 4.3).
    """
    layer = nn.ConvTranspose2d(n_channels, n_channels, 2 * factor, stride=factor, padding=factor // 2, bias=False)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.weight[range(n_channels), range(n_channels)] = bilinear_kernel(factor)
    layer.weight.requires_grad_(learned)
    return layer


def bilinear_kernel(factor) -> torch.Tensor:
    """Return the kernel with which a transposed convolution of stride `factor` interpolates bilinearly.

    k[i, j] = (1 - |i + 1/2 - f| / f) (1 - |j + 1/2 - f| / f),  i, j = 0 .. 2f - 1

    Parameters
    ----------
    factor : even int of at least 2, the stride f; the padding that goes with it is f / 2.

    Returns
    -------
    (2f, 2f) float32, of sum f^2: at every pixel of the result the taps that fall on it sum to 1.

    Example
    -------
    >>> bilinear_kernel(2)[0]
    tensor([0.0625, 0.1875, 0.1875, 0.0625])

    Raises
    ------
    ValueError, TypeError : odd, or below 2.

    Source: J. Long, E. Shelhamer and T. Darrell, CVPR 2015, section 3.3. Lecture 4.6.1, figure 4-17.
    """
    factor = checks.integer(factor, "factor", 2)
    if factor % 2:
        checks.fail("factor", "an even integer", factor)
    tent = 1 - (torch.arange(2 * factor) + 0.5 - factor).abs() / factor  # (2f,)
    return tent[:, None] * tent  # (2f, 2f)


def whole_cells(x, cell=32):
    """Check a batch and pad it to a multiple of `cell`, with its last row and column: (B, 3, H, W)."""
    check_batch(x)
    return F.pad(x, (0, -x.shape[-1] % cell, 0, -x.shape[-2] % cell), mode="replicate")
