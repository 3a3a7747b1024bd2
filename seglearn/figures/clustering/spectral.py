"""The figures of section 4.2.2: spectral clustering."""

from typing import Annotated

import matplotlib
import numpy as np
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from seglearn.clustering import k_means
from seglearn.figures import plane, style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, figure
from seglearn.graphs.spectrum import steady_basis
from seglearn.words import _, mark

SHAPES = Choice((mark("moons"), mark("rings"), mark("spirals"), mark("blobs")), mark("data set"))
N_CLUSTERS = Range(2, 8, words=mark("number of clusters, K"))
SIGMA = Range(0.0, 1.0, 0.01, mark("affinity fades at; 0: automatic"))
N_MORE = 4  # eigenvalues of the spectrum beyond the first K
N_LINKS = 4000  # links drawn; of more, every second, every third and so on
N_VECTORS = 4  # eigenvectors shown as pictures


@figure(
    "4.2-b",
    mark("K-Means fails, spectral clustering succeeds"),
    presets={
        mark("two moons"): {},
        mark("three rings"): {"shape": "rings", "n_clusters": 3},
        mark("two spirals"): {"shape": "spirals"},
        mark("sigma too small"): {"sigma": 0.01},
        mark("sigma too large"): {"sigma": 0.4},
        mark("too many neighbours"): {"sigma": 0.0, "n_neighbors": 100},
        mark("noise builds a bridge"): {"noise": 0.17},
        mark("wrong K"): {"shape": "rings", "n_clusters": 4},
    },
)
def spectral_on_points(
    *,
    shape: Annotated[str, SHAPES] = "moons",
    n_clusters: Annotated[int, N_CLUSTERS] = 2,
    sigma: Annotated[float, SIGMA] = 0.1,
    n_neighbors: Annotated[int, Range(0, 100, words=mark("links; 0: to all"))] = 0,
    noise: Annotated[float, Range(0.0, 0.3, 0.01, mark("scatter of the points"))] = 0.05,
):
    """Figure 4.2-b: the same points, cut by straight borders and cut where the graph of neighbours is thin."""
    points, truth = plane.data(shape, noise=noise).value
    runs = [k_means(points, n_clusters, rng=start) for start in range(5)]
    nearest = min(runs, key=lambda run: run.inertia)
    run = _run_on_points(shape, n_clusters, sigma, n_neighbors, noise)
    stages = run.value
    scores = [adjusted_rand_score(truth, labels) for labels in (nearest.labels, stages.labels)]

    drawn, (left, right) = style.panels((1.2, 1.2))
    plane.frame(left, points, _("K-Means: who is nearest to which centre?"))
    plane.cells(left, nearest.centers)
    plane.scatter(left, points, nearest.labels)
    plane.crosses(left, nearest.centers)
    plane.frame(right, points, _("Spectral: who is whose neighbour?"))
    n_links, n_cut = _links(right, points, stages.affinity, stages.labels)
    plane.scatter(right, points, stages.labels)
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "agreement with the true groups (ARI): K-Means {k_means:.2f}, spectral {spectral:.2f}; "
            "{links} links of weight above 0.1, {cut} of them cut"
        ).format(k_means=scores[0], spectral=scores[1], links=n_links, cut=n_cut),
        alt=_(
            "The same {n} points of the data set “{shape}” twice. Left: K-Means divides them by straight borders. "
            "Right: lines join neighbours, the darker the nearer; those that spectral clustering cuts are orange."
        ).format(n=len(points), shape=_(shape)),
    )


@figure(
    "4.2-c",
    mark("Inside spectral clustering: from points to a matrix, to its eigenvectors, to clusters"),
    presets={
        mark("two moons"): {},
        mark("three rings"): {"shape": "rings", "n_clusters": 3},
        mark("four clouds"): {"shape": "blobs", "n_clusters": 4, "sigma": 0.3},
        mark("sigma too large: one value near 0"): {"sigma": 0.5},
        mark("four clusters: moons cut in two"): {"n_clusters": 4},
    },
)
def spectral_inside(
    *,
    shape: Annotated[str, SHAPES] = "moons",
    n_clusters: Annotated[int, N_CLUSTERS] = 2,
    sigma: Annotated[float, SIGMA] = 0.1,
):
    """Figure 4.2-c: the affinities, unsorted and sorted by label, the Laplacian, its spectrum, its eigenspace."""
    points, _truth = plane.data(shape).value
    run = _run_on_points(shape, n_clusters, sigma)
    stages = run.value
    mixed = np.random.default_rng(0).permutation(len(points))  # the sets are made in order, real points are not
    order = mixed[np.argsort(stages.labels[mixed], kind="stable")]
    values = _run_on_points(shape, n_clusters + N_MORE, sigma).value.eigenvalues
    gap = values[n_clusters] - values[n_clusters - 1]

    square = (1, 1)
    drawn, (plain, raw, sorted_, laplacian, spectrum, space) = style.panels(
        (1.3, square, square, square), (2.4, 1.2), tallest=4.2
    )
    plane.frame(plain, points, _("1. Points"))
    _links(plain, points, stages.affinity, stages.labels)
    plane.scatter(plain, points)
    style.picture(raw, np.sqrt(stages.affinity[np.ix_(mixed, mixed)]), _("2. Affinities"))
    style.picture(sorted_, np.sqrt(stages.affinity[np.ix_(order, order)]), _("Sorted by cluster"))
    signed = stages.laplacian[np.ix_(order, order)]
    signed = np.sign(signed) * np.sqrt(np.abs(signed))  # roots, as above: small numbers show
    style.picture(laplacian, _two_sided(signed, -signed.min()), _("3. Laplacian"))
    _spectrum(spectrum, values, n_clusters)
    _eigenspace(space, stages)
    return style.tell(
        drawn,
        call=run,
        numbers=_("sigma {sigma:.3f}; eigenvalue {k}: {low:.4f}, eigenvalue {next}: {high:.4f}, gap {gap:.4f}").format(
            sigma=stages.sigma, k=n_clusters, low=values[n_clusters - 1], next=n_clusters + 1,
            high=values[n_clusters], gap=gap,
        ),
        alt=_(
            "Six panels: points joined to their neighbours; the matrix of their affinities in any order, and sorted "
            "by the {k} clusters; the normalised Laplacian; its {n} smallest eigenvalues with the gap after number "
            "{k}; and the points in the space of {k} eigenvectors."
        ).format(k=n_clusters, n=len(values)),
    )  # fmt: skip


@figure(
    "4.2-d",
    mark("Spectral clustering of a photograph"),
    presets={
        mark("cup and table"): {"n_segments": 3},
        mark("the cameraman"): {"photo": "camera", "n_segments": 4},
        mark("one flower, whole"): {"photo": "flower"},
        mark("sigma too small: a speck of shine"): {"photo": "astronaut", "n_segments": 3, "sigma_color": 0.05},
        mark("24 coins, not found"): {"photo": "coins", "n_segments": 4},
    },
)
def spectral_on_photo(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    n_segments: Annotated[int, Range(2, 8, words=mark("number of segments, K"))] = 5,
    sigma_color: Annotated[float, Range(0.02, 0.5, 0.01, mark("affinity fades at"))] = 0.1,
    size: Annotated[int, Range(32, 112, 16, mark("longer side, pixels"))] = 96,
):
    """Figure 4.2-d: the segments of a reduced photograph, and the eigenvectors that they were read from."""
    reduced = call("images.reduced({photo}, {size})", photo=photograph(photo), size=size)
    run = call(
        "segment_spectral_stages({image}, {k}, sigma_color={sigma}, rng=0)",
        image=reduced, k=n_segments, sigma=sigma_color,
    )  # fmt: skip
    image, labels, eigenvectors = reduced.value, run.value.labels, run.value.eigenvectors
    shown = range(1, min(n_segments, N_VECTORS + 1))
    sizes = np.bincount(labels.ravel(), minlength=n_segments)

    n_rows = -(-(2 + len(shown)) // 3)
    drawn, (left, right, *planes) = style.panels(*[[image.shape] * 3] * n_rows, tallest=4.0)
    style.picture(left, image, _("The photo, {h} × {w}").format(h=image.shape[0], w=image.shape[1]))
    style.picture(right, _tinted(image, labels, n_segments), _("{k} segments").format(k=n_segments), labels)
    for axes, k in zip(planes, shown):
        plane_k = eigenvectors[..., k]
        style.picture(axes, _two_sided(plane_k, np.abs(plane_k).max()), _("Eigenvector {k}").format(k=k + 1))
    for axes in planes[len(shown) :]:
        axes.set_visible(False)
    return style.tell(
        drawn,
        call=run,
        numbers=_("{n} nodes; largest segment {large} pixels, smallest {small}; eigenvalues {values}").format(
            n=labels.size,
            large=sizes.max(),
            small=sizes.min(),
            values=", ".join(f"{value:.4f}" for value in run.value.eigenvalues),
        ),
        alt=_(
            "The reduced photograph “{photo}”; the same in {k} segments; and the leading eigenvectors as pictures, "
            "red where positive, blue where negative, pale near zero."
        ).format(photo=photo, k=n_segments),
    )


def _run_on_points(shape, n_clusters, sigma, n_neighbors=0, noise=None):
    """Return the call of every stage; a control at 0 leaves its argument away."""
    extras = "".join(f"{n}={v:g}, " for n, v in {"sigma": sigma, "n_neighbors": n_neighbors}.items() if v)
    template = "spectral_stages({data}[0], {k}, {extras!s}rng=0)"
    return call(template, data=plane.data(shape, noise), k=n_clusters, extras=extras)


def _links(axes, points, affinity, labels):
    """Draw the links of weight above 0.1, the darker the heavier, cut ones marked; return how many, how many cut."""
    weights = np.triu(affinity.toarray() if sparse.issparse(affinity) else affinity)
    ends = np.argwhere(weights > 0.1)
    cut = labels[ends[:, 0]] != labels[ends[:, 1]]
    every = max(1, -(-len(ends) // N_LINKS))
    heaviness = np.where(cut, 3, np.digitize(weights[tuple(ends.T)], (0.4, 0.7)))[::every]
    for heavy, color in enumerate(("#DDDDDD", "#B0B0B0", "#808080", style.NOW)):
        lines = np.full((np.count_nonzero(heaviness == heavy), 3, 2), np.nan)  # from, to, lift the pen
        lines[:, :2] = points[ends[::every][heaviness == heavy]]
        axes.plot(*lines.reshape(-1, 2).T, color=color, lw=1.6, zorder=1 + heavy / 9)
    return len(ends), int(cut.sum())


def _two_sided(values, limit):
    """Colour numbers from blue at -limit over white at 0 to red at +limit."""
    return matplotlib.colormaps["RdBu_r"](0.5 + 0.5 * np.clip(values / (limit or 1.0), -1, 1), bytes=True)[..., :3]


def _spectrum(axes, values, n_clusters):
    """Draw the smallest eigenvalues and the gap after the first K."""
    numbers = np.arange(1, len(values) + 1)
    axes.axhspan(*values[n_clusters - 1 : n_clusters + 1], color=style.EDGE, alpha=0.35, lw=0)
    axes.vlines(numbers, 0, values, color=style.FAINT, lw=2)
    for part, color in ((numbers <= n_clusters, style.NOW), (numbers > n_clusters, style.INK)):
        axes.plot(numbers[part], values[part], "o", color=color, ms=8, clip_on=False)
    top = 1.1 * max(values[-1], 1e-6)
    axes.set(
        xlim=(0.3, len(values) + 0.7),
        ylim=(0, top),
        xticks=numbers[:: 1 + len(numbers) // 10],
        xlabel=_("number of the eigenvalue"),
    )
    style.heading(axes, _("4. Eigenvalues, and a gap"))


def _eigenspace(axes, stages):
    """Draw the rows of the embedding: as they are for K = 2, else seen along their two widest directions."""
    rows, n_clusters = stages.embedding, stages.embedding.shape[1]
    if n_clusters > 2:
        _left, widths, directions = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        widest = steady_basis(-widths, directions.T)[:, :2].T  # of equally wide ones SVD takes any
        rows = rows @ widest.T
        axes.set(xlabel=_("widest direction"), ylabel=_("second widest"))
    else:
        angle = np.linspace(0, 2 * np.pi, 200)
        axes.plot(np.cos(angle), np.sin(angle), color=style.FAINT, lw=1)
        axes.set(xlabel=_("in eigenvector 1"), ylabel=_("in eigenvector 2"))
    axes.axhline(0, color=style.FAINT, lw=0.8, zorder=0)
    axes.axvline(0, color=style.FAINT, lw=0.8, zorder=0)
    colors = style.palette(n_clusters)[stages.labels] / 255
    axes.scatter(*rows.T, s=70, c=colors, ec="white", lw=0.6, zorder=3)
    box = axes.get_window_extent()
    half = 1.2 * box.width / box.height  # a circle is to be a circle
    axes.set(xlim=(-half, half), ylim=(-1.2, 1.2), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    style.heading(axes, _("5. Points in eigenspace"))


def _tinted(image, labels, n_segments):
    """Lay the colour of its segment over every pixel."""
    grey = np.atleast_3d(image).mean(axis=2, keepdims=True)
    return np.rint(0.65 * style.palette(n_segments)[labels] + 0.35 * grey).astype(np.uint8)
