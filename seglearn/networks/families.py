"""Two more families that the lecture names: features enhanced by pooling at several scales, and a CRF that trains."""

import torch
from torch import nn
from torch.autograd import Function
from torch.nn import functional as F

from seglearn import checks
from seglearn.networks.data import MEAN, SPREAD
from seglearn.networks.deeplab import CELL, enlarged
from seglearn.networks.dense_crf import pairwise_kernels
from seglearn.networks.fcn import FCN8s, score, whole_cells
from seglearn.networks.permutohedral import gaussian_filter
from seglearn.networks.resnet import ResNet101


class PSPNet(nn.Module):
    """Label every pixel by what it is, and by what its quarter, its ninth and the whole of the picture are like.

    s = up8(score(conv3([x, up(conv1(mean of x over b x b parts)) for b in bins])))

    Parameters
    ----------
    n_classes : int of at least 1.
    width, blocks : as in `ResNet101`, which runs at eight pixels a cell.
    bins : ints of at least 1, into how many parts a side the map is pooled; the paper's (1, 2, 3, 6).

    Called with (B, 3, H, W) float, any H and W from 32, it gives scores (B, K, H, W). The paper's second loss, in the
    middle of ResNet, is left out.

    Example
    -------
    >>> scores = PSPNet(7, width=8, blocks=(1, 1, 1, 1))(torch.zeros(2, 3, 100, 150))

    Raises
    ------
    ValueError, TypeError : sizes below 1, no bin; when called, no (B, 3, H, W) or less than 32 pixels a side.

    Source: H. Zhao, J. Shi, X. Qi, X. Wang and J. Jia, "Pyramid Scene Parsing Network", CVPR 2017, section 3.2.
    Lecture 4.6, feature enhancement.
    """

    def __init__(self, n_classes=21, *, width=64, blocks=(3, 4, 23, 3), bins=(1, 2, 3, 6)):
        super().__init__()
        bins = tuple(checks.integer(n, "bins", 1) for n in bins)
        if not bins:
            checks.fail("bins", "at least one", "none")
        self.backbone = ResNet101(1, width=width, blocks=blocks, output_stride=CELL)
        n_channels = self.backbone.fc.in_features
        del self.backbone.fc
        part, last = n_channels // len(bins), n_channels // 4
        self.pyramid = nn.ModuleList(
            # Without a normalisation: over one number a picture it would have next to nothing to go by.
            nn.Sequential(nn.AdaptiveAvgPool2d(n), nn.Conv2d(n_channels, part, 1), nn.ReLU(inplace=True))
            for n in bins
        )
        self.merge = nn.Sequential(
            nn.Conv2d(n_channels + part * len(bins), last, 3, padding=1, bias=False), nn.BatchNorm2d(last),
            nn.ReLU(inplace=True), nn.Dropout(0.1),
        )  # fmt: skip
        self.score = score(last, checks.integer(n_classes, "n_classes", 1))

    def forward(self, x):  # (B, 3, H, W)
        maps = self.backbone.features(whole_cells(x, CELL))  # (B, C, h, w)
        pooled = [
            F.interpolate(level(maps), size=maps.shape[-2:], mode="bilinear", align_corners=False)
            for level in self.pyramid
        ]  # of (B, C/4, h, w)
        s = self.score(self.merge(torch.cat([maps, *pooled], dim=1)))  # (B, K, h, w)
        return enlarged(s, x)  # (B, K, H, W)


class CRFasRNN(nn.Module):
    """FCN-8s, and behind it the mean field of the dense CRF as layers whose weights are learned along with it.

    S  <-  U - mu sum_m w_m * (k_m softmax(S)),  n_iter times from S = U, the scores of FCN-8s

    Parameters
    ----------
    n_classes, width, head, batch_norm : as in `FCN8s`.
    n_iter : int of at least 0; the paper takes 5 to train and 10 to predict.
    theta_alpha, theta_beta, theta_gamma : as in `dense_crf`; they aren't learned.
    appearance, smoothness : floats above 0 from which the kernels' weights, one a class, begin. The compatibility mu,
        (K, K), begins as Potts' -1 on its diagonal: equal labels draw each other.

    Called with (B, 3, H, W) float as `as_tensor` makes them, any H and W from 32, it gives scores (B, K, H, W).

    Example
    -------
    >>> scores = CRFasRNN(7, width=8, n_iter=2)(torch.zeros(1, 3, 40, 50))

    Raises
    ------
    ValueError, TypeError : as `FCN8s` and `dense_crf`.

    Source: S. Zheng et al., "Conditional Random Fields as Recurrent Neural Networks", ICCV 2015, section 4.
    Lecture 4.6, methods with a CRF; 4.6.2.
    """

    def __init__(self, n_classes=21, *, width=64, head=None, batch_norm=False, n_iter=5, theta_alpha=60.0,
                 theta_beta=10.0, theta_gamma=3.0, appearance=3.0, smoothness=1.0):  # fmt: skip
        super().__init__()
        self.network = FCN8s(n_classes, width=width, head=head, batch_norm=batch_norm)
        self.n_iter = checks.integer(n_iter, "n_iter", 0)
        self.thetas = {
            "theta_alpha": checks.number(theta_alpha, "theta_alpha", above=0),
            "theta_beta": checks.number(theta_beta, "theta_beta", above=0),
            "theta_gamma": checks.number(theta_gamma, "theta_gamma", above=0),
        }
        begin = checks.number(appearance, "appearance", above=0), checks.number(smoothness, "smoothness", above=0)
        self.weights = nn.Parameter(torch.tensor(begin)[:, None].repeat(1, n_classes))  # (2, K)
        self.compatibility = nn.Parameter(-torch.eye(n_classes))  # (K, K)

    def forward(self, x):  # (B, 3, H, W)
        unary = self.network(x)  # (B, K, H, W)
        colours = x.detach() * x.new_tensor(SPREAD).view(3, 1, 1) + x.new_tensor(MEAN).view(3, 1, 1)
        pictures = colours.permute(0, 2, 3, 1).cpu().double().numpy()  # (B, H, W, 3) in [0, 1]
        return torch.stack([self.mean_field(u, picture) for u, picture in zip(unary, pictures)])  # (B, K, H, W)

    def mean_field(self, unary, picture):
        """Return the scores of one picture after all iterations, (K, H, W); `picture` (H, W, 3) float in [0, 1]."""
        kernels = pairwise_kernels(picture, **self.thetas, appearance=1, smoothness=1)
        u = unary.flatten(1).T  # (N, K)
        s = u
        for _ in range(self.n_iter):
            q = s.softmax(dim=1)  # (N, K)
            heard = sum(w * Filtered.apply(q, kernel) for w, kernel in zip(self.weights, kernels))  # (N, K)
            s = u - heard @ self.compatibility.T  # (N, K)
        return s.T.unflatten(1, unary.shape[1:])  # (K, H, W)


class Filtered(Function):
    """The Gaussian sums of a lattice, (N, K) to (N, K): a linear map, so its gradient is the transposed one."""

    @staticmethod
    def forward(context, values, kernel):
        context.kernel = kernel
        return _filter(kernel, values, False)

    @staticmethod
    def backward(context, gradient):
        return _filter(context.kernel, gradient, True), None


def _filter(kernel, values, reverse):
    sums = gaussian_filter(kernel, values.detach().cpu().float().numpy(), reverse=reverse)
    return torch.from_numpy(sums).to(values)
