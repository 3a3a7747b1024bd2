"""How many clusters? Three well-known rules on the colours of one photograph (claim C04)."""

from functools import lru_cache
from typing import Annotated

import numpy as np
from matplotlib.ticker import MaxNLocator
from sklearn.metrics import silhouette_score

from seglearn import images
from seglearn.clustering import k_means
from seglearn.figures import style
from seglearn.figures.controls import Photo, figure
from seglearn.words import _, mark

N_CLUSTERS = np.arange(1, 10)
N_COLORS = 3000  # about so many pixels of the photograph, evenly spread
N_REFERENCES = 5  # sets of points without clusters that the gap is measured against


@figure("4.2-a-3", mark("How many clusters? Three rules for K"))
def choosing_k(*, photo: Annotated[str, Photo(words=mark("picture"))] = "chelsea"):
    """Elbow, silhouette and gap against K, each with the K that it chooses."""
    inertias, silhouettes, gaps, deviations = _criteria(photo)
    chosen = elbow(inertias), silhouette(silhouettes), gap(gaps, deviations)

    drawn, (left, middle, right) = style.panels((1.0, 1.0, 1.0))
    _curve(left, N_CLUSTERS, inertias, chosen[0], _("Elbow: where it bends most"), _("inertia"))
    left.plot(N_CLUSTERS[[0, -1]], inertias[[0, -1]], color=style.FAINT, lw=1.5, ls="--")
    _curve(middle, N_CLUSTERS[1:], silhouettes, chosen[1], _("Silhouette: the largest"), _("silhouette"))
    _curve(right, N_CLUSTERS, gaps, chosen[2], _("Gap: no clear growth after"), _("gap"))
    right.errorbar(N_CLUSTERS, gaps, deviations, color=style.INK, lw=0, elinewidth=1.5, capsize=3)
    names = [_("none up to {k}").format(k=N_CLUSTERS[-1]) if k is None else f"K = {k}" for k in chosen]
    return style.tell(
        drawn,
        call=f"[k_means({_points(photo)[0]}, k, rng=0).inertia for k in range(1, 10)]",
        numbers=_("elbow: {0}; silhouette: {1}; gap: {2}").format(*names),
        alt=_(
            "Three curves over the number of clusters, 1 to 9: inertia, silhouette, gap. Each marks the K it chooses."
        ),
    )


def elbow(inertias):
    """Return the K where the curve lies farthest below the straight line between its ends."""
    line = np.interp(N_CLUSTERS, N_CLUSTERS[[0, -1]], inertias[[0, -1]])
    return int(N_CLUSTERS[np.argmax(line - inertias)])


def silhouette(silhouettes):
    """Return the K, from 2, of the largest mean silhouette (Rousseeuw, J. Comput. Appl. Math. 20, 1987)."""
    return int(N_CLUSTERS[1:][np.argmax(silhouettes)])


def gap(gaps, deviations):
    """Return the first K whose gap the next one does not beat by a deviation, or None (Tibshirani et al. 2001)."""
    beaten = gaps[:-1] < gaps[1:] - deviations[1:]
    return None if beaten.all() else int(N_CLUSTERS[np.argmin(beaten)])


def _points(photo):
    """Return the code of a photograph's colours, thinned, and the colours (N, 1 or 3)."""
    image = images.load(photo)
    every = max(1, round(np.sqrt(image.shape[0] * image.shape[1] / N_COLORS)))
    n_channels = 1 if image.ndim == 2 else 3
    call = f'images.load("{photo}")[::{every}, ::{every}].reshape(-1, {n_channels}) / 255'
    return call, image[::every, ::every].reshape(-1, n_channels) / 255


@lru_cache(maxsize=16)
def _criteria(photo):
    """Return inertias (9,), silhouettes (8,), gaps (9,) and their deviations (9,), for K = 1..9 and 2..9."""
    colors = _points(photo)[1]
    logs = _log_inertias(colors)
    labels = [k_means(colors, k, rng=0).labels for k in N_CLUSTERS[1:]]
    silhouettes = np.array([silhouette_score(colors, found, sample_size=1200, random_state=0) for found in labels])
    rng = np.random.default_rng(0)
    low, high = colors.min(axis=0), colors.max(axis=0)
    even = np.array([_log_inertias(rng.uniform(low, high, colors.shape)) for _ in range(N_REFERENCES)])
    deviations = even.std(axis=0) * np.sqrt(1 + 1 / N_REFERENCES)
    return np.exp(logs), silhouettes, even.mean(axis=0) - logs, deviations


def _log_inertias(points):
    """Return the logarithm of the best inertia of two starts for every K."""
    return np.log([min(k_means(points, k, rng=seed).inertia for seed in range(2)) for k in N_CLUSTERS])


def _curve(axes, n_clusters, values, chosen, text, name):
    axes.plot(n_clusters, values, color=style.INK, lw=2, marker="o", ms=4)
    if chosen is not None:
        axes.plot(chosen, values[list(n_clusters).index(chosen)], "o", color=style.NOW, ms=11, zorder=5)
    axes.set(xlabel="K", ylabel=name, xlim=(0.5, N_CLUSTERS[-1] + 0.5))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    style.heading(axes, text)
