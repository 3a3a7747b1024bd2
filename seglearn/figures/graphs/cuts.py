"""Figures 4-11 and 4.5-a: minimum cut and normalized cut of points, and the normalized cut of a photograph."""

from typing import Annotated

import numpy as np

from seglearn.figures import plane, style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, Range, Step, figure
from seglearn.words import _, mark


@figure(
    "4-11",
    mark("The minimum cut isolates nodes, the normalized cut does not"),
    presets={
        mark("two clouds"): {},
        mark("far apart: both agree"): {"gap": 8.0, "sigma": 0.7},
        mark("one cloud only"): {"gap": 0.0},
        mark("everything alike"): {"sigma": 3.0},
    },
)
def cut_and_ncut(
    *,
    gap: Annotated[float, Range(0.0, 8.0, 0.5, mark("distance of the two clouds"))] = 4.0,
    sigma: Annotated[float, Range(0.3, 3.0, 0.1, mark("sigma: distance at which likeness fades"))] = 1.0,
    rng: Annotated[int, Range(0, 20, words=mark("random seed"))] = 0,
):
    """Figure 4-11: both cuts of the same points, and what a cut costs at every split along the second eigenvector."""
    data = call("experiments.graphs.two_clouds(60, {gap}, {rng})", gap=gap, rng=rng)
    points, _labels = data.value
    graph = call("experiments.graphs.point_affinity({data}[0], {sigma})", data=data, sigma=sigma)
    least = call("graphs.global_min_cut({graph})", graph=graph).value
    run = call("graphs.normalized_cut({graph}, 2)", graph=graph)
    state = run.value
    values = graph.value[least.side].sum(), graph.value[~least.side].sum()
    ncut = least.value / values[0] + least.value / values[1]

    drawn, (left, middle, right) = style.panels((0.9, 0.9, 1.1))
    for axes, side, text in (
        (left, least.side, _("Minimum cut")), (middle, state.side, _("Normalized cut")),
    ):  # fmt: skip
        plane.frame(axes, points, text)
        few = side if side.sum() <= len(side) / 2 else ~side
        for which, ink in ((few, style.FOREGROUND), (~few, style.BACKGROUND)):
            axes.scatter(*points[which].T, s=34, c=ink, ec="white", lw=0.6, zorder=2)
    sizes = np.array([(state.eigenvector <= threshold).sum() for threshold in state.thresholds])
    right.plot(sizes, state.cuts / state.cuts.max(), color=style.INK, lw=2, label=_("cut (largest = 1)"))
    right.plot(sizes, state.ncuts, color=style.EDGE, lw=2.5, label="Ncut")
    best = int(np.argmin(state.ncuts))
    right.plot(sizes[best], state.ncuts[best], "o", ms=10, color=style.NOW, zorder=4)
    right.set(xlabel=_("nodes on one side"), ylabel=_("value"), ylim=(0, max(1.5, 1.1 * state.ncuts.max())))
    right.legend(loc="upper center", ncols=2, frameon=False, borderaxespad=0.1)
    style.heading(right, _("At every split point"))
    small = min(least.side.sum(), (~least.side).sum()), min(state.side.sum(), (~state.side).sum())
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "minimum cut: {n} of 60 nodes, cut {cut:.3f}, Ncut {ncut:.2f}; "
            "normalized cut: {m} nodes, cut {other:.3f}, Ncut {best:.2f}"
        ).format(n=small[0], cut=least.value, ncut=ncut, m=small[1], other=state.cuts[best], best=state.ncut),
        alt=_(
            "Two clouds of 60 points in all. Left: the minimum cut parts {n} of them, orange, from the rest. Middle: "
            "the normalized cut parts {m}. Right: the cut is small at both ends, Ncut is small in the middle."
        ).format(n=small[0], m=small[1]),
    )


@figure(
    "4.5-a",
    mark("The normalized cut of a photograph, cut by cut"),
    presets={
        mark("the first cut"): {"step": 1},
        mark("six parts"): {"step": 5},
        mark("only colour counts"): {"sigma_position": 30.0, "sigma_color": 0.05, "step": 5},
        mark("only nearness counts"): {"sigma_color": 0.8, "step": 5},
    },
)
def normalized_cut_of_photo(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    sigma_color: Annotated[float, Range(0.02, 0.8, 0.01, mark("colour distance at which likeness fades"))] = 0.1,
    sigma_position: Annotated[float, Range(1.0, 30.0, 0.5, mark("the same for the distance, in pixels"))] = 4.0,
    step: Annotated[int, Step(mark("cut"))] = 4,
):
    """Figure 4.5-a: the second eigenvector of a part, its split points, and the parts that there are."""
    picture = call("images.reduced({photo}, 128)", photo=photograph(photo))
    options = {"sc": sigma_color, "sp": sigma_position, "picture": picture}
    run = call(
        "list(graphs.segment_normalized_cut_steps("
        "{picture}, 7, sigma_color={sc}, sigma_position={sp}, n_superpixels=300))",
        **options,
    )
    states, image = run.value, picture.value
    step = min(max(step, 1), len(states))
    state = states[step - 1]
    shown = call(
        "graphs.segment_normalized_cut({picture}, {n}, sigma_color={sc}, sigma_position={sp}, n_superpixels=300)",
        n=step + 1, **options,
    )  # fmt: skip

    drawn, (left, middle, curve) = style.panels((image.shape, image.shape, 0.8))
    style.picture(left, image, _("{n} segments").format(n=state.n_segments), labels=state.labels)
    inside = state.eigenvector[state.part]
    low, high = inside.min(), inside.max()
    shade = np.where(state.part, (state.eigenvector - low) / max(high - low, 1e-12), 1)
    grey = np.repeat(shade[..., None], 3, axis=2)
    grey[~state.part] = 0.93, 0.9, 0.85
    style.picture(middle, grey, _("The eigenvector y of the part that is cut"), labels=state.side & state.part)
    curve.plot(state.thresholds, state.ncuts, color=style.EDGE, lw=2)
    curve.plot(state.threshold, state.ncut, "o", ms=9, color=style.NOW, zorder=4)
    curve.set(xlabel=_("y, from dark to light"), ylabel="Ncut", ylim=(0, 1.1 * state.ncuts.max()), xticks=[])
    style.heading(curve, _("Ncut at its split points"))
    return style.tell(
        drawn,
        call=shown,
        answer=state.labels,
        numbers=_(
            "cut {k} of {n}: Ncut {ncut:.4f} within the part; its eigenvalue {value:.4f} is a lower bound"
        ).format(k=step, n=len(states), ncut=state.ncut, value=state.eigenvalue),
        alt=_(
            "“{photo}” in {n} segments; the second eigenvector of the part that was cut last, as grey values, one for "
            "each of about 300 superpixels, the patches; Ncut at all its split points, the best one marked."
        ).format(photo=photo, n=state.n_segments),
        last=len(states),
    )
