"""The figures of section 4.6.3: ReNet's sweeps, ReSeg."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, Step, figure
from seglearn.figures.networks import scene
from seglearn.words import _, mark

STREET = Range(0, scene.N_STREETS - 1, words=mark("scene that no network has seen"))
WAYS = (mark("down"), mark("up"), mark("right"), mark("left"))


@figure(
    "4-28",
    mark("ReNet: sweep the columns, then the rows, each both ways"),
    presets={
        mark("down the columns"): {"step": 4},
        mark("up the columns"): {"way": "up", "step": 4},
        mark("along the rows"): {"way": "right", "step": 4},
        mark("done"): {"way": "left", "step": 100},
    },
)
def sweeps(
    *,
    street: Annotated[int, STREET] = 3,
    layer: Annotated[int, Range(1, 3, words=mark("which of ReSeg's ReNets"))] = 1,
    way: Annotated[str, Choice(WAYS, mark("the way of the sweep"))] = "down",
    step: Annotated[int, Step(mark("cells that it has visited"))] = 4,
):
    """Figure 4-28: what a trained ReNet remembers, line by line, and what its middle cell sees before and after."""
    run = call("experiments.network_views.sweep_views({k}, {layer})", k=street, layer=layer - 1)
    views = run.value
    before, after = call("experiments.network_views.context_fields({k}, {layer})", k=street, layer=layer - 1).value
    image, _truth = call("experiments.network_views.street({k})", k=street).value
    d, (height, width) = len(views.columns) // 2, views.columns.shape[1:]
    along = way in ("down", "up")
    last = height if along else width
    step = min(step, last)
    memory = (views.columns if along else views.rows)[slice(0, d) if way in ("down", "right") else slice(d, 2 * d)]
    shown = scene.strength(memory)
    order = np.arange(last) if way in ("down", "right") else np.arange(last)[::-1]
    faint = np.ones((height, width), bool)  # what the sweep has not reached
    if along:
        faint[order[:step]] = False
    else:
        faint[:, order[:step]] = False
    shown = np.where(faint, 0.92, 0.8 * shown)

    shape = image.shape
    drawn, (picture, inputs, sweep, both, local, whole) = style.panels((shape,) * 6)
    style.picture(picture, image, _("Scene"))
    style.picture(inputs, scene.strength(views.inputs), _("In: {n} x {n}").format(n=views.inputs.shape[1]))
    style.picture(sweep, shown, _("{way}: {i} of {n}").format(way=_(way), i=step, n=last))
    if step:
        line = order[step - 1]
        if along:
            scene.frame(sweep, line, 0, 1, width)
        else:
            scene.frame(sweep, 0, line, height, 1)
    style.picture(both, scene.strength(views.rows), _("Out: {n} x {n}").format(n=width))
    for axes, field, title in ((local, before, _("Seen before")), (whole, after, _("Seen after"))):
        style.picture(axes, 1 - np.sqrt(field / field.max()), title)
        axes.spines[:].set(visible=True, color=style.FAINT)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "each cell remembers {d} numbers each way; the middle cell sees {a:.0%} of the scene before this ReNet, "
            "{b:.0%} after it"
        ).format(d=d, a=(before > 0).mean(), b=(after > 0).mean()),
        alt=_(
            "A scene; the map that comes into ReNet {layer} of a trained ReSeg; how much it remembers on its way "
            "{way} after {i} of {n} {lines}; what comes out; and which pixels the middle cell depends on before and "
            "after: a patch, and the whole scene."
        ).format(layer=layer, way=_(way), i=step, n=last, lines=_("rows") if along else _("columns")),
        last=last,
    )


@figure(
    "4-29",
    mark("ReSeg, stage by stage"),
    presets={
        mark("VGG's features"): {"step": 0},
        mark("after three ReNets"): {"step": 3},
        mark("softmax"): {"step": 7},
    },
)
def reseg(
    *,
    street: Annotated[int, STREET] = 3,
    step: Annotated[int, Step(mark("stage"))] = 3,
):
    """Figure 4-29: the shapes of the trained ReSeg, how strongly each place answers at one stage, and the result."""
    run = call("experiments.network_views.reseg_stages({k})", k=street)
    stages = run.value
    image, truth = call("experiments.network_views.street({k})", k=street).value
    last = len(stages) - 1
    step = min(step, last)
    name, maps = stages[step]
    labels = stages[-1][1].argmax(axis=0)

    shape = image.shape
    drawn, (blocks, picture, activation, result) = style.panels((2.4, shape, shape, shape))
    scene.blocks(
        blocks,
        [(3, *shape[:2]), *(found.shape for _n, found in stages)],
        _("Orange: {name}, {c} x {h} x {w}").format(name=name, c=len(maps), h=maps.shape[1], w=maps.shape[2]),
        now=step + 1,
    )
    style.picture(picture, image, _("Scene"))
    style.picture(activation, scene.strength(maps), _("This stage"))
    style.picture(result, scene.paint(labels), _("Labels"))
    return style.tell(
        drawn,
        call=run,
        numbers=_("stage {i} of {n}, {name}: {c} channels of {h} x {w}; {right:.1%} of the pixels end up right").format(
            i=step + 1, n=last + 1, name=name, c=len(maps), h=maps.shape[1], w=maps.shape[2],
            right=(labels == truth).mean(),
        ),
        alt=_(
            "A block for each stage, wider for more channels, higher for a larger map (not to scale): VGG-16's "
            "features, three ReNets, transposed convolutions, softmax; {name} is orange. A scene; the strength of that "
            "stage, the brighter the stronger; the labels."
        ).format(name=name),
        last=last,
    )  # fmt: skip
