"""The measurements of chapter 4.4, each on a case whose answer is known."""

import numpy as np
import pytest

from seglearn.experiments import objects
from seglearn.experiments import regions as experiments


def test_two_tones_are_dark_and_bright_and_fade_to_the_right():
    mask = np.array([[True, False, True]])
    np.testing.assert_allclose(experiments.two_tones(mask), [[0.65, 0.35, 0.65]])
    np.testing.assert_allclose(experiments.two_tones(mask, light=0.5), [[0.65, 0.35 * 0.75, 0.65 * 0.5]])


def test_every_threshold_divides_two_tones_without_noise():
    mask = np.zeros((20, 40), bool)
    mask[4:16, ::5] = True
    errors = experiments.threshold_errors(mask, (0.0, 0.3), (0.0,), size=11, offset=0.01)
    assert list(errors) == list(experiments.THRESHOLDS)
    assert all(errors[name][0, 0] == 0 for name in ("fixed", "valley", "iterative", "otsu", "optimal"))
    assert all(error[1, 0] > 0.1 for error in errors.values())


def test_without_a_valley_the_error_is_the_smaller_class():
    assert experiments.threshold_error("valley", np.full((2, 4), 0.5), np.array([[1, 0, 0, 0]] * 2, bool)) == 0.25


def test_least_error_by_hand():
    values = np.array([[0.1, 0.2, 0.6, 0.3, 0.7, 0.9]])
    second = np.array([[False, False, False, True, True, True]])
    threshold, error = experiments.least_error(values, second)
    assert 0.2 <= threshold < 0.3 or 0.6 <= threshold < 0.7
    assert error == pytest.approx(1 / 6)


def test_holes_by_hand():
    mask = np.ones((5, 7), bool)
    mask[1, 1] = mask[3, 3] = mask[3, 4] = mask[0, 5] = False
    assert experiments.count_holes(mask) == 2  # the third is open to the border


def test_markers_are_the_flat_pieces_of_some_size():
    slope = np.full((10, 12), 9)
    slope[:, :5] = slope[:, 8:] = 0
    slope[0, 6] = 0  # too small
    markers = experiments.flat_markers(slope)
    assert markers.max() == 2
    assert ((markers > 0) == (slope == 0))[1:].all()
    assert markers[0, 6] == 0
    assert (experiments.flat_markers(np.arange(12).reshape(3, 4)) > 0).sum() == 1  # none is large: the lowest


def test_region_scores_by_hand():
    truth = np.zeros((4, 6), np.int32)
    truth[:, 3:] = 1
    truth[:, 2] = 255
    labels = np.zeros((4, 6), np.int32)
    labels[:, 4:] = 1
    scores = experiments.region_scores(labels, truth)
    assert scores.n_regions == 2
    assert scores.accuracy == pytest.approx(16 / 20)  # the four pixels of column 3 go with the ground
    assert experiments.region_scores(np.arange(24).reshape(4, 6), truth).accuracy == 1


def test_object_scores_by_hand():
    truth = np.zeros((6, 10), np.int32)
    truth[:2, :4], truth[4:, :4], truth[:2, 6:] = 5, 2, 9
    found = np.zeros_like(truth)
    found[:2, :4], found[4:, :3], found[3, 9] = 1, 2, 3  # overlaps of 1 and 6/8, a false one; the third is missed
    scores = objects.object_scores(found, truth)
    assert scores.hits.tolist() == [2] * 5 + [1] * 5  # 6/8 exceeds 0.5 to 0.7, and 0.75 not
    assert (scores.hits + scores.false == 3).all()
    assert (scores.hits + scores.missed == 3).all()
    assert scores.f1 == pytest.approx(2 / 3)
    assert scores.average_precision == pytest.approx((5 * 2 / 4 + 5 * 1 / 5) / 10)
    assert objects.object_scores(truth, truth).f1 == 1


def test_touching_discs_are_divided_and_single_ones_are_not():
    row, col = np.mgrid[:60, :120]
    discs = [np.hypot(row - 30, col - c) < 14 for c in (20, 70, 94)]
    distance, markers, cells = objects.split_touching(np.logical_or.reduce(discs))
    assert markers.max() == cells.max() == 3
    assert len({cells[30, c] for c in (20, 70, 94)}) == 3
    assert 0.6 < distance.max() <= 1  # smoothed, in radii
    assert objects.split_touching(np.zeros((5, 5), bool))[2].max() == 0


@pytest.mark.parametrize("bright", [True, False])
def test_objects_are_found_bright_or_dark(bright):
    row, col = np.mgrid[:80, :160]
    truth = np.zeros(row.shape, np.int32)
    for k, (r, c) in enumerate([(30, 30), (50, 80), (50, 104), (25, 130)], 1):
        truth[np.hypot(row - r, col - c) < 13] = k
    light = np.array([0.05, 0.4, 0.6, 0.6, 0.8])[truth]
    picture = np.clip(light + 0.01 * np.random.default_rng(0).standard_normal(light.shape), 0, 1)
    scores = objects.object_scores(objects.find_objects(picture if bright else 1 - picture), truth)
    assert scores.f1 == 1
    assert scores.average_precision > 0.75


def test_foreground_iou_by_hand():
    picture = np.array([[0.1, 0.1, 0.1, 0.1, 0.9, 0.8]])
    truth = np.array([[0, 0, 0, 3, 3, 4]])
    assert objects.foreground_iou("fixed", picture, truth) == pytest.approx(2 / 3)
    assert objects.foreground_iou("otsu", 1 - picture, truth) == pytest.approx(2 / 3)
    assert objects.foreground_iou("valley", np.full((2, 2), 0.3), np.array([[1, 0], [0, 0]])) == 0


def test_pairs_are_read_in_order(tmp_path):
    from PIL import Image

    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    for name in ("b", "a"):
        Image.fromarray(np.full((2, 3, 3), 7, np.uint8)).save(tmp_path / "images" / f"{name}.png")
        Image.fromarray(np.full((2, 3), 300, np.uint16)).save(tmp_path / "labels" / f"{name}.png")
    pairs = list(objects.read_pairs(tmp_path))
    assert [name for name, _, _ in pairs] == ["a", "b"]
    assert pairs[0][1].shape == (2, 3, 3)
    assert (pairs[0][2] == 300).all()
