"""The measurements of chapter 4.4, each on a case whose answer is known."""

import numpy as np
import pytest
from scipy import ndimage

from seglearn import images, regions
from seglearn.experiments import objects, reliefs
from seglearn.experiments import regions as experiments
from seglearn.figures.regions.watershed import seen


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


def test_the_offset_is_taken_off_both_local_thresholds():
    picture = np.random.default_rng(0).random((20, 30))
    for name in ("adaptive", "block_mean"):
        plain, lower = (experiments.threshold_by(name, picture, size=5, offset=offset) for offset in (0.0, 0.1))
        np.testing.assert_allclose(plain - lower, 0.1)


def test_block_borders_by_hand():
    picture, truth = np.zeros((8, 8)), np.zeros((8, 8), np.int32)
    picture[:, 4:], truth[:, 4:] = 1, 1
    found = experiments.block_borders(picture, truth, 4)
    assert (found.recall, found.merged_recall) == (1, 1)
    assert found.chance == pytest.approx(39 / 64)  # near the cross of four blocks: columns and rows 2 to 4
    assert found.merged_chance == pytest.approx(24 / 64)  # near the one border that is left
    assert 0 < found.gone < 1


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
    assert experiments.holes_of(mask).tolist() == [1, 2]


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


# ---- what the figures work on


def test_light_falls_off_to_the_right():
    lit = reliefs.lit(np.full((2, 5), 200, np.uint8), 0.5)
    np.testing.assert_allclose(lit, np.tile(200 / 255 * np.array([1, 0.875, 0.75, 0.625, 0.5]), (2, 1)))
    np.testing.assert_array_equal(reliefs.lit(lit, 0.0, 0.1, 3), reliefs.lit(lit, 0.0, 0.1, 3))


@pytest.mark.parametrize("name", reliefs.GRIDS)
def test_grids_are_six_by_eight_and_edits_stay_within_0_and_9(name):
    plain = reliefs.grid(name)
    assert plain.shape == (6, 8)
    edited = reliefs.grid(name, (("brighter", 9, ((0, 0), (3, 0))), ("darker", 2, ((3, 0), (3, 0)))))
    assert edited[0, :4].tolist() == [9, 9, 9, 7]  # a stroke counts once a cell
    np.testing.assert_array_equal(edited[1:], plain[1:])


def test_strokes_pass_over_every_pixel_between_their_points():
    mask = reliefs.stroked((5, 9), ((0, 0), (8, 4)), 1)
    assert mask.sum() >= 9
    assert mask[0, 0]
    assert mask[2, 4]
    assert mask[4, 8]
    assert not reliefs.stroked((5, 9), ((-4, -4),), 3).any()
    assert reliefs.stroked((9, 9), ((4, 4),), 4).sum() == 13  # at most two pixels away


def test_every_stroke_is_a_marker_and_the_eraser_none():
    markers = reliefs.marked((6, 9), (("marker", 1, ((0, 0),)), ("marker", 1, ((8, 5),)), ("eraser", 1, ((0, 0),))))
    assert np.argwhere(markers == 2).tolist() == [[5, 8]]
    assert not (markers == 1).any()


def test_the_landscape_is_real_and_smoothing_fills_its_pits():
    heights = reliefs.landscape()
    assert heights.shape == (114, 134)
    assert 200 < heights.min() < heights.max() < 1100  # metres, of the Cumberland mountains
    minima = [regions.regional_minima(reliefs.landscape(sigma)).max() for sigma in (0, 1, 3)]
    assert minima == sorted(minima, reverse=True)
    assert minima[-1] < 100


def test_the_gradient_of_a_step_is_a_ridge_of_whole_numbers():
    step = np.repeat([[0.0, 0, 0, 1, 1, 1]], 5, axis=0)
    ridge = reliefs.relief(step, 0)
    assert ridge.dtype == np.int32
    assert ridge[2].tolist() == [0, 0, 255, 255, 0, 0]


def test_deep_water_hides_what_is_lower_and_the_front_hides_the_back():
    relief = np.full((20, 10), 5)
    relief[15:18, 4:6] = 9  # a wall before the back
    labels, dams = np.ones(relief.shape, np.int32), np.zeros(relief.shape, bool)
    labels[relief == 9] = 0
    colors = np.zeros((20, 10, 3), np.uint8)
    colors[..., 0] = 10 * np.arange(20)[:, None]
    view = seen(relief, colors, labels, dams, 7)
    assert view.shape[1] == 3 * 10
    column, beside = view[:, 3 * 4, 0].tolist(), view[:, 0, 0].tolist()
    assert {10 * r for r in range(20)} <= set(beside)  # level water: every row is seen
    assert not {10 * r for r in range(10, 15)} <= set(column)
    assert 150 in column


def test_half_of_the_border_pixels_between_blocks_go():
    picture, truth = np.zeros((8, 8)), np.zeros((8, 8), np.int32)
    picture[:, 4:], truth[:, 4:] = 1, 1
    assert experiments.block_borders(picture, truth, 4).gone == pytest.approx(1 - 8 / 15)  # of the cross one line stays


def test_a_flat_piece_of_just_enough_pixels_is_a_marker():
    slope = np.full((10, 12), 9)
    slope[:2, :10] = slope[5:] = 0
    assert np.bincount(experiments.flat_markers(slope).ravel())[1:].tolist() == [20, 60]
    assert np.bincount(experiments.flat_markers(slope, least=21).ravel())[1:].tolist() == [60]


def test_two_classes_have_their_shares_means_and_deviations():
    values, second = experiments.two_classes((0.3, 0.7), (0.01, 0.05), 0.25, n=4000)
    assert second.sum() == 1000
    for which, mean, deviation in ((~second, 0.3, 0.01), (second, 0.7, 0.05)):
        assert values[which].mean() == pytest.approx(mean, abs=0.01)
        assert values[which].std() == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize(("shape", "size"), [((4, 30), 29), ((4, 31), 31), ((60, 4), 51)])
def test_local_thresholds_fit_into_small_pictures(shape, size):
    picture = np.random.default_rng(0).random(shape)
    expected = regions.threshold_adaptive(picture, size)
    np.testing.assert_array_equal(experiments.threshold_by("adaptive", picture), expected)
    np.testing.assert_allclose(experiments.threshold_by("block_mean", picture[:3, :2]), picture[:3, :2])


def test_growing_has_half_the_tolerance_since_it_goes_both_ways():
    picture = np.repeat([[0.4] * 20 + [0.52] * 20], 12, axis=0)
    grown, merged = (experiments.segmented(name, picture, 0.16) for name in ("growing", "split and merge"))
    assert grown[0, 0] != grown[0, -1]
    assert merged[0, 0] == merged[0, -1]


def test_errors_are_those_of_the_noise_that_was_asked_for():
    mask = np.arange(40) % 8 < np.full((20, 1), 3)
    errors = experiments.threshold_errors(mask, (0.3,), (0.2,), rng=7, size=11)
    picture = experiments.two_tones(mask, 0.3, 0.2, 7)
    for name in experiments.THRESHOLDS:
        assert errors[name].item() == experiments.threshold_error(name, picture, mask, size=11)


def test_a_photo_is_segmented_with_the_noise_and_scored_without(monkeypatch):
    seen = []
    one = lambda _, picture: seen.append(picture) or np.zeros(picture.shape, int)  # noqa: E731
    monkeypatch.setattr(experiments, "segmented", one)
    for noise in (0.0, 0.1):
        assert list(experiments.compare_methods("horse", noise)) == list(experiments.METHODS)
    assert len(seen) == 8
    np.testing.assert_array_equal(seen[7], images.noisy(seen[0], 0.1, rng=0))


def test_the_ground_is_the_larger_part_and_not_the_mean():
    picture = np.where(np.arange(20) < 11, 0.1, 1.0)[None]
    np.testing.assert_array_equal(objects.bright_objects(picture), picture)
    np.testing.assert_allclose(objects.bright_objects(1 - picture), picture)


def test_a_mask_is_enlarged_by_as_much_as_is_asked():
    row, col = np.mgrid[:60, :80]
    picture = np.where(np.hypot(row - 30, col - 40) < 9, 0.8, 0.05)
    plain, grown = (objects.object_stages(picture, n).mask for n in (0, 3))
    np.testing.assert_array_equal(grown, ndimage.binary_dilation(plain, iterations=3))


def test_an_object_cut_by_the_border_is_deepest_there():
    mask = np.zeros((30, 31), bool)
    mask[:10] = True
    assert objects.split_touching(mask)[0][:, 15].argmax() == 0


def test_the_typical_radius_is_that_of_the_piece_with_the_middle_pixel():
    row, col = np.mgrid[:60, :100]
    small = [np.hypot(row - r, col - c) < 3 for r in (8, 30, 52) for c in (70, 85)]
    distance, _, _ = objects.split_touching(np.logical_or.reduce([np.hypot(row - 30, col - 30) < 20, *small]))
    assert 0.6 < distance.max() <= 1  # of six small discs none is typical


@pytest.mark.parametrize("seed", range(12))
def test_the_way_from_a_top_to_a_higher_one_leads_down_by_the_depth(seed):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((120, 120)), 6)
    distance, markers, _ = objects.split_touching(noise > np.quantile(noise, 0.6), depth=0.1)
    heights = ndimage.maximum(distance, markers, np.arange(1, markers.max() + 1))
    assert len(heights) > 3
    for number, height in enumerate(heights, 1):
        around = ndimage.label(distance > height - 0.1 + 1e-5)[0]  # neighbours are four
        near = np.unique(markers[(around == around[markers == number][0]) & (around > 0) & (markers > 0)])
        assert all(heights[near - 1] <= height)
        assert sum(heights[near - 1] == height) <= 1


@pytest.mark.parametrize("radius", [5, 10, 20])
def test_discs_on_a_step_of_the_ground_are_found_in_every_size(radius):
    """Discs side by side, on ground of which one half is as bright as the discs on the other."""
    gap = 2 * radius + 4
    row, col = np.mgrid[: 4 * gap, : 8 * gap]
    discs = np.hypot(row % gap - gap / 2, col % gap - gap / 2) < radius
    light = np.where(col < 4 * gap, 0.02, 0.2) + 0.2 * discs
    pieces = ndimage.label(objects.object_stages(light).mask)[0]
    assert objects.object_scores(pieces, ndimage.label(discs)[0]).hits[4] >= 28  # four lie at the step


@pytest.mark.parametrize("radius", [5, 12, 20])
def test_the_last_window_is_as_large_as_the_objects(radius, monkeypatch):
    blocks = []
    monkeypatch.setattr(objects, "threshold_adaptive", lambda light, block: blocks.append(block) or 0 * light)
    row, col = np.mgrid[:200, :200]
    objects.object_stages(np.where(np.hypot(row % 50 - 25, col % 50 - 25) < radius, 0.8, 0.1))
    assert blocks[-1] == pytest.approx(2 * 0.8 * radius + 1, abs=2)


@pytest.mark.parametrize(("height", "found"), [(0.2, 4), (0.1, 3)])
def test_a_piece_counts_if_it_stands_out_by_0_3_of_the_typical_one(height, found):
    light = np.full((40, 90), 0.1)
    for number in range(4):
        light[15:25, 20 * number + 5 : 20 * number + 15] += [0.5, 0.5, height, 0.5][number]
    mask = objects._standing_out(light, light > 0.1)
    assert ndimage.label(mask)[1] == found
    assert not objects._standing_out(light, light > 1).any()


@pytest.mark.parametrize(("brightest", "columns"), [(1, 41), (0.23, 41), (0.22, 46)])
def test_objects_end_at_half_their_height_dim_ones_at_0_3_of_it_and_have_no_holes(brightest, columns):
    light, cells = np.tile(np.interp(np.arange(80), [20, 60], [1, 0]), (40, 1)), np.zeros((40, 80), np.int32)
    cells[:, :50] = 1
    assert objects._cut_off(brightest * light, cells).any(axis=0).sum() == columns
    light, cells = np.zeros((30, 30)), np.zeros((30, 30), np.int32)
    light[5:14, 5:14] = cells[5:14, 5:14] = 1
    light[9, 9] = 0
    np.testing.assert_array_equal(objects._cut_off(light, cells), cells)


@pytest.mark.parametrize(("height", "width", "found"), [(5, 6, 1), (4, 7, 0)])
def test_objects_of_less_than_30_pixels_are_none(height, width, found):
    light, cells = np.zeros((20, 20)), np.zeros((20, 20), np.int32)
    light[5 : 5 + height, 5 : 5 + width] = cells[5 : 5 + height, 5 : 5 + width] = 1
    assert objects._cut_off(light, cells).max() == found


def test_objects_exceed_what_lies_around_them_too_and_have_no_holes():
    picture = np.repeat([[0.02] * 80 + [0.4] * 80], 80, axis=0)
    row, col = np.mgrid[:80, :160]
    discs = (np.hypot(row % 20 - 10, col % 20 - 10) < 6) & (col // 20 % 2 == 0)
    discs |= (np.hypot(row % 20 - 10, col % 20 - 10) < 6) & (col > 80)
    picture[discs] += 0.5
    picture[28:32, 108:112] = 0.02  # a hole in the disc around (30, 110)
    mask = objects.object_stages(picture).mask
    assert mask[10::20, 110:155:20].all()
    assert not mask[20:70:20, 120:150:20].any()  # between discs: above Otsu's threshold, below the mean around
    assert mask[30, 110]


def test_basins_are_counted_after_the_smoothing_that_was_asked_for():
    picture = np.random.default_rng(0).random((40, 40))
    for sigma in (0.5, 3.0):
        slope = experiments.relief(picture, sigma)
        assert experiments.basins(picture, sigma) == regions.regional_minima(slope).max()
