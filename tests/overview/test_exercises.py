"""The exercises of 4.1: solutions by hand and against the package, slips told apart."""

import numpy as np
import pytest

from seglearn import images, metrics
from seglearn.exercises import overview
from seglearn.exercises.overview import EXERCISES
from seglearn.experiments.overview import times_covered


def test_names_are_of_the_section_and_hints_differ():
    assert len({exercise.name for exercise in EXERCISES}) == len(EXERCISES) == 3
    for exercise in EXERCISES:
        assert exercise.name.startswith("4.1-")
        assert len({slip.hint for slip in exercise.slips}) == len(exercise.slips) >= 5


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_no_slip_is_right_and_no_two_are_alike(exercise):
    cases = [*exercise.special, *(exercise.cases(np.random.default_rng(i), 1 + i) for i in range(15))]
    answers = [exercise.solution, *(slip.function for slip in exercise.slips)]
    told = [[np.asarray(f(*case)) for case in cases] for f in answers]
    for i, one in enumerate(told):
        for other in told[:i]:
            assert not all(a.shape == b.shape and np.allclose(a, b) for a, b in zip(one, other))


def test_by_hand():
    assert overview.faults(np.array([[[1, 1, 0, 0]], [[0, 1, 1, 0]], [[0, 1, 0, 0]]], bool)) == (1, 1)
    assert overview.pixel_accuracy(np.array([[0, 1, 1, 7]]), np.array([[0, 1, 2, 255]])) == 2 / 3
    picture = overview.recolor(np.array([[1, 255, 0]]), np.uint8([[1, 2, 3], [4, 5, 6]]))
    assert picture.tolist() == [[[4, 5, 6], [255, 255, 255], [1, 2, 3]]]


@pytest.mark.parametrize("name", ["coffee", "rocket"])
def test_on_real_label_maps(name):
    truth = images.ground_truth(name).labels
    shifted = np.roll(truth, 9, axis=1)
    assert overview.pixel_accuracy(shifted, truth) == pytest.approx(metrics.pixel_accuracy(shifted, truth))
    masks = np.array([truth == k for k in range(truth[truth != 255].max() + 1)])
    assert overview.faults(masks) == ((truth == 255).sum(), 0)
    assert overview.faults(masks)[0] == (times_covered(masks) == 0).sum()
