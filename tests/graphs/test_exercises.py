"""The exercises of 4.5: their solutions by hand and against the package, their slips told apart."""

import numpy as np
import pytest

from seglearn import graphs
from seglearn.exercises.graphs import EXERCISES, cuts, energy, flow
from seglearn.graphs.color_model import ColorModel, color_costs
from seglearn.graphs.energy import contrasts


def test_names_are_of_the_section_and_hints_differ():
    assert len({exercise.name for exercise in EXERCISES}) == len(EXERCISES) >= 8
    for exercise in EXERCISES:
        assert exercise.name.startswith("4.5-")
        assert len({slip.hint for slip in exercise.slips}) == len(exercise.slips) >= 5


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_slip_fails_on_a_case_of_its_own(exercise):
    """No slip is right, and no two answer alike: so each hint is found."""
    cases = [*exercise.special, *(exercise.cases(np.random.default_rng(i), 1 + i) for i in range(15))]
    answers = [exercise.solution, *(slip.function for slip in exercise.slips)]
    told = [[np.concatenate([np.ravel(part) for part in np.atleast_1d(f(*case))]) for case in cases] for f in answers]
    for i, one in enumerate(told):
        for other in told[:i]:
            assert not all(np.allclose(a, b) for a, b in zip(one, other) if a.shape == b.shape)


def test_cuts_by_hand():
    """The house: between {d, e} and the rest 1 + 2; the pair holds 2 * 6 + 3, the triangle 2 * 12 + 3."""
    assert cuts.cut(cuts.HOUSE, cuts.PAIR) == 3
    assert cuts.ncut(cuts.HOUSE, cuts.PAIR) == pytest.approx(3 / 15 + 3 / 27)
    assert cuts.ncut(cuts.HOUSE, cuts.PAIR) == pytest.approx(graphs.ncut_value(cuts.HOUSE, cuts.PAIR))
    weight = cuts.link(np.array([0.2, 0.4, 0.6]), np.array([0.4, 0.4, 0.2]), (1, -1), 0.5)
    assert weight == pytest.approx(np.exp(-0.2 / 0.5) / np.sqrt(2))


def test_flow_by_hand():
    left = flow.augment(np.array([[0.0, 5, 0], [0, 0, 3], [0, 0, 0]]), [0, 1, 2])
    assert left.tolist() == [[0, 2, 0], [3, 0, 0], [0, 3, 0]]
    assert flow.source_side(left, 0).tolist() == [True, True, False]
    assert flow.source_side(flow.BACKWARDS, 0).tolist() == [True] * 4
    state = graphs.max_flow(flow.ONE_WAY, 0, 2)
    np.testing.assert_array_equal(flow.residual(flow.ONE_WAY, state.flow.toarray()), state.residual.toarray())
    np.testing.assert_array_equal(state.residual.toarray(), left)


def test_energy_by_hand_and_as_in_the_package():
    mask, costs = np.array([[True, True, False]]), ([[1.0, 2, 3]], [[4.0, 5, 6]])
    right = np.array([[7.0, 8, 99]])
    assert energy.energy(mask, *map(np.array, costs), right, np.full((1, 3), 99.0), 2.0) == 1 + 2 + 6 + 2 * 8
    image = np.array([[0.0, 0.5], [1.0, 1.0]])
    assert energy.beta(image) == pytest.approx(1 / (2 * (0.25 + 0 + 1 + 0.25) / 4))
    assert contrasts(image)[:2].sum() == pytest.approx(1.5)
    weights, means, variances = np.array([0.9, 0.1]), np.array([0.3, 0.6]), np.array([0.05, 0.05])
    model = ColorModel(weights, means[:, None], variances[:, None, None])
    greys = np.linspace(0, 1, 21)
    ours = [energy.component(grey, weights, means, variances) for grey in greys]
    assert ours == color_costs(greys[:, None], model)[0].tolist()
    assert 0 < sum(ours) < 21
