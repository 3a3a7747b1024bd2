"""Figure 4.3-a: edges are high frequencies, and noise is too."""

from typing import Annotated

import numpy as np
from matplotlib.patches import Ellipse

from seglearn import edges
from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Choice, Range, figure
from seglearn.figures.edges import source
from seglearn.words import _, mark

SHAPES = Choice((mark("gaussian"), mark("butterworth"), mark("ideal")), mark("shape of the mask"))


@figure(
    "4.3-a",
    mark("Edges are high frequencies"),
    presets={
        mark("edges"): {},
        mark("noise passes too"): {"noise": 0.15},
        mark("nearly all passes"): {"cutoff": 0.01},
        mark("only the finest is left"): {"cutoff": 0.35},
        mark("a sharp cut rings"): {"shape": "ideal", "cutoff": 0.05},
    },
)
def high_pass(
    *,
    photo: source.PHOTO = "camera",
    cutoff: Annotated[float, Range(0.01, 0.5, 0.01, mark("cycles per pixel, D0"))] = 0.1,
    shape: Annotated[str, SHAPES] = "gaussian",
    noise: source.NOISE = 0.0,
):
    """Figure 4.3-a: the spectrum times a mask is a picture of what changes quickly."""
    picture = source.grey(photo, noise)
    image = picture.value
    run = call("edges.high_pass_stages({f}, {cutoff}, shape={shape})", f=picture, cutoff=cutoff, shape=shape)
    stages = run.value
    strength = np.abs(stages.filtered)
    strongest = strength > np.quantile(strength, 0.9)
    slope = edges.sobel(source.grey(photo).value)
    found = (slope > np.quantile(slope, 0.9))[strongest].mean() if strongest.any() else 0
    passed = stages.filtered.var() / max(np.var(image / 255 if image.dtype == np.uint8 else image), 1e-12)
    of_noise = (stages.mask**2).sum() / (stages.mask.size - 1)

    drawn, (before, spectrum, mask, after, tenth, curve) = style.panels(
        (image.shape, style.Pile((image.shape,) * 2), style.Pile((image.shape,) * 2), 0.9)
    )
    style.picture(before, image, _("The picture"))
    style.picture(after, 0.5 + stages.filtered / (2 * np.quantile(strength, 0.99) + 1e-9), _("What passes"))
    style.picture(tenth, strongest.astype(float), _("Its strongest tenth"))
    style.picture(spectrum, stages.spectrum / stages.spectrum.max(), _("Spectrum"))
    height, width = image.shape
    for axes in (spectrum, mask):
        circle = {"xy": (width // 2, height // 2), "width": 2 * cutoff * width, "height": 2 * cutoff * height}
        axes.add_patch(Ellipse(**circle, fill=False, ec=style.NOW, lw=2))
    style.picture(mask, stages.mask, _("Mask"))
    mask.spines[:].set(visible=True, color=style.FAINT)
    frequencies, strengths = _by_frequency(stages.spectrum)
    curve.fill_between(frequencies, strengths / strengths.max(), color="#DDDDDD", lw=0)
    curve.plot(np.arange(width - width // 2) / width, stages.mask[height // 2, width // 2 :], color=style.INK, lw=2)
    curve.axvline(cutoff, color=style.NOW, lw=2)
    curve.set(xlim=(0, 0.505), ylim=(0, 1.05), xticks=(0, 0.2, 0.4), yticks=(0, 0.5, 1), xlabel=_("cycles per pixel"))
    style.heading(curve, _("Mask over spectrum (grey)"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "{passed:.1%} of the picture's variance passes, {noise:.1%} of white noise's; "
            "{found:.0%} of the strongest tenth are edges of the clean picture (10% by chance)"
        ).format(passed=passed, noise=of_noise, found=found),
        alt=_(
            "“{photo}”; its spectrum and the mask, each with a circle at {cutoff:g} cycles per pixel; what a high-pass "
            "leaves of the picture, and the strongest tenth of that; spectrum and mask as curves over frequency."
        ).format(photo=photo, cutoff=cutoff),
    )


def _by_frequency(spectrum):
    """Average a centred spectrum over all directions: frequencies up to 0.5 cycles per pixel, and strengths there."""
    rows, columns = (np.arange(n) / n - (n // 2) / n for n in spectrum.shape)
    ring = np.rint(200 * np.hypot(rows[:, None], columns)).astype(int).ravel()
    sums, counts = np.bincount(ring, spectrum.ravel()), np.bincount(ring)
    return np.arange(101) / 200, sums[:101] / np.maximum(counts[:101], 1)
