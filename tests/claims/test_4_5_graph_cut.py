"""What the lecture claims of graph cuts in 4.5.2: C34 to C37."""

import itertools

import numpy as np
import pytest

from seglearn import images
from seglearn.experiments.graphs import hair, object_of, overlap, painted, rectangle_around, scribbles
from seglearn.graphs import grab_cut, graph_cut, graph_cut_steps, grid_max_flow, max_flow

STEPS = [(0, 1), (1, 0), (1, 1), (1, -1)]


def cut_value(side, from_source, to_sink, links):
    """The links that a division of the pixels cuts, summed pixel by pixel."""
    total = from_source[~side].sum() + to_sink[side].sum()
    for link, (down, right) in zip(links, STEPS):
        for row, col in np.ndindex(side.shape):
            r, c = row + down, col + right
            if r < side.shape[0] and 0 <= c < side.shape[1] and side[row, col] != side[r, c]:
                total += link[row, col]
    return total


@pytest.mark.parametrize("seed", range(4))
def test_c34_the_smallest_of_all_4096_cuts_is_the_largest_flow(seed):
    rng = np.random.default_rng(seed)
    network = 10 * rng.random((3, 4)), 10 * rng.random((3, 4)), 5 * rng.random((4, 3, 4))
    sides = [np.reshape(bits, (3, 4)) for bits in itertools.product((False, True), repeat=12)]
    values = np.array([cut_value(side, *network) for side in sides])
    state = grid_max_flow(*network)
    assert len(values) == 4096
    assert state.value == pytest.approx(values.min())
    np.testing.assert_array_equal(state.side, sides[int(np.argmin(values))])
    assert np.median(values) > 1.5 * values.min()


@pytest.mark.parametrize(("smoothness", "wrong"), [(0, 2), (1, 0), (5, 6)])
def test_c34_every_cut_weighs_the_energy_of_its_mask_and_the_least_need_not_be_the_true_border(smoothness, wrong):
    """The notebook's 3 x 4 picture: the energy by its formula, pixel by pixel, the cut in the network of 14 nodes."""
    rng = np.random.default_rng(0)
    drawn = np.repeat([[True, True, False, False]], 3, axis=0)
    z = np.where(drawn, 0.7, 0.3) + 0.2 * rng.normal(size=(3, 4))
    costs = [(z - mean) ** 2 / (2 * 0.2**2) for mean in (0.7, 0.3)]
    capacity, pairs = np.zeros((14, 14)), []
    capacity[12, :12], capacity[:12, 13] = costs[1].ravel(), costs[0].ravel()
    for a, b in itertools.combinations(np.ndindex(3, 4), 2):
        distance = np.hypot(a[0] - b[0], a[1] - b[1])
        if distance < 1.5:
            pairs.append((a, b, np.exp(-((z[a] - z[b]) ** 2) / (2 * 0.2**2)) / distance))
            p, q = 4 * a[0] + a[1], 4 * b[0] + b[1]
            capacity[p, q] = capacity[q, p] = smoothness * pairs[-1][2]
    energies = []
    for bits in itertools.product((False, True), repeat=12):
        mask, side = np.reshape(bits, (3, 4)), np.array([*bits, True, False])
        boundary = sum(summand for a, b, summand in pairs if mask[a] != mask[b])
        energies.append(np.where(mask, *costs).sum() + smoothness * boundary)
        assert capacity[side][:, ~side].sum() == pytest.approx(energies[-1])
    state = max_flow(capacity, 12, 13)
    assert state.value == pytest.approx(min(energies))
    assert (state.side[:12] != drawn.ravel()).sum() == wrong
    assert np.sort(energies)[1] > min(energies) + 0.05  # so the least is one mask, on every machine


@pytest.mark.parametrize("name", ["coffee", "chelsea", "camera"])
def test_c34_the_energy_of_the_trees_is_never_below_the_flow_and_equals_it_at_the_end(name):
    photo = images.reduced(images.load(name), 64)
    marks = np.zeros((2, *photo.shape[:2]), bool)
    marks[0, 20:24, 20:30] = marks[1, :2] = True
    states = list(graph_cut_steps(photo, *marks, every=200))
    assert all(state.energy >= state.flow - 1e-6 for state in states)
    assert all(one.flow <= other.flow for one, other in itertools.pairwise(states))
    assert states[-1].energy == pytest.approx(states[-1].flow)


@pytest.mark.parametrize("name", ["coffee", "chelsea", "camera"])
def test_c34_the_flow_is_the_energy_and_no_single_pixel_can_lower_it(name):
    photo = images.reduced(images.load(name), 64)
    wanted, _ = object_of(name)
    block = -(-max(wanted.shape) // 64)
    wanted = wanted[block // 2 :: block, block // 2 :: block][: photo.shape[0], : photo.shape[1]]
    photo = photo[: wanted.shape[0], : wanted.shape[1]]
    rng = np.random.default_rng(0)
    marks = scribbles(wanted, 3, rng), scribbles(~wanted, 3, rng)
    *_, last = graph_cut_steps(photo, *marks)
    assert last.flow == pytest.approx(last.energy)
    assert last.energy == pytest.approx(last.region + 50 * last.boundary)
    values = photo.reshape(*wanted.shape, -1) / 255
    for row, col in rng.integers(1, np.array(wanted.shape) - 1, (200, 2)):
        if marks[0][row, col] or marks[1][row, col]:
            continue
        sides = (last.foreground_cost[row, col], last.background_cost[row, col])
        change = sides[int(last.mask[row, col])] - sides[int(not last.mask[row, col])]
        for down, right in [*STEPS, *((-d, -r) for d, r in STEPS)]:
            square = ((values[row, col] - values[row + down, col + right]) ** 2).sum()
            link = 50 * np.exp(-square / 0.02) / np.hypot(down, right)
            same = last.mask[row, col] == last.mask[row + down, col + right]
            change += link if same else -link
        assert change >= -1e-9


def test_c35_the_same_graph_segments_colour_and_colour_tells_more():
    """Two colours of one brightness: their grey picture says nothing, and the colours part them without an error."""
    rng = np.random.default_rng(0)
    inside = np.hypot(*np.mgrid[-30:30, -30:30]) < 18
    red, green = np.array([0.6, 0.25, 0.3]), np.array([0.25, 0.0, 0.3])
    green[1] = 0.25 + (0.2125 * (red[0] - green[0])) / 0.7154  # as bright as the red
    picture = np.clip(np.where(inside[..., None], red, green) + 0.02 * rng.normal(size=(60, 60, 3)), 0, 1)
    marks = np.zeros((2, 60, 60), bool)
    marks[0, 28:32, 20:40] = marks[1, 2:5] = True
    assert overlap(graph_cut(picture, *marks), inside) > 0.99
    np.testing.assert_array_equal(graph_cut(images.grey(picture), *marks), marks[0])  # the marks alone


def test_c35_on_photographs():
    """Colour and grey, the same five sets of marks: on two of three photographs colour is better, on one the same."""
    gains = []
    for name in ("coffee", "flower", "chelsea"):
        photo = images.load(name)[::2, ::2]
        wanted, decided = (mask[::2, ::2] for mask in object_of(name))
        scores = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            marks = scribbles(wanted, rng=rng), scribbles(~wanted & decided, rng=rng)
            masks = graph_cut(photo, *marks), graph_cut(images.grey(photo), *marks)
            scores.append([overlap(mask, wanted, decided) for mask in masks])
        colour, grey = np.mean(scores, axis=0)
        assert colour > 0.8
        gains.append(colour - grey)
    assert gains[0] > 0.04
    assert abs(gains[1]) < 0.005
    assert gains[2] > 0.06


@pytest.mark.parametrize("name", ["coffee", "camera"])
def test_c36_without_marks_the_trivial_cut_wins(name):
    """Of the links between pixels alone the cheapest cut is none: everything on one side, for nothing."""
    photo = images.grey(images.load(name))[::4, ::4] / 255
    right = 50 * np.exp(-(np.diff(photo, axis=1, append=0) ** 2) / 0.02)
    below = 50 * np.exp(-(np.diff(photo, axis=0, append=0) ** 2) / 0.02)
    nothing = np.zeros(photo.shape)
    state = grid_max_flow(nothing, nothing, [right, below])
    assert state.value == 0
    assert not state.side.any()
    seed = nothing.copy()
    seed[20:30, 40:50] = 1e6
    one_sided = grid_max_flow(seed, nothing, [right, below])
    assert one_sided.value == 0
    assert one_sided.side.all()
    for marks, missing in (((seed > 0, nothing), "background"), ((nothing, seed > 0), "foreground")):
        with pytest.raises(ValueError, match=f"{missing}: expected at least one marked pixel"):
            graph_cut(photo, *marks)


def test_c36_colour_models_from_elsewhere_need_no_mark():
    """Two greys that are known: the t-links part the picture by themselves."""
    drawn = np.repeat([[True, True, True, False, False]], 4, axis=0)
    photo = np.where(drawn, 0.7, 0.3) + 0.02 * np.random.default_rng(0).normal(size=drawn.shape)
    costs = [(photo - mean) ** 2 / (2 * 0.1**2) for mean in (0.7, 0.3)]
    links = (
        np.exp(-(np.diff(photo, axis=1, append=0) ** 2) / 0.02),
        np.exp(-(np.diff(photo, axis=0, append=0) ** 2) / 0.02),
    )
    np.testing.assert_array_equal(grid_max_flow(costs[1], costs[0], links).side, drawn)


def test_c36_one_mark_a_side_is_enough_for_an_answer_and_more_marks_for_a_good_one():
    photo, (wanted, decided) = images.load("coffee")[::2, ::2], (mask[::2, ::2] for mask in object_of("coffee"))
    means = []
    for n_strokes in (1, 10):
        scores = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            marks = scribbles(wanted, n_strokes, rng), scribbles(~wanted & decided, n_strokes, rng)
            scores.append(overlap(graph_cut(photo, *marks), wanted, decided))
        means.append(np.mean(scores))
    assert means[1] > means[0] + 0.1
    assert means[1] > 0.75


@pytest.mark.parametrize("name", ["coffee", "flower", "chelsea"])
def test_c36_grab_cut_needs_a_rectangle_alone(name):
    photo, (wanted, decided) = images.load(name)[::2, ::2], (mask[::2, ::2] for mask in object_of(name))
    rectangle = rectangle_around(wanted, 4)
    box = np.zeros(wanted.shape, bool)
    box[rectangle[0] : rectangle[2], rectangle[1] : rectangle[3]] = True
    assert overlap(grab_cut(photo, rectangle), wanted, decided) > max(0.8, overlap(box, wanted, decided) + 0.1)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("coffee", 0.05, 0.2),
        ("flower", -0.005, 0.005),
        ("chelsea", -0.1, -0.02),
        ("camera", 0.01, 0.1),
        ("rocket", 0.4, 1),
    ],
)
def test_c36_grab_cut_against_ten_strokes_a_side(name, least, most):
    """What a rectangle gains over the mean of five sets of strokes; on the rocket strokes keep it whole, and ground."""
    photo, (wanted, decided) = images.load(name)[::2, ::2], (mask[::2, ::2] for mask in object_of(name))
    scores = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        mask = graph_cut(photo, scribbles(wanted, rng=rng), scribbles(~wanted & decided, rng=rng))
        scores.append(overlap(mask, wanted, decided))
        assert name != "rocket" or mask[wanted].mean() > 0.99
    gain = overlap(grab_cut(photo, rectangle_around(wanted, 4)), wanted, decided) - np.mean(scores)
    assert least < gain < most


@pytest.mark.parametrize("smoothness", [5, 50, 200])
def test_c37_no_weight_of_the_boundary_mends_it(smoothness):
    """Figure 4.5-c: the best mask is off by 0.30 on mixed pixels, the cut by a tenth more."""
    picture = hair(160, 150, 0)
    marks = painted((160, 160), [("foreground", 9, ((80, 95), (80, 140))), ("background", 9, ((3, 3), (156, 3)))])
    *_, state = graph_cut_steps(picture.image, marks == 1, marks == 2, smoothness=smoothness)
    soft = (picture.alpha > 0) & (picture.alpha < 1)
    assert np.minimum(picture.alpha, 1 - picture.alpha)[soft].mean() == pytest.approx(0.298, abs=0.002)
    assert 0.38 < np.abs(state.mask - picture.alpha)[soft].mean() < 0.42
    assert np.isclose(state.foreground_cost, state.background_cost)[soft].mean() > 0.9
    assert 0.3 < state.mask[soft].mean() < 0.45


@pytest.mark.parametrize("seed", range(3))
def test_c37_a_hard_mask_loses_hair(seed):
    """Where the true transparency lies between 0 and 1, a mask is off by 0.3 and more; elsewhere it is right."""
    picture = hair(rng=seed)
    marks = np.zeros((2, *picture.alpha.shape), bool)
    marks[0, 100:140, 75:85] = marks[1, :8] = True
    mask = graph_cut(picture.image, *marks)
    assert mask.dtype == bool
    error = np.abs(mask - picture.alpha)
    soft = (picture.alpha > 0) & (picture.alpha < 1)
    assert error[soft].mean() > 0.3
    assert error[~soft].mean() < 0.05
    assert error[soft].sum() > 5 * error[~soft].sum()
    best = picture.alpha > 0.5  # even the best mask there is
    assert np.abs(best - picture.alpha)[soft].mean() > 0.2
