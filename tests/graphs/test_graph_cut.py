"""Graph cut: by hand, against every mask of small pictures, PyMaxflow on photographs, and what every state promises."""

import inspect
import itertools
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglearn import images
from seglearn.graphs import GraphCutter, graph_cut, graph_cut_network, graph_cut_steps, grid_max_flow

energy, cuts = (import_module(f"seglearn.graphs.{name}") for name in ("energy", "graph_cut"))
some = settings(deadline=None, max_examples=25, derandomize=True)
STEPS = [(0, 1), (1, 0), (1, 1), (1, -1)]


def problem(seed, shape=(3, 4), colors=True):
    """A small picture of two noisy halves, a mark or two on each side, a smoothness and a sigma."""
    rng = np.random.default_rng(seed)
    image = np.where(np.arange(shape[1]) < rng.integers(1, shape[1]), 0.3, 0.7)
    image = image[:, None] * np.ones(3) if colors else image
    image = np.clip(image + rng.choice([0.05, 0.3]) * rng.normal(size=(*shape, 3) if colors else shape), 0, 1)
    marks = rng.permutation(shape[0] * shape[1])
    n_marks = rng.integers(1, 4, 2)
    foreground, background = np.zeros((2, *shape), bool)
    foreground.flat[marks[: n_marks[0]]] = True
    background.flat[marks[n_marks[0] : n_marks.sum()]] = True
    return image, foreground, background, {"smoothness": rng.choice([0, 1, 50]), "sigma": rng.choice([0.05, 0.1, 0.5])}


def pair_costs(image, sigma, smoothness=1):
    """smoothness B of every pair of neighbours, from the formula, in whole multiples of 2^-16: {(p, q): cost}."""
    height, width = image.shape[:2]
    costs = {}
    for row, col in itertools.product(range(height), range(width)):
        for down, right in STEPS:
            r, c = row + down, col + right
            if r < height and 0 <= c < width:
                square = ((image[row, col] - image[r, c]) ** 2).sum()
                cost = smoothness * np.exp(-square / (2 * sigma**2)) / np.hypot(down, right)
                costs[(row, col), (r, c)] = np.rint(cost * 2**16) / 2**16
    return costs


def energies(image, foreground, background, costs, smoothness, sigma):
    """E / lambda of all masks that keep the marks, and these masks."""
    free = np.argwhere(~foreground & ~background)
    pairs = pair_costs(image, sigma, smoothness)
    found = []
    for sides in itertools.product((False, True), repeat=len(free)):
        mask = foreground.copy()
        mask[tuple(free.T)] = sides
        region = sum(costs[0 if side else 1][tuple(pixel)] for pixel, side in zip(free, sides))
        boundary = sum(cost for (p, q), cost in pairs.items() if mask[p] != mask[q])
        found.append((region + boundary, mask))
    return found


# ---- by hand


def test_a_row_by_hand():
    """Greys .1 .1 | .9 .9, the ends marked: the inner ones go with their colour, and the step alone is cut."""
    *_, last = graph_cut_steps([[0.1, 0.1, 0.9, 0.9]], [[1, 0, 0, 0]], [[0, 0, 0, 1]], smoothness=2, sigma=0.4)
    assert last.mask.tolist() == [[True, True, False, False]]
    assert last.boundary == pytest.approx(np.exp(-(0.8**2) / (2 * 0.4**2)), abs=2**-16)  # e^-2
    own = 0.5 * np.log(2 * np.pi) + 0.5  # of the very colour that was marked: -ln N(0; 0, 1 / 255^2) / 255 and rounding
    assert last.region == pytest.approx(2 * own, abs=2**-15)
    other = np.log(256) - np.log(0.01)  # of a colour never marked
    np.testing.assert_allclose(last.foreground_cost, [[own, own, other, other]], atol=2**-16)
    np.testing.assert_allclose(last.background_cost, [[other, other, own, own]], atol=2**-16)
    assert last.energy == pytest.approx(2 * own + 2 * np.exp(-2), abs=2**-14)


def test_the_shorter_border_wins_where_colours_say_nothing():
    """One colour: a corner is marked, and the rest; the cut runs around the corner, over links 1, 1 and 1 / sqrt 2."""
    foreground, background = np.zeros((2, 4, 4), bool)
    foreground[0, 0] = background[3, 3] = True
    *_, last = graph_cut_steps(np.full((4, 4), 0.5), foreground, background)
    np.testing.assert_array_equal(last.mask, foreground)
    assert last.boundary == pytest.approx(2 + np.sqrt(0.5), abs=2**-16)


# ---- against others


@some
@given(st.integers(0, 10**6), st.booleans())
def test_no_mask_has_less_energy(seed, colors):
    """All masks of pictures of 3 x 4 pixels, with the formula of B written out."""
    image, foreground, background, numbers = problem(seed, colors=colors)
    *_, last = graph_cut_steps(image, foreground, background, **numbers)
    costs = last.foreground_cost, last.background_cost
    found = energies(image, foreground, background, costs, **numbers)
    least = min(cost for cost, _ in found)
    assert last.energy == last.flow == pytest.approx(least, abs=1e-9)
    own = next(cost for cost, mask in found if np.array_equal(mask, last.mask))
    assert own == pytest.approx(least, abs=1e-9)


@pytest.mark.parametrize("name", ["coffee", "camera"])
def test_equals_pymaxflow_on_photographs(name):
    """The same energy, written into another's graph: the same value, and hardly a pixel of another side."""
    maxflow = pytest.importorskip("maxflow")
    photo = images.reduced(images.load(name), 150)
    height, width = photo.shape[:2]
    rng = np.random.default_rng(0)
    foreground, background = np.zeros((2, height, width), bool)
    for _ in range(10):
        row, col = rng.integers(height // 3, height // 2), rng.integers(width // 3, width // 2)
        foreground[row, col : col + 8] = True
        row, col = rng.integers(0, height // 6), rng.integers(0, width - 8)
        background[row, col : col + 8] = True
    *_, last = graph_cut_steps(photo, foreground, background, every=10**6)

    values = photo.reshape(height, width, -1) / 255
    graph = maxflow.GraphFloat()
    nodes = graph.add_grid_nodes((height, width))
    for down, right in STEPS:
        weights, structure = np.zeros((height, width)), np.zeros((3, 3))
        structure[1 + down, 1 + right] = 1
        here = np.s_[: height - down, max(0, -right) : width - max(0, right)]
        there = np.s_[down:, max(0, right) : width + min(0, right)]
        squares = ((values[here] - values[there]) ** 2).sum(axis=2)
        weights[here] = 50 * np.exp(-squares / (2 * 0.1**2)) / np.hypot(down, right)
        graph.add_grid_edges(nodes, weights=weights, structure=structure, symmetric=True)
    to_sink = np.where(foreground, 0, np.where(background, 1e6, last.foreground_cost))
    from_source = np.where(foreground, 1e6, np.where(background, 0, last.background_cost))
    graph.add_grid_tedges(nodes, from_source, to_sink)
    assert last.energy == pytest.approx(graph.maxflow(), rel=1e-7)
    other = ~graph.get_grid_segments(nodes)
    assert (last.mask != other).mean() < 1e-3
    assert 0.02 < last.mask.mean() < 0.9


# ---- what always holds


@some
@given(st.integers(0, 10**6), st.booleans())
def test_every_state_is_what_it_says_and_the_last_one_the_answer(seed, colors):
    image, foreground, background, numbers = problem(seed, (6, 7), colors)
    states = list(graph_cut_steps(image, foreground, background, **numbers, every=1))
    pairs = pair_costs(image, numbers["sigma"], numbers["smoothness"])
    free = ~foreground & ~background
    for state in states:
        np.testing.assert_array_equal(state.mask, state.tree > 0)
        boundary = sum(cost for (p, q), cost in pairs.items() if state.mask[p] != state.mask[q])
        region = np.where(state.mask, state.foreground_cost, state.background_cost)[free].sum()
        assert state.region == pytest.approx(region)
        if numbers["smoothness"]:
            assert state.boundary == pytest.approx(boundary / numbers["smoothness"], abs=1e-9)
        assert state.energy == pytest.approx(region + boundary)
        assert state.mask[foreground].all() or state is not states[-1]
    assert (np.diff([state.flow for state in states]) >= 0).all()
    last = states[-1]
    assert last.flow == pytest.approx(last.energy)
    assert last.mask[foreground].all()
    assert not last.mask[background].any()
    assert min(last.foreground_cost.min(), last.background_cost.min()) >= 0
    np.testing.assert_array_equal(graph_cut(image, foreground, background, **numbers), last.mask)


def test_a_state_that_the_reader_spoils_does_not_disturb_the_run():
    image, foreground, background, _ = problem(3, (8, 8))
    copies = [array.copy() for array in (image, foreground, background)]
    for state in graph_cut_steps(image, foreground, background, every=1):
        mask = state.mask.copy()
        for array in (state.mask, state.tree, state.foreground_cost, state.background_cost):
            array[:] = 0
    np.testing.assert_array_equal(mask, graph_cut(image, foreground, background))
    for array, copy in zip((image, foreground, background), copies):
        np.testing.assert_array_equal(array, copy)


@some
@given(st.integers(0, 10**6))
def test_the_two_sides_are_alike(seed):
    """Marks exchanged, the mask is the other one: with links everywhere no two masks cost the same."""
    image, foreground, background, _ = problem(seed, (6, 6))
    one = graph_cut(image, foreground, background, smoothness=3, sigma=0.5)
    other = graph_cut(image, background, foreground, smoothness=3, sigma=0.5)
    np.testing.assert_array_equal(one, ~other)


@some
@given(st.integers(0, 10**6), st.booleans())
def test_cut_again_and_again_as_more_is_marked(seed, colors):
    """Marks come and go: what is cut from the last flow is what is cut from none."""
    image, foreground, background, numbers = problem(seed, (7, 8), colors)
    cutter = GraphCutter(image, **numbers)
    rng = np.random.default_rng(seed)
    for _ in range(4):
        mask = cutter.cut(foreground, background)
        np.testing.assert_array_equal(mask, graph_cut(image, foreground, background, **numbers))
        side = rng.random() < 0.5
        pixel = tuple(rng.integers(0, image.shape[:2]))
        foreground[pixel], background[pixel] = side, not side
        foreground[0, 0], background[0, 0] = True, False
        foreground[-1, -1], background[-1, -1] = False, True


def test_a_refused_mark_spoils_nothing_and_bytes_are_counted():
    image, foreground, background, _ = problem(1, (6, 7))
    cutter = GraphCutter(image)
    with pytest.raises(ValueError, match="foreground: expected at least one marked pixel, got none"):
        cutter.cut(None, background)
    mask = cutter.cut(foreground, background)
    with pytest.raises(ValueError, match="marked as both"):
        cutter.cut(foreground, foreground)
    np.testing.assert_array_equal(cutter.cut(foreground, background), mask)
    last = cutter._last
    held = cutter.image, last.links, cutter._flow, *last.costs, last.foreground, last.background
    assert cutter.nbytes == sum(array.nbytes for array in held)
    for numbers, message in (({"sigma": 0}, "sigma: expected"), ({"smoothness": -1}, "smoothness: expected")):
        with pytest.raises(ValueError, match=message):
            GraphCutter(image, **numbers)


def test_a_side_without_new_marks_is_not_learned_again(monkeypatch):
    image, foreground, background, _ = problem(2, (6, 7))
    cutter, learned = GraphCutter(image), []
    learn = cuts._learn
    monkeypatch.setattr(cuts, "_learn", lambda image, marks: learned.append(marks.sum()) or learn(image, marks))
    cutter.cut(foreground, background)
    foreground[tuple(np.argwhere(~(foreground | background))[0])] = True
    cutter.cut(foreground, background)
    cutter.cut(foreground, background)
    assert learned == [foreground.sum() - 1, background.sum(), foreground.sum()]


def test_more_smoothness_never_gives_a_costlier_boundary():
    photo = images.reduced(images.load("coffee"), 80)
    foreground, background = np.zeros((2, *photo.shape[:2]), bool)
    foreground[20:24, 30:40] = background[:3] = True
    last = [list(graph_cut_steps(photo, foreground, background, smoothness=s))[-1] for s in (0, 1, 5, 50, 500)]
    assert (np.diff([state.boundary for state in last]) <= 1e-9)[1:].all()
    assert (np.diff([state.region for state in last]) >= -1e-9).all()
    assert last[-1].boundary < 0.5 * last[1].boundary


def test_the_network_is_what_is_cut():
    image, foreground, background, _ = problem(2, (6, 7))
    network = graph_cut_network(image, foreground, background, smoothness=5)
    state = grid_max_flow(*network)
    np.testing.assert_array_equal(state.side, graph_cut(image, foreground, background, smoothness=5))
    *_, last = graph_cut_steps(image, foreground, background, smoothness=5)
    free = ~foreground & ~background
    either = np.minimum(last.foreground_cost, last.background_cost)[free].sum()
    assert state.value + either == pytest.approx(last.energy)
    assert np.minimum(*network[:2]).max() == 0
    assert network[0][foreground].min() > 8 * network[2].max()


# ---- unusual but allowed


def test_a_constant_picture_and_one_of_two_colours():
    foreground, background = np.zeros((2, 5, 6), bool)
    foreground[2, 1] = background[2, 4] = True
    mask = graph_cut(np.full((5, 6, 3), 77, np.uint8), foreground, background)
    assert mask[2, 1]
    assert not mask[2, 4]
    halves = np.where(np.arange(6) < 3, 0, 255).astype(np.uint8) * np.ones((5, 1), np.uint8)
    np.testing.assert_array_equal(graph_cut(halves, foreground, background), halves == 0)


def test_every_pixel_marked_and_types_of_pictures_and_masks():
    image = np.array([[0, 128, 255]], np.uint8)
    foreground = np.array([[True, True, False]])
    np.testing.assert_array_equal(graph_cut(image, foreground, ~foreground), foreground)
    expected = graph_cut(image, [[1, 0, 0]], [[0, 0, 1]])
    for same in (image / 255, (257 * image.astype(np.uint16)), (image / 255).astype(np.float32)):
        np.testing.assert_array_equal(graph_cut(same, [[255, 0, 0]], np.array([[0, 0, 1]], bool)), expected)
    assert expected.dtype == bool


def test_links_in_plain_python(monkeypatch):
    image = np.random.default_rng(0).random((4, 5, 3))
    compiled = energy.contrasts(image)
    monkeypatch.setattr(energy, "_contrasts", energy._contrasts.py_func)
    np.testing.assert_allclose(energy.contrasts(image), compiled, rtol=1e-14)
    links = energy.neighbor_links(compiled, 2.0)
    assert np.count_nonzero(links) == 4 * 4 + 3 * 5 + 2 * 3 * 4
    for (p, q), cost in pair_costs(image, 0.5).items():
        link = STEPS.index((q[0] - p[0], q[1] - p[1]))
        assert links[link][p] == pytest.approx(cost, abs=2**-16)


ONE, NONE = np.eye(3, 4, dtype=bool), np.zeros((3, 4), bool)
GREY = np.full((3, 4), 0.5)


@pytest.mark.parametrize(
    ("arguments", "numbers", "error", "message"),
    [
        ((GREY, NONE, ONE), {}, ValueError, "foreground: expected at least one marked pixel, got none"),
        ((GREY, ONE, NONE), {}, ValueError, "background: expected at least one marked pixel, got none"),
        ((GREY, None, ONE), {}, ValueError, "foreground: expected at least one marked pixel, got none"),
        (
            (GREY, ONE, ONE),
            {},
            ValueError,
            "background: expected pixels that aren't marked as foreground, got 3 marked",
        ),
        ((GREY, ONE[:2], ~ONE), {}, ValueError, r"foreground: expected a mask of shape \(3, 4\), got shape \(2, 4\)"),
        ((GREY, ONE, 2 * ONE), {}, ValueError, "background: expected bool, 0 and 1, or 0 and 255, got values 0, 2"),
        ((GREY * np.nan, ONE, ~ONE), {}, ValueError, "image: expected finite values"),
        ((GREY[0], ONE, ~ONE), {}, ValueError, "image: expected a grey"),
        ((GREY, ONE, ~ONE), {"smoothness": -1}, ValueError, "smoothness: expected a number of at least 0, got -1"),
        ((GREY, ONE, ~ONE), {"smoothness": np.inf}, ValueError, "smoothness: expected a number"),
        ((GREY, ONE, ~ONE), {"sigma": 0}, ValueError, "sigma: expected a number above 0, got 0"),
        ((GREY, ONE, ~ONE), {"sigma": "1"}, TypeError, "sigma: expected a number above 0"),
    ],
)
def test_bad_input_is_refused_before_any_work(arguments, numbers, error, message):
    for door in (graph_cut, graph_cut_steps):
        with pytest.raises(error, match=message):
            door(*arguments, **numbers)
    with pytest.raises(ValueError, match="every: expected an integer of at least 1, got 0"):
        graph_cut_steps(GREY, ONE, ~ONE, every=0)


@pytest.mark.parametrize("door", [graph_cut, graph_cut_steps, graph_cut_network, GraphCutter])
def test_every_door_has_the_same_defaults(door):
    parameters = inspect.signature(door).parameters
    assert (parameters["smoothness"].default, parameters["sigma"].default) == (50, 0.1)
