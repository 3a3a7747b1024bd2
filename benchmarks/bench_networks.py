"""A training step (forward, loss, backward) against torchvision's definition of the same network, equal weights.

torchvision is needed here alone: `pip install torchvision`.
"""

import torch
from torch import nn
from torch.nn import functional as F

from seglearn.networks import VGG16, FCN8s
from seglearn.race import race


def rows():
    """Yield (name, agreement, Race) for VGG-16 at full size and for the FCN-8s of the course."""
    vgg = _torchvision_vgg()
    if vgg is None:
        yield "networks / torchvision", "torchvision is not installed", "-"
        return
    torch.manual_seed(0)
    ours, theirs = VGG16().eval(), vgg.vgg16().eval()
    yield "VGG16, 2 x 96 x 96 / torchvision", *_compare(ours, theirs, torch.randn(2, 3, 96, 96), ())
    ours = FCN8s(7, width=16, head=128, batch_norm=True)
    theirs = _FCN8s(vgg, 7, 16, 128)
    for module in (ours.score, ours.score4, ours.score3):  # which begin at zero
        nn.init.normal_(module.weight, 0, 0.01)
    for name, batch in (("16 x 96 x 96", (16, 3, 96, 96)), ("2 x 256 x 320", (2, 3, 256, 320))):
        yield f"FCN8s, {name} / on torchvision's layers", *_compare(ours, theirs, torch.randn(batch), batch[2:])


def _compare(ours, theirs, x, size):
    theirs.load_state_dict(ours.state_dict())
    y = torch.randint(7, (len(x), *size))
    with torch.no_grad():
        a, b = ours(x), theirs(x)
    difference = float((a - b).abs().max() / a.abs().max())
    ours.to(memory_format=torch.channels_last)  # as `train` does
    mine = x.to(memory_format=torch.channels_last)
    return f"scores differ by {difference:.0e}", race(_step(ours, mine, y), _step(theirs, x, y), rounds=7)


def _step(model, x, y):
    def step():
        model.zero_grad()
        F.cross_entropy(model(x), y).backward()

    return step


def _torchvision_vgg():
    """Return `torchvision.models.vgg`; a copy without its compiled operators, of which none is used here, will do."""
    try:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision.models import vgg
    except ImportError:
        return None
    return vgg


class _FCN8s(nn.Module):
    """The same network as one writes it around torchvision's features."""

    def __init__(self, vgg, n_classes, width, head):
        super().__init__()
        channels = [c if c == "M" else c * width // 64 for c in vgg.cfgs["D"]]
        self.features = vgg.make_layers(channels, batch_norm=True)
        self.classifier = nn.Sequential(
            nn.Conv2d(8 * width, head, 7, padding=3), nn.BatchNorm2d(head), nn.ReLU(inplace=True),
            nn.Conv2d(head, head, 1), nn.BatchNorm2d(head), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.score, self.score4 = nn.Conv2d(head, n_classes, 1), nn.Conv2d(8 * width, n_classes, 1)
        self.score3 = nn.Conv2d(4 * width, n_classes, 1)
        self.up2 = nn.ConvTranspose2d(n_classes, n_classes, 4, 2, 1, bias=False)
        self.up4 = nn.ConvTranspose2d(n_classes, n_classes, 4, 2, 1, bias=False)
        self.up8 = nn.ConvTranspose2d(n_classes, n_classes, 16, 8, 4, bias=False).requires_grad_(False)

    def forward(self, x):
        pool3 = self.features[:24](x)
        pool4 = self.features[24:34](pool3)
        pool5 = self.features[34:](pool4)
        s = self.up2(self.score(self.classifier(pool5))) + self.score4(pool4)
        return self.up8(self.up4(s) + self.score3(pool3))


if __name__ == "__main__":
    for name, agreement, result in rows():
        print(f"{name:50s} {agreement:32s} {result}")
