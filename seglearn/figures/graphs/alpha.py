"""Figure 4.5-c: what a hard mask makes of hair, beside the true transparency."""

from typing import Annotated

import numpy as np

from seglearn.figures import style
from seglearn.figures.call import call
from seglearn.figures.controls import Range, figure
from seglearn.figures.graphs.network import SMOOTHNESS
from seglearn.words import _, mark

GROUND = np.array([0.85, 0.9, 0.55])  # what the head is pasted onto


@figure(
    "4.5-c",
    mark("Hair: a hard mask beside the true transparency"),
    presets={
        mark("long hair"): {},
        mark("thick hair"): {"n_hairs": 400},
        mark("no boundary term"): {"smoothness": 0},
        mark("smooth at any price"): {"smoothness": 200},
    },
)
def hard_and_soft(
    *,
    n_hairs: Annotated[int, Range(0, 400, 10, mark("number of hairs"))] = 150,
    smoothness: Annotated[float, SMOOTHNESS] = 50,
    rng: Annotated[int, Range(0, 20, words=mark("random seed"))] = 0,
):
    """Figure 4.5-c: a head with hair, its true alpha, the mask of graph cut, and both pasted onto another ground."""
    picture = call("experiments.graphs.hair(160, {n}, {rng})", n=n_hairs, rng=rng)
    hair = picture.value
    marks = call(
        "experiments.graphs.painted((160, 160), "
        "[('foreground', 9, ((80, 95), (80, 140))), ('background', 9, ((3, 3), (156, 3)))])"
    )
    run = call(
        "graphs.graph_cut({picture}.image, {marks} == 1, {marks} == 2, smoothness={smoothness})",
        picture=picture, marks=marks, smoothness=smoothness,
    )  # fmt: skip
    mask = run.value
    soft = (hair.alpha > 0) & (hair.alpha < 1)
    error, best = np.abs(mask - hair.alpha), np.minimum(hair.alpha, 1 - hair.alpha)

    shape = hair.image.shape
    drawn, axes = style.panels((shape,) * 5)
    for panel, shown, text in zip(
        axes,
        (
            hair.image, hair.alpha, mask.astype(float),
            _pasted(hair.image, mask), hair.alpha[..., None] * hair.head + (1 - hair.alpha[..., None]) * GROUND,
        ),
        (_("The picture"), _("True alpha"), _("The mask"), _("Pasted by the mask"), _("By the true alpha")),
    ):  # fmt: skip
        style.picture(panel, shown, text)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "{share:.0%} of the pixels are neither hair nor ground alone; there the mask is off by {soft:.2f} on "
            "average, the best mask by {best:.2f}; elsewhere by {hard:.3f}"
        ).format(
            share=soft.mean(), soft=error[soft].mean() if soft.any() else 0.0,
            best=best[soft].mean() if soft.any() else 0.0, hard=error[~soft].mean(),
        ),
        alt=_(
            "A head with thin hairs; its transparency with all its greys; the black and white mask, which lost most "
            "hairs; the head pasted onto another ground by the mask and by the true transparency."
        ),
    )  # fmt: skip


def _pasted(image, mask):
    return np.where(mask[..., None], image, GROUND)
