"""The figures of section 4.6.1: fully convolutional networks."""

from typing import Annotated

import numpy as np

from seglearn import metrics
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, Step, figure
from seglearn.figures.networks import scene
from seglearn.words import _, listed, mark

KERNELS = {
    mark("bilinear"): "networks.bilinear_kernel({stride}).numpy()",
    mark("ones, 3 x 3"): "np.ones((3, 3))",
    mark("learned by FCN-8s"): 'networks.shipped("fcn8s_scenes")[0].up2.weight[0, 0].detach().numpy()',
}
INPUTS = {
    mark("one cell"): "np.pad([[9]], 1)",
    mark("numbers"): "np.array([[1, 2, 3], [5, 8, 5], [9, 4, 1]])",
    mark("a slope"): "np.add.outer(np.arange(3), 2 * np.arange(3))",
}
NETWORKS = ("fcn32s", "fcn16s", "fcn8s")
NAMES = ("FCN-32s", "FCN-16s", "FCN-8s")


@figure(
    "4-16",
    mark("A network that ends in full connections, and the same as convolutions alone"),
    presets={
        mark("as large as the classifier's"): {"size": 224},
        mark("larger: a map of answers"): {"size": 416},
        mark("sky"): {"label": "sky"},
    },
)
def fully_convolutional(
    *,
    size: Annotated[int, Range(224, 512, 32, mark("side of the picture in pixels"))] = 416,
    label: Annotated[str, Choice(scene.CLASSES, mark("class of the heat map"))] = "vehicle",
):
    """Figure 4-16: VGG-16's shapes with full connections and without; where the answers of an FCN-32s lie."""
    shapes = call("experiments.network_views.classifier_shapes({size})", size=size).value
    streets = call("experiments.network_views.mosaic({size})", size=size)
    run = call(
        "experiments.network_views.heat_map({streets}, {label})", streets=streets, label=scene.CLASSES.index(label)
    )
    full, convolutional = (_stages(found) for found in shapes)

    square = (1, 1)
    drawn, (upper, lower, before, heat) = style.panels((style.Stack(1.7), square, square))
    full_title = _("Full connections: 224 x 224 in, vectors out (orange)")
    scene.blocks(upper, [(3, 224, 224), *full], full_title, tallest=max(size, 224))
    n = size // 32 - 6
    scene.blocks(
        lower,
        [(3, size, size), *convolutional],
        _("Convolutions: {size} x {size} in, {n} x {n} x 1000 out").format(size=size, n=n),
    )
    style.picture(before, streets.value, _("Streets, {size} x {size}").format(size=size))
    style.picture(heat, run.value, _("How likely: {label}").format(label=_(label)))
    heat.set_xlabel(_("black: 0, white: 1"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "VGG-16 as convolutions: {n} x {n} answers; FCN-32s pads fc6 and gives {m} x {m}, one for 32 x 32 pixels"
        ).format(n=n, m=size // 32),
        alt=_(
            "Left, a block for each layer, wider for more channels, higher for a larger map (not to scale): above, "
            "VGG-16 ends in three vectors, which have no places any more; below, the same layers as convolutions end "
            "in maps. Right: streets side by side, and how likely “{label}” is in each cell of the map that the "
            "trained FCN-32s has of them."
        ).format(label=_(label)),
    )


@figure(
    "4-17",
    mark("Deconvolution: every input stamps the kernel, and the stamps add up"),
    presets={
        mark("one stamp"): {"x": "one cell", "step": 5},
        mark("stamps add up"): {"step": 5},
        mark("a slope goes on as a slope"): {"x": "a slope", "step": 9},
        mark("uneven overlap: a checkerboard"): {"x": "a slope", "kernel": "ones, 3 x 3", "padding": 0, "step": 9},
        mark("what FCN-8s has learned"): {"kernel": "learned by FCN-8s", "step": 9},
    },
)
def deconvolution(
    *,
    x: Annotated[str, Choice(tuple(INPUTS), mark("what comes in"))] = "numbers",
    kernel: Annotated[str, Choice(tuple(KERNELS), mark("kernel"))] = "bilinear",
    stride: Annotated[int, Range(2, 4, 2, mark("stride: times larger"))] = 2,
    padding: Annotated[int, Range(0, 2, words=mark("padding: rows cut off"))] = 1,
    step: Annotated[int, Step(mark("stamps"))] = 9,
):
    """Figure 4-17: the input, the kernel, the output after so many stamps, and how many stamps met each pixel."""
    inputs, weights = call(INPUTS[x]), call(KERNELS[kernel], stride=stride)
    padding = min(padding, len(weights.value) - 1)
    named = {"x": inputs, "k": weights, "s": stride, "p": padding}
    states = call("list(networks.transposed_convolution_steps({x}, {k}, stride={s}, padding={p}))", **named)
    last = len(states.value) - 1
    step = min(step, last)
    state, side = states.value[step], len(weights.value)
    if step == last:
        run = call("networks.transposed_convolution({x}, {k}, stride={s}, padding={p})", **named)
    else:
        run = call(
            "list(networks.transposed_convolution_steps({x}, {k}, stride={s}, padding={p}))[{n}].output",
            **named, n=step,
        )  # fmt: skip
    met = call(
        "networks.transposed_convolution(np.ones((3, 3)), np.ones(({n}, {n})), stride={s}, padding={p})",
        n=side, s=stride, p=padding,
    ).value  # fmt: skip

    square = (1, 1)
    drawn, (left, stamp, right, overlap) = style.panels((square,) * 4)
    scene.cells(left, inputs.value, _("Input, 3 x 3"))
    scene.cells(stamp, weights.value, _("Kernel, {n} x {n}").format(n=side), digits=2)
    height, width = state.output.shape
    scene.cells(right, state.output, _("Output, {h} x {w}").format(h=height, w=width), digits=1)
    scene.cells(overlap, met, _("Stamps on each pixel"))
    if step:
        scene.frame(left, state.row, state.col, 1, 1)
        top, bottom = max(state.top, 0), min(state.top + side, height)
        begin, end = max(state.left, 0), min(state.left + side, width)
        scene.frame(right, top, begin, bottom - top, end - begin)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "stamp {i} of {n}; output side: {s} · (3 - 1) + {k} - 2 · {p} = {h}; {least} to {most} stamps a pixel"
        ).format(i=step, n=last, s=stride, k=side, p=padding, h=height, least=int(met.min()), most=int(met.max())),
        alt=_(
            "The input of 3 x 3 numbers, the kernel of {k} x {k}, the output after {i} stamps with the last one "
            "framed, and how many stamps fall on each pixel of the output."
        ).format(k=side, i=step),
        last=last,
    )


@figure(
    "4-18",
    mark("Skip connections: 32s, 16s and 8s while they learn"),
    presets={
        mark("at the end"): {"step": 11},
        mark("after 20 steps"): {"step": 1},
        mark("water that looks like a road"): {"street": 11, "step": 11},
    },
)
def skips(
    *,
    street: Annotated[int, Choice((0, 11), mark("scene that none has seen"))] = 0,
    step: Annotated[int, Step(mark("moment of the training"))] = 11,
):
    """Figure 4-18: what the three networks make of one scene, from the first step of their training to the last."""
    watched = [call("experiments.network_views.watched({name})", name=name).value for name in NETWORKS]
    steps = watched[0].steps
    step = min(step, len(steps) - 1)
    which = list(watched[0].scenes).index(street)
    run = call(
        '[experiments.network_views.watched(n).predictions[{step}, {which}] for n in ("fcn32s", "fcn16s", "fcn8s")]',
        step=step, which=which,
    )  # fmt: skip
    image, truth = call("experiments.network_views.street({k})", k=street).value
    ious = [metrics.mean_iou(labels, truth) for labels in run.value]
    shape = image.shape
    drawn, (before, wanted, *panels, names, curve) = style.panels((*(shape,) * 5, scene.KEY, 1.0))
    style.picture(before, image, _("Scene"))
    style.picture(wanted, scene.paint(truth), _("Truth"))
    for axes, name, labels, iou, color in zip(panels, NAMES, run.value, ious, style.OKABE_ITO):
        style.picture(axes, scene.paint(labels), f"{name}: {iou:.2f}")
        axes.spines[:].set(visible=True, color=color, lw=3)  # as its loss
    scene.key(names)
    for found, color in zip(watched, style.OKABE_ITO):
        smooth = np.convolve(found.losses, np.ones(9) / 9, "valid")
        curve.plot(np.arange(len(smooth)) + 5, smooth, color=color, lw=1.5)
    curve.axvline(steps[step], color=style.NOW, lw=1.5, ls="--")
    curve.set(yscale="log", xlabel=_("step"), xlim=(0, len(found.losses)), xticks=(0, 500))
    curve.set_yticks([0.3, 1.0], ["0.3", "1"])
    curve.minorticks_off()
    curve.set_ylabel(_("loss"))
    style.heading(curve, _("Loss, by frame"))
    return style.tell(
        drawn,
        call=run,
        numbers=_("step {t} of {n}; mean IoU on this scene: {list}").format(
            t=steps[step], n=len(found.losses), list=listed(f"{n} {iou:.2f}" for n, iou in zip(NAMES, ious))
        ),
        alt=_(
            "A scene and its true classes; what FCN-32s, FCN-16s and FCN-8s make of it after {t} steps of training, "
            "the last with the finest borders; and the loss of all three over the steps."
        ).format(t=steps[step]),
        last=len(steps) - 1,
    )


def _stages(layers):
    """Return the shapes after each pooling and after fc6, fc7 and fc8."""
    last = max(k for k, (kind, _shape) in enumerate(layers) if kind == "MaxPool2d")
    pooled = [shape for kind, shape in layers if kind == "MaxPool2d"]
    return pooled + [shape for kind, shape in layers[last + 1 :] if kind in ("Linear", "Conv2d")]
