"""Figure 4.3-c: Canny, stage by stage."""

from typing import Annotated

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Range, Step, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

ROWS, COLUMNS = 20, 56  # of the piece that is magnified
STRONG, WEAK, DROPPED = (np.array(matplotlib.colors.to_rgb(c)) for c in (style.EDGE, "#56B4E9", "#555555"))
FIELDS = ("", "smoothed", "magnitude", "direction", "thinned", "strong", "edges")  # of CannyStages
TITLES = (
    mark("The picture"),
    mark("1  Smoothed"),
    mark("2  Length of the gradient"),
    mark("3  Its direction, as a hue"),
    mark("4  Thinned to ridges"),
    mark("5  Strong (orange), weak (blue)"),
    mark("6  Linked: weak ones dropped (grey)"),
)


@figure(
    "4.3-c",
    mark("Canny, stage by stage"),
    presets={
        mark("the whole pipeline"): {"stage": 6},
        mark("under noise"): {"noise": 0.1, "sigma": 2.0, "stage": 6},
        mark("noise, and no smoothing"): {"noise": 0.1, "sigma": 0.0, "stage": 6},
        mark("too much smoothing"): {"sigma": 6.0, "low": 0.05, "high": 0.1, "stage": 6},
        mark("one threshold only: gaps"): {"low": 0.8, "stage": 6},
        mark("thresholds too low: everything"): {"low": 0.02, "high": 0.04, "stage": 6},
    },
    gesture={"point": ("col", "row")},
)
def canny_stages(
    *,
    photo: source.PHOTO = "camera",
    sigma: Annotated[float, Range(0.0, 6.0, 0.1, mark("width of the Gaussian, in pixels"))] = 1.4,
    low: Annotated[float, Range(0.0, 2.0, 0.01, mark("threshold of weak edges"))] = 0.2,
    high: Annotated[float, Range(0.0, 3.0, 0.01, mark("threshold of strong edges"))] = 0.8,
    noise: source.NOISE = 0.0,
    row: Annotated[int, Range(0, 1023, words=mark("where to magnify, or click"))] = 174,
    col: Annotated[int, Range(0, 1023, words=mark("where to magnify, or click"))] = 252,
    stage: Annotated[int, Step(mark("stage"))] = 6,
):
    """Figure 4.3-c: smoothing, gradient, direction, thinning, two thresholds, linking."""
    picture = source.grey(photo, noise)
    image = picture.value
    low, stage = min(low, high), min(stage, 6)
    parts = {"f": picture, "sigma": sigma, "low": low, "high": high}
    run = call("edges.canny_stages({f}, {sigma}, {low}, {high})", **parts)
    stages = run.value
    before, after = (image if k == 0 else colored(stages, k) for k in (max(stage - 1, 0), stage))
    height, width = image.shape
    top = min(max(row - ROWS // 2, 0), max(height - ROWS, 0))
    left = min(max(col - COLUMNS // 2, 0), max(width - COLUMNS, 0))
    piece = (slice(top, top + ROWS), slice(left, left + COLUMNS))

    drawn, axes = style.panels((image.shape, image.shape, style.Pile((before[piece].shape, after[piece].shape))))
    shown = image if stage < 2 else before
    style.picture(axes[0], shown, _(TITLES[0 if stage < 2 else stage - 1]))
    style.picture(axes[1], after, _(TITLES[stage]))
    for panel, view in zip(axes[2:], (before, after)):
        style.picture(panel, view[piece], _("Before, magnified") if view is before else _("After, magnified"))
    for panel in axes[:2]:
        for ink, line in (("white", 4), (style.SEED, 2)):
            panel.add_patch(Rectangle((left - 0.5, top - 0.5), COLUMNS, ROWS, fill=False, ec=ink, lw=line))
    if 1 < stage < 4:
        _arrows(axes[3], stages, piece)
    field = call("{run}.{field!s}", run=run, field=FIELDS[stage]) if stage else picture
    return style.tell(
        drawn,
        call=field,
        numbers=_numbers(image, stages, low, high, stage),
        alt=_(
            "Left: “{photo}” before and after stage {stage} of Canny. Right: {rows} x {columns} pixels of both around "
            "row {row} and column {col}, magnified. After: {title}."
        ).format(
            photo=photo, stage=stage, rows=ROWS, columns=COLUMNS, row=top + ROWS // 2, col=left + COLUMNS // 2,
            title=_(TITLES[stage]),
        ),
        last=6,
    )  # fmt: skip


def colored(stages, stage):
    """Return what a stage from 1 to 6 looks like, (H, W) or (H, W, 3) in [0, 1]."""
    if stage == 1:
        return stages.smoothed
    strength = np.sqrt(stages.magnitude / max(stages.magnitude.max(), 1e-9))  # the root shows the weak ones too
    if stage == 2:
        return strength
    if stage == 3:
        hue = (stages.direction / (2 * np.pi)) % 1
        return matplotlib.colors.hsv_to_rgb(np.stack((hue, np.full(hue.shape, 0.85), strength), axis=-1))
    if stage == 4:
        return strength * (stages.thinned > 0)
    colors = np.zeros((*strength.shape, 3))
    colors[stages.weak] = WEAK
    if stage == 6:
        colors[stages.weak & ~stages.edges] = DROPPED
    colors[stages.strong] = STRONG
    return colors


def _arrows(axes, stages, piece):
    """Draw the gradient, from dark to bright, at every other pixel where it is strong."""
    magnitude, direction = stages.magnitude[piece][::2, ::2], stages.direction[piece][::2, ::2]
    r, c = np.nonzero(magnitude > 0.25 * max(stages.magnitude[piece].max(), 1e-9))
    angle = direction[r, c]
    options = {"angles": "xy", "scale_units": "xy", "scale": 0.5, "pivot": "mid", "width": 0.004}
    axes.quiver(2 * c, 2 * r, np.cos(angle), np.sin(angle), color="white", ec=style.INK, lw=0.5, **options)


def _numbers(image, stages, low, high, stage):
    if stage == 0:
        return _("{n:,} pixels").format(n=image.size)
    if stage == 1:
        grey = image / 255 if image.dtype == np.uint8 else image
        return _("standard deviation of the brightness: {before:.3f}, smoothed {after:.3f}").format(
            before=grey.std(), after=stages.smoothed.std()
        )
    if stage < 4:
        return _("{n:,} pixels have a gradient of at least {high:g}; the longest is {largest:.2f}").format(
            n=np.count_nonzero(stages.magnitude >= high), high=high, largest=stages.magnitude.max()
        )
    if stage == 4:
        return _("of {n:,} pixels with a gradient of at least {high:g}, {left:,} are on a ridge").format(
            n=np.count_nonzero(stages.magnitude >= high), high=high, left=np.count_nonzero(stages.thinned >= high)
        )
    strong, doubtful = np.count_nonzero(stages.strong), np.count_nonzero(stages.weak & ~stages.strong)
    told = _("strong (from {high:g}): {strong:,} pixels; weak (from {low:g}): {weak:,}").format(
        high=high, low=low, strong=strong, weak=doubtful
    )
    if stage == 6:
        kept = np.count_nonzero(stages.edges) - strong
        told += _("; of these {kept:,} hang together with a strong one and stay, {dropped:,} go").format(
            kept=kept, dropped=doubtful - kept
        )
    return told
