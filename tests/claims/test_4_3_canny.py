"""What notebook 4.3 says about Canny, about serial tracing, and about which operator is best."""

import numpy as np
import pytest

from seglearn import edges, images
from seglearn.experiments.edges import DRAWN, OPERATORS, best_scores


@pytest.fixture(scope="module")
def camera():
    return images.load("camera")


@pytest.mark.parametrize("rng", range(3))
def test_c22_a_serial_answer_depends_on_the_start(camera, rng):
    strong = np.argwhere(edges.canny_stages(camera, 1.4, 0.2, 0.8).strong)
    starts = np.random.default_rng(rng).permutation(strong)[:12]
    ends = [list(edges.trace_edge_steps(camera, start, threshold=0.2, sigma=1.4))[-1] for start in starts]
    assert len({tuple(sorted(map(tuple, end.contour))) for end in ends}) >= 9
    assert {end.stopped for end in ends} == {"closed", "faded", "border"}


def test_c22_a_parallel_answer_does_not_see_what_is_cut_away_but_linking_does(camera):
    inside, hangs = np.s_[8:-8, 8:-8], 0
    whole = edges.canny_stages(camera, 1.4, 0.2, 0.8)
    for top, left in [(100, 100), (40, 200), (250, 150), (150, 300)]:
        piece = np.s_[top : top + 200, left : left + 200]
        part = edges.canny_stages(camera[piece], 1.4, 0.2, 0.8)
        assert (edges.sobel(camera)[piece] == edges.sobel(camera[piece]))[inside].all()
        for stage in ("thinned", "weak", "strong"):
            assert (getattr(whole, stage)[piece] == getattr(part, stage))[inside].all()
        hangs += (whole.edges[piece] != part.edges)[inside].sum()
    assert hangs > 50


def test_c22_noise_leads_the_walker_astray(camera):
    whole = edges.canny_stages(camera, 1.4, 0.2, 0.8)
    starts = np.random.default_rng(0).permutation(np.argwhere(whole.strong))[:15]
    on_edge = []
    for noise in (0, 0.3):
        noisy = images.noisy(camera, noise, rng=0)
        strong_enough = edges.canny_stages(noisy, 1.4).magnitude[tuple(starts.T)] >= 0.2
        walks = [edges.trace_edge(noisy, start, threshold=0.2, sigma=1.4) for start in starts[strong_enough]]
        on_edge.append(np.mean([whole.weak[tuple(walk.T)].mean() for walk in walks]))
    assert on_edge[0] > 0.9
    assert on_edge[1] < 0.75


@pytest.mark.parametrize("photo", ["camera", "coins", "rocket"])
def test_c23_canny_is_more_than_its_first_order_operator(photo):
    grey = images.grey(images.load(photo))
    counts = {}
    for noise in (0, 0.1):
        for sigma in (0, 1.4):
            stages = edges.canny_stages(images.noisy(grey, noise, rng=0), sigma, 0.2, 0.8)
            slope, strong = (stages.magnitude >= 0.8).sum(), stages.strong.sum()
            counts[noise, sigma] = slope, stages.edges.sum()
            assert strong < 0.85 * slope
            assert strong <= stages.edges.sum() <= stages.weak.sum()
    assert counts[0.1, 0][0] > 1.7 * counts[0, 0][0]  # the operator alone, under noise
    assert counts[0.1, 1.4][1] < 1.6 * counts[0, 1.4][1]  # the whole pipeline


def test_canny_keeps_both_sides_of_a_step_and_cuts_corners():
    step = np.zeros((5, 10))
    step[:, 5:] = 1
    np.testing.assert_array_equal(edges.canny(step, 0)[2], [0, 0, 0, 0, 1, 1, 0, 0, 0, 0])
    square = np.zeros((101, 101))
    square[30:, 30:] = 1
    passes = [np.hypot(*(np.argwhere(edges.canny(square, s, 0.02, 0.04)) - 29.5).T).min() for s in (1, 4, 8)]
    assert passes[0] < 1 < 2 < passes[1] < 4 < 5 < passes[2]


@pytest.fixture(scope="module")
def table():
    """Mean precision, recall and F over the photographs: (2 noises, 10 operators, 3)."""
    found = [[best_scores(photo, noise) for photo in DRAWN] for noise in (0.0, 0.2)]
    return [{o: np.mean([scores[o][:3] for scores in photos], axis=0) for o in OPERATORS} for photos in found]


def test_smoothing_wins_and_canny_ties_with_a_smoothed_sobel(table):
    for scores, margin in zip(table, (0.03, 0.1)):
        f = {name: row[2] for name, row in scores.items()}
        best = {"smoothed_sobel", "canny"}
        assert set(sorted(f, key=f.get)[-2:]) == best
        assert abs(f["smoothed_sobel"] - f["canny"]) < 0.03
        assert min(f[name] for name in best) > max(f[name] for name in set(f) - best) + margin
        assert min(f, key=f.get) == "laplace"


def test_noise_costs_sobel_much_and_a_smoothed_sobel_little(table):
    clean, noisy = table
    assert clean["sobel"][2] - noisy["sobel"][2] > 0.08
    assert clean["smoothed_sobel"][2] - noisy["smoothed_sobel"][2] < 0.04
    assert clean["canny"][2] - noisy["canny"][2] < 0.04


def test_every_operator_marks_much_that_is_no_border_of_an_object(table):
    assert all(row[0] < 0.6 for scores in table for row in scores.values())
    assert best_scores("chelsea")["canny"][2] < 0.15
    assert best_scores("coins")["canny"][2] > 0.95
