"""The look of every figure: its size, its type, its colours, its panels."""

import io
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from seglearn import words

WIDTH, DPI = 10.6, 100  # inches, and pixels an inch: the column of a notebook on a laptop
TALLEST = 3.6  # inches: on a laptop, the picture and its controls are to be seen together
TITLE, GAP, LEFT, PAD = 0.38, 0.18, 0.72, 0.12  # inches: a title, between panels, a plot's left axis, below a picture
AXIS, TICKS = 0.46, 0.34  # inches that a plot is shorter than a picture: ticks and a name, or ticks alone
LEAST = 0.8  # inches, the height of a plot in a stack

# One meaning, one colour, in the whole course.
FOREGROUND, BACKGROUND = "#D55E00", "#0072B2"
SEED, EDGE, CUT, NOW = "#CC79A7", "#E69F00", "#000000", "#D55E00"
INK, FAINT = "#222222", "#B8B8B8"

# Okabe and Ito's colours, which colour-blind readers tell apart; black is kept for ink.
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#7F7F7F")


def rc():
    """Return the settings under which figures are drawn and saved."""
    font = words.cjk_font() if words.language() == "zh_CN" else None
    return {
        "font.family": ["DejaVu Sans", *([font] if font else [])],
        "font.size": 11,
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "legend.fontsize": 11,
        "xtick.labelsize": 11,
        "ytick.labelsize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#888888",
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": "#555555",
        "ytick.color": "#555555",
        "axes.unicode_minus": False,
        "svg.hashsalt": "seglearn",
        "svg.fonttype": "path",
    }


def palette(n_colors):
    """Return (n, 3) uint8: Okabe and Ito's colours, then the same lighter, then darker, and so on around."""
    base = np.array([matplotlib.colors.to_rgb(color) for color in OKABE_ITO])
    shades = [base, base + 0.55 * (1 - base), 0.55 * base]
    colors = np.concatenate(shades)[np.arange(n_colors) % (3 * len(base))]
    return np.rint(255 * colors).astype(np.uint8)


@dataclass(frozen=True)
class Stack:
    """Plots over each other in one column of a row of panels."""

    width: float  # over the height of the row
    n_plots: int = 2


@dataclass(frozen=True)
class Pile:
    """Pictures over each other in one column of a row of panels, equally wide."""

    shapes: tuple  # of (H, W, ...)


def panels(*rows, tallest=TALLEST):
    """Return a figure and its axes, one for each panel, row by row, all in one list.

    A row is a tuple of panels. A panel is a picture's shape (H, W, ...), drawn without ticks; one number, width
    over height, for a plot with ticks; a `Stack` of plots or a `Pile` of pictures. What stands in a row is equally
    high and fills the figure's width, but no figure is higher than `tallest`: then plots are wider than asked for,
    pictures smaller.
    """
    heights = [_height(row) for row in rows]
    room = tallest - len(rows) * (TITLE + PAD)
    if sum(heights) > room:
        heights = [height * room / sum(heights) for height in heights]
    total = round(DPI * (sum(heights) + len(rows) * (TITLE + PAD))) / DPI
    figure = Figure(figsize=(WIDTH, total), dpi=DPI)
    FigureCanvasAgg(figure)
    top, axes = total - TITLE, []
    for row, height in zip(rows, heights):
        for is_picture, box in _boxes(row, height):
            left, up, width, high = (round(DPI * inches) / DPI for inches in box)  # pictures fill whole pixels
            bottom = round(DPI * (top - up - high)) / DPI
            axes.append(figure.add_axes((left / WIDTH, bottom / total, width / WIDTH, high / total)))
            if is_picture:
                axes[-1].set(xticks=[], yticks=[])
                axes[-1].spines[:].set_visible(False)
        top -= height + PAD + TITLE
    return figure, axes


def _height(row):
    """Return how high a row is, in inches, if it fills the width."""
    slopes, offsets = zip(*map(_width, row))
    least = max((_least(panel) for panel in row if isinstance(panel, Stack)), default=0.0)
    return max((_spare(row) - sum(offsets)) / sum(slopes), least)


def _width(panel):
    """Return how wide a panel is: so many inches for each inch of the row's height, and so many more."""
    if isinstance(panel, Stack):
        return panel.width, 0.0
    if isinstance(panel, Pile):
        inverse = sum(shape[0] / shape[1] for shape in panel.shapes)
        return 1 / inverse, -(len(panel.shapes) - 1) * (TITLE + PAD) / inverse
    return (panel, -panel * AXIS) if _is_plot(panel) else (panel[1] / panel[0], 0.0)


def _boxes(row, height):
    """Yield for each panel of a row whether it is a picture, and (left, down from the top, width, height), inches."""
    is_plot = [_is_plot(panel) for panel in row]
    widths = [slope * height + offset for slope, offset in map(_width, row)]
    spare = _spare(row) - sum(widths)
    plots = sum(width for width, plot in zip(widths, is_plot) if plot)
    pictures = sum(widths) - plots
    if plots and spare > 0:  # plots give way
        widths = [width * (1 + spare / plots) if plot else width for width, plot in zip(widths, is_plot)]
        spare = 0
    elif pictures:  # the pictures of a row with a high stack
        widths = [width if plot else width * min(1, 1 + spare / pictures) for width, plot in zip(widths, is_plot)]
        spare = max(spare, 0)
    left = spare / 2
    for panel, width, plot in zip(row, widths, is_plot):
        left += LEFT - 0.06 if plot else 0.06
        if isinstance(panel, Stack):
            each = (height - AXIS - (panel.n_plots - 1) * (TITLE + TICKS)) / panel.n_plots
            for k in range(panel.n_plots):
                yield False, (left, k * (each + TITLE + TICKS), width, each)
        elif isinstance(panel, Pile):
            down = 0.0
            for shape in panel.shapes:
                yield True, (left, down, width, width * shape[0] / shape[1])
                down += width * shape[0] / shape[1] + TITLE + PAD
        else:
            yield not plot, (left, 0.0, width, height - AXIS if plot else width * panel[0] / panel[1])
        left += width + GAP + 0.06


def _is_plot(panel):
    return isinstance(panel, (int, float, Stack))


def _least(stack):
    return AXIS + stack.n_plots * LEAST + (stack.n_plots - 1) * (TITLE + TICKS)


def _spare(row):
    """Return the inches of the width that the panels of a row share."""
    return WIDTH - sum(LEFT if _is_plot(panel) else 0.12 for panel in row) - GAP * (len(row) - 1)


def heading(axes, text):
    """Write what to see above a panel, within the figure.

    It is placed by hand, since matplotlib's own placement builds every tick, 13 ms.
    """
    title = axes.set_title(text, y=1.0, pad=6)
    box, figure = title.get_window_extent(), axes.figure.bbox
    if box.x0 < 0 or box.x1 > figure.width:
        title.set(ha="left" if box.x0 < 0 else "right", x=(0.0 if box.x0 < 0 else 1.0))


def picture(axes, array, text, labels=None):
    """Show a picture, uint8 or float in [0, 1], grey or RGB, under a title; data coordinates are (col, row).

    `labels` (H, W) draws the borders between labels over it, one side dark and one light, so that they show on any
    ground; it may be finer than the picture, which keeps its coordinates.
    """
    array = np.asarray(array)
    height, width = array.shape[:2]
    if array.dtype != np.uint8:
        array = np.rint(255 * np.clip(array, 0, 1)).astype(np.uint8)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    pixels = _Pixels(axes, extent=(*axes.get_xlim(), *axes.get_ylim()))
    pixels.set_data(array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=2))
    pixels.labels = labels
    axes.add_image(pixels)
    heading(axes, text)


class _Pixels(AxesImage):
    """A picture brought to the pixels of its panel by Pillow; matplotlib would resample it in float, 10 ms a panel."""

    labels = None

    def make_image(self, renderer, magnification=1.0, unsampled=False):
        box = self.axes.bbox
        size = round(box.width * magnification), round(box.height * magnification)
        # A picture with more pixels than its panel is averaged down, since nearest would drop lines; a smaller one
        # is blown up in squares.
        array = self.get_array()
        way = Image.Resampling.BOX if array.shape[1] > size[0] else Image.Resampling.NEAREST
        rgba = np.full((size[1], size[0], 4), 255, np.uint8)
        rgba[..., :3] = np.asarray(Image.fromarray(np.asarray(array)).resize(size, way))
        if self.labels is not None:
            _border(rgba, self.labels, max(1, round(self.figure.dpi * magnification / DPI)))
        return rgba[::-1], box.x0, box.y0, None


def _border(rgba, labels, width):
    """Draw the borders between labels: their upper and left side black, the other white, each `width` pixels."""
    rows, cols = (((np.arange(n) + 0.5) * size / n).astype(int) for n, size in zip(rgba.shape, labels.shape))
    labels = labels[rows[:, None], cols]
    across, down = labels[:, :-1] != labels[:, 1:], labels[:-1] != labels[1:]
    for k in range(width):
        for ink, first in ((0, True), (255, False)):
            for mask, axis in ((across, 1), (down, 0)):
                view, edge = (rgba, mask) if axis == 0 else (rgba.swapaxes(0, 1), mask.T)
                n = len(edge) - k
                part = view[:n] if first else view[k + 1 :]
                part[(edge[k:] if first else edge[:n]), :3] = ink


def brush(axes, width, ink="white", marker="o"):
    """Show over a picture, on the right, what the next stroke is drawn with, so many of the picture's pixels wide."""
    side = width * axes.bbox.width / np.ptp(axes.get_xlim())  # pixels of the frame
    axes.plot(
        1 - side / 2 / axes.bbox.width, 1 + TITLE * DPI / 2 / axes.bbox.height, marker, color=ink, ms=side * 72 / DPI,
        mec=INK, mew=1, transform=axes.transAxes, clip_on=False,
    )  # fmt: skip


def crosshair(axes, col, row, color=SEED):
    """Mark a pixel so that it shows on dark and on light."""
    for size, width, ink in ((17, 5, "white"), (15, 2.5, color)):
        axes.plot([col], [row], marker="o", ms=size, mew=width, mfc="none", mec=ink, ls="none", clip_on=False)


def tell(figure, *, call, numbers, alt, last=0, idle=(), answer=None):
    """Give a figure its words: the call that made it, what is seen in numbers, the text for those who don't see it.

    `call` is what the figure ran (`seglearn.figures.call`): the figure keeps its text, and what it gave. Where it got
    this more cheaply it says so with `answer`, and a test runs the call. `last` is where its step control ends,
    and `idle` names the controls that change nothing as the others stand.
    """
    figure.call, figure.answer = str(call), getattr(call, "value", None) if answer is None else answer
    figure.numbers, figure.alt, figure.last, figure.idle = numbers, alt, last, list(idle)
    return figure


def encode(figure, kind="png", ratio=1.0):
    """Return a figure as the bytes of a "png", "svg" or "jpeg" file; the same figure gives the same bytes.

    `ratio` is how many pixels of the screen one of the figure's takes (2 on many laptops); an SVG has no pixels.
    """
    out = io.BytesIO()
    with matplotlib.rc_context(rc()):
        if kind == "svg":
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
            return out.getvalue()
        figure.set_dpi(DPI * ratio)
        figure.canvas.draw()
        image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
        figure.set_dpi(DPI)
    if kind == "jpeg":
        image.save(out, "JPEG", quality=92, subsampling=0)
    else:
        image.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()


def boxes(figure):
    """Return for each panel its box in the picture (left, top, right, bottom; fractions) and its data limits."""
    found = []
    for axes in figure.axes:
        box = axes.get_position()
        limits = (*axes.get_xlim(), *axes.get_ylim())
        found.append({"box": [box.x0, 1 - box.y1, box.x1, 1 - box.y0], "limits": [float(v) for v in limits]})
    return found
