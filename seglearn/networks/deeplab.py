"""DeepLab: maps of scores eight pixels a cell, by kernels with holes; the dense CRF sharpens what comes out."""

import torch
from torch import nn
from torch.nn import functional as F

from seglearn import checks
from seglearn.networks.fcn import score, whole_cells
from seglearn.networks.resnet import ResNet101
from seglearn.networks.vgg import head_channels, initialise, poolings, vgg_features

CELL = 8  # pixels a side


class DeepLabV1(nn.Module):
    """Label every pixel by VGG-16 whose last two poolings keep the resolution, and whose later kernels have holes.

    s = up8(score(fc7)),  up8: bilinear interpolation;  then, outside of the network, `dense_crf`

    Parameters
    ----------
    n_classes : int of at least 1, the lecture's 21 of VOC.
    width : int of at least 1, the channels of the first convolution; 64 in the paper.
    head : int of at least 1, the channels of fc6 and fc7; None takes the paper's proportion, 16 `width`.
    rate : int of at least 1, the dilation of fc6; the paper's 12 gives it the field of view of fc6 in VGG-16.
    batch_norm : bool, normalise over the batch (then without the dropout), as training from nothing needs it.

    Called with (B, 3, H, W) float, H and W from 32 and one of them above 8 `rate`, it gives scores (B, K, H, W).

    This is the paper's DeepLab-LargeFOV. The first three poolings are VGG's 2 x 2, so that published weights fit and
    a cell covers 8 x 8 pixels exactly; the last two are 3 x 3 at stride 1, which stay centred on their cell.

    Example
    -------
    >>> scores = DeepLabV1(7, width=8, rate=4)(torch.zeros(1, 3, 100, 150))

    Raises
    ------
    ValueError, TypeError : sizes below 1, a rate below 1; when called, no (B, 3, H, W), less than 32 pixels a side, a
    rate beyond the map, whose kernel would look at nothing but its middle.

    Source: L.-C. Chen et al., "Semantic Image Segmentation with Deep Convolutional Nets and Fully Connected CRFs",
    ICLR 2015, section 3; LargeFOV, section 5. Lecture 4.6.2.1, figures 4-22 and 4-21 (i).
    """

    def __init__(self, n_classes=21, *, width=64, head=None, rate=12, batch_norm=False):
        super().__init__()
        n_classes, rate = checks.integer(n_classes, "n_classes", 1), checks.integer(rate, "rate", 1)
        head = 16 * checks.integer(width, "width", 1) if head is None else head_channels(width, head)
        self.features = dilated(vgg_features(width, batch_norm))
        self.classifier = nn.Sequential(
            nn.Conv2d(8 * width, head, 3, padding=rate, dilation=rate), *_between(head, batch_norm),
            nn.Conv2d(head, head, 1), *_between(head, batch_norm),
        )  # fmt: skip
        initialise(self)
        self.score = score(head, n_classes)

    def coarse(self, x):  # (B, 3, H, W)
        """Return the scores before they are enlarged, (B, K, H/8, W/8); sizes are rounded up."""
        x = whole_cells(x, CELL)  # (B, 3, 8h, 8w)
        x = self.features(x)  # (B, C, h, w)
        check_rates((self.classifier[0].dilation[0],), x)
        return self.score(self.classifier(x))  # (B, K, h, w)

    def forward(self, x):  # (B, 3, H, W)
        return enlarged(self.coarse(x), x)  # (B, K, H, W)


class DeepLabV1MSc(DeepLabV1):
    """Let the picture and the first four poolings have a say in the scores, too: DeepLab-MSc-LargeFOV.

    s = up8(score(fc7, early0(x), early1(pool1), ..., early4(pool4)))

    early : a 3 x 3 convolution, whose stride brings the map to eight pixels a cell, and one of 1 x 1, both of 2 `width`
        channels, the paper's 128. Everything else as in `DeepLabV1`, whose layers the paper trains beforehand.

    Example
    -------
    >>> scores = DeepLabV1MSc(7, width=8, rate=4)(torch.zeros(1, 3, 100, 150))

    Source: as `DeepLabV1`, section 4.3.
    """

    def __init__(self, n_classes=21, *, width=64, head=None, rate=12, batch_norm=False):
        super().__init__(n_classes, width=width, head=head, rate=rate, batch_norm=batch_norm)
        maps = zip((3, width, 2 * width, 4 * width, 8 * width), (8, 4, 2, 1, 1))
        self.early = nn.ModuleList(_early(n_in, 2 * width, stride, batch_norm) for n_in, stride in maps)
        initialise(self.early)
        self.score = score(self.score.in_channels + 5 * 2 * width, n_classes)

    def coarse(self, x):  # (B, 3, H, W)
        x = whole_cells(x, CELL)  # (B, 3, 8h, 8w)
        *pools, last = poolings(self.features, x)  # (B, w, 4h, 4w), (B, 2w, 2h, 2w), (B, 4w, h, w), (B, 8w, h, w) twice
        check_rates((self.classifier[0].dilation[0],), last)
        said = [early(seen) for early, seen in zip(self.early, (x, *pools))]  # (B, 2w, h, w) each
        return self.score(torch.cat([self.classifier(last), *said], dim=1))  # (B, K, h, w)


class DeepLabV2(nn.Module):
    """Label every pixel by ResNet-101 at eight pixels a cell, seen through kernels of several rates at once.

    s = up8(sum_r conv3_r(x)),  r: the rates of `ASPP`

    Parameters
    ----------
    n_classes : int of at least 1, the lecture's 21 of VOC.
    width, blocks : as in `ResNet101`.
    rates : ints of at least 1, the dilations side by side; the paper's (6, 12, 18, 24).

    Called with (B, 3, H, W) float, H and W from 32 and one of them above 8 times the largest rate, it gives scores
    (B, K, H, W).

    The paper also averages the scores of the picture at three sizes; here it is seen at one.

    Example
    -------
    >>> scores = DeepLabV2(7, width=8, blocks=(1, 1, 1, 1), rates=(1, 2, 4))(torch.zeros(1, 3, 100, 150))

    Raises
    ------
    ValueError, TypeError : as `DeepLabV1`; no rate.

    Source: L.-C. Chen et al., "DeepLab: Semantic Image Segmentation with Deep Convolutional Nets, Atrous Convolution,
    and Fully Connected CRFs", IEEE TPAMI 40 (2018) 834-848, sections 3.1, 3.2 and 4.1. Lecture 4.6.2.2, figure 4-21
    (ii).
    """

    def __init__(self, n_classes=21, *, width=64, blocks=(3, 4, 23, 3), rates=(6, 12, 18, 24)):
        super().__init__()
        self.backbone = ResNet101(1, width=width, blocks=blocks, output_stride=CELL)
        n_channels = self.backbone.fc.in_features
        del self.backbone.fc
        self.aspp = ASPP(n_channels, n_classes, rates)

    def coarse(self, x):  # (B, 3, H, W)
        """Return the scores before they are enlarged, (B, K, H/8, W/8); sizes are rounded up."""
        x = whole_cells(x, CELL)  # (B, 3, 8h, 8w)
        x = self.backbone.features(x)  # (B, 32w, h, w)
        return self.aspp(x)  # (B, K, h, w)

    def forward(self, x):  # (B, 3, H, W)
        return enlarged(self.coarse(x), x)  # (B, K, H, W)


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: look at one map through kernels of several rates, and add up what they say.

    Parameters
    ----------
    n_in, n_out : ints of at least 1, channels in and out.
    rates : ints of at least 1; a kernel of rate r is padded by r, so that the map keeps its size.

    Raises
    ------
    ValueError, TypeError : no rate, one below 1; when called, one beyond the map.

    Source: L.-C. Chen et al., IEEE TPAMI 40 (2018), section 3.2 and figure 7. Lecture 4.6.2.2, figure 4-21 (ii).
    """

    def __init__(self, n_in, n_out, rates=(6, 12, 18, 24)):
        super().__init__()
        n_in, n_out = checks.integer(n_in, "n_in", 1), checks.integer(n_out, "n_out", 1)
        rates = tuple(checks.integer(rate, "rates", 1) for rate in rates)
        if not rates:
            checks.fail("rates", "at least one", "none")
        self.branches = nn.ModuleList(nn.Conv2d(n_in, n_out, 3, padding=r, dilation=r) for r in rates)
        for branch in self.branches:
            nn.init.normal_(branch.weight, 0, 0.01)
            nn.init.zeros_(branch.bias)

    def forward(self, x):  # (B, C, h, w)
        check_rates([branch.dilation[0] for branch in self.branches], x)
        return sum(branch(x) for branch in self.branches)  # (B, K, h, w)


def dilated(features):
    """Take the stride from the last two poolings of VGG-16, and put holes into what follows, in place.

    What followed the fourth pooling finds its neighbours two cells away instead of one.
    """
    n_poolings = 0
    for k, layer in enumerate(features):
        if isinstance(layer, nn.MaxPool2d):
            n_poolings += 1
            if n_poolings > 3:
                features[k] = nn.MaxPool2d(3, stride=1, padding=1)
        elif isinstance(layer, nn.Conv2d) and n_poolings > 3:
            layer.dilation = layer.padding = (2, 2)
    return features


def enlarged(scores, x):
    """Return scores (B, K, h, w) at the size of the picture x, bilinearly: (B, K, H, W)."""
    height, width = x.shape[-2:]
    scores = F.interpolate(scores, scale_factor=CELL, mode="bilinear", align_corners=False)  # (B, K, 8h, 8w)
    return scores[..., :height, :width]  # (B, K, H, W)


def check_rates(rates, x):
    """Refuse a rate beyond the map: all of its taps but the middle one would fall on the padding."""
    if max(rates) >= max(x.shape[-2:]):
        checks.fail("rate", f"below the map's {max(x.shape[-2:])} cells, of {CELL} pixels each", max(rates))


def _early(n_in, n_out, stride, batch_norm):
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, stride, padding=1), *_between(n_out, batch_norm),
        nn.Conv2d(n_out, n_out, 1), *_between(n_out, batch_norm),
    )  # fmt: skip


def _between(channels, batch_norm):
    if batch_norm:
        return nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
    return nn.ReLU(inplace=True), nn.Dropout()
