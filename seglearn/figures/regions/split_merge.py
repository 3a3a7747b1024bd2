"""Figure 4.4-b: a quadtree splits, then neighbours merge."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.figures.regions import source
from seglearn.words import _, mark

PHOTOS = Photo(("coins", "camera", "horse", "coffee", "flower", "rocket", "brick"), mark("picture"))
CRITERIA = Choice((mark("range"), mark("deviation")), mark("criterion: values that lie together"))
END = 10**6


@figure(
    "4.4-b",
    mark("Split and merge, step by step"),
    presets={
        mark("the quadtree"): {"step": 8},
        mark("split and merged"): {"step": END},
        mark("large blocks: staircases"): {"min_size": 16, "step": END},
        mark("hardly tolerant"): {"tolerance": 15, "step": END},
        mark("too tolerant"): {"tolerance": 120, "step": END},
        mark("by the deviation"): {"criterion": "deviation", "tolerance": 15, "step": END},
    },
)
def split_and_merge(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    criterion: Annotated[str, CRITERIA] = "range",
    tolerance: Annotated[int, Range(0, 160, words=mark("tolerance, in grey levels"))] = 60,
    min_size: Annotated[int, Range(1, 32, words=mark("side of the smallest block, in pixels"))] = 2,
    step: Annotated[int, Step(mark("step"))] = 6,
):
    """Figure 4.4-b: the lecture's steps 1 to 4, on a picture of any size."""
    picture = source.grey(photo, 400)
    image = picture.value
    parts = {"f": picture, "t": tolerance, "m": min_size, "c": criterion}
    steps = "regions.split_and_merge_steps({f}, {t}, min_size={m}, criterion={c})"
    states = call(f"list({steps})", **parts).value
    last = len(states) - 1
    step = min(step, last)
    state = states[step]
    if step == last:
        run = call("regions.split_and_merge({f}, {t}, min_size={m}, criterion={c})", **parts)
    else:
        run = call(f"list({steps})[{{n}}].labels", **parts, n=step)

    drawn, (left, middle, right) = style.panels((image.shape, image.shape, 0.9))
    style.picture(
        left, image, _("Split: blocks") if state.phase == "split" else _("Merged: regions"), labels=state.labels
    )
    means = np.rint(source.means(image, state.labels)).astype(np.uint8)
    style.picture(middle, means, _("Each region in its mean"))
    counts = [s.n_regions for s in states]
    n_split = sum(s.phase == "split" for s in states)
    for start, stop, color in ((0, n_split, style.BACKGROUND), (n_split - 1, last + 1, "#009E73")):
        right.plot(
            np.arange(start, stop), counts[start:stop], color=color, lw=2, marker="os"[start > 0], ms=5, clip_on=False
        )
    right.plot(step, counts[step], "o", color=style.NOW, ms=11, clip_on=False, zorder=4)
    right.set(xlabel=_("step"), ylabel=_("regions"), yscale="log", ylim=(0.8, 2 * max(counts)), xlim=(0, max(last, 1)))
    style.heading(right, _("Regions: split, then merge"))
    uneven = image.astype(float) - source.means(image, state.labels)
    return style.tell(
        drawn,
        call=run,
        answer=state.labels,
        numbers=_(
            "step {n} of {last}, {phase}: {regions} regions of {blocks} blocks; "
            "pixels lie {deviation:.1f} grey levels (root mean square) from the mean of their region"
        ).format(
            n=step, last=last, phase=_("split") if state.phase == "split" else _("merge"), regions=state.n_regions,
            blocks=len(state.blocks), deviation=np.sqrt((uneven**2).mean()),
        ),
        alt=_(
            "“{photo}” with the borders of {n} regions, each region in its mean grey, and the number of regions at "
            "every step: it rises while blocks split and falls while regions merge."
        ).format(photo=photo, n=state.n_regions),
        last=last,
    )  # fmt: skip
