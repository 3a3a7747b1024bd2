"""Beside figure 4-5: which operator finds the borders that a person drew, and what noise does to it."""

from functools import lru_cache
from typing import Annotated

import matplotlib
import numpy as np
from scipy import ndimage

from seglearn import edges, images, metrics
from seglearn.figures import style
from seglearn.figures.controls import Choice, Range, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

TOLERANCE = 2  # pixels
CUTOFF = 0.1  # of the high-pass, in cycles per pixel
NOISES = (0.0, 0.1, 0.2)
SHARES = np.geomspace(0.02, 0.8, 12)  # of the largest answer: the thresholds that are tried
DRAWN = ("astronaut", "camera", "chelsea", "china", "coffee", "coins", "flower", "horse", "motorcycle", "rocket")
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
SMOOTHING = ("laplacian_of_gaussian", "smoothed_sobel", "canny")
RIGHT, WRONG, MISSED = (np.array(matplotlib.colors.to_rgb(style.OKABE_ITO[i])) for i in (4, 5, 6))


@figure(
    "4-5",
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
    image = source.load(photo, noise)
    scores = {(name, n): best_score(photo, name, n, sigma) for name in LABELS for n in NOISES}
    ranking = sorted(LABELS, key=lambda name: scores[name, noise][2])
    precision, recall, f, threshold = scores[operator, noise]
    found = _strength(photo, operator, noise, sigma) >= threshold

    aspect = image.shape[1] / image.shape[0]
    drawn, (picture, bars, curves) = style.panels((image.shape, max(0.62 * aspect, 0.75)), (3.4,))
    style.picture(picture, _judged(image, found, *_truth(photo)), _("Right (blue), wrong (red), missed (yellow)"))
    for i, name in enumerate(ranking):
        value = scores[name, noise][2]
        bars.barh(i, value, color=style.NOW if name == operator else style.FAINT)
        bars.text(value + 0.02, i, f"{_(LABELS[name])} {value:.2f}", va="center", fontsize=11)
    bars.set(xlim=(0, 2.25), yticks=(), xticks=(0, 0.5, 1), xlabel=_("F at the best threshold"))
    style.heading(bars, _("Best to worst, noise {noise:g}").format(noise=noise))
    _lines(curves, {name: [scores[name, n][2] for n in NOISES] for name in LABELS}, operator)
    return style.tell(
        drawn,
        call=_call(photo, operator, noise, sigma, threshold),
        numbers=_(
            "{operator}: precision {precision:.2f}, recall {recall:.2f}, F {f:.2f}; the best is {best} with {top:.2f}"
        ).format(
            operator=_(LABELS[operator]), precision=precision, recall=recall, f=f, best=_(LABELS[ranking[-1]]),
            top=scores[ranking[-1], noise][2],
        ),
        alt=_(
            "Left: “{photo}”, dimmed, with the edges of {operator}: right where they are at most {tolerance} pixels "
            "from the border that a person drew, else wrong. Right: F of ten operators as bars. Below: F against noise."
        ).format(photo=photo, operator=_(LABELS[operator]), tolerance=TOLERANCE),
    )  # fmt: skip


def _call(photo, operator, noise, sigma, threshold):
    """Return the call that scores the operator at its best threshold."""
    picture = source.call(photo, noise)
    log = f"edges.laplacian_of_gaussian({picture}, {sigma:g})"
    marked = {
        "high_pass": f"abs(edges.high_pass({picture}, {CUTOFF:g})) >= {threshold:.4g}",
        "laplace": f"edges.zero_crossings(edges.laplace({picture}), {threshold:.4g})",
        "laplacian_of_gaussian": f"edges.zero_crossings({log}, {threshold:.4g})",
        "smoothed_sobel": f"edges.canny_stages({picture}, {sigma:g}).magnitude >= {threshold:.4g}",
        "canny": f"edges.canny({picture}, {sigma:g}, {threshold / 2:.4g}, {threshold:.4g})",
    }.get(operator, f"edges.{operator}({picture}) >= {threshold:.4g}")
    return f'metrics.boundary_f({marked}, images.ground_truth("{photo}").labels)'


@lru_cache(maxsize=512)
def best_score(photo, name, noise, sigma):
    """Return precision, recall and F at the threshold at which F is largest, and that threshold."""
    if name not in SMOOTHING and sigma:
        return best_score(photo, name, noise, 0)  # the same at every sigma
    strength = _strength(photo, name, noise, sigma)
    thresholds = strength.max() * SHARES
    curve = metrics.boundary_curve(strength, thresholds, *_truth(photo), TOLERANCE)
    best = int(np.argmax(curve[2]))
    return *(float(values[best]) for values in curve), float(thresholds[best])


@lru_cache(maxsize=2)
def _strength(photo, name, noise, sigma):
    """Return for every pixel the largest threshold at which the operator still marks it."""
    image = source.load(photo, noise)
    if name == "high_pass":
        return np.abs(edges.high_pass(image, CUTOFF))
    if name == "smoothed_sobel":
        return edges.canny_stages(image, sigma).magnitude
    if name == "canny":
        largest = edges.canny_stages(image, sigma).thinned.max()
        return _last(largest, lambda high: edges.canny(image, sigma, high / 2, high), image.shape)
    if name in ("laplace", "laplacian_of_gaussian"):
        answer = edges.laplace(image) if name == "laplace" else edges.laplacian_of_gaussian(image, sigma)
        return _last(np.abs(answer).max(), lambda threshold: edges.zero_crossings(answer, threshold), image.shape)
    return getattr(edges, name)(image)


def _last(largest, marked_at, shape):
    """Try rising thresholds; what is marked at one of them is marked at all below it."""
    strength = np.zeros(shape)
    for threshold in largest * SHARES:
        strength[marked_at(threshold)] = threshold
    return strength


@lru_cache(maxsize=10)
def _truth(photo):
    """Return the border that a person drew, and where that person was sure."""
    labels = images.ground_truth(photo).labels
    return metrics.true_boundary(labels), labels != 255


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
    axes.set(xlim=(0, 0.285), ylim=(0, max(1.05, place + room)), xticks=NOISES, yticks=(0, 0.5, 1))
    axes.set(xlabel=_("standard deviation of the noise"), ylabel=_("F"))
    style.heading(axes, _("What noise does to each"))
