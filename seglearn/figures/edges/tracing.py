"""Figure 4.3-b: serial edge detection, a contour walked pixel by pixel."""

from typing import Annotated

import numpy as np
from matplotlib.colors import to_rgb

from seglearn.figures import style
from seglearn.figures.call import call
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
    picture = source.grey(photo)
    image = picture.value
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    walked, possible, around = _grounds(picture, ground, threshold, sigma)
    if not len(possible):
        return _nothing(picture, photo)
    start = tuple(int(x) for x in possible[np.argmin(((possible - (row, col)) ** 2).sum(axis=1))])
    parts = {"walked": walked, "start": start, "threshold": threshold, "sigma": sigma}
    if ground == "gradient":
        name, arguments = "trace_edge", "{walked}, {start}, threshold={threshold}, sigma={sigma}"
    else:
        name, arguments = "trace_border", "{walked}, {start}"
    steps = f"edges.{name}_steps({arguments})"
    states = call(f"[(s.point, len(s.contour), s.examined, s.stopped) for s in {steps}]", **parts).value
    run = call(f"edges.{name}({arguments})", **parts)
    contour = run.value
    step = min(step, len(states) - 1)
    point, n, examined, stopped = states[step]
    path = contour[:n]

    drawn, (left, right) = style.panels((image.shape, (2 * HALF + 1, 2 * HALF + 1)))
    shown = np.repeat(image[..., None] / 255, 3, axis=2)
    if ground != "gradient":  # tint what is walked around
        tint = np.where(walked.value, 0.35, 0)[..., None]
        shown = (1 - tint) * shown + tint * np.array(to_rgb(style.FOREGROUND))
    style.picture(left, shown, _("The walk so far, from the pink start"))
    for ink, width in (("white", 4), (style.EDGE, 2)):
        left.plot(path[:, 1], path[:, 0], color=ink, lw=width)
    for ink, width in (("white", 4), (style.SEED, 2)):  # from where the reader pointed to the edge nearest to it
        left.plot([col, start[1]], [row, start[0]], color=ink, lw=width, marker="x", mew=width, markevery=[0])
    style.crosshair(left, start[1], start[0])
    left.plot(point[1], point[0], "o", ms=9, color=style.NOW, mec="white", mew=1.5)

    _magnified(right, around, point)
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
        call=run,
        numbers=_("point {n} of {last} at ({row}, {col}), {looked} neighbours examined; {reason}").format(
            n=n, last=len(contour), row=point[0], col=point[1], looked=len(examined), reason=_(REASONS[stopped])
        ),
        alt=_(
            "Left: “{photo}” with the first {n} points of a contour that starts at row {row}, column {col}. Right: the "
            "pixels around the walker, the neighbours numbered in the order in which they are examined."
        ).format(photo=photo, n=n, row=start[0], col=start[1]),
        last=len(states) - 1,
    )


def _grounds(picture, ground, threshold, sigma):
    """Return the call of what is walked on, where a walk may begin (N, 2), and what the walker sees (H, W), in [0, 1].

    A walk begins at the border of a mask, or on a ridge of the gradient.
    """
    smoothed = call("edges.canny_stages({f}, {sigma})", f=picture, sigma=sigma)
    if ground == "gradient":
        magnitude = smoothed.value.magnitude
        around = np.sqrt(magnitude / max(magnitude.max(), 1e-9))
        return picture, np.argwhere(smoothed.value.thinned >= threshold), around
    sign = "<" if ground == "dark pixels" else ">="
    mask = call("{stages}.smoothed {sign!s} {threshold}", stages=smoothed, sign=sign, threshold=threshold)
    framed = np.pad(mask.value, 1)
    inside = framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    return mask, np.argwhere(mask.value & ~inside), 0.25 + 0.5 * mask.value


def _magnified(axes, picture, point):
    """Show the pixels around a point; black beyond the border of the picture."""
    framed = np.pad(picture, HALF)
    style.picture(axes, framed[point[0] : point[0] + 2 * HALF + 1, point[1] : point[1] + 2 * HALF + 1], "")


def _nothing(picture, photo):
    """Show that there is nowhere to start."""
    drawn, (axes,) = style.panels((picture.value.shape,))
    style.picture(axes, picture.value, _("Nowhere to start: no pixel is on an edge"))
    return style.tell(
        drawn,
        call=picture,
        numbers=_("no start found; choose another threshold"),
        alt=_("“{photo}”, in which no pixel can be a start.").format(photo=photo),
    )
