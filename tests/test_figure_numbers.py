"""The line under each figure of 4.2, 4.3 and the marking of 4.5: its numbers, computed once more in another way."""

import re

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from scipy.sparse.csgraph import connected_components
from skimage import feature, filters, measure
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from seglearn import edges, graphs, images, shapes
from seglearn.clustering import k_means_steps, mean_shift, slic, spectral_stages
from seglearn.experiments.clustering import cluster_criteria
from seglearn.experiments.edges import best_scores, share_of_edges
from seglearn.figures import clustering, style
from seglearn.figures import edges as figures
from seglearn.figures.graphs import marking

BLOBS = shapes.blobs(300, rng=0)[0]


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")


def told(drawn):
    """Return the numbers in the line under a figure."""
    return [float(text.replace(",", "")) for text in re.findall(r"-?\d+(?:,\d{3})*(?:\.\d+)?", drawn.numbers)]


def pixels(drawn, panel):
    """Return what a panel shows: the array behind it."""
    return np.asarray(drawn.axes[panel].images[0].get_array())


# ---- 4.2


@pytest.mark.parametrize(("shape", "n_clusters", "noise"), [("moons", 2, 0.05), ("rings", 8, 0.1)])
def test_non_convex(shape, n_clusters, noise):
    drawn = clustering.non_convex(shape=shape, n_clusters=n_clusters, noise=noise)
    points, truth = shapes.SHAPES[shape](300, noise=noise, rng=0)
    *_, end = k_means_steps(points, n_clusters, rng=0)
    theirs = KMeans(n_clusters, init=end.centers, n_init=1).fit(points)
    ari, inertia, n = told(drawn)
    assert ari == pytest.approx(adjusted_rand_score(truth, theirs.labels_), abs=0.006)
    assert inertia == pytest.approx(theirs.inertia_, abs=0.006)
    assert n == end.iteration


@pytest.mark.parametrize("step", [1, 3, 16])
def test_k_means_on_points(step):
    drawn = clustering.k_means_on_points(step=step)
    points = BLOBS
    states = list(k_means_steps(points, 4, init="random", rng=5))
    inertia = ((points[:, None] - states[step - 1].centers) ** 2).sum(axis=2)[range(300), states[step - 1].labels].sum()
    before = states[step - 2].labels if step > 1 else np.full(300, -1)
    changed = (states[step - 1].labels != before).sum()
    assert told(drawn) == [step, len(states), pytest.approx(inertia, abs=6e-4), changed]


def test_the_start_shows_the_centres_before_they_move():
    drawn = clustering.k_means_on_points(step=0)
    start = next(k_means_steps(BLOBS, 4, init="random", rng=5)).previous_centers
    crosses = [np.asarray(c.get_offsets()) for c in drawn.axes[0].collections if len(c.get_offsets()) == 4]
    assert len(crosses) == 2
    for shown in crosses:
        np.testing.assert_allclose(shown, start)
    np.testing.assert_array_equal(drawn.answer, start)


@pytest.mark.parametrize("step", [0, 1, 5])
def test_k_means_on_photo(step):
    drawn = clustering.k_means_on_photo(step=step)
    points = images.load("coffee").reshape(-1, 3) / 255
    states = list(k_means_steps(points, 4, rng=0))
    state = states[max(step, 1) - 1]
    shown = np.rint(255 * (state.centers if step else state.previous_centers))
    np.testing.assert_array_equal(pixels(drawn, 1).reshape(-1, 3), shown[state.labels])
    if not step:
        assert told(drawn) == [4]
        return
    i, n, inertia, _changed, row, col, distance, k = told(drawn)
    assert (i, n, row, col) == (step, len(states), 120, 60)
    assert inertia == pytest.approx(((points - state.centers[state.labels]) ** 2).sum(), abs=0.06)
    apart = np.linalg.norm(state.previous_centers - images.load("coffee")[120, 60] / 255, axis=1)
    assert (distance, k) == (pytest.approx(apart.min(), abs=0.006), apart.argmin() + 1)


def test_choosing_k():
    colors = images.load("chelsea")[::7, ::7].reshape(-1, 3) / 255
    found = cluster_criteria(colors)
    inertias = [min(KMeans(k, n_init=3, random_state=0).fit(colors).inertia_, np.inf) for k in range(1, 10)]
    np.testing.assert_allclose(found.inertias, inertias, rtol=0.05)
    assert told(clustering.choosing_k()) == [found.elbow, found.silhouette, found.gap]


def test_k_means_pieces():
    points = BLOBS
    state = next(k_means_steps(points, 3, init="random", rng=6))
    squares = np.min([((points - center) ** 2).sum(axis=1) for center in state.previous_centers], axis=0)
    inertia = sum(((points[state.labels == k] - state.centers[k]) ** 2).sum() for k in range(3))
    expected = [pytest.approx(inertia, abs=0.06), pytest.approx(100 * squares.max() / squares.sum(), abs=0.06)]
    assert told(clustering.k_means_pieces()) == expected


@pytest.mark.parametrize("sigma", [0.1, 0.4])
def test_spectral_on_points(sigma):
    points, truth = shapes.moons(300, noise=0.05, rng=0)
    labels = spectral_stages(points, 2, sigma=sigma, rng=0).labels
    heavy = np.exp(-((points[:, None] - points) ** 2).sum(axis=2) / (2 * sigma**2)) > 0.1
    cut = heavy & (labels[:, None] != labels)
    by_means, spectral, links, _tenth, n_cut = told(clustering.spectral_on_points(sigma=sigma))
    assert spectral == pytest.approx(adjusted_rand_score(truth, labels), abs=0.006)
    theirs = adjusted_rand_score(truth, KMeans(2, n_init=5, random_state=0).fit(points).labels_)
    assert by_means == pytest.approx(theirs, abs=0.05)
    assert (links, n_cut) == (np.triu(heavy, 1).sum(), np.triu(cut, 1).sum())


@pytest.mark.parametrize(("shape", "sigma", "k"), [("moons", 0.1, 2), ("blobs", 0.3, 4)])
def test_spectral_inside(shape, sigma, k):
    points = shapes.SHAPES[shape](300, rng=0)[0]
    affinity = np.exp(-((points[:, None] - points) ** 2).sum(axis=2) / (2 * sigma**2)) - np.eye(300)
    roots = np.sqrt(affinity.sum(axis=1))
    values = np.linalg.eigvalsh(np.eye(300) - affinity / roots / roots[:, None])
    drawn = clustering.spectral_inside(shape=shape, sigma=sigma, n_clusters=k)
    expected = [sigma, k, values[k - 1], k + 1, values[k], values[k] - values[k - 1]]
    assert told(drawn) == [pytest.approx(value, abs=6e-4) for value in expected]


def test_spectral_on_photo():
    drawn = clustering.spectral_on_photo()
    sizes = np.bincount(drawn.answer.labels.ravel())
    n, large, small, *values = told(drawn)
    assert (n, large, small) == (drawn.answer.labels.size, sizes.max(), sizes.min())
    assert values == [pytest.approx(value, abs=6e-5) for value in drawn.answer.eigenvalues]


def test_mean_shift_on_points():
    points, at = BLOBS, np.array([0.0, 2.3])
    for _ in range(2):
        at = points[((points - at) ** 2).sum(axis=1) <= 0.64].mean(axis=0)
    near = points[((points - at) ** 2).sum(axis=1) <= 0.64]
    density = (1 - ((points - at) ** 2).sum(axis=1) / 0.64).clip(0).sum() * 2 / (np.pi * 0.64 * 300)
    step, _last, inside, length, height = told(clustering.mean_shift_on_points(step=2))
    assert (step, inside) == (2, len(near))
    assert length == pytest.approx(np.linalg.norm(near.mean(axis=0) - at), abs=6e-4)
    assert height == pytest.approx(density, abs=6e-5)


def test_mean_shift_modes():
    drawn = clustering.mean_shift_modes(step=300)
    i, n, moving, modes = told(drawn)
    assert (i, moving) == (n, 0)
    ends = drawn.answer
    apart = np.linalg.norm(ends[:, None] - ends, axis=2) < 0.5
    assert modes == len(mean_shift(BLOBS, 1.0).modes) == connected_components(apart)[0]


def test_mean_shift_on_photo():
    drawn = clustering.mean_shift_on_photo()
    before, after, row, col, *colors = told(drawn)
    stages = drawn.answer
    assert (before, after) == (len(np.unique(stages.regions)), len(np.unique(stages.labels)))
    assert colors == [*images.load("coffee")[90, 184], *stages.filtered[90, 184]]
    assert (row, col) == (90, 184)


def test_mean_shift_pieces():
    counts = told(clustering.mean_shift_pieces())
    for kernel, n in zip(("flat", "gaussian"), counts):
        at = np.array([-0.6, -0.3])
        for _ in range(int(n) + 1):
            squares = ((BLOBS - at) ** 2).sum(axis=1)
            weights = squares <= 1 if kernel == "flat" else np.exp(-squares / 2)
            last, at = at, weights @ BLOBS / weights.sum()
        assert np.linalg.norm(at - last) < 1e-2


def test_superpixels():
    labels = slic(images.load("coffee"), 250, 10)
    area = np.bincount(labels.ravel())
    theirs = [region.area for region in measure.regionprops(labels + 1)]
    k, mean, spread, _compactness, recall, error = told(clustering.superpixels())
    assert (k, mean, spread) == (len(theirs), round(np.mean(theirs)), round(np.std(theirs)))
    truth = images.ground_truth("coffee").labels
    overlap = np.array(
        [[(labels[truth == c] == s).sum() for s in range(len(area))] for c in np.unique(truth[truth < 255])]
    )
    inside = overlap.sum(axis=0)
    leak = np.minimum(overlap, inside - overlap).sum() / (truth < 255).sum()
    assert error == pytest.approx(leak, abs=0.01)
    assert 0.8 < recall <= 1


def test_search_windows():
    ours, n = told(clustering.search_windows())[2:4]
    theirs, n_lloyd = told(clustering.search_windows())[:2]
    image = images.load("coffee")[::2, ::2]
    assert theirs == n_lloyd * 100 * image.shape[0] * image.shape[1]
    assert n == 5
    side = 2 * told(clustering.search_windows())[-1] + 1
    assert ours <= n * 100 * side**2 * 1.05
    assert told(clustering.search_windows())[4] == pytest.approx(theirs / n_lloyd / (ours / n), abs=0.51)


def test_slic_pieces():
    drawn = clustering.slic_pieces()
    before, end = drawn.answer[-2], drawn.answer[-1]
    n_pieces = sum(ndimage.label(before.labels == k)[1] for k in np.unique(before.labels))
    assert told(drawn)[2:] == [n_pieces, len(np.unique(end.labels))]


# ---- 4.3


def test_high_pass():
    passed, noise, found, _by_chance = told(figures.high_pass())
    photo = images.load("camera") / 255
    left = photo - photo.mean()
    filtered = edges.high_pass(photo, 0.1)
    assert passed == pytest.approx(100 * (filtered**2).mean() / (left**2).mean(), abs=0.06)
    white = np.random.default_rng(0).standard_normal((512, 512))
    white = (white - white.mean()) / 8 / np.abs(white).max() + 0.5
    assert noise == pytest.approx(100 * edges.high_pass(white, 0.1).var() / white.var(), abs=0.5)
    assert found == pytest.approx(100 * share_of_edges(images.load("camera")), abs=0.6)


@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_operators(threshold):
    drawn = figures.operators(threshold=threshold)
    photo = images.load("camera") / 255
    theirs = [filters.roberts(photo), filters.sobel(photo), filters.prewitt(photo)]
    if threshold:
        expected = [100 * (answer > threshold * answer.max()).mean() for answer in theirs]
        assert told(drawn)[1:] == [pytest.approx(value, abs=0.2) for value in expected]
    else:
        row, col, _gradient, *answers = told(drawn)
        assert (row, col) == (420, 147)
        assert answers[1:] == [pytest.approx(answer[420, 147], abs=6e-3) for answer in theirs[1:]]


def test_derivatives():
    values = told(figures.derivatives())
    np.testing.assert_allclose(values[:2], [0.016, 0], atol=6e-4)  # Kirsch: 24 / 15 of the slope of 1 / 100
    np.testing.assert_allclose(values[2:4], [1.6 / 20, 0], atol=6e-4)
    np.testing.assert_allclose(values[4:], [1, 1], atol=6e-4)


def test_canny_stages():
    drawn = figures.canny_stages()
    stages = edges.canny_stages(images.load("camera"), 1.4, 0.2, 0.8)
    high, strong, low, weak, kept, dropped = told(drawn)
    assert (high, low, strong) == (0.8, 0.2, stages.strong.sum())
    assert weak == (stages.weak & ~stages.strong).sum() == kept + dropped
    theirs = feature.canny(images.load("camera") / 255, 1.4, 0.2, 0.8)
    assert strong + kept == pytest.approx(theirs.sum(), rel=0.01)


def test_canny_shows_the_direction_as_a_hue():
    """Red to the right, where 0 degrees are; then yellow, green and so on, clockwise, since rows count downwards."""
    step = np.zeros((40, 40))
    step[:, 20:] = 1
    for turns, color in enumerate(((255, 38, 38), (147, 255, 38), (38, 255, 255), (147, 38, 255))):
        stages = edges.canny_stages(np.rot90(step, -turns), 1.0)
        shown = figures_canny().colored(stages, 3)
        at = np.unravel_index(stages.magnitude.argmax(), stages.magnitude.shape)
        np.testing.assert_allclose(255 * shown[at], color, atol=3)


def figures_canny():
    from importlib import import_module

    return import_module("seglearn.figures.edges.canny")


def test_canny_colours_strong_weak_and_dropped():
    drawn = figures.canny_stages(stage=6)
    stages = edges.canny_stages(images.load("camera"), 1.4, 0.2, 0.8)
    shown = pixels(drawn, 1)
    colors = {name: np.rint(255 * np.array(style.matplotlib.colors.to_rgb(c))) for name, c in
              (("strong", style.EDGE), ("weak", "#56B4E9"), ("dropped", "#555555"))}  # fmt: skip
    np.testing.assert_array_equal((shown == colors["strong"]).all(axis=2), stages.strong)
    np.testing.assert_array_equal((shown == colors["weak"]).all(axis=2), stages.edges & ~stages.strong)
    np.testing.assert_array_equal((shown == colors["dropped"]).all(axis=2), stages.weak & ~stages.edges)


def test_trace_contour():
    drawn = figures.trace_contour(step=10**6)
    contour = drawn.answer
    n, last, row, col, _examined = told(drawn)
    assert n == last == len(contour)
    assert (row, col) == tuple(contour[0])  # closed: back at the start
    mask = ndimage.gaussian_filter(images.load("coins") / 255, 1.0) >= 0.44
    pieces, _n = ndimage.label(np.pad(mask, 1), np.ones((3, 3)))
    inside = pieces[contour[0][0] + 1, contour[0][1] + 1]
    rows, cols = contour.T + 1
    assert (pieces[rows, cols] == inside).mean() > 0.97  # their Gaussian is cut off elsewhere


def test_compare_operators():
    precision, recall, f, top = told(figures.compare_operators(noise=0.2, operator="sobel"))
    scores = best_scores("coins", 0.2)
    assert [precision, recall, f] == [pytest.approx(value, abs=0.006) for value in scores["sobel"][:3]]
    assert f == pytest.approx(2 * precision * recall / (precision + recall), abs=0.01)
    assert top == pytest.approx(max(score[2] for score in scores.values()), abs=0.006)


def test_every_figure_of_these_chapters_is_here():
    for room in (clustering, figures):
        for name in room.__all__:
            assert f"test_{name}" in globals(), name


# ---- 4.5: what the reader marks

STROKES = (("foreground", 3, ((14, 4), (20, 12))), ("background", 4, ((2, 2), (2, 17))))


@pytest.fixture
def own_photo(tmp_path):
    """A noisy block on a noisy ground, 20 rows and 30 columns."""
    noise = np.random.default_rng(0).normal(size=(20, 30, 3))
    picture = np.full((20, 30, 3), 90.0)
    picture[3:14, 12:24] = 150
    path = tmp_path / "block.png"
    Image.fromarray(np.clip(picture + 30 * noise, 0, 255).astype(np.uint8)).save(path)
    return path.as_posix()


def marks_of_both():
    """STROKES once more: the pixels within half a width of a straight line between the points."""
    rows, cols = np.mgrid[:20, :30]
    along = np.clip(((cols - 14) * 6 + (rows - 4) * 8) / 100, 0, 1)
    foreground = np.hypot(cols - 14 - 6 * along, rows - 4 - 8 * along) <= 1.5
    background = np.hypot(cols - 2, rows - np.clip(rows, 2, 17)) <= 2
    return foreground, background


def test_scribble(own_photo):
    foreground, background = marks_of_both()
    masks = set()
    for smoothness, sigma in ((50, 0.1), (8, 0.3), (8, 0.1)):
        drawn = marking.scribble(photo=own_photo, strokes=STROKES, smoothness=smoothness, sigma=sigma)
        mask = graphs.graph_cut(images.load(own_photo), foreground, background, smoothness=smoothness, sigma=sigma)
        np.testing.assert_array_equal(drawn.answer, mask)
        assert told(drawn) == [foreground.sum(), background.sum(), pytest.approx(100 * mask.mean(), abs=0.06)]
        masks.add(mask.tobytes())
    assert len(masks) == 3
    for one in STROKES:
        assert "one side has no marks" in marking.scribble(photo=own_photo, strokes=(one,)).numbers


@pytest.mark.parametrize(("step", "iteration"), [(0, 1), (1, 1), (2, 2), (99, -1)])
def test_grab_cut(own_photo, step, iteration):
    foreground, background = marks_of_both()
    rectangle, strokes = (1, 8, 17, 28), [list(stroke) for stroke in STROKES]  # lists: as the browser sends them
    sides = dict(zip(("top", "left", "bottom", "right"), rectangle))
    anew = {"after": "learn anew", "n_components": 3}
    drawn = marking.grab_cut(photo=own_photo, strokes=strokes, step=step, **anew, **sides)
    options = {"foreground": foreground, "background": background, "n_components": 3}
    states = list(graphs.grab_cut_steps(images.load(own_photo), rectangle, **options))
    state = states[iteration - 1 if iteration > 0 else -1]
    used = np.count_nonzero(state.foreground_model.weights)
    energy, share = pytest.approx(state.energy, abs=0.51), pytest.approx(100 * state.mask.mean(), abs=0.06)
    assert told(drawn) == [state.iteration, len(states), energy, state.n_changed, used, share]
    assert drawn.last == len(states)
    np.testing.assert_array_equal(drawn.answer, state.mask)


@pytest.mark.parametrize(("step", "iteration"), [(0, 1), (2, 2), (99, 5)])
def test_grab_cut_touched_up(own_photo, step, iteration):
    foreground, background = marks_of_both()
    rectangle = (1, 8, 17, 28)
    sides = dict(zip(("top", "left", "bottom", "right"), rectangle))
    drawn = marking.grab_cut(photo=own_photo, strokes=STROKES, n_components=3, step=step, **sides)
    plain = marking.grab_cut(photo=own_photo, n_components=3, step=step, **sides)
    cutter = graphs.GrabCutter(images.load(own_photo), rectangle, n_components=3)
    mask = cutter.cut(foreground, background, iteration=iteration)
    np.testing.assert_array_equal(drawn.answer, mask)
    moved = np.count_nonzero(mask != cutter.states[iteration - 1].mask)
    share = pytest.approx(100 * mask.mean(), abs=0.06)
    assert told(drawn) == [*told(plain)[:-1], share, moved]
    assert moved > 0


def test_the_components_told_are_those_that_the_foreground_uses(tmp_path):
    """Of four, two: the block's grey and, in the rectangle beside it, the ground's."""
    picture = np.full((20, 30), 90, np.uint8)
    picture[3:14, 12:24] = 150
    Image.fromarray(picture).save(tmp_path / "flat.png")
    sides = {"top": 1, "left": 8, "bottom": 17, "right": 28}
    drawn = marking.grab_cut(photo=(tmp_path / "flat.png").as_posix(), n_components=4, step=1, **sides)
    assert told(drawn)[3:] == [16 * 20 - 11 * 12, 2, 22.0]


@pytest.mark.parametrize(
    ("drawn", "inside"),
    [
        ((0, 0, 1024, 1024), (0, 0, 20, 29)),
        ((5, 9, 5, 3), (5, 9, 6, 10)),
        ((900, 900, 1000, 1000), (19, 29, 20, 30)),
        ((2, 3, 11, 14), (2, 3, 11, 14)),
    ],
)
def test_a_rectangle_is_brought_into_the_picture(own_photo, drawn, inside):
    sides = dict(zip(("top", "left", "bottom", "right"), drawn))
    assert f", {inside}, n_components=" in marking.grab_cut(photo=own_photo, n_components=1, **sides).call
