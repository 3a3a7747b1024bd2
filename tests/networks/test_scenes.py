"""Scenes: seeded, exact, from parts of photographs that training and test don't share, hard for the reasons told."""

import time

import numpy as np
import pytest
from scipy import ndimage

from seglearn import images
from seglearn.networks import CLASSES, scenes
from seglearn.networks.scenes import LOOKS, ROAD, SKY, TINTS, VEHICLE, WATER, _grain


@pytest.fixture(scope="module")
def many():
    return scenes(60, rng=0)


def test_pictures_and_maps(many):
    assert len(many) == 60
    assert many.classes == CLASSES
    for image, labels in many:
        assert (image.shape, image.dtype) == ((96, 96, 3), np.uint8)
        assert (labels.shape, labels.dtype) == ((96, 96), np.int32)
        assert labels.max() < len(CLASSES)
    share = np.bincount(np.ravel(many.labels), minlength=len(CLASSES)) / np.size(many.labels)
    assert (share > 0.02).all()
    assert share.max() < 0.45


def test_the_same_seed_gives_the_same_and_another_another():
    first, again, other = (scenes(3, rng=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.labels, other.labels)


def test_the_split_changes_textures_not_streets():
    train, test = (scenes(1, split=split, rng=0) for split in ("train", "test"))
    assert (train.labels[0][0] == test.labels[0][0]).mean() > 0.9
    assert not np.array_equal(train.images[0], test.images[0])


@pytest.mark.parametrize("name", sorted({name for photos, _ in LOOKS.values() for name in photos}))
def test_training_and_test_share_no_pixel_of_a_photograph(name):
    """Light up the right half only: nothing of it reaches what training cuts from."""
    width = images.load(name).shape[1]
    left, right = _grain(name, "train"), _grain(name, "test")
    assert left.shape[1] + right.shape[1] == width
    assert min(*left.shape[:2], *right.shape[:2]) >= 150
    assert not np.array_equal(left[:50, :50], right[:50, :50])


def test_ground_is_water_under_a_dark_sky_alone(many):
    for labels in many.labels:
        found = set(np.unique(labels)) & {ROAD, WATER}
        assert len(found) <= 1
    dark = [i.astype(float)[l == SKY].mean() for i, l in many if WATER in l]
    clear = [i.astype(float)[l == SKY].mean() for i, l in many if ROAD in l]
    assert len(dark) > 15 < len(clear)
    assert np.mean(clear) > 1.4 * np.mean(dark)


def test_three_times_out_of_four_the_ground_does_not_tell_road_from_water():
    (photos, tints), (others, also) = LOOKS[ROAD], LOOKS[WATER]
    assert photos == others
    assert len(set(tints) & set(also)) == 3
    assert len(tints) == len(also) == 4


def test_most_tints_belong_to_several_classes():
    owners = {tint: [c for c, (_, tints) in LOOKS.items() if tint in tints] for tint in TINTS}
    assert sum(len(found) > 1 for found in owners.values()) > 0.8 * len(TINTS)


def test_vehicles_come_in_three_sizes():
    lengths = []
    for labels in scenes(80, rng=0).labels:
        for box in ndimage.find_objects(ndimage.label(labels == VEHICLE)[0]):
            if box[1].start > 0 and box[1].stop < 96:
                lengths.append(box[1].stop - box[1].start)
    assert np.percentile(lengths, 90) > 2.2 * np.percentile(lengths, 20)


def test_a_thousand_pictures_take_seconds():
    scenes(1, rng=0)
    start = time.perf_counter()
    scenes(20, rng=0)
    assert time.perf_counter() - start < 2  # 0.1 on a quiet machine


@pytest.mark.parametrize("size", [32, 33, 150])
def test_other_sizes(size):
    image, labels = scenes(1, size=size, rng=0)[0]
    assert image.shape[:2] == labels.shape == (size, size)


@pytest.mark.parametrize(
    ("n_scenes", "more", "error", "message"),
    [
        (0, {}, ValueError, r"n_scenes: expected an integer of at least 1, got 0"),
        (1, {"size": 31}, ValueError, r"size: expected an integer from 32 to 150, got 31"),
        (1, {"split": "val"}, ValueError, r"split: expected one of 'train', 'test', got 'val'"),
        (1, {"rng": "x"}, TypeError, r"rng: expected an integer of at least 0"),
    ],
)
def test_bad_input_is_refused(n_scenes, more, error, message):
    with pytest.raises(error, match=message):
        scenes(n_scenes, **more)
