"""How many clusters? Three well-known rules on the colours of one photograph (claim C04)."""

from typing import Annotated

import numpy as np
from matplotlib.ticker import MaxNLocator

from seglearn import images
from seglearn.experiments.clustering import N_CLUSTERS
from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Photo, figure
from seglearn.words import _, mark

N_COLORS = 3000  # about so many pixels of the photograph, evenly spread


@figure("4.2-a (iii)", mark("How many clusters? Three rules for K"))
def choosing_k(*, photo: Annotated[str, Photo(words=mark("picture"))] = "chelsea"):
    """Elbow, silhouette and gap against K, each with the K that it chooses."""
    image = images.load(photo)
    every = max(1, round(np.sqrt(image.shape[0] * image.shape[1] / N_COLORS)))
    run = call(
        "experiments.clustering.cluster_criteria({photo}[::{every}, ::{every}].reshape(-1, {n}) / 255)",
        photo=photograph(photo), every=every, n=1 if image.ndim == 2 else 3,
    )  # fmt: skip
    found = run.value
    chosen = found.elbow, found.silhouette, found.gap

    drawn, (left, middle, right) = style.panels((1.0, 1.0, 1.0))
    _curve(left, N_CLUSTERS, found.inertias, chosen[0], _("Elbow: where it bends most"), _("inertia"))
    left.plot(N_CLUSTERS[[0, -1]], found.inertias[[0, -1]], color=style.FAINT, lw=1.5, ls="--")
    _curve(middle, N_CLUSTERS[1:], found.silhouettes, chosen[1], _("Silhouette: the largest"), _("silhouette"))
    _curve(right, N_CLUSTERS, found.gaps, chosen[2], _("Gap: no clear growth after"), _("gap"))
    right.errorbar(N_CLUSTERS, found.gaps, found.deviations, color=style.INK, lw=0, elinewidth=1.5, capsize=3)
    names = [_("none up to {k}").format(k=N_CLUSTERS[-1]) if k is None else f"K = {k}" for k in chosen]
    return style.tell(
        drawn,
        call=run,
        numbers=_("elbow: {0}; silhouette: {1}; gap: {2}").format(*names),
        alt=_(
            "Three curves over the number of clusters, 1 to 9: inertia, silhouette, gap. Each marks the K it chooses."
        ),
    )


def _curve(axes, n_clusters, values, chosen, text, name):
    axes.plot(n_clusters, values, color=style.INK, lw=2, marker="o", ms=4)
    if chosen is not None:
        axes.plot(chosen, values[list(n_clusters).index(chosen)], "o", color=style.NOW, ms=11, zorder=5)
    axes.set(xlabel="K", ylabel=name, xlim=(0.5, N_CLUSTERS[-1] + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.heading(axes, text)
