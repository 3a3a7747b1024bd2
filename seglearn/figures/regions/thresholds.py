"""Figures 4-6 (i) and (ii): a histogram with its thresholds, and thresholds that follow the light."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Photo, Range, figure
from seglearn.figures.regions import source
from seglearn.words import _, listed, mark

PHOTOS = Photo(("coins", "camera", "page", "cell", "moon", "horse", "rocket"), mark("picture"))
WHOLE = {
    "valley": "regions.threshold_valley",
    "iterative": "regions.threshold_iterative",
    "otsu": "regions.threshold_otsu",
    "optimal": "regions.threshold_optimal",
}
METHODS = Choice((mark("valley"), mark("iterative"), mark("otsu"), mark("optimal")), mark("method"))
COLORS = dict(zip(WHOLE, ("#009E73", "#56B4E9", "#CC79A7", "#E69F00")))
DASHES = dict(zip(WHOLE, ("-", "--", "-.", ":")))  # never by colour alone
LINES = 0.66  # the part of the histogram's height that the lines take; the legend stands above them
LOCAL = Choice((mark("mean around"), mark("Gaussian around"), mark("block mean")), mark("local method"))


@figure(
    "4-6 (i)",
    mark("A threshold in the histogram"),
    presets={
        mark("two peaks and a valley"): {},
        mark("yours in the wrong place"): {"level": 0.6},
        mark("noise fills the valley"): {"photo": "horse", "noise": 0.2, "method": "otsu"},
        mark("a small object: Otsu cuts the ground"): {"photo": "rocket", "method": "otsu"},
        mark("uneven light"): {"photo": "page", "light": 0.5, "method": "otsu"},
    },
)
def thresholds(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    level: Annotated[float, Range(0.0, 1.0, 0.01, mark("fixed threshold: yours"))] = 0.42,
    method: Annotated[str, METHODS] = "valley",
    noise: source.NOISE = 0.0,
    light: source.LIGHT = 0.0,
):
    """Figure 4-6: the picture, two thresholds of it, and where all of them stand in the histogram.

    A photograph as it is has 256 grey levels, and its thresholds are those of its 8 bits; they are told from 0 to 1.
    """
    picture = source.lit(photo, light, noise) if light or noise else source.grey(photo)
    scale = 255 if picture.value.dtype == np.uint8 else 1
    image = picture.value / scale
    found = {name: _threshold(picture, name, scale) for name in WHOLE}
    chosen = found[method]
    run = call("{picture} > {level}", picture=picture, level=scale * level)
    if chosen is not None:
        run = call(f"regions.threshold_fixed({{picture}}, {WHOLE[method]}({{picture}}))", picture=picture)
    mask = run.value

    drawn, (first, second, plot) = style.panels((image.shape, image.shape, 1.3))
    style.picture(first, source.tinted(image, image > level, style.NOW), _("Orange: above yours"))
    if chosen is None:
        style.picture(second, image, _("No valley between two peaks"))
    else:
        style.picture(second, (255 * mask).astype(np.uint8), _("Above that of the method"))
    counts, ends = np.histogram(image, 128, (-0.5 / 255, 255.5 / 255))  # two grey levels a bin
    plot.stairs(counts, ends, fill=True, color=style.FAINT)
    plot.axvline(level, ymax=LINES, color=style.NOW, lw=4, label=_("yours"))
    for name, value in found.items():
        if value is not None:
            wide = 3.5 if name == method else 2
            plot.axvline(value, ymax=LINES, color=COLORS[name], ls=DASHES[name], lw=wide, label=_(name))
    plot.legend(loc="upper center", ncols=2, frameon=False, handlelength=2.0, borderpad=0, labelspacing=0.2,
                columnspacing=0.8, borderaxespad=0.1)  # fmt: skip
    plot.set(xlabel=_("grey value"), ylabel=_("pixels"), xlim=(0, 1), xticks=(0, 0.25, 0.5, 0.75), yticks=[])
    plot.set_ylim(0, 1.04 * counts.max() / LINES)
    style.heading(plot, _("Histogram and thresholds"))
    told = [f"{_(name)} {value:.3f}" if value is not None else _("{name}: none").format(name=_(name))
            for name, value in found.items()]  # fmt: skip
    return style.tell(
        drawn,
        call=run,
        numbers=_("yours {level:.2f}: {share:.1%} above; {others}").format(
            level=level,
            share=(image > level).mean(),
            others=listed(told),
        ),
        alt=_(
            "“{photo}” with what lies above a fixed threshold of {level:.2f}, the mask of the method “{method}”, "
            "and the histogram with every threshold as a line."
        ).format(photo=photo, level=level, method=_(method)),
    )


def _threshold(picture, name, scale):
    """Return the threshold of a method, from 0 to 1, None where the histogram never has two peaks."""
    steps = call("[s.threshold for s in regions.threshold_valley_steps({picture})][-1]", picture=picture)
    found = (steps if name == "valley" else call(WHOLE[name] + "({picture})", picture=picture)).value
    return None if found is None else found / scale


@figure(
    "4-6 (ii)",
    mark("Thresholds that follow the light"),
    presets={
        mark("a page in uneven light"): {},
        mark("even light: no need"): {"light": 0.0},
        mark("blocks: steps at their borders"): {"method": "block mean", "size": 41},
        mark("a square smaller than the strokes"): {"size": 3},
        mark("no offset: the paper is speckled"): {"offset": 0.0, "noise": 0.03},
        mark("objects larger than the square"): {"photo": "coins", "size": 25, "offset": 0.0, "light": 0.3, "row": 60},
    },
    gesture={"point": ("col", "row")},
)
def local_thresholds(
    *,
    photo: Annotated[str, PHOTOS] = "page",
    method: Annotated[str, LOCAL] = "mean around",
    size: Annotated[int, Range(3, 151, 2, mark("side of the square, in pixels"))] = 51,
    offset: Annotated[float, Range(-0.1, 0.2, 0.01, mark("offset below the mean"))] = 0.05,
    light: source.LIGHT = 0.6,
    noise: source.NOISE = 0.02,
    row: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 95,
    col: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 300,
):
    """Figure 4-6: one threshold for all, one for every pixel, and both along a row."""
    picture = source.lit(photo, light, noise)
    image = picture.value
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    size = min(size, 2 * ((max(image.shape) - 1) // 2) + 1)
    if method == "block mean":
        blocks = [max(1, round(n / size)) for n in image.shape]
        local = call(
            "regions.threshold_block_mean({p}, {m}, {n}) - {offset}", p=picture, m=blocks[0], n=blocks[1], offset=offset
        )
    else:
        kind = "mean" if method == "mean around" else "gaussian"
        template = "regions.threshold_adaptive({p}, {size}, method={kind}, offset={offset})"
        local = call(template, p=picture, size=size, kind=kind, offset=offset)
    otsu = call("regions.threshold_otsu({p})", p=picture)
    whole, run = (call("regions.threshold_fixed({p}, {t})", p=picture, t=t) for t in (otsu, local))

    drawn, (first, second, third, plot) = style.panels((image.shape, style.Pile((image.shape, image.shape)), 1.3))
    style.picture(first, image, _("The picture, and a row"))
    for ink, width in (("white", 4), (style.SEED, 2)):
        first.plot([-0.5, image.shape[1] - 0.5], [row, row], color=ink, lw=width)
    style.crosshair(first, col, row)
    for panel, mask, text in ((second, whole.value, _("One threshold")), (third, run.value, _("One a pixel"))):
        style.picture(panel, (255 * mask).astype(np.uint8), text)
    plot.plot(image[row], color=style.FAINT, lw=1)
    plot.axhline(otsu.value, color=style.INK, ls="--", lw=2, label=_("one threshold"))
    plot.plot(local.value[row], color=style.NOW, lw=2, label=_("one a pixel"))
    plot.legend(loc="upper right", frameon=False, handlelength=1.8, borderpad=0, labelspacing=0.2, borderaxespad=0.1)
    plot.plot([col, col], [image[row, col], local.value[row, col]], color=style.SEED, lw=2, marker="o", ms=5)
    plot.set(xlabel=_("column"), ylabel=_("grey value"), xlim=(0, image.shape[1] - 1), ylim=(0, 1))
    style.heading(plot, _("Along the row"))
    differ = (whole.value != run.value).mean()
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "one threshold for all (Otsu): {otsu:.3f}; at the marked pixel, of grey value {grey:.3f}, {here:.3f}; "
            "the masks differ in {share:.1%} of the pixels"
        ).format(otsu=otsu.value, grey=image[row, col], here=local.value[row, col], share=differ),
        alt=_(
            "“{photo}” in light that falls off to the right; black and white by Otsu's threshold and by local ones; "
            "grey values, the one threshold (dashed) and the local ones (orange) along row {row}."
        ).format(photo=photo, row=row),
    )
