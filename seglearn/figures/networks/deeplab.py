"""The figures of section 4.6.2: dilated convolutions, DeepLab, the dense CRF."""

from typing import Annotated

import numpy as np

from seglearn import metrics
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, Step, figure
from seglearn.figures.networks import scene
from seglearn.words import _, listed, mark

PHOTOS = (mark("flower"), mark("horse"), mark("coins"), mark("motorcycle"))
METHODS = (mark("threshold"), mark("graph cut"), mark("grab cut"))
RATE = Range(1, 6, words=mark("rate of this layer"))
STREET = Range(0, scene.N_STREETS - 1, words=mark("scene that no network has seen"))


@figure(
    "4-22",
    mark("What kernels with holes see: each layer alone, and one behind the other"),
    presets={
        mark("the slide: 1, 2, 4"): {},
        mark("no holes: 1, 1, 1"): {"second": 1, "third": 1},
        mark("gridding: 2, 2, 2"): {"first": 2, "second": 2, "third": 2},
    },
)
def dilation(
    *,
    first: Annotated[int, RATE] = 1,
    second: Annotated[int, RATE] = 2,
    third: Annotated[int, RATE] = 4,
):
    """Figure 4-22: the taps of three 3 x 3 kernels, and what a cell sees through two and through all three layers."""
    rates = first, second, third
    side = 2 * sum(rates) + 5
    run = call("experiments.network_views.dilation_fields({rates}, {side})", rates=rates, side=side)
    fields = run.value
    drawn, axes = style.panels(((side, side),) * 5)  # the first layer alone is the first of those stacked
    told = []
    for k, (rate, (alone, stacked)) in enumerate(zip(rates, fields)):
        sides = [int(np.ptp(np.flatnonzero(field.any(axis=0))) + 1) for field in (alone, stacked)]
        style.picture(axes[k], _ink(alone), _("rate {r}: {n} x {n}").format(r=rate, n=sides[0]))
        if k:
            style.picture(axes[2 + k], _ink(stacked), _("layers 1 to {k}: {n} x {n}").format(k=k + 1, n=sides[1]))
        told.append(sides)
    for panel in axes:
        panel.spines[:].set(visible=True, color=style.FAINT)
    seen = int((fields[-1][1] > 0).sum())
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "alone {alone}; stacked {stacked} pixels a side; through all three {seen} of {all} pixels are seen"
        ).format(
            alone=listed(str(a) for a, _s in told), stacked=listed(str(s) for _a, s in told), seen=seen,
            all=told[-1][1] ** 2,
        ),
        alt=_(
            "Five squares. Three show the nine taps of each kernel, {a}, {b} and {c} pixels apart. Two show, the "
            "darker the stronger, what a cell sees through the first two and through all three of these layers."
        ).format(a=first, b=second, c=third),
    )  # fmt: skip


@figure(
    "4-21 (i)",
    mark("DeepLab V1: coarse scores, enlarged, sharpened by the dense CRF"),
    presets={
        mark("the network alone"): {"step": 0},
        mark("one iteration"): {"step": 1},
        mark("colours count little"): {"theta_beta": 60.0},
        mark("neighbours only"): {"theta_alpha": 2.0},
    },
)
def deeplab_v1(
    *,
    street: Annotated[int, STREET] = 3,
    theta_alpha: Annotated[float, Range(1.0, 60.0, 1.0, mark("reach of the CRF in pixels"))] = 20.0,
    theta_beta: Annotated[float, Range(2.0, 60.0, 1.0, mark("how alike colours must be"))] = 8.0,
    step: Annotated[int, Step(mark("iteration of the CRF"))] = 10,
):
    """Figure 4-21: every stage of DeepLab V1 on one scene, and the free energy of its CRF."""
    run = call(
        "experiments.network_views.deeplab_stages({k}, theta_alpha={alpha}, theta_beta={beta})",
        k=street, alpha=theta_alpha, beta=theta_beta,
    )  # fmt: skip
    stages = run.value
    last = len(stages.states) - 1
    step = min(step, last)
    state, truth = stages.states[step], stages.truth
    before, after = stages.states[0].labels, state.labels
    iou = [metrics.mean_iou(labels, truth) for labels in (before, after)]
    border = [metrics.boundary_iou(labels, truth) for labels in (before, after)]

    shape = truth.shape
    drawn, (image, coarse, fine, sharp, wanted, energy) = style.panels((shape,) * 5 + (0.7,))
    style.picture(image, stages.image, _("Scene"))
    style.picture(coarse, scene.paint(stages.coarse), _("Coarse: {n} x {n}").format(n=len(stages.coarse)))
    style.picture(fine, scene.paint(before), _("Enlarged: {iou:.2f}").format(iou=iou[0]))
    style.picture(sharp, scene.paint(after), _("CRF, {i}: {iou:.2f}").format(i=step, iou=iou[1]))
    style.picture(wanted, scene.paint(truth), _("Truth"))
    _energy(energy, [s.energy for s in stages.states], step)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "iteration {i} of {n}: mean IoU {a:.3f} to {b:.3f}, boundary IoU {c:.3f} to {d:.3f}; {m} pixels changed"
        ).format(i=step, n=last, a=iou[0], b=iou[1], c=border[0], d=border[1], m=int((before != after).sum())),
        alt=_(
            "A scene; the coarse labels of DeepLab V1; the same enlarged, with soft borders; after {i} iterations of "
            "the dense CRF, with borders along the colours; the truth; and the free energy, which falls."
        ).format(i=step),
        last=last,
    )


@figure(
    "4-21 (ii)",
    mark("ASPP: one map through kernels of four rates, and their sum"),
    presets={
        mark("a vehicle"): {},
        mark("the sky"): {"label": "sky", "row": 10, "col": 40},
        mark("at the border"): {"row": 4, "col": 4},
    },
    gesture={"point": ("col", "row")},
)
def aspp(
    *,
    street: Annotated[int, STREET] = 3,
    label: Annotated[str, Choice(scene.CLASSES, mark("class"))] = "vehicle",
    row: Annotated[int, Range(0, 95, words=mark("marked pixel, or click"))] = 60,
    col: Annotated[int, Range(0, 95, words=mark("marked pixel, or click"))] = 48,
):
    """Figure 4-21 on V2: each branch's taps around a pixel and its scores for one class; the sum, and the labels."""
    run = call(
        "experiments.network_views.aspp_views({k}, {row}, {col}, {label})",
        k=street, row=row, col=col, label=scene.CLASSES.index(label),
    )  # fmt: skip
    views = run.value
    image, _truth = call("experiments.network_views.street({k})", k=street).value
    total = views.scores.sum(axis=0)
    reach = max(np.abs(views.scores).max(), np.abs(total).max())
    here = row // 8, col // 8

    shape = image.shape
    n = len(views.rates)
    piles = (style.Pile((shape, shape)),) * n
    drawn, axes = style.panels((shape, *piles, style.Pile((shape, shape)), scene.KEY))
    before, names = axes[0], axes[-1]
    style.picture(before, image, _("Scene"))
    style.crosshair(before, col, row)
    for k, rate in enumerate(views.rates):
        upper, lower = axes[1 + 2 * k : 3 + 2 * k]
        style.picture(upper, _faded(image, views.fields[k]), _("rate {r} sees").format(r=rate))
        style.picture(lower, _signed(views.scores[k], reach), _("{s:+.1f} there").format(s=views.scores[k][here]))
    style.picture(axes[-3], scene.paint(views.labels), _("labels"))
    style.picture(axes[-2], _signed(total, reach), _("sum: {s:+.1f}").format(s=total[here]))
    scene.key(names)
    return style.tell(
        drawn,
        call=run,
        numbers=_("score of “{label}” at ({row}, {col}): {parts} = {total:+.2f}").format(
            label=_(label), row=row, col=col, total=total[here],
            parts=" ".join(f"{views.scores[k][here]:+.2f}" for k in range(n)),
        ),
        alt=_(
            "A scene with a marked pixel. For each of {n} rates, above what of the scene its branch sees from there, "
            "below its scores for “{label}”, orange where they speak for it, blue against. Their sum, and the labels."
        ).format(n=n, label=_(label)),
    )  # fmt: skip


@figure(
    "4.6-b",
    mark("The dense CRF behind a threshold, behind graph cut and behind GrabCut"),
    presets={
        mark("a flower, by GrabCut"): {},
        mark("coins, by a threshold"): {
            "photo": "coins",
            "method": "threshold",
            "theta_alpha": 8.0,
            "theta_beta": 20.0,
        },
        mark("the flower, by graph cut"): {"method": "graph cut"},
        mark("what is found wrongly stays"): {"photo": "motorcycle"},
    },
)
def crf_on_mask(
    *,
    photo: Annotated[str, Choice(PHOTOS, mark("picture"))] = "flower",
    method: Annotated[str, Choice(METHODS, mark("how it is found"))] = "grab cut",
    theta_alpha: Annotated[float, Range(1.0, 60.0, 1.0, mark("reach of the CRF in pixels"))] = 20.0,
    theta_beta: Annotated[float, Range(2.0, 60.0, 1.0, mark("how alike colours must be"))] = 10.0,
    step: Annotated[int, Step(mark("iteration of the CRF"))] = 10,
):
    """Beside figure 4-21: what the CRF makes of a mask that no network has found, against the object as drawn."""
    run = call(
        "experiments.network_views.mask_views({name}, {method}, {alpha}, {beta})",
        name=photo, method=method, alpha=theta_alpha, beta=theta_beta,
    )  # fmt: skip
    views = run.value
    last = len(views.states) - 1
    step = min(step, last)
    before, after = views.states[0].labels, views.states[step].labels
    border = [metrics.boundary_iou(labels, views.truth) for labels in (before, after)]

    shape = before.shape
    drawn, (image, found, sharp, wanted, energy) = style.panels((shape,) * 4 + (0.7,))
    style.picture(image, views.image, _("Picture"))
    style.picture(found, before.astype(float), _("Before: {iou:.2f}").format(iou=border[0]))
    style.picture(sharp, after.astype(float), _("CRF, {i}: {iou:.2f}").format(i=step, iou=border[1]))
    style.picture(wanted, np.where(views.truth == 255, 0.5, views.truth), _("Drawn by hand"))
    _energy(energy, [s.energy for s in views.states], step)
    return style.tell(
        drawn,
        call=run,
        numbers=_("iteration {i} of {n}: boundary IoU {a:.3f} to {b:.3f}; {m} pixels changed").format(
            i=step, n=last, a=border[0], b=border[1], m=int((before != after).sum())
        ),
        alt=_(
            "“{photo}”; its object as {method} finds it; the same after {i} iterations of the dense CRF; the object as "
            "a person drew it; and the free energy."
        ).format(photo=_(photo), method=_(method), i=step),
        last=last,
    )


def _ink(field):
    """Dark where much is seen; faint where a little."""
    strength = field / field.max()
    return 1 - np.where(field > 0, 0.25 + 0.75 * np.sqrt(strength), 0)


def _faded(image, field):
    """The picture, grey but where the field is strong."""
    weight = np.clip(np.sqrt(field / np.quantile(field, 0.99)), 0, 1)[..., None]
    return (weight * image / 255 + (1 - weight) * 0.92).clip(0, 1)


def _signed(values, reach):
    """Orange for what speaks for the class, blue for what speaks against it; white is 0."""
    strength = np.clip(np.abs(values) / reach, 0, 1)[..., None]
    orange, blue = np.array([0.84, 0.37, 0.0]), np.array([0.0, 0.45, 0.70])
    ink = np.where(values[..., None] > 0, orange, blue)
    return 1 - strength * (1 - ink)


def _energy(axes, energies, step):
    axes.plot(energies, color=style.FAINT, lw=2)
    axes.plot(energies[: step + 1], color=style.INK, lw=2)
    axes.plot([step], [energies[step]], "o", color=style.NOW, ms=7)
    axes.set(xlabel=_("iteration"), xlim=(-0.4, len(energies) - 0.6), xticks=(0, len(energies) - 1), yticks=())
    style.heading(axes, _("Free energy"))
