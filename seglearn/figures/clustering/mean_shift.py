"""The figures of section 4.2.3: mean shift."""

from typing import Annotated

import numpy as np

from seglearn.clustering import kernel_density
from seglearn.figures import plane, style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, Step, figure
from seglearn.words import _, mark

SHAPES = Choice((mark("moons"), mark("rings"), mark("spirals"), mark("blobs")), mark("data set"))
PLACE = Range(-4.0, 4.0, 0.05, mark("where the window starts, or click"))
BANDWIDTH = Range(0.1, 4.0, 0.05, mark("radius of the window, h"))
KERNEL = Choice((mark("flat"), mark("gaussian")), mark("how points count"))
SWEEP = np.geomspace(0.1, 4, 40)  # bandwidths of the curve of modes


@figure(
    "4-3 (i)",
    mark("Mean shift: one window climbs to a mode"),
    presets={
        mark("to the end"): {"step": 300},
        mark("a start between two peaks"): {"x": 0.0, "y": -1.4, "bandwidth": 1.0, "kernel": "gaussian", "step": 300},
        mark("a small window, a small peak"): {"x": -2.0, "y": 0.5, "bandwidth": 0.3, "step": 300},
        mark("a large window sees one hill"): {"bandwidth": 3.0, "step": 300},
        mark("nothing within reach"): {"x": 0.1, "y": 0.0, "bandwidth": 0.5, "step": 300},
    },
    gesture={"point": ("x", "y")},
)
def mean_shift_on_points(
    *,
    shape: Annotated[str, SHAPES] = "blobs",
    x: Annotated[float, PLACE] = 0.0,
    y: Annotated[float, PLACE] = 2.3,
    bandwidth: Annotated[float, BANDWIDTH] = 0.8,
    kernel: Annotated[str, KERNEL] = "flat",
    step: Annotated[int, Step(mark("shift"))] = 2,
):
    """Figure 4-3 (a): the window, its mean shift vector and its path over the density, which never falls."""
    points, _truth = plane.data(shape).value
    drawn, (left, right) = style.panels((1.25, 0.95))
    plane.frame(left, points, _("The window and its mean shift vector"))
    x, y = (float(round(np.clip(v, *limits), 2)) for v, limits in ((x, left.get_xlim()), (y, left.get_ylim())))
    path = _path(shape, (x, y), bandwidth, kernel).value
    last = len(path) - 1
    step = min(step, last)
    heights = kernel_density(points, path, bandwidth, kernel=kernel)
    modes = _states(shape, bandwidth, kernel)[-1][1]
    top = max(heights[-1], kernel_density(points, modes, bandwidth, kernel=kernel).max())

    _ground(left, shape, bandwidth, kernel)
    _window(left, points, path[step], bandwidth, kernel)
    _way(left, path, step)
    iterations = np.arange(last + 1)
    right.axhline(top, color=style.FAINT, lw=1.5, ls=(0, (4, 3)))
    right.text(0.03, top * 1.03, _("the highest peak of all"), transform=right.get_yaxis_transform(), va="bottom")
    right.plot(iterations, heights, color=style.FAINT, lw=2)
    right.plot(iterations[: step + 1], heights[: step + 1], color=style.INK, lw=2, marker="o", ms=5 if last < 40 else 0)
    right.plot(step, heights[step], "o", color=style.NOW, ms=10)
    right.set(xlabel=_("shift"), ylabel=_("density"), xlim=(-0.03 * last, 1.03 * last), ylim=(0, 1.22 * top))
    right.xaxis.get_major_locator().set_params(integer=True)
    style.heading(right, _("The density under the window never falls"))
    inside = int((((points - path[step]) ** 2).sum(axis=1) <= bandwidth**2).sum())
    if heights[-1] == 0:
        numbers = _("no point is within reach of ({x:g}, {y:g}): the window stays").format(x=x, y=y)
    elif step == last:
        numbers = _(
            "after {i} shifts the window stands still at ({x:.2f}, {y:.2f}): a mode, density {height:.4f}; "
            "the highest peak has {top:.4f}"
        ).format(i=step, x=path[-1, 0], y=path[-1, 1], height=heights[-1], top=top)
    else:
        numbers = _(
            "shift {i} of {n}: {inside} points within h; the next shift is {length:.3f} long; density {height:.4f}"
        ).format(
            i=step, n=last, inside=inside, length=np.hypot(*(path[step + 1] - path[step])), height=heights[step]
        )  # fmt: skip
    return style.tell(
        drawn,
        call=_path(shape, (x, y), bandwidth, kernel, max(step, 1)),
        numbers=numbers,
        alt=_(
            "Left: points over a map of their density, a circle of radius {h:g}, the path of its centre uphill, "
            "and an arrow to the mean of its points. Right: the density under the centre, shift by shift."
        ).format(h=bandwidth),
        last=last,
    )


@figure(
    "4-3 (ii)",
    mark("Mean shift: every point climbs, and the modes are counted"),
    presets={
        mark("all four found"): {"step": 300},
        mark("too small: many modes"): {"bandwidth": 0.3, "step": 300},
        mark("too large: one mode"): {"bandwidth": 3.0, "step": 300},
        mark("two moons torn"): {"shape": "moons", "bandwidth": 0.5, "step": 300},
        mark("two moons, nearly"): {"shape": "moons", "bandwidth": 0.35, "kernel": "gaussian", "step": 300},
        mark("rings: no peak to climb to"): {"shape": "rings", "bandwidth": 0.7, "step": 300},
    },
)
def mean_shift_modes(
    *,
    shape: Annotated[str, SHAPES] = "blobs",
    bandwidth: Annotated[float, BANDWIDTH] = 1.0,
    kernel: Annotated[str, KERNEL] = "flat",
    step: Annotated[int, Step(mark("iteration"))] = 1,
):
    """Figure 4-3 (b): a window from every point; those that end together are a cluster. Nobody said how many."""
    points, _truth = plane.data(shape).value
    states = _states(shape, bandwidth, kernel)
    step = min(step, len(states))
    labels, modes = states[-1][2], states[-1][1]
    positions, n_moving = (states[step - 1][0], states[step - 1][3]) if step else (points, len(points))
    counts = _counts(shape, kernel)

    drawn, (left, right) = style.panels((1.25, 0.95))
    title = _("Where {n} windows are after iteration {i}") if step else _("The start: a window on each of {n} points")
    plane.frame(left, points, title.format(n=len(points), i=step))
    colors = style.palette(len(modes))[labels] / 255
    left.scatter(*points.T, s=22, c=0.45 * colors + 0.55, zorder=1)
    trails = np.stack((points, positions), axis=2).transpose(1, 2, 0)  # (x or y, from or to, point)
    for color in np.unique(colors, axis=0):
        left.plot(*trails[:, :, (colors == color).all(axis=1)], color=color, lw=0.8, alpha=0.6, zorder=2)
    left.scatter(*positions.T, s=30, c=colors, ec=style.INK, lw=0.7, zorder=3)
    if n_moving == 0:
        left.scatter(*modes.T, s=170 if len(modes) < 10 else 70, marker="*", c="white", ec=style.INK, lw=1.4, zorder=4)

    right.plot(SWEEP, counts, color=style.INK, lw=2)
    right.plot(bandwidth, len(modes), "o", color=style.NOW, ms=10)
    right.set(xscale="log", yscale="log", xlabel=_("bandwidth"), ylabel=_("number of modes"))
    right.set(xlim=(0.09, 4.5), ylim=(0.8, 1.3 * max(counts)))
    numbers = [n for n in (1, 2, 4, 10, 20, 50, 100, 200) if n <= max(counts)]
    for axis, ticks in ((right.xaxis, (0.1, 0.2, 0.5, 1, 2, 4)), (right.yaxis, numbers)):
        axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_ticks([], minor=True)
    right.grid(axis="y", color=style.FAINT, lw=0.5)
    style.heading(right, _("The bandwidth decides how many modes"))
    return style.tell(
        drawn,
        call=call(
            "mean_shift({data}[0], {h}, kernel={kernel}, max_iter={n}).positions",
            data=plane.data(shape), h=bandwidth, kernel=kernel, n=max(step, 1),
        )
        if step
        else call("{data}[0]", data=plane.data(shape)),
        answer=positions,
        numbers=_("iteration {i} of {n}: {moving} windows still move; modes at the end: {modes}").format(
            i=step, n=len(states), moving=n_moving, modes=len(modes)
        ),
        alt=_(
            "Left: {n} points in the colours of the {modes} modes that their windows end at, with their paths. "
            "Right: the number of modes against the bandwidth; this one is marked."
        ).format(n=len(points), modes=len(modes)),
        last=len(states),
    )  # fmt: skip


@figure("4-3 (iii)", mark("What the exercises build: a shift with a flat and with a Gaussian kernel"))
def mean_shift_pieces(
    *,
    shape: Annotated[str, SHAPES] = "blobs",
    x: Annotated[float, PLACE] = -0.6,
    y: Annotated[float, PLACE] = -0.3,
    bandwidth: Annotated[float, BANDWIDTH] = 1.0,
):
    """Both kernels from one start: which points count, how much, and the way that the window goes."""
    points, _truth = plane.data(shape).value
    drawn, panels = style.panels((1.1, 1.1))
    n_shifts = []
    for axes, kernel, title in zip(
        panels, ("flat", "gaussian"), (_("shift: inside or not"), _("gaussian_shift: the nearer, the more"))
    ):
        plane.frame(axes, points, title)
        x, y = (float(round(np.clip(v, *limits), 2)) for v, limits in ((x, axes.get_xlim()), (y, axes.get_ylim())))
        run = _path(shape, (x, y), bandwidth, kernel)
        path = run.value
        _ground(axes, shape, bandwidth, kernel)
        _window(axes, points, path[0], bandwidth, kernel)
        _way(axes, path, 0)
        axes.plot(*path.T, color=style.INK, lw=1.5, marker="o", ms=4, zorder=5)
        n_shifts.append(len(path) - 1)
    return style.tell(
        drawn,
        call=run,
        numbers=_("shifts until the window stands still: flat kernel {flat}, Gaussian kernel {normal}").format(
            flat=n_shifts[0], normal=n_shifts[1]
        ),
        alt=_(
            "Two panels of the same points and start: the flat window counts the points in a circle, the Gaussian "
            "one all, drawn the larger the more they count; dots show the path to the mode."
        ),
    )


def _path(shape, start, bandwidth, kernel, max_iter=None):
    """Return the call that lets one window climb, to its end if no number of shifts is given."""
    parts = {"data": plane.data(shape), "start": start, "h": bandwidth, "kernel": kernel}
    if max_iter is None:
        return call("mean_shift_path({data}[0], {start}, {h}, kernel={kernel})", **parts)
    return call("mean_shift_path({data}[0], {start}, {h}, kernel={kernel}, max_iter={n})", **parts, n=max_iter)


def _states(shape, bandwidth, kernel):
    """Return what is shown of every state of the run."""
    steps = "mean_shift_steps({data}[0], {h}, kernel={kernel})"
    shown = f"[(s.positions, s.modes, s.labels, s.n_moving) for s in {steps}]"
    return call(shown, data=plane.data(shape), h=bandwidth, kernel=kernel).value


def _counts(shape, kernel):
    """Return the number of modes at each bandwidth of the sweep."""
    counts = "[len(mean_shift({data}[0], h, kernel={kernel}).modes) for h in {sweep}]"
    return call(counts, data=plane.data(shape), kernel=kernel, sweep=SWEEP.tolist()).value


def _heights(shape, bandwidth, kernel, box):
    """Return the density on a grid over the box (x0, x1, y0, y1), as a part of its maximum."""
    x, y = np.meshgrid(np.linspace(*box[:2], 125), np.linspace(*box[2:], 100))
    points = plane.data(shape).value[0]
    heights = kernel_density(points, np.stack((x.ravel(), y.ravel()), axis=1), bandwidth, kernel=kernel)
    return (heights / heights.max()).reshape(x.shape)


def _ground(axes, shape, bandwidth, kernel):
    """Draw the density as a map: the higher, the darker, with lines of equal height."""
    box = (*axes.get_xlim(), *axes.get_ylim())
    heights = _heights(shape, bandwidth, kernel, box)
    bands = np.floor(10 * heights).clip(0, 9)[..., None] / 9
    rgba = np.full((*heights.shape, 4), 255, np.uint8)
    rgba[..., :3] = np.rint(255 - bands * (255 - np.array([86, 150, 200])))
    axes.imshow(rgba, extent=box, origin="lower", interpolation="nearest", aspect="auto", zorder=0)


def _window(axes, points, center, bandwidth, kernel):
    """Draw the window: a circle of one bandwidth, and its points, the larger the more they count."""
    square = ((points - center) ** 2).sum(axis=1) / bandwidth**2
    weights = np.where(square <= 1, 1.0, 0) if kernel == "flat" else np.exp(-square / 2)
    counts = weights > 0.01
    axes.scatter(*points[~counts].T, s=12, c="#777777", ec="white", lw=0.4, zorder=2)
    axes.scatter(*points[counts].T, s=6 + 60 * weights[counts], c=style.EDGE, ec=style.INK, lw=0.5, zorder=3)
    angle = np.linspace(0, 2 * np.pi, 120)
    circle = center[:, None] + bandwidth * np.array([np.cos(angle), np.sin(angle)])
    for color, lw in (("white", 4), (style.NOW, 2.2)):
        axes.plot(*circle, color=color, lw=lw, zorder=4)


def _way(axes, path, step):
    """Draw the path up to now, the next shift as an arrow, and the mode once it is reached."""
    axes.plot(*path[: step + 1].T, color=style.INK, lw=1.8, marker="o", ms=4.5, zorder=5)
    axes.plot(*path[0], "o", color=style.SEED, mec=style.INK, ms=10, zorder=6)
    axes.plot(*path[step], "o", color=style.NOW, mec="white", ms=9, zorder=7)
    if step + 1 < len(path):
        arrow = {"arrowstyle": "-|>", "color": style.NOW, "lw": 3, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 18}
        axes.annotate("", path[step + 1], path[step], arrowprops=arrow, zorder=8)
    else:
        axes.plot(*path[-1], marker="*", color="white", mec=style.INK, ms=17, mew=1.4, zorder=8)
