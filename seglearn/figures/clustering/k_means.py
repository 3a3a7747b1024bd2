"""The figures of section 4.2.1: K-Means."""

from typing import Annotated

import numpy as np
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import adjusted_rand_score

from seglearn import images
from seglearn.clustering import k_means
from seglearn.figures import plane, style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.words import _, mark

SHAPES = Choice((mark("moons"), mark("rings"), mark("spirals"), mark("blobs")), mark("data set"))
N_CLUSTERS = Range(2, 8, words=mark("number of clusters, K"))
INIT = Choice((mark("k-means++"), mark("random")), mark("how the first centres are found"))
RNG = Range(0, 20, words=mark("random seed"))


@figure(
    "4-2",
    mark("K-Means on groups that are not convex"),
    presets={
        mark("two moons"): {},
        mark("three rings"): {"shape": "rings", "n_clusters": 3},
        mark("two spirals"): {"shape": "spirals"},
        mark("more centres don't help"): {"shape": "rings", "n_clusters": 8},
        mark("round groups: no trouble"): {"shape": "blobs", "n_clusters": 4, "noise": 0.3},
    },
)
def non_convex(
    *,
    shape: Annotated[str, SHAPES] = "moons",
    n_clusters: Annotated[int, N_CLUSTERS] = 2,
    noise: Annotated[float, Range(0.0, 0.3, 0.01, mark("scatter of the points"))] = 0.05,
    rng: Annotated[int, RNG] = 0,
):
    """Figure 4-2: the groups that are there beside the cells that K-Means cuts; its borders are straight lines."""
    data = plane.data(shape, noise=noise, rng=rng)
    points, truth = data.value
    run = call("k_means({data}[0], {k}, rng={rng})", data=data, k=n_clusters, rng=rng)
    found = run.value
    ari = adjusted_rand_score(truth, found.labels)

    drawn, (left, right) = style.panels((1.2, 1.2))
    plane.frame(left, points, _("The groups that are there"))
    plane.scatter(left, points, truth)
    plane.frame(right, points, _("What K-Means makes of them"))
    plane.cells(right, found.centers)
    plane.scatter(right, points, found.labels)
    plane.crosses(right, found.centers)
    return style.tell(
        drawn,
        call=run,
        numbers=_("agreement with the true groups (ARI): {ari:.2f}; inertia {inertia:.2f} after {n} iterations").format(
            ari=ari, inertia=found.inertia, n=found.iteration
        ),
        alt=_(
            "Left: {n} points of the data set “{shape}” in {groups} groups. "
            "Right: K-Means divides them by straight borders into {k} clusters."
        ).format(n=len(points), shape=_(shape), groups=len(np.unique(truth)), k=n_clusters),
    )


@figure(
    "4.2-a (i)",
    mark("K-Means, step by step, on points"),
    presets={
        mark("good start"): {"step": 100},
        mark("bad start"): {"rng": 0, "step": 100},
        mark("too few centres"): {"n_clusters": 2, "step": 100},
        mark("too many centres"): {"n_clusters": 7, "step": 100},
    },
)
def k_means_on_points(
    *,
    shape: Annotated[str, SHAPES] = "blobs",
    n_clusters: Annotated[int, N_CLUSTERS] = 4,
    init: Annotated[str, INIT] = "random",
    rng: Annotated[int, RNG] = 5,
    step: Annotated[int, Step(mark("iteration"))] = 1,
):
    """Figure 4.2-a: each point goes to its nearest centre, each centre to the mean of its points."""
    data = plane.data(shape)
    points, _truth = data.value
    named = {"data": data, "k": n_clusters, "init": init, "rng": rng}
    states = call("list(k_means_steps({data}[0], {k}, init={init}, rng={rng}))", **named).value
    step = min(step, len(states))
    state = states[max(step, 1) - 1]
    if step:
        shown = call("k_means({data}[0], {k}, init={init}, max_iter={n}, rng={rng})", **named, n=step)
    else:
        shown = call("next(k_means_steps({data}[0], {k}, init={init}, rng={rng})).previous_centers", **named)

    drawn, (left, right) = style.panels((1.3, 1.05))
    if step == 0:
        plane.frame(left, points, _("The start: {k} centres").format(k=n_clusters))
        plane.scatter(left, points)
        plane.crosses(left, state.previous_centers)
        numbers = _("the start: nothing is assigned yet")
    else:
        plane.frame(left, points, _("Iteration {i}: assign, then move the centres").format(i=step))
        plane.cells(left, state.previous_centers)
        plane.scatter(left, points, state.labels)
        _moves(left, state.previous_centers, state.centers)
        plane.crosses(left, state.centers)
        numbers = _("iteration {i} of {n}: inertia {inertia:.3f}, {changed} points changed cluster").format(
            i=step, n=len(states), inertia=state.inertia, changed=state.n_changed
        )
    _inertia(right, [s.inertia for s in states], step)
    return style.tell(
        drawn,
        call=shown,
        answer=state if step else state.previous_centers,
        numbers=numbers,
        alt=_("Left: points in the colour of their nearest centre; arrows show the centres move. Right: the inertia.")
        if step
        else _("Left: points without a cluster and {k} start centres. Right: the inertia to come.").format(
            k=n_clusters
        ),
        last=len(states),
    )


@figure(
    "4.2-a (ii)",
    mark("K-Means, step by step, on a photograph"),
    presets={
        mark("two colours"): {"n_clusters": 2, "step": 200},
        mark("eight colours"): {"n_clusters": 8, "step": 200},
        mark("one object, three clusters"): {"photo": "coins", "n_clusters": 3, "step": 200, "row": 60, "col": 95},
    },
    gesture={"point": ("col", "row")},
)
def k_means_on_photo(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    n_clusters: Annotated[int, N_CLUSTERS] = 4,
    init: Annotated[str, INIT] = "k-means++",
    rng: Annotated[int, RNG] = 0,
    row: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 120,
    col: Annotated[int, Range(0, 1023, words=mark("marked pixel, or click"))] = 60,
    step: Annotated[int, Step(mark("iteration"))] = 1,
):
    """Figure 4.2-a on a photograph: pixels are points in colour space; each takes the colour of its centre."""
    image = images.load(photo)
    n_channels = 1 if image.ndim == 2 else 3
    points = image.reshape(-1, n_channels) / 255
    named = {
        "points": call("{photo}.reshape(-1, {n}) / 255", photo=photograph(photo), n=n_channels),
        "k": n_clusters, "init": init, "rng": rng,
    }  # fmt: skip
    # Of every state what is small: the label maps would fill the memory, and one iteration brings one back.
    steps = "k_means_steps({points}, {k}, init={init}, rng={rng})"
    run = call(f"[(s.previous_centers, s.centers, s.inertia, s.n_changed) for s in {steps}]", **named).value
    step = min(step, len(run))
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    before, centers, inertia, n_changed = run[max(step, 1) - 1]
    labels = k_means(points, n_clusters, init=before, max_iter=1).labels
    shown = centers if step else before
    pixel = points.reshape(image.shape[0], image.shape[1], n_channels)[row, col]
    distances = np.sqrt(((pixel - before) ** 2).sum(axis=1))
    nearest = int(np.argmin(distances))

    drawn, (left, right, bars, curve) = style.panels((image.shape, image.shape, style.Stack(1.0)))
    style.picture(left, image, _("The photograph, one pixel marked"))
    style.crosshair(left, col, row)
    colors = np.rint(255 * shown).astype(np.uint8)[labels]
    style.picture(right, colors.reshape(image.shape), _("Each pixel in the colour of its centre"))
    style.crosshair(right, col, row)
    inks = np.repeat(before, 3 // n_channels, axis=1)
    bars.bar(np.arange(n_clusters) + 1, distances, color=inks, ec=[style.FAINT] * n_clusters, lw=1)
    bars.bar(nearest + 1, distances[nearest], fc="none", ec=style.SEED, lw=3)
    bars.set(
        xticks=np.arange(n_clusters) + 1,
        ylabel=_("distance"),
        ylim=(0, max(0.3, 1.12 * distances.max())),
    )
    style.heading(bars, _("Distance to each centre"))
    _inertia(curve, [r[2] for r in run], step)
    if step:
        shown = call("k_means({points}, {k}, init={init}, max_iter={n}, rng={rng}).labels", **named, n=step)
    else:
        shown = call("next(k_means_steps({points}, {k}, init={init}, rng={rng})).previous_centers", **named)
    return style.tell(
        drawn,
        call=shown,
        answer=labels if step else before,
        numbers=_(
            "iteration {i} of {n}: inertia {inertia:.1f}, {changed} pixels changed cluster; "
            "pixel ({row}, {col}) is {distance:.2f} from centre {k}, its nearest"
        ).format(
            i=step, n=len(run), inertia=inertia, changed=n_changed, row=row, col=col,
            distance=distances[nearest], k=nearest + 1,
        )
        if step
        else _("the start: {k} colours of the picture are the first centres").format(k=n_clusters),
        alt=_(
            "The photograph “{photo}”, the same in {k} colours, "
            "the distances of one pixel to the {k} centres, and the inertia."
        ).format(photo=photo, k=n_clusters),
        last=len(run),
    )  # fmt: skip


@figure("4.2-a (iv)", mark("What the exercises build: assign, update, chances"))
def k_means_pieces(
    *,
    shape: Annotated[str, SHAPES] = "blobs",
    n_clusters: Annotated[int, N_CLUSTERS] = 3,
    rng: Annotated[int, RNG] = 6,
):
    """The pieces of K-Means, each alone: labels, means, and the chances of k-means++."""
    data = plane.data(shape)
    points, _truth = data.value
    run = call('k_means({data}[0], {k}, init="random", max_iter=1, rng={rng})', data=data, k=n_clusters, rng=rng)
    state = run.value
    squares = ((points[:, None] - state.previous_centers) ** 2).sum(axis=2).min(axis=1)
    chances = squares / squares.sum()
    likely = int(chances.argmax())

    drawn, (left, middle, right) = style.panels((0.9, 0.9, 0.9))
    plane.frame(left, points, _("assign"))
    plane.cells(left, state.previous_centers)
    plane.scatter(left, points, state.labels)
    plane.crosses(left, state.previous_centers)
    plane.frame(middle, points, _("update"))
    plane.scatter(middle, points, state.labels)
    _moves(middle, state.previous_centers, state.centers)
    plane.crosses(middle, state.centers)
    plane.frame(right, points, _("chances"))
    right.scatter(*points.T, s=4 + 6000 * chances, c="#777777", ec="white", lw=0.5, zorder=2)
    right.scatter(*points[likely], s=4 + 6000 * chances[likely], c=style.NOW, ec="white", lw=0.5, zorder=3)
    plane.crosses(right, state.previous_centers)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "inertia after the update: {inertia:.1f}; the likeliest next centre has a chance of {chance:.1%}"
        ).format(inertia=state.inertia, chance=chances[likely]),
        alt=_(
            "Three panels of the same points: cells around {k} centres; the centres moved to the means; "
            "dots that grow with the chance to be the next centre."
        ).format(k=n_clusters),
    )


def _moves(axes, before, after):
    arrow = {"arrowstyle": "-|>", "color": style.INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    for start, end in zip(before, after):
        if not np.allclose(start, end):
            axes.annotate("", end, start, arrowprops=arrow, zorder=3)
    axes.scatter(*before.T, s=60, marker="X", fc="none", ec=style.INK, lw=1, zorder=3)


def _inertia(axes, inertias, step):
    """Draw the inertia of every iteration, those to come fainter, the present one marked."""
    iterations = np.arange(1, len(inertias) + 1)
    axes.plot(iterations, inertias, color=style.FAINT, lw=2)
    axes.plot(iterations[:step], inertias[:step], color=style.INK, lw=2, marker="o", ms=4 if len(inertias) < 40 else 0)
    if step:
        axes.plot(step, inertias[step - 1], "o", color=style.NOW, ms=10, clip_on=False, zorder=5)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set(xlabel=_("iteration"), ylabel=_("inertia"), xlim=(0, len(inertias) + 1), ylim=(0, 1.08 * max(inertias)))
    style.heading(axes, _("The inertia never rises"))
