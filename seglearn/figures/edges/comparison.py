"""Beside figure 4-5: which operator finds the borders that a person drew, and what noise does to it."""

from typing import Annotated

import matplotlib
import numpy as np
from scipy import ndimage

from seglearn import images, metrics
from seglearn.experiments.edges import DRAWN, SMOOTHING, TOLERANCE, strength
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

NOISES = (0.0, 0.1, 0.2)
LABELS = {
    "high_pass": mark("High-pass"),
    "gradient": mark("Gradient"),
    "roberts": mark("Roberts"),
    "prewitt": mark("Prewitt"),
    "sobel": mark("Sobel"),
    "kirsch": mark("Kirsch"),
    "laplace": mark("Laplace"),
    "laplacian_of_gaussian": mark("LoG"),
    "smoothed_sobel": mark("Gaussian + Sobel"),
    "canny": mark("Canny"),
}
RIGHT, WRONG, MISSED = (np.array(matplotlib.colors.to_rgb(style.OKABE_ITO[i])) for i in (4, 5, 6))


@figure(
    "4-5 (iii)",
    mark("Which operator finds the borders of objects?"),
    presets={
        mark("coins, clean"): {},
        mark("coins under noise"): {"noise": 0.2},
        mark("Sobel under noise"): {"operator": "sobel", "noise": 0.2},
        mark("smooth first, then Sobel"): {"operator": "smoothed_sobel", "noise": 0.2},
        mark("fur: nobody can"): {"photo": "chelsea"},
        mark("one object on a quiet ground"): {"photo": "flower", "sigma": 3.0},
    },
)
def compare_operators(
    *,
    photo: Annotated[str, Choice(DRAWN, mark("picture"))] = "coins",
    operator: Annotated[str, Choice(tuple(LABELS), mark("operator shown on the left"))] = "canny",
    noise: Annotated[float, Choice(NOISES, mark("standard deviation of the noise"))] = 0.0,
    sigma: Annotated[float, Range(0.5, 4.0, 0.5, mark("width of the Gaussian, in pixels"))] = 2.0,
):
    """Beside figure 4-5: F of every operator at its best threshold against noise, and where one of them is right."""
    image = source.grey(photo, noise).value
    truth = images.ground_truth(photo).labels
    runs = {(name, n): _best_score(photo, name, n, sigma) for name in LABELS for n in NOISES}
    scores = {key: run.value for key, run in runs.items()}
    ranking = sorted(LABELS, key=lambda name: scores[name, noise][2])
    precision, recall, f, threshold = scores[operator, noise]
    found = strength(image, operator, sigma) >= threshold

    drawn, (picture, bars, curves) = style.panels((image.shape, 0.85, 1.3))
    judged = _judged(image, found, metrics.true_boundary(truth), truth != 255)
    style.picture(picture, judged, _("Right (blue), wrong (orange), missed (yellow)"))
    for i, name in enumerate(ranking):
        value = scores[name, noise][2]
        bars.barh(i, value, color="#F2B27F" if name == operator else "#D9D9D9")  # light: the names stand on them
        bars.text(0.015, i, f"{_(LABELS[name])} {value:.2f}", va="center", fontsize=11)
    bars.set(xlim=(0, 1), yticks=(), xticks=(0, 0.5, 1), xlabel=_("F at the best threshold"))
    style.heading(bars, _("Best to worst, noise {noise:g}").format(noise=noise))
    _lines(curves, {name: [scores[name, n][2] for n in NOISES] for name in LABELS}, operator)
    return style.tell(
        drawn,
        call=runs[operator, noise],
        numbers=_(
            "{operator}: precision {precision:.2f}, recall {recall:.2f}, F {f:.2f}; the best is {best} with {top:.2f}"
        ).format(
            operator=_(LABELS[operator]), precision=precision, recall=recall, f=f, best=_(LABELS[ranking[-1]]),
            top=scores[ranking[-1], noise][2],
        ),
        alt=_(
            "Left: “{photo}”, dimmed, with the edges of {operator}: right where they are at most {tolerance} pixels "
            "from the border that a person drew, else wrong. Right: F of ten operators as bars, and against the noise."
        ).format(photo=photo, operator=_(LABELS[operator]), tolerance=TOLERANCE),
    )  # fmt: skip


def _best_score(photo, name, noise, sigma):
    """Return the call that scores an operator at its best threshold; one that doesn't smooth knows no sigma."""
    return call(
        "experiments.edges.best_score({f}, {name}, {sigma}, images.ground_truth({photo}).labels)",
        f=source.grey(photo, noise), name=name, sigma=sigma if name in SMOOTHING else 0, photo=photo,
    )  # fmt: skip


def _judged(image, found, boundary, decided):
    """Return the picture, dimmed, with right and wrong edge pixels and the true border that was missed."""
    grey = image / 255 if image.dtype == np.uint8 else image
    colors = np.repeat(0.15 + 0.35 * grey[..., None], 3, axis=2)
    near, reached = (ndimage.maximum_filter(mask, 2 * TOLERANCE + 1) for mask in (boundary, found))
    colors[boundary & ~reached] = MISSED
    colors[found & near] = RIGHT
    colors[found & ~near & decided] = WRONG
    return colors


def _lines(axes, curves, operator):
    """Draw F against noise, each line named at its right end, the names moved apart."""
    room, place = 0.085, -1.0
    for name, values in sorted(curves.items(), key=lambda item: item[1][-1]):
        now = name == operator
        axes.plot(NOISES, values, color=style.NOW if now else "#888888", lw=3 if now else 1.5, zorder=3 if now else 2)
        place = max(place + room, values[-1])
        axes.plot((NOISES[-1], 0.206), (values[-1], place), color=style.FAINT, lw=1, clip_on=False)
        color = style.NOW if now else style.INK
        axes.text(0.208, place, f"{_(LABELS[name])} {values[-1]:.2f}", va="center", fontsize=11, color=color)
    names = min(0.7, 185 / axes.get_window_extent().width)  # the part of the width that the longest name takes
    axes.set(xlim=(0, 0.208 / (1 - names)), ylim=(0, max(1.05, place + room)), xticks=NOISES, yticks=(0, 0.5, 1))
    axes.set(xlabel=_("standard deviation of the noise"), ylabel=_("F"))
    style.heading(axes, _("What noise does to each"))
