"""Figure 4-5: the operators side by side, on a photograph and on three profiles."""

from typing import Annotated

import numpy as np

from seglearn import edges, images
from seglearn.figures import style
from seglearn.figures.controls import Choice, Range, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

SIGMA = 2.0  # of the Gaussian in LoG
HALF = 30  # pixels of the profile to either side of the marked one
LABELS = {
    "gradient": mark("(a) Gradient"),
    "roberts": mark("(b) Roberts"),
    "sobel": mark("(c) Sobel"),
    "prewitt": mark("(d) Prewitt"),
    "kirsch": mark("Kirsch"),
    "laplace": mark("Laplace"),
    "laplacian_of_gaussian": mark("LoG, sigma = 2"),
    "canny": mark("Canny, sigma = 1"),
}
SETS = {
    mark("the lecture's four"): tuple(LABELS)[:4],
    mark("the other four"): tuple(LABELS)[4:],
    mark("all eight"): tuple(LABELS),
}


@figure(
    "4-5",
    mark("The operators on one picture"),
    presets={
        mark("the slide"): {},
        mark("noise"): {"noise": 0.1},
        mark("edges under noise"): {"noise": 0.1, "threshold": 0.3},
        mark("second derivatives"): {"operators": "the other four"},
        mark("second derivatives under noise"): {"operators": "the other four", "noise": 0.1},
        mark("zero crossings"): {"operators": "the other four", "threshold": 0.1},
        mark("all eight"): {"operators": "all eight"},
    },
    gesture={"point": ("col", "row")},
)
def operators(
    *,
    photo: source.PHOTO = "camera",
    operators: Annotated[str, Choice(tuple(SETS), mark("which operators"))] = "the lecture's four",
    noise: source.NOISE = 0.0,
    threshold: Annotated[float, Range(0.0, 0.9, 0.01, mark("share of the largest; 0: off"))] = 0.0,
    row: Annotated[int, Range(0, 1023, words=mark("line of the profile, or click"))] = 420,
    col: Annotated[int, Range(0, 1023, words=mark("its middle, or click"))] = 147,
):
    """Figure 4-5: one picture under four or eight operators, and a line across it."""
    image = source.load(photo, noise)
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    names = SETS[operators]
    answers = [_answer(name, image, threshold) for name in names]
    colors = [*style.OKABE_ITO[:6], style.INK, style.OKABE_ITO[7]]
    inks = {name: colors[i % 4 if len(names) == 4 else i] for i, name in enumerate(names)}

    aspect = image.shape[1] / image.shape[0]
    if len(names) == 4:  # the plot is narrower by the room for its axis, so that the panels stand in columns
        drawn, axes = style.panels((image.shape,) * 3, (0.8 * aspect, image.shape, image.shape))
        before, first, second, profile, *others = axes
        panels = [first, second, *others]
    else:
        drawn, (before, profile, *panels) = style.panels(
            (image.shape, 1.9 * aspect), (image.shape,) * 4, (image.shape,) * 4
        )
    style.picture(before, image, _("The picture, and a line across it"))
    low, high = max(col - HALF, 0), min(col + HALF, image.shape[1] - 1)
    for width, ink in ((5, "white"), (2.5, style.SEED)):
        before.plot([low, high], [row, row], color=ink, lw=width, solid_capstyle="butt")
    style.crosshair(before, col, row)
    for axes, name, (answer, marked) in zip(panels, names, answers):
        style.picture(axes, _shades(answer) if marked is None else marked.astype(float), _(LABELS[name]))
        axes.spines[:].set(visible=True, color=inks[name], lw=3)
    _profile(profile, image, row, col, {name: (answer, inks[name]) for name, (answer, _marked) in zip(names, answers)})
    if threshold:
        profile.axhline(threshold, color=style.NOW, lw=1.5, ls="--")
        told = _("pixels marked: {list}").format(
            list="; ".join(f"{_(LABELS[n])}: {m.mean():.1%}" for n, (_a, m) in zip(names, answers))
        )
    else:
        told = _("at ({row}, {col}): {list}").format(
            row=row, col=col, list="; ".join(f"{_(LABELS[n])}: {a[row, col]:.3g}" for n, (a, _m) in zip(names, answers))
        )
    calls = ", ".join(_call(name, threshold) for name in names)
    return style.tell(
        drawn,
        call=f"[f := {source.call(photo, noise)}, {calls}]",
        numbers=told,
        alt=_(
            "“{photo}” and what {names} make of it; a plot of the brightness and of the answers along row {row} "
            "around column {col}."
        ).format(photo=photo, names=", ".join(_(LABELS[name]) for name in names), row=row, col=col),
    )


@figure(
    "4-5",
    mark("First and second derivatives of a slope"),
    presets={
        mark("all three"): {},
        mark("a narrow edge"): {"width": 2},
        mark("noise"): {"noise": 0.03},
        mark("a wide Gaussian helps"): {"noise": 0.03, "sigma": 5.0},
    },
)
def derivatives(
    *,
    width: Annotated[int, Range(2, 40, words=mark("pixels from dark to bright, soft edge"))] = 20,
    sigma: Annotated[float, Range(0.5, 5.0, 0.5, mark("width of the Gaussian in LoG"))] = 2.0,
    noise: Annotated[float, Range(0.0, 0.1, 0.01, mark("standard deviation of the noise"))] = 0.0,
):
    """Beside figure 4-5: on a slope first derivatives answer and second ones do not; Kirsch answers."""
    x = np.arange(101)
    slopes = {
        _("A ramp"): x / 100,
        _("A soft edge"): np.clip((x - 50 + width / 2) / width, 0, 1),
        _("A step"): (x > 50).astype(float),
    }
    drawn, axes = style.panels(*[(2.0, 2.0, 2.0)] * 3)
    told = []
    for column, (name, slope) in enumerate(slopes.items()):
        picture = images.noisy(np.tile(slope, (41, 1)), noise, rng=0)
        kirsch, sobel, laplace = (operator(picture)[20] for operator in (edges.kirsch, edges.sobel, edges.laplace))
        log = edges.laplacian_of_gaussian(picture, sigma)[20] * sigma**2
        light, upper, lower = axes[column::3]
        light.plot(x, picture[20], color=style.INK, lw=2)
        light.set(ylim=(-0.08, 1.08), yticks=(0, 0.5, 1))
        style.heading(light, name)
        _pair(upper, x, kirsch, sobel, _("Kirsch, Sobel (dashed)"))
        _pair(lower, x, laplace, log, _("Laplace, σ² LoG (dashed)"))
        for plot in (light, upper, lower):
            plot.set(xlim=(0, 100), xticks=(20, 50, 80) if plot is lower else ())
        told.append(
            _("{slope}: Kirsch {kirsch:.3f}, Laplace {laplace:.3f}").format(
                slope=name, kirsch=kirsch[45:56].max(), laplace=np.abs(laplace[45:56]).max()
            )
        )
    soft = f"[[min(max((c - {50 - width / 2:g}) / {width}, 0), 1) for c in range(101)]] * 41"
    return style.tell(
        drawn,
        call=f"[edges.kirsch(f := images.noisy({soft}, {noise:g}, rng=0)), edges.laplace(f)]",
        numbers=_("largest answers in the middle eleven pixels: {list}").format(list="; ".join(told)),
        alt=_(
            "Three columns: a ramp, an edge of {width} pixels, a step. Above their brightness, then the answers of "
            "Kirsch and Sobel, which follow the slope, then Laplace and LoG, which answer only where it changes."
        ).format(width=width),
    )


def _answer(name, image, threshold):
    """Return an operator's answer and, above a threshold, the pixels that it marks."""
    if name == "canny":
        stages = edges.canny_stages(image)
        if not threshold:
            return stages.edges, None
        high = threshold * stages.magnitude.max()
        return stages.edges, edges.canny(image, 1, high / 2, high)
    if name == "laplacian_of_gaussian":
        answer = edges.laplacian_of_gaussian(image, SIGMA)
    else:
        answer = getattr(edges, name)(image)
    if not threshold:
        return answer, None
    limit = threshold * np.abs(answer).max()
    if name.startswith("lap"):
        return answer, edges.zero_crossings(answer, limit)
    return answer, answer > limit


def _call(name, threshold):
    """Return the call of `_answer`, on a picture f."""
    if name == "canny":
        high = f"{threshold:g} * edges.canny_stages(f).magnitude.max()"
        return f"edges.canny(f, 1, (h := {high}) / 2, h)" if threshold else "edges.canny(f)"
    answer = f"edges.{name}(f, {SIGMA:g})" if name == "laplacian_of_gaussian" else f"edges.{name}(f)"
    if not threshold:
        return answer
    if name.startswith("lap"):
        return f"edges.zero_crossings(g := {answer}, {threshold:g} * abs(g).max())"
    return f"(g := {answer}) > {threshold:g} * g.max()"


def _shades(answer):
    """Return an answer as grey: 0 is black, or middle grey where there are answers below 0."""
    if answer.dtype == bool:
        return answer.astype(float)
    large = np.quantile(np.abs(answer), 0.995) or 1
    return 0.5 + answer / (2 * large) if answer.min() < 0 else answer / large


def _profile(axes, image, row, col, answers):
    """Draw the brightness and the answers, each over its largest, along a piece of a line; Canny's as dots."""
    low, high = max(col - HALF, 0), min(col + HALF + 1, image.shape[1])
    x, line = np.arange(low, high), image[row, low:high]
    axes.fill_between(x, line / 255 if image.dtype == np.uint8 else line, color="#DDDDDD", lw=0, step="mid")
    bottom = 0.0
    for answer, ink in answers.values():
        if answer.dtype == bool:
            found = x[answer[row, low:high]]
            axes.plot(found, np.full(len(found), 1.0), "o", color=ink, ms=5, clip_on=False)
        else:
            values = answer[row, low:high] / (np.abs(answer).max() or 1)
            axes.plot(x, values, color=ink, lw=1.8)
            bottom = min(bottom, 1.05 * values.min())
    axes.axvline(col, color=style.SEED, lw=1.5, zorder=0)
    axes.set(xlim=(low, high - 1), ylim=(bottom, 1.02), yticks=(-0.5, 0, 0.5, 1) if bottom < -0.5 else (0, 0.5, 1))
    axes.set(xticks=(col,), xticklabels=(_("column {col}").format(col=col),))
    style.heading(axes, _("Brightness (grey) and answers"))


def _pair(axes, x, first, second, text):
    """Draw two answers along a line."""
    axes.axhline(0, color=style.FAINT, lw=1)
    axes.plot(x, first, color=style.NOW, lw=2)
    axes.plot(x, second, color=style.OKABE_ITO[0], lw=2, ls="--")
    extent = 1.15 * max(0.02, np.abs(first).max(), np.abs(second).max())
    axes.set_ylim(-extent if min(first.min(), second.min()) < -1e-9 else -0.08 * extent, extent)
    axes.locator_params(axis="y", nbins=4)
    style.heading(axes, text)
