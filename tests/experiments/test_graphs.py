"""What chapter 4.5 measures: marks stay in their region, rectangles around objects, the hair's transparency."""

import numpy as np
import pytest

from seglearn import images
from seglearn.experiments import graphs


@pytest.mark.parametrize("name", graphs.OBJECTS)
def test_objects_and_their_rectangles(name):
    wanted, decided = graphs.object_of(name)
    assert wanted.shape == images.load(name).shape[:2]
    assert wanted.any()
    assert decided[wanted].all()
    top, left, bottom, right = graphs.rectangle_around(wanted, 8)
    outside = np.ones(wanted.shape, bool)
    outside[top:bottom, left:right] = False
    assert outside.any()
    assert not wanted[outside].any() or left == 1
    rows = np.flatnonzero(wanted.any(axis=1))
    assert (top, bottom) == (max(rows.min() - 8, 0), min(rows.max() + 9, wanted.shape[0]))


def test_a_rectangle_by_hand():
    mask = np.zeros((10, 12), bool)
    mask[4:6, 5:9] = True
    assert graphs.rectangle_around(mask, 2) == (2, 3, 8, 11)
    assert graphs.rectangle_around(mask, 99) == (0, 1, 10, 12)
    assert graphs.rectangle_around(mask, 0) == (4, 5, 6, 9)


def test_overlap_by_hand():
    a, b = np.array([[1, 1, 1, 0, 0]], bool), np.array([[0, 1, 1, 1, 0]], bool)
    assert graphs.overlap(a, b) == 0.5
    assert graphs.overlap(a, b, np.array([[0, 1, 1, 1, 1]], bool)) == pytest.approx(2 / 3)
    assert graphs.overlap(~a & a, ~b & b) == 1


@pytest.mark.parametrize("seed", range(5))
def test_scribbles_stay_in_their_region(seed):
    region = np.hypot(*np.mgrid[-50:50, -60:60]) < 40
    marks = graphs.scribbles(region, 4, seed)
    assert marks.any()
    assert not marks[~region].any()
    assert marks.sum() < 4 * 90 * 3
    np.testing.assert_array_equal(marks, graphs.scribbles(region, 4, seed))
    assert (graphs.scribbles(region, 4, seed + 1) != marks).any()
    thin = np.zeros((9, 9), bool)
    thin[4] = True
    assert graphs.scribbles(thin, 1, seed)[4].any()


def test_hair_is_blended_as_its_transparency_says():
    hair = graphs.hair(120)
    np.testing.assert_allclose(
        hair.image, hair.alpha[..., None] * hair.head + (1 - hair.alpha[..., None]) * hair.ground, atol=1e-12
    )
    part = (hair.alpha > 0) & (hair.alpha < 1)
    assert 0.05 < part.mean() < 0.4
    assert np.unique(hair.alpha * 16 % 1).tolist() == [0]
    assert 0 <= hair.image.min() < hair.image.max() <= 1
    assert (graphs.hair(120, rng=1).alpha != hair.alpha).any()


def test_strokes_by_hand(tmp_path):
    strokes = [("foreground", 1, [(1, 1), (4, 1)]), ("background", 1, [(3, 1), (3, 3)]), ("eraser", 1, [(3, 2)])]
    marks = graphs.painted((5, 6), strokes)
    assert marks.tolist() == [[0] * 6, [0, 1, 1, 2, 1, 0], [0] * 6, [0, 0, 0, 2, 0, 0], [0] * 6]
    assert marks.dtype == np.uint8
    np.save(tmp_path / "marks.npy", marks)
    loaded = graphs.painted((5, 6, 3), [("file", str(tmp_path / "marks.npy")), ("eraser", 1, [(0, 1), (2, 1)])])
    assert loaded[1].tolist() == [0, 0, 0, 2, 1, 0]
    wide = graphs.painted((21, 21), [("background", 9, [(10, 10)])])
    assert wide[10].sum() == 2 * 9
    np.testing.assert_array_equal(wide, wide.T)
    assert not graphs.painted((5, 6), [("foreground", 3, [(40, 40)])]).any()
    with pytest.raises(ValueError, match="brush: expected one of 'foreground', 'background', 'eraser', got 'pen'"):
        graphs.painted((5, 6), [("pen", 1, [(0, 0)])])
    with pytest.raises(
        ValueError, match=r"strokes: expected marks 0, 1, 2 of shape \(4, 6\), got uint8, shape \(5, 6\)"
    ):
        graphs.painted((4, 6), [("file", str(tmp_path / "marks.npy"))])


def test_affinities_of_points_and_clouds():
    affinity = graphs.point_affinity(np.array([[0.0, 0], [3, 4]]), 5)
    np.testing.assert_allclose(affinity, np.exp(-0.5) * (1 - np.eye(2)))
    points, labels = graphs.two_clouds(2000, gap=10)
    np.testing.assert_allclose(points[labels == 1].mean(axis=0) - points[labels == 0].mean(axis=0), [10, 0], atol=0.2)
