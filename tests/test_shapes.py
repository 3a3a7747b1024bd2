"""The shapes: where their points lie, how many, and the same again for the same seed."""

import numpy as np
import pytest

from seglearn.shapes import SHAPES, blobs, moons, rings, spirals


def test_without_noise_the_points_lie_on_their_curves():
    points, labels = moons(101, noise=0)
    for k, center in enumerate([(0, 0), (1, 0.5)]):
        np.testing.assert_allclose(np.linalg.norm(points[labels == k] - center, axis=1), 1)
    assert (points[labels == 0, 1] > -1e-12).all()
    assert (points[labels == 1, 1] < 0.5 + 1e-12).all()

    points, labels = rings(120, noise=0)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), labels + 1.0)
    assert np.bincount(labels).tolist() == [20, 40, 60]

    points, labels = spirals(noise=0)
    radius, angle = np.linalg.norm(points, axis=1), np.arctan2(points[:, 1], points[:, 0])
    turned = angle - np.pi * (radius - 1 + labels)
    np.testing.assert_allclose(np.cos(turned), 1)
    assert (radius.min(), radius.max()) == pytest.approx((1, 3))

    points, labels = blobs(8, noise=0)
    assert len(np.unique(points, axis=0)) == 4
    assert (np.abs(points) == 1.5).all()


def test_points_of_a_curve_stand_evenly():
    for shape in (moons, rings, spirals):
        points, labels = shape(600, noise=0)
        for k in range(labels.max() + 1):
            steps = np.linalg.norm(np.diff(points[labels == k], axis=0), axis=1)
            assert steps.max() < 1.3 * steps.min()


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape(name):
    shape = SHAPES[name]
    for n_points in (10, 299, 300):
        points, labels = shape(n_points, rng=3)
        assert (points.shape, points.dtype) == ((n_points, 2), float)
        assert (labels.shape, labels.dtype) == ((n_points,), np.int32)
        assert np.bincount(labels).min() >= 1
        again, _ = shape(n_points, rng=np.random.default_rng(3))
        np.testing.assert_array_equal(points, again)
    clean, _ = shape(noise=0)
    spread = [np.std(shape(noise=noise, rng=0)[0] - clean) for noise in (0.1, 0.3)]
    assert spread == pytest.approx([0.1, 0.3], rel=0.1)
    n_groups = labels.max() + 1
    assert len(np.unique(shape(int(n_groups), rng=0)[1])) == n_groups
    with pytest.raises(ValueError, match=f"n_points: expected an integer of at least {n_groups}, got 1"):
        shape(1)
    with pytest.raises(ValueError, match="noise: expected a number of at least 0, got -"):
        shape(noise=-0.1)
    with pytest.raises(TypeError, match="rng: expected an integer"):
        shape(rng="seed")
