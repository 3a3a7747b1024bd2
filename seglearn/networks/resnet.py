"""ResNet-101: thirty-three bottlenecks, each of which adds a correction to what comes in."""

from torch import nn
from torch.nn import functional as F

from seglearn import checks
from seglearn.networks.vgg import check_batch

WIDENING = 4  # channels that leave a bottleneck, for each in its middle


class ResNet101(nn.Module):
    """Say what a picture shows, by 101 layers that a gradient passes unhindered.

    x  <-  relu(x + B(x)),  B: conv1-c, conv3-c, conv1-4c, each normalised over the batch

    Parameters
    ----------
    n_classes : int of at least 1, the lecture's 1000 of ImageNet.
    width : int of at least 1, the channels of the first convolution; 64 in the paper.
    blocks : four ints of at least 1, bottlenecks a stage; (3, 4, 6, 3) makes it ResNet-50, (1, 1, 1, 1) one of 14
        layers.
    output_stride : 32, 16 or 8: how many pixels a side the cells of the last map have. Below 32, the last one or two
        stages keep their resolution, and their 3 x 3 kernels get holes instead.

    Called with (B, 3, H, W) float, H and W at least 32, it gives scores (B, K). Names and shapes of its tensors are
    those of torchvision's `resnet101`, so its published weights come in with `load_weights`; as there, the stride
    sits on the 3 x 3 convolution, where the paper has it on the 1 x 1 before.

    Example
    -------
    >>> scores = ResNet101(10, width=8, blocks=(1, 1, 1, 1))(torch.zeros(1, 3, 64, 64))

    Raises
    ------
    ValueError, TypeError : sizes below 1, another stride; when called, no (B, 3, H, W) or less than 32 pixels a side.

    Source: K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.
    Lecture 4.6.2.2.
    """

    def __init__(self, n_classes=1000, *, width=64, blocks=(3, 4, 23, 3), output_stride=32):
        super().__init__()
        n_classes, width = checks.integer(n_classes, "n_classes", 1), checks.integer(width, "width", 1)
        if len(blocks) != 4:
            checks.fail("blocks", "four numbers of bottlenecks", blocks)
        if output_stride not in (8, 16, 32):
            checks.fail("output_stride", "8, 16 or 32", output_stride)
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        n_in, stride, dilation = width, 4, 1
        for k, n_blocks in enumerate(blocks):
            step, before = 1 if k == 0 else 2, dilation
            if stride * step > output_stride:  # holes instead of steps
                step, dilation = 1, dilation * step
            stride *= step
            layers = []
            for i in range(checks.integer(n_blocks, "blocks", 1)):
                # What the first block reads has not been thinned out: its kernel keeps the holes of the stage before.
                layers.append(Bottleneck(n_in, 2**k * width, step if i == 0 else 1, before if i == 0 else dilation))
                n_in = WIDENING * 2**k * width
            setattr(self, f"layer{k + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(n_in, n_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def features(self, x):  # (B, 3, H, W)
        """Return the last stage's map, (B, 32w, h, w)."""
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)  # (B, w, H/2, W/2)
        x = F.max_pool2d(x, 3, stride=2, padding=1)  # (B, w, H/4, W/4)
        x = self.layer1(x)  # (B, 4w, H/4, W/4)
        x = self.layer2(x)  # (B, 8w, H/8, W/8)
        x = self.layer3(x)  # (B, 16w, H/16, W/16), or H/8, W/8
        return self.layer4(x)  # (B, 32w, H/32, W/32), or H/16, W/16, or H/8, W/8

    def forward(self, x):  # (B, 3, H, W)
        check_batch(x)
        x = self.features(x)  # (B, 32w, h, w)
        x = x.mean(dim=(2, 3))  # (B, 32w)
        return self.fc(x)  # (B, K)


class Bottleneck(nn.Module):
    """Narrow, look around, widen, and add what came in: (B, n_in, h, w) to (B, 4c, h/s, w/s)."""

    def __init__(self, n_in, channels, stride, dilation):
        super().__init__()
        n_out = WIDENING * channels
        self.conv1 = nn.Conv2d(n_in, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, n_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.downsample = None
        if stride > 1 or n_in != n_out:
            self.downsample = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):  # (B, n_in, h, w)
        shortcut = x if self.downsample is None else self.downsample(x)  # (B, 4c, h/s, w/s)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)  # (B, c, h, w)
        x = F.relu(self.bn2(self.conv2(x)), inplace=True)  # (B, c, h/s, w/s)
        x = self.bn3(self.conv3(x))  # (B, 4c, h/s, w/s)
        return F.relu(x + shortcut, inplace=True)  # (B, 4c, h/s, w/s)
