"""Figures 4-9 and 4-10: a small picture and the graph of its pixels."""

from typing import Annotated

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, figure
from seglearn.words import _, mark

PHOTOS = Photo(("coffee", "camera", "rocket", "coins", "flower", "horse"), mark("picture"))
NEIGHBORS = {"4 neighbours": 1, "8 neighbours": 1.5, "20 neighbours": 2.5}
AROUND = Choice((mark("4 neighbours"), mark("8 neighbours"), mark("20 neighbours")), mark("linked to"))
SIGMA = Range(0.02, 0.5, 0.01, mark("colour distance at which likeness fades"))
CUTS = Choice((mark("minimum cut"), mark("normalized cut")), mark("where to cut"))
THICK = 7  # points, a link of weight 1


@figure(
    "4-9",
    mark("What a graph says of a picture"),
    presets={
        mark("on the cup's rim"): {},
        mark("inside one region"): {"row": 6, "col": 1},
        mark("more neighbours"): {"around": "20 neighbours"},
        mark("all links alike"): {"sigma_color": 0.5},
    },
    gesture={"point": ("col", "row")},
)
def graph_terms(
    *,
    photo: Annotated[str, PHOTOS] = "coffee",
    around: Annotated[str, AROUND] = "8 neighbours",
    sigma_color: Annotated[float, SIGMA] = 0.15,
    row: Annotated[int, Range(0, 11, words=mark("marked pixel, or click"))] = 3,
    col: Annotated[int, Range(0, 11, words=mark("marked pixel, or click"))] = 4,
):
    """Figure 4-9: a pixel is a node, likeness the weight of a link; a pixel marked in one is marked in the other."""
    picture = call("images.reduced({photo}, 12)", photo=photograph(photo))
    image = picture.value
    height, width = image.shape[:2]
    row, col = min(row, height - 1), min(col, width - 1)
    run = call(
        "graphs.pixel_graph({picture}, sigma_color={sigma}, radius={radius})",
        picture=picture, sigma=sigma_color, radius=NEIGHBORS[around],
    )  # fmt: skip
    graph = run.value
    node = row * width + col
    links = graph[[node]].tocoo()

    drawn, (left, right, bars) = style.panels((image.shape, image.shape, 0.8))
    style.picture(left, image, _("The picture: pixels"))
    style.crosshair(left, col, row)
    _draw_graph(right, image, graph)
    style.heading(right, _("Its graph: nodes and links"))
    _draw_links(right, image, links.col, np.full(links.nnz, node), links.data, style.SEED)
    style.crosshair(right, col, row)
    order = np.argsort(-links.data, kind="stable")
    shades = (image.reshape(height * width, -1) / 255)[links.col[order]]
    bars.bar(np.arange(links.nnz), links.data[order], color=np.repeat(shades, 3 // shades.shape[1], 1), ec=style.FAINT)
    bars.set(xticks=[], ylim=(0, 1), xlabel=_("its neighbours"), ylabel=_("weight"))
    style.heading(bars, _("The pixel's links"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "{nodes} nodes, {links} links; pixel ({row}, {col}) has degree {degree:.2f}, its links weigh "
            "{low:.2f} to {high:.2f}"
        ).format(
            nodes=graph.shape[0], links=graph.nnz // 2, row=row, col=col, degree=links.data.sum(),
            low=links.data.min(initial=1), high=links.data.max(initial=0),
        ),
        alt=_(
            "“{photo}” with {h} x {w} pixels, one of them marked; the same pixels as nodes, joined to {around} by "
            "lines that are thick where the colours are alike; the weights of the marked pixel's links as bars in the "
            "colours of its neighbours."
        ).format(photo=photo, h=height, w=width, around=_(around)),
    )  # fmt: skip


@figure(
    "4-10",
    mark("From a picture to its graph, and a cut of it"),
    presets={
        mark("minimum cut"): {},
        mark("normalized cut"): {"cut": "normalized cut"},
        mark("a photograph: one pixel is cut off"): {"photo": "coffee"},
        mark("the same photograph, normalized"): {"photo": "coffee", "cut": "normalized cut"},
    },
)
def minimum_cut_of_picture(
    *,
    photo: Annotated[str, PHOTOS] = "horse",
    cut: Annotated[str, CUTS] = "minimum cut",
    around: Annotated[str, AROUND] = "4 neighbours",
    sigma_color: Annotated[float, SIGMA] = 0.15,
):
    """Figure 4-10: (a) a picture, (b) its graph G = (V, E), and the links that are cut, dashed."""
    picture = call("images.reduced({photo}, 12)", photo=photograph(photo))
    image = picture.value
    height, width = image.shape[:2]
    graph = call(
        "graphs.pixel_graph({picture}, sigma_color={sigma}, radius={radius})",
        picture=picture, sigma=sigma_color, radius=NEIGHBORS[around],
    )  # fmt: skip
    if cut == "minimum cut":
        run = call("graphs.global_min_cut({graph}).side", graph=graph)
        side = run.value
    else:
        run = call("graphs.normalized_cut({graph}, 2).labels", graph=graph)
        side = run.value > 0
    side = side if side.sum() <= len(side) / 2 else ~side  # the smaller segment
    weights = graph.value
    value = weights[side][:, ~side].sum()
    ncut = value / weights[side].sum() + value / weights[~side].sum() if value else 0.0

    drawn, (left, right, third) = style.panels((image.shape,) * 3)
    style.picture(left, image, _("(a) The picture"))
    _draw_graph(right, image, weights, side)
    style.heading(right, _("(b) Its graph, the cut dashed"))
    small = side.reshape(height, width)
    shown = np.repeat(image.reshape(height, width, -1) / 255, 3 if image.ndim == 2 else 1, axis=2)
    shown[small] = 0.45 * shown[small] + 0.55 * np.array(to_rgb(style.FOREGROUND))
    style.picture(third, shown, _("(c) The segments"), labels=small)
    return style.tell(
        drawn,
        call=run,
        numbers=_("the cut weighs {cut:.3f}, Ncut {ncut:.3f}; it parts {small} of {all} pixels from the rest").format(
            cut=value, ncut=ncut, small=side.sum(), all=side.size
        ),
        alt=_(
            "“{photo}” with {h} x {w} pixels; its graph, links thick where the colours are alike, those of the {cut} "
            "dashed; the smaller segment tinted orange."
        ).format(photo=photo, h=height, w=width, cut=_(cut)),
    )


def _draw_graph(axes, image, graph, side=None):
    """Draw pixels as nodes in their colours, and links as wide as they weigh; dashed where they part two sides."""
    height, width = image.shape[:2]
    links = graph.tocoo()
    once = links.row < links.col
    tail, head, weight = links.row[once], links.col[once], links.data[once]
    parted = np.zeros(len(tail), bool) if side is None else side[tail] != side[head]
    _draw_links(axes, image, tail[~parted], head[~parted], weight[~parted], "#9A9A9A")
    if side is not None:
        ends = np.stack([np.stack(divmod(nodes[parted], width)[::-1], axis=1) for nodes in (tail, head)], axis=1)
        for ink, thick in (("white", 4), (style.CUT, 2)):
            axes.add_collection(LineCollection(ends, colors=ink, linewidths=thick, linestyles=(0, (2, 1.2)), zorder=2))
    rows, cols = np.divmod(np.arange(height * width), width)
    shades = image.reshape(height * width, -1) / 255
    shades = np.repeat(shades, 3 // shades.shape[1], axis=1)
    edge = "#555555" if side is None else np.where(side, style.FOREGROUND, style.BACKGROUND)
    axes.scatter(cols, rows, s=70, c=shades, ec=edge, lw=1 if side is None else 2, zorder=3)
    axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))


def _draw_links(axes, image, tail, head, weight, ink):
    width = image.shape[1]
    ends = np.stack([np.stack(divmod(nodes, width)[::-1], axis=1) for nodes in (tail, head)], axis=1)
    axes.add_collection(LineCollection(ends, colors=ink, linewidths=0.3 + THICK * weight, zorder=1))
