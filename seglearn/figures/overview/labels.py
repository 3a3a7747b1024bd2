"""Figures 4-1: a photograph and its labels, and the tasks that are easily taken for segmentation."""

from typing import Annotated

import numpy as np
from matplotlib.patches import Rectangle

from seglearn import images
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, figure
from seglearn.words import _, listed, mark

DRAWN = (
    "motorcycle", "coffee", "astronaut", "chelsea", "china", "flower", "rocket", "camera", "coins",
    "immunohistochemistry",
)  # fmt: skip
CLASSES = (
    mark("background"),
    mark("person"),
    mark("helmet"),
    mark("flag"),
    mark("shuttle"),
    mark("table"),
    mark("camera"),
    mark("grass"),
    mark("buildings"),
    mark("cat"),
    mark("temple"),
    mark("trees"),
    mark("water"),
    mark("saucer"),
    mark("cup"),
    mark("coffee"),
    mark("spoon"),
    mark("coin"),
    mark("flower"),
    mark("gland"),
    mark("motorbike"),
    mark("rocket"),
    mark("pad"),
)  # fmt: skip  as `images.ground_truth` has them
SHOWN = (mark("all classes"), mark("the class under the pointer"), mark("all others"))
UNLABELLED = 255
KEY = (96, 66)  # the shape of the panel in which the colours are explained


@figure(
    "4-1 (i)",
    mark("What is in the picture, and where"),
    presets={
        mark("the motorbike"): {},
        mark("the photograph alone"): {"opacity": 0},
        mark("the labels alone"): {"opacity": 100},
        mark("on the border that nobody decides"): {"row": 241, "col": 150},
        mark("six classes"): {"photo": "astronaut", "row": 100, "col": 220},
        mark("what is behind: all but the cat"): {"photo": "chelsea", "shown": "all others", "row": 150, "col": 200},
        mark("glands"): {"photo": "immunohistochemistry", "row": 100, "col": 100},
    },
    gesture={"point": ("col", "row")},
)
def semantic_labels(
    *,
    photo: Annotated[str, Choice(DRAWN, mark("picture"))] = "motorcycle",
    opacity: Annotated[int, Range(0, 100, 5, mark("opacity of the labels, in per cent"))] = 50,
    shown: Annotated[str, Choice(SHOWN, mark("colour"))] = "all classes",
    row: Annotated[int, Range(0, 511, words=mark("pointer, or click"))] = 300,
    col: Annotated[int, Range(0, 740, words=mark("pointer, or click"))] = 400,
):
    """Figure 4-1: a photograph under its label map, the map itself, and its key."""
    image, run = images.load(photo), call("images.ground_truth({photo})", photo=photo)
    labels, classes = run.value.labels, run.value.classes
    row, col = min(row, labels.shape[0] - 1), min(col, labels.shape[1] - 1)
    here = int(labels[row, col])
    seen = {"all classes": labels >= 0, "all others": labels != here}.get(shown, labels == here)
    rgb = np.dstack([image] * 3) if image.ndim == 2 else image
    mixed = np.where(seen[..., None], rgb + (_paint(labels) - rgb.astype(float)) * opacity / 100, rgb)

    drawn, (left, right, key) = style.panels((labels.shape, labels.shape, KEY))
    style.picture(left, np.rint(mixed).astype(np.uint8), _("The photograph under its labels"))
    style.picture(right, np.where(seen[..., None], _paint(labels), 255).astype(np.uint8), _("One class for each pixel"))
    for axes in (left, right):
        style.crosshair(axes, col, row)
    _key(key, labels, classes, here)
    name = _("unlabelled") if here == UNLABELLED else _(classes[here])
    numbers = _("row {row}, column {col}: {name} ({label}), {share:.1%} of all pixels; unlabelled {none:.1%}").format(
        row=row, col=col, name=name, label=here, share=(labels == here).mean(), none=(labels == UNLABELLED).mean()
    )
    alt = _(
        "“{photo}” under transparent labels; its label map with a white border around the objects; classes: {list}."
    )
    return style.tell(drawn, call=run, numbers=numbers, alt=alt.format(photo=photo, list=listed(map(_, classes))))


@figure(
    "4-1 (ii)",
    mark("Four questions to one picture"),
    presets={
        mark("every coin"): {},
        mark("only what shines is a coin: some are lost"): {"high": 220},
        mark("much is called a coin: they run together"): {"high": 100},
    },
)
def four_tasks(
    *,
    low: Annotated[int, Range(1, 79, words=mark("surely background: darker than"))] = 30,
    high: Annotated[int, Range(80, 250, words=mark("surely coin: brighter than"))] = 150,
):
    """Figure 4-1 (ii): classification, detection, semantic and instance segmentation of "coins" by a watershed."""
    run = call("experiments.tasks.coins({low}, {high})", low=low, high=high)
    found, image = run.value, images.load("coins")
    n_found, mask = len(found.boxes), found.objects > 0

    drawn, (what, where, pixels, whose) = style.panels((image.shape,) * 4)
    style.picture(what, image, _("Classification: coin") if n_found else _("Classification: no coin"))
    style.picture(where, image, _("Detection: {n} boxes").format(n=n_found))
    for top, left, bottom, right in found.boxes:
        for width, ink in ((4, "white"), (2, style.NOW)):
            box = (left - 0.5, top - 0.5), right - left, bottom - top
            where.add_patch(Rectangle(*box, fill=False, ec=ink, lw=width))
    colors = style.palette(2)
    style.picture(pixels, colors[mask.astype(int)], _("Semantic: {share:.0%} coin").format(share=mask.mean()))
    shades = np.concatenate([colors[:1], style.palette(24)[1:]])  # a coin never takes the background's colour
    style.picture(
        whose,
        shades[(found.objects > 0) * ((found.objects - 1) % 23 + 1)],
        _("Instances: {n} coins").format(n=n_found),
        found.objects,
    )
    return style.tell(
        drawn,
        call=run,
        numbers=_("{hit} of {n} coins matched; all coins together: IoU {iou:.3f} with the truth").format(
            hit=found.n_matched, n=found.n_true, iou=found.overlap
        ),
        alt=_(
            "Four times the photograph of coins: as it is, with a box around each of {n} coins, all coins in one "
            "colour, and each coin in a colour of its own."
        ).format(n=n_found),
    )


def _paint(labels):
    """Return a label map in colours, (H, W, 3) uint8: white where undecided."""
    table = np.full((256, 3), 255, np.uint8)
    table[: len(CLASSES)] = style.palette(len(CLASSES))
    return table[labels]


def _key(axes, labels, classes, here):
    """Explain the colours, a class a line, with its share of the picture; the one under the pointer is framed."""
    style.heading(axes, _("Share of the pixels"))
    lines = [*enumerate(classes), (UNLABELLED, mark("unlabelled"))]
    axes.set(xlim=(0, 1), ylim=(max(len(lines), 8), 0))
    for k, (label, name) in enumerate(lines):
        color = _paint(np.array(label)) / 255
        axes.add_patch(Rectangle((0.03, k + 0.2), 0.12, 0.6, fc=color, ec=style.INK, lw=0.8))
        axes.text(0.2, k + 0.5, _(name), va="center")
        axes.text(0.98, k + 0.5, f"{(labels == label).mean():.1%}", va="center", ha="right")
        if label == here:
            axes.add_patch(Rectangle((0.0, k + 0.05), 1.0, 0.9, fill=False, ec=style.NOW, lw=2, clip_on=False))
