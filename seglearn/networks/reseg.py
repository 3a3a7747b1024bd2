"""ReNet and ReSeg: recurrent networks that sweep over a map, so that every cell hears of the whole picture."""

from torch import nn

from seglearn import checks
from seglearn.networks.fcn import whole_cells
from seglearn.networks.vgg import check_batch, initialise, vgg_features

LAST = {False: 16, True: 23}  # layers of VGG-16 up to conv3-3, without and with normalisation
STRIDE = 4  # of what they give: two poolings


class ReNet(nn.Module):
    """Sweep over a map: down and up every column, then right and left along every row.

    v(i, j) = [GRU_down(x(i, j), v(i-1, j)), GRU_up(x(i, j), v(i+1, j))],
    h(i, j) = [GRU_right(v(i, j), h(i, j-1)), GRU_left(v(i, j), h(i, j+1))]

    Parameters
    ----------
    n_in : int of at least 1, channels of the map.
    n_hidden : int of at least 1, numbers that each of the four recurrent networks remembers.
    patch : int of at least 1; patches of patch x patch cells, which don't overlap, come in as one.

    Called with (B, C, H, W), H and W multiples of `patch`, it gives (B, 2 n_hidden, H / patch, W / patch), where each
    cell depends on all of the map.

    Example
    -------
    >>> h = ReNet(3, 5, patch=2)(torch.zeros(1, 3, 8, 12))  # (1, 10, 4, 6)

    Raises
    ------
    ValueError, TypeError : sizes below 1; when called, no (B, C, H, W), a patch that does not divide the map.

    Source: F. Visin et al., "ReNet: A Recurrent Neural Network Based Alternative to Convolutional Networks", arXiv
    1505.00393 (2015), section 2; the GRU, K. Cho et al., EMNLP 2014. Lecture 4.6.3, figure 4-28.
    """

    def __init__(self, n_in, n_hidden, *, patch=1):
        super().__init__()
        n_in, n_hidden = checks.integer(n_in, "n_in", 1), checks.integer(n_hidden, "n_hidden", 1)
        self.patch = checks.integer(patch, "patch", 1)
        self.fold = nn.PixelUnshuffle(self.patch)
        self.down_up = nn.GRU(n_in * self.patch**2, n_hidden, batch_first=True, bidirectional=True)
        self.right_left = nn.GRU(2 * n_hidden, n_hidden, batch_first=True, bidirectional=True)

    def columns(self, x):  # (B, C, H, W)
        """Return what the first sweep leaves, (B, 2d, h, w): first the ways down, then those up."""
        if x.ndim != 4 or any(side % self.patch for side in x.shape[-2:]):
            checks.fail("x", f"a map (B, C, H, W), H and W multiples of the patch's {self.patch}", f"{tuple(x.shape)}")
        x = self.fold(x)  # (B, C p p, h, w)
        v = _sweep(self.down_up, x.permute(0, 3, 2, 1))  # (B, w, h, 2d)
        return v.permute(0, 3, 2, 1)  # (B, 2d, h, w)

    def rows(self, v):  # (B, 2d, h, w)
        """Return what the second sweep makes of the first, (B, 2d, h, w): first the ways right, then those left."""
        h = _sweep(self.right_left, v.permute(0, 2, 3, 1))  # (B, h, w, 2d)
        return h.permute(0, 3, 1, 2)  # (B, 2d, h, w)

    def forward(self, x):  # (B, C, H, W)
        return self.rows(self.columns(x))  # (B, 2d, h, w)


class ReSeg(nn.Module):
    """Label every pixel by VGG-16's first seven convolutions, three sweeps of ReNet, and transposed convolutions.

    s = up(...up(ReNet_3(ReNet_2(ReNet_1(conv3-3(x))))))

    Parameters
    ----------
    n_classes : int of at least 1.
    width : int of at least 1, the channels of the first convolution; 64 in the paper.
    hidden : int of at least 1, the `n_hidden` of each ReNet; None takes 1.5625 `width`, which is the authors' 100.
    patches : three powers of 2, the `patch` of each ReNet; each makes the map so many times smaller.
    batch_norm : bool, normalise VGG's convolutions over the batch.

    Called with (B, 3, H, W) float, any H and W from 32, it gives scores (B, K, H, W); their softmax are the
    probabilities.

    There are three ReNets, over which the resolution falls, as the lecture draws them; the authors' own program for
    CamVid has two, of patches 2 and 1. Each is followed by a normalisation over the batch, which the paper doesn't
    have: from nothing, and within minutes, the network doesn't learn without. The features are VGG's up to conv3-3,
    four pixels a cell.

    Example
    -------
    >>> scores = ReSeg(7, width=8)(torch.zeros(1, 3, 100, 150))

    Raises
    ------
    ValueError, TypeError : sizes below 1, patches that are no powers of 2; when called, no (B, 3, H, W) or less than
    32 pixels a side.

    Source: F. Visin et al., "ReSeg: A Recurrent Neural Network-Based Model for Semantic Segmentation", CVPR Workshops
    2016, section 3. Lecture 4.6.3, figure 4-29.
    """

    def __init__(self, n_classes=21, *, width=64, hidden=None, patches=(2, 1, 1), batch_norm=False):
        super().__init__()
        n_classes, width = checks.integer(n_classes, "n_classes", 1), checks.integer(width, "width", 1)
        hidden = max(1, round(1.5625 * width)) if hidden is None else checks.integer(hidden, "hidden", 1)
        if len(patches) != 3 or any(checks.integer(p, "patches", 1).bit_count() != 1 for p in patches):
            checks.fail("patches", "three powers of 2", tuple(patches))
        self.features = vgg_features(width, batch_norm)[: LAST[bool(batch_norm)]]
        initialise(self.features)
        layers, n_in, stride = [], 4 * width, STRIDE
        for patch in patches:
            layers += [ReNet(n_in, hidden, patch=patch), nn.BatchNorm2d(2 * hidden)]
            n_in, stride = 2 * hidden, stride * patch
        self.renets = nn.Sequential(*layers)
        self.cell = stride
        layers = []
        while stride > 2:
            n_out = max(n_classes, n_in // 2)
            layers += [nn.ConvTranspose2d(n_in, n_out, 4, 2, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU()]
            n_in, stride = n_out, stride // 2
        self.upsampling = nn.Sequential(*layers, nn.ConvTranspose2d(n_in, n_classes, 4, 2, 1))

    def forward(self, x):  # (B, 3, H, W)
        height, width = check_batch(x)
        x = whole_cells(x, self.cell)  # (B, 3, ch, cw)
        x = self.features(x)  # (B, 4w, ch/4, cw/4)
        x = self.renets(x)  # (B, 2d, h, w)
        s = self.upsampling(x)  # (B, K, ch, cw)
        return s[..., :height, :width]  # (B, K, H, W)


def _sweep(network, x):
    """Run a recurrent network both ways along the second last dimension: (B, lines, length, C) to (..., 2d)."""
    batch, lines, length, channels = x.shape
    out, _ = network(x.reshape(batch * lines, length, channels))  # (B lines, length, 2d)
    return out.unflatten(0, (batch, lines))  # (B, lines, length, 2d)
