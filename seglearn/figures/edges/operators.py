"""Figure 4-5: the operators side by side, on a photograph and on three profiles."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
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
    "4-5 (i)",
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
    picture = source.grey(photo, noise)
    image = picture.value
    row, col = min(row, image.shape[0] - 1), min(col, image.shape[1] - 1)
    names = SETS[operators]
    run = call(f"[f := {{picture}}, {', '.join(map(_answer, names))}]", picture=picture)
    answers = run.value[1:]
    marked = [None] * len(names)
    if threshold:
        run = call(f"[f := {{picture}}, {', '.join(_marked(name, threshold) for name in names)}]", picture=picture)
        marked = run.value[1:]
    colors = [*style.OKABE_ITO[:6], style.INK, style.OKABE_ITO[7]]
    inks = {name: colors[i % 4 if len(names) == 4 else i] for i, name in enumerate(names)}

    pile = style.Pile((image.shape,) * 2)
    n_piles = len(names) // 2
    drawn, (before, *panels, profile) = style.panels((image.shape, *[pile] * n_piles, 1.1))
    panels = [*panels[::2], *panels[1::2]]  # row by row
    style.picture(before, image, _("The picture, and a line across it"))
    low, high = max(col - HALF, 0), min(col + HALF, image.shape[1] - 1)
    for width, ink in ((5, "white"), (2.5, style.SEED)):
        before.plot([low, high], [row, row], color=ink, lw=width, solid_capstyle="butt")
    style.crosshair(before, col, row)
    for axes, name, answer, mask in zip(panels, names, answers, marked):
        style.picture(axes, _shades(answer) if mask is None else mask.astype(float), _(LABELS[name]))
        axes.spines[:].set(visible=True, color=inks[name], lw=3)
    _profile(profile, image, row, col, {name: (answer, inks[name]) for name, answer in zip(names, answers)})
    if threshold:
        profile.axhline(threshold, color=style.NOW, lw=1.5, ls="--")
        told = _("pixels marked: {list}").format(
            list="; ".join(f"{_(LABELS[n])}: {m.mean():.1%}" for n, m in zip(names, marked))
        )
    else:
        told = _("at ({row}, {col}): {list}").format(
            row=row, col=col, list="; ".join(f"{_(LABELS[n])}: {a[row, col]:.3g}" for n, a in zip(names, answers))
        )
    return style.tell(
        drawn,
        call=run,
        numbers=told,
        alt=_(
            "“{photo}” and what {names} make of it; a plot of the brightness and of the answers along row {row} "
            "around column {col}."
        ).format(photo=photo, names=", ".join(_(LABELS[name]) for name in names), row=row, col=col),
    )


@figure(
    "4-5 (ii)",
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
        _("A ramp"): call("np.arange(101) / 100"),
        _("A soft edge"): call("np.clip((np.arange(101) - {at}) / {width}, 0, 1)", at=50 - width / 2, width=width),
        _("A step"): call("np.arange(101) > 50"),
    }
    drawn, axes = style.panels((style.Stack(1.0),) * 3)
    told, soft = [], None
    for column, (name, slope) in enumerate(slopes.items()):
        run = call(
            "[f := images.noisy(np.tile({slope}, (41, 1)), {noise}, rng=0), edges.kirsch(f), edges.sobel(f), "
            "edges.laplace(f), edges.laplacian_of_gaussian(f, {sigma})]",
            slope=slope, noise=noise, sigma=sigma,
        )  # fmt: skip
        soft = run if column == 1 else soft
        picture, kirsch, sobel, laplace, log = (answer[20] for answer in run.value)
        upper, lower = axes[2 * column : 2 * column + 2]
        _pair(upper, x, kirsch, sobel, _("{slope}: Kirsch, Sobel (dashed)").format(slope=name))
        _pair(lower, x, laplace, sigma**2 * log, _("Laplace, σ² LoG (dashed)"))
        for plot in (upper, lower):
            low, high = plot.get_ylim()
            plot.fill_between(x, low, low + picture * (high - low) * 0.9, color="#E4E4E4", lw=0, zorder=0)
            plot.set(xlim=(20, 80))  # beyond, the widest Gaussian feels the border of the picture
            plot.set_xticks((30, 50, 70), ("30", _("column {col}").format(col=50), "70"))
        told.append(
            _("{slope}: Kirsch {kirsch:.3f}, Laplace {laplace:.3f}").format(
                slope=name, kirsch=kirsch[45:56].max(), laplace=np.abs(laplace[45:56]).max()
            )
        )
    return style.tell(
        drawn,
        call=soft,
        numbers=_("largest answers in the middle eleven pixels: {list}").format(list="; ".join(told)),
        alt=_(
            "Three columns over brightness in grey: a ramp, an edge of {width} pixels, a step. Above the answers of "
            "Kirsch and Sobel, which follow the slope; below Laplace and LoG, which answer only where it changes."
        ).format(width=width),
    )


def _answer(name):
    """Return the text of an operator's call, on a picture f."""
    return f"edges.{name}(f, {SIGMA:g})" if name == "laplacian_of_gaussian" else f"edges.{name}(f)"


def _marked(name, threshold):
    """Return the text of the call that marks the pixels above a share of the largest answer."""
    if name == "canny":
        return f"edges.canny(f, 1, (h := {threshold:g} * edges.canny_stages(f).magnitude.max()) / 2, h)"
    if name.startswith("lap"):
        return f"edges.zero_crossings(g := {_answer(name)}, {threshold:g} * abs(g).max())"
    return f"(g := {_answer(name)}) > {threshold:g} * g.max()"


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
