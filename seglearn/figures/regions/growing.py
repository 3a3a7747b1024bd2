"""Figures 4.4-a (i) and (ii): a region grows from a seed; then the whole picture is divided."""

from typing import Annotated

import numpy as np
from matplotlib.ticker import MaxNLocator

from seglearn.experiments.regions import count_holes
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.figures.regions import source
from seglearn.words import _, mark

SIDE = 400  # pixels: a ring takes as long as its picture is large
PHOTOS = Photo(("coins", "camera", "horse", "coffee", "flower", "rocket", "moon"), mark("picture"))
TOLERANCE = Range(0, 120, words=mark("tolerance, in grey levels"))
CRITERIA = Choice((mark("mean"), mark("seed")), mark("compared with"))
END = 10**6  # more rings than any region has


@figure(
    "4.4-a (i)",
    mark("A region grows from a seed"),
    presets={
        mark("one coin"): {},
        mark("too tolerant: it leaks"): {"tolerance": 70, "step": END},
        mark("too strict"): {"tolerance": 8, "step": END},
        mark("under noise: holes"): {
            "photo": "horse",
            "row": 120,
            "col": 120,
            "noise": 0.15,
            "tolerance": 50,
            "step": END,
        },
        mark("the seed is a bad example"): {"row": 52, "col": 151, "criterion": "seed", "tolerance": 25, "step": END},
    },
    gesture={"point": ("col", "row")},
)
def grow_from_seed(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    tolerance: Annotated[int, TOLERANCE] = 40,
    criterion: Annotated[str, CRITERIA] = "mean",
    noise: source.NOISE = 0.0,
    row: Annotated[int, Range(0, 399, words=mark("seed, or click"))] = 46,
    col: Annotated[int, Range(0, 399, words=mark("seed, or click"))] = 147,
    step: Annotated[int, Step(mark("ring"))] = 20,
):
    """Figure 4.4-a: the front spreads from the seed until no neighbour fits."""
    picture = source.grey(photo, SIDE)
    if noise:
        picture = call("np.rint(255 * images.noisy({f}, {s}, rng=0)).astype(np.uint8)", f=picture, s=noise)
    image = picture.value
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    parts = {"f": picture, "seed": (row, col), "t": tolerance, "c": criterion}
    steps = "regions.region_growing_steps({f}, {seed}, {t}, criterion={c})"
    rings = call(f"[(s.joined, s.mean[0]) for s in {steps}]", **parts).value
    last = len(rings) - 1
    step = min(step, last)
    mask = np.zeros(image.shape, bool)
    for joined, _mean in rings[: step + 1]:
        mask[tuple(joined.T)] = True
    front = np.zeros(image.shape, bool)
    front[tuple(rings[step][0].T)] = True
    if step == last:
        run = call("regions.region_growing({f}, {seed}, {t}, criterion={c})", **parts)
    else:
        run = call(f"next(s.mask for s in {steps} if s.iteration == {{n}})", **parts, n=step)
    sizes = np.cumsum([len(joined) for joined, _mean in rings])
    means = np.array([mean for _joined, mean in rings])

    drawn, (left, right, above, below) = style.panels((image.shape, image.shape, style.Stack(1.0)))
    shown = source.tinted(image, mask, style.FOREGROUND)
    shown[front] = style.matplotlib.colors.to_rgb(style.EDGE)
    style.picture(left, shown, _("The region and its last ring"))
    for size, wide, ink in ((9, 4, "white"), (7, 1.8, style.CUT)):  # small, or it hides the first rings
        left.plot([col], [row], "x", ms=size, mew=wide, color=ink)
    style.picture(right, source.tinted(image, ~mask, "white", 0.85), _("What has been found"))
    named = _("mean grey value; dashed: ± tolerance") if criterion == "mean" else _("mean grey value")
    for panel, values, name in ((above, sizes, _("pixels in the region")), (below, means, named)):
        panel.plot(values, color=style.FAINT, lw=2)
        panel.plot(values[: step + 1], color=style.INK, lw=2)
        panel.plot(step, values[step], "o", color=style.NOW, ms=9, clip_on=False, zorder=4)
        panel.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        panel.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        panel.set(xlim=(0, max(last, 1)))
        style.heading(panel, name)
    for values in (means - tolerance, means + tolerance) if criterion == "mean" else ():
        below.plot(values, color=style.EDGE, lw=1.5, ls="--")
    below.set(xlabel=_("ring"), ylim=(0, 255))
    return style.tell(
        drawn,
        call=run,
        answer=mask,
        numbers=_("ring {n} of {last}: {pixels} pixels, {new} of them new, mean {mean:.1f}, holes: {holes}").format(
            n=step, last=last, pixels=sizes[step], new=len(rings[step][0]), mean=means[step], holes=count_holes(mask)
        ),
        alt=_(
            "“{photo}” with a region around the seed at row {row}, column {col} in orange and its last ring in yellow; "
            "the region alone; its size and its mean ring by ring."
        ).format(photo=photo, row=row, col=col),
        last=last,
    )


@figure(
    "4.4-a (ii)",
    mark("Region growing divides the whole picture"),
    presets={
        mark("step 1: one region"): {"step": 1},
        mark("step 4: everything"): {"step": END},
        mark("strict: many small regions"): {"tolerance": 8, "step": END},
        mark("tolerant: few, and wrong ones"): {"tolerance": 60, "step": END},
        mark("other seeds, other regions"): {"rng": 5, "step": END},
    },
)
def grow_everything(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    tolerance: Annotated[int, TOLERANCE] = 25,
    criterion: Annotated[str, CRITERIA] = "mean",
    rng: Annotated[int, Range(0, 20, words=mark("random seed"))] = 0,
    step: Annotated[int, Step(mark("region"))] = 40,
):
    """Figure 4.4-a: the lecture's steps 1 to 4, a new random seed whenever a region has stopped."""
    picture = source.grey(photo, 200)
    image = picture.value
    parts = {"f": picture, "t": tolerance, "c": criterion, "rng": rng}
    run = call("regions.grow_regions({f}, {t}, rng={rng}, criterion={c})", **parts)
    labels = run.value
    sizes = np.bincount(labels.ravel())
    last = len(sizes)
    step = min(max(step, 1), last)
    now = np.where(labels < step, labels, -1)
    shown = run if step == last else call("np.where({labels} < {n}, {labels}, -1)", labels=run, n=step)

    drawn, (left, middle, right) = style.panels((image.shape, image.shape, 0.9))
    style.picture(left, image, _("The picture, and the last region"), labels=(labels == step - 1).astype(np.int32))
    colors = np.vstack([[[255, 255, 255]], style.palette(last)])[now + 1].astype(np.uint8)
    style.picture(middle, colors, _("Regions so far, by colour"))
    share = np.cumsum(sizes) / labels.size
    right.plot(np.arange(1, last + 1), share, color=style.FAINT, lw=2)
    right.plot(np.arange(1, step + 1), share[:step], color=style.INK, lw=2)
    right.plot(step, share[step - 1], "o", color=style.NOW, ms=9, clip_on=False, zorder=4)
    right.set(xlabel=_("regions"), ylabel=_("part of the picture"), xlim=(0, last), ylim=(0, 1))
    style.heading(right, _("How much is labelled"))
    return style.tell(
        drawn,
        call=shown,
        answer=labels if step == last else now,
        numbers=_(
            "{n} of {last} regions, {share:.1%} of the picture; {single} are a single pixel, the largest has {largest}"
        ).format(
            n=step, last=last, share=share[step - 1], single=np.count_nonzero(sizes[:step] == 1),
            largest=sizes[:step].max(),
        ),
        alt=_("“{photo}”, divided into {n} regions in different colours, and how much of it they cover.").format(
            photo=photo, n=step
        ),
        last=last,
    )  # fmt: skip
