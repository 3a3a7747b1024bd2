"""Figure 4-8: water rises in a relief, and dams part the basins."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Photo, Range, Step, Strokes, figure
from seglearn.figures.regions import source
from seglearn.words import _, mark

GROUNDS = Choice((mark("landscape"), mark("gradient of the picture")), mark("relief"))
PHOTOS = Photo(("coins", "camera", "coffee", "flower", "horse", "rocket"), mark("picture"))
BRUSHES = Choice((mark("marker"), mark("eraser")), mark("draw on the first picture"))
END = 10**6
SIDE = 144  # pixels, of a photograph
RISE, LEAN = 0.32, 0.5  # the height of the highest over the width of the relief; how far it leans back
ZOOM = 3  # pixels of the view for one of the relief
EARTH, ROCK, WALL = np.array([0.45, 0.40, 0.30]), np.array([0.35, 0.36, 0.38]), np.array([70, 62, 50], np.uint8)
COLORS = style.palette(24) / 255
SUN = np.array([-0.5, -0.6, 0.62])  # where the light comes from: down, right, up
COINS = (("marker", 5, ((14, 52), (32, 52), (128, 110))), ("marker", 5, ((41, 16),)), ("marker", 5, ((62, 14),)))


@figure(
    "4-8",
    mark("Water rises, and dams are built"),
    presets={
        mark("a landscape, half flooded"): {},
        mark("all under water: every basin"): {"step": END},
        mark("not smoothed: many basins"): {"sigma": 0.0, "step": END},
        mark("a photograph: far too many basins"): {"ground": "gradient of the picture", "sigma": 0.5, "step": END},
        mark("markers: three are left"): {
            "ground": "gradient of the picture", "sigma": 1.0, "markers": COINS, "step": END,
        },
        mark("two springs in the landscape"): {
            "markers": (("marker", 5, ((20, 20),)), ("marker", 5, ((110, 90),))), "step": END,
        },
    },
    gesture={"scribble": ("markers", "brush", "width")},
)  # fmt: skip
def flooding(
    *,
    ground: Annotated[str, GROUNDS] = "landscape",
    photo: Annotated[str, PHOTOS] = "coins",
    sigma: Annotated[float, Range(0.0, 4.0, 0.25, mark("smoothing, in pixels"))] = 2.5,
    brush: Annotated[str, BRUSHES] = "marker",
    width: Annotated[int, Range(1, 15, words=mark("width of the brush, in pixels"))] = 5,
    markers: Annotated[tuple, Strokes(mark("markers; without, every minimum"))] = (),
    step: Annotated[int, Step(mark("water level"))] = 110,
):
    """Figure 4-8: the relief under water, with its dams, and the same from above."""
    if ground == "landscape":
        heights = call("experiments.reliefs.landscape({sigma})", sigma=sigma)
    else:
        heights = call("experiments.reliefs.relief({f}, {sigma})", f=source.grey(photo, SIDE), sigma=sigma)
    relief = heights.value
    given = call(
        "experiments.reliefs.marked({shape}, {strokes})",
        shape=relief.shape, strokes=tuple((name, wide, tuple(path)) for name, wide, path in markers),
    )  # fmt: skip
    known = given if given.value.any() else None
    steps = "regions.watershed_steps({f}, {m}, lines=True)"
    states = call(f"list({steps})", f=heights, m=known).value
    last = len(states)
    step = min(step, last)
    if step == last:
        run = call("regions.watershed({f}, {m}, lines=True)", f=heights, m=known)
    else:
        run = call(f"list({steps})[{{n}}].labels", f=heights, m=known, n=max(step - 1, 0))
    state = states[max(step - 1, 0)]
    labels, dams = (state.labels, state.dams) if step else (np.zeros_like(state.labels), np.zeros_like(state.dams))
    level = state.level if step else float(relief.min())

    colors = painted(relief, labels, dams, given.value)
    view = seen(relief, colors, labels, dams, level)
    drawn, (left, right) = style.panels((relief.shape, view.shape))
    style.picture(left, colors, _("From above: draw markers here"))
    style.brush(left, width, "white" if brush == "marker" else style.FAINT)
    low, high = (f"{height:g}" for height in (relief.min(), relief.max()))
    style.picture(right, view, _("The relief, {low} to {high} high, its water, its dams").format(low=low, high=high))
    n_wet = len(np.unique(labels[labels > 0]))
    return style.tell(
        drawn,
        call=run,
        answer=state.labels,
        numbers=_(
            "water at {level:g} of {highest:g}: {wet} of {n} basins hold water, {share:.0%} of the ground is flooded; "
            "{dams} pixels of dam"
        ).format(
            level=level, highest=float(relief.max()), wet=n_wet, n=len(np.unique(states[-1].labels)) - 1,
            share=(labels > 0).mean(), dams=int(dams.sum()),
        ),
        alt=_(
            "Left: the relief from above, flooded ground in the colours of {n} basins, dams black. Right: the same as "
            "mountains seen from the front, the water standing at height {level:g}."
        ).format(n=n_wet, level=level),
        last=last,
        idle=("photo",) if ground == "landscape" else (),
    )  # fmt: skip


def painted(relief, labels, dams, markers):
    """Return the ground as lit by the sun, its water in the basins' colours, dams black, markers white, (H, W, 3)."""
    down, right = np.gradient(relief * (60 / max(np.ptp(relief), 1)))
    light = (SUN[2] - SUN[0] * down - SUN[1] * right) / np.sqrt(1 + down**2 + right**2)
    high = (relief - relief.min()) / max(np.ptp(relief), 1)
    shown = (EARTH + high[..., None] * ROCK) * np.clip(0.35 + 0.75 * light, 0.35, 1.1)[..., None]
    wet = labels > 0
    shown[wet] = 0.25 * shown[wet] + 0.75 * COLORS[(labels[wet] - 1) % len(COLORS)]
    shown[dams] = 0
    shown[(markers > 0) & ~wet] = 1
    return np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)


def seen(relief, colors, labels, dams, level):
    """Return the relief seen from the front and above, (rows, columns, 3) uint8.

    Water stands at its level, dams a little over it; the front is cut, so that one sees how deep the water is.
    """
    n_rows, n_cols = relief.shape
    span = max(np.ptp(relief), 1)
    to_pixels = RISE * ZOOM * n_cols / span
    surface = np.where(labels > 0, np.maximum(relief, level), relief).astype(float)
    surface[dams] = np.maximum(surface[dams], level) + 0.03 * span
    foot = np.rint(ZOOM * (RISE * n_cols * 1.05 + LEAN * np.arange(n_rows))).astype(int)[:, None]
    top = foot - np.rint(to_pixels * (surface - relief.min())).astype(int)
    cols = np.arange(n_cols)
    row = np.full((foot[-1, 0] + 1, n_cols), -1)
    row[top, cols] = np.arange(n_rows)[:, None]  # of equal heights the last, which stands in front
    row = np.maximum.accumulate(row, axis=0)  # who is seen: the frontmost whose top lies higher
    depth = np.arange(len(row))[:, None]
    view = np.where(((row >= 0) & (depth <= foot[row, 0]))[..., None], colors[row, cols], np.uint8(255))
    ground = foot[-1] - np.rint(to_pixels * (relief[-1] - relief.min())).astype(int)
    cut = np.where((depth >= ground)[..., None], WALL, (0.6 * colors[-1]).astype(np.uint8))
    np.copyto(view, cut, where=(depth > top[-1])[..., None])
    return view.repeat(ZOOM, axis=1)
