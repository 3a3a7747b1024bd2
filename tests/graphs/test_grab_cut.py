"""GrabCut: every step against its formula, the cut against every mask, OpenCV on photographs, touch-ups."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seglearn import images
from seglearn.experiments.graphs import object_of, overlap, rectangle_around
from seglearn.graphs import GrabCutter, grab_cut, grab_cut_steps
from seglearn.graphs.color_model import color_costs, fit_colors, start_components

some = settings(deadline=None, max_examples=20, derandomize=True)
STEPS = [(0, 1), (1, 0), (1, 1), (1, -1)]
INNER = (1, 1, 5, 6)


def disk(seed=0, size=60, colors=True):
    """A textured disk on a textured ground, its mask, and a rectangle around it."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:size, :size]
    inside = (rows - 0.45 * size) ** 2 + (cols - 0.55 * size) ** 2 < (0.25 * size) ** 2
    two = rng.integers(2, size=(2, size, size))
    pair = np.array([[0.8, 0.3, 0.2], [0.7, 0.6, 0.2]]), np.array([[0.2, 0.4, 0.7], [0.1, 0.2, 0.3]])
    image = np.where(inside[..., None], pair[0][two[0]], pair[1][two[1]]) + 0.03 * rng.normal(size=(size, size, 3))
    image = np.clip(image, 0, 1)
    rectangle = tuple(int(share * size) for share in (0.15, 0.25, 0.75, 0.85))
    return (image if colors else image[..., 0]), inside, rectangle


def small(seed, colors=True):
    rng = np.random.default_rng(seed)
    image = np.full((6, 7), 0.3)
    image[2:4, 2:5] = 0.7
    image = image[..., None] * np.ones(3) if colors else image
    return np.clip(image + 0.1 * rng.normal(size=image.shape), 0, 1)


def boundary(image):
    """V from its formula, beta from the mean over all pairs of neighbours: a function of the mask."""
    height, width = image.shape[:2]
    pairs = []
    for row, col in itertools.product(range(height), range(width)):
        for down, right in STEPS:
            r, c = row + down, col + right
            if r < height and 0 <= c < width:
                square = ((image[row, col] - image[r, c]) ** 2).sum()
                pairs.append((row * width + col, r * width + c, square, np.hypot(down, right)))
    p, q, squares, distances = np.array(pairs).T
    costs = 50 * np.exp(-squares / (2 * squares.mean())) / distances
    p, q = p.astype(int), q.astype(int)
    return lambda mask: costs[mask.ravel()[p] != mask.ravel()[q]].sum()


# ---- by hand


def test_a_row_by_hand():
    """Greys .1 .1 .9 .9 .1, a rectangle around the middle three: its .1 goes to the colour it has outside."""
    state = next(grab_cut_steps([[0.1, 0.1, 0.9, 0.9, 0.1]], (0, 1, 1, 4), n_components=2))
    assert state.component.tolist() == [[0, 0, 1, 1, 0]]
    assert state.foreground_model.weights.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert state.foreground_model.means.ravel().tolist() == pytest.approx([0.1, 0.9])
    assert state.background_model.weights.tolist() == [1, 0]
    assert state.mask.tolist() == [[False, False, True, True, False]]
    assert state.n_changed == 1
    squares = [0, 0.64, 0, 0.64]
    beta = 1 / (2 * np.mean(squares))
    assert state.boundary == pytest.approx(2 * 50 * np.exp(-0.64 * beta))


# ---- each step


@some
@given(st.integers(0, 10**6), st.booleans())
def test_every_state_is_what_it_says_and_the_energy_never_rises(seed, colors):
    image = small(seed, colors)
    states = list(grab_cut_steps(image, INNER, n_components=3, n_iter=4))
    pixels, parted = image.reshape(42, -1), boundary(image)
    before = np.zeros((6, 7), bool)
    before[INNER[0] : INNER[2], INNER[1] : INNER[3]] = True
    free, models = before.copy(), None
    for number, state in enumerate(states, 1):
        assert state.iteration == number
        for side, which in enumerate((before, ~before)):
            if not which.any():
                continue
            found, inside = state.component[which], pixels[which.ravel()]
            wanted = start_components(inside, 3) if models is None else color_costs(inside, models[side])[0]
            np.testing.assert_array_equal(found, wanted)
            model = (state.foreground_model, state.background_model)[side]
            expected = fit_colors(inside, found, 3)
            np.testing.assert_array_equal(model.means, expected.means)
            np.testing.assert_array_equal(model.weights, expected.weights)
        models = state.foreground_model, state.background_model
        costs = [color_costs(pixels, model)[1].reshape(6, 7) for model in models]
        assert state.data == pytest.approx(np.where(state.mask, *costs).sum())
        assert state.boundary == pytest.approx(parted(state.mask), abs=1e-9)
        assert state.energy == pytest.approx(state.data + state.boundary)
        assert state.n_changed == np.count_nonzero(state.mask != before)
        assert not state.mask[~free].any()
        before = state.mask
    drops = np.diff([state.energy for state in states])
    assert drops.max(initial=0) <= 1e-9 * abs(states[0].energy)
    np.testing.assert_array_equal(grab_cut(image, INNER, n_components=3, n_iter=4), before)


@some
@given(st.integers(0, 10**6), st.booleans())
def test_no_mask_has_less_energy_under_the_same_models(seed, colors):
    """All 2^9 masks inside a rectangle of 3 x 3 pixels, with the formula written out."""
    image = small(seed, colors)
    rectangle = (1, 2, 4, 5)
    state = next(grab_cut_steps(image, rectangle, n_components=2))
    pixels, parted = image.reshape(42, -1), boundary(image)
    models = state.foreground_model, state.background_model
    costs = [color_costs(pixels, model)[1].reshape(6, 7) for model in models]
    energies = []
    for sides in itertools.product((False, True), repeat=9):
        mask = np.zeros((6, 7), bool)
        mask[1:4, 2:5] = np.reshape(sides, (3, 3))
        energies.append(np.where(mask, *costs).sum() + parted(mask))
    assert state.energy == pytest.approx(min(energies))


# ---- photographs and textures


@pytest.mark.parametrize("colors", [True, False])
@pytest.mark.parametrize("seed", range(2))
def test_finds_a_disk_of_two_colours_on_two_others(seed, colors):
    image, inside, rectangle = disk(seed, colors=colors)
    mask = grab_cut(image, rectangle, n_components=2)
    assert (mask & inside).sum() / (mask | inside).sum() > 0.95


@pytest.mark.parametrize("name", ["flower", "chelsea", "coffee", "camera"])
def test_as_good_as_opencv_on_photographs(name):
    """Half as large, the rectangle 4 pixels around the object; the benchmark takes all ten photographs whole."""
    cv2 = pytest.importorskip("cv2")
    photo, (wanted, decided) = images.load(name)[::2, ::2], (mask[::2, ::2] for mask in object_of(name))
    top, left, bottom, right = rectangle_around(wanted, 4)
    ours = grab_cut(photo, (top, left, bottom, right))
    marked = np.zeros(wanted.shape, np.uint8)
    cv2.setRNGSeed(0)
    color = np.ascontiguousarray(photo if photo.ndim == 3 else np.dstack([photo] * 3))
    box = (left, top, right - left, bottom - top)
    cv2.grabCut(color, marked, box, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
    scores = [overlap(mask, wanted, decided) for mask in (ours, (marked & 1).astype(bool))]
    assert scores[0] > scores[1] - 0.02


def test_touching_up_by_hand():
    """A patch of the ground's grey on the disk is lost until it is marked; a mark outside the rectangle counts."""
    _, inside, rectangle = disk()
    patch, mark, wrong = np.zeros((3, *inside.shape), bool)
    patch[20:34, 26:40] = mark[20:34, 26:40] = mark[0, 0] = wrong[38:40, 30:32] = True
    noise = np.random.default_rng(0).normal(size=inside.shape)
    image = np.clip(np.where(inside & ~patch, 0.8, 0.2) + 0.03 * noise, 0, 1)
    np.testing.assert_array_equal(grab_cut(image, rectangle), inside & ~patch)
    found = grab_cut(image, rectangle, foreground=mark, background=wrong)
    assert found[mark].all()
    assert not found[wrong].any()
    assert (found != ((inside | mark) & ~wrong)).mean() < 0.01


# ---- what always holds


@some
@given(st.integers(0, 10**6), st.booleans())
def test_touched_up_again_and_again(seed, colors):
    """Of all masks that keep the marks, the cheapest under the last models; without marks that is the last state's."""
    image = small(seed, colors)
    cutter = GrabCutter(image, INNER, n_components=2, n_iter=2)
    last = cutter.states[-1]
    states = grab_cut_steps(image, INNER, n_components=2, n_iter=2)
    for state, other in zip(cutter.states, states, strict=True):
        np.testing.assert_array_equal(state.mask, other.mask)
    np.testing.assert_array_equal(cutter.cut(), last.mask)
    pixels, within = image.reshape(42, -1), np.zeros((6, 7), bool)
    within[1:5, 1:6] = True
    costs = [color_costs(pixels, model)[1].reshape(6, 7) for model in (last.foreground_model, last.background_model)]
    of_boundary = boundary(image)

    def energy(mask):
        return np.where(mask, *costs).sum() + of_boundary(mask)

    rng = np.random.default_rng(seed)
    for _ in range(3):
        marks = rng.choice(3, p=[0.8, 0.1, 0.1], size=(6, 7))
        mask = cutter.cut(marks == 1, marks == 2)
        assert mask[marks == 1].all()
        assert not mask[(marks == 2) | ~within & (marks != 1)].any()
        free = np.argwhere(within & (marks == 0))
        for flipped in itertools.chain(free[:, None], itertools.combinations(free, 2)):
            other = mask.copy()
            other[tuple(np.transpose(flipped))] ^= True
            assert energy(mask) <= energy(other) + 42 * 5 * 2.0**-16
        np.testing.assert_array_equal(
            mask, GrabCutter(image, INNER, n_components=2, n_iter=2).cut(marks == 1, marks == 2)
        )


def test_touching_up_needs_the_rectangle_no_more_and_bytes_are_counted():
    image, _, rectangle = disk(size=40)
    corners = list(rectangle)
    cutter = GrabCutter(image, corners)
    corners[:] = [0, 0, 0, 0]
    everywhere = np.ones(image.shape[:2], bool)
    assert not cutter.cut(background=everywhere).any()
    with pytest.raises(ValueError, match="marked as both"):
        cutter.cut(everywhere, everywhere)
    with pytest.raises(ValueError, match="foreground: expected a mask of shape"):
        cutter.cut(everywhere[1:])
    np.testing.assert_array_equal(cutter.cut(), cutter.states[-1].mask)
    with pytest.raises(ValueError, match="iteration: expected"):
        cutter.cut(iteration=6)
    for state in cutter.states[::-1]:
        np.testing.assert_array_equal(cutter.cut(iteration=state.iteration), state.mask)
    of_states = [array for state in cutter.states for array in (state.mask, state.component)]
    held = [cutter.image, *cutter._costs, cutter._links, cutter._links, *of_states]  # once in place of the flow
    assert cutter.nbytes == sum(array.nbytes for array in held)


def test_all_marked_as_background_is_refused():
    with pytest.raises(ValueError, match="background: expected a pixel of the rectangle that is left unmarked"):
        grab_cut(small(0), INNER, background=np.ones((6, 7), bool))


def test_states_and_arguments_are_the_readers_own():
    image, _, rectangle = disk(1, 30)
    mark = np.zeros((30, 30), bool)
    mark[14, 16] = True
    expected = grab_cut(image, rectangle, foreground=mark)
    copies = image.copy(), mark.copy()
    for state in grab_cut_steps(image, rectangle, foreground=mark):
        mask = state.mask.copy()
        state.mask[:], state.component[:] = 0, 0
        state.foreground_model.means[:] = state.background_model.weights[:] = 0.5
    np.testing.assert_array_equal(mask, expected)
    for array, copy in zip((image, mark), copies):
        np.testing.assert_array_equal(array, copy)


def test_pictures_of_other_types_give_the_same():
    photo = images.load("coffee")[::5, ::5]
    expected = grab_cut(photo, (2, 20, 75, 110))
    for same in (photo / 255, photo.astype(np.uint16) * 257):
        np.testing.assert_array_equal(grab_cut(same, (2, 20, 75, 110)), expected)
    assert expected.dtype == bool


def test_a_constant_picture_two_colours_and_an_object_that_vanishes():
    constant = grab_cut(np.full((6, 7, 3), 0.5), INNER)
    assert constant.shape == (6, 7)
    ground = np.zeros((6, 7))
    ground[2:4, 2:5] = 1
    np.testing.assert_array_equal(grab_cut(ground, INNER), ground == 1)
    same = np.tile([0.2, 0.8], (6, 4))  # inside and outside alike
    states = list(grab_cut_steps(same, (1, 1, 3, 3), n_iter=3))
    assert not states[-1].mask.any()
    assert len(states) == 3
    whole = np.zeros((6, 7), bool)
    whole[0] = True
    np.testing.assert_array_equal(grab_cut(ground, (0, 0, 6, 7), background=whole)[0], False)


GREY = np.random.default_rng(0).random((6, 7))
MARK = np.eye(6, 7, dtype=bool)


@pytest.mark.parametrize(
    ("rectangle", "more", "error", "message"),
    [
        (
            (1, 1, 1, 5),
            {},
            ValueError,
            r"rectangle: expected \(top, left, bottom, right\) in a picture of 6 x 7 pixels",
        ),
        ((1, 5, 4, 2), {}, ValueError, r"not empty, got \(1, 5, 4, 2\)"),
        ((-1, 0, 3, 3), {}, ValueError, r"rectangle: expected .* got \(-1, 0, 3, 3\)"),
        ((0, 0, 3, 8), {}, ValueError, r"rectangle: expected .* got \(0, 0, 3, 8\)"),
        ((8, 8, 9, 9), {}, ValueError, "rectangle: expected"),
        ((0, 0, 6, 7), {}, ValueError, "rectangle: expected some background outside"),
        ((1, 1, 3), {}, ValueError, r"rectangle: expected .* got \(1, 1, 3\)"),
        (None, {}, ValueError, "rectangle: expected .* got None"),
        ((1, 1, 3.5, 3), {}, TypeError, "rectangle: expected an integer, got 3.5"),
        (INNER, {"n_components": 0}, ValueError, "n_components: expected an integer of at least 1, got 0"),
        (INNER, {"n_iter": 0}, ValueError, "n_iter: expected an integer of at least 1, got 0"),
        (INNER, {"n_iter": 2.0}, TypeError, "n_iter: expected an integer"),
        (INNER, {"foreground": MARK[:3]}, ValueError, r"foreground: expected a mask of shape \(6, 7\), got shape"),
        (INNER, {"background": 3 * MARK}, ValueError, "background: expected bool, 0 and 1, or 0 and 255"),
        (INNER, {"foreground": MARK, "background": MARK}, ValueError, "6 marked as both"),
        ((0, 0, 6, 7), {"foreground": MARK}, ValueError, "some background outside"),
    ],
)
def test_bad_input_is_refused_before_any_work(rectangle, more, error, message):
    for door in (grab_cut, grab_cut_steps):
        with pytest.raises(error, match=message):
            door(GREY, rectangle, **more)


def test_bad_pictures_are_refused():
    for image, message in ((GREY * np.nan, "finite"), (GREY[0], "a grey"), (2 * GREY, "between 0 and 1")):
        with pytest.raises(ValueError, match=f"image: expected .*{message}"):
            grab_cut(image, INNER)
