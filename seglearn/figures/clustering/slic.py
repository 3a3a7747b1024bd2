"""The figures of section 4.2.4: SLIC and its superpixels."""

from typing import Annotated

import numpy as np
from matplotlib.colors import to_rgb
from skimage.measure import label

from seglearn import images, metrics
from seglearn.experiments.clustering import five
from seglearn.figures import style
from seglearn.figures.call import call, photograph
from seglearn.figures.controls import Choice, Photo, Range, Step, figure
from seglearn.words import _, mark

COMPACTNESS = Range(1, 80, words=mark("weight of place, m"))
PIXEL = Range(0, 319, words=mark("a pixel of the chosen cluster, or click"))
LADDER = (10, 20, 30, 50, 70, 100, 150, 200, 300, 400)  # numbers of clusters at which figure 4-4 counts distances
LONGEST = 320  # pixels a side in figure 4-4


@figure(
    "4.2-f (i)",
    mark("A photograph as superpixels"),
    presets={
        mark("the seeds"): {"step": 0},
        mark("few and large"): {"n_segments": 60},
        mark("clinging to contours, m = 1"): {"compactness": 1},
        mark("almost squares, m = 80"): {"compactness": 80},
        mark("SLICO: an m for each superpixel"): {"adaptive": True},
        mark("before the crumbs are joined"): {"compactness": 5, "step": 10},
        mark("a grey photograph"): {"photo": "coins"},
    },
)
def superpixels(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    n_segments: Annotated[int, Range(10, 1000, 10, mark("number of superpixels, K"))] = 250,
    compactness: Annotated[int, COMPACTNESS] = 10,
    adaptive: Annotated[bool, Choice((False, True), mark("find m by itself (SLICO)"))] = False,
    step: Annotated[int, Step(mark("iteration"))] = 100,
):
    """Figure 4.2-f: boundaries over the photograph, and every superpixel in its mean colour."""
    image = images.load(photo)
    parts = {"photo": photograph(photo), "k": n_segments, "m": compactness, "more": ", adaptive=True" * adaptive}
    # A dozen label maps, since one comes from the other and all take 60 ms.
    states = call("list(slic_steps({photo}, {k}, {m}{more!s}))", **parts).value
    step = min(step, len(states) - 1)
    state = states[step]
    if state.connected:
        run = call("slic({photo}, {k}, {m}{more!s})", **parts)
    else:
        run = call("list(slic_steps({photo}, {k}, {m}{more!s}))[{step}].labels", **parts, step=step)

    drawn, (left, right) = style.panels((image.shape, image.shape))
    flat = _mean_colors(image, state.labels)
    if state.connected:
        titles = _("{k} superpixels").format(k=len(state.centers)), _("Each in its mean colour")
        area = np.bincount(state.labels.ravel())
        numbers = _("{k} superpixels of {mean:.0f} ± {spread:.0f} pixels, compactness {co:.2f}").format(
            k=len(area), mean=area.mean(), spread=area.std(), co=metrics.compactness(state.labels)
        ) + _against_truth(photo, state.labels)
    elif step:
        changed = state.labels != states[step - 1].labels
        flat = _marked(flat, changed)
        titles = _("Iteration {i}: the centres and their pixels").format(i=step), _("Pixels that changed superpixel")
        numbers = _(
            "iteration {i} of {n}: {part:.1%} of the pixels changed superpixel, "
            "the centres moved {move:.2f} pixels on average"
        ).format(i=step, n=len(states) - 2, part=changed.mean(), move=state.movement)
    else:
        titles = _("The start: {k} seeds").format(k=n_segments), _("Cells of the grid in their mean colours")
        numbers = _("the seeds stand about S = {s:.1f} pixels apart; each centre will search a square of 2S").format(
            s=state.interval
        )
    style.picture(left, image, titles[0], state.labels)
    if not state.connected:
        _dots(left, state.centers)
    style.picture(right, flat, titles[1])
    return style.tell(
        drawn,
        call=run,
        answer=state.labels,
        numbers=numbers,
        alt=_(
            "Left: the photograph “{photo}” with the boundaries of {k} superpixels. Right: the same in mean colours."
        ).format(photo=photo, k=len(state.centers)),
        last=len(states) - 1,
    )


@figure(
    "4-4",
    mark("K-Means searches the whole picture, SLIC only 2S × 2S"),
    presets={
        mark("few clusters"): {"n_segments": 20},
        mark("many clusters"): {"n_segments": 400},
        mark("at the border of the picture"): {"row": 0, "col": 0},
        mark("place counts little: K-Means roams"): {"compactness": 1, "row": 90, "col": 120},
    },
    gesture={"point": ("col", "row")},
)
def search_windows(
    *,
    photo: Annotated[str, Photo(words=mark("picture"))] = "coffee",
    n_segments: Annotated[int, Range(10, 400, 10, mark("number of clusters, K"))] = 100,
    compactness: Annotated[int, COMPACTNESS] = 10,
    row: Annotated[int, PIXEL] = 100,
    col: Annotated[int, PIXEL] = 225,
    max_iter: Annotated[int, Range(1, 10, words=mark("iterations"))] = 5,
):
    """Figure 4-4: the same seeds in the same five dimensions; only the search differs, and its cost."""
    small = _small(photo)
    image = small.value
    height, width = image.shape[:2]
    row, col = min(row, height - 1), min(col, width - 1)
    run = call(
        "experiments.clustering.compare_search({image}, {k}, {m}, {n})",
        image=small, k=n_segments, m=compactness, n=max_iter,
    )  # fmt: skip
    lloyd, n_iter, before, state = run.value.labels, run.value.n_iter, run.value.before, run.value.state
    center, s = before.centers[state.labels[row, col]], state.interval
    theirs, ours = n_segments * height * width, state.n_distances / state.iteration  # all pairs; as counted

    drawn, (left, right, plot) = style.panels((image.shape, image.shape, 1.4))
    frame = (-0.5, width - 0.5, -0.5, height - 0.5)
    window = (
        max(center[4] - s, frame[0]), min(center[4] + s, frame[1]),
        max(center[3] - s, frame[2]), min(center[3] + s, frame[3]),
    )  # fmt: skip
    for axes, labels, box, title in (
        (left, lloyd, frame, _("K-Means searches all of it")),
        (right, state.labels, window, _("SLIC searches 2S × 2S")),
    ):
        rows, cols = np.indices(labels.shape)
        seen = (cols >= box[0]) & (cols <= box[1]) & (rows >= box[2]) & (rows <= box[3])
        shown = _rgb(image) // np.where(seen, 1, 3).astype(np.uint8)[..., None]
        mine = labels == labels[row, col]
        shown[mine] = shown[mine] // 3 + _color(style.SEED) // 3 * 2
        style.picture(axes, shown, title, mine)
        _box(axes, *box)
    style.crosshair(left, col, row)
    _dots(right, center[None], size=50)
    plot.plot(LADDER, LADDER, color=style.INK, lw=2)
    each = call("experiments.clustering.distances_each({image}, {ks}, {m})", image=small, ks=LADDER, m=compactness)
    plot.plot(LADDER, each.value, color=style.NOW, lw=2)
    each = theirs / state.labels.size, ours / state.labels.size
    plot.plot([n_segments] * 2, each, "o-", mfc="white", color=style.SEED, ms=10, mew=2.5)
    plot.text(395, 190, "K-Means", ha="right", va="center", color=style.INK)
    plot.text(395, 6.2, "SLIC", ha="right", va="center", color=style.NOW)
    plot.set(xlim=(0, 425), ylim=(1, 700), yscale="log", yticks=[1, 10, 100], yticklabels=["1", "10", "100"])
    plot.minorticks_off()
    plot.set(xlabel=_("number of clusters, K"), ylabel=_("per pixel"))
    style.heading(plot, _("Distances in one iteration"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "distances computed: K-Means {theirs:,} (iterations: {n}), SLIC {ours:,} ({m}), {ratio:.0f} times "
            "fewer in each; S = {s:.1f}"
        ).format(theirs=theirs * n_iter, n=n_iter, ours=state.n_distances, m=state.iteration, ratio=theirs / ours, s=s),
        alt=_(
            "Left: “{photo}” and one cluster of K-Means, whose centre searches the whole picture. Right: the same for "
            "SLIC, whose centre searches a square. Beside: distances in one iteration, growing with K and flat."
        ).format(photo=photo),
    )


@figure("4.2-f (ii)", mark("What the exercises build: interval, distance, pieces"))
def slic_pieces(
    *,
    n_segments: Annotated[int, Range(20, 400, 10, mark("number of superpixels, K"))] = 60,
    compactness: Annotated[int, COMPACTNESS] = 10,
    cluster: Annotated[int, Range(0, 19, words=mark("whose window is shown"))] = 13,
):
    """The pieces of SLIC, each alone: the seeds, one centre's distances, the crumbs before they are joined."""
    small = _small("coffee")
    image = small.value
    run = call("list(slic_steps({image}, {k}, {m}))", image=small, k=n_segments, m=compactness)
    first, before, end = run.value[0], run.value[-2], run.value[-1]
    s, seed = first.interval, first.centers[cluster]
    scale = np.array([compactness] * 3 + [s] * 2)
    distance = np.sqrt((((five(image) - seed) / scale) ** 2).sum(axis=1)).reshape(before.labels.shape)
    top, left = np.maximum(np.ceil(seed[3:] - s), 0).astype(int)
    bottom, right = np.minimum(np.floor(seed[3:] + s) + 1, distance.shape).astype(int)
    window = distance[top:bottom, left:right]
    n_pieces = label(before.labels, connectivity=1, background=-1).max()

    drawn, (seeds, near, pieces) = style.panels((image.shape, window.shape, image.shape))
    style.picture(seeds, image, _("interval and window"))
    _dots(seeds, first.centers)
    _box(seeds, left - 0.5, right - 0.5, top - 0.5, bottom - 0.5)
    style.picture(near, window / window.max(), _("distance: dark is near"))
    _dots(near, seed[None] - [0, 0, 0, top, left], size=50)
    flat = _marked(_mean_colors(image, before.labels), _crumbs(end.labels, before.labels))
    style.picture(pieces, flat, _("n_pieces: crumbs are marked"))
    return style.tell(
        drawn,
        call=run,
        numbers=_(
            "S = {s:.1f}; in the window D' reaches {far:.1f}; {n} pieces before the crumbs are joined, {k} after"
        ).format(s=s, far=window.max(), n=n_pieces, k=len(end.centers)),
        alt=_(
            "Three panels of “coffee”: {k} seeds and the window of one; its distances within the window; the crumbs "
            "that are cut off from their superpixel."
        ).format(k=n_segments),
    )


def _small(photo):
    """Return the call for every n-th pixel of a photograph: K-Means in five dimensions would take seconds on all."""
    stride = -(-max(images.load(photo).shape[:2]) // LONGEST)
    return call("{photo}[::{n}, ::{n}]", photo=photograph(photo), n=stride)


def _against_truth(photo, labels):
    """Say how well superpixels fit what a person drew, if a person drew it."""
    try:
        truth = images.ground_truth(photo).labels
    except ValueError:
        return ""
    recall, error = metrics.boundary_recall(labels, truth), metrics.undersegmentation_error(labels, truth)
    return _("; boundary recall {recall:.2f}, undersegmentation error {error:.3f}").format(recall=recall, error=error)


def _crumbs(joined, labels):
    """Mark the pixels that left their superpixel when the pieces were joined (which also numbered them anew)."""
    n_labels = labels.max() + 1
    shared = np.bincount(joined.ravel() * n_labels + labels.ravel(), minlength=(joined.max() + 1) * n_labels)
    return shared.reshape(-1, n_labels).argmax(axis=1)[joined] != labels


def _mean_colors(image, labels):
    """Return the picture, RGB, with every label in its mean colour."""
    area = np.maximum(np.bincount(labels.ravel()), 1)
    channels = _rgb(image).reshape(-1, 3).T
    means = np.stack([np.bincount(labels.ravel(), channel) / area for channel in channels], axis=1)
    return np.rint(means).astype(np.uint8)[labels]


def _marked(image, mask):
    """Return a pale grey copy of a picture, RGB, with some pixels in the colour of what happens now."""
    pale = np.repeat(image.mean(axis=2, keepdims=True) / 2 + 127, 3, axis=2).astype(np.uint8)
    pale[mask] = _color(style.NOW)
    return pale


def _dots(axes, centers, size=14):
    axes.scatter(centers[:, 4], centers[:, 3], s=size, c=style.SEED, ec="white", lw=0.8, zorder=3)


def _box(axes, left, right, top, bottom):
    """Draw a search window so that it shows on dark and on light."""
    for width, color in ((5, "white"), (2.5, style.NOW)):
        corners = [left, right, right, left, left], [top, top, bottom, bottom, top]
        axes.plot(*corners, color=color, lw=width, solid_joinstyle="miter")


def _rgb(image):
    return np.dstack([image] * 3) if image.ndim == 2 else image


def _color(color):
    return np.rint(255 * np.array(to_rgb(color))).astype(np.uint8)
