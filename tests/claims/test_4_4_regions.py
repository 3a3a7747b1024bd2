"""What notebook 4.4 says about growing, split and merge, and watershed: claims C30 to C32, and what is counted."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from seglearn import checks, images, regions
from seglearn.experiments import objects
from seglearn.experiments.regions import (
    METHODS,
    basins,
    block_borders,
    compare_methods,
    count_holes,
    growing_time,
    holes_of,
    two_tones,
)

NUCLEI = Path(__file__).parents[3] / "shared" / "data" / "nuclei" / "val"


@pytest.fixture(scope="module")
def horse():
    return images.load("horse") < 128


@pytest.mark.parametrize("rng", range(3))
def test_c30_an_even_target_is_found_and_noise_leaves_holes(horse, rng):
    holes, errors = [], []
    for noise in (0.0, 0.05, 0.08, 0.1):
        region = regions.region_growing(two_tones(horse, noise, rng=rng), (150, 200), 0.15)
        holes.append(count_holes(region))
        errors.append((region != horse).mean())
    assert errors[0] == 0
    assert holes[0] == count_holes(horse)
    assert holes == sorted(holes)
    assert holes[1] > 50
    assert holes[3] > 2000
    few = holes_of(regions.region_growing(two_tones(horse, 0.05, rng=rng), (150, 200), 0.15))
    assert (few == 1).mean() > 0.9  # nearly all of one pixel
    assert errors[3] > 0.03


def test_c30_the_seed_decides():
    coins = images.load("coins")
    grown = [regions.region_growing(coins, seed, 30).sum() for seed in ((60, 60), (5, 200), (250, 350))]
    assert len(set(grown)) == 3
    assert max(grown) > 5 * min(grown)


def test_c30_time_grows_with_the_target():
    times = np.array([growing_time(side) for side in (100, 200, 400, 800)])
    slope = np.polyfit(np.log([100, 200, 400, 800]), np.log(times), 1)[0]
    assert 1.5 < slope < 3.2  # twice as wide a target has four times the pixels: a slope of 2


def test_c31_large_blocks_miss_the_borders_and_merging_takes_false_ones_away():
    coins, truth = checks.image(images.load("coins")), images.ground_truth("coins").labels
    scores = {min_size: block_borders(coins, truth, min_size) for min_size in (1, 4, 8, 16, 32)}
    tree, merged, gone = (
        np.array([getattr(scores[k], i) for k in scores]) for i in ("recall", "merged_recall", "gone")
    )
    assert tree[0] == tree[1] == 1
    assert (np.diff(tree[1:]) < -0.1).all()  # 8, 16, 32
    assert tree[-1] < 0.35
    assert (tree - merged < 0.01).all()  # what merging takes away is no true border
    assert gone[0] > 0.3
    assert (np.diff(gone) < 0).all()
    chance = np.array([scores[k].chance for k in scores])
    assert (tree[:3] - chance[:3] > 0.15).all()  # 1, 4, 8
    assert (abs(tree[3:] - chance[3:]) < 0.08).all()  # from 16 on hardly more than by chance
    assert scores[1].merged_chance < chance[0] - 0.1


def test_c32_the_gradient_has_thousands_of_basins_more_under_noise_and_fewer_smoothed():
    camera = checks.image(images.load("camera"))
    counts = [[basins(images.noisy(camera, noise, rng=0), sigma) for sigma in (0, 1, 2, 4)] for noise in (0, 0.05, 0.2)]
    assert (np.diff(counts, axis=0) > 0).all()
    assert (np.diff(counts, axis=1) < 0).all()
    assert counts[0][1] > 5000


@pytest.mark.parametrize("photo", ["coins", "camera", "coffee", "flower"])
def test_c32_markers_are_the_cure(photo):
    scores = compare_methods(photo)
    plain, marked = scores["watershed"], scores["watershed, markers"]
    assert plain.n_regions > 20 * marked.n_regions
    assert plain.n_regions > 2000
    assert marked.n_regions < 200
    assert plain.accuracy > 0.99
    assert marked.accuracy > 0.85
    assert marked.recall < plain.recall  # what has no marker of its own is swallowed
    assert list(scores) == list(METHODS)


def test_a_seed_in_every_coin():
    """The threshold alone finds far too many pieces; filled, opened and flooded, nearly the true 24."""
    coins, truth = images.load("coins"), images.ground_truth("coins").labels
    true = ndimage.label(truth == 1)[0]
    assert true.max() == 24
    assert ndimage.label(coins > regions.threshold_otsu(coins))[1] > 100
    mask = objects.object_scores(ndimage.label(objects.object_stages(coins).mask)[0], true)
    assert mask.hits[0] == 24  # coins don't touch: the clean mask does the work
    assert mask.false[0] == 0
    scores = objects.object_scores(objects.find_objects(coins), true)
    assert scores.hits[0] == 24
    assert scores.false[0] == 0


def test_coins_that_touch_are_divided_by_the_watershed():
    coins, truth = images.load("coins"), images.ground_truth("coins").labels
    true = ndimage.label(truth == 1)[0]
    stages = objects.object_stages(coins, grown=12)
    pieces = ndimage.label(stages.mask)[0]
    assert pieces.max() < 4
    assert objects.object_scores(pieces, true).hits[0] == 0
    scores = objects.object_scores(stages.labels, true)
    assert scores.hits[0] == 24
    assert scores.false[0] == 0


@pytest.fixture(scope="module")
def nuclei():
    """Return the 34 microscope pictures with true objects, and what the pipeline makes of each."""
    if not NUCLEI.is_dir():
        pytest.skip("the microscope pictures don't come with the course")
    found = [(picture, true, objects.object_stages(picture)) for _, picture, true in objects.read_pairs(NUCLEI)]
    assert len(found) == 34
    return found


def test_nuclei_against_the_ground(nuclei):
    """The table of foreground IoU."""
    told = {
        "fixed": 0.39, "valley": 0.54, "iterative": 0.78, "adaptive": 0.45, "otsu": 0.78, "block_mean": 0.51,
        "optimal": 0.56,
    }  # fmt: skip
    for name, iou in told.items():
        ious = [objects.foreground_iou(name, picture, true) for picture, true, _ in nuclei]
        assert np.mean(ious) == pytest.approx(iou, abs=0.01)
    pairs = [(stages.labels > 0, true > 0) for _, true, stages in nuclei]
    assert np.mean([(a & b).sum() / (a | b).sum() for a, b in pairs]) == pytest.approx(0.81, abs=0.01)


def test_nuclei_are_lost_by_the_mask_more_than_by_the_flood(nuclei):
    ours, of_true_mask, of_true_markers = [], [], []
    for _, true, stages in nuclei:
        ours.append(objects.object_scores(stages.labels, true))
        of_true_mask.append(objects.object_scores(objects.split_touching(true > 0)[2], true))
        cells = flooded_from(one_marker_each(true), stages.mask)
        of_true_markers.append(objects.object_scores(objects._cut_off(stages.light, cells), true))
    assert together(ours).f1 == pytest.approx(0.82, abs=0.01)
    assert together(ours).average_precision == pytest.approx(0.41, abs=0.01)
    assert together(of_true_mask).f1 == pytest.approx(0.94, abs=0.02)
    assert together(of_true_markers).f1 == pytest.approx(0.85, abs=0.02)
    fluorescent = np.array([is_fluorescent(picture) for picture, _, _ in nuclei])
    for kind, n, f1 in ((fluorescent, 18, 0.88), (~fluorescent, 16, 0.75)):
        assert kind.sum() == n
        assert together(np.array(ours, object)[kind]).f1 == pytest.approx(f1, abs=0.01)


def test_dim_nuclei_are_drawn_wider_but_not_all_as_wide(nuclei):
    halves = [objects._cut_off(stages.light, stages.cells, dim=0) for _, _, stages in nuclei]
    scores = [objects.object_scores(labels, true) for labels, (_, true, _) in zip(halves, nuclei)]
    assert together(scores).average_precision == pytest.approx(0.38, abs=0.01)  # 0.41 as it is

    pictures = [(true, stages) for picture, true, stages in nuclei if is_fluorescent(picture)]
    shares = [np.median(area_shares(stages.labels, true)) for true, stages in pictures]
    order = np.argsort(shares)
    widest, other = np.split(np.sort(shares), [4])
    assert (widest.min(), widest.max()) == pytest.approx((0.67, 0.73), abs=0.02)
    assert np.median(other) == pytest.approx(0.99, abs=0.02)

    lower = [objects._cut_off(stages.light, stages.cells, low=0.1) for _, stages in pictures]
    dim = [k for k in order if not np.array_equal(lower[k], pictures[k][1].labels)]
    assert set(order[:4]) < set(dim)

    def gain(group):
        before = [objects.object_scores(pictures[k][1].labels, pictures[k][0]) for k in group]
        after = [objects.object_scores(lower[k], pictures[k][0]) for k in group]
        return together(after).average_precision - together(before).average_precision

    assert gain(order[:4]) > 0.03
    assert gain(np.setdiff1d(dim, order[:4])) < -0.03


def is_fluorescent(picture):
    return np.median(images.grey(picture)) < 100


def area_shares(labels, true):
    """Return found area over true area, for every object that is found with an overlap above 0.5."""
    shares = []
    for number in range(1, true.max() + 1):
        inside = labels[true == number]
        inside = inside[inside > 0]
        if inside.size:
            best = np.bincount(inside).argmax()
            found, drawn, both = (labels == best).sum(), (true == number).sum(), (inside == best).sum()
            if both > 0.5 * (found + drawn - both):
                shares.append(found / drawn)
    return shares


def one_marker_each(true):
    """Mark the deepest pixel of every object."""
    markers = np.zeros_like(true)
    for number, box in enumerate(ndimage.find_objects(true), 1):
        if box is not None:
            depth = ndimage.distance_transform_edt(np.pad(true[box] == number, 1))[1:-1, 1:-1]
            markers[box][np.unravel_index(depth.argmax(), depth.shape)] = number
    return markers


def flooded_from(markers, mask):
    ground = markers.max() + 1
    depth = ndimage.distance_transform_edt(mask)
    cells = regions.watershed(np.where(mask, -depth, 1.0), np.where(mask, markers, ground))
    return np.where(cells == ground, 0, cells).astype(np.int32)


def together(scores):
    return objects.ObjectScores(*(sum(getattr(s, name) for s in scores) for name in ("hits", "false", "missed")))
