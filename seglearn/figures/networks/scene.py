"""What the figures of chapter 4.6 share: the classes' colours, their key, cells with numbers."""

import numpy as np
from matplotlib.patches import Rectangle

from seglearn.figures import style
from seglearn.words import _, mark

N_STREETS = 12  # held-out scenes that a figure offers
CLASSES = (
    mark("sky"),
    mark("building"),
    mark("vegetation"),
    mark("road"),
    mark("water"),
    mark("vehicle"),
    mark("pole"),
)  # fmt: skip  as `networks.CLASSES` has them, which cannot be read without PyTorch
COLORS = ("#56B4E9", "#E69F00", "#009E73", "#7F7F7F", "#0072B2", "#D55E00", "#F0E442")
KEY = (96, 58)  # the shape of the panel in which the colours are explained
_RGB = np.array([[int(color[k : k + 2], 16) for k in (1, 3, 5)] for color in COLORS], np.uint8)


def paint(labels):
    """Return a label map in the classes' colours, (H, W, 3) uint8."""
    return _RGB[labels]


def key(axes):
    """Explain the colours, a class a line."""
    axes.set(xlim=(0, 1), ylim=(len(CLASSES), 0))
    for k, (name, color) in enumerate(zip(CLASSES, COLORS)):
        axes.add_patch(Rectangle((0.02, k + 0.2), 0.12, 0.6, color=color, lw=0))
        axes.text(0.2, k + 0.5, _(name), va="center")


def strength(maps):
    """Return how much a cell holds, (h, w) from 0 at the least to 1: the length of its vector of channels (C, h, w)."""
    lengths = np.sqrt((np.asarray(maps, float) ** 2).sum(axis=0))
    return (lengths - lengths.min()) / max(np.ptp(lengths), 1e-12)


def cells(axes, values, title, digits=0):
    """Draw a small array as a picture, dark for small and bright for large, with its numbers where they have room."""
    values = np.asarray(values, float)
    low, high = min(values.min(), 0), max(values.max(), 1e-12)
    shade = 0.5 + 0.5 * (values - low) / (high - low)
    style.picture(axes, shade, title)
    if values.shape[1] <= 8:
        for (row, col), value in np.ndenumerate(values):
            axes.text(col, row, f"{value:.{digits}f}", ha="center", va="center")


def frame(axes, top, left, height, width, color=style.NOW):
    """Draw a frame around cells, so that it shows on dark and on light."""
    for lw, ink in ((4.5, "white"), (2.5, color)):
        axes.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, ec=ink, lw=lw))


def blocks(axes, shapes, title, now=None, tallest=None):
    """Draw each layer's output as a block: the larger its map the higher, the more channels the wider (not to scale).

    `now` is the number of one that is marked; `tallest` the side of the map that is as high as the panel, by default
    the first one's.
    """
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    tallest, left = tallest or shapes[0][1], 0.0
    for k, shape in enumerate(shapes):
        side = shape[1] if len(shape) == 3 else 0  # a vector has no places
        width, height = 0.25 + 0.55 * np.sqrt(shape[0] / 4096), max(np.sqrt(side / tallest), 0.03)
        color = style.FOREGROUND if len(shape) == 1 or k == now else style.BACKGROUND
        axes.add_patch(Rectangle((left + (1 - width) / 2, (1 - height) / 2), width, height, color=color, lw=0))
        told = f"{shape[0]}" if len(shape) == 1 else f"{shape[0]}\n{side}²"
        axes.text(left + 0.5, -0.08, told, ha="center", va="top", linespacing=1.0)
        left += 1.0
    axes.set(xlim=(-0.1, left), ylim=(-0.75, 1.02))
    style.heading(axes, title)
