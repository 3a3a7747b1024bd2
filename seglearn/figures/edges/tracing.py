"""Figure 4.3-b: serial edge detection, a contour walked pixel by pixel."""

from functools import lru_cache
from typing import Annotated

import numpy as np
from matplotlib.colors import to_rgb

from seglearn import edges
from seglearn.figures import style
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

HALF = 7  # pixels magnified to every side of the walker
PHOTOS = Photo(("horse", "coins", "camera", "coffee", "rocket", "cell", "page", "clock"), mark("picture"))
GROUNDS = Choice((mark("dark pixels"), mark("bright pixels"), mark("gradient")), mark("what is walked around"))
END = 10**6  # more steps than any walk has
HORSE = {"photo": "horse", "ground": "dark pixels", "threshold": 0.5, "row": 120, "col": 30}
GRADIENT = {"ground": "gradient", "threshold": 0.3, "sigma": 1.5, "step": END}
REASONS = {
    "": mark("still walking"),
    "closed": mark("closed: it would take the same step again"),
    "faded": mark("faded: all three neighbours ahead are below the threshold"),
    "border": mark("border: the way leads out of the picture"),
}


@figure(
    "4.3-b",
    mark("Serial edge detection: start, search, stop"),
    presets={
        mark("around one coin"): {"step": END},
        mark("another start, another contour"): {"row": 166, "col": 254, "step": END},
        mark("around the horse"): HORSE | {"step": END},
        mark("along the gradient"): {"photo": "coffee", "row": 77, "col": 424} | GRADIENT,
        mark("the edge fades"): {"photo": "camera", "row": 450, "col": 287} | GRADIENT,
        mark("it leaves the picture"): {"photo": "camera", "row": 144, "col": 305} | GRADIENT,
    },
    gesture={"point": ("col", "row")},
)
def trace_contour(
    *,
    photo: Annotated[str, PHOTOS] = "coins",
    ground: Annotated[str, GROUNDS] = "bright pixels",
    threshold: Annotated[float, Range(0.02, 1.0, 0.02, mark("dark is below; weakest gradient"))] = 0.44,
    sigma: Annotated[float, Range(0.0, 4.0, 0.1, mark("width of the Gaussian, in pixels"))] = 1.0,
    row: Annotated[int, Range(0, 1023, words=mark("start, or click"))] = 43,
    col: Annotated[int, Range(0, 1023, words=mark("start, or click"))] = 102,
    step: Annotated[int, Step(mark("point of the walk"))] = 60,
):
    """Figure 4.3-b: a start, the neighbours that are looked at, the point that is taken, the reason to stop."""
    image = source.load(photo)
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    start, states, contour = _walk(photo, ground, threshold, sigma, row, col)
    if start is None:
        return _nothing(image, photo)
    step = min(step, len(states) - 1)
    point, n, examined, stopped = states[step]
    path = contour[:n]

    drawn, (left, right) = style.panels((image.shape, (2 * HALF + 1, 2 * HALF + 1)))
    shown = np.repeat(image[..., None] / 255, 3, axis=2)
    if ground != "gradient":  # tint what is walked around
        tint = np.where(_mask(image, ground, threshold, sigma), 0.35, 0)[..., None]
        shown = (1 - tint) * shown + tint * np.array(to_rgb(style.FOREGROUND))
    style.picture(left, shown, _("The walk so far, from the pink start"))
    for ink, width in (("white", 4), (style.EDGE, 2)):
        left.plot(path[:, 1], path[:, 0], color=ink, lw=width)
    for ink, width in (("white", 4), (style.SEED, 2)):  # from where the reader pointed to the edge nearest to it
        left.plot([col, start[1]], [row, start[0]], color=ink, lw=width, marker="x", mew=width, markevery=[0])
    style.crosshair(left, start[1], start[0])
    left.plot(point[1], point[0], "o", ms=9, color=style.NOW, mec="white", mew=1.5)

    _magnified(right, _ground(photo, ground, threshold, sigma), point)
    row0, col0 = point[0] - HALF, point[1] - HALF
    near = path[(np.abs(path - point) <= HALF + 1).all(axis=1)]
    right.plot(near[:, 1] - col0, near[:, 0] - row0, "s", ms=12, color=style.EDGE, mec=style.INK, mew=1)
    right.plot(HALF, HALF, "s", ms=17, color=style.NOW, mec="white", mew=2)
    for i, (r, c) in enumerate(examined, 1):
        box = {"boxstyle": "circle,pad=0.25", "fc": "white", "ec": style.INK}
        right.text(c - col0, r - row0, str(i), ha="center", va="center", fontsize=11, color=style.INK, bbox=box)
    right.set(xlim=(-0.5, 2 * HALF + 0.5), ylim=(2 * HALF + 0.5, -0.5))
    style.heading(right, _("The neighbours, as examined"))
    return style.tell(
        drawn,
        call=_call(photo, ground, threshold, sigma, start),
        numbers=_("point {n} of {last} at ({row}, {col}), {looked} neighbours examined; {reason}").format(
            n=n, last=len(contour), row=point[0], col=point[1], looked=len(examined), reason=_(REASONS[stopped])
        ),
        alt=_(
            "Left: “{photo}” with the first {n} points of a contour that starts at row {row}, column {col}. Right: the "
            "pixels around the walker, the neighbours numbered in the order in which they are examined."
        ).format(photo=photo, n=n, row=start[0], col=start[1]),
        last=len(states) - 1,
    )


@lru_cache(maxsize=4)
def _walk(photo, ground, threshold, sigma, row, col):
    """Return the start, for each state (point, length of the contour, examined, stopped), and the whole contour."""
    picture, possible = _starts(photo, ground, threshold, sigma)
    if not len(possible):
        return None, (), None
    start = tuple(int(x) for x in possible[np.argmin(((possible - (row, col)) ** 2).sum(axis=1))])
    states = []
    for state in edges.trace_contour_steps(picture, start, threshold=threshold, sigma=sigma):
        states.append((state.point, len(state.contour), state.examined, state.stopped))
    return start, tuple(states), state.contour


@lru_cache(maxsize=4)
def _starts(photo, ground, threshold, sigma):
    """Return what is walked on, and where a walk may begin: the border of a mask, or the ridges of the gradient."""
    image = source.load(photo)
    if ground == "gradient":
        return image, np.argwhere(edges.canny_stages(image, sigma).thinned >= threshold)
    mask = _mask(image, ground, threshold, sigma)
    framed = np.pad(mask, 1)
    inside = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    return mask, np.argwhere(mask & ~inside)


@lru_cache(maxsize=4)
def _ground(photo, ground, threshold, sigma):
    """Return the picture on which the walker looks around, in [0, 1]."""
    image = source.load(photo)
    if ground == "gradient":
        magnitude = edges.canny_stages(image, sigma).magnitude
        return np.sqrt(magnitude / max(magnitude.max(), 1e-9))
    return 0.25 + 0.5 * _mask(image, ground, threshold, sigma)


def _mask(image, ground, threshold, sigma):
    smoothed = edges.canny_stages(image, sigma).smoothed
    return smoothed < threshold if ground == "dark pixels" else smoothed >= threshold


def _magnified(axes, picture, point):
    """Show the pixels around a point; black beyond the border of the picture."""
    framed = np.pad(picture, HALF)
    style.picture(axes, framed[point[0] : point[0] + 2 * HALF + 1, point[1] : point[1] + 2 * HALF + 1], "")


def _call(photo, ground, threshold, sigma, start):
    picture = source.call(photo)
    if ground == "gradient":
        return f"edges.trace_contour({picture}, {start}, threshold={threshold:g}, sigma={sigma:g})"
    sign = "<" if ground == "dark pixels" else ">="
    return f"edges.trace_contour(edges.canny_stages({picture}, {sigma:g}).smoothed {sign} {threshold:g}, {start})"


def _nothing(image, photo):
    """Show that there is nowhere to start."""
    drawn, (axes,) = style.panels((image.shape,))
    style.picture(axes, image, _("Nowhere to start: no pixel is on an edge"))
    return style.tell(
        drawn,
        call=source.call(photo),
        numbers=_("no start found; choose another threshold"),
        alt=_("“{photo}”, in which no pixel can be a start.").format(photo=photo),
    )
