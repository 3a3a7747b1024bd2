"""Every exercise: its solution is right, every planted slip is caught and recognised, and nothing stops Run All."""

import ast
import concurrent.futures
import contextlib
import html
import itertools
import re
import time
from pathlib import Path

import jupytext
import numpy as np
import pytest
from scipy import ndimage
from scipy.sparse import csgraph
from skimage.measure import label
from sklearn.metrics import pairwise_distances_argmin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import normalize

import seglearn.exercises
from seglearn import edges, images
from seglearn.clustering import k_means_steps
from seglearn.exercises import check, exercises, find
from seglearn.exercises.edges.canny import STEPS
from seglearn.sections import SECTIONS

SOURCES = Path(__file__).parents[1] / "notebooks" / "source"
EXERCISES = {exercise.name: exercise for section in SECTIONS for exercise in exercises(section.number)}
SLIPS = [(name, i) for name, exercise in EXERCISES.items() for i in range(len(exercise.slips))]
LINE = np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])
ENDS = np.array([[0.0, 0.0], [4.0, 0.0]])
SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
LOG = np.exp(-0.5) / (2 * np.pi)


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("LANGUAGE", "en")


def nearest(points, centers):  # a right answer, but as a list
    return [int(((centers - point) ** 2).sum(axis=1).argmin()) for point in points]


# -- the exercises themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXERCISES)
def test_solution_is_right(name):
    verdict = check(name, EXERCISES[name].solution)
    assert verdict.status == "right"
    assert "20 random cases" in verdict.message


@pytest.mark.parametrize(("name", "i"), SLIPS)
def test_slip_is_caught_and_recognised(name, i):
    slip = EXERCISES[name].slips[i]
    verdict = check(name, slip.function)
    assert verdict.status == "wrong"
    assert verdict.hint == slip.hint
    assert verdict.hint in repr(verdict)
    assert verdict.arguments


@pytest.mark.parametrize("name", EXERCISES)
def test_at_least_five_different_slips(name):
    assert len({slip.hint for slip in EXERCISES[name].slips}) == len(EXERCISES[name].slips) >= 5


@pytest.mark.parametrize("name", EXERCISES)
def test_cases_grow(name):
    exercise = EXERCISES[name]
    small, large = (
        [
            sum(np.abs(np.ravel(a)).sum() for a in exercise.cases(np.random.default_rng(seed), size))
            for seed in range(50)
        ]
        for size in (1, 20)
    )
    assert exercise.special
    assert name == "4.2-slic-distance" or np.mean(small) < np.mean(large)  # a pair has no size


BY_HAND = [
    ("4.2-kmeans-assign", (np.array([[1.0, 1.0], [3.0, 0.0], [2.0, 0.0]]), ENDS), [0, 1, 0]),
    ("4.2-kmeans-update", (LINE, np.array([0, 0, 1]), LINE + 7), [[0.5, 0], [4, 0], [11, 7]]),
    ("4.2-kmeans-inertia", (LINE, np.array([1, 0, 1]), ENDS), 17),
    ("4.2-kmeans-plus-plus", (LINE, LINE[:1]), [0, 1 / 17, 16 / 17]),
    (
        "4.2-kmeans-quantize",
        (np.zeros((2, 1, 3), np.uint8), np.array([1, 0]), np.array([[9.8, 0.2, 0], [1, 2, 254.6]])),
        [[[1, 2, 255]], [[10, 0, 0]]],
    ),
    ("4.2-spectral-affinity", (ENDS, 2.0), [[0, np.exp(-2)], [np.exp(-2), 0]]),
    (
        "4.2-spectral-laplacian",
        (np.array([[0.0, 1, 0], [1, 0, 3], [0, 3, 0]]),),
        [[1, -1 / 2, 0], [-1 / 2, 1, -np.sqrt(3) / 2], [0, -np.sqrt(3) / 2, 1]],
    ),
    ("4.2-spectral-rows", (np.array([[3.0, -4.0], [0.0, 0.0]]),), [[0.6, -0.8], [0, 0]]),
    ("4.2-meanshift-step", (LINE, np.array([2.0, 0.0]), 2.0), [5 / 3, 0]),
    ("4.2-meanshift-step", (LINE, np.array([9.0, 0.0]), 2.0), [9, 0]),
    ("4.2-meanshift-gaussian", (ENDS, np.array([0.0, 0.0]), 2.0), [4 * np.exp(-2) / (1 + np.exp(-2)), 0]),
    ("4.2-slic-interval", ((30, 40, 3), 12), 10),
    ("4.2-slic-window", (3, 30, 5, (40, 32)), (0, 25, 8, 32)),
    (
        "4.2-slic-distance",
        (np.array([0, 3.0, 4]), np.zeros(2), np.zeros(3), np.array([6.0, 8]), 5, 2.0),
        np.sqrt(10.25),
    ),
    ("4.2-slic-connected", (np.array([[0, 1, 0], [1, 1, 0], [0, 1, 1]]),), 4),
    ("4.3-highpass", ((1, 4), 0.3), [[1, 0, 0, 0]]),
    ("4.3-highpass", ((3, 3), 0.4), [[1, 0, 1], [0, 0, 0], [1, 0, 1]]),
    ("4.3-kernel", (np.array([[1.0, 2.0], [3.0, 4.0]]), SOBEL), [[4, 4], [4, 4]]),
    ("4.3-kernel", (np.array([[0.0, 0.0, 8.0]]), SOBEL), [[0, 32, 32]]),
    ("4.3-separable", (np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0])), [SOBEL / 4, SOBEL.T / 4]),
    ("4.3-direction", (np.array([[1.0, 1.0, 0.0, -3.0]]), np.array([[0.0, 1.0, -2.0, -0.1]])), [[0, 1, 6, 4]]),
    ("4.3-kirsch", (np.array([[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]]), 1), [[-3, -3, -3], [-3, 0, 5], [-3, 5, 5]]),
    ("4.3-log", (1.0, 1), [[0, -LOG, 0], [-LOG, -1 / np.pi, -LOG], [0, -LOG, 0]]),
    ("4.3-zero-crossing", (np.array([3.0, -1.0, -4.0, 2.0]), 3.0), [False, True, False, True]),
    ("4.3-zero-crossing", (np.array([3.0, -1.0, -4.0, 2.0]), 4.0), [False, False, False, True]),
    ("4.3-thinning", (np.array([[0.0, 0.0, 9.0], [7.0, 5.0, 7.0], [4.0, 0.0, 0.0]]), -0.7), False),
    ("4.3-thinning", (np.array([[9.0, 0.0, 5.0], [7.0, 5.0, 7.0], [4.0, 0.0, 9.0]]), -0.7), True),
    (
        "4.3-hysteresis",
        (np.array([[5, 2, 0, 3], [0, 0, 2, 0], [2, 1, 0, 2]]), 2, 4),
        [[1, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]],
    ),
    ("4.3-trace", (np.array([[0, 0, 1], [0, 1, 1]], bool), (1, 1), 0), (0, 2)),
    ("4.3-trace", (np.array([[1, 0, 1], [0, 1, 0]], bool), (0, 2), 7), (1, 1)),
]


@pytest.mark.parametrize(("name", "arguments", "expected"), BY_HAND)
def test_solution_worked_by_hand(name, arguments, expected):
    np.testing.assert_allclose(EXERCISES[name].solution(*arguments), expected, rtol=1e-12, atol=1e-15)


def test_every_solution_is_worked_by_hand():
    """Those of 4.2 and 4.3; the other rooms have tests of their own."""
    assert {name for name, _arguments, _expected in BY_HAND} == {n for n in EXERCISES if n.startswith(("4.2", "4.3"))}


REFERENCES = {
    "4.2-kmeans-assign": lambda points, centers: pairwise_distances_argmin(points, centers),
    "4.2-spectral-affinity": lambda points, sigma: rbf_kernel(points, gamma=0.5 / sigma**2) - np.eye(len(points)),
    "4.2-spectral-laplacian": lambda affinity: csgraph.laplacian(affinity, normed=True),
    "4.2-spectral-rows": lambda embedding: normalize(embedding),
    "4.2-slic-connected": lambda labels: label(labels, background=-1, connectivity=1, return_num=True)[1],
    "4.3-kernel": lambda image, kernel: ndimage.correlate(image.astype(float), kernel),
    "4.3-hysteresis": lambda magnitude, low, high: apply_hysteresis(magnitude, low, high),
}


def apply_hysteresis(magnitude, low, high):
    pieces = label(magnitude >= low, connectivity=2)
    return np.isin(pieces, pieces[magnitude >= high]) & (pieces > 0)


@pytest.mark.parametrize("name", REFERENCES)
def test_solution_agrees_with_the_reference(name):
    assert check(name, REFERENCES[name]).status == "right"


def test_k_means_solutions_are_what_the_package_does():
    assign, update, inertia = (find(f"4.2-kmeans-{task}").solution for task in ("assign", "update", "inertia"))
    rng = np.random.default_rng(0)
    points = rng.random((200, 3))
    for state in k_means_steps(points, 5, init="random", rng=rng):
        np.testing.assert_array_equal(assign(points, state.previous_centers), state.labels)
        np.testing.assert_allclose(update(points, state.labels, state.previous_centers), state.centers)
        np.testing.assert_allclose(inertia(points, state.labels, state.centers), state.inertia)


def test_edge_solutions_are_what_the_package_does():
    photo = images.load("camera")[100:180, 200:280] / 255
    solution = {name: exercise.solution for name, exercise in EXERCISES.items()}
    for shape, cutoff in ((photo.shape, 0.1), ((7, 10), 0.33)):
        expected = edges.high_pass_stages(photo[: shape[0], : shape[1]], cutoff, shape="ideal").mask
        np.testing.assert_array_equal(solution["4.3-highpass"](shape, cutoff), expected)

    sobel = edges.sobel_stages(photo)
    answers = [
        solution["4.3-kernel"](photo, kernel)
        for kernel in solution["4.3-separable"](np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0]))
    ]
    np.testing.assert_allclose(answers, [sobel.horizontal, sobel.vertical], atol=1e-12)
    expected = np.rint(sobel.direction / (np.pi / 4)) % 8
    np.testing.assert_array_equal(solution["4.3-direction"](sobel.horizontal, sobel.vertical), expected)

    right = np.array([[-3, -3, 5], [-3, 0, 5], [-3, -3, 5]])
    answers = [solution["4.3-kernel"](photo, solution["4.3-kirsch"](right, k) / 15) for k in range(8)]
    np.testing.assert_allclose(answers, edges.kirsch_stages(photo).responses, atol=1e-12)

    dot = np.zeros((17, 17))
    dot[8, 8] = 1
    expected = edges.laplacian_of_gaussian(dot, 2.0)
    np.testing.assert_allclose(solution["4.3-log"](2.0, 8), expected, atol=2e-3 * np.abs(expected).max())
    row = edges.laplacian_of_gaussian(photo, 1.5)[40]
    expected = edges.zero_crossings(row[None], 0.01)[0]
    np.testing.assert_array_equal(solution["4.3-zero-crossing"](row, 0.01), expected)

    canny = edges.canny_stages(photo)
    np.testing.assert_array_equal(solution["4.3-hysteresis"](canny.thinned, 0.1, 0.2), canny.edges)
    mask = photo > 0.5
    states = list(edges.trace_border_steps(mask))
    for before, after in itertools.pairwise(states):
        assert solution["4.3-trace"](mask, before.point, before.direction) == after.point
    assert len(states) > 50


# -- the engine --------------------------------------------------------------------------------------------------------


def test_not_answered():
    def assign(points, centers): ...

    for answer in (assign, None, ..., lambda points, centers: ...):
        verdict = check("4.2-kmeans-assign", answer)
        assert verdict.status == "not answered"
        assert repr(verdict).startswith("… 4.2-kmeans-assign: Not answered yet.")


def test_list_is_accepted():
    assert check("4.2-kmeans-assign", nearest).status == "right"


def test_single_precision_is_accepted():
    solution = find("4.2-spectral-affinity").solution
    assert check("4.2-spectral-affinity", lambda *a: solution(*a).astype(np.float32)).status == "right"


def test_five_digits_are_asked():
    solution = find("4.2-slic-interval").solution
    assert check("4.2-slic-interval", lambda *a: solution(*a) * 1.000001).status == "right"
    assert check("4.2-slic-interval", lambda *a: solution(*a) * 1.0001).status == "wrong"


def test_answer_that_raises_names_its_line():
    def assign(points, centers):
        first = points[0]
        return first[7]

    verdict = check("4.2-kmeans-assign", assign)
    assert verdict.status == "wrong"
    assert "raised IndexError: index 7 is out of bounds" in verdict.message
    assert "in its line 3 (`return first[7]`)" in verdict.message
    assert isinstance(verdict.came, IndexError)
    assert set(verdict.arguments) == {"points", "centers"}


def test_answer_that_raises_on_some_cases_only():
    def inertia(points, labels, centers):
        assert len(points) != 7, "seven"
        return find("4.2-kmeans-inertia").solution(points, labels, centers)

    verdict = check("4.2-kmeans-inertia", inertia)
    assert "AssertionError: seven" in verdict.message
    assert len(verdict.arguments["points"]) == 7
    assert verdict.hint == ""


def test_wrong_number_of_arguments():
    verdict = check("4.2-kmeans-assign", lambda points: 0)
    assert "TypeError" in verdict.message
    assert "takes 1 positional argument" in verdict.message


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (lambda points, centers: 0, "got a whole number (int)"),
        (lambda points, centers: True, "got a truth value (bool)"),
        (lambda points, centers: np.zeros((len(points), 2), int), r"got whole numbers (int) of shape (1, 2)"),
        (lambda points, centers: np.array(nearest(points, centers), float), "got numbers (float) of shape (1,)"),
        (lambda points, centers: np.zeros(len(points), bool), "got truth values (bool) of shape (1,)"),
        (lambda points, centers: "left", "got str"),
        (lambda points, centers: [[1], [2, 3]], "got list"),
        (lambda points, centers: (label for label in nearest(points, centers)), "got generator"),
        (lambda points, centers: None if len(points) == 1 else nearest(points, centers), "got nothing (None)"),
    ],
)
def test_wrong_kind_is_reported_plainly(answer, came):
    verdict = check("4.2-kmeans-assign", answer)
    assert verdict.status == "wrong"
    assert f"Expected whole numbers (int) of shape (1,), {came}." in verdict.message


def test_answer_that_is_no_function():
    verdict = check("4.2-kmeans-assign", np.zeros(3))
    assert verdict.status == "wrong"
    assert "Expected the function assign, got numbers (float) of shape (3,)." in repr(verdict)


def test_changed_argument_is_reported():
    def assign(points, centers):
        labels = nearest(points, centers)
        points -= 1
        return labels

    verdict = check("4.2-kmeans-assign", assign)
    assert verdict.status == "wrong"
    assert "changes its argument points" in verdict.message
    assert check("4.2-kmeans-assign", nearest).status == "right"  # the cases are unharmed


def test_smallest_case_found_is_shown():
    def n_pieces(labels):
        return find("4.2-slic-connected").solution(labels) - (labels.size > 3)

    assert check("4.2-slic-connected", n_pieces).arguments["labels"].size == 4


def test_hint_survives_a_second_slip():
    def update(points, labels, centers):  # a sum where a mean is asked, and zeros in an empty cluster
        return np.array([points[labels == k].sum(axis=0) for k in range(len(centers))])

    assert check("4.2-kmeans-update", update).hint.startswith("This is the sum")


def test_no_hint_where_no_slip_is_recognised():
    assert check("4.2-kmeans-inertia", lambda points, labels, centers: -1.0).hint == ""


class NoWords(Exception):
    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


class NoRepr:
    def __repr__(self):
        raise RuntimeError("no repr")


def raise_(error):
    raise error


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda points, centers: raise_(SystemExit), "Your function raised SystemExit, in its line 1"),
        (lambda points, centers: raise_(NoWords()), "raised NoWords: <NoWords>"),
        (lambda points, centers: NoRepr(), "got NoRepr"),
        (lambda points, centers: [NoRepr()] * 3, "got list"),
    ],
)
def test_nothing_gets_out_of_a_check(answer, told):
    verdict = check("4.2-kmeans-assign", answer)
    assert verdict.status == "wrong"
    assert told in repr(verdict)
    assert verdict._repr_html_()


def forever(points, centers):
    while True:
        with contextlib.suppress(Exception):
            len(points)


@pytest.mark.parametrize("on_main", [True, False])
def test_an_answer_that_never_ends_is_stopped(monkeypatch, on_main):
    monkeypatch.setattr(seglearn.exercises, "LIMIT", 0.3)
    start = time.monotonic()
    if on_main:
        verdict = check("4.2-kmeans-assign", forever)
    else:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            verdict = pool.submit(check, "4.2-kmeans-assign", forever).result(30)
    assert time.monotonic() - start < 20
    assert verdict.status == "wrong"
    assert "has not ended after 0.3 seconds" in verdict.message
    assert set(verdict.arguments) == {"points", "centers"}
    assert check("4.2-kmeans-assign", nearest).status == "right"


def test_an_interrupt_by_the_reader_gets_through():
    with pytest.raises(KeyboardInterrupt):
        check("4.2-kmeans-assign", lambda points, centers: raise_(KeyboardInterrupt))


def test_prints_of_the_first_case_only(capsys):
    def assign(points, centers):
        print("here")
        return nearest(points, centers)

    check("4.2-kmeans-assign", assign)
    check("4.2-kmeans-assign", lambda points, centers: [print("there"), 7])
    assert capsys.readouterr().out == "here\nthere\n"


def test_a_forgotten_return_is_told():
    def assign(points, centers):
        labels = nearest(points, centers)  # noqa: F841

    verdict = check("4.2-kmeans-assign", assign)
    assert verdict.status == "wrong"
    assert "returns nothing. Is its last line `return ...`?" in verdict.message


def test_one_number_alone_counts_for_the_smallest_case():
    def window(row, col, interval, shape):
        top, left, bottom, right = find("4.2-slic-window").solution(row, col, interval, shape)
        return top, left, bottom, right + 1

    arguments = check("4.2-slic-window", window).arguments
    assert sum(arguments["shape"]) < 12
    shape, _cutoff = check("4.3-highpass", lambda shape, cutoff: np.zeros(shape)).arguments.values()
    assert max(shape) <= 3


def test_right_answers_of_other_kinds():
    turn, trace = find("4.3-kirsch").solution, find("4.3-trace").solution
    assert check("4.3-kirsch", lambda mask, k: turn(mask, k).astype(np.float32)).status == "right"

    def one_earlier(mask, point, direction):  # there is background too, wherever a walk can lead
        return first(mask, point, direction - (3 if direction % 2 else 2))

    def first(mask, point, begin):
        inside = np.pad(mask, 1)
        for step in range(begin, begin + 8):
            row, col = STEPS[step % 8]
            if inside[point[0] + row + 1, point[1] + col + 1]:
                return point[0] + row, point[1] + col
        return point

    mask = np.eye(3, dtype=bool)
    assert one_earlier(mask, (0, 0), 0) == trace(mask, (0, 0), 0) == (1, 1)
    assert check("4.3-trace", one_earlier).status == "right"


@pytest.mark.parametrize("turns", [1, 10])
def test_hysteresis_that_stops_too_early(turns):
    def hysteresis(magnitude, low, high):
        found = magnitude >= high
        for _ in range(turns):
            found = ndimage.binary_dilation(found, np.ones((3, 3))) & (magnitude >= low)
        return found

    assert check("4.3-hysteresis", hysteresis).status == "wrong"


def test_check_is_deterministic():
    slip = EXERCISES["4.2-kmeans-update"].slips[0].function
    first, again = check("4.2-kmeans-update", slip), check("4.2-kmeans-update", slip)
    assert repr(first) == repr(again)
    assert first._repr_html_() == again._repr_html_()


def test_warnings_of_the_answer_stay_in_the_verdict(recwarn):
    check("4.2-kmeans-update", EXERCISES["4.2-kmeans-update"].slips[0].function)
    assert not recwarn.list


def test_box_has_the_same_words_and_a_sign():
    def assign(points, centers):
        raise ValueError("<b>&")

    for answer, sign in ((nearest, "✓"), (assign, "✗"), (None, "…")):
        verdict = check("4.2-kmeans-assign", answer)
        words = html.unescape(re.sub("<[^>]+>", "", verdict._repr_html_()))
        assert words == repr(verdict)
        assert words.startswith(sign)


@pytest.mark.parametrize(
    ("name", "closest"),
    [
        ("4.2-kmeans-asign", "4.2-kmeans-assign"),
        ("4.2-meanshift-gauss", "4.2-meanshift-gaussian"),
        ("slic-window", "4.2-slic-window"),
        ("9.9-slic-window", "4.2-slic-window"),
    ],
)
def test_unknown_name_names_the_closest(name, closest):
    with pytest.raises(ValueError, match=re.escape(f"name: expected an exercise (the closest is '{closest}')")):
        check(name, nearest)


def test_name_that_is_no_string():
    with pytest.raises(TypeError, match="name: expected the name of an exercise, got function"):
        check(nearest, "4.2-kmeans-assign")


# -- the notebooks -----------------------------------------------------------------------------------------------------


def answered(cells):
    """Yield (name, verdict of the stub, verdict of the solution) for each exercise cell and the solution below it."""
    stub, imports = None, {"np": np, "check": check}
    for cell in cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code" and not {"exercise", "solution"} & set(tags):
            found = [node for node in ast.parse(cell.source).body if isinstance(node, (ast.Import, ast.ImportFrom))]
            exec(compile(ast.Module(found, []), "imports", "exec"), imports)
        if "exercise" in tags:
            stub = cell.source
        if "solution" in tags:
            assert stub is not None, f"a solution without an exercise above it: {cell.source}"
            body, last = (lambda nodes: (nodes[:-1], nodes[-1]))(ast.parse(stub).body)
            call, space = compile(ast.Expression(last.value), "check", "eval"), dict(imports)
            exec(compile(ast.Module(body, []), "exercise", "exec"), space)
            before = eval(call, space)
            exec(compile(cell.source, "solution", "exec"), space)
            yield before.name, before, eval(call, space)
            stub = None
    assert stub is None, f"an exercise without a solution below it: {stub}"


NOTEBOOK = """---
kernelspec:
  display_name: Python 3
  name: python3
---

```{{code-cell}}
:tags: [exercise]

from seglearn.exercises import check


def step(shape, n_segments):
    \"\"\"S.\"\"\"
    ...


check("4.2-slic-interval", step)
```

```{{code-cell}}
:tags: [solution]

def step(shape, n_segments):
    return {solution}
```
"""


@pytest.mark.parametrize(
    ("solution", "status"),
    [("np.sqrt(shape[0] * shape[1] / n_segments)", "right"), ("shape[0] * shape[1] / n_segments", "wrong")],
)
def test_solution_cells_are_found_and_judged(solution, status):
    cells = jupytext.reads(NOTEBOOK.format(solution=solution), "md:myst").cells
    [(name, before, after)] = answered(cells)
    assert (name, before.status, after.status) == ("4.2-slic-interval", "not answered", status)


def test_every_solution_in_the_notebooks_is_right():
    for source in sorted(SOURCES.glob("*.md")):
        for name, before, after in answered(jupytext.read(source).cells):
            assert source.name.startswith(name.partition("-")[0]), f"{source.name}: {name}"
            assert before.status == "not answered", f"{source.name}: {before}"
            assert after.status == "right", f"{source.name}: {after}"
