"""Figure 4-7: region growing on a small grid that the reader edits."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, Step, Strokes, figure
from seglearn.figures.regions.growing import CRITERIA
from seglearn.words import _, mark

NAMES = Choice((mark("two plateaus"), mark("slope"), mark("frame"), mark("noise")), mark("grid"))
BRUSHES = Choice((mark("brighter"), mark("darker")), mark("draw on the first grid to make cells"))
END = 10**6


@figure(
    "4-7",
    mark("Numbers, grey values, directions of growth"),
    presets={
        mark("one plateau"): {"step": END},
        mark("a slope: the mean runs along"): {"name": "slope", "row": 2, "col": 0, "tolerance": 2, "step": END},
        mark("a slope: the seed does not"): {
            "name": "slope", "row": 2, "col": 0, "tolerance": 2, "criterion": "seed", "step": END,
        },
        mark("a frame: both fronts meet"): {"name": "frame", "row": 1, "col": 1, "tolerance": 1, "step": END},
        mark("noise leaves holes"): {"name": "noise", "row": 2, "col": 4, "step": END},
        mark("an edit: a gap in the frame"): {
            "name": "frame", "row": 0, "col": 0, "edits": (("brighter", 5, ((3, 1),)),), "step": END,
        },
    },
    gesture={"scribble": ("edits", "brush", "amount")},
)  # fmt: skip
def growth_grid(
    *,
    name: Annotated[str, NAMES] = "two plateaus",
    brush: Annotated[str, BRUSHES] = "brighter",
    amount: Annotated[int, Range(1, 9, words=mark("by how much"))] = 3,
    edits: Annotated[tuple, Strokes(mark("edits"))] = (),
    row: Annotated[int, Range(0, 5, words=mark("row of the seed"))] = 2,
    col: Annotated[int, Range(0, 7, words=mark("column of the seed"))] = 2,
    tolerance: Annotated[int, Range(0, 9, words=mark("tolerance"))] = 1,
    criterion: Annotated[str, CRITERIA] = "mean",
    step: Annotated[int, Step(mark("ring"))] = 2,
):
    """Figure 4-7: (a) the pixels' numbers, (b) their grey values, (c) from which neighbour each was reached."""
    grid = call("experiments.reliefs.grid({name}, {edits})", name=name, edits=tuple(tuple(edit) for edit in edits))
    values = grid.value
    parts = {"f": grid, "seed": (row, col), "t": tolerance, "c": criterion}
    steps = "regions.region_growing_steps({f}, {seed}, {t}, criterion={c})"
    states = call(f"list({steps})", **parts).value
    last = len(states) - 1
    step = min(step, last)
    state = states[step]
    shown = call(f"list({steps})[{{n}}]", **parts, n=step)

    drawn, axes = style.panels((values.shape, values.shape, values.shape))
    ground = (40 + 23 * values).astype(np.uint8)  # cells in their grey, never so dark or bright that a frame is lost
    titles = (_("(a) Numbers: draw here"), _("(b) Grey values"), _("(c) Directions of growth"))
    for panel, text in zip(axes, titles):
        style.picture(panel, source_of(ground, state, panel is axes[2]), text)
        panel.set_xticks(np.arange(-0.5, 8), labels=[])
        panel.set_yticks(np.arange(-0.5, 6), labels=[])
        panel.tick_params(length=0)
        panel.grid(color="white", lw=1)
        style.crosshair(panel, col, row)
    change = f"+{amount}" if brush == "brighter" else f"−{amount}"  # what the next stroke does
    axes[0].text(1, 1.02, change, ha="right", va="bottom", fontsize=14, color=style.NOW, transform=axes[0].transAxes)
    for r in range(values.shape[0]):
        for c in range(values.shape[1]):
            ink = "white" if ground[r, c] < 140 else style.INK
            for panel, number in ((axes[0], r * values.shape[1] + c + 1), (axes[1], values[r, c])):
                panel.text(c, r, str(number), ha="center", va="center", fontsize=12, color=ink)
    for past in states[1 : step + 1]:
        for (r, c), (sr, sc) in zip(past.joined, past.sources):
            color = style.NOW if past is state else style.INK
            arrow = {"arrowstyle": "-|>", "color": color, "lw": 2, "shrinkA": 2, "shrinkB": 2}
            axes[2].annotate("", (c, r), (sc, sr), arrowprops=arrow)
    return style.tell(
        drawn,
        call=shown,
        numbers=_("ring {n} of {last}: {pixels} of 48 pixels in the region, compared with {mean:.2f} next").format(
            n=step, last=last, pixels=int(state.mask.sum()), mean=state.mean[0]
        ),
        alt=_(
            "Three grids of 6 x 8 cells: the numbers of the pixels, their grey values from 0 to 9, and arrows from the "
            "neighbour from which each of {n} pixels was reached; the seed is at row {row}, column {col}."
        ).format(n=int(state.mask.sum()), row=row, col=col),
        last=last,
    )


def source_of(ground, state, growing):
    """Return the cells in grey; those of the region in orange where growth is shown."""
    colors = np.repeat(ground[..., None] / 255, 3, axis=2)
    if growing:
        colors = 0.6 + 0.4 * colors
        colors[state.mask] = 0.45 * colors[state.mask] + 0.55 * np.array(style.matplotlib.colors.to_rgb(style.EDGE))
    return colors
