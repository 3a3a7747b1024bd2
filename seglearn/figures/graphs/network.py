"""Figures 4-12 and 4-13 (ii): the network with its terminals, and the flow that finds its cut."""

from typing import Annotated

import numpy as np
from matplotlib.collections import LineCollection

from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, Range, Step, figure
from seglearn.words import _, mark

SMOOTHNESS = Range(0, 200, 5, mark("weight of the boundary, 1 / lambda"))
SIGMA = Range(0.02, 0.5, 0.01, mark("sigma of the boundary"))
STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
LEAN, FLAT, HIGH = 0.45, 0.5, 2.6  # the sheet of pixels is seen from the side; the terminals stand so far from it
WIDEST = 6.0  # points


@figure(
    "4-12",
    mark("The network: pixels, two terminals, t-links and n-links"),
    presets={
        mark("before any flow"): {"step": 0},
        mark("half way"): {},
        mark("at the end: the cut"): {"step": 1000},
        mark("the boundary counts for much"): {"smoothness": 40, "step": 1000},
        mark("the boundary counts for nothing"): {"smoothness": 0, "step": 1000},
    },
)
def terminals(
    *,
    photo: Annotated[str, Photo(("horse", "coffee", "rocket", "camera", "flower"), mark("picture"))] = "horse",
    smoothness: Annotated[float, Range(0, 60, 1, mark("weight of the boundary, 1 / lambda"))] = 8,
    sigma: Annotated[float, SIGMA] = 0.3,
    step: Annotated[int, Step(mark("augmenting path"))] = 26,
):
    """Figure 4-12: links as wide as their capacity, the last path, and what is full; the cut at the end."""
    picture = call("images.reduced({photo}, 6)", photo=photograph(photo))
    image = picture.value
    height, width = image.shape[:2]
    # Two pixels in the middle are marked as foreground, the corners above as background.
    marks = np.zeros((2, height, width), int)
    marks[0, height // 2, width // 2 - 1 : width // 2 + 1] = marks[1, 0, [0, -1]] = 1
    network = call(
        "graphs.graph_cut_network({picture}, {fg}, {bg}, smoothness={smoothness}, sigma={sigma})",
        picture=picture, fg=marks[0].tolist(), bg=marks[1].tolist(), smoothness=smoothness, sigma=sigma,
    )  # fmt: skip
    run = call("list(graphs.grid_max_flow_steps(*{network}))", network=network)
    states = run.value
    step = min(step, len(states) - 1)
    state = states[step]
    done = step == len(states) - 1

    drawn, (left, right) = style.panels((1.7, image.shape), tallest=3.6)
    left.set_axis_off()
    _draw_network(left, image, network.value, state)
    style.heading(left, _("S above, T below, the pixels between"))
    style.picture(right, image, _("The source's side so far"), labels=state.side)
    length = len(state.path)
    return style.tell(
        drawn,
        call=run,
        numbers=_("the end: {value:.1f} flows, and the cut of {n} pixels weighs as much").format(
            value=state.value, n=state.side.sum()
        )
        if done
        else _("path {k} of {n}: {amount:.2f} more flows over {length} pixels, {value:.1f} in all").format(
            k=step, n=len(states) - 2, amount=state.amount, length=length, value=state.value
        ),
        alt=_(
            "“{photo}” with {h} x {w} pixels as a sheet of nodes between the terminals S and T; links are as wide as "
            "their capacities, full ones thin and dashed; the pixels on the source's side outlined."
        ).format(photo=photo, h=height, w=width),
        last=len(states) - 1,
    )


@figure(
    "4-13 (ii)",
    mark("Two trees grow until they touch, and the flow becomes the cut"),
    presets={
        mark("both trees grow"): {"step": 1},
        mark("half way"): {"step": 6},
        mark("the end"): {"step": 1000},
        mark("only the boundary counts"): {"smoothness": 200, "step": 1000},
    },
)
def flow(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    smoothness: Annotated[float, SMOOTHNESS] = 50,
    sigma: Annotated[float, SIGMA] = 0.1,
    step: Annotated[int, Step(mark("a part of the paths"))] = 3,
):
    """Figure 4-13, watched: the trees of source and sink, the flow that rises and the energy that it meets."""
    picture = call("images.reduced({photo}, 160)", photo=photograph(photo))
    image = picture.value
    height, width = image.shape[:2]
    middle = ((0.4 * width, 0.5 * height), (0.6 * width, 0.5 * height), (0.5 * width, 0.3 * height))
    frame = ((1, 1), (width - 2, 1), (width - 2, height - 2))
    marks = call(
        "experiments.graphs.painted({shape}, [('foreground', 3, {a}), ('background', 3, {b})])",
        shape=(height, width), a=tuple((round(x), round(y)) for x, y in middle), b=frame,
    )  # fmt: skip
    run = call(
        "list(graphs.graph_cut_steps("
        "{picture}, {marks} == 1, {marks} == 2, smoothness={smoothness}, sigma={sigma}, every=2000))",
        picture=picture, marks=marks, smoothness=smoothness, sigma=sigma,
    )  # fmt: skip
    states = run.value
    step = min(step, len(states) - 1)
    state = states[step]

    drawn, (left, right, curve) = style.panels((image.shape, image.shape, 0.7))
    style.picture(left, painted_over(image, marks.value), _("The marks"))
    tint = np.array([[0.93, 0.93, 0.93], _rgb(style.FOREGROUND), _rgb(style.BACKGROUND)])[state.tree]
    style.picture(right, 0.75 * tint + 0.25 * _grey(image), _("Trees of the source and of the sink"), labels=state.mask)
    paths, energies, flows = np.array([(s.n_paths, s.energy / 1000, s.flow / 1000) for s in states]).T
    curve.plot(paths, energies, color=style.EDGE, lw=2, label=_("energy"))
    curve.plot(paths, flows, color=style.INK, lw=2, label=_("flow"))
    curve.plot(paths[[step, step]], [flows[step], energies[step]], "o", color=style.NOW, ms=8, clip_on=False, zorder=4)
    low, high = flows[0], max(energies)
    spread = max(high - low, 0.01 * high, 0.01)  # without a boundary the first cut is the best
    curve.set(
        xlabel=_("paths"), ylabel=_("energy, flow (thousands)"),
        xlim=np.array([-0.04, 1.16]) * max(paths[-1], 1), xticks=paths[[0, -1]],
        ylim=(low - 0.6 * spread, high + 0.05 * spread),
    )  # fmt: skip
    curve.legend(loc="lower right", frameon=False, borderaxespad=0.1)
    style.heading(curve, _("They meet at the end"))
    return style.tell(
        drawn,
        call=run,
        numbers=_("{k} of {n} paths: flow {flow:.0f}, energy {energy:.0f} = R {region:.0f} + {s:g} x B {b:.2f}").format(
            k=state.n_paths, n=states[-1].n_paths, flow=state.flow, energy=state.energy, region=state.region,
            s=smoothness, b=state.boundary,
        ),
        alt=_(
            "“{photo}” with marks on the object and on the ground; the two trees after {k} paths in two colours, free "
            "pixels grey; the flow rises; the energy is never below it, and meets it at the end."
        ).format(photo=photo, k=state.n_paths),
        last=len(states) - 1,
    )  # fmt: skip


def painted_over(image, marks):
    """Return a picture (H, W, 3) with its marks in the colours of foreground and background."""
    shown = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image.copy()
    for label, ink in ((1, style.FOREGROUND), (2, style.BACKGROUND)):
        shown[marks == label] = np.rint(255 * _rgb(ink))
    return shown


def _rgb(ink):
    return np.array([int(ink[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _grey(image):
    grey = image / 255 if image.ndim == 2 else image.mean(axis=2) / 255
    return np.repeat(grey[..., None], 3, axis=2)


def _draw_network(axes, image, network, state):
    """Draw the sheet of pixels seen from the side, the terminals, and all links; full ones dashed, the path marked."""
    from_source, to_sink, links = network
    height, width = from_source.shape
    rows, cols = np.mgrid[:height, :width]
    place = np.stack([cols + LEAN * (height - 1 - rows), -FLAT * rows], axis=-1)
    middle = place.reshape(-1, 2).mean(axis=0)
    up = np.array([0, HIGH + FLAT * height / 2])
    source, sink = middle + up, middle - up
    free = (from_source + to_sink < 8 * links.max() + 1e-9) | (links.max() == 0)
    scale = WIDEST / max(links.max(), (from_source + to_sink)[free].max(initial=0), 1e-9)
    for capacity, used, end, ink in (
        (from_source, state.source_flow, source, style.FOREGROUND), (to_sink, state.sink_flow, sink, style.BACKGROUND),
    ):  # fmt: skip
        some = capacity > 0
        _draw(axes, place[some], np.broadcast_to(end, place[some].shape), capacity[some], used[some], scale, ink)
    for link, used, (down, right) in zip(links, state.neighbor_flow, STEPS):
        here = np.s_[: height - down, max(0, -right) : width - max(0, right)]
        there = np.s_[down:, max(0, right) : width + min(0, right)]
        tails, heads = place[here].reshape(-1, 2), place[there].reshape(-1, 2)
        _draw(axes, tails, heads, link[here].ravel(), np.abs(used[here]).ravel(), scale, "#777777")
    if len(state.path):
        way = np.vstack([source, place[tuple(state.path.T)], sink])
        for ink, thick in (("white", 5), (style.SEED, 2.5)):
            axes.plot(*way.T, color=ink, lw=thick, zorder=4)
    shades = image.reshape(height * width, -1) / 255
    shades = np.repeat(shades, 3 // shades.shape[1], axis=1)
    edges = np.where(state.side.ravel(), style.FOREGROUND, "#555555")
    axes.scatter(*place.reshape(-1, 2).T, s=110, c=shades, ec=edges, lw=2, zorder=5)
    for end, name, ink in ((source, "S", style.FOREGROUND), (sink, "T", style.BACKGROUND)):
        axes.scatter(*end, s=420, c=ink, ec="white", zorder=6)
        axes.text(*end, name, color="white", ha="center", va="center", fontsize=13, fontweight="bold", zorder=7)
    x = place[..., 0]
    axes.set(xlim=(x.min() - 0.7, x.max() + 0.7), ylim=(sink[1] - 0.6, source[1] + 0.6))


def _draw(axes, tails, heads, capacity, used, scale, ink):
    full = used >= capacity * (1 - 1e-9)
    lines = np.stack([tails, heads], axis=1)
    thick = np.clip(scale * capacity, 0.4, WIDEST)
    axes.add_collection(LineCollection(lines[~full], colors=ink, linewidths=thick[~full], alpha=0.55, zorder=2))
    axes.add_collection(
        LineCollection(
            lines[full], colors=ink, linewidths=np.minimum(thick[full], 1.5), linestyles=(0, (2, 2)), zorder=3
        )
    )
