"""The look of every figure: its size, its type, its colours, its panels."""

import io

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from PIL import Image

from seglearn import words

WIDTH, DPI = 9.6, 100  # inches, and pixels an inch: 960 pixels fit the column of a notebook
TALLEST = 4.6  # inches that a row of pictures may take
TITLE, GAP, LEFT, BOTTOM = 0.38, 0.18, 0.72, 0.58  # inches: a title, between panels, room for the axes of a plot

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


def panels(*rows):
    """Return a figure and its axes, one for each panel, row by row, all in one list.

    A row is a tuple of panels. A panel is a picture's shape (H, W, ...), drawn without ticks; or one number, width
    over height, for a plot with ticks. Pictures and plots of a row are equally high and fill the figure's width.
    """
    sizes, total = [], 0.0
    for row in rows:
        pictures = [not isinstance(panel, (int, float)) for panel in row]
        aspects = [panel[1] / panel[0] if is_picture else panel for panel, is_picture in zip(row, pictures)]
        axes_room = sum(0.12 if is_picture else LEFT for is_picture in pictures) + GAP * (len(row) - 1)
        height = min((WIDTH - axes_room) / sum(aspects), TALLEST)
        below = 0.12 if all(pictures) else BOTTOM
        sizes.append((height, below, pictures, aspects, WIDTH - axes_room - height * sum(aspects)))
        total += TITLE + height + below
    figure = Figure(figsize=(WIDTH, total), dpi=DPI)
    FigureCanvasAgg(figure)
    top, axes = total, []
    for height, below, pictures, aspects, spare in sizes:
        left = spare / 2
        for is_picture, aspect in zip(pictures, aspects):
            left += 0.06 if is_picture else LEFT - 0.06
            box = (left / WIDTH, (top - TITLE - height) / total, height * aspect / WIDTH, height / total)
            axes.append(figure.add_axes(box))
            if is_picture:
                axes[-1].set(xticks=[], yticks=[])
                axes[-1].spines[:].set_visible(False)
            left += height * aspect + GAP + 0.06
        top -= TITLE + height + below
    return figure, axes


def heading(axes, text):
    """Write what to see above a panel (placed by hand: matplotlib's own placement builds every tick, 13 ms)."""
    axes.set_title(text, y=1.0, pad=6)


def picture(axes, array, text):
    """Show a picture, uint8 or float in [0, 1], grey or RGB, under a title; data coordinates are (col, row)."""
    array = np.asarray(array)
    height, width = array.shape[:2]
    if array.dtype != np.uint8:
        array = np.rint(255 * np.clip(array, 0, 1)).astype(np.uint8)
    # A picture with more pixels than its panel is averaged down, since nearest would drop lines; a smaller one is
    # blown up in squares.
    room = axes.get_window_extent()
    size = round(room.width), round(room.height)
    way = Image.Resampling.BOX if width > size[0] else Image.Resampling.NEAREST
    rgba = np.full((size[1], size[0], 4), 255, np.uint8)
    array = np.asarray(Image.fromarray(array).resize(size, way))
    rgba[..., :3] = array if array.ndim == 3 else array[..., None]
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    pixels = _Pixels(axes, extent=(*axes.get_xlim(), *axes.get_ylim()))
    pixels.set_data(rgba)
    axes.add_image(pixels)
    heading(axes, text)


class _Pixels(AxesImage):
    """A picture that has the pixels of its panel already; matplotlib would resample it in float, 10 ms a panel."""

    def make_image(self, renderer, magnification=1.0, unsampled=False):
        box = self.axes.bbox
        size = round(box.width * magnification), round(box.height * magnification)
        pixels = self.get_array()
        if pixels.shape[1::-1] != size:
            pixels = np.asarray(Image.fromarray(np.asarray(pixels)).resize(size, Image.Resampling.NEAREST))
        return np.asarray(pixels)[::-1], box.x0, box.y0, None


def crosshair(axes, col, row, color=SEED):
    """Mark a pixel so that it shows on dark and on light."""
    for size, width, ink in ((17, 5, "white"), (15, 2.5, color)):
        axes.plot([col], [row], marker="o", ms=size, mew=width, mfc="none", mec=ink, ls="none", clip_on=False)


def tell(figure, *, call, numbers, alt, last=0):
    """Give a figure its words: the call that made it, what is seen in numbers, the text for those who don't see it.

    `last` is where its step control ends.
    """
    figure.call, figure.numbers, figure.alt, figure.last = call, numbers, alt, last
    return figure


def encode(figure, kind="png"):
    """Return a figure as the bytes of a "png", "svg" or "jpeg" file; the same figure gives the same bytes."""
    with matplotlib.rc_context(rc()):
        if kind == "svg":
            out = io.BytesIO()
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
            return out.getvalue()
        figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3])
    out = io.BytesIO()
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
