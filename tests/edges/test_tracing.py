import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from seglearn import edges, images

RIGHT, DOWN, LEFT, UP = 0, 2, 4, 6

some = settings(max_examples=300)


def mask_of(text):
    return np.array([[c == "#" for c in line] for line in text.split()])


def last(states):
    return list(states)[-1]


def walked(mask, start=None):
    return [tuple(point) for point in edges.trace_border(mask, start).tolist()]


def opencv(mask):
    """The outer contour of the object that comes first line by line, clockwise from its first pixel."""
    objects, _ = ndimage.label(mask, np.ones((3, 3)))
    first = (objects == objects[np.unravel_index(mask.argmax(), mask.shape)]).astype(np.uint8)
    (contour,), _ = cv2.findContours(first, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = [(row, col) for col, row in contour[:, 0].tolist()]
    return points[:1] + points[:0:-1]  # theirs goes the other way round


def disc(size=80, radius=25.3):
    rows, columns = np.mgrid[:size, :size] - size / 2
    return rows**2 + columns**2 < radius**2


@st.composite
def masks(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    noise = rng.random(shape)
    if draw(st.booleans()):  # blobs; else single pixels, lines one pixel wide and corners that touch
        noise = ndimage.gaussian_filter(noise, 1.5)
    mask = noise <= np.quantile(noise, draw(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.9])))
    return mask


@given(masks())
@some
def test_mask_contour_equals_opencv(mask):
    assert walked(mask) == opencv(mask)


def test_horse_contour_equals_opencv():
    mask = images.load("horse") == 0
    contour = walked(mask)
    assert len(contour) > 1000
    assert contour == opencv(mask)


def test_small_masks_by_hand():
    assert walked(mask_of("#")) == [(0, 0)]
    assert walked(mask_of("... .#. ...")) == [(1, 1)]
    assert walked(mask_of("##. ##.")) == [(0, 0), (0, 1), (1, 1), (1, 0)]
    # One pixel wide: there and back, and only the ends once.
    assert walked(mask_of("###")) == [(0, 0), (0, 1), (0, 2), (0, 1)]
    # The start is passed a second time before the contour is complete: Jacob's criterion walks on.
    assert walked(mask_of(".#. #.#")) == [(0, 1), (1, 2), (0, 1), (1, 0)]


@given(masks())
@some
def test_starts_on_one_contour_give_the_same_contour(mask):
    contour = walked(mask)
    again = walked(mask, contour[len(contour) // 2])
    if len(contour) == len(set(contour)) and set(contour) == set(again):  # one pixel wide parts have two sides
        k = contour.index(again[0])
        assert again == contour[k:] + contour[:k]


def test_start_decides_between_outside_and_hole():
    ring = np.pad(np.ones((9, 9), bool), 1)
    ring[4:7, 4:7] = False
    outside, hole = walked(ring), walked(ring, (5, 7))
    assert len(outside) == 32
    assert len(hole) == 12  # the corners of the hole are cut: diagonal steps
    assert not set(outside) & set(hole)


def test_mask_steps_are_the_run():
    mask = images.load("horse")[::4, ::4] == 0
    states = list(edges.trace_border_steps(mask))
    contour = edges.trace_border(mask)
    np.testing.assert_array_equal(states[-1].contour, contour)
    assert [state.stopped for state in states] == [""] * (len(states) - 1) + ["closed"]
    assert len(states) == len(contour) + 1
    assert states[-1].point == states[0].point
    for k, state in enumerate(states[:-1]):
        np.testing.assert_array_equal(state.contour, contour[: k + 1])  # a state that was kept never changes
        assert state.point == tuple(contour[k])
    for state, following in itertools.pairwise(states):
        assert tuple(state.examined[-1]) == following.point  # what was examined last is where it went
        assert not any(mask[tuple(pixel)] for pixel in state.examined[:-1])
        step = np.subtract(following.point, state.point)
        angle = np.arctan2(step[0], step[1]) / (np.pi / 4)
        assert following.direction == round(angle) % 8
    with pytest.raises(ValueError, match="read-only"):
        states[3].contour[0] = 0


@given(masks())
@some
def test_closed_contour_is_a_chain_on_the_border(mask):
    state = last(edges.trace_border_steps(mask))
    assert state.stopped == "closed"
    following = np.roll(state.contour, -1, axis=0)
    assert (np.abs(following - state.contour).max(axis=1) <= 1).all()
    border = mask & ~ndimage.binary_erosion(mask)
    assert border[tuple(state.contour.T)].all()


@pytest.mark.parametrize("bright", [True, False])
def test_grey_walk_goes_round_an_object_and_closes(bright):
    mask = disc()
    picture = np.where(mask == bright, 0.8, 0.2)
    state = last(edges.trace_edge_steps(picture))
    assert state.stopped == "closed"
    contour, reference = state.contour, edges.trace_border(mask)
    distances = np.abs(contour[:, None] - reference[None]).max(axis=2)
    assert distances.min(axis=1).max() <= 1  # no point farther from the true contour than its neighbour,
    assert distances.min(axis=0).max() <= 1  # and no part of it left out
    rows, columns = (contour - 40).T
    turning = np.unwrap(np.arctan2(rows, columns))
    assert (turning[-1] > turning[0]) == bright  # clockwise on the screen round what is bright


def test_grey_walk_keeps_to_the_edges_of_canny():
    photo = images.load("camera")
    stages = edges.canny_stages(photo)
    far = ndimage.distance_transform_edt(~stages.edges)
    rng = np.random.default_rng(0)
    starts = rng.permutation(np.argwhere(stages.strong))[:20]
    contours = [edges.trace_edge(photo, start) for start in starts]
    near = np.concatenate([far[tuple(contour.T)] < 1.5 for contour in contours])
    assert near.mean() > 0.98
    assert len({len(contour) for contour in contours}) > 10  # serial: the start decides what is found


def test_grey_walk_stops_at_the_border_and_where_the_edge_fades():
    step = np.zeros((12, 20))
    step[6:] = 1
    state = last(edges.trace_edge_steps(step, (5, 3), sigma=0))
    assert state.stopped == "border"
    assert state.contour.tolist() == [[5, c] for c in range(3, 20)]  # to the right: the brighter side is on its right
    np.testing.assert_array_equal(state.examined, [[5, 20]])
    fading = np.zeros((12, 20))
    fading[6:] = np.linspace(1, 0, 20)
    state = last(edges.trace_edge_steps(fading, (5, 3), sigma=0, threshold=2))
    magnitude = edges.canny_stages(fading, 0).magnitude
    assert state.stopped == "faded"
    assert magnitude[state.point] >= 2
    assert (magnitude[tuple(state.examined.T)] < 2).all()
    assert len(state.examined) == 3


def test_grey_walk_runs_along_the_border_of_the_picture():
    step = np.ones((9, 20))
    step[0] = 0
    state = last(edges.trace_edge_steps(step, (0, 3), sigma=0))
    assert state.stopped == "border"
    assert state.contour.tolist() == [[0, c] for c in range(3, 20)]


def test_grey_walk_stays_on_its_side_of_a_ridge():
    # Differences along a row: 0.5 in column 3, and -0.8 in column 4, which is the other side, stronger but falling.
    picture = np.tile([0.4, 0.4, 0.5, 0.8, 1, 0, 0, 0], (12, 1))
    state = last(edges.trace_edge_steps(picture, (9, 3), sigma=0))
    assert state.contour.tolist() == [[r, 3] for r in range(9, -1, -1)]


def test_grey_walk_starts_at_the_strongest_gradient():
    photo = images.load("coins")
    magnitude = edges.canny_stages(photo, 2).magnitude
    first = next(edges.trace_edge_steps(photo, sigma=2))
    assert first.point == np.unravel_index(magnitude.argmax(), magnitude.shape)
    assert first.contour.tolist() == [list(first.point)]


def test_grey_steps_are_the_run():
    photo = images.load("coins")
    magnitude = edges.canny_stages(photo).magnitude
    start = np.argwhere(magnitude > 1)[0]
    states = list(edges.trace_edge_steps(photo, start, threshold=0.3))
    contour = edges.trace_edge(photo, start, threshold=0.3)
    assert len(states) > 20
    assert states[-1].stopped in ("closed", "faded", "border")
    np.testing.assert_array_equal(states[-1].contour, contour)
    for k, (state, following) in enumerate(itertools.pairwise(states)):
        np.testing.assert_array_equal(state.contour, contour[: k + 1])
        ahead = [tuple(pixel) for pixel in state.examined.tolist()]
        assert following.point in ahead
        assert magnitude[following.point] >= 0.3


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_every_grey_walk_ends_and_is_a_chain_without_repeats(seed):
    rng = np.random.default_rng(seed)
    picture = rng.random(rng.integers(1, 25, 2))
    magnitude = edges.canny_stages(picture, 0.5).magnitude
    if magnitude.max() < 0.1:
        return
    state = last(edges.trace_edge_steps(picture, sigma=0.5))
    assert state.stopped in ("closed", "faded", "border")
    assert (np.abs(np.diff(state.contour, axis=0)).max(axis=1) == 1).all()
    assert len({tuple(point) for point in state.contour.tolist()}) == len(state.contour)
    if state.stopped == "closed":
        assert state.point in [tuple(point) for point in state.contour.tolist()]


@pytest.mark.parametrize("kind", [np.array, np.ndarray.tolist, lambda m: np.uint8(m) * 255, np.float64])
def test_a_mask_is_walked_around_whatever_its_type(kind):
    mask = mask_of("##. ##.")
    assert walked(kind(mask)) == walked(mask)
    start = edges.trace_border(mask, np.array([1, 1]))[0]
    assert tuple(start) == (1, 1)


SQUARE = np.pad(np.ones((5, 5), bool), 1)
GREY = np.where(SQUARE, 0.9, 0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ((np.zeros((4, 4), bool),), ValueError, "mask: expected at least one pixel in the mask, got none"),
        ((np.zeros((9, 9, 3)),), ValueError, r"mask: expected a mask \(H, W\), got shape \(9, 9, 3\)"),
        ((np.zeros((0, 9), bool),), ValueError, r"mask: expected a mask \(H, W\), got shape \(0, 9\)"),
        ((GREY,), ValueError, "mask: expected bool, 0 and 1, or 0 and 255, got values 0.1, 0.9"),
        ((SQUARE, (0, 0)), ValueError, r"start: expected a pixel of the mask, got \(0, 0\) in the background"),
        ((SQUARE, (3, 3)), ValueError, r"start: expected a pixel on the border of the mask, got \(3, 3\)"),
        ((SQUARE, (7, 0)), ValueError, "start row: expected an integer from 0 to 6, got 7"),
        ((SQUARE, (0, -1)), ValueError, "start col: expected an integer from 0 to 6, got -1"),
        ((SQUARE, (0.5, 1)), TypeError, "start row: expected an integer"),
        ((SQUARE, 3), ValueError, r"start: expected a pixel \(row, col\), got 3"),
    ],
)
@pytest.mark.parametrize("function", [edges.trace_border, edges.trace_border_steps])
def test_bad_input_for_masks(function, arguments, error, match):
    with pytest.raises(error, match=match):
        function(*arguments)


@pytest.mark.parametrize(
    ("arguments", "keywords", "error", "match"),
    [
        ((np.full((9, 9), 0.3),), {}, ValueError, r"image: expected an edge \(a gradient of at least 0.1\)"),
        ((np.full((9, 9), np.nan),), {}, ValueError, "image: expected finite values"),
        ((np.zeros((9, 9, 3)),), {}, ValueError, "image: expected a grey image"),
        ((GREY, (3, 3)), {"sigma": 0}, ValueError, r"start: expected a pixel on an edge .* got 0 at \(3, 3\)"),
        ((GREY, (9, 3)), {}, ValueError, "start row: expected an integer from 0 to 6, got 9"),
        ((GREY,), {"threshold": 0}, ValueError, "threshold: expected a number above 0"),
        ((GREY,), {"threshold": 99}, ValueError, "image: expected an edge"),
        ((GREY,), {"sigma": -1}, ValueError, "sigma: expected a number from 0 to 1000, got -1"),
    ],
)
@pytest.mark.parametrize("function", [edges.trace_edge, edges.trace_edge_steps])
def test_bad_input_for_pictures(function, arguments, keywords, error, match):
    with pytest.raises(error, match=match):
        function(*arguments, **keywords)
